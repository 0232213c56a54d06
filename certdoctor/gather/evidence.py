"""Gathers the evidence about one subject: a request in, one Evidence out."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from certdoctor.clients.entry.modes import brought_about, wanted
from certdoctor.errors import CannotLook, UsageError, fault
from certdoctor.formats.targets import target as targets
from certdoctor.formats.text.limits import Limits
from certdoctor.gather import openssl_policy
from certdoctor.gather.files import reading
from certdoctor.gather.files.opening import STDIN
from certdoctor.model.certificate import Certificate, Chain, RevocationList
from certdoctor.model.evidence import NOT_ASKED, ClientSettings, Evidence, Given, Target, Written
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import Mode, Protocol
from certdoctor.model.lean import dataclass
from certdoctor.model.log import LogFacts
from certdoctor.model.saved import COLLECTED_ENDING, COLLECTED_MARK, ENDING, MARK
from certdoctor.model.wire import Probe, Survey

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import LogCopy

_START = 256
"""Bytes at the beginning of a file in which the mark of an evidence file is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The things that the user named, and how to examine them."""

    target: str | None = None
    chain_file: str | None = None
    logs: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    certificate: str | None = None
    key: str | None = None
    files: tuple[str, ...] = ()
    any_format: bool = False
    """Whether the user asks what the files are, rather than whether a client can read them."""
    password: bytes | None = field(default=None, repr=False)
    settings: ClientSettings | None = None
    """The client's settings, if known from something other than the target."""
    limits: Limits = field(default_factory=Limits)
    """Limits for reading each file."""
    hosts: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    """Two clients to compare, which are among ``clients``."""
    mode: Mode | None = None
    """The mode in which the client connects, if the user says so."""
    read: tuple[LogFacts, ...] = ()
    """Logs that were already read."""
    follow_log: bool = False
    """Probe the endpoint that the log names when no target is given."""
    protocol: Protocol | None = None
    """None: what the target says, else TDS."""
    seconds: float = 10.0
    """Deadline for the whole probe."""
    connect_seconds: float | None = None
    """Deadline for each TCP connection, within that; None leaves it all the time that is left."""
    copy: LogCopy | None = field(default=None, repr=False, compare=False)
    """Gets what the logs hold, to write it down without secrets."""
    survey: Survey = Survey.NONE
    """Whether also to find out what the server accepts."""
    written: Written | None = None
    """Where a file names the target."""
    given: tuple[Given, ...] = ()
    """Things that were sorted by their content, and how each was understood."""
    examined: tuple[FileFacts, ...] = ()
    """Files that were already read, with their roles."""
    known_chain: Chain | None = None
    """The server's chain, where files hold it."""
    subject: str | None = None
    """What the report is about, if not the target; None takes the first thing that was named."""

    @property
    def verifies(self) -> bool:
        """Whether files or names are given that certificates are held against."""
        return bool(self.cas or self.certificate or self.key or self.hosts)


def gather(request: Request, at: datetime) -> Evidence:
    """Examine everything that the request names.

    Where certdoctor itself fails over it, the evidence says so and holds nothing else: others have theirs.

    Raises:
        UsageError: the target cannot be parsed, or is an evidence file, which cannot be examined.
        CannotLook: a log cannot be read.

    """
    try:
        return _gathered(request, at)
    except (CannotLook, UsageError):
        raise
    except Exception as error:  # noqa: BLE001 - one subject never ends the run of the others
        return unseen(request.target or _subject(request, None), fault(error), at)


def unseen(subject: str, reason: str, at: datetime) -> Evidence:
    """Return the evidence about something of which nothing could be seen, for that reason."""
    return Evidence(subject=subject, observed_at=at, chain=Absent(reason, Shade.NOT_OBTAINED))


def _gathered(request: Request, at: datetime) -> Evidence:
    if request.target and is_evidence_file(request.target):
        raise UsageError(
            f"{request.target} holds evidence: it is no server.",
            hint=f"To judge it again:  certdoctor diagnose {request.target}",
        )
    read_logs = (*request.read, *_logs(request.logs, request.copy))
    target = targets.parse(request.target) if request.target else _followed(request, read_logs)
    if request.target and target is not None:
        request = _with_files_named(request, target.settings)
    read_files = (*_files(request), *request.examined)
    if target is not None and request.protocol is not None:
        target = replace(target, protocol=request.protocol, guessed=False)
    if target is not None and request.settings is not None:
        target = replace(target, settings=request.settings)
    settings = _settings(target, read_logs, request.settings)
    if request.mode is not None:
        settings = brought_about(settings, request.mode)
        target = target and replace(target, settings=settings)
    found: Probe | Absent = NOT_ASKED
    if target is not None:
        found = _probe(target, request, read_files)
    chain = _chain(request, found, read_files)
    return Evidence(
        subject=_subject(request, target),
        observed_at=at,
        hosts=_hosts(request, target, read_logs),
        probe=found,
        chain=chain,
        files=read_files,
        tls_policy=() if target is None else openssl_policy.here(),
        revocation_lists=_revocation_lists(chain, read_files, settings, request.limits),
        logs=read_logs,
        settings=settings,
        clients=request.clients,
        compared=request.compared,
        fitting_keys=_fitting_keys(request, read_files),
        given=request.given,
        written=request.written,
    )


