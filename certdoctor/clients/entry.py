"""What a client entry consists of, and how a verdict is reached from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.evidence import ClientSettings
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.names import NameRules, covers
from certdoctor.model.report import Answer, Basis, ClientVerdict
from certdoctor.model.trust import PathError, Trust
from certdoctor.model.wire import Encryption, Probe
from certdoctor.trust import errors
from certdoctor.trust.paths import Roots, Settings, verify


class DefaultTrust(StrEnum):
    """What a client trusts when nobody configures it."""

    PUBLIC = "public"
    """A list of public CAs: the built-in one or the distribution's."""
    UNKNOWN = "unknown"
    """The store of a machine that was not looked at."""


class Reports(StrEnum):
    """Which of several verify errors a client prints."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The situation about which the clients are asked."""

    chain: Chain
    trust: Trust
    host: str | None
    """The name by which the client would call the server; None leaves names out."""
    at: datetime
    strict: bool = False
    """Whether it connects strictly (TDS 8.0), where every client checks."""
    encrypt: bool | None = None
    """Whether it is told to encrypt; None leaves it to its default."""
    unread: frozenset[str] = frozenset()
    """SHA-256 of certificates of the CA file that the client does not see (written in a form it ignores)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One reason to refuse."""

    cause: str
    error: PathError | None
    """None for a name mismatch, which clients check themselves."""
    certificate: Certificate
    host: str | None = None
    words: str = ""
    """The client's words, where the judgement itself produced them."""


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """A client's code (None where it has none) and words."""

    code: str | None
    message: str
    brief: str = ""
    """The innermost words of the message, for tables; the message itself where it has no wrapping."""


