"""How a verdict is reached: OpenSSL's run, the client's own judgement, and its words for both."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients import named_in_logs, select, table
from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    SQL_SERVER,
    TLS_ALONE,
    Client,
    ClientMessage,
    Complaint,
    DefaultTrust,
    Judge,
    Question,
    Reports,
)
from certdoctor.clients.entry.verify_errors import no_anchor
from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.ids import Protocol
from certdoctor.model.names import covers
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.model.trust import PathError
from certdoctor.model.wire import Encryption, Probe
from certdoctor.trust import errors
from certdoctor.trust.judges import boringssl, gnutls, go, pkix
from certdoctor.trust.paths import Roots, verify

NO_HANDSHAKE = ClientMessage(None, "handshake failure")
"""The server's alert 40, where the client's own wrapping of it was not measured."""

NOT_MEASURED = "its words for this were not measured"
NO_SUCH_SETTING = "no driver of SQL Server: whether to encrypt is not for it to say"


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


def _fitting(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients to judge: those that were asked for, else those that have a say about such a server."""
    chosen = _chosen(evidence)
    if isinstance(evidence.probe, Absent):
        return chosen
    protocol = evidence.probe.protocol
    fitting = tuple(client for client in chosen if evidence.clients or client.judges(protocol))
    if protocol in SQL_SERVER:
        return fitting
    return tuple(replace(client, title=client.elsewhere or client.title) for client in fitting)


def _chosen(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients that were asked for, else those of the table, the ones that the logs name first."""
    if evidence.clients:
        return select(evidence.clients)
    named = [client for name in evidence.clients_in_logs if (client := named_in_logs(name)) is not None]
    known = {entry.client for entry in named}
    return (*named, *(entry for entry in table() if entry.client not in known))


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
    # A connection string is not for tools that do TLS alone: they check whatever it says.
    told = evidence.settings.trust_server_certificate and client.opens != TLS_ALONE
    if told and not evidence.settings.strict:
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
            revoked=_revoked(evidence),
        ),
    )
    # Where the handshake fails anyway, the certificate only matters to those who refuse it first.
    return judged if early is None or judged.verdict is Answer.REJECTS else early


def _early(client: Client, probe: Probe, settings: ClientSettings) -> ClientVerdict | None:
    if probe.protocol in SQL_SERVER:
        if settings.encrypt is False and not client.opens_sql_server:
            return unmeasured(client, NO_SUCH_SETTING)
        return judge_failure(client, probe, settings)
    if probe.failure is None and not probe.legacy_tls:
        return None
    cause = "protocol-mismatch" if probe.failure is None else str(probe.failure.kind)
    return _refusal(client, cause, protocol=probe.protocol)


def _revoked(evidence: Evidence) -> tuple[str, ...]:
    """Return the certificates that a list of their own CA lists, as of the instant of judgement."""
    return tuple(
        sha256
        for one in evidence.revocation_lists
        if one.signed
        for sha256, since in one.revoked
        if since <= evidence.observed_at
    )


def _unread(client: Client, evidence: Evidence) -> frozenset[str]:
    """Return the certificates of the CA files that the client passes over without a word."""
    if not client.ignores_other_forms:
        return frozenset()
    files = [file for file in evidence.files if file.role is Role.CA]
    seen = {c.sha256 for file in files for c in file.readable_by(client.id)}
    return frozenset(c.sha256 for file in files for c in file.certificates) - seen


def judge(client: Client, question: Question) -> ClientVerdict:
    """Say what the client would do with the chain."""
    if not client.checks_by_default and question.encrypt is not True and not question.strict:
        return _accepts(client, client.note)
    if client.checks_only_with_ca and not question.trust.given and not question.strict:
        return _accepts(client, client.note)
    trust = question.trust
    if client.default_trust is DefaultTrust.UNKNOWN and not (
        trust.anchored and trust.anchor_source == "public"
    ):
        decided = [c for c in _complaints(client, question) if _in_any_store(c, question)]
        return _complained(client, decided) if decided else _unknown_store(client, question)
    if not _offers(client, question.chain.leaf.public_key):
        return _refused(client, "cipher-mismatch", _words(client, "cipher-mismatch") or NO_HANDSHAKE)
    complaints = [*_complaints(client, question), *_of_revocation(client, question)]
    # Its note tells when it checks nothing, or how it words a refusal: neither is so where it accepts.
    return _complained(client, complaints) if complaints else _accepts(client, None)


_REVOKED = 23
"""X509_V_ERR_CERT_REVOKED."""


def _of_revocation(client: Client, question: Question) -> list[Complaint]:
    """Return the complaints of a client that looks at revocation lists, once it is given one."""
    if client.settings.crl is None:
        return []
    return [
        Complaint(
            cause="revoked",
            error=PathError(
                depth=depth, code=_REVOKED, text=verify_errors.words(_REVOKED), sha256=one.sha256
            ),
            certificate=one,
        )
        for depth, one in enumerate(question.trust.path)
        if one.sha256 in question.revoked
    ]


_OF_THE_LEAF = frozenset({"expired", "not-yet-valid", "hostname-mismatch", "wrong-purpose"})
"""Faults of the server's own certificate that no trusted root mends."""


def _in_any_store(complaint: Complaint, question: Question) -> bool:
    """Whether the client refuses for this, whatever roots its store holds."""
    return complaint.cause in _OF_THE_LEAF and complaint.certificate.sha256 == question.chain.leaf.sha256


def _complained(client: Client, complaints: list[Complaint]) -> ClientVerdict:
    first = complaints[0]
    message = client.say_all(tuple(complaints)) if client.say_all else client.say(first)
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.REJECTS,
        cause=first.cause,
        code=message.code,
        message=message.message,
        brief=message.brief or message.message,
        causes=tuple(dict.fromkeys(c.cause for c in complaints)),
        basis=client.basis,
        note=client.note,
    )


