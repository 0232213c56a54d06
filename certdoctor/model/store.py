"""The trust stores of one machine, what was sought in them, and what was found there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.ids import StoreId
from certdoctor.model.lean import dataclass

NOTHING_TO_COMPARE = Absent("there is no vendor's list to compare it with")


class StoreKind(StrEnum):
    """What a store is made of."""

    BUNDLE = "bundle"
    """One PEM file with many certificates."""
    DIRECTORY = "directory"
    """A folder in which OpenSSL looks a certificate up by the hash of its subject."""
    FILES = "files"
    """Files in which nobody, or hardly anybody, looks."""
    BUILT_IN = "built-in"
    """A list inside a program or package."""
    JAVA = "java"
    NSS = "nss"
    DOTNET = "dotnet"
    WINDOWS = "windows"
    KEYCHAIN = "keychain"


class StoreRole(StrEnum):
    """What being in a store means to the clients that read it."""

    ROOTS = "roots"
    """Trusted, unless ``trusted`` of the store is false."""
    INTERMEDIATES = "intermediates"
    """Not trusted, but taken where a server does not send it."""
    DISTRUSTED = "distrusted"
    """Refused, wherever else it is."""
    DISABLED = "disabled"
    """In a store of roots, with purposes that leave servers out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDefect:
    """Something in or beside a store that does not do what it was put there for."""

    slug: str
    """Stable word: "unhashed", "wrong-ending", "der-in-bundle", …"""
    text: str
    """A sentence: what it is, who trips over it, and the next step."""
    path: str | None = None
    loses: bool = False
    """Whether some reader misses a certificate over it; otherwise it is only good to know."""
    concerns: tuple[str, ...] = ()
    """SHA-256 of the certificates it is about, as far as they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One set of certificates that programs of this machine trust, or were meant to trust."""

    id: str
    """Stable within one machine: "system-bundle", "node", "java:/usr/lib/jvm/…"."""
    title: str
    """For the reader, to be put behind "the": "Debian bundle", "Node 20.20.2 list"."""
    kind: StoreKind
    path: str | None = None
    aliases: tuple[str, ...] = ()
    """Other names that lead to the same file or folder."""
    clients: tuple[str, ...] = ()
    """Ids of the clients that read it on this machine, as its variables are set now."""
    readers: tuple[str, ...] = ()
    """Further programs that read it, by name: "curl", "Firefox"."""
    certificates: tuple[Certificate, ...] | Absent = ()
    """What its readers see in it, or why it was not read."""
    added: tuple[Certificate, ...] | Absent = NOTHING_TO_COMPARE
    """Those that are not in the vendor's list."""
    compared_with: str | None = None
    """The vendor's list: a path, or "Mozilla's list (certifi 2026.10.18)"."""
    defects: tuple[StoreDefect, ...] = ()
    trusted: bool = True
    """False where being in it makes nothing trusted: intermediates, files that nobody reads."""
    role: StoreRole = StoreRole.ROOTS
    """What being in it means to its clients."""
    note: str | None = None
    """What the reader should know of it."""

    @property
    def known(self) -> tuple[Certificate, ...]:
        """Its certificates; none when it was not read."""
        return () if isinstance(self.certificates, Absent) else self.certificates

    def expired(self, at: datetime) -> tuple[Certificate, ...]:
        """Return those whose last day was before ``at``."""
        return tuple(c for c in self.known if c.not_after < at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """A variable of this process's environment that changes which store a program reads."""

    variable: str
    value: str
    """The path or the option in it that matters; never the rest, which may hold a password."""
    effect: str
    """A sentence."""
    loses: bool = False
    """Whether it does not do what it was set for (its file is missing, it is ignored)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCertificate:
    """One certificate that is looked for in the stores."""

    name: str
    """As the user gave it: a file, a fingerprint."""
    sha256: str | None = None
    sha1: str | None = None
    certificate: Certificate | None = None
    """None when only a fingerprint is known."""
    path: str | None = None
    """The file it was read from."""
    pem: bool = True
    """Whether it stands there as PEM."""

    def is_(self, certificate: Certificate) -> bool:
        """Whether this very certificate is meant."""
        if self.sha256 is not None:
            return certificate.sha256 == self.sha256
        return self.sha1 is not None and certificate.sha1 == self.sha1

    def resembles(self, certificate: Certificate) -> bool:
        """Whether it is another certificate of the same name."""
        mine = self.certificate
        return mine is not None and not self.is_(certificate) and certificate.subject_der == mine.subject_der


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a certificate was found."""

    title: str
    """"Debian bundle", or the path of a file."""
    path: str | None
    clients: tuple[str, ...] = ()
    """Ids of the clients that read it there; none for an ordinary file."""
    trusted: bool = True
    """Whether being there makes it trusted."""
    is_file: bool = False
    """Whether it is an ordinary file that can be given with --ca."""
    pem: bool = True
    """Of a file: whether it stands there as PEM."""
    fetched: bool = False
    """Whether ``title`` is an address from which it was fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A certificate that was missing and was found."""

    certificate: Certificate
    """It has signed the certificate below it, or is the untrusted root itself."""
    wanted_by: str
    """Label of the certificate that it stands above."""
    places: tuple[Place, ...]
    """Never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What became of looking for the missing certificates."""

    candidates: tuple[Candidate, ...]
    """From the bottom of the chain up."""
    stores: int
    """How many stores were looked into."""
    files: int = 0
    """How many files of folders were looked into."""
    cut_short: str | None = None
    """Why not all of a folder was looked at, None when all was."""
    unfetched: tuple[tuple[str, str], ...] = ()
    """Addresses that were to be fetched and gave nothing that fits, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSteps:
    """What to do with one CA file at one store, in this order.

    A step is a sentence, with its command lines below it.
    """

    consumer: StoreId
    title: str
    source: str = ""
    """Where the knowledge comes from, and the day on which it was last checked."""
    refusal: str = ""
    """Why the file must not be added; everything else is then empty."""
    notes: tuple[str, ...] = ()
    """Warnings about this file, and words that the reader has to fill in."""
    prepare: tuple[str, ...] = ()
    """Makes the file one that this store reads: ``add`` needs it done."""
    check: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    prove: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
