# Collector of certdoctor, for Windows machines without Python and Node. Read it before you run it: it is short, and
# needs Windows PowerShell 5.1 alone, no module and no administrator.
#
#   powershell -ExecutionPolicy Bypass -File FILE [-Server HOST:PORT,SCHEME://HOST:PORT] [-Ca FILE] [-Log FILE] [-Out FILE] [-Yes]
#
# It makes a few short connections to each server, as far as the TLS handshake, and keeps the bytes that come back.
# It never logs in, asks for no password, and reads no private key. Of this machine it notes the variables that decide
# which certificates are trusted, the certificates in Windows' stores, and where Java is. It shows what it has found and
# writes one new file; nothing is sent anywhere. The file is for whoever runs:  certdoctor case.collected.json
param(
    [string[]] $Server = @(),
    [string] $Ca = '',
    [string] $Log = '',
    [string] $Out = 'case.collected.json',
    [switch] $Yes
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Given = '{"servers": []}' | ConvertFrom-Json

$Milliseconds = 5000
$Most = 1048576
$Ports = @{ tds = 1433; tds8 = 1433; tls = 443; postgres = 5432; mysql = 3306; mongodb = 27017 }
$Schemes = @{
    sqlserver = 'tds'; mssql = 'tds'; tds = 'tds'; tds8 = 'tds8'; tls = 'tls'; postgres = 'postgres'
    postgresql = 'postgres'; mysql = 'mysql'; mariadb = 'mysql'; mongodb = 'mongodb'
}

# --- one connection: every byte that arrives is kept ---------------------------------------------------------------

function Open-Line([string] $Address, [int] $Port) {
    $client = New-Object System.Net.Sockets.TcpClient
    $waiting = $client.BeginConnect($Address, $Port, $null, $null)
    if (-not $waiting.AsyncWaitHandle.WaitOne($Milliseconds)) {
        $client.Close()
        return @{ Code = 'ETIMEDOUT' }
    }
    try {
        $client.EndConnect($waiting)
    }
    catch {
        $client.Close()
        $socket = $_.Exception
        while ($socket -and -not ($socket -is [System.Net.Sockets.SocketException])) { $socket = $socket.InnerException }
        if ($socket) { return @{ Code = [string] $socket.SocketErrorCode } }
        return @{ Code = 'unknown' }
    }
    $stream = $client.GetStream()
    $stream.ReadTimeout = $Milliseconds
    return @{ Code = $null; Client = $client; Stream = $stream; Received = (New-Object System.IO.MemoryStream); Ended = $null }
}

function Send-Bytes($Line, [byte[]] $Bytes) {
    if ($Line.Ended) { return }
    try { $Line.Stream.Write($Bytes, 0, $Bytes.Length) } catch { $Line.Ended = 'reset' }
}

# Read until the script block says that there is enough, the connection has ended, or the time is over.
function Wait-Bytes($Line, [scriptblock] $Enough) {
    $buffer = New-Object byte[] 16384
    while (-not $Line.Ended -and -not (& $Enough $Line.Received.ToArray())) {
        try {
            $count = $Line.Stream.Read($buffer, 0, $buffer.Length)
            if ($count -eq 0) { $Line.Ended = 'closed' } else { $Line.Received.Write($buffer, 0, $count) }
            if ($Line.Received.Length -ge $Most) { $Line.Received.SetLength($Most); $Line.Ended = 'done' }
        }
        catch {
            $inner = $_.Exception
            while ($inner.InnerException) { $inner = $inner.InnerException }
            $late = ($inner -is [System.Net.Sockets.SocketException]) -and ($inner.SocketErrorCode -eq 'TimedOut')
            $Line.Ended = if ($late) { 'timeout' } else { 'reset' }
        }
    }
}

function Close-Line($Line, [string] $Opens, [string] $By) {
    $Line.Client.Close()
    $ended = if ($Line.Ended) { $Line.Ended } else { 'done' }
    return @{ opens = $Opens; by = $By; ended = $ended; received = [Convert]::ToBase64String($Line.Received.ToArray()) }
}

# --- TDS (MS-TDS 2.2.3.1 and 2.2.6.5), PostgreSQL, MySQL, TLS: the bytes that are sent ------------------------------

function Join-Bytes {
    $all = New-Object System.IO.MemoryStream
    foreach ($part in $args) { $bytes = [byte[]] $part; $all.Write($bytes, 0, $bytes.Length) }
    return , $all.ToArray()
}

function Get-Number([int] $Value) { return , [byte[]] @([math]::Floor($Value / 256), ($Value % 256)) }

function Get-Packet([byte[]] $Bytes) {
    return , (Join-Bytes @(0x12, 1) (Get-Number ($Bytes.Length + 8)) @(0, 0, 1, 0) $Bytes)
}

function Get-Prelogin([int] $Encryption) {
    # VERSION, ENCRYPTION, INSTOPT, THREADID and MARS, each with its place and size, then their values.
    $table = @(0, 0, 26, 0, 6, 1, 0, 32, 0, 1, 2, 0, 33, 0, 1, 3, 0, 34, 0, 4, 4, 0, 38, 0, 1, 255)
    return , (Get-Packet (Join-Bytes $table @(0, 1, 0, 0, 0, 0) @($Encryption) @(0) @(0, 0, 0, 0) @(0)))
}

# Where the first TDS message ends; 0 while it is not whole, -1 if it is no answer of a SQL Server.
function Get-MessageEnd([byte[]] $Bytes) {
    $at = 0
    while ($at + 8 -le $Bytes.Length) {
        $length = $Bytes[$at + 2] * 256 + $Bytes[$at + 3]
        if ($Bytes[$at] -ne 4 -or $length -lt 8) { return -1 }
        if ($at + $length -gt $Bytes.Length) { return 0 }
        if ($Bytes[$at + 1] -band 1) { return $at + $length }
        $at += $length
    }
    if ($Bytes.Length -gt 0 -and $Bytes[0] -ne 4) { return -1 }
    return 0
}

function Get-Encryption([byte[]] $Answer) {
    $at = 8
    while ($at + 5 -le $Answer.Length -and $Answer[$at] -ne 255) {
        $place = 8 + $Answer[$at + 1] * 256 + $Answer[$at + 2]
        if ($Answer[$at] -eq 1 -and $place -lt $Answer.Length) { return $Answer[$place] }
        $at += 5
    }
    return 2
}

# A ClientHello of TLS 1.2 and older: its answer shows the certificates in clear. The handshake is not gone on with.
function Get-ClientHello([string] $HostName, [string] $Alpn) {
    $random = New-Object byte[] 32
    (New-Object System.Security.Cryptography.RNGCryptoServiceProvider).GetBytes($random)
    $suites = @(0xc0, 0x2c, 0xc0, 0x30, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x24, 0xc0, 0x28, 0xc0, 0x23, 0xc0, 0x27, 0xc0, 0x0a,
        0xc0, 0x14, 0xc0, 0x09, 0xc0, 0x13, 0, 0x9f, 0, 0x9e, 0, 0x6b, 0, 0x67, 0, 0x39, 0, 0x33, 0, 0x9d, 0, 0x9c, 0, 0x3d,
        0, 0x3c, 0, 0x35, 0, 0x2f)
    $extensions = Join-Bytes @(0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24) @(0, 11, 0, 2, 1, 0) @(0xff, 1, 0, 1, 0)
    $extensions = Join-Bytes $extensions @(0, 13, 0, 24, 0, 22, 4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1)
    $address = $null
    if (-not [System.Net.IPAddress]::TryParse($HostName, [ref] $address)) {
        $name = [System.Text.Encoding]::ASCII.GetBytes($HostName)
        $extensions = Join-Bytes $extensions @(0, 0) (Get-Number ($name.Length + 5)) (Get-Number ($name.Length + 3)) @(0) (Get-Number $name.Length) $name
    }
    if ($Alpn) {
        $word = [System.Text.Encoding]::ASCII.GetBytes($Alpn)
        $extensions = Join-Bytes $extensions @(0, 16) (Get-Number ($word.Length + 3)) (Get-Number ($word.Length + 1)) @($word.Length) $word
    }
    $body = Join-Bytes @(3, 3) $random @(0) (Get-Number $suites.Length) $suites @(1, 0) (Get-Number $extensions.Length) $extensions
    return , (Join-Bytes @(22, 3, 1) (Get-Number ($body.Length + 4)) @(1, 0) (Get-Number $body.Length) $body)
}

# Whether an answer to the ClientHello has come to its end: ServerHelloDone, or an alert.
function Test-Answered([byte[]] $Bytes, [int] $From, [bool] $Wrapped) {
    $first = if ($Wrapped) { $From + 8 } else { $From }
    $end = $Bytes.Length
    if ($end -le $first + 4) { return $false }
    return ($Bytes[$first] -eq 21) -or ($Bytes[$end - 4] -eq 14 -and $Bytes[$end - 3] -eq 0 -and $Bytes[$end - 2] -eq 0 -and $Bytes[$end - 1] -eq 0)
}

# The certificates in the bytes of an answer, for Windows to judge.
function Get-SentCertificates([byte[]] $Bytes, [int] $From, [bool] $Wrapped) {
    $records = New-Object System.IO.MemoryStream
    $at = $From
    while ($Wrapped -and $at + 8 -le $Bytes.Length) {
        $length = $Bytes[$at + 2] * 256 + $Bytes[$at + 3]
        if ($length -lt 8 -or $at + $length -gt $Bytes.Length) { break }
        $records.Write($Bytes, $at + 8, $length - 8)
        $at += $length
    }
    if (-not $Wrapped -and $From -le $Bytes.Length) { $records.Write($Bytes, $From, $Bytes.Length - $From) }
    $tls = $records.ToArray()
    $messages = New-Object System.IO.MemoryStream
    $at = 0
    while ($at + 5 -le $tls.Length -and $tls[$at] -eq 22) {
        $length = $tls[$at + 3] * 256 + $tls[$at + 4]
        if ($at + 5 + $length -gt $tls.Length) { break }
        $messages.Write($tls, $at + 5, $length)
        $at += 5 + $length
    }
    $all = $messages.ToArray()
    $at = 0
    while ($at + 4 -le $all.Length) {
        $size = $all[$at + 1] * 65536 + $all[$at + 2] * 256 + $all[$at + 3]
        if ($at + 4 + $size -gt $all.Length) { break }
        $one = $at + 7
        while ($all[$at] -eq 11 -and $one + 3 -le $at + 4 + $size) {
            $length = $all[$one] * 65536 + $all[$one + 1] * 256 + $all[$one + 2]
            if ($length -eq 0 -or $one + 3 + $length -gt $at + 4 + $size) { break }
            $der = New-Object byte[] $length
            [Array]::Copy($all, $one + 3, $der, 0, $length)
            New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 @(, $der)
            $one += 3 + $length
        }
        $at += 4 + $size
    }
}

# --- what Windows says ----------------------------------------------------------------------------------------------

function Get-ChainWords($Certificates) {
    $chain = New-Object System.Security.Cryptography.X509Certificates.X509Chain
    $chain.ChainPolicy.RevocationMode = 'NoCheck'
    foreach ($one in @($Certificates | Select-Object -Skip 1)) { [void] $chain.ChainPolicy.ExtraStore.Add($one) }
    [void] $chain.Build($Certificates[0])
    foreach ($status in $chain.ChainStatus) {
        @{ code = [string] $status.Status; message = ([string] $status.StatusInformation).Trim() }
    }
}

# Schannel's own handshake, where TLS needs no wrapping; its exception is what SqlClient and others show.
function Get-SchannelWords($Line, [string] $HostName) {
    $tls = New-Object System.Net.Security.SslStream($Line.Stream, $true)
    try {
        $tls.AuthenticateAsClient($HostName)
    }
    catch {
        $inner = $_.Exception
        while ($inner.InnerException -and -not ($inner -is [System.Security.Authentication.AuthenticationException])) { $inner = $inner.InnerException }
        $message = [string] $inner.Message
        if ($inner.InnerException) { $message = "$message ---> $($inner.InnerException.Message)" }
        @{ code = $inner.GetType().FullName; message = $message }
    }
    finally {
        $tls.Dispose()
    }
}

# --- one server -----------------------------------------------------------------------------------------------------

# Say the first words of a protocol; where TLS begins in what was received, or -1.
function Start-Talk($Line, [string] $Opens) {
    switch ($Opens) {
        { $_ -in 'tds-off', 'tds-on' } {
            Send-Bytes $Line (Get-Prelogin $(if ($Opens -eq 'tds-on') { 1 } else { 0 }))
            Wait-Bytes $Line { param($bytes) (Get-MessageEnd $bytes) -ne 0 }
            $answer = $Line.Received.ToArray()
            $end = Get-MessageEnd $answer
            if ($Opens -eq 'tds-on' -and $end -gt 0 -and ((Get-Encryption $answer) -band 1)) { return $end }
            return -1
        }
        'postgres' {
            Send-Bytes $Line ([byte[]] @(0, 0, 0, 8, 4, 210, 22, 47))
            Wait-Bytes $Line { param($bytes) $bytes.Length -gt 0 }
            if ($Line.Received.Length -gt 0 -and $Line.Received.ToArray()[0] -eq 83) { return 1 }
            return -1
        }
        'mysql' {
            Wait-Bytes $Line { param($bytes) $bytes.Length -ge 4 -and $bytes.Length -ge 4 + $bytes[0] + 256 * $bytes[1] }
            $greeting = $Line.Received.ToArray()
            if ($greeting.Length -lt 6 -or $greeting[4] -ne 10) { return -1 }
            $end = [Array]::IndexOf($greeting, [byte] 0, 5)
            if ($end -lt 0 -or $end + 15 -ge $greeting.Length -or -not ($greeting[$end + 15] -band 8)) { return -1 }
            Send-Bytes $Line (Join-Bytes @(32, 0, 0, 1, 0, 138, 0, 0, 0, 0, 0, 1, 33) (New-Object byte[] 23))
            return 4 + $greeting[0] + 256 * $greeting[1]
        }
        default { return 0 }
    }
}

function Get-Server($Asked) {
    $found = @{
        host = $Asked.host; port = $Asked.port; protocol = $Asked.protocol; named = $Asked.named; encrypt = $Asked.encrypt
        address = $null; failure = $null; connections = @(); words = @()
    }
    try {
        $addresses = @([System.Net.Dns]::GetHostAddresses($Asked.host))
    }
    catch {
        $found.failure = @{ stage = 'name'; code = 'HostNotFound' }
        return $found
    }
    foreach ($address in $addresses) {
        $line = Open-Line ([string] $address) $Asked.port
        $found.address = [string] $address
        if (-not $line.Code) { $line.Client.Close(); $found.failure = $null; break }
        $found.failure = @{ stage = 'tcp'; code = $line.Code }
    }
    if ($found.failure) { return $found }

    $plan = switch ($Asked.protocol) {
        'tds' { 'tds-off', 'tds-on', 'tds8' }
        'tds8' { 'tds8' }
        'mongodb' { 'tls' }
        default { $Asked.protocol }
    }
    foreach ($opens in @($plan)) {
        $wrapped = $opens -eq 'tds-on'
        $alpn = if ($opens -eq 'tds8') { 'tds/8.0' } else { '' }
        $line = Open-Line $found.address $Asked.port
        if ($line.Code) { continue }
        $from = Start-Talk $line $opens
        if ($from -ge 0 -and -not $line.Ended) {
            $hello = Get-ClientHello $Asked.host $alpn
            if ($wrapped) { $hello = Get-Packet $hello }
            Send-Bytes $line $hello
            Wait-Bytes $line { param($bytes) Test-Answered $bytes $from $wrapped }.GetNewClosure()
        }
        $bytes = $line.Received.ToArray()
        $record = Close-Line $line $opens 'hello'
        if ($from -ge 0) {
            $sent = @(Get-SentCertificates $bytes $from $wrapped)
            if ($sent.Length -gt 0 -and $opens -ne 'tds8') { $found.words += @(Get-ChainWords $sent) }
        }
        $found.connections += $record
        if ($opens -eq 'tds-off' -and $record.ended -eq 'timeout' -and $bytes.Length -eq 0) { break }
        if ($from -ge 0 -and -not $wrapped -and $opens -ne 'tds8') {
            $line = Open-Line $found.address $Asked.port
            if ($line.Code) { continue }
            if ((Start-Talk $line $opens) -ge 0 -and -not $line.Ended) { $found.words += @(Get-SchannelWords $line $Asked.host) }
            $line.Client.Close()
        }
    }
    return $found
}

# --- this machine ---------------------------------------------------------------------------------------------------

function Get-Variables {
    $paths = 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF', 'JAVA_HOME', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PGSSLROOTCERT', 'PGSSLMODE'
    foreach ($name in $paths) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($value) { @{ name = $name; value = $value } }
    }
    foreach ($name in 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_SYSTEM_CA') {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($value) { @{ name = $name; value = $(if ($value -match '^[01]$') { $value } else { 'set' }) } }
    }
    # Of these only the options that decide about trust: the rest may hold anything.
    $options = @{
        NODE_OPTIONS = '--use-(openssl|bundled|system)-ca|--tls-(min|max)-v1\.[0-3]'
        JAVA_TOOL_OPTIONS = '-Djavax\.net\.ssl\.trustStore(Type)?=\S+'
        JDK_JAVA_OPTIONS = '-Djavax\.net\.ssl\.trustStore(Type)?=\S+'
    }
    foreach ($name in $options.Keys) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if ($value) {
            $kept = @([regex]::Matches($value, $options[$name]) | ForEach-Object { $_.Value })
            if ($kept.Length -gt 0) { @{ name = $name; value = ($kept -join ' ') } }
        }
    }
}

