"""What changes for a client that goes by the stores of Windows, where these were read.

Roots of the stores count beside the public ones, which Windows fetches when they are first needed; intermediates of
the stores are taken where the server does not send them. What is disallowed, or limited to purposes that leave servers
out, is refused whoever signed it.
"""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Client, Complaint, Judge, Question
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.sql_server.go import UNKNOWN_AUTHORITY
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass
from certdoctor.model.trust import Held, SystemTrust
from certdoctor.trust.paths import examine

DISTRUSTED = "distrusted-by-system"
"""The cause where the stores of Windows refuse a certificate of the path."""

_ITS_OWN_VERSION = "if its own Node is 22.19, 24.6 or later"
_INCOMPATIBLE = "x509: certificate specifies an incompatible key usage"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The stores refuse a certificate of the path."""

    words: ClientMessage | None
    """None where it is not known how the client passes that on."""


def goes_by(client: Client, question: Question) -> SystemTrust | None:
    """Return the stores of Windows if they are this client's trust; None where they were not read, or a CA file replaces them."""
    system = question.system
    if system is None or client.client.value not in system.readers:
        return None
    return None if question.trust.given and client.ca_file_replaces else system


def decided(client: Client, system: SystemTrust, question: Question) -> bool:
    """Whether the stores tell what the client would do: a store that was not read may hold what is lacking."""
    return not system.unread or bool(_held(client, system.roots)) or question.trust.anchored


def with_stores(client: Client, system: SystemTrust, question: Question) -> Question:
    """Return the question with what the client finds in the stores."""
    if question.trust.anchored:
        return question
    return _completed(client, question, _held(client, system.roots), _held(client, system.intermediates))


def refused_in(client: Client, system: SystemTrust, question: Question) -> Refusal | None:
    """Return why the stores refuse the path, whoever signed it; None where they do not.

    Windows builds a path to a root that may not vouch for servers too, and then refuses it for that.
    """
    distrusted, disabled = _held(client, system.distrusted), _held(client, system.disabled)
    if not (distrusted or disabled):
        return None
    if not question.trust.anchored:
        question = _completed(client, question, disabled, ())
    path = {c.sha256 for c in question.trust.path}
    if any(c.sha256 in path for c in distrusted):
        # Go has no words of its own for it (crypto/x509, root_windows.go); in which Schannel passes it on is not known.
        told = client.judge is Judge.GO
        return Refusal(_words(client, question, "missing-issuer", UNKNOWN_AUTHORITY) if told else None)
    if question.trust.anchored and any(c.sha256 in path for c in disabled):
        return Refusal(_words(client, question, "wrong-purpose", _INCOMPATIBLE))
    return None


def note(client: Client, system: SystemTrust, question: Question) -> str | None:
    """Return what an acceptance rests on, where that is a root of the stores."""
    anchor = question.trust.path[-1].sha256
    found = next((one for one in system.roots if one.certificate.sha256 == anchor), None)
    if found is None:
        return None
    said = f'"{found.certificate.label}" is in the {found.stores[0]}'
    return f"{said}, {_ITS_OWN_VERSION}" if client.client is ClientId.ELECTRON else said


def _completed(
    client: Client, question: Question, roots: tuple[Certificate, ...], between: tuple[Certificate, ...]
) -> Question:
    """Return the question with these roots trusted, and with what stands between where it was not sent.

    What is no root ends no path for being among the roots. Python loads both alike, and where partial chains count,
    either ends one.
    """
    between = (*(c for c in roots if not c.self_issued), *between)
    roots = tuple(c for c in roots if c.self_issued)
    sent = {c.sha256 for c in question.chain}
    added = tuple(c for c in between if c.sha256 not in sent)
    if not (roots or added):
        return question
    chain = Chain(question.chain.leaf, (*question.chain.rest, *added))
    trusted = (*question.trust.given, *roots)
    if trusted and client.store.loads_intermediates:
        trusted = (*trusted, *between)
    return replace(question, chain=chain, trust=examine(chain, trusted, question.at))


def _words(client: Client, question: Question, cause: str, told: str) -> ClientMessage:
    top = question.trust.path[-1]
    return client.say(Complaint(cause=cause, error=None, certificate=top, words=told))


def _held(client: Client, held: tuple[Held, ...]) -> tuple[Certificate, ...]:
    return tuple(one.certificate for one in held if client.client.value in one.clients)
