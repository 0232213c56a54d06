"""What a server said on the wire: TDS PRELOGIN (MS-TDS 2.2.6.5), TLS handshake, stages."""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum

from certdoctor.model.certificate import Chain
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Protocol
from certdoctor.model.lean import dataclass


class Encryption(IntEnum):
    """The ENCRYPTION option of PRELOGIN (MS-TDS 2.2.6.5)."""

    OFF = 0x00
    """Encrypt the login packet only."""
    ON = 0x01
    """Encrypt everything."""
    NOT_SUP = 0x02
    """No encryption to be had."""
    REQ = 0x03
    """Encryption is demanded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prelogin:
    """A PRELOGIN message, either side's."""

    version: tuple[int, int, int, int]
    """Major, minor, build, sub-build of the product (server) or driver (client)."""
    encryption: int
    """The raw byte; compare with Encryption after masking the 0x80 certificate flag."""
    instance_mismatch: bool | None = None
    """INSTOPT of a server's answer: True when the instance named is not this one."""
    options: tuple[tuple[int, bytes], ...] = ()
    """Every option as (token, data) in the order sent, the known ones included."""

    @property
    def encryption_answer(self) -> Encryption | None:
        """The value without flags, None when MS-TDS does not know it."""
        try:
            return Encryption(self.encryption & 0x3F)
        except ValueError:
            return None

    @property
    def version_text(self) -> str:
        """The product version as people write it: ``15.0.4382``."""
        major, minor, build, _ = self.version
        return f"{major}.{minor}.{build}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMessage:
    """An ERROR or INFO token (MS-TDS 2.2.7.10, 2.2.7.13)."""

    number: int
    state: int
    severity: int
    text: str
    server: str = ""


class Wrapping(StrEnum):
    """How TLS is carried."""

    TDS7 = "tds7"
    """Inside TDS 0x12 packets until the handshake is done (TDS 7.x)."""
    TDS8 = "tds8"
    """TLS first, TDS inside it (TDS 8.0, ALPN tds/8.0)."""
    PLAIN = "tls"
    """TLS first, whatever is inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A TLS handshake that went far enough to read the server's certificates."""

    wrapping: Wrapping
    protocol: str
    """"TLSv1.2" and the like, as OpenSSL names it."""
    cipher: str
    """OpenSSL's name of the suite."""
    alpn: str | None = None
    client_certificate_requested: bool = False
    client_certificate_presented: bool = False
    """Whether one was given to be shown, and asked for; with ``completed`` it was taken."""
    acceptable_cas: tuple[str, ...] = ()
    """Distinguished names of the CertificateRequest, RFC 4514."""
    completed: bool = True
    """False when it broke off after the certificates were read."""


class FailureKind(StrEnum):
    """Why a stage failed; the values are the cause names that the rules use."""

    DNS = "dns-failure"
    REFUSED = "connection-refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_TDS = "not-tls-or-wrong-port"
    INTERRUPTED = "handshake-interrupted"
    PROTOCOL = "protocol-mismatch"
    CIPHER = "cipher-mismatch"
    INTERNAL = "tls-internal-error"
    CLIENT_CERT_REQUIRED = "client-cert-required"
    CLIENT_CERT_REJECTED = "client-cert-rejected"
    ENCRYPTION_UNSUPPORTED = "encryption-unsupported"
    STRICT_ONLY = "strict-only"
    BAD_CERTIFICATE = "malformed-certificate"
    MALFORMED = "malformed-answer"
    INSTANCE_NOT_FOUND = "instance-not-found"
    OTHER = "other-failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The stage at which talking to a server ended, and why."""

    stage: str
    """"browser", "name", "tcp", "prelogin", "starttls", "hello", "certificate" or "finished"."""
    kind: FailureKind
    detail: str
    """What was seen, a phrase: "connection reset after the ClientHello"."""
    answered_by: str | None = None
    """What answered instead of TDS or TLS, if recognised: "an HTTP server"."""
    messages: tuple[ServerMessage, ...] = ()
    """ERROR tokens the server sent instead of what was asked."""
    instances: tuple[str, ...] = ()
    """The instances that SQL Server Browser named instead of the one asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the way, with its duration."""

    name: str
    milliseconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a PRELOGIN version stands for."""

    title: str
    """"SQL Server 2019 (15.0.2000)"."""
    name: str
    """"SQL Server 2019"."""
    support_ends: date | None
    """Last day of extended support; None when not known."""
    speaks_tds8: bool | None
    """Whether it can be strict; None when not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What SQL Server Browser said of a named instance (MC-SQLR)."""

    name: str
    port: int | None
    """TCP port; None when it has none or is not known."""
    dac_port: int | None = None
    """Port of the dedicated administrator connection."""
    version: str | None = None
    """As installed: often older than what PRELOGIN tells."""
    server: str | None = None
    """The machine's own name for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSeen:
    """One address of a name, and how the server there compares."""

    address: str
    problem: str | None
    """Why nothing was learnt there ("connection refused"), None when a certificate was read."""
    silent: bool = False
    """Whether the problem is that nothing answered in time."""
    leaf_sha256: str | None = None
    version: str | None = None
    """The product version it tells, where the protocol has one."""