def _logs(paths: Sequence[str], copy: LogCopy | None) -> tuple[LogFacts, ...]:
    if not paths:
        return ()
    # Imported here: the signatures take time to load and are needed only for logs.
    from certdoctor.gather.logs.reading import read  # noqa: PLC0415

    return tuple(facts for path in paths for facts in read(path, copy))


def _with_files_named(request: Request, settings: ClientSettings) -> Request:
    """Return the request with the files that its connection string names, as far as they are here.

    What the user gives besides goes first. A string from another machine names files of that machine.
    """
    ca, certificate, key = (
        path if path and Path(path).expanduser().is_file() else None
        for path in (settings.ca_path, settings.certificate_path, settings.key_path)
    )
    return replace(
        request,
        cas=request.cas or ((str(Path(ca).expanduser()),) if ca else ()),
        certificate=request.certificate or (str(Path(certificate).expanduser()) if certificate else None),
        key=request.key or (str(Path(key).expanduser()) if key else None),
    )


def with_settings_file(evidence: Evidence, request: Request) -> Evidence:
    """Return the evidence with the CA file that a log says the client reads, if it is on this machine."""
    path = evidence.settings.ca_path
    if not path or any(file.role is Role.CA for file in evidence.files) or not Path(path).is_file():
        return evidence
    file = reading.read(path, Role.CA, limits=request.limits)
    return replace(evidence, files=(*evidence.files, file))


def _files(request: Request) -> tuple[FileFacts, ...]:
    named: list[tuple[str, Role, bytes | None]] = []
    if request.chain_file:
        named.append((request.chain_file, Role.CHAIN, None))
    named += [(path, Role.CA, None) for ca in request.cas for path in _ca_files(ca)]
    if request.certificate:
        named.append((request.certificate, Role.CERTIFICATE, None))
    if request.key:
        named.append((request.key, Role.KEY, request.password))
    named += [(path, Role.ANY, request.password) for path in request.files]
    return tuple(
        replace(
            reading.read(path, role, password=secret, limits=request.limits), any_format=request.any_format
        )
        for path, role, secret in named
    )


def _revocation_lists(
    chain: Chain | Absent, read: Sequence[FileFacts], settings: ClientSettings, limits: Limits
) -> tuple[RevocationList, ...]:
    """Read the revocation lists in the files given, and in the one that the connection string names, if it is there."""
    named = [file.path for file in read if any(item.kind == "CRL" for item in file.objects)]
    if settings.crl_path and Path(settings.crl_path).is_file():
        named.append(settings.crl_path)
    named = [path for path in dict.fromkeys(named) if path != STDIN]
    if not named:
        return ()
    from certdoctor.formats.certificates import revocation  # noqa: PLC0415 - few files hold one

    held = (() if isinstance(chain, Absent) else tuple(chain), *(file.certificates for file in read))
    certificates = tuple({one.sha256: one for each in held for one in each}.values())
    found: list[RevocationList] = []
    for path in named:
        with contextlib.suppress(CannotLook):  # it was read a moment ago, or the file facts say why not
            found += revocation.lists(reading.load(path, max_size=limits.size), path, certificates)
    return tuple(found)


def _ca_files(name: str) -> tuple[str, ...]:
    """Return the file, or those of a folder or archive that hold something; one without any is read as it is."""
    from certdoctor.gather.files.budget import files_of  # noqa: PLC0415 - few runs name a CA

    try:
        return files_of(name)
    except CannotLook:
        return (name,)


def _fitting_keys(request: Request, read: Sequence[FileFacts]) -> tuple[str, ...]:
    """Look for a fitting key in the folder of the given key, but only for commands that examine files as such."""
    by_role = {file.role: file for file in read}
    if not (request.any_format and Role.CERTIFICATE in by_role and Role.KEY in by_role):
        return ()
    from certdoctor.gather.files.pairing import fitting_keys  # noqa: PLC0415 - for match only

    return fitting_keys(by_role[Role.CERTIFICATE], by_role[Role.KEY], request.password)


