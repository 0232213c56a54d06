"""What a remedy may fill in. The defaults alone give the generic text of the documentation."""

from __future__ import annotations

import re
from dataclasses import fields
from enum import Enum

from certdoctor.model.ids import Protocol, ServerSystem, Shell, System
from certdoctor.model.lean import dataclass
from certdoctor.remedies.quoting import visible

UNKNOWN_TARGET = "HOST:PORT"
"""What stands for a server that nothing names."""
MASK = "***"
"""What stands in logs for the name of a user."""
_PORT = re.compile(r"[:,](\d{1,5})$")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyContext:
    """One failing connection, as far as it is known."""

    target: str = "sql01.corp.example:1433"
    """As certdoctor takes it: "host:port", "host\\instance"."""
    failed_stage: str | None = None
    """The stage at which talking to the server ended ("tcp", "prelogin", "hello"), None when not known."""
    host: str = "sql01.corp.example"
    """The name by which the client knows the server."""
    protocol: Protocol = Protocol.TDS
    root_subject: str = "the root CA"
    """Name of the root that must be trusted."""
    root_common_name: str | None = None
    root_key_id: str | None = None
    """Lower-case hex."""
    root_sha256: str | None = None
    root_sha1: str | None = None
    missing_subject: str = "the issuing CA"
    """Name of the certificate that is not there."""
    ca_issuers: tuple[str, ...] = ()
    """Addresses at which the missing certificate can be fetched (authorityInfoAccess)."""
    refused_sha1: str = "THUMBPRINT"
    """Thumbprint of the certificate that Windows' own settings refuse."""
    root_in_windows: bool = False
    """Whether the stores of Windows on the machine that looked hold the root, so that only who does not read them lacks it."""
    ca_path: str = "corp-root.pem"
    saved_as: str = "corp-root.pem"
    """Where a root that has to be obtained is saved: no file that the reader has."""
    ca_given: bool = True
    """Whether ``ca_path`` is a file that the reader has: what they were given, or named themselves."""
    ca_found: bool = False
    """Whether the root is in ``ca_path`` already: it was searched for and found there."""
    ca_is_pem: bool = True
    tls_versions: tuple[str, ...] = ()
    """Versions that the server may take, where that is demanded."""
    leaf_subject: str = "the server certificate"
    leaf_sha1: str | None = None
    """Thumbprint of the server's certificate, hex."""
    certificate_names: tuple[str, ...] = ()
    """Names that the server's certificate must cover; empty means ``host`` alone."""
    covered_names: tuple[str, ...] = ()
    """Names that the server's certificate covers now."""
    cert_path: str = "client.crt"
    key_path: str = "client.key"
    chain_path: str | None = None
    """The file with the server's chain, where that was looked at and no server."""
    chain_host: str | None = None
    """The name for which that file was judged, if one was given."""
    packed_in: str | None = None
    """The archive that holds the files named here, if they are still in one."""
    log_path: str = "HackoladeRE.log"
    """The log of the failure."""
    log_given: bool = False
    """Whether that log is a file of the reader's, which names the client and its settings."""
    other_format: str = ""
    """What is in ``other_path``, in the words of ``Form``; empty when not known."""
    other_path: str = "chain.pem"
    """The file that is wrong, where it is none of the three above."""
    key_container: str | None = None
    """The format of the key in ``other_path`` ("PKCS#8", "JKS", "PuTTY"), None when there is none."""
    os: System = System.ALL
    """Whose steps to give."""
    application: str | None = None
    """"hackolade" (in any case of letters), or None."""
    clients: tuple[str, ...] = ()
    """Client ids involved ("node", "jdbc", "odbc-linux@18")."""
    clients_named: bool = True
    """Whether the reader or a log names these clients; otherwise their words alone tell."""
    server_on: ServerSystem | None = None
    """None when not known."""
    instance: str | None = None
    """The named instance of SQL Server, without its host."""
    server_because: str = ""
    """How that is known, a clause: "its error log says so"; empty when the reader said it."""
    key_bits: int = 2048
    """Length of a new RSA key."""
    lacks: tuple[str, ...] = ()
    """What SQL Server asks of its certificate and the present one has not, as phrases."""
    command: str = ""
    """The command line that the reader ran, ready to paste; empty when not known."""
    program: str = "certdoctor"
    """How certdoctor is started here, ready to paste."""

    def __post_init__(self) -> None:
        """Keep what came out of a certificate or from a peer on one line, so that it cannot pose as a step."""
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name in {"command", "program"} or value is None or isinstance(value, int | Enum):
                continue
            shown = visible(value) if isinstance(value, str) else tuple(map(visible, value))
            object.__setattr__(self, each.name, shown)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that the certificate must cover, never empty."""
        return self.certificate_names or (self.host,)

    @property
    def may_be_hackolade(self) -> bool:
        """Whether nothing but the words of a message speaks for Node: Hackolade says the same."""
        return not self.clients_named and not self.is_hackolade and self.client_ids == ("node",)

    @property
    def is_named(self) -> bool:
        """Whether the server is known, so that a command can name it."""
        return self.target != UNKNOWN_TARGET and MASK not in self.target

    @property
    def port(self) -> int:
        """Return the port of the target, SQL Server's own where it names none."""
        found = _PORT.search(self.target)
        number = int(found[1]) if found else Protocol.TDS.port
        return number if 0 < number <= _LAST_PORT else Protocol.TDS.port

    @property
    def shell(self) -> Shell:
        """Return the shell in which the reader's own commands are typed."""
        return self.os.shell

    @property
    def is_hackolade(self) -> bool:
        """Whether the reader connects with Hackolade."""
        return (self.application or "").casefold() == "hackolade"

    @property
    def speaks_tds(self) -> bool:
        """Whether the server is a SQL Server."""
        return self.protocol.is_tds

    @property
    def client_ids(self) -> tuple[str, ...]:
        """Return the ids of the clients without their versions, each once."""
        return tuple(dict.fromkeys(client.partition("@")[0] for client in self.clients))
