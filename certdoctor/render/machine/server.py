"""What was seen of a server, as it stands in the JSON: prelogin, handshake, failure, addresses, and what it accepts."""

from __future__ import annotations

from certdoctor.model.fact import Absent
from certdoctor.model.wire import (
    AddressSeen,
    Handshake,
    Instance,
    Offer,
    Prelogin,
    Probe,
    Reach,
    SurveyResult,
)
from certdoctor.render.machine.document import (
    AcceptsDict,
    AddressDict,
    FailureDict,
    HandshakeDict,
    InstanceDict,
    OfferDict,
    PreloginDict,
    ReachDict,
)


def prelogin(probe: Probe) -> PreloginDict | None:
    """Return what a SQL Server answered to PRELOGIN; None where it was not asked."""
    if not isinstance(probe.prelogin, Prelogin):
        return None
    prelogin = probe.prelogin
    answer = prelogin.encryption_answer
    return {
        "version": prelogin.version_text,
        "product": probe.product.title if probe.product else None,
        "encryption": prelogin.encryption,
        "encryption_name": None if answer is None else answer.name,
        "forces_encryption": probe.forces_encryption is True,
        "instance_mismatch": prelogin.instance_mismatch,
        "options": {f"0x{token:02x}": data.hex() for token, data in prelogin.options},
    }


def handshake(handshake: Handshake | Absent) -> HandshakeDict | None:
    """Return what was agreed on in a handshake; None where there was none."""
    if isinstance(handshake, Absent):
        return None
    return {
        "wrapping": handshake.wrapping.value,
        "protocol": handshake.protocol,
        "cipher": handshake.cipher,
        "alpn": handshake.alpn,
        "client_certificate_requested": handshake.client_certificate_requested,
        "client_certificate_presented": handshake.client_certificate_presented,
        "acceptable_cas": list(handshake.acceptable_cas),
        "completed": handshake.completed,
    }


def failure(probe: Probe) -> FailureDict | None:
    """Return where and why talking to the server ended; None where it did not."""
    failure = probe.failure
    if failure is None:
        return None
    return {
        "stage": failure.stage,
        "kind": failure.kind.value,
        "detail": failure.detail,
        "answered_by": failure.answered_by,
        "errors": [f"{m.number}: {m.text}" for m in failure.messages],
    }


def accepts(accepts: SurveyResult | None) -> AcceptsDict | None:
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
