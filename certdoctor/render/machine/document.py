"""The machine contract: the JSON document, as types and as the one function that fills them.

The internal types stay free to change; these names are promises (schema ``certdoctor/1``).
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class RemedyDict(TypedDict):
    """One way to put it right."""

    summary: str
    owner: Literal["server", "client", "ca", "network"]
    steps: list[str]
    proof: str
    weakens_security: bool
    gives_up: str


class FindingDict(TypedDict):
    """A rule that applies."""

    code: str
    slug: str
    severity: Literal["blocks", "risks", "notes"]
    owner: Literal["server", "client", "ca", "network"]
    title: str
    subject: str
    detail: str
    facts: dict[str, str | int | bool | None]
    remedies: list[RemedyDict]


ModeName = Literal["default", "off", "require", "ca", "verify", "strict"]


class ModeDict(TypedDict):
    """What a client would do in one of its modes."""

    mode: ModeName
    settings: str
    verdict: Literal["accepts", "rejects", "unknown"]
    cause: str | None
    code: str | None
    message: str | None
    note: str | None


class ClientDict(TypedDict):
    """What one client would do."""

    client: str
    verdict: Literal["accepts", "rejects", "unknown"]
    cause: str | None
    code: str | None
    message: str | None
    causes: list[str]
    basis: Literal["measured", "modelled"]
    note: str | None
    because: str | None
    mode: ModeName | None
    modes: list[ModeDict]


class SideDict(TypedDict):
    """One of two clients that are compared, in the mode in which it is."""

    name: str
    client: str
    mode: ModeName
    settings: str
    checks: str
    trusts: str
    verdict: Literal["accepts", "rejects", "unknown"]
    cause: str | None
    code: str | None
    message: str | None
    note: str | None
    connects_in: list[str]


class DifferenceDict(TypedDict):
    """Something in which the two differ."""

    what: str
    first: str
    second: str


class ComparisonDict(TypedDict):
    """Two clients side by side; ``why`` says why one connects and the other does not."""

    sides: list[SideDict]
    differences: list[DifferenceDict]
    why: str


class SkippedDict(TypedDict):
    """A rule that could not be checked."""

    code: str
    slug: str
    reason: str
    asked: bool


class AgreementDict(TypedDict):
    """Whether a log's claim is borne out."""

    claim: str
    source: str
    outcome: Literal["confirmed", "contradicted", "resolved", "not-checked"]
    detail: str


class PublicKeyDict(TypedDict):
    """A public key."""

    algorithm: str
    bits: int | None
    curve: str | None
    sha256: str


class CertificateDict(TypedDict):
    """One certificate."""

    subject: str
    issuer: str
    common_name: str | None
    dns_names: list[str]
    ip_addresses: list[str]
    not_before: str
    not_after: str
    days_left: int
    serial: str
    version: int
    public_key: PublicKeyDict
    signature_algorithm: str
    is_ca: bool | None
    path_length: int | None
    key_usage: list[str] | None
    extended_key_usage: list[str] | None
    subject_key_id: str | None
    authority_key_id: str | None
    ca_issuers: list[str]
    self_signed: bool
    oddities: list[str]
    sha256: str
    sha1: str
    der: str


class ChainEntryDict(TypedDict):
    """A certificate of the path, the leaf first, and where it came from."""

    certificate: CertificateDict
    sent: bool
    trusted: bool


class PreloginDict(TypedDict):
    """The server's PRELOGIN answer to ENCRYPT_OFF."""

    version: str
    product: str | None
    encryption: int
    encryption_name: str | None
    forces_encryption: bool
    instance_mismatch: bool | None
    options: dict[str, str]


class OfferDict(TypedDict):
    """One version or suite that was offered by itself."""

    name: str
    accepted: bool | None
    detail: str
    version: str


class ReachDict(TypedDict):
    """Whether one client has a version and a suite in common with the server."""

    client: str
    clients: list[str]
    drivers: str
    system: str
    connects: bool | None
    why: str
    source: str
    measured: bool


class AcceptsDict(TypedDict):
    """What the server takes; ``ciphers`` is null when only versions were asked about."""

    versions: list[OfferDict]
    ciphers: list[OfferDict] | None
    complete: bool
    secure_renegotiation: bool | None
    reach: list[ReachDict]


class AddressDict(TypedDict):
    """One address of the name."""

    address: str
    problem: str | None
    leaf_sha256: str | None
    version: str | None


class InstanceDict(TypedDict):
    """What SQL Server Browser said of the named instance."""

    name: str
    port: int | None
    dac_port: int | None
    version: str | None
    server: str | None


class HandshakeDict(TypedDict):
    """A TLS handshake."""

    wrapping: Literal["tds7", "tds8", "tls"]
    protocol: str
    cipher: str
    alpn: str | None
    client_certificate_requested: bool
    client_certificate_presented: bool
    acceptable_cas: list[str]
    completed: bool


class StageDict(TypedDict):
    """One stage of the way, with its duration."""

    name: str
    milliseconds: float
    detail: str