def version_title(name: str) -> str:
    """Return OpenSSL's name of a version as people write it: "TLS 1.0"."""
    return name.replace("TLSv", "TLS ") + (".0" if name == "TLSv1" else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version or suite that was offered by itself."""

    name: str
    """"TLSv1.2", or the IANA name of a suite."""
    accepted: bool | None
    """None when there was no telling."""
    detail: str
    """Of a version: the suite chosen, or how it was declined. Of a suite: why current clients refuse it."""
    version: str = ""
    """Of a suite: the version in which it was offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether one client, with the settings it comes with, has a version and a suite in common with a server."""

    client: str
    """Its id in the data."""
    clients: tuple[str, ...]
    """The client ids of reports that it stands for: "node"."""
    drivers: str
    """Those that are built on it: "tedious, mssql"; empty where only the system counts."""
    system: str
    """"Node 22"."""
    connects: bool | None
    """None when there is no telling. The certificate is another matter."""
    why: str
    """Why not, or why there is no telling, as a predicate: "offers TLS 1.2 only"; empty otherwise."""
    source: str
    """What was measured, or the document."""
    measured: bool


class Survey(StrEnum):
    """How much is asked about what a server accepts."""

    NONE = "none"
    VERSIONS = "versions"
    """A connection for each TLS version."""
    CIPHERS = "ciphers"
    """And one for each suite that is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyResult:
    """What a server takes of what it was offered, one offer at a time."""

    versions: tuple[Offer, ...]
    """Oldest first."""
    ciphers: tuple[Offer, ...] | None = None
    """Those taken, by version, in the server's order of choice; None: not asked."""
    complete: bool = True
    """False when the time was over before every suite had been offered."""
    secure_renegotiation: bool | None = None
    """Whether it knows RFC 5746, without which OpenSSL 3 refuses it; None for TLS 1.3 alone."""
    reach: tuple[Reach, ...] = ()
    """Which clients get through with that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Everything learnt from one server, over all connections made to it."""

    host: str
    port: int
    address: str | None
    """The IP address reached, None when there was none."""
    protocol: Protocol
    stages: tuple[Stage, ...]
    prelogin: Prelogin | Absent
    """The answer to ENCRYPT_OFF."""
    product: Product | None
    """What the version stands for, None without a PRELOGIN answer."""
    forces_encryption: bool | Absent
    """Whether the server answered REQ or ON to a client that offered OFF."""
    encryption_offered: Encryption | Absent
    """The answer to a client that asks for encryption (ENCRYPT_ON)."""
    handshake: Handshake | Absent
    chain: Chain | Absent
    """Certificates as sent, leaf first."""
    strict: Handshake | Absent
    """The TLS-first handshake of TDS 8.0."""
    strict_chain: Chain | Absent
    failure: Failure | None
    """What stopped the ordinary (TDS 7 or plain TLS) way, None when nothing did."""
    legacy_tls: bool = False
    """True when the handshake only worked with TLS 1.0/1.1 or OpenSSL security level 0."""
    software: str | None = None
    """What a server other than SQL Server says it is: "MariaDB 10.11.6"."""
    instance: Instance | None = None
    """What SQL Server Browser said, where a named instance was asked for."""
    addresses: tuple[AddressSeen, ...] = ()
    """Every address of the name, the one looked at closely first; empty when there is only one."""
    accepts: SurveyResult | None = None
    """Versions and suites; None: not asked."""
    trace_id: str | None = None
    """The GUID sent as TRACEID, under which a SQL Server's extended events know the visit."""
