"""The odd ways in which PEM files are written, and the clients that refuse each of them.

Every sentence and every list states only what was measured: certificates and keys written in that way were
given to `openssl` and Python's ssl (OpenSSL 3.0), Node 20 (options ``ca``, ``cert``, ``key`` and
NODE_EXTRA_CA_CERTS), Go 1.19 and keytool of Java 17. BoringSSL, which Electron uses, was tried only where a
sentence names it. ``tests/gather/files/test_files_real.py`` and ``tests/real/readers/test_matrix.py`` repeat the measurements.
"""

from __future__ import annotations

from certdoctor.model.files import Oddity
from certdoctor.model.ids import ClientId

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""The hyphen and the characters that editors replace it with."""

UTF8_BOM = "utf8-bom"
UTF16 = "utf16"
CR_LINE_ENDS = "cr-line-ends"
LITERAL_NEWLINES = "literal-newlines"
INDENTED = "indented-armour"
INDENTED_END = "indented-end"
SHARED_LINE = "armour-line-shared"
SHARED_END = "end-line-shared"
HIDDEN_CHARACTER = "hidden-character"
TEXT_AROUND = "text-around"
GLUED = "glued-blocks"
MISSING_END = "missing-end"
BAD_BASE64 = "bad-base64"
WRONG_DASHES = "wrong-dashes"
BLANK_LINES = "blank-lines"
OTHER_HEADERS = "other-headers"
OLD_LABEL = "old-label"
DASHES_BEFORE = "dashes-before"
TRUSTED = "trusted-certificate"
OPENSSH_KEY = "openssh-key"
PUTTY_KEY = "putty-key"
HTML_ESCAPED = "html-escaped"
QUOTED_PRINTABLE = "quoted-printable"
PERCENT_ENCODED = "percent-encoded"
MAIL_QUOTED = "mail-quoted"
WRONG_ARMOUR = "wrong-armour"
ENCODED_TWICE = "encoded-twice"
TRAILING_BYTES = "trailing-bytes"
SEVERAL_IN_DER = "several-in-der"
TOO_MANY = "too-many-objects"
TOO_LATE = "too-long-to-read"

GUESSED = "; `openssl pkey` and Go read it all the same, and openssl writes it right; Node does not read it"
"""Clause for a key that is labelled PRIVATE KEY but has another form."""

GO_READS = "; Go reads it all the same"
"""Clause for a key with header lines that are not OpenSSL's own."""

_OPENSSL = (ClientId.NODE.value, ClientId.OPENSSL.value, ClientId.PYTHON.value)
_ALL_BUT_KEYTOOL = (*_OPENSSL, ClientId.GO.value)
_ALL = (*_ALL_BUT_KEYTOOL, ClientId.JDBC.value)

_TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    UTF8_BOM: (
        (
            "It begins with a UTF-8 byte order mark: OpenSSL, Python and Node 20 skip it; keytool"
            ' ("Input not an X.509 certificate"), Go, Node 16 and BoringSSL, which Electron uses (NO_START_LINE), refuse'
            " it."
        ),
        (ClientId.JDBC.value, ClientId.GO.value, ClientId.ELECTRON.value, f"{ClientId.NODE.value}@16"),
    ),
    UTF16: (
        (
            "It is written in UTF-16, as older PowerShell does with > and Notepad with Unicode: OpenSSL, Python,"
            " Node, Go and keytool find nothing in it, and Node says nothing when it is the CA file."
        ),
        _ALL,
    ),
    CR_LINE_ENDS: (
        "Its lines end in CR alone: keytool reads it; OpenSSL, Python, Node and Go find no start line in it.",
        _ALL_BUT_KEYTOOL,
    ),
    LITERAL_NEWLINES: (
        (
            "It holds the two characters \\n where lines should end, as in a JSON or environment value: OpenSSL,"
            " Python, Node, Go and keytool do not read it."
        ),
        _ALL,
    ),
    INDENTED: (
        "A BEGIN line is indented: OpenSSL, Python, Node, Go and keytool do not read such a block.",
        _ALL,
    ),
    INDENTED_END: (
        "An END line is indented: keytool reads such a block; OpenSSL, Python, Node and Go do not.",
        _ALL_BUT_KEYTOOL,
    ),
    SHARED_LINE: (
        (
            "A BEGIN or END line has something else on it (text, a quote, base64): OpenSSL, Python, Node, Go and"
            " keytool do not read such a block."
        ),
        _ALL,
    ),
    SHARED_END: (
        (
            "An END line has base64 before it: keytool reads such a block; OpenSSL, Python, Node and Go do not."
        ),
        _ALL_BUT_KEYTOOL,
    ),
    HIDDEN_CHARACTER: (
        (
            "There is an invisible character (no-break space, zero-width space, second byte order mark) at or in a"
            " block: OpenSSL, Python, Node, Go and keytool do not read such a block."
        ),
        _ALL,
    ),
    TEXT_AROUND: (
        "There is text outside the blocks: OpenSSL, Python, Node, Go and keytool skip it.",
        (),
    ),
    DASHES_BEFORE: (
        (
            "A line of dashes stands before the first block: keytool takes it for a BEGIN line and refuses the file;"
            " OpenSSL, Python, Node and Go skip it."
        ),
        (ClientId.JDBC.value,),
    ),
    GLUED: (
        (
            "An END line and the next BEGIN line are one line, as cat leaves them when the first file lacks its last"
            " line end: OpenSSL, Python and Node stop there (bad end line), Go and keytool refuse the file; Python's"
            " cryptography reads both, so a check with it alone would pass."
        ),
        _ALL,
    ),
    MISSING_END: (
        (
            "A block has no END line of its own: at the end of a file OpenSSL, Python, Node, Go and keytool do not"
            " read it, and Node says nothing when it is the CA file."
        ),
        _ALL,
    ),
    BAD_BASE64: (
        (
            "The base64 of a block has characters that do not belong in it or is cut short: OpenSSL, Python, Node, Go"
            " and keytool do not read such a block."
        ),
        _ALL,
    ),
    WRONG_DASHES: (
        (
            "A BEGIN or END line has not exactly five plain dashes on each side: OpenSSL, Python, Node, Go and keytool"
            " do not read such a block."
        ),
        _ALL,
    ),
    BLANK_LINES: (
        "There are blank lines inside a block: keytool and Go read it; OpenSSL, Python and Node do not.",
        _OPENSSL,
    ),
    OTHER_HEADERS: (
        (
            "A block begins with header lines that are not OpenSSL's own (Proc-Type, DEK-Info): OpenSSL, Python and"
            " Node do not read it (not proc type), nor does keytool; Go reads it, but not as CA."
        ),
        (*_OPENSSL, ClientId.JDBC.value),
    ),
    OLD_LABEL: (
        "Its BEGIN line says X509 CERTIFICATE: Go does not read that; OpenSSL, Python, Node and keytool do.",
        (ClientId.GO.value,),
    ),
    TRUSTED: (
        (
            "It holds OpenSSL's own TRUSTED CERTIFICATE: OpenSSL follows the trust settings in it, Node reads it as ca"
            " option and ignores it without a word in NODE_EXTRA_CA_CERTS; Go and Python's cryptography do not read it."
        ),
        (ClientId.GO.value,),
    ),
    OPENSSH_KEY: (
        "It holds a private key in OpenSSH's own format: OpenSSL, Python, Node and Go's TLS read no key in it.",
        _ALL_BUT_KEYTOOL,
    ),
    PUTTY_KEY: (
        (
            "It is a private key in PuTTY's own format: OpenSSL, Python, Node and Go's TLS read no key in it. PuTTY's"
            " tool converts it: puttygen key.ppk -O private-openssh -o key.pem"
        ),
        _ALL_BUT_KEYTOOL,
    ),
    HTML_ESCAPED: (
        (
            "It was copied out of a web page and has entities or tags in it (&#43;, <br>): OpenSSL, Python, Node, Go"
            " and keytool do not read such a block."
        ),
        _ALL,
    ),
    QUOTED_PRINTABLE: (
        (
            "It is in the quoted-printable of mail, with =3D for = or lines that end in =: OpenSSL, Python, Node, Go"
            " and keytool do not read such a block."
        ),
        _ALL,
    ),
    PERCENT_ENCODED: (
        (
            "It is percent-encoded like an address (%0A for line ends), as proxies hand on client certificates:"
            " OpenSSL, Python, Node, Go and keytool do not read it."
        ),
        _ALL,
    ),
    MAIL_QUOTED: (
        (
            "Its lines begin with > as in an answer to a mail: OpenSSL, Python, Node, Go and keytool do not read such"
            " a block."
        ),
        _ALL,
    ),
    WRONG_ARMOUR: (
        (
            "A BEGIN or END line lacks its dashes or has small letters or several blanks in it: OpenSSL, Python, Node,"
            " Go and keytool do not read such a block."
        ),
        _ALL,
    ),
    ENCODED_TWICE: (
        (
            "The whole PEM text is encoded in base64 once more, as in a Kubernetes secret (base64 -d takes that off):"
            " OpenSSL, Python, Node, Go and keytool do not read it."
        ),
        _ALL,
    ),
    TRAILING_BYTES: (
        (
            "There are bytes behind the end of its DER: OpenSSL, Node's X509Certificate and keytool do not mind;"
            " Python's ssl and cryptography refuse it."
        ),
        (ClientId.PYTHON.value,),
    ),
    SEVERAL_IN_DER: (
        (
            "It holds several DER structures one behind the other: OpenSSL, Node's X509Certificate and keytool read"
            " the first alone, Python's ssl all certificates, its cryptography none."
        ),
        (),
    ),
    TOO_LATE: (
        "Reading it took longer than the time there is; what stands from this line on was left out.",
        (),
    ),
    TOO_MANY: (
        "It holds more objects than certdoctor looks at; those after the first 100,000 were left out.",
        (),
    ),
}


def oddity(slug: str, line: int | None = None) -> Oddity:
    """Return the oddity with this slug, first seen on ``line``."""
    text, refused_by = _TEXTS[slug]
    return Oddity(slug=slug, text=text, line=line, refused_by=refused_by)