def judge_failure(client: Client, probe: Probe, settings: ClientSettings) -> ClientVerdict | None:
    """Say what the client makes of a server with which it does not get to a certificate.

    None when the way to the certificate is open, so that the chain decides.
    """
    if settings.strict:
        # TLS comes first: what TDS 7 does on this server is of no concern to the client.
        open_way = not isinstance(probe.strict, Absent)
        return None if open_way else _refusal(client, "strict-unsupported")
    if settings.encrypt is False:
        if probe.forces_encryption is not True:
            # Neither side encrypts more than the login, or nothing at all: no certificate is judged.
            return _accepts(client, "without encryption, or with encryption that it does not check")
        if _words(client, "encryption-required"):
            return _refusal(client, "encryption-required")
        # The others give way to the server, encrypt, and check the certificate after all.
    if probe.encryption_offered is Encryption.OFF:
        return (
            _accepts(client, "logs in in clear text")
            if client.clear_text
            else _refusal(client, "silent-plaintext")
        )
    if probe.legacy_tls:
        return _refusal(client, "protocol-mismatch", said="legacy-tls")
    return None if probe.failure is None else _refusal(client, str(probe.failure.kind))


def _offers(client: Client, key: PublicKey) -> bool:
    """Whether the client offers anything that a server with such a key could use."""
    if client.curves is None:
        return True
    if key.algorithm == "EC" and key.curve is not None:
        return key.curve in client.curves
    return key.algorithm not in client.refused_keys


def _accepts(client: Client, note: str | None) -> ClientVerdict:
    return ClientVerdict(
        client=client.id, title=client.title, verdict=Answer.ACCEPTS, basis=client.basis, note=note
    )


def _refusal(
    client: Client, cause: str, *, said: str | None = None, protocol: Protocol = Protocol.TDS
) -> ClientVerdict:
    message = _words(client, said or cause, protocol)
    return unmeasured(client) if message is None else _refused(client, cause, message)


def _words(client: Client, cause: str, protocol: Protocol = Protocol.TDS) -> ClientMessage | None:
    """Return what a client says where no certificate is judged, None where that is not known."""
    return client.handshake.get(protocol, {}).get(cause)


def unmeasured(client: Client, why: str = NOT_MEASURED) -> ClientVerdict:
    """Return the verdict where nothing is known of the client: its words were never measured, for one."""
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.UNKNOWN,
        message=why,
        basis=client.basis,
    )


def _refused(client: Client, cause: str, message: ClientMessage) -> ClientVerdict:
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.REJECTS,
        cause=cause,
        code=message.code,
        message=message.message,
        brief=message.brief or message.message,
        causes=(cause,),
        basis=client.basis,
    )


def _complaints(client: Client, question: Question) -> list[Complaint]:
    # Go says itself what it makes of extensions that cannot be read.
    looked_at = () if client.judge is Judge.GO else question.chain
    readable = all(c.extensions_readable for c in (*looked_at, *question.trust.given))
    found = _own_complaints(client, question) if readable else None
    if found is None:
        # What cannot be read for the client's own walk, OpenSSL can often still judge.
        return _with_name(client, question, _openssl(client, question))
    if not found:
        return []
    # Its own judgement stops at the first fault; what else is wrong, OpenSSL tells.
    told = {c.cause for c in found}
    rest = _with_name(client, question, _openssl(client, question))
    return [*found, *(c for c in rest if c.cause not in told)]


