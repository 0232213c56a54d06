"""The network path to the server, CD9xx: failures that have nothing to do with certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from certdoctor.checks.rulebook import Check, Look, check
from certdoctor.checks.server.stages import broken_off
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import FailureKind


def _failed(kind: FailureKind) -> Look:
    """Make the check for one kind of failure before any TLS."""

    def look(evidence: Evidence) -> Iterator[Observation]:
        probe = observed(evidence.probe)
        if probe.failure is not None and probe.failure.kind is kind:
            facts: dict[str, str | int | bool | None] = {
                "stage": probe.failure.stage,
                "host": probe.host,
                "port": probe.port,
            }
            yield replace(broken_off(probe, probe.failure, facts), severity=_severity(evidence))

    return look


def _severity(evidence: Evidence) -> Severity | None:
    """Return NOTES if the policy allows the server to be offline, else None."""
    allowed = not isinstance(evidence.policy, Absent) and evidence.policy.may_be_offline
    return Severity.NOTES if allowed else None


@check(
    Rule(
        code="CD905",
        slug="instance-not-found",
        title="The port of the named instance cannot be found",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A named instance of SQL Server (HOST\\NAME) has a port of its own. Clients ask SQL Server Browser "
            "for it, over UDP 1434. Firewalls often let TCP through and drop UDP, the Browser service may be "
            "stopped, an instance may be hidden, or its name mistyped. Azure SQL has no Browser. Whoever names the "
            "port (HOST,PORT) needs no Browser."
        ),
        confirm=(
            "certdoctor probe HOST,PORT -v",
            "PortQry.exe -n HOST -p UDP -e 1434",
            "On the server: Get-Service SQLBrowser",
        ),
        remedies=("name-the-port", "start-the-browser", "check-the-port"),
        references=("MC-SQLR 2.2", "Microsoft: SQL Server Browser service"),
    )
)
def instance_not_found(evidence: Evidence) -> Iterator[Observation]:
    """Look for a named instance whose port could not be found."""
    probe = observed(evidence.probe)
    if probe.failure is not None and probe.failure.kind is FailureKind.INSTANCE_NOT_FOUND:
        detail = probe.failure.detail
        known = ", ".join(probe.failure.instances)
        yield Observation(
            detail=f"{detail[:1].upper()}{detail[1:]}.",
            facts={"host": probe.host, "known_instances": known or None},
            severity=_severity(evidence),
        )


CHECKS: tuple[Check, ...] = (
    check(
        Rule(
            code="CD901",
            slug="dns-failure",
            title="The server's name has no address",
            severity=Severity.BLOCKS,
            owner=Owner.NETWORK,
            explanation=(
                "The name cannot be resolved on this machine. A short name may lack its domain here, a VPN may be "
                "down, or the name holds a port or an instance that belongs elsewhere (host,port is SQL Server's "
                "way of writing it; most programs want the port in a field of its own)."
            ),
            confirm=("nslookup HOST",),
            remedies=("fix-the-name",),
        )
    )(_failed(FailureKind.DNS)),
    check(
        Rule(
            code="CD902",
            slug="connection-refused",
            title="Nothing listens on that port",
            severity=Severity.BLOCKS,
            owner=Owner.SERVER,
            explanation=(
                "The machine answered and refused the connection: the service is stopped, listens on another port "
                "(a named instance has its own), or TCP/IP is disabled in SQL Server Configuration Manager."
            ),
            confirm=("certdoctor probe HOST:PORT -v",),
            remedies=("start-the-server", "check-the-port"),
        )
    )(_failed(FailureKind.REFUSED)),
    check(
        Rule(
            code="CD903",
            slug="timeout",
            title="The server does not answer in time",
            severity=Severity.BLOCKS,
            owner=Owner.NETWORK,
            explanation=(
                "No answer at the TCP stage means a firewall that drops packets, or a machine that is off. An "
                "answer to TCP and silence afterwards means that the port is open and something accepts "
                "connections without serving them: a firewall or proxy that inspects them and holds back what it "
                "does not take for allowed, a listener that expects other first words, an overloaded server, a "
                "load balancer without a server behind it, or a way on which large packets get lost."
            ),
            confirm=("certdoctor probe HOST:PORT -v", "certdoctor probe HOST:PORT -v on the server itself"),
            remedies=(
                "open-the-firewall",
                "let-the-protocol-through",
                "speak-the-right-protocol",
                "wake-the-server",
                "send-smaller-packets",
                "fix-the-name",
                "check-the-port",
                "look-closer",
            ),
        )
    )(_failed(FailureKind.TIMEOUT)),
    check(
        Rule(
            code="CD904",
            slug="unreachable",
            title="There is no route to the server from this machine",
            severity=Severity.BLOCKS,
            owner=Owner.NETWORK,
            explanation="The network says that the address cannot be reached: a missing route or VPN.",
            confirm=("certdoctor probe HOST:PORT -v",),
            remedies=("open-the-firewall", "fix-the-name"),
        )
    )(_failed(FailureKind.UNREACHABLE)),
    instance_not_found,
)