class FailureDict(TypedDict):
    """Where and why the way ended."""

    stage: str
    kind: str
    detail: str
    answered_by: str | None
    errors: list[str]


class ProgramDict(TypedDict):
    """A program of the client's side that a log names."""

    name: str
    version: str | None
    client: str | None
    line: int
    text: str


class EventDict(TypedDict):
    """One event of a log."""

    file: str
    line: int
    cause: str
    also: list[str]
    confidence: Literal["certain", "likely", "possible"]
    client: str | None
    endpoint: str | None
    code: str | None
    times: int
    last_line: int | None
    first_at: str | None
    last_at: str | None
    side: str
    note: str | None
    text: str
    client_version: str | None
    programs: list[ProgramDict]
    settings: dict[str, str]
    language: str | None
    english: str | None


class LogCertificateDict(TypedDict):
    """What a log tells of a server's certificate; it is not verified."""

    line: int
    host: str | None
    subject: str
    issuer: str
    not_before: str | None
    not_after: str | None
    dns_names: list[str] | None
    ip_addresses: list[str] | None


class LogFileDict(TypedDict):
    """One log."""

    path: str
    lines: int
    application: str | None
    settings: dict[str, str]
    masked: int
    left_out: str | None
    certificates: list[LogCertificateDict]


class LogDict(TypedDict):
    """All logs."""

    files: list[LogFileDict]
    events: list[EventDict]


class ObjectDict(TypedDict):
    """One object of a file."""

    kind: str
    encoding: str
    line: int | None
    name: str | None
    problem: str | None
    sha256: str | None
    certificate: CertificateDict | None
    key: dict[str, str | None] | None


class FileDict(TypedDict):
    """One file."""

    path: str
    role: str
    size: int
    format: str
    objects: list[ObjectDict]
    oddities: list[str]
    read_as_ca_by: list[str]
    read_as_key_by: list[str]
    unreadable: str | None


class DefectDict(TypedDict):
    """Something in a store that its readers do not see."""

    slug: str
    path: str | None
    loses: bool
    text: str


class AddedDict(TypedDict):
    """A certificate that the vendor did not deliver."""

    subject: str
    sha256: str
    not_after: str


class StoreDict(TypedDict):
    """A set of roots: one that was used for judging (kind "judged-by"), or a store of this machine."""

    name: str
    certificates: int | None
    id: str
    kind: str
    path: str | None
    aliases: list[str]
    clients: list[str]
    readers: list[str]
    trusted: bool
    not_read: str | None
    added: list[AddedDict] | None
    compared_with: str | None
    expired: int | None
    defects: list[DefectDict]
    note: str | None


class InfluenceDict(TypedDict):
    """A variable that changes which store a program reads."""

    variable: str
    value: str
    effect: str
    loses: bool


class SoughtDict(TypedDict):
    """A certificate that was looked for in the stores: where it is, and who sees it there."""

    name: str
    subject: str | None
    sha256: str | None
    sha1: str | None
    stores: list[str]
    seen_by: list[str]


class PlaceDict(TypedDict):
    """Where a certificate was found."""

    title: str
    path: str | None
    clients: list[str]
    trusted: bool
    is_file: bool
    fetched: bool


class UnfetchedDict(TypedDict):
    """An address that was to be fetched and gave nothing that fits."""

    address: str
    reason: str


class CandidateDict(TypedDict):
    """A certificate that the chain lacked and that was found."""

    certificate: CertificateDict
    wanted_by: str
    places: list[PlaceDict]


class LookupDict(TypedDict):
    """What became of looking for the missing certificates."""

    found: list[CandidateDict]
    stores: int
    files: int
    cut_short: str | None
    unfetched: list[UnfetchedDict]


class ThingDict(TypedDict):
    """A thing that was given without saying what it is."""

    name: str
    understood: str


class EvidenceDict(TypedDict):
    """What was looked at."""

    hosts: list[str]
    chain: list[ChainEntryDict]
    sent: list[CertificateDict]
    verify_errors: list[str]
    prelogin: PreloginDict | None
    handshake: HandshakeDict | None
    strict: HandshakeDict | None
    accepts: AcceptsDict | None
    protocol: str | None
    software: str | None
    instance: InstanceDict | None
    addresses: list[AddressDict]
    trace_id: str | None
    stages: list[StageDict]
    failure: FailureDict | None
    log: LogDict
    files: list[FileDict]
    stores: list[StoreDict]
    influences: list[InfluenceDict]
    sought: list[SoughtDict]
    lookup: LookupDict | None
    things: NotRequired[list[ThingDict]]


class ReportDict(TypedDict):
    """One subject, judged."""

    subject: str
    observed_at: str
    verdict: Literal["healthy", "at-risk", "broken", "inconclusive"]
    cause: str | None
    findings: list[FindingDict]
    clients: list[ClientDict]
    skipped: list[SkippedDict]
    agreements: list[AgreementDict]
    comparison: NotRequired[ComparisonDict]
    evidence: EvidenceDict


class Document(TypedDict):
    """What ``--format json`` prints."""

    schema: Literal["certdoctor/1"]
    version: str
    command: str
    reports: list[ReportDict]
