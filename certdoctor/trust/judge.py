"""How a verdict is reached: OpenSSL's run, the client's own judgement, and its words for both."""

from __future__ import annotations

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    Complaint,
    DefaultTrust,
    Judge,
    Question,
    Reports,
)
from certdoctor.clients.entry.verify_errors import no_anchor
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.ids import Protocol
from certdoctor.model.names import covers
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.model.trust import PathError
from certdoctor.trust import errors, system_stores
from certdoctor.trust.judges import boringssl, gnutls, go, pkix
from certdoctor.trust.paths import Roots, verify

NO_HANDSHAKE = ClientMessage(None, "handshake failure")
"""The server's alert 40, where the client's own wrapping of it was not measured."""

NOT_MEASURED = "its words for this were not measured"
NO_WORDS = "refuses; in which words was not measured"


def judge(client: Client, question: Question) -> ClientVerdict:
    """Say what the client would do with the chain."""
    system = system_stores.goes_by(client, question)
    if system is not None:
        question = system_stores.with_stores(client, system, question)
    trust = question.trust
    known = system is not None and system_stores.decided(client, system, question)
    if client.default_trust is DefaultTrust.UNKNOWN and not (
        known or (trust.anchored and trust.anchor_source == "public")
    ):
        decided = [c for c in _complaints(client, question) if _in_any_store(c, question)]
        return _complained(client, decided) if decided else _unknown_store(client, question)
    if system is not None and (against := system_stores.refused_in(client, system, question)) is not None:
        return refused(client, system_stores.DISTRUSTED, against.words)
    if not has_something_for(client, question.chain.leaf.public_key):
        return refused(client, "cipher-mismatch", words(client, "cipher-mismatch") or NO_HANDSHAKE)
    complaints = [*_complaints(client, question), *_of_revocation(client, question)]
    # Its note tells when it checks nothing, or how it words a refusal: neither is so where it accepts.
    if complaints:
        return _complained(client, complaints)
    return accepts(client, None if system is None else system_stores.note(client, system, question))


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


_OF_THE_LEAF = frozenset({"expired", "not-yet-valid", "hostname-mismatch", "wrong-purpose", "bad-signature"})
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


def has_something_for(client: Client, key: PublicKey) -> bool:
    """Whether the client offers anything that a server with such a key could use."""
    if client.curves is None:
        return True
    if key.algorithm == "EC" and key.curve is not None:
        return key.curve in client.curves
    return key.algorithm not in client.refused_keys


def accepts(client: Client, note: str | None) -> ClientVerdict:
    """Return that the client connects."""
    return ClientVerdict(
        client=client.id, title=client.title, verdict=Answer.ACCEPTS, basis=client.basis, note=note
    )


def words(client: Client, cause: str, protocol: Protocol = Protocol.TDS) -> ClientMessage | None:
    """Return what a client says where no certificate is judged, None where that is not known."""
    spoken = Protocol.TDS if protocol in SQL_SERVER else protocol
    return client.handshake.get(spoken, {}).get(cause)


def unmeasured(client: Client, why: str = NOT_MEASURED) -> ClientVerdict:
    """Return the verdict where nothing is known of the client: its words were never measured, for one."""
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.UNKNOWN,
        message=why,
        basis=client.basis,
    )


def refused(client: Client, cause: str, message: ClientMessage | None) -> ClientVerdict:
    """Return that the client refuses, with its words; None where they are not known."""
    message = message or ClientMessage(None, NO_WORDS)
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
        case Judge.FREETDS:
            return gnutls.complain_freetds(client.names, question)
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
        case Judge.OPENSSL | Judge.GO | Judge.GNUTLS | Judge.FREETDS | Judge.PKIX | Judge.MSSQL_JDBC:
            return chain, given


def _adjusted(client: Client, question: Question, found: list[Complaint]) -> list[Complaint]:
    """Return what the client's library and version make of OpenSSL's complaints."""
    match client.judge:
        case Judge.BORINGSSL:
            found = boringssl.adjust(question, found)
        case Judge.BUN:
            found = boringssl.adjust_bun(question, found)
        case Judge.OPENSSL | Judge.GO | Judge.GNUTLS | Judge.FREETDS | Judge.PKIX | Judge.MSSQL_JDBC:
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