function Get-Stores {
    foreach ($place in 'LocalMachine', 'CurrentUser') {
        foreach ($name in 'Root', 'CA', 'Disallowed') {
            $store = New-Object System.Security.Cryptography.X509Certificates.X509Store($name, $place)
            try {
                $store.Open('ReadOnly')
                $raw = @($store.Certificates | ForEach-Object { [Convert]::ToBase64String($_.RawData) })
                @{ title = "Windows store $place\$name"; kind = "windows-$($name.ToLowerInvariant())"; certificates = $raw }
            }
            catch { continue }
            finally { $store.Close() }
        }
    }
}

function Get-JavaStores {
    $homes = @()
    if ($env:JAVA_HOME) { $homes += $env:JAVA_HOME }
    foreach ($name in 'Java', 'Eclipse Adoptium', 'Microsoft', 'Zulu', 'Amazon Corretto') {
        $parent = Join-Path $env:ProgramFiles $name
        if (Test-Path -LiteralPath $parent) { $homes += @(Get-ChildItem -LiteralPath $parent -Directory | ForEach-Object { $_.FullName }) }
    }
    foreach ($one in $homes) {
        foreach ($inside in 'lib\security\cacerts', 'jre\lib\security\cacerts') {
            $path = Join-Path $one $inside
            if (Test-Path -LiteralPath $path) { $path }
        }
    }
}

