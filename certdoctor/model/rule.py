"""A rule: one thing that can be wrong, told once for findings, ``explain`` and the docs."""

from __future__ import annotations

from enum import StrEnum

from certdoctor.model.lean import dataclass


class Severity(StrEnum):
    """What the user of a connection would experience."""

    BLOCKS = "blocks"
    """It fails now."""
    RISKS = "risks"
    """It fails for another client, or on another day."""
    NOTES = "notes"
    """Good to know; nothing fails over it."""


class Owner(StrEnum):
    """Whose ticket it is."""

    SERVER = "server"
    CLIENT = "client"
    CA = "ca"
    NETWORK = "network"


FAMILIES = {
    "1": "Files",
    "2": "Keys and passwords",
    "3": "Chain and trust",
    "4": "Names",
    "5": "Validity and strength",
    "6": "Negotiation of TDS and TLS",
    "7": "Settings of clients",
    "8": "What a log tells",
    "9": "Network",
}
"""The families of rules, by the first digit of their codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Codes are for ever: never renumbered, never reused."""

    code: str
    """"CD301": family digit, then a number."""
    slug: str
    """The cause name used by logs, files, probes and client verdicts alike."""
    title: str
    """The problem in one sentence, not the cure."""
    severity: Severity
    """The ordinary severity; diagnosis may lower or raise it by what the clients say."""
    owner: Owner
    explanation: str
    """What it means and why clients mind, in plain words."""
    confirm: tuple[str, ...]
    """Commands that show it independently of certdoctor, or certdoctor's own."""
    remedies: tuple[str, ...]
    """Names of remedies in the remedy book, the safest first."""
    judged_by_clients: bool = False
    """Whether clients differ on it, so that their verdicts decide the severity."""
    references: tuple[str, ...] = ()
    """Where the rule comes from: "RFC 5280 section 4.2.1.9", "MS-TDS 2.2.6.5"."""

    @property
    def family(self) -> str:
        """Return the digit of its family: a key of FAMILIES."""
        return self.code[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One sighting of a rule, made by its check."""

    detail: str
    """A sentence with the numbers and names that prove it."""
    facts: dict[str, str | int | bool | None]
    """The same, for programs."""
    subject: str = ""
    """The certificate, file or server it is about, if narrower than the report's."""
    severity: Severity | None = None
    """Where this sighting is graver or lighter than the rule's ordinary severity."""
    remedies: tuple[str, ...] = ()
    """Names of those of the rule's remedies that fit this sighting; empty means all."""
