"""The odd ways in which PEM files are written, and who was seen to read each of them.

Every sentence and every list says what was measured and no more: a root certificate written in that
way, given as trusted file to `openssl verify` and Python's ssl (OpenSSL 3.0), Node 20 (options ``ca``,
``cert``, ``key``) and keytool of Java 17. Where BoringSSL, which Electron uses, is not named, it was
not tried. ``tests/test_files_real.py`` measures it again.
"""

from __future__ import annotations

from certdoctor.model.files import Oddity

UTF8_BOM = "utf8-bom"
UTF16 = "utf16"
CR_LINE_ENDS = "cr-line-ends"
LITERAL_NEWLINES = "literal-newlines"
INDENTED = "indented-armour"
SHARED_LINE = "armour-line-shared"
HIDDEN_CHARACTER = "hidden-character"
TEXT_AROUND = "text-around"
GLUED = "glued-blocks"
MISSING_END = "missing-end"
BAD_BASE64 = "bad-base64"
WRONG_DASHES = "wrong-dashes"
BLANK_LINES = "blank-lines"
OTHER_HEADERS = "other-headers"
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

_OPENSSL = ("node", "openssl", "python")
_ALL = (*_OPENSSL, "jdbc")

_TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    UTF8_BOM: (
        (
            "It begins with a UTF-8 byte order mark: OpenSSL, Python and Node 20 skip it; keytool"
            ' ("Input not an X.509 certificate"), Node 16 and BoringSSL, which Electron uses (NO_START_LINE), refuse it.'
        ),
        ("jdbc", "electron", "node@16"),
    ),
    UTF16: (
        (
            "It is written in UTF-16, as older PowerShell does with > and Notepad with Unicode: OpenSSL, Python,"
            " Node and keytool find nothing in it, and Node says nothing when it is the CA file."
        ),
        _ALL,
    ),
    CR_LINE_ENDS: (
        "Its lines end in CR alone: keytool reads it; OpenSSL, Python and Node find no start line in it.",
        _OPENSSL,
    ),
    LITERAL_NEWLINES: (
        (
            "It holds the two characters \\n where lines should end, as in a JSON or environment value: OpenSSL,"
            " Python, Node and keytool do not read it."
        ),
        _ALL,
    ),
    INDENTED: (
        (
            "A BEGIN or END line is indented: OpenSSL, Python and Node do not read such a block, keytool only when"
            " it is the END line alone."
        ),
        _OPENSSL,
    ),
    SHARED_LINE: (
        (
            "A BEGIN or END line has something else on it (text, a quote, base64): OpenSSL, Python and Node do not"
            " read such a block."
        ),
        _OPENSSL,
    ),
    HIDDEN_CHARACTER: (
        (
            "There is an invisible character (no-break space, zero-width space, second byte order mark) at or in a"
            " block: OpenSSL, Python, Node and keytool do not read such a block."
        ),
        _ALL,
    ),
    TEXT_AROUND: (
        "There is text outside the blocks: OpenSSL, Python, Node and keytool skip it.",
        (),
    ),
    GLUED: (
        (
            "An END line and the next BEGIN line are one line, as cat leaves them when the first file lacks its last"
            " line end: OpenSSL, Python and Node stop there (bad end line), keytool refuses the file; Python's"
            " cryptography reads both, so a check with it alone would pass."
        ),
        _ALL,
    ),
    MISSING_END: (
        (
            "A block has no END line of its own: at the end of a file OpenSSL, Python, Node and keytool do not read"
            " it, and Node says nothing when it is the CA file."
        ),
        _ALL,
    ),
    BAD_BASE64: (
        (
            "The base64 of a block has characters that do not belong in it or is cut short: OpenSSL, Python, Node and"
            " keytool do not read such a block."
        ),
        _ALL,
    ),
    WRONG_DASHES: (
        (
            "A BEGIN or END line has not exactly five plain dashes on each side: OpenSSL, Python, Node and keytool do"
            " not read such a block."
        ),
        _ALL,
    ),
    BLANK_LINES: (
        "There are blank lines inside a block: keytool reads it; OpenSSL, Python and Node do not.",
        _OPENSSL,
    ),
    OTHER_HEADERS: (
        (
            "A block begins with header lines that are not OpenSSL's own (Proc-Type, DEK-Info): OpenSSL and Node do"
            " not read it (not proc type), nor does keytool."
        ),
        ("node", "openssl", "jdbc"),
    ),
    TRUSTED: (
        (
            "It holds OpenSSL's own TRUSTED CERTIFICATE: OpenSSL follows the trust settings in it, Node reads it as ca"
            " option and ignores it without a word in NODE_EXTRA_CA_CERTS, Python's cryptography does not read it."
        ),
        (),
    ),
    OPENSSH_KEY: (
        "It holds a private key in OpenSSH's own format: OpenSSL and Node read no key in it.",
        ("node", "openssl"),
    ),
    PUTTY_KEY: (
        (
            "It is a private key in PuTTY's own format: OpenSSL and Node read no key in it. PuTTY's tool converts it:"
            " puttygen key.ppk -O private-openssh -o key.pem"
        ),
        ("node", "openssl"),
    ),
    HTML_ESCAPED: (
        (
            "It was copied out of a web page and has entities or tags in it (&#43;, <br>): OpenSSL, Python and Node do"
            " not read such a block."
        ),
        _OPENSSL,
    ),
    QUOTED_PRINTABLE: (
        (
            "It is in the quoted-printable of mail, with =3D for = or lines that end in =: OpenSSL, Python and Node do"
            " not read such a block."
        ),
        _OPENSSL,
    ),
    PERCENT_ENCODED: (
        (
            "It is percent-encoded like an address (%0A for line ends), as proxies hand on client certificates:"
            " OpenSSL, Python, Node and keytool do not read it."
        ),
        _ALL,
    ),
    MAIL_QUOTED: (
        (
            "Its lines begin with > as in an answer to a mail: OpenSSL, Python and Node do not read such a block."
        ),
        _OPENSSL,
    ),
    WRONG_ARMOUR: (
        (
            "A BEGIN or END line lacks its dashes or has small letters or several blanks in it: OpenSSL, Python, Node"
            " and keytool do not read such a block."
        ),
        _ALL,
    ),
    ENCODED_TWICE: (
        (
            "The whole PEM text is encoded in base64 once more, as in a Kubernetes secret (base64 -d takes that off):"
            " OpenSSL, Python, Node and keytool do not read it."
        ),
        _ALL,
    ),
    TRAILING_BYTES: (
        (
            "There are bytes behind the end of its DER: OpenSSL, Node's X509Certificate and keytool do not mind;"
            " Python's ssl and cryptography refuse it."
        ),
        ("python",),
    ),
    SEVERAL_IN_DER: (
        (
            "It holds several DER structures one behind the other: OpenSSL, Node's X509Certificate and keytool read"
            " the first alone, Python's ssl all certificates, its cryptography none."
        ),
        (),
    ),
    TOO_MANY: (
        "It holds more objects than certdoctor looks at; those after the first 100,000 were left out.",
        (),
    ),
}


def oddity(slug: str, line: int | None = None) -> Oddity:
    """Return the oddity of that name, seen first on ``line``."""
    text, refused_by = _TEXTS[slug]
    return Oddity(slug=slug, text=text, line=line, refused_by=refused_by)
