"""Everything that was looked at for one subject. Checks read this and nothing else."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from certdoctor.model.certificate import Chain
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Paired
from certdoctor.model.lean import dataclass
from certdoctor.model.log import LogFacts
from certdoctor.model.plan import Policy
from certdoctor.model.store import Influence, Lookup, Store, WantedCertificate
from certdoctor.model.trust import Trust
from certdoctor.model.wire import Probe

NOT_ASKED = Absent("not asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How the failing client was configured, as far as a connection string or log tells."""

    encrypt: bool | None = None
    """Whether the client asks for encryption; None when unknown."""
    strict: bool = False
    """Encrypt=strict (TDS 8.0)."""
    trust_server_certificate: bool | None = None
    ca_path: str | None = None
    ssl_type: str | None = None
    """Hackolade's stored SSL option ("SYSTEMCA")."""
    application: str | None = None
    """"Hackolade" when known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a file describes the subject."""

    path: str
    line: int
    """Counted from 1; 0 where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What ``--redact all`` has made of evidence.

    Names are pseudonyms, and of certificates that are not public the facts alone are left, without what
    identifies them. Nothing can be verified with those: the path and what the clients say are as they were judged.
    """

    version: str
    """The certdoctor that judged."""
    at: datetime
    """The instant as of which it judged; aware, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The facts about one subject, gathered at one instant."""

    subject: str
    """What the report is about: "sql01:1433", a file name."""
    observed_at: datetime
    """The instant as of which everything is judged; aware, UTC."""
    soon_days: int = 30
    """A certificate that has fewer days left than this ends soon."""
    hosts: tuple[str, ...] = ()
    """The names by which the client knows the server; the first is the one it uses."""
    probe: Probe | Absent = NOT_ASKED
    chain: Chain | Absent = NOT_ASKED
    """The chain to judge: the server's, or that of a file."""
    trust: Trust | Absent = NOT_ASKED
    files: tuple[FileFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    settings: ClientSettings = field(default_factory=ClientSettings)
    clients: tuple[str, ...] = ()
    """Client ids asked for by name; empty means all."""
    stores: tuple[Store, ...] | Absent = NOT_ASKED
    """The trust stores of this machine."""
    influences: tuple[Influence, ...] = ()
    """Variables that change which stores are read, as they are set for certdoctor."""
    sought: tuple[WantedCertificate, ...] = ()
    """Certificates that are looked for in the stores."""
    policy: Policy | Absent = NOT_ASKED
    """What is demanded beyond that it works."""
    lookup: Lookup | Absent = NOT_ASKED
    """Where the certificates that the chain lacks were looked for and found."""
    paired: Paired | Absent = NOT_ASKED
    """Set when every key of the files is to be paired up with what belongs to it."""
    fitting_keys: tuple[str, ...] = ()
    """Where the key given does not belong to the certificate: files beside it whose key does."""
    written: Written | None = None
    """The preflight file or list of servers that names this, and the line; None where the command line does."""
    redaction: Redaction | None = None
    """Set when names and certificates were hidden; ``trust`` is then as it was judged."""

    @property
    def clients_in_logs(self) -> dict[str, str]:
        """Return the clients that the logs name, with the version if they tell it, and how each is known.

        Empty unless every failure of a client is from one that is named: else others may be concerned.
        """
        found: dict[str, str] = {}
        for log in self.logs:
            for event in log.events:
                if event.cause == "no-problem" or event.side != "client":
                    continue
                if event.client is None or event.named_by is None:
                    return {}
                name = f"{event.client}@{event.client_version}" if event.client_version else event.client
                found.setdefault(name, f'{log.path}:{event.named_by.line} says "{event.named_by.text}"')
        versioned = {name.partition("@")[0] for name in found if "@" in name}
        return {name: why for name, why in found.items() if name not in versioned}

    @property
    def judged_clients(self) -> tuple[str, ...]:
        """Return the ids of the clients that were asked for, else of those that the logs name; empty means all."""
        return self.clients or tuple(self.clients_in_logs)