# The certificates of a CA file, and nothing else that may be in it.
function Get-CaFile([string] $Path) {
    $data = [System.IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).ProviderPath)
    $text = [System.Text.Encoding]::ASCII.GetString($data)
    if ($data.Length -gt $Most) { return @{ path = $Path; left_out = 'it is larger than a CA file gets' } }
    if ($text -match 'PRIVATE KEY') { return @{ path = $Path; left_out = 'it holds a private key' } }
    if ($text -notmatch '-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----') { return @{ path = $Path; left_out = 'it holds no certificate in PEM' } }
    return @{ path = $Path; data = [Convert]::ToBase64String($data) }
}

function Get-Tail([string] $Path) {
    $text = (Get-Content -LiteralPath $Path -Tail 400) -join "`n"
    $secret = '(?i)((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|credentials?)["'']?\s*[:=]\s*)("[^"\n]*"|''[^''\n]*''|[^\s,;&}]+)'
    $text = [regex]::Replace($text, $secret, '$1***')
    $text = [regex]::Replace($text, '(://[^\s:/@]*:)[^\s@]+@', '$1***@')
    $text = [regex]::Replace($text, '(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END|$)', '*** private key ***')
    return @{ path = $Path; tail = $text }
}

# --- what is asked, what is shown, what is written -------------------------------------------------------------------

