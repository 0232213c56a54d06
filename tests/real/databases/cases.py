"""What a database server shows in each case, and how it stands to encryption and client certificates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from tests.agreement.forge import (
    ORDINARY_INTERMEDIATE,
    ORDINARY_LEAF,
    ORDINARY_ROOT,
    Made,
    Recipe,
    make,
    now,
)

HOST = "localhost"


class Tls(StrEnum):
    """How the server stands to TLS."""

    ON = "on"
    OFF = "off"
    OLD = "old"
    """TLS 1.0 and 1.1 alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One server."""

    name: str
    sent: Callable[[], tuple[Made, ...]]
    """The certificates that it sends, its own first."""
    trusted: Callable[[], Made]
    """The certificate in the CA file that clients are given."""
    tls: Tls = Tls.ON
    demands_encryption: bool = False
    demands_certificate: bool = False

    @property
    def chain_pem(self) -> str:
        """What the server's certificate file holds."""
        return "".join(one.pem for one in self.sent())


@cache
def root() -> Made:
    """Return the root that clients trust."""
    return make(ORDINARY_ROOT, {}, None, now())


@cache
def intermediate() -> Made:
    """Return the intermediate below that root."""
    return make(ORDINARY_INTERMEDIATE, {}, root(), now())


@cache
def foreign_root() -> Made:
    """Return a root that nobody trusts."""
    return make(ORDINARY_ROOT, {"cn": "Foreign Root", "key": "p256:foreign root"}, None, now())


@cache
def foreign_intermediate() -> Made:
    """Return the intermediate below the root that nobody trusts."""
    changes: Recipe = {"cn": "Foreign CA", "key": "p256:foreign intermediate"}
    return make(ORDINARY_INTERMEDIATE, changes, foreign_root(), now())


@cache
def expired_intermediate() -> Made:
    """Return the intermediate, with the same key, after its end."""
    return make(ORDINARY_INTERMEDIATE, {"days": (-400, -3)}, root(), now())


def _leaf(changes: Recipe, issuer: Callable[[], Made] | None = intermediate) -> Callable[[], Made]:
    @cache
    def made() -> Made:
        ordinary: Recipe = {"cn": HOST, "names": (HOST,)}
        return make(ORDINARY_LEAF, {**ordinary, **changes}, issuer() if issuer else None, now())

    return made


def _below(changes: Recipe) -> Callable[[], tuple[Made, ...]]:
    """Return the chain of a leaf with these changes."""
    leaf = _leaf(changes)
    return lambda: (leaf(), intermediate())


_good, _lonely = _leaf({}), _leaf({}, None)
_foreign = _leaf({}, foreign_intermediate)
_chain = _below({})

CASES = (
    Case(name="good", sent=_chain, trusted=root),
    Case(name="self-signed", sent=lambda: (_lonely(),), trusted=root),
    Case(name="self-signed-in-ca-file", sent=lambda: (_lonely(),), trusted=_lonely),
    Case(name="unknown-root", sent=lambda: (_foreign(), foreign_intermediate()), trusted=root),
    Case(
        name="unknown-root-sent",
        sent=lambda: (_foreign(), foreign_intermediate(), foreign_root()),
        trusted=root,
    ),
    Case(name="missing-intermediate", sent=lambda: (_good(),), trusted=root),
    Case(name="expired", sent=_below({"days": (-40, -3)}), trusted=root),
    Case(name="expired-intermediate", sent=lambda: (_good(), expired_intermediate()), trusted=root),
    Case(name="not-yet-valid", sent=_below({"days": (20, 200)}), trusted=root),
    Case(name="other-host", sent=_below({"cn": "db.example", "names": ("db.example",)}), trusted=root),
    Case(name="cn-only", sent=_below({"names": ()}), trusted=root),
    Case(name="client-purpose", sent=_below({"purposes": ("client",)}), trusted=root),
    Case(name="rsa-1024", sent=_below({"key": "rsa1024:leaf"}), trusted=root),
    Case(name="sha-1", sent=_below({"digest": "sha1"}), trusted=root),
    Case(name="old-tls", sent=_chain, trusted=root, tls=Tls.OLD),
    Case(name="no-tls", sent=_chain, trusted=root, tls=Tls.OFF),
    Case(name="encryption-demanded", sent=_chain, trusted=root, demands_encryption=True),
    Case(name="client-certificate-demanded", sent=_chain, trusted=root, demands_certificate=True),
)


def find(name: str) -> Case:
    """Return the case of that name."""
    return next(case for case in CASES if case.name == name)