Complain = Callable[["Client", Question], list[Complaint]]
Narrow = Callable[[Chain, tuple[Certificate, ...]], tuple[Chain, tuple[Certificate, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. Everything that makes it differ from the others is in these fields."""

    id: str
    title: str
    """As shown in the table: "node (tedious)"."""
    verification: Settings
    say: Callable[[Complaint], ClientMessage]
    """Its words for one complaint."""
    handshake: Mapping[str, ClientMessage] = field(default_factory=dict)
    """Its words where no certificate is judged, by cause name, as far as they were measured."""
    reports: Reports = Reports.FIRST
    checks_by_default: bool = True
    """Whether it encrypts and checks without being told to encrypt."""
    checks_only_with_ca: bool = False
    """Whether it takes any certificate until it is given a CA file."""
    clear_text: bool = False
    """Whether it logs in in clear text when the server answers OFF to its wish for encryption."""
    reads_old_tls: bool = False
    """Whether it goes along with TLS 1.0 far enough to judge the certificate."""
    verifies_in_handshake: bool = True
    """Whether a bad certificate ends the handshake, before a later fault of it can show."""
    own: DefaultTrust = DefaultTrust.PUBLIC
    ca_file_replaces: bool = True
    """Whether a CA given to it replaces its own roots (otherwise it is added)."""
    names: NameRules = field(default_factory=NameRules)
    curves: frozenset[str] | None = frozenset({"secp256r1", "secp384r1", "secp521r1"})
    """Curves for a server's key that it offers in the handshake; None where there is no handshake."""
    refused_keys: frozenset[str] = frozenset({"DSA"})
    """Kinds of a server's key that it offers nothing for."""
    checks_names: bool = True
    name_before_dates: bool = True
    """OpenSSL checks the name before signatures and dates; Node and Java after the whole chain."""
    tolerates: frozenset[str] = frozenset()
    """Causes that it lets pass although OpenSSL's run reports them."""
    complain: Complain | None = None
    """Its own judgement in place of OpenSSL's, with names, in the order in which it would complain."""
    adjust: Callable[[Question, list[Complaint]], list[Complaint]] | None = None
    """What it makes of the complaints of OpenSSL, names not included yet."""
    ignores_other_forms: bool = False
    """Whether it passes over what is no PEM in a CA file without a word, instead of refusing the file."""
    narrow: Narrow | None = None
    """Leaves those certificates, sent and trusted, that it considers at all."""
    say_all: Callable[[tuple[Complaint, ...]], ClientMessage] | None = None
    """Its words where it tells everything at once."""
    basis: Basis = Basis.MEASURED
    judges_unread: bool = False
    """Whether its own judgement knows what it makes of extensions that cannot be read."""
    only_tds: bool = False
    """Whether it connects to SQL Server only."""
    opens_sql_server: bool = True
    """Whether it can log in to SQL Server; a library or tool that only does TLS cannot, though it judges chains."""
    elsewhere: str | None = None
    """Its title where the server is another database: "node" instead of "node (tedious)"."""
    source: str = ""
    """What the entry rests on: the versions measured, or the documentation."""
    note: str | None = None


NO_HANDSHAKE = ClientMessage(None, "handshake failure")
"""The server's alert 40, where the client's own wrapping of it was not measured."""

NOT_MEASURED = "its words for this were not measured"
NO_SUCH_SETTING = "no driver of SQL Server: whether to encrypt is not for it to say"


def judge(client: Client, question: Question) -> ClientVerdict:
    """Say what the client would do with the chain."""
    if not client.checks_by_default and question.encrypt is not True and not question.strict:
        return _accepts(client, client.note)
    if client.checks_only_with_ca and not question.trust.given and not question.strict:
        return _accepts(client, client.note)
    trust = question.trust
    if client.own is DefaultTrust.UNKNOWN and not (trust.anchored and trust.anchor_source == "public"):
        return _unknown_store(client, question)
    if not _offers(client, question.chain.leaf.public_key):
        return _refused(client, "cipher-mismatch", client.handshake.get("cipher-mismatch", NO_HANDSHAKE))
    complaints = _complaints(client, question)
    if not complaints:
        # Its note tells when it checks nothing, or how it words a refusal: neither is so here.
        return _accepts(client, None)
    first = complaints[0]
    saying = client.say_all(tuple(complaints)) if client.say_all else client.say(first)
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.REJECTS,
        cause=first.cause,
        code=saying.code,
        message=saying.message,
        brief=saying.brief or saying.message,
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
        if "encryption-required" in client.handshake:
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


def _refusal(client: Client, cause: str, *, said: str | None = None) -> ClientVerdict:
    saying = client.handshake.get(said or cause)
    return unmeasured(client) if saying is None else _refused(client, cause, saying)


def unmeasured(client: Client, why: str = NOT_MEASURED) -> ClientVerdict:
    """Return the verdict where nothing is known of the client: its words were never measured, for one."""
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.UNKNOWN,
        message=why,
        basis=client.basis,
    )


def _refused(client: Client, cause: str, saying: ClientMessage) -> ClientVerdict:
    return ClientVerdict(
        client=client.id,
        title=client.title,
        verdict=Answer.REJECTS,
        cause=cause,
        code=saying.code,
        message=saying.message,
        brief=saying.brief or saying.message,
        causes=(cause,),
        basis=client.basis,
    )


def _complaints(client: Client, question: Question) -> list[Complaint]:
    looked_at = () if client.judges_unread else question.chain
    readable = all(c.extensions_readable for c in (*looked_at, *question.trust.given))
    if client.complain is None or not readable:
        # What cannot be read for the client's own walk, OpenSSL can often still judge.
        return _with_name(client, question, _openssl(client, question))
    found = client.complain(client, question)
    if not found:
        return []
    # Its own judgement stops at the first fault; what else is wrong, OpenSSL tells.
    told = {c.cause for c in found}
    rest = _with_name(client, question, _openssl(client, question))
    return [*found, *(c for c in rest if c.cause not in told)]


def _openssl(client: Client, question: Question) -> list[Complaint]:
    """Return OpenSSL's complaints under the client's settings, the one that it would print first."""
    chain, given = question.chain, question.trust.given
    given = tuple(c for c in given if c.sha256 not in question.unread)
    if client.narrow is not None:
        chain, given = client.narrow(chain, given)
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
    if client.adjust is not None:
        found = client.adjust(question, found)
    found = [c for c in found if c.cause not in client.tolerates]
    if last:
        found.reverse()
    return found


def _cause(error: PathError, question: Question) -> str:
    # What the client does not see, the reference run saw: then nothing else is missing.
    if question.unread and question.trust.anchored and errors.no_anchor(error):
        return "ca-file-ignored"
    return errors.cause(error, question.trust)


_BEFORE_NAME = frozenset({1, 2, 18, 19, 20, 22, 24, 25, 26, 34, 41, 66, 67, 68, 79, 80, 82, 85, 86, 89, 92})
"""Errors that OpenSSL raises before it compares the name (verify_chain in x509_vfy.c: building,
extensions, security level, then names, revocation, signatures and dates)."""


def _with_name(client: Client, question: Question, found: list[Complaint]) -> list[Complaint]:
    host = question.host
    if host is None or not client.checks_names or covers(question.chain.leaf, host, client.names):
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
