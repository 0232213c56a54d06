"""What is known to be no secret: words of failures, and names, numbers and paths by their shape."""

from __future__ import annotations

import re

from certdoctor.formats.text.redaction.filling import FILLER

ORDINARY = frozenset(
    """
    a about above abort aborted accept accepted accepting access accessible account accounts active actively adapter add
    added address admin after again against age alert algorithm algorithms alias all allow allowed allowing already also
    alternative always an and another any anyway app application applied are argument array as ask at attempt attempted
    attempts auth authenticate authenticated authenticating authentication authority authorization authorized automatic
    available away back bad base64 basic be because been before begin being below between bit blank blocked boolean both
    broken browser build but by bytes ca cache call called can cannot case cause caused cert certificate certificates chain
    change changed changing character characters check checked checking cipher class clear cleartext client close closed
    code command complete config configuration configured confirm connect connected connecting connection connections
    contain contained contains content context copy correct correctly could couldn create created creating credential
    credentials critical current data database date day days debug decode decoding decrypt decrypted decrypting decryption
    default defined denied depth detail details detected did didn different digest directory disabled disconnected discarded
    do does doesn doing domain don done driver due during each either else empty enable enabled encode encoded encoding
    encrypt encrypted encryption end engine enter entered entry env environment err error errors even every exception
    exchange exist existing exists exit expected expecting expire expired expires expiring export extension external fail
    failed failing fails failure false fatal field file files fill find first flag for format found from full function
    generate generated get getting give given go got grant granted group had handshake has hash hashed hasn have header
    hello helper hidden hint his host hostname how http https id identity if ignore ignored illegal import in inactive
    include included incomplete incorrect incorrectly info information inner input insecure inside instance instead
    insufficient integrated internal into invalid is isn issue issued issuer it its key keys keystore know known last later
    latest layer least left legacy length less level library like line lines list listen listener load loaded loading local
    localhost locked log logged login logon long longer look mac made make malformed manager may maybe md5 mechanism member
    memory message method min minimum mismatch missing mode module more most must my name named names national near need
    needed needs negotiate negotiation network never new next nil no node non none normal not nothing notice now null number
    object obsolete of off offered offline ok old on once one only open opened opening openssl operation option optional
    options or oracle other otherwise our out outdated over owner packet page parameter parameters parse parsed part pass
    passed passing passphrase passwd password passwords path peer pem per period permission phrase pkcs please policy pool
    port postgres present previous private problem process program prompt properly properties property protocol provide
    provided provider public pwd query quit read reading ready reason received recovery redacted refused register reject
    rejected rejects remote removed repeat replaced reply request requested require required requires reset resolve response
    restart result retry retrying return returned returns revoked rights role root row rule run running same saved scheme
    script search second secret secrets secure security see seems select self send sending sent serial server service
    session set sets setting settings shared should show shown side sign signature signed simple since size skip skipped so
    socket some specified sql ssl stack start started state status stderr stdin stdout still stop store stored stream string
    strong subject success successful successfully such supplied support supported supports system table tables target task
    tcp terminated test text than that the their them then there these they this those through thread time timed timeout
    times tls to today token tokens too tool trace transport tried trust trusted try trying two type types unable
    unauthorized undefined unexpected unix unknown unless unlock unreachable unset unsupported until untrusted up update
    updated updating upper url usage use used user username users uses using utf8 valid validate validation value values
    variable verification verified verify version via wait waiting want wants warn warning was way weak were what when where
    whether which while who whole will with within without won work world would write written wrong x509 yes yet you your
    zero das dem den der die ein eine eingeben falsch fehlt fehler fehlgeschlagen ist kein keine leer mit nicht oder und
    ungültig war wurde für abgelaufen le la les un une est et de du des en pas ne incorrecte invalide vide expiré requis
    erreur saisir pour avec el los es por con sin para incorrecta incorrecto vacía inválida il è errata e o os da não het
    een niet ongeldig onjuist verlopen jest nie nieprawidłowe błędne неверный не указан истек для
    """.split()  # noqa: SIM905 - a line a word would be a thousand lines
)
"""Words in the neighbourhood of secrets which are none: what failures, settings and prompts are made of."""

