"""Diagnoses the connections of a preflight file before they are deployed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, fields, replace
from datetime import datetime
from pathlib import Path

from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.gather import secrets
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.files import reading
from certdoctor.gather.files.budget import holds_files
from certdoctor.gather.workers import WorkerPool
from certdoctor.model.evidence import ClientSettings, Evidence, Written
from certdoctor.model.ids import AUTO, spoken
from certdoctor.model.lean import dataclass
from certdoctor.model.plan import Connection, Defaults, Demands, Plan, Policy
from certdoctor.model.report import Report
from certdoctor.model.wire import Survey
from certdoctor.preflight import plan_file

CONCURRENCY = 16
"""Default number of servers that are examined at the same time."""

Judge = Callable[[Evidence], Report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One connection, ready to be examined."""

    name: str
    asked: Request = field(repr=False)
    policy: Policy


def load(path: str) -> Plan:
    """Read a preflight file.

    Raises:
        CannotLook: the file does not exist or cannot be read.
        UsageError: it is a folder or archive: the files that a preflight file names lie beside it.
        PlanError: it has invalid entries.

    """
    if holds_files(path):
        raise UsageError(
            f"{path} is a folder or archive; the files that a preflight file names lie beside it.",
            hint="Unpack it, and give the preflight file in it.",
        )
    return plan_file.read(reading.load(path, max_size=plan_file.MAX_SIZE), client_problem=_client_problem)


def _client_problem(name: str) -> str:
    """Return what is wrong with a client's id, or ""."""
    from certdoctor.clients import select, table  # noqa: PLC0415 - only where a file names clients

    try:
        select((name,))
    except UsageError as error:
        near = difflib.get_close_matches(name.partition("@")[0], [c.id for c in table()], n=1)
        return f"{error.message} Did you mean {near[0]}?" if near and near[0] not in name else str(error)
    return ""


def entries(plan: Plan, path: str, *, only: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Return the connections of a plan, or those named in ``only``; file names are relative to the plan's folder.

    Raises:
        UsageError: a connection in ``only`` does not exist, or a password cannot be read.

    """
    names = [connection.name for connection in plan.connections]
    for name in only:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(names[:20])}."
            raise UsageError(f'{path} has no connection "{name}".', hint=hint)
    folder = Path(path).parent
    return tuple(
        _entry(connection, plan, folder, Written(path=path, line=connection.line))
        for connection in plan.connections
        if not only or connection.name in only
    )


def _entry(connection: Connection, plan: Plan, folder: Path, written: Written) -> Entry:
    own = _with_defaults(connection, plan.defaults)
    demands = _joined(connection.policy, plan.policy)
    clients = dict.fromkeys((*(own.clients or ()), *(demands.clients or ())))
    return Entry(
        name=connection.name,
        policy=_policy(demands),
        asked=Request(
            target=connection.target,
            written=written,
            protocol=spoken(own.protocol or AUTO),
            cas=tuple(_beside(folder, ca) for ca in own.ca or ()),
            certificate=_beside(folder, own.certificate) if own.certificate else None,
            key=_beside(folder, own.key) if own.key else None,
            password=_password(own, folder),
            hosts=own.hosts or (),
            clients=tuple(clients),
            settings=_settings(own),
            seconds=float(own.timeout or 10),
            survey=Survey.VERSIONS if demands.tls_versions else Survey.NONE,
        ),
    )


def _with_defaults(connection: Connection, defaults: Defaults) -> Connection:
    given = {
        f.name: getattr(defaults, f.name) for f in fields(Defaults) if getattr(connection, f.name) is None
    }
    if connection.password_env or connection.password_file:
        # The source of the password that the connection names counts, whichever of the two the defaults name.
        given = {name: value for name, value in given.items() if not name.startswith("password")}
    return replace(connection, **given)


def _joined(own: Demands, general: Demands) -> Demands:
    return replace(
        general, **{f.name: value for f in fields(Demands) if (value := getattr(own, f.name)) is not None}
    )


def _policy(demands: Demands) -> Policy:
    return Policy(
        minimum_days=demands.minimum_days,
        rsa_bits=demands.rsa_bits,
        ec_bits=demands.ec_bits,
        digests=demands.digests or (),
        tls_versions=demands.tls_versions or (),
        required_names=demands.required_names or (),
        may_be_offline=bool(demands.may_be_offline),
    )


def _beside(folder: Path, name: str) -> str:
    return str(folder / name)


def _password(connection: Connection, folder: Path) -> bytes | None:
    file = connection.password_file
    try:
        return secrets.password(
            env=connection.password_env, file=_beside(folder, file) if file else None, ask=False
        )
    except UsageError as error:
        # ``secrets`` advises command-line options; here the file names the source of the password.
        raise UsageError(
            f'Connection "{connection.name}": {error.message}',
            hint="Set and export it before the preflight." if connection.password_env else "",
        ) from error


def _settings(connection: Connection) -> ClientSettings | None:
    if connection.encrypt is None and connection.trust_server_certificate is None:
        return None
    settings = targets.parse(connection.target).settings
    if connection.encrypt is not None:
        strict = connection.encrypt == "strict"
        settings = replace(settings, encrypt=connection.encrypt != "no", strict=strict)
    if connection.trust_server_certificate is not None:
        settings = replace(settings, trust_server_certificate=connection.trust_server_certificate)
    return settings


def run(
    these: Sequence[Entry], at: datetime, judge: Judge, *, concurrency: int = CONCURRENCY
) -> Iterator[tuple[int, Report]]:
    """Examine the entries in parallel and yield each report with its number as soon as it is done.

    Raises:
        UsageError: a protocol is not supported.

    """
    for number, evidence in WorkerPool(these, lambda one: look(one, at), concurrency):
        yield number, judge(evidence)


def look(entry: Entry, at: datetime) -> Evidence:
    """Gather the evidence about one connection, with its policy.

    Raises:
        UsageError: its protocol is not supported.

    """
    try:
        evidence = gather(entry.asked, at)
    except UsageError as error:
        raise UsageError(f'Connection "{entry.name}": {error.message}', hint=error.hint) from error
    return replace(evidence, subject=f"{entry.name} ({evidence.subject})", policy=entry.policy)
