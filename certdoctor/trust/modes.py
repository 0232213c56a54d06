"""What each client makes of a server in each of its modes: first on the wire, then by the certificate.

An entry says how a mode protects the connection (``certdoctor.clients.entry.modes``); the probe says how the server
stands to encryption. From both follows whether a certificate comes up at all, and how much of it is checked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from certdoctor.clients import named_in_logs, select, table
from certdoctor.clients.entry.client import CHAIN_TOO_LONG, SQL_SERVER, TLS_ALONE, Client, Question
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Protection, wanted
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.ids import Mode, Opening, Protocol, System
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, ClientVerdict, ModeVerdict
from certdoctor.model.trust import Trust
from certdoctor.model.wire import Encryption, FailureKind, Handshake, Probe, Wrapping
from certdoctor.trust import offers
from certdoctor.trust.judge import (
    NO_WORDS,
    NOT_MEASURED,
    accepts,
    has_something_for,
    judge,
    refused,
    unmeasured,
    words,
)
from certdoctor.trust.paths import examine

_UNREACHED = frozenset({"connection-refused", "timeout", "dns-failure"})
"""Causes that are no client's own."""

IN_CLEAR_TEXT = "logs in in clear text"
NO_SUCH_MODE = "no driver of SQL Server, or one without such a mode: this is not for it to say"


def verdicts(evidence: Evidence) -> tuple[ClientVerdict, ...]:
    """Say what each client asked for would do with the server or chain of this evidence, in each of its modes.

    The verdict itself is that of the mode to which the settings amount, of ``verify`` where they say nothing.
    Clients of which nothing can be said there are left out, unless they were asked for by name.
    """
    case = Case.of(evidence)
    found = [v for c in _fitting(evidence) if (v := _verdict(c, case)) is not None]
    if evidence.clients:
        return tuple(found)
    reasons = {c.id: why for name, why in evidence.clients_in_logs.items() if (c := named_in_logs(name))}
    found = [replace(v, because=reasons.get(v.client)) for v in found]
    return tuple(v for v in found if v.message not in {NOT_MEASURED, NO_SUCH_MODE} and not _says_nothing(v))


def _says_nothing(verdict: ClientVerdict) -> bool:
    """Whether all that is told of a client is that it does not reach the server either."""
    return verdict.message == NO_WORDS and verdict.cause in _UNREACHED