_EDGE = " \t\"'`*_()[]{}<>,.:;!?|\x1f" + FILLER
_PARTS = re.compile(r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]+")
_SHAPE = re.compile(
    r"""(?x)
    \{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?         # GUID
    | (?:\d{1,3}\.){3}\d{1,3}(?:[:/,]\d{1,5})?                          # IPv4, its port or net
    | 0x[0-9a-fA-F]{1,8} | [0-9A-F]{8}(?::[\w ]+)*                      # error numbers
    | error:[0-9A-F]{8}.*
    | [A-Za-z]\w*(?:\.\w+)+(?:[+$]\w+)+
    | [a-zA-Z]+-?(?i:with)-?\w+
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:T[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)?  # dates
    | \d{1,2}(?::\d\d){1,2}(?:[.,]\d{1,9})?Z?                           # times
    | [vV]?\d+(?:\.\d+){1,4}(?:(?:[-+.]|(?=[A-Za-z]))(?:rc|beta|alpha|el|ubuntu|deb|final|jre|GA|SNAPSHOT)?\d*+)* # versions
    | (?:TLS|SSL|tls|ssl|x|X|utf|UTF|sha|SHA|md|MD|AES|aes|RSA|rsa|DES|EC|P|ISO|cp|RFC|rfc|HTTP|http|PKCS|pkcs|ES|jdk|java|node|TDS|tds|CD|ORA|SQL|ERR|HY|IM)[-_]?v?\d+(?:[._]\d+)*(?:with[A-Z]+)?
    | (?:AES|RSA|DES|ECDHE?|DHE|TLS|SHA|DSS|GCM|CBC|CHACHA|POLY|ECDSA|CAMELLIA|ARIA|SEED|PSK|SRP|KRB5|EDH|ADH|AECDH|CCM|WITH|MD5|(?<!\d)(?:3|\d{2,4})(?!\d)|[-_])+
    | \d+(?:ns|us|ms|s|m|h|d|[kKMGT]i?B?|x|%|st|nd|rd|th)
    | [A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9_-]+)+(?:[:,]\d{1,5})?        # hosts, files, classes
    | [A-Za-z]{2,}[-_.]?\d{1,4}(?:[:,]\d{1,5})?                         # sql01
    | [A-Za-z][\w-]*[:,]\d{1,5}(?::\d{1,5})?                            # sql01:1433
    | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+                                     # ERR_TLS
    | (?:[A-Z][a-z]+|[A-Z]{2,6}|X509){1,8}(?:Exception|Error|Failure|Manager|Certificate)
    | (?:~|\.{1,2}|[A-Za-z]:)?[\\/].{0,200} | [\w.-]+(?:[\\/][\w.-]+){2,} # paths
    | \w+\([\w.]*(?::\d+)?\) | .{1,80}\.\w{1,5}:\d+(?::\d+)?            # stack frames
    """
)
_HASHED = re.compile(
    r"(?:thumbprint|fingerprint|serial\w*|sha-?(?:1|224|256|384|512)?|md5|checksum|digest|commit|etag|guid|uuid)\W{0,16}$",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"[!$%^*#@&~+?]")
_CHANGE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_ESCAPED_END = re.compile(r"(?<=[\w.,:;)])\\+[nrt]+")
_SHOUTED = re.compile(r"[A-Za-z]{3}\d{1,6}[!#$*%&]{1,3}[\"'`,.;)\]}]{0,4}$")
"""``Winter2026!``, as people make them."""
_SHOUTS = 24
_PORT = 5  # digits
_SHORT, _LONG = 6, 8  # a shorter word is not told from a name; a longer one with a digit is none
_LONGEST = 256


def plain_words(text: str) -> bool:
    """Whether the text holds words that are known, and nothing else than them and marks."""
    text = text[: _LONGEST + 1].strip(_EDGE)
    words = _PARTS.findall(text)
    return (
        len(text) <= _LONGEST
        and sum(map(len, words)) == sum(map(str.isalnum, text))
        and all(word.lower() in ORDINARY for word in words)
    )


def known_shape(token: str) -> bool:
    """Whether a word has the shape of a name, number, time, version or path."""
    if _SHOUTED.search(token[-_SHOUTS:]):
        return False
    token = token[: _LONGEST + 1].strip(_EDGE)
    return len(token) <= _LONGEST and (
        (token.isdigit() and len(token) <= _PORT) or _SHAPE.fullmatch(token) is not None
    )


def harmless(token: str) -> bool:
    """Whether a word is known to be no secret, by what it says or by its shape."""
    return plain_words(token) or known_shape(token)


def secretive(token: str) -> bool:
    """Whether a word looks like a secret: letters and digits or marks in a mixture that no name has."""
    if _SHOUTED.search(token[-_SHOUTS:]):
        return True
    token = token[: _LONGEST + 1].strip(_EDGE)
    if len(token) > _LONGEST:
        return True
    if len(token) < _SHORT or known_shape(token):
        return False
    if "\\" in token and len(pieces := _ESCAPED_END.split(token)) > 1:
        return any(map(secretive, pieces))
    letters = any(map(str.isalpha, token))
    changes = len(_CHANGE.findall(token))
    return letters and (
        changes > 1 or (changes > 0 and len(token) >= _LONG) or _SPECIAL.search(token[1:]) is not None
    )


def named_as_hash(before: str) -> bool:
    """Whether the text before a word says that it is a fingerprint, a serial number or the like."""
    return _HASHED.search(before[-40:]) is not None
