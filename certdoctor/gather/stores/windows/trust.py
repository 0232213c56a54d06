"""What the stores of Windows say to one chain: the roots and intermediates that matter, and what is refused.

A certificate counts by its name here; whether its key made the signature is for OpenSSL to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.fact import Absent
from certdoctor.model.store import Store, StoreKind, StoreRole
from certdoctor.model.trust import Held, SystemTrust, Trust

_MAX_STEPS = 8
"""How far up from the chain intermediates are taken."""
_MAX_HELD = 50
"""Certificates of one kind: a store may hold thousands of one name."""


def of_chain(stores: Sequence[Store], chain: Chain, trust: Trust) -> SystemTrust:
    """Return what is known of this chain and of the certificates above it. ``stores`` are those of Windows."""
    own = [store for store in stores if store.kind is StoreKind.WINDOWS]
    below = tuple({c.sha256: c for c in (*chain, *trust.path)}.values())
    intermediates: tuple[Held, ...] = ()
    for _ in range(_MAX_STEPS):
        more = _held(_of(own, StoreRole.INTERMEDIATES), (*below, *(one.certificate for one in intermediates)))
        if len(more) == len(intermediates):
            break
        intermediates = more
    line = (*below, *(one.certificate for one in intermediates))
    roots = _held((s for s in _of(own, StoreRole.ROOTS) if s.trusted), line)
    concerned = (*line, *(one.certificate for one in roots))
    trusted = {one.certificate.sha256 for one in roots}
    disabled = _held(_of(own, StoreRole.DISABLED), line)
    return SystemTrust(
        readers=tuple(
            dict.fromkeys((*reading(MachineStore.WINDOWS), *(c for s in own if s.trusted for c in s.clients)))
        ),
        roots=roots,
        intermediates=intermediates,
        distrusted=_held(_of(own, StoreRole.DISTRUSTED), concerned, itself=True),
        disabled=tuple(one for one in disabled if one.certificate.sha256 not in trusted),
        unread=tuple(s.title for s in own if isinstance(s.certificates, Absent) and s.clients),
    )


def _of(stores: Iterable[Store], role: StoreRole) -> list[Store]:
    return [store for store in stores if store.role is role]


def _held(stores: Iterable[Store], below: Sequence[Certificate], *, itself: bool = False) -> tuple[Held, ...]:
    """Return what the stores hold of ``below`` and, but for ``itself``, of the issuers of these."""
    prints = {c.sha256 for c in below}
    names = set() if itself else {c.issuer_der for c in below}
    found: dict[str, Held] = {}
    for store in stores:
        for certificate in store.known:
            if certificate.sha256 not in prints and certificate.subject_der not in names:
                continue
            known = found.get(certificate.sha256)
            if known is None and len(found) == _MAX_HELD:
                continue
            found[certificate.sha256] = Held(
                certificate=certificate,
                stores=tuple(dict.fromkeys((*(known.stores if known else ()), store.title))),
                clients=tuple(dict.fromkeys((*(known.clients if known else ()), *store.clients))),
            )
    return tuple(found.values())