def _fitting(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients to judge: those that were asked for, else those that have a say about such a server."""
    chosen = _chosen(evidence)
    # Files alone are judged as those of a SQL Server.
    protocol = Protocol.TDS if isinstance(evidence.probe, Absent) else evidence.probe.protocol
    named = {entry.id for name in evidence.clients_in_logs if (entry := named_in_logs(name)) is not None}
    fitting = tuple(c for c in chosen if evidence.clients or c.judges(protocol) or c.id in named)
    if protocol in SQL_SERVER:
        return fitting
    return tuple(replace(client, title=client.elsewhere or client.title) for client in fitting)


def _chosen(evidence: Evidence) -> tuple[Client, ...]:
    """Return the clients that were asked for, else those of the table, the ones that the logs name first."""
    if evidence.clients:
        return select(evidence.clients)
    named = [client for name in evidence.clients_in_logs if (client := named_in_logs(name)) is not None]
    known = {entry.client for entry in named}
    here = None if isinstance(evidence.system_trust, Absent) else System.WINDOWS
    others = (entry for entry in table() if here not in entry.not_on)
    return (*named, *(entry for entry in others if entry.client not in known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What clients are asked about, as far as it is the same for all of them."""

    evidence: Evidence
    probe: Probe | None
    shown: tuple[Chain, Trust] | None
    """The chain to judge, with the CA files given; None where there is none."""
    alone: tuple[Chain, Trust] | None
    """The same without the CA files."""
    strict: tuple[Chain, Trust] | None
    """What the server shows where TLS comes first."""

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Return the case of this evidence, which was verified with the CA files already."""
        probe = None if isinstance(evidence.probe, Absent) else evidence.probe
        chain, trust, at = evidence.chain, evidence.trust, evidence.observed_at
        if isinstance(chain, Absent) or isinstance(trust, Absent):
            return cls(evidence=evidence, probe=probe, shown=None, alone=None, strict=None)
        alone = trust if not trust.given else examine(chain, (), at)
        first = probe.strict_chain if probe is not None else chain
        if isinstance(first, Absent) or [*first] == [*chain]:
            strict = chain, trust
        else:
            strict = first, examine(first, trust.given, at)
        return cls(evidence=evidence, probe=probe, shown=(chain, trust), alone=(chain, alone), strict=strict)


def _verdict(client: Client, case: Case) -> ClientVerdict | None:
    database = None if case.probe is None else case.probe.protocol.database
    modes = client.modes_on(database)
    own = _own_mode(client, case.evidence.settings)
    each = {mode: v for mode, one in modes.items() if (v := _in_mode(client, mode, one, case)) is not None}
    if own in modes and own not in each:
        return None
    verdict = each[own] if own in each else _without_mode(client, own)
    return replace(
        verdict,
        mode=own,
        modes=tuple(
            ModeVerdict(
                mode=mode,
                settings=modes[mode].settings,
                verdict=said.verdict,
                cause=said.cause,
                code=said.code,
                message=said.message,
                brief=said.brief,
                causes=said.causes,
                note=said.note,
            )
            for mode, said in each.items()
        ),
    )


def _own_mode(client: Client, settings: ClientSettings) -> Mode:
    """Return the mode to which the settings amount."""
    own = wanted(settings, client.mode_words) or Mode.VERIFY
    told = settings.mode is None or settings.mode_word is not None
    # A tool that does TLS alone reads no connection string: nothing there tells it to trust any certificate.
    return Mode.VERIFY if own is Mode.REQUIRE and told and client.opens == TLS_ALONE else own


def _in_mode(client: Client, mode: Mode, protection: Protection, case: Case) -> ClientVerdict | None:
    """Say what the client would do in one mode; None where neither the server nor a chain tells."""
    early = None if case.probe is None else before_certificate(client, protection, case.probe)
    late = early is not None and _certificate_comes_first(client, protection, case)
    if early is not None and not late:
        return early
    about = case.strict if mode is Mode.STRICT else case.alone if mode is Mode.DEFAULT else case.shown
    if about is None:
        return early
    judged = _by_certificate(client, protection, case, *about)
    # Where the handshake fails anyway, the certificate only matters to those who refuse it first.
    return judged if early is None or judged.verdict is Answer.REJECTS else early


def _certificate_comes_first(client: Client, protection: Protection, case: Case) -> bool:
    """Whether the client judges the certificate before it meets what stops it later."""
    probe = case.probe
    if probe is None or protection.encrypts is Encrypts.NEVER or not client.verifies_in_handshake:
        return False
    handshake = probe.strict if protection.encrypts is Encrypts.STRICT else probe.handshake
    if isinstance(handshake, Absent):
        return False
    return client.reads_old_tls or not probe.legacy_tls


def _by_certificate(
    client: Client, protection: Protection, case: Case, chain: Chain, trust: Trust
) -> ClientVerdict:
    forced = case.probe is not None and case.probe.forces_encryption is True
    checks = protection.checks
    if protection.encrypts is Encrypts.NEVER:
        return accepts(client, protection.note)
    if protection.encrypts is Encrypts.LOGIN and forced:
        checks = protection.forced or checks
    if trust.given:
        checks = protection.with_ca or checks
    elif protection.without_ca is not None:
        return refused(client, "missing-issuer", protection.without_ca)
    if checks is Checks.NOTHING:
        if not has_something_for(client, chain.leaf.public_key):
            return refused(client, "cipher-mismatch", words(client, "cipher-mismatch"))
        asks = _ASKED if _asked_for_certificate(case) else None
        return accepts(client, asks or protection.note or "checks nothing of the certificate")
    evidence = case.evidence
    host = evidence.hosts[0] if evidence.hosts and checks is Checks.CHAIN_AND_NAME else None
    question = Question(
        chain=chain,
        trust=trust,
        host=host,
        at=evidence.observed_at,
        revoked=_revoked(evidence),
        unread=_unread(client, evidence),
        system=None if isinstance(evidence.system_trust, Absent) else evidence.system_trust,
    )
    verdict = judge(client, question)
    asks = _ASKED if verdict.verdict is Answer.ACCEPTS and _asked_for_certificate(case) else None
    return replace(verdict, note=asks) if asks else verdict


_ASKED = "unless its account has to show the client certificate that the server asks for"


def _asked_for_certificate(case: Case) -> bool:
    """Whether the server asked for a client certificate, got none, and decides at the login what follows."""
    probe = case.probe
    if (
        probe is None
        or probe.protocol.opening is not Opening.OWN_WORDS
        or isinstance(probe.handshake, Absent)
    ):
        return False
    given = any(file.role is Role.CERTIFICATE for file in case.evidence.files)
    return probe.handshake.client_certificate_requested is True and not given


_OF_TDS_7 = frozenset({FailureKind.ENCRYPTION_UNSUPPORTED, FailureKind.INTERRUPTED})
"""What a server may do to a client of TDS 7 alone."""

_BEFORE_TLS = frozenset({"browser", "name", "tcp", "prelogin", "starttls"})
"""Stages in which nothing of TLS was spoken yet."""


def before_certificate(client: Client, protection: Protection, probe: Probe) -> ClientVerdict | None:
    """Say what the client makes of the server apart from its certificate; None where the certificate decides."""
    if protection.encrypts is Encrypts.STRICT:
        return _strictly(client, protection, probe)
    declined = probe.failure is not None and probe.failure.kind is FailureKind.ENCRYPTION_UNSUPPORTED
    if (cause := _unreached(probe)) is not None and not declined:
        return _refusal(client, protection, probe, cause)
    if protection.encrypts is Encrypts.NEVER:
        return _unencrypted(client, protection, probe, declined=declined)
    if declined or probe.encryption_offered is Encryption.OFF:
        return _declined(client, protection, probe, offered_none=declined)
    refused_for = _in_handshake(client, protection, probe)
    if refused_for is not None and protection.clear_text is ClearText.IF_TLS_FAILS:
        return accepts(client, IN_CLEAR_TEXT)
    return refused_for


def _unreached(probe: Probe) -> str | None:
    """Return the cause for which nothing of TLS is spoken; None where it is."""
    if _answers_strict_alone(probe):
        return "strict-only"
    failed = probe.failure is not None and probe.failure.stage in _BEFORE_TLS
    return str(probe.failure.kind) if probe.failure is not None and failed else None


def _unencrypted(client: Client, protection: Protection, probe: Probe, *, declined: bool) -> ClientVerdict:
    """Say what a client without encryption meets; ``declined`` says that the server has none to offer."""
    if probe.forces_encryption is True or (probe.protocol.opening is Opening.TLS and not declined):
        return _refusal(client, protection, probe, "encryption-required")
    return accepts(client, protection.note or "logs in without encryption")


def _declined(client: Client, protection: Protection, probe: Probe, *, offered_none: bool) -> ClientVerdict:
    """Say what the client does where the server declines encryption, or (``offered_none`` False) answers OFF."""
    match protection.clear_text:
        case ClearText.NEVER:
            goes_on = False
        case ClearText.IF_ANSWERED_OFF:
            goes_on = not offered_none
        case ClearText.IF_NOT_OFFERED | ClearText.IF_TLS_FAILS:
            goes_on = True
    if goes_on or protection.encrypts is Encrypts.LOGIN:
        return accepts(client, IN_CLEAR_TEXT)
    cause = "encryption-unsupported" if offered_none else "silent-plaintext"
    return _refusal(client, protection, probe, cause)


def _strictly(client: Client, protection: Protection, probe: Probe) -> ClientVerdict | None:
    failure, first = probe.failure, probe.strict
    if isinstance(first, Absent):
        elsewhere = failure is not None and failure.stage in _BEFORE_TLS and failure.kind not in _OF_TDS_7
        cause = str(failure.kind) if failure is not None and elsewhere else "strict-unsupported"
        return _refusal(client, protection, probe, cause)
    if first.completed:
        return _by_offer(client, protection, probe, first)
    cause = "client-cert-required" if first.client_certificate_requested else "handshake-interrupted"
    return _refusal(client, protection, probe, cause)


def _answers_strict_alone(probe: Probe) -> bool:
    """Whether the server was only reached with TLS first, since the client is set to that."""
    if probe.protocol is not Protocol.TDS or isinstance(probe.handshake, Absent):
        return False
    return probe.handshake.wrapping is Wrapping.TDS8


def _in_handshake(client: Client, protection: Protection, probe: Probe) -> ClientVerdict | None:
    if probe.failure is not None:
        return _refusal(client, protection, probe, str(probe.failure.kind))
    if isinstance(probe.handshake, Absent):
        return None
    number, size = _sent(probe)
    if client.handshake_room is not None and size > client.handshake_room:
        return _refusal(client, protection, probe, "handshake-interrupted", said=CHAIN_TOO_LONG)
    if client.longest_chain is not None and number > client.longest_chain:
        return _refusal(client, protection, probe, "path-length-exceeded")
    return _by_offer(client, protection, probe, probe.handshake)


_LENGTH = 3
"""Bytes before each certificate in a Certificate message (RFC 5246 section 7.4.2)."""


def _sent(probe: Probe) -> tuple[int, int]:
    """Return how many certificates the server sends, and their bytes as far as TDS 7 carries them."""
    sent = () if isinstance(probe.chain, Absent) else tuple(probe.chain)
    wrapped = sent if probe.protocol is Protocol.TDS else ()
    return len(sent), sum(len(certificate.der) + _LENGTH for certificate in wrapped)


def _by_offer(
    client: Client, protection: Protection, probe: Probe, handshake: Handshake
) -> ClientVerdict | None:
    """Say what the client makes of the version and suite that the server takes; None where they suit it."""
    offer = offers.of(client.client, client.offers)
    if offer is not None:
        found = offers.shortfall(offer, handshake, probe.accepts)
    else:
        found = ("protocol-mismatch", None) if probe.legacy_tls else None
    if found is None:
        return None
    cause, unsure = found
    if unsure is not None:
        return unmeasured(client, unsure)
    old = cause == "protocol-mismatch" and probe.protocol in SQL_SERVER
    return _refusal(client, protection, probe, cause, said="legacy-tls" if old else None)


def _refusal(
    client: Client, protection: Protection, probe: Probe, cause: str, *, said: str | None = None
) -> ClientVerdict:
    message = protection.says.get(cause) or words(client, said or cause, probe.protocol)
    return (
        unmeasured(client)
        if message is None and client.opens == TLS_ALONE
        else refused(client, cause, message)
    )


def _without_mode(client: Client, mode: Mode) -> ClientVerdict:
    """Return the verdict of a client that is set to a mode that it does not have."""
    if mode is Mode.STRICT and not SQL_SERVER.isdisjoint(client.opens):
        return refused(
            client, "strict-unsupported", ClientMessage(None, "knows no strict encryption (TDS 8.0)")
        )
    return unmeasured(client, NO_SUCH_MODE)


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
