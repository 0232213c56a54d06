"""Usual reasons for a connection that times out or is closed, by the stage that it reached.

Such a failure says nothing but its stage. ``USUAL`` holds the usual reasons for each stage and, in the same order,
their remedies: an observation may name those of its rule's remedies that fit. This module has no rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import observed
from certdoctor.model.ids import Opening
from certdoctor.model.lean import dataclass
from certdoctor.model.rule import Observation
from certdoctor.model.wire import Failure, FailureKind, Probe

_FIRST_HELLO = "first hello"
"""The hello stage if nothing was received before: it is unknown who listens."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """Usual reasons for a failure, the most frequent first, and their remedies in the same order."""

    reasons: tuple[str, ...]
    remedies: tuple[str, ...] = ()
    """Empty if all remedies of the rule fit."""


USUAL: dict[tuple[FailureKind, str], _Usual] = {
    (FailureKind.TIMEOUT, "name"): _Usual(
        ("the VPN is down", "the name service of this network is not reached"),
        ("fix-the-name", "look-closer"),
    ),
    (FailureKind.TIMEOUT, "tcp"): _Usual(
        (
            "a firewall drops the packets",
            "the machine is off, or the address is an old one",
            "a wrong port",
        ),
        ("open-the-firewall", "check-the-port", "look-closer"),
    ),
    (FailureKind.TIMEOUT, "prelogin"): _Usual(
        (
            "a firewall or proxy takes the connection and holds back TDS",
            "the port expects other first words (TLS first, or those of another product)",
            "SQL Server hangs, or has no worker free",
            "a load balancer or proxy has no server behind it",
        ),
        (
            "let-the-protocol-through",
            "speak-the-right-protocol",
            "wake-the-server",
            "check-the-port",
            "look-closer",
        ),
    ),
    (FailureKind.TIMEOUT, "starttls"): _Usual(
        (
            "a firewall or proxy takes the connection and holds back what it does not understand",
            "the port expects other first words (TLS first, or those of another product)",
            "the server hangs",
            "a load balancer or proxy has no server behind it",
        ),
        (
            "let-the-protocol-through",
            "speak-the-right-protocol",
            "wake-the-server",
            "check-the-port",
            "look-closer",
        ),
    ),
    (FailureKind.TIMEOUT, _FIRST_HELLO): _Usual(
        (
            "a firewall or proxy takes the connection and holds back TLS",
            "the port expects other first words (the database's own before TLS, or those of another product)",
            "the server hangs",
            "a load balancer or proxy has no server behind it",
            "the ClientHello is too large for the way (MTU of a VPN or tunnel)",
        ),
        (
            "let-the-protocol-through",
            "speak-the-right-protocol",
            "wake-the-server",
            "send-smaller-packets",
            "check-the-port",
            "look-closer",
        ),
    ),
    (FailureKind.TIMEOUT, "hello"): _Usual(
        (
            "a firewall or proxy inspects the connection and holds back TLS",
            "the server hangs",
            "the ClientHello is too large for the way (MTU of a VPN or tunnel)",
        ),
        ("let-the-protocol-through", "wake-the-server", "send-smaller-packets", "look-closer"),
    ),
    (FailureKind.TIMEOUT, "certificate"): _Usual(
        (
            "large packets get lost on the way (MTU of a VPN or tunnel): the certificates are the first",
            "a firewall inspects TLS",
            "the server hangs",
        ),
        ("send-smaller-packets", "let-the-protocol-through", "wake-the-server", "look-closer"),
    ),
    (FailureKind.TIMEOUT, "finished"): _Usual(
        (
            "a firewall inspects TLS",
            "the server waits for its key store or for a revocation list",
        ),
        ("let-the-protocol-through", "wake-the-server", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "tcp"): _Usual(
        (
            "a load balancer or proxy has no server behind it",
            "a list of allowed addresses leaves this one out",
        ),
        ("wake-the-server", "open-the-firewall", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "prelogin"): _Usual(
        (
            "another service listens on this port",
            "a firewall or proxy does not let TDS through",
            "a load balancer or proxy has no server behind it",
        ),
        ("read-the-server-log", "let-the-protocol-through", "wake-the-server", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "starttls"): _Usual(
        (
            "another service listens on this port",
            "a list of allowed addresses leaves this one out",
        ),
        ("read-the-server-log", "wake-the-server", "open-the-firewall", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "hello"): _Usual(
        (
            "the server's TLS has no certificate that works, or refuses the versions offered",
            "a firewall or proxy does not let TLS through",
            "the service behind this port has no TLS",
        ),
        ("read-the-server-log", "let-the-protocol-through", "wake-the-server", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "certificate"): _Usual(
        (
            "a firewall inspects TLS",
            "the server could not use its private key",
        ),
        ("let-the-protocol-through", "read-the-server-log", "look-closer"),
    ),
    (FailureKind.INTERRUPTED, "finished"): _Usual(
        (
            "the server could not use its private key",
            "it minds the client's certificate, or that there is none",
        ),
        ("read-the-server-log", "look-closer"),
    ),
}
"""Usual reasons by the kind of failure and its stage."""


def broken_off(probe: Probe, failure: Failure, facts: Mapping[str, str | int | bool | None]) -> Observation:
    """Return the observation of a failure about which only the stage is known, with its usual reasons."""
    stage = failure.stage
    says_hello_first = probe.protocol.opening is Opening.TLS
    if stage == "hello" and failure.kind is FailureKind.TIMEOUT and says_hello_first:
        stage = _FIRST_HELLO
    usual = USUAL.get((failure.kind, stage), _Usual(()))
    because = f" Usual reasons, in order: {'; '.join(usual.reasons)}." if usual.reasons else ""
    return Observation(
        detail=f"{failure.detail[:1].upper()}{failure.detail[1:]}.{because}",
        facts=dict(facts),
        remedies=usual.remedies,
    )


def failure_of(evidence: Evidence, kind: FailureKind) -> tuple[Probe, Failure] | None:
    """Return the probe and its failure if it is of that kind; raise NotObserved where nothing was probed."""
    probe = observed(evidence.probe)
    if probe.failure is None or probe.failure.kind is not kind:
        return None
    return probe, probe.failure


def facts_of(failure: Failure) -> dict[str, str | int | bool | None]:
    """Return what every finding about a failure tells programs."""
    facts: dict[str, str | int | bool | None] = {"stage": failure.stage, "detail": failure.detail}
    if failure.messages:
        facts |= {"error_number": failure.messages[0].number, "error_text": failure.messages[0].text}
    return facts
