"""The facts of files: certificates, keys and oddities. No secret is ever kept here."""

from __future__ import annotations

from enum import StrEnum

from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass


class Role(StrEnum):
    """The field for which a file was meant."""

    CA = "ca"
    CERTIFICATE = "cert"
    KEY = "key"
    CHAIN = "chain"
    ANY = "any"


class Form(StrEnum):
    """The format of a file, by its content; the values are the words for the reader."""

    PEM = "PEM"
    DER_CERTIFICATE = "DER certificate"
    DER_KEY = "DER private key"
    DER_REQUEST = "DER certificate request"
    DER_PUBLIC_KEY = "DER public key"
    DER_CRL = "DER revocation list"
    DER_CUT = "DER that is cut short"
    PKCS7 = "PKCS#7"
    """Certificates in a PKCS#7 container (.p7b), binary."""
    PKCS12 = "PKCS#12"
    """Certificates and key in a PKCS#12 container (.pfx, .p12)."""
    BARE_BASE64 = "base64 without BEGIN and END lines"
    SSH_PUBLIC_KEY = "OpenSSH public key"
    JKS = "Java key store (JKS)"
    JCEKS = "Java key store (JCEKS)"
    PUTTY = "PuTTY private key"
    PVK = "Windows private key file (PVK)"
    SST = "Windows certificate store (SST)"
    SSO = "Oracle auto-login wallet"
    HEX = "hexadecimal text"
    EMPTY = "empty"
    ZEROS = "nothing but zero bytes"
    HTML = "HTML page"
    XML = "XML document"
    JSON = "JSON document"
    LOG = "log text"
    PNG = "PNG image"
    JPEG = "JPEG image"
    GIF = "GIF image"
    BMP = "bitmap image"
    PDF = "PDF document"
    RTF = "RTF document"
    OLE = "Office document or mail of Outlook (OLE)"
    ZIP = "ZIP archive"
    GZIP = "gzip archive"
    SEVEN_ZIP = "7-Zip archive"
    RAR = "RAR archive"
    BZIP2 = "bzip2 archive"
    XZ = "xz archive"
    SQLITE = "SQLite database"
    ELF = "Linux program (ELF)"
    PE = "Windows program (EXE, DLL)"
    MAIL = "mail message"
    PRINTED = "certificate as openssl or keytool prints it, without the certificate itself"
    TEXT = "text without any PEM block"
    UNKNOWN = "unknown"


class Lock(StrEnum):
    """The outcome of trying a password on a key or container."""

    OPEN = "open"
    """Not encrypted, and no password was given."""
    OPENED = "opened"
    """The password given opens it."""
    PASSWORD_REQUIRED = "password-required"  # noqa: S105 - a name, not a secret
    WRONG_PASSWORD = "wrong-password"  # noqa: S105
    PASSWORD_NOT_NEEDED = "password-not-needed"  # noqa: S105
    """Not encrypted although a password was given."""
    UNSUPPORTED = "unsupported-key-encryption"
    DAMAGED = "damaged"


NOT_OPENED = Absent("the key was not opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """A private key, without the private part."""

    container: str
    """"PKCS#8", "PKCS#1", "SEC 1", "OpenSSH", "PKCS#12", …"""
    lock: Lock
    encryption: str | None = None
    """Cipher and key derivation in words: "PBES2: PBKDF2-HMAC-SHA256 2,048 rounds, AES-256-CBC"."""
    public: PublicKey | Absent = NOT_OPENED
    near_miss: str | None = None
    """The change of the password that opens it ("without the blank at its end"), never the password."""
    reason: str | None = None
    """Why it is unsupported or damaged; for a key that opens, a client that refuses it nevertheless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something unusual in the way a file is written."""

    slug: str
    """Stable word: "utf8-bom", "utf16", "literal-newlines", "text-around"."""
    text: str
    """A sentence for the reader: what it is and who trips over it."""
    line: int | None = None
    """The first line on which it was seen, counted from 1; None when it concerns the whole file."""
    refused_by: tuple[str, ...] = ()
    """Ids of the clients that were measured not to read such a file or block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileObject:
    """One object found in a file, in order."""

    kind: str
    """"certificate", "private key", "certificate request", "public key", "CRL", "parameters", "key store"."""
    encoding: str
    """"PEM", "DER", "PKCS#7", "PKCS#12"."""
    line: int | None = None
    """Line of its armour, counted from 1; None for binary."""
    certificate: Certificate | None = None
    key: KeyFacts | None = None
    public: PublicKey | None = None
    """Of a CSR or public key."""
    problem: str | None = None
    """Why it could not be read; None if it could."""
    sha256: str | None = None
    """Of the DER bytes as found; None for private keys, whose bytes are never recorded."""
    oddities: tuple[str, ...] = ()
    """Slugs of those oddities of the file that concern this object."""
    name: str | None = None
    """Its name in the file: the alias of a Java key store."""
    lenient: bool = False
    """Whether only strict parsers have the ``problem``, and OpenSSL reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file, examined."""

    path: str
    """As the user gave it; "-" for standard input."""
    role: Role
    size: int
    """Bytes."""
    format: str
    """What it is, in words: "PEM", "DER certificate", "PKCS#12", "empty", … (a Form)."""
    objects: tuple[FileObject, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    unreadable: str | None = None
    """A sentence, with the next step, why it could not be read at all; None if it could."""
    any_format: bool = False
    """Whether no client has to read the file as it is, so that rules about its format do not apply."""

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Every certificate that could be read, in order."""
        return tuple(o.certificate for o in self.objects if o.certificate is not None)

    def readable_by(self, client: str) -> tuple[Certificate, ...]:
        """Return the certificates that a client reads from this file as its CA file.

        These are in PEM blocks that the client was measured to read; ``client`` is an id, with or without a version.
        """
        refusing = {o.slug for o in self.oddities if {client, client.partition("@")[0]} & set(o.refused_by)}
        return tuple(
            item.certificate
            for item in self.objects
            if item.certificate is not None and item.encoding == "PEM" and refusing.isdisjoint(item.oddities)
        )

    @property
    def keys(self) -> tuple[KeyFacts, ...]:
        """Every private key, opened or not, in order."""
        return tuple(o.key for o in self.objects if o.key is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """How the files to pair were collected."""

    looked_into: int
    """Number of files opened, including those without certificates or keys."""
    cut_short: str | None = None
    """Why some files may not have been read; None if all were."""
