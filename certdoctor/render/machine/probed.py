"""The JSON of what a probe finds out besides the handshake: what is taken, the instance, the addresses."""

from __future__ import annotations

from certdoctor.model.wire import Accepts, AddressSeen, Instance, Offer, Reach
from certdoctor.render.machine.document import AcceptsDict, AddressDict, InstanceDict, OfferDict, ReachDict


def accepts(accepts: Accepts | None) -> AcceptsDict | None:
    """Return what the server takes; None when it was not asked."""
    if accepts is None:
        return None
    return {
        "versions": [_offer(o) for o in accepts.versions],
        "ciphers": None if accepts.ciphers is None else [_offer(o) for o in accepts.ciphers],
        "complete": accepts.complete,
        "secure_renegotiation": accepts.secure_renegotiation,
        "reach": [_reach(r) for r in accepts.reach],
    }


def _reach(reach: Reach) -> ReachDict:
    return {
        "client": reach.client,
        "clients": list(reach.clients),
        "drivers": reach.drivers,
        "system": reach.system,
        "connects": reach.connects,
        "why": reach.why,
        "source": reach.source,
        "measured": reach.measured,
    }


def _offer(offer: Offer) -> OfferDict:
    return {
        "name": offer.name,
        "accepted": offer.accepted,
        "detail": offer.detail,
        "version": offer.version,
    }


def instance(instance: Instance | None) -> InstanceDict | None:
    """Return what SQL Server Browser said; None when it was not asked."""
    if instance is None:
        return None
    return {
        "name": instance.name,
        "port": instance.port,
        "dac_port": instance.dac_port,
        "version": instance.version,
        "server": instance.server,
    }


def address(seen: AddressSeen) -> AddressDict:
    """Return one address of the name."""
    return {
        "address": seen.address,
        "problem": seen.problem,
        "leaf_sha256": seen.leaf_sha256,
        "version": seen.version,
    }
