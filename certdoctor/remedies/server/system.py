"""On which system the server runs, where the evidence tells it. What it does not tell stays unknown.

What tells nothing: the certificate that SQL Server makes itself (SSL_Self_Signed_Fallback) is the same on both
systems, and the answers to PRELOGIN from 2017 on are alike.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ServerSystem
from certdoctor.model.log import SERVER_OS
from certdoctor.model.names import azure_name
from certdoctor.model.wire import Probe

FIRST_ON_LINUX = 14
"""Major version of SQL Server 2017, the first for Linux."""

_INSTANCE = re.compile(r"\\(?P<name>[A-Za-z_&#][A-Za-z0-9_$#]{0,15})$")
"""At the end of host\\instance: what SQL Server takes for a name (Microsoft, Instance Configuration)."""
_AZURE_MAJOR = 12
"""Azure SQL reports this version, which SQL Server 2014 has too."""


class KnownSystem(NamedTuple):
    """A system and how it is known."""

    name: ServerSystem | None
    """None when not known."""
    because: str
    """A clause for the reader; empty when the reader said so, or when it is not known."""


UNKNOWN = KnownSystem(None, "")


def server_system(evidence: Evidence, told: ServerSystem | None = None) -> KnownSystem:
    """Return the server's system: as the reader said, else as the evidence tells.

    A log counts when all of them agree; SQL Server Browser is a service of Windows alone, and on Linux there are
    no named instances (Microsoft, SQL Server Browser service; SQL Server on Linux FAQ).
    """
    if told is not None:
        return KnownSystem(told, "")
    azure = _azure_name(evidence)
    if azure is not None:
        return KnownSystem(ServerSystem.AZURE, f"{azure} is one of its names")
    said = {log.settings[SERVER_OS] for log in evidence.logs if SERVER_OS in log.settings}
    for name in (ServerSystem.WINDOWS, ServerSystem.LINUX):
        if said == {name}:
            return KnownSystem(name, "the server's own log says so")
    if isinstance(evidence.probe, Absent) and (named := instance(evidence)):
        return KnownSystem(ServerSystem.WINDOWS, f"{named} is a named instance, and there are none on Linux")
    return UNKNOWN if isinstance(evidence.probe, Absent) else _from_probe(evidence.probe, evidence.chain)


def instance(evidence: Evidence) -> str | None:
    """Return the named instance of SQL Server that was asked for or that the logs agree on; None without one."""
    if not isinstance(evidence.probe, Absent):
        found = evidence.probe.instance
        return found.name if found is not None and _INSTANCE.fullmatch(f"\\{found.name}") else None
    endpoints = {event.endpoint for log in evidence.logs for event in log.events if event.endpoint}
    named = {match["name"] for one in endpoints if (match := _INSTANCE.search(one))}
    return named.pop() if len(endpoints) == len(named) == 1 else None


def _from_probe(probe: Probe, chain: Chain | Absent) -> KnownSystem:
    if probe.instance is not None:
        return KnownSystem(
            ServerSystem.WINDOWS, "SQL Server Browser answered for it, which is a service of Windows alone"
        )
    prelogin = probe.prelogin
    if isinstance(prelogin, Absent):
        return UNKNOWN
    major = prelogin.version[0]
    may_be_azure = major == _AZURE_MAJOR and isinstance(chain, Absent)  # its certificate would tell
    if 0 < major < FIRST_ON_LINUX and not may_be_azure:
        return KnownSystem(ServerSystem.WINDOWS, f"version {prelogin.version_text} was made for nothing else")
    return UNKNOWN


def _azure_name(evidence: Evidence) -> str | None:
    leaf = None if isinstance(evidence.chain, Absent) else evidence.chain.leaf
    asked = (*evidence.hosts, "" if isinstance(evidence.probe, Absent) else evidence.probe.host)
    return next((name for host in asked if (name := azure_name(host, leaf))), None)
