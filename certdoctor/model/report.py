"""The answer: findings, what each client would say, verdict and cause."""

from __future__ import annotations

from enum import StrEnum

from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode
from certdoctor.model.lean import dataclass
from certdoctor.model.rule import Owner, Rule, Severity


class Verdict(StrEnum):
    """The state of one subject."""

    HEALTHY = "healthy"
    AT_RISK = "at-risk"
    BROKEN = "broken"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One way to put it right."""

    summary: str
    """What is done, in one sentence."""
    owner: Owner
    steps: tuple[str, ...]
    """In order; a command stands alone in its step, after a colon and a line break if need be."""
    proof: str
    """The command that shows that it worked."""
    weakens_security: bool = False
    gives_up: str = ""
    """For a weakening remedy: what is lost by it, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that applies to this subject, with its proof and its remedies."""

    rule: Rule
    severity: Severity
    detail: str
    facts: dict[str, str | int | bool | None]
    subject: str
    remedy_names: tuple[str, ...] = ()
    """Those of the rule's remedies that fit, by name; empty means all."""
    remedies: tuple[Remedy, ...] = ()
    """The same as written for this subject."""


class Answer(StrEnum):
    """What a client does with the server."""

    ACCEPTS = "accepts"
    REJECTS = "rejects"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """What a client's verdict rests on."""

    MEASURED = "measured"
    """The real client was run against such servers."""
    MODELLED = "modelled"
    """Its documentation or source; it was not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeVerdict:
    """What a client would do in one of its modes."""

    mode: Mode
    settings: str
    """What brings the mode about, in the client's own words: "encrypt=true;trustServerCertificate=false"."""
    verdict: Answer
    cause: str | None = None
    code: str | None = None
    message: str | None = None
    brief: str | None = None
    """These four, and those below, as in :class:`ClientVerdict`."""
    causes: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientVerdict:
    """What one client would do, in its own words."""

    client: str
    """Client id, with a version after "@" if one was asked for."""
    title: str
    """Its name for people: "node (tedious)"."""
    verdict: Answer
    cause: str | None = None
    """The cause name behind its first complaint; None when it accepts."""
    code: str | None = None
    """Its own code ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), None where it has none."""
    message: str | None = None
    """Its own words, or for ``unknown`` the reason why nothing can be said."""
    brief: str | None = None
    """The innermost words of the message, for tables."""
    causes: tuple[str, ...] = ()
    """Every cause on which it would reject, the first included."""
    basis: Basis = Basis.MEASURED
    note: str | None = None
    """What the reader should know ("does not verify by default")."""
    because: str | None = None
    """Where a log names the client, so that it decides: the place and the words that do."""
    mode: Mode | None = None
    """The mode that the fields above are about: the one that the given settings amount to."""
    modes: tuple[ModeVerdict, ...] = ()
    """The same for every mode that it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two clients that are compared, in the mode in which it is."""

    name: str
    """As people call it: "SQL Server Management Studio"."""
    client: str
    mode: Mode
    settings: str
    """What brings that mode about, in the client's own words."""
    checks: str
    """What of the certificate it checks then: "nothing", "chain", "chain and name"."""
    trusts: str
    """Whose roots it trusts."""
    verdict: Answer
    cause: str | None
    code: str | None
    message: str | None
    note: str | None
    """These five as in :class:`ClientVerdict`; the message in its brief form."""
    connects_in: tuple[str, ...]
    """Every mode in which it would connect; empty where no server and no chain was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something in which the two differ."""

    what: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two clients side by side."""

    sides: tuple[Side, Side]
    differences: tuple[Difference, ...]
    why: str
    """Why one connects and the other does not, as sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A rule that could not be checked."""

    rule: Rule
    reason: str
    asked: bool
    """True when what it needs was asked for and could not be had."""


class Outcome(StrEnum):
    """What became of a log's claim."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    RESOLVED = "resolved"
    """It would be so without the CA file that was given; with it, it is not."""
    NOT_CHECKED = "not-checked"
    """Nothing that was looked at can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Whether what the log says is borne out by what was looked at."""

    claim: str
    """Cause name that the log gives."""
    source: str
    """"HackoladeRE.log:14"."""
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything about one subject, judged."""

    evidence: Evidence
    verdict: Verdict
    cause: str | None
    """Slug of the finding to fix first; None when healthy."""
    findings: tuple[Finding, ...]
    """The cause first, then by severity."""
    clients: tuple[ClientVerdict, ...] = ()
    comparison: Comparison | None = None
    """Where two clients are held against each other."""
    skipped: tuple[Skipped, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    passed: tuple[Rule, ...] = ()
    """Rules that were checked and do not apply."""

    @property
    def subject(self) -> str:
        """What the report is about."""
        return self.evidence.subject