function Read-Server([string] $Text) {
    if ($Text -notmatch '^(?:([a-z0-9]+)://)?(\[[0-9a-fA-F:.]+\]|[^\s/:,;=@\\?#]+)(?:[:,](\d{1,5}))?/?$') {
        throw 'Not a server: give HOST:PORT or SCHEME://HOST:PORT, without user and password.'
    }
    $scheme = if ($Matches.ContainsKey(1)) { $Matches[1] } else { '' }
    $name = $Matches[2].Trim('[', ']')
    $port = if ($Matches.ContainsKey(3)) { [int] $Matches[3] } else { 0 }
    if ($scheme -and -not $Schemes.ContainsKey($scheme)) { throw "There is no protocol $scheme." }
    $protocol = if ($scheme) { $Schemes[$scheme] } else { 'tds' }
    foreach ($one in 'postgres', 'mysql', 'mongodb') { if (-not $scheme -and $Ports[$one] -eq $port) { $protocol = $one } }
    if ($port -eq 0) { $port = $Ports[$protocol] }
    return @{ host = $name; port = $port; protocol = $protocol; named = [bool] $scheme; encrypt = $null }
}

$servers = @($Given.servers) + @($Server | ForEach-Object { Read-Server $_ })
if ($servers.Length -eq 0) { throw 'Name a server: -Server HOST:PORT.' }
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out)
if (Test-Path -LiteralPath $target) { throw "$Out is there already: give -Out another name." }
Write-Host "Connecting to $(($servers | ForEach-Object { "$($_.host):$($_.port)" }) -join ', '): a few handshakes each, no login."

