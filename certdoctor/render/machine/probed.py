"""The JSON of a probe's facts other than the handshake: accepted versions and suites, instance, addresses."""

from __future__ import annotations

from certdoctor.model.wire import Accepts, AddressSeen, Instance, Offer, Reach
from certdoctor.render.machine.document import AcceptsDict, AddressDict, InstanceDict, OfferDict, ReachDict


def accepted(accepted: Accepts | None) -> AcceptsDict | None:
    """Return the versions and suites that the server accepts; None if they were not surveyed."""
    if accepted is None:
        return None
    return {
        "versions": [_offer(o) for o in accepted.versions],
        "ciphers": None if accepted.ciphers is None else [_offer(o) for o in accepted.ciphers],
        "complete": accepted.complete,
        "secure_renegotiation": accepted.secure_renegotiation,
        "reach": [_reach(r) for r in accepted.reach],
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
    """Return SQL Server Browser's reply; None if it was not asked."""
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
