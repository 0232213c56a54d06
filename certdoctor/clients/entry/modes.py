"""The modes of a client: what it does in each of them, and which of them given settings amount to.

An entry states its modes for each database (``Client.modes``). Only those that the client has are there::

    modes={
        Database.POSTGRESQL: {
            Mode.DEFAULT: Protection("sslmode=prefer, the default", clear_text=ClearText.IF_TLS_FAILS),
            Mode.OFF: Protection("sslmode=disable", Encrypts.NEVER),
            Mode.REQUIRE: Protection("sslmode=require", with_ca=Checks.CHAIN),
            Mode.CA: Protection("sslmode=verify-ca", checks=Checks.CHAIN),
            Mode.VERIFY: Protection("sslmode=verify-full", checks=Checks.CHAIN_AND_NAME),
        }
    }

How it fares with a server follows from these fields: ``certdoctor.trust.modes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum

from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.evidence import ClientSettings
from certdoctor.model.ids import Database, Mode
from certdoctor.model.lean import dataclass


class Encrypts(StrEnum):
    """How much of a connection a client encrypts."""

    NEVER = "never"
    """It does not offer encryption. A server that demands it sends such a client away."""
    LOGIN = "login"
    """The login packet of TDS 7 alone (ENCRYPT_OFF), unless the server demands more."""
    ALWAYS = "always"
    """Everything."""
    STRICT = "strict"
    """Everything, with TLS before the first packet (TDS 8.0)."""


class Checks(StrEnum):
    """What of the server's certificate a client checks."""

    NOTHING = "nothing"
    CHAIN = "chain"
    CHAIN_AND_NAME = "chain and name"


class ClearText(StrEnum):
    """When a client that would encrypt logs in without."""

    NEVER = "never"
    IF_ANSWERED_OFF = "if answered OFF"
    """Where a SQL Server answers OFF to a client that asks for encryption, which none should (MS-TDS 2.2.6.5)."""
    IF_NOT_OFFERED = "if not offered"
    """Where the server has no encryption to offer."""
    IF_TLS_FAILS = "if TLS fails"
    """There, and where the handshake fails: it connects again without."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What a client does in one mode."""

    settings: str
    """What brings the mode about, in the words that this client knows: "encrypt=true;trustServerCertificate=false"."""
    encrypts: Encrypts = Encrypts.ALWAYS
    checks: Checks = Checks.NOTHING
    forced: Checks | None = None
    """What it checks where only the login would be encrypted and the server demands more; None: the same."""
    with_ca: Checks | None = None
    """What it checks once it is given a CA file; None: the same."""
    clear_text: ClearText = ClearText.NEVER
    without_ca: ClientMessage | None = None
    """Its words where it refuses to begin without a CA file; None: it has roots of its own, or needs none."""
    says: Mapping[str, ClientMessage] = field(default_factory=dict)
    """Its words where no certificate is judged, by cause, as far as they differ from ``Client.handshake``."""
    note: str | None = None
    """What the reader should know of it ("only the login is encrypted")."""

    def checked(self, *, ca_given: bool) -> Checks:
        """Return what it checks, ``ca_given`` telling whether it is given a CA file."""
        return (self.with_ca or self.checks) if ca_given else self.checks


Modes = Mapping[Mode, Protection]


def wanted(settings: ClientSettings, words: Mapping[str, Mode]) -> Mode | None:
    """Return the mode that given settings amount to; None where they say nothing about encryption.

    ``words`` are the client's own meanings of sslmode and its kin (``Client.mode_words``).
    """
    if settings.mode_word is not None and settings.mode_word in words:
        return words[settings.mode_word]
    if settings.mode is not None:
        return settings.mode
    if settings.strict:
        return Mode.STRICT
    if settings.encrypt is False:
        return Mode.OFF
    if settings.trust_server_certificate:
        return Mode.REQUIRE
    asked = settings.encrypt is not None or settings.trust_server_certificate is not None
    return Mode.VERIFY if asked else None


def brought_about(settings: ClientSettings, mode: Mode) -> ClientSettings:
    """Return the settings as they are where the user says which mode the client is in."""
    return replace(
        settings,
        mode=mode,
        mode_word=None,
        encrypt=None if mode is Mode.DEFAULT else mode is not Mode.OFF,
        strict=mode is Mode.STRICT,
        trust_server_certificate=None if mode in {Mode.DEFAULT, Mode.OFF} else mode is Mode.REQUIRE,
    )


def of_database(modes: Mapping[Database, Modes], database: Database | None) -> Modes:
    """Return the modes for a database: its own, else those for any server, else the first.

    None, where only a chain is known, stands for the first.
    """
    first = next(iter(modes.values()))
    return first if database is None else modes.get(database) or modes.get(Database.OTHER) or first