def _own_complaints(client: Client, question: Question) -> list[Complaint] | None:
    """Return the complaints of a client that builds paths in its own way, with names; None for all others."""
    match client.judge:
        case Judge.OPENSSL | Judge.BORINGSSL | Judge.BUN:
            return None
        case Judge.GO:
            return go.complain(client.names, question)
        case Judge.GNUTLS:
            return gnutls.complain(client.names, question)
        case Judge.PKIX:
            return pkix.complain_java(client.names, question)
        case Judge.MSSQL_JDBC:
            return pkix.complain_jdbc(client.names, question)


def _considered(
    judge: Judge, chain: Chain, given: tuple[Certificate, ...]
) -> tuple[Chain, tuple[Certificate, ...]]:
    """Return those certificates, sent and trusted, that are considered at all."""
    match judge:
        case Judge.BORINGSSL:
            return boringssl.narrow(chain, given)
        case Judge.BUN:
            return boringssl.narrow_bun(chain, given)
        case Judge.OPENSSL | Judge.GO | Judge.GNUTLS | Judge.PKIX | Judge.MSSQL_JDBC:
            return chain, given


def _adjusted(client: Client, question: Question, found: list[Complaint]) -> list[Complaint]:
    """Return what the client's library and version make of OpenSSL's complaints."""
    match client.judge:
        case Judge.BORINGSSL:
            found = boringssl.adjust(question, found)
        case Judge.BUN:
            found = boringssl.adjust_bun(question, found)
        case Judge.OPENSSL | Judge.GO | Judge.GNUTLS | Judge.PKIX | Judge.MSSQL_JDBC:
            pass
    return found if client.adjust is None else client.adjust(question, found)


def _openssl(client: Client, question: Question) -> list[Complaint]:
    """Return OpenSSL's complaints under the client's settings, the one that it would print first."""
    chain, given = question.chain, question.trust.given
    given = tuple(c for c in given if c.sha256 not in question.unread)
    chain, given = _considered(client.judge, chain, given)
    public = not question.trust.given or not client.ca_file_replaces
    roots = Roots(tuple(c.der for c in given), public=public)
    outcome = verify(chain, roots, client.verification, question.at)
    known = {c.sha256: c for c in (*question.chain, *question.trust.path, *question.trust.given)}
    last = client.reports is Reports.LAST
    # What is raised twice counts where the client heard of it last.
    raised = reversed(tuple(dict.fromkeys(reversed(outcome.raised)))) if last else outcome.errors
    found = [
        Complaint(
            cause=_cause(error, question),
            error=error,
            certificate=known.get(error.sha256 or "", question.chain.leaf),
        )
        for error in raised
    ]
    found = _adjusted(client, question, found)
    if last:
        found.reverse()
    return found


def _cause(error: PathError, question: Question) -> str:
    # What the client does not see, the reference run saw: then nothing else is missing.
    if question.unread and question.trust.anchored and no_anchor(error):
        return "ca-file-ignored"
    return errors.cause(error, question.trust)


_BEFORE_NAME = frozenset({1, 2, 18, 19, 20, 22, 24, 25, 26, 34, 41, 66, 67, 68, 79, 80, 82, 85, 86, 89, 92})
"""Errors that OpenSSL raises before it compares the name (verify_chain in x509_vfy.c: building,
extensions, security level, then names, revocation, signatures and dates)."""


def _with_name(client: Client, question: Question, found: list[Complaint]) -> list[Complaint]:
    host = question.host
    if host is None or covers(question.chain.leaf, host, client.names):
        return found
    mismatch = Complaint(cause="hostname-mismatch", error=None, certificate=question.chain.leaf, host=host)
    if not client.name_before_dates:
        return [*found, mismatch]
    early = [c for c in found if c.error is not None and c.error.code in _BEFORE_NAME]
    late = [c for c in found if c not in early]
    return [*early, mismatch, *late]


def _unknown_store(client: Client, question: Question) -> ClientVerdict:
    trust = question.trust
    top = trust.path[-1].issuer
    needs = "this very certificate" if len(trust.path) == 1 and trust.path[0].self_issued else f'"{top}"'
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.UNKNOWN,
        message=f"yes, if its store holds {needs}: not looked at",
        basis=client.basis,
        note=client.note,
    )
