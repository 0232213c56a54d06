"""What each client would say: one entry per client, one explicit list."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.electron import BUN, ELECTRON
from certdoctor.clients.entry import (
    NO_SUCH_SETTING,
    NOT_MEASURED,
    Client,
    Question,
    judge,
    judge_failure,
    unmeasured,
)
from certdoctor.clients.gnutls import GNUTLS
from certdoctor.clients.golang import GO
from certdoctor.clients.java import JAVA, JDBC, JDBC_7
from certdoctor.clients.node import NODE, NODE_16, NODE_17, NODE_22, NODE_24
from certdoctor.clients.openssl import CURL, ODBC_17, ODBC_LINUX, OPENSSL, PYTHON, PYTHON_3_13
from certdoctor.clients.others import FREETDS, ODBC_WINDOWS, PYTDS, SQLCLIENT_LINUX, SQLCLIENT_WINDOWS
from certdoctor.errors import UsageError
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.model.wire import Probe

CLIENTS: tuple[Client, ...] = (
    ELECTRON,
    NODE,
    ODBC_LINUX,
    JDBC,
    PYTHON,
    GO,
    OPENSSL,
    FREETDS,
    SQLCLIENT_LINUX,
    ODBC_WINDOWS,
    SQLCLIENT_WINDOWS,
)
"""In the order of the table that people read."""

BY_NAME_ONLY: tuple[Client, ...] = (PYTDS, GNUTLS, CURL, JAVA, BUN)
"""Judged when asked for: few databases are opened with them, and the table stays short."""

_Versions = tuple[tuple[tuple[int, ...], Client], ...]

VERSIONS: dict[str, _Versions] = {
    "node": (((0,), NODE_16), ((17,), NODE_17), ((22,), NODE_22), ((24,), NODE_24)),
    "python": (((0,), PYTHON), ((3, 13), PYTHON_3_13)),
    "odbc-linux": (((0,), ODBC_17), ((18,), ODBC_LINUX)),
    "jdbc": (((0,), JDBC_7), ((10, 2), JDBC)),
}
"""Client id to the entries of its versions, each with the version from which on it holds, in order."""


def select(names: tuple[str, ...]) -> tuple[Client, ...]:
    """Return the clients named, or those of the table. A version may follow: ``node@24``.

    Raises:
        UsageError: a name is none of ours, or its version cannot be read or is not told apart.

    """
    return tuple(_find(name) for name in dict.fromkeys(names)) if names else CLIENTS


def named_in_logs(name: str) -> Client | None:
    """Return the client that a log names; a version that is not told apart does not matter.

    None where it is none of ours.
    """
    base = name.partition("@")[0]
    for attempt in (name, base):
        try:
            return _find(attempt)
        except UsageError:
            continue
    return None


def _find(name: str) -> Client:
    known = {client.id: client for client in (*CLIENTS, *BY_NAME_ONLY)}
    base, at, version = name.partition("@")
    if base not in known:
        raise UsageError(f'There is no client "{base}".', hint=f"Known: {', '.join(known)}.")
    if not at:
        return known[base]
    if base not in VERSIONS:
        raise UsageError(
            f'The versions of "{base}" are not told apart.',
            hint=f"Ask for {base} alone; versions are known of {', '.join(VERSIONS)}.",
        )
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < _DIGITS for part in parts):
        raise UsageError(
            f'"{version}" is no version of {base}.', hint=f"Write it like {base}@{_example(base)}."
        )
    number = tuple(int(part) for part in parts)
    return replace(next(c for since, c in reversed(VERSIONS[base]) if since <= number), id=name)


_DIGITS = 6


def _example(base: str) -> str:
    return ".".join(map(str, VERSIONS[base][-1][0]))


def verdicts(evidence: Evidence) -> tuple[ClientVerdict, ...]:
    """Say what each client asked for would do with the server or chain of this evidence.

    Where the handshake fails before a certificate comes up, clients whose words for that were never
    measured are left out, and so are those that have no such setting, unless they were asked for by name.
    """
    found = [v for c in _fitting(evidence) if (v := _verdict(c, evidence)) is not None]
    if not evidence.clients:
        reasons = {c.id: why for name, why in evidence.clients_in_logs.items() if (c := named_in_logs(name))}
        found = [replace(v, because=reasons.get(v.client)) for v in found]
        found = [v for v in found if v.message not in {NOT_MEASURED, NO_SUCH_SETTING}]
    return tuple(found)


_TDS = frozenset({"tds", "tds8"})


def _fitting(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients to judge; of other databases than SQL Server those that can open them."""
    chosen = _chosen(evidence)
    if isinstance(evidence.probe, Absent) or evidence.probe.protocol in _TDS:
        return chosen
    return tuple(
        replace(client, title=client.elsewhere or client.title)
        for client in chosen
        if evidence.clients or not client.only_tds
    )


def _chosen(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients that were asked for, else those of the table, the ones that the logs name first."""
    if evidence.clients:
        return select(evidence.clients)
    named = [client for name in evidence.clients_in_logs if (client := named_in_logs(name)) is not None]
    known = {client.id.partition("@")[0] for client in named}
    return (*named, *(client for client in CLIENTS if client.id not in known))


def _verdict(client: Client, evidence: Evidence) -> ClientVerdict | None:
    early = None
    if not isinstance(evidence.probe, Absent):
        early = _early(client, evidence.probe, evidence.settings)
        saw_certificate = not isinstance(evidence.probe.handshake, Absent)
        in_time = (
            client.verifies_in_handshake
            and saw_certificate
            and (client.reads_old_tls or not evidence.probe.legacy_tls)
        )
        if early is not None and (early.verdict is Answer.ACCEPTS or not in_time):
            return early
    if isinstance(evidence.chain, Absent) or isinstance(evidence.trust, Absent):
        return early
    if evidence.settings.trust_server_certificate and not evidence.settings.strict:
        return early or ClientVerdict(
            client=client.id,
            title=client.title,
            verdict=Answer.ACCEPTS,
            basis=client.basis,
            note="checks nothing: it is told to trust any certificate",
        )
    judged = judge(
        client,
        Question(
            chain=evidence.chain,
            trust=evidence.trust,
            host=evidence.hosts[0] if evidence.hosts else None,
            at=evidence.observed_at,
            strict=evidence.settings.strict,
            encrypt=evidence.settings.encrypt,
            unread=_unread(client, evidence),
        ),
    )
    # Where the handshake fails anyway, the certificate only matters to those who refuse it first.
    return judged if early is None or judged.verdict is Answer.REJECTS else early


def _early(client: Client, probe: Probe, settings: ClientSettings) -> ClientVerdict | None:
    if probe.protocol in _TDS:
        if settings.encrypt is False and not client.opens_sql_server:
            return unmeasured(client, NO_SUCH_SETTING)
        return judge_failure(client, probe, settings)
    # The words that were measured are those of SQL Server's drivers.
    return unmeasured(client) if probe.failure is not None or probe.legacy_tls else None


def _unread(client: Client, evidence: Evidence) -> frozenset[str]:
    """Return the certificates of the CA files that the client passes over without a word."""
    if not client.ignores_other_forms:
        return frozenset()
    files = [file for file in evidence.files if file.role is Role.CA]
    seen = {c.sha256 for file in files for c in file.readable_by(client.id)}
    return frozenset(c.sha256 for file in files for c in file.certificates) - seen
