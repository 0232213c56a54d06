"""Gathering for one subject: what was named becomes one Evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.formats.text.limits import Limits
from certdoctor.gather.files import reading
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.evidence import NOT_ASKED, ClientSettings, Evidence, Written
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.lean import dataclass
from certdoctor.model.log import LogFacts
from certdoctor.model.saved import ENDING, MARK
from certdoctor.model.target import Target
from certdoctor.model.wire import Probe, Survey

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import Copy

_START = 256
"""Bytes of a file in which an evidence file says what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be looked at, and how."""

    target: str | None = None
    chain_file: str | None = None
    logs: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    certificate: str | None = None
    key: str | None = None
    files: tuple[str, ...] = ()
    any_format: bool = False
    """The files are asked about as such, not as what a client is to read."""
    password: bytes | None = field(default=None, repr=False)
    settings: ClientSettings | None = None
    """How the client is configured, where it is known from elsewhere than the target."""
    limits: Limits = field(default_factory=Limits)
    """How much of each file is looked at."""
    hosts: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    read: tuple[LogFacts, ...] = ()
    """Logs that were read already."""
    follow_log: bool = False
    """Probe the endpoint that the log names when no target is given."""
    protocol: str = "auto"
    """"auto" (what the target says, else TDS), "tds", "tds8", "tls", "postgres", "mysql" or
    "mongodb"."""
    seconds: float = 10.0
    """Deadline for the whole probe."""
    connect_seconds: float | None = None
    """Deadline for each TCP connection, within that; None leaves it all the time that is left."""
    copy: Copy | None = field(default=None, repr=False, compare=False)
    """Gets what the logs hold, to write it down without secrets."""
    survey: Survey = Survey.NONE
    """Whether also to find out what the server accepts."""
    written: Written | None = None
    """Where a file names the target."""

    @property
    def verifies(self) -> bool:
        """Whether files or names are given that certificates are held against."""
        return bool(self.cas or self.certificate or self.key or self.hosts)


def gather(asked: Request, at: datetime) -> Evidence:
    """Look at everything that was named.

    Raises:
        UsageError: the target cannot be read, or is an evidence file: there is nothing to look at in one.
        CannotLook: a log cannot be read.

    """
    if asked.target and is_evidence_file(asked.target):
        raise UsageError(
            f"{asked.target} holds evidence: it is no server.",
            hint=f"To judge it again:  certdoctor diagnose {asked.target}",
        )
    read_logs = (*asked.read, *_logs(asked.logs, asked.copy))
    read_files = _files(asked)
    target = targets.parse(asked.target) if asked.target else _followed(asked, read_logs)
    if target is not None and asked.protocol != "auto":
        target = replace(target, protocol=asked.protocol, guessed=False)
    if target is not None and asked.settings is not None:
        target = replace(target, settings=asked.settings)
    settings = _settings(target, read_logs)
    found: Probe | Absent = NOT_ASKED
    if target is not None:
        found = _probe(target, asked, read_files)
    return Evidence(
        subject=_subject(asked, target),
        observed_at=at,
        hosts=_hosts(asked, target, read_logs),
        probe=found,
        chain=_chain(asked, found, read_files),
        files=read_files,
        logs=read_logs,
        settings=settings,
        clients=asked.clients,
        fitting_keys=_fitting_keys(asked, read_files),
        written=asked.written,
    )


def _logs(paths: Sequence[str], copy: Copy | None) -> tuple[LogFacts, ...]:
    if not paths:
        return ()
    # The signatures are worth loading only when there is a log to read.
    from certdoctor.gather.logs.reading import read  # noqa: PLC0415

    return tuple(facts for path in paths for facts in read(path, copy))


def _files(asked: Request) -> tuple[FileFacts, ...]:
    named: list[tuple[str, Role, bytes | None]] = []
    if asked.chain_file:
        named.append((asked.chain_file, Role.CHAIN, None))
    named += [(path, Role.CA, None) for path in asked.cas]
    if asked.certificate:
        named.append((asked.certificate, Role.CERTIFICATE, None))
    if asked.key:
        named.append((asked.key, Role.KEY, asked.password))
    named += [(path, Role.ANY, asked.password) for path in asked.files]
    return tuple(
        replace(reading.read(path, role, password=secret, limits=asked.limits), any_format=asked.any_format)
        for path, role, secret in named
    )


def _fitting_keys(asked: Request, read: Sequence[FileFacts]) -> tuple[str, ...]:
    """Look beside a key that is only asked about as such; other commands have more to do than that."""
    by_role = {file.role: file for file in read}
    if not (asked.any_format and Role.CERTIFICATE in by_role and Role.KEY in by_role):
        return ()
    from certdoctor.gather.files.pairing import fitting_keys  # noqa: PLC0415 - for match only

    return fitting_keys(by_role[Role.CERTIFICATE], by_role[Role.KEY], asked.password)


def _followed(asked: Request, read: Sequence[LogFacts]) -> Target | None:
    """Return the server that the logs talk about, if they are to be followed and name one."""
    if not asked.follow_log:
        return None
    for log in read:
        for event in log.events:
            if event.endpoint:
                return targets.parse(event.endpoint)
        if log.settings.get("host"):
            port = log.settings.get("port")
            return targets.parse(log.settings["host"] + (f",{port}" if port else ""))
    return None


def endpoints(logs: Sequence[LogFacts]) -> tuple[str, ...]:
    """Return the servers at which something failed, in the order of the logs; else the one of the settings."""
    failed = (event.endpoint for log in logs for event in log.events if event.cause != "no-problem")
    found = tuple(dict.fromkeys(endpoint for endpoint in failed if endpoint))
    if found:
        return found
    hosts = ((log.settings.get("host"), log.settings.get("port")) for log in logs)
    return tuple(f"{host},{port}" if port else host for host, port in hosts if host)[:1]


def about(endpoint: str, logs: Sequence[LogFacts]) -> tuple[LogFacts, ...]:
    """Return of the logs what is about one server, or about none in particular."""
    kept = (
        replace(log, events=tuple(event for event in log.events if event.endpoint in {None, endpoint}))
        for log in logs
    )
    return tuple(log for log in kept if log.events or log.settings)


def _probe(target: Target, asked: Request, read: Sequence[FileFacts]) -> Probe:
    # OpenSSL is started only for commands that connect.
    from certdoctor.gather.server.probe import probe  # noqa: PLC0415

    identity = None
    if asked.certificate and asked.key:
        from certdoctor.gather.server.identity import client_identity  # noqa: PLC0415 - few have one

        identity = client_identity(asked.certificate, asked.key, asked.password, read)
    return probe(
        target,
        seconds=asked.seconds,
        connect_seconds=asked.connect_seconds,
        identity=identity,
        survey=asked.survey,
    )


def _chain(asked: Request, found: Probe | Absent, read: Sequence[FileFacts]) -> Chain | Absent:
    if not isinstance(found, Absent):
        # After TLS first alone there is no wrapped chain to judge, but the same certificates.
        if isinstance(found.chain, Absent) and not isinstance(found.strict_chain, Absent):
            return found.strict_chain
        return found.chain
    if asked.chain_file or asked.files:
        certificates: tuple[Certificate, ...] = next(
            (f.certificates for f in read if f.role in {Role.CHAIN, Role.ANY}), ()
        )
        if certificates:
            return Chain(certificates[0], certificates[1:])
        if asked.chain_file:
            return Absent(f"{asked.chain_file} holds no certificate that can be read", Shade.NOT_OBTAINED)
    return NOT_ASKED


def _settings(target: Target | None, read: Sequence[LogFacts]) -> ClientSettings:
    settings = target.settings if target else ClientSettings()
    for log in read:
        told = {k.lower(): v for k, v in log.settings.items()}
        settings = replace(
            settings,
            application=settings.application or log.application,
            ssl_type=settings.ssl_type or told.get("ssltype"),
            ca_path=settings.ca_path or told.get("certauthority"),
        )
        if settings.encrypt is None and told.get("encryptconnection", "").lower() in {"true", "false"}:
            settings = replace(settings, encrypt=told["encryptconnection"].lower() == "true")
    return settings


def _hosts(asked: Request, target: Target | None, read: Sequence[LogFacts]) -> tuple[str, ...]:
    if asked.hosts:
        return asked.hosts
    if target is not None:
        return (target.certificate_host or target.host,)
    return tuple(log.settings["host"] for log in read if log.settings.get("host"))[:1]


def _subject(asked: Request, target: Target | None) -> str:
    if target is not None:
        return target.endpoint
    named = (
        asked.chain_file,
        *asked.files,
        *asked.logs,
        *(log.path for log in asked.read),
        asked.certificate,
        asked.key,
        *asked.cas,
    )
    return next((name for name in named if name), "nothing")


def is_evidence_file(text: str) -> bool:
    """Whether the text names an evidence file (``--save``): by its ending or, renamed to another .json, its start."""
    name = text.lower()
    if name.endswith(ENDING) or not name.endswith(".json"):
        return name.endswith(ENDING)
    try:
        with Path(text).open("rb") as file:
            return MARK in file.read(_START)
    except OSError:
        return False


def is_json_file(text: str) -> bool:
    """Whether the text names a file of JSON, which no command reads but as evidence, or to say what it is."""
    return text.lower().endswith(".json") and Path(text).is_file()


def is_file(text: str) -> bool:
    """Whether the text names a file rather than a server: it exists, or looks like nothing else."""
    endings = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".pfx", ".p12", ".txt", ".ca-bundle")
    return text == "-" or Path(text).exists() or text.lower().endswith(endings)
