"""Where to knock: what a host, URL or connection string names."""

from __future__ import annotations

from dataclasses import field

from certdoctor.model.evidence import ClientSettings
from certdoctor.model.ids import Protocol
from certdoctor.model.lean import dataclass

DEFAULT_PORT = Protocol.TDS.port


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server as the user named it. No credential of a connection string is kept."""

    host: str
    port: int = DEFAULT_PORT
    instance: str | None = None
    """Named instance of SQL Server."""
    ask_browser: bool = False
    """Whether the port is not known: SQL Server Browser has to tell the one of the instance."""
    dac: bool = False
    """Whether the dedicated administrator connection is meant (``admin:host``)."""
    protocol: Protocol = Protocol.TDS
    guessed: bool = False
    """Whether the protocol is only assumed: the target named a host and perhaps a port, nothing else."""
    certificate_host: str | None = None
    """HostNameInCertificate and the like: the name to look for instead of the host."""
    settings: ClientSettings = field(default_factory=ClientSettings)

    @property
    def endpoint(self) -> str:
        r"""``host:port``, with brackets round an IPv6 address; ``host\instance`` while no port is known."""
        if self.ask_browser:
            return f"{self.host}\\{self.instance}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