$found = [ordered] @{
    format = 'certdoctor-collected'
    schema = '1.0'
    collected_at = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    runtime = @{ name = 'PowerShell'; version = [string] $PSVersionTable.PSVersion; platform = 'win32'; release = [string] [Environment]::OSVersion.Version }
    application = $null
    variables = @(Get-Variables)
    stores = @(Get-Stores)
    java = @(Get-JavaStores)
    files = @(if ($Ca) { Get-CaFile $Ca })
    log = $(if ($Log) { Get-Tail $Log } else { $null })
    servers = @($servers | ForEach-Object { Get-Server $_ })
}

Write-Host ''
Write-Host 'This is what the file will hold:'
Write-Host "  runtime     PowerShell $($found.runtime.version), Windows $($found.runtime.release)"
foreach ($one in $found.variables) { Write-Host "  variable    $($one.name)=$($one.value)" }
foreach ($one in $found.stores) { Write-Host "  roots       $($one.title): $($one.certificates.Length)" }
foreach ($one in $found.java) { Write-Host "  Java        $one" }
foreach ($one in $found.files) { Write-Host "  CA file     $($one.path)" }
foreach ($one in $found.servers) {
    Write-Host "  server      $($one.host):$($one.port), $($one.address)"
    foreach ($each in $one.connections) { Write-Host "    $($each.opens)  $([Convert]::FromBase64String($each.received).Length) bytes received, ended: $($each.ended)" }
    foreach ($each in $one.words) { Write-Host "    $($each.code) $($each.message)" }
}
if ($found.log) { Write-Host "  log         the end of $($found.log.path):"; Write-Host $found.log.tail }
if (-not $Yes -and (Read-Host "Write $Out? [y/N]") -notmatch '^(y|yes)$') {
    Write-Host 'Nothing was written.'
    exit 0
}
# A new file, or none: CreateNew fails where the name is taken.
$bytes = (New-Object System.Text.UTF8Encoding($false)).GetBytes((ConvertTo-Json $found -Depth 8))
$file = [System.IO.File]::Open($target, 'CreateNew', 'Write')
try { $file.Write($bytes, 0, $bytes.Length) } finally { $file.Close() }
Write-Host "Written: $target. Nothing was sent anywhere: send this file yourself."
