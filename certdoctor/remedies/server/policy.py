"""Remedies for what a preflight file demands and the server does not keep to.

Sources: Microsoft, "Transport Layer Security (TLS) registry settings" and "Encrypt connections to SQL Server on
Linux" (network.tlsprotocols); the PostgreSQL manual (ssl_min_protocol_version); the MySQL manual and MariaDB's
knowledge base (tls_version); the MongoDB manual (net.tls.disabledProtocols).
"""

from __future__ import annotations

from certdoctor.model.ids import Database
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server.binding import RESTART_LINUX

VERSIONS = ("1.0", "1.1", "1.2", "1.3")
_INSIDE_TDS7 = "1.2"
"""The newest that TDS 7 can carry."""
_PROTOCOLS = r"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"


def keep_to_tls_versions(situation: RemedyContext) -> Remedy:
    """Switch off the TLS versions that are not allowed."""
    page = Page(situation)
    allowed = tuple(v for v in VERSIONS if v in situation.tls_versions) or VERSIONS[2:]
    return page.remedy(
        summary=f"Let the server take TLS {' and '.join(allowed)} only.",
        owner=Owner.SERVER,
        steps=(
            "Before anything is switched off, see which versions its clients still use: they are refused afterwards.",
            *_steps(situation, allowed),
        ),
        proof=page.probe() + " --versions",
    )


def _steps(situation: RemedyContext, allowed: tuple[str, ...]) -> tuple[str, ...]:
    least, most = f"TLSv{allowed[0]}", f"TLSv{allowed[-1]}"
    names = ",".join(f"TLSv{version}" for version in allowed)
    match situation.protocol.database:
        case Database.SQL_SERVER:
            return _sql_server(situation, allowed)
        case Database.POSTGRESQL:
            return (
                step(
                    "As superuser set the oldest and the newest, and reload; no restart is needed.",
                    f"ALTER SYSTEM SET ssl_min_protocol_version = '{_postgres(least)}';",
                    f"ALTER SYSTEM SET ssl_max_protocol_version = '{_postgres(most)}';",
                    "SELECT pg_reload_conf();",
                ),
            )
        case Database.MYSQL:
            return (
                step("Name them in the server's configuration, below [mysqld].", f"tls_version={names}"),
                "Restart the server.",
            )
        case Database.MONGODB:
            refused = ",".join(f"TLS{v.replace('.', '_')}" for v in VERSIONS if v not in allowed)
            return (
                step("In mongod.conf:", "net:", "  tls:", f"    disabledProtocols: {refused or 'none'}"),
                "Restart mongod.",
            )
        case Database.OTHER:
            return (
                f"In the settings of the server, name {names} as the versions that it takes; restart it.",
            )


def _postgres(version: str) -> str:
    """Return a version as PostgreSQL writes it: its first one has no digit behind the point."""
    return "TLSv1" if version == "TLSv1.0" else version


def _sql_server(situation: RemedyContext, allowed: tuple[str, ...]) -> tuple[str, ...]:
    refused = [version for version in VERSIONS if version not in allowed]
    keys = [f"'{_PROTOCOLS}\\TLS {version}\\Server'" for version in refused]
    off = [f"New-Item -Path {key} -Force" for key in keys]
    off += [f"New-ItemProperty -Path {key} -Name Enabled -Value 0 -PropertyType DWord -Force" for key in keys]
    steps = obtaining.by_system(
        situation.server_on,
        windows=(
            step(
                "As administrator on the server, switch the others off in Schannel, then restart the machine. This "
                "holds for everything on it.",
                *off,
            ),
        ),
        linux=(
            step(
                "Name them.", f"sudo /opt/mssql/bin/mssql-conf set network.tlsprotocols {','.join(allowed)}"
            ),
            RESTART_LINUX,
        ),
    )
    if _INSIDE_TDS7 in allowed:
        return steps
    strict = (
        "Inside TDS 7 there is no TLS 1.3: every client has to connect strictly (Encrypt=strict) before TLS 1.2 is "
        "switched off, or the policy has to allow 1.2."
    )
    return (strict, *steps)


FAMILY = (keep_to_tls_versions,)