def _followed(request: Request, read: Sequence[LogFacts]) -> Target | None:
    """Return the server that the logs name, if the request asks to follow the logs."""
    if not request.follow_log:
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
    """Return the servers with a failure, in the order of the logs; without one, the server in the log's settings."""
    failed = (event.endpoint for log in logs for event in log.events if event.cause != "no-problem")
    found = tuple(dict.fromkeys(endpoint for endpoint in failed if endpoint))
    if found:
        return found
    hosts = ((log.settings.get("host"), log.settings.get("port")) for log in logs)
    return tuple(f"{host},{port}" if port else host for host, port in hosts if host)[:1]


def about(endpoint: str, logs: Sequence[LogFacts]) -> tuple[LogFacts, ...]:
    """Return the logs with only the events about this server or about no particular server."""
    kept = (
        replace(log, events=tuple(event for event in log.events if event.endpoint in {None, endpoint}))
        for log in logs
    )
    return tuple(log for log in kept if log.events or log.settings)


def _probe(target: Target, request: Request, read: Sequence[FileFacts]) -> Probe:
    # Imported here: only commands that connect need OpenSSL.
    from certdoctor.gather.server.probe import probe  # noqa: PLC0415

    identity = None
    paths = {file.role: file.path for file in reversed(read)}
    if Role.CERTIFICATE in paths and Role.KEY in paths:
        from certdoctor.gather.server.identity import client_identity  # noqa: PLC0415 - few have one

        identity = client_identity(paths[Role.CERTIFICATE], paths[Role.KEY], request.password, read)
    return probe(
        target,
        seconds=request.seconds,
        connect_seconds=request.connect_seconds,
        identity=identity,
        survey=request.survey,
    )


def _chain(request: Request, found: Probe | Absent, read: Sequence[FileFacts]) -> Chain | Absent:
    if not isinstance(found, Absent):
        # A server that accepts only TLS first has no wrapped chain; the strict one holds the same certificates.
        if isinstance(found.chain, Absent) and not isinstance(found.strict_chain, Absent):
            return found.strict_chain
        return found.chain
    if request.known_chain is not None:
        return request.known_chain
    if request.chain_file or request.files:
        certificates: tuple[Certificate, ...] = next(
            (f.certificates for f in read if f.role in {Role.CHAIN, Role.ANY}), ()
        )
        if certificates:
            return Chain(certificates[0], certificates[1:])
        if request.chain_file:
            return Absent(f"{request.chain_file} holds no certificate that can be read", Shade.NOT_OBTAINED)
    return NOT_ASKED


def _settings(
    target: Target | None, read: Sequence[LogFacts], given: ClientSettings | None = None
) -> ClientSettings:
    settings = target.settings if target else given or ClientSettings()
    if not read:
        return settings
    from certdoctor.logs.surroundings.settings import client_settings  # noqa: PLC0415 - loaded with the logs

    for log in read:
        settings_in_log = {k.lower(): v for k, v in log.settings.items()}
        settings = replace(
            settings,
            application=settings.application or log.application,
            ssl_type=settings.ssl_type or settings_in_log.get("ssltype"),
            ca_path=settings.ca_path or settings_in_log.get("certauthority"),
        )
        if wanted(settings, {}) is None:
            said = client_settings(log)
            settings = replace(settings, mode=wanted(said, {}), mode_word=said.mode_word)
        if settings.encrypt is None and settings_in_log.get("encryptconnection", "").lower() in {
            "true",
            "false",
        }:
            settings = replace(settings, encrypt=settings_in_log["encryptconnection"].lower() == "true")
    return settings


def _hosts(request: Request, target: Target | None, read: Sequence[LogFacts]) -> tuple[str, ...]:
    if request.hosts:
        return request.hosts
    if target is not None:
        return (target.certificate_host or target.host,)
    return tuple(log.settings["host"] for log in read if log.settings.get("host"))[:1]


def _subject(request: Request, target: Target | None) -> str:
    if target is not None:
        return target.endpoint
    if request.subject is not None:
        return request.subject
    named = (
        request.chain_file,
        *request.files,
        *request.logs,
        *(log.path for log in request.read),
        request.certificate,
        request.key,
        *request.cas,
    )
    return next((name for name in named if name), "nothing")


def is_evidence_file(text: str) -> bool:
    """Whether the text names an evidence file (``--save``) or that of a collector, by its ending or, for other .json files, by its first bytes."""
    name = text.lower()
    if name.endswith((ENDING, COLLECTED_ENDING)) or not name.endswith(".json"):
        return name.endswith((ENDING, COLLECTED_ENDING))
    try:
        with Path(text).open("rb") as file:
            start = file.read(_START)
            return MARK in start or COLLECTED_MARK in start
    except OSError:
        return False
