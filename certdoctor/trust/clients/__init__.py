"""What each client would say: one entry per client, one explicit list."""

from __future__ import annotations

from certdoctor.errors import UsageError
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.trust.clients.electron import ELECTRON
from certdoctor.trust.clients.entry import NOT_MEASURED, Client, Question, judge, judge_failure
from certdoctor.trust.clients.java import JDBC
from certdoctor.trust.clients.openssl import NODE, ODBC_LINUX, OPENSSL, PYTHON
from certdoctor.trust.clients.others import FREETDS, GO, ODBC_WINDOWS, SQLCLIENT_WINDOWS

CLIENTS: tuple[Client, ...] = (
    ELECTRON,
    NODE,
    ODBC_LINUX,
    JDBC,
    PYTHON,
    GO,
    OPENSSL,
    FREETDS,
    ODBC_WINDOWS,
    SQLCLIENT_WINDOWS,
)
"""In the order of the table that people read."""


def select(names: tuple[str, ...]) -> tuple[Client, ...]:
    """Return the clients named, or all.

    Raises:
        UsageError: a name is none of ours.

    """
    known = {client.id: client for client in CLIENTS}
    for name in names:
        if name not in known:
            raise UsageError(f'There is no client "{name}".', hint=f"Known: {', '.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else CLIENTS


def verdicts(evidence: Evidence) -> tuple[ClientVerdict, ...]:
    """Say what each client asked for would do with the server or chain of this evidence.

    Where the handshake fails before a certificate comes up, clients whose words for that were never
    measured are left out, unless they were asked for by name.
    """
    found = [v for c in select(evidence.clients) if (v := _verdict(c, evidence)) is not None]
    if not evidence.clients:
        found = [v for v in found if v.message != NOT_MEASURED]
    return tuple(found)


def _verdict(client: Client, evidence: Evidence) -> ClientVerdict | None:
    early = None
    if not isinstance(evidence.probe, Absent):
        early = judge_failure(client, evidence.probe, evidence.settings)
        saw_certificate = not isinstance(evidence.probe.handshake, Absent)
        in_time = client.verifies_in_handshake and saw_certificate
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
        ),
    )
    # Where the handshake fails anyway, the certificate only matters to those who refuse it first.
    return judged if early is None or judged.verdict is Answer.REJECTS else early
