"""The chains on which the entries and the real clients are compared: single faults, and several at once.

A row names what differs from a sound chain: root R, intermediate I, leaf L, sent as "LI" and verified
with R trusted, for the host good.example. Other letters stand for further certificates, see ``CAST``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from tests.agreement.forge import (
    ORDINARY_INTERMEDIATE,
    ORDINARY_LEAF,
    ORDINARY_ROOT,
    Made,
    Recipe,
    make,
)

HOST = "good.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One chain, as a server sends it, and what the client trusts and calls it."""

    name: str
    sent: tuple[Made, ...]
    """The leaf first."""
    trusted: tuple[Made, ...]
    host: str


Row = dict[str, Any]

EXPIRED, FUTURE = (-300, -10), (10, 300)

PLACES: dict[str, Row] = {
    "sound": {},
    "root-missing": {"trust": "Y"},
    "intermediate-missing": {"send": "L"},
    "both-missing": {"send": "L", "trust": "Y"},
    "root-sent": {"send": "LIR"},
    "root-sent-untrusted": {"send": "LIR", "trust": "Y"},
    "wrong-root-same-name": {"trust": "X"},
    "wrong-root-same-name-no-ids": {"trust": "X", "inter": {"aki": False}, "root": {"ski": False}},
    "wrong-root-beside-right": {"trust": "XR"},
    "right-root-beside-wrong": {"trust": "RX"},
    "wrong-root-beside-right-no-ids": {"trust": "XR", "inter": {"aki": False}, "root": {"ski": False}},
    "right-root-beside-wrong-no-ids": {"trust": "RX", "inter": {"aki": False}, "root": {"ski": False}},
    "wrong-root-same-name-sent": {"send": "LIX", "trust": "R"},
    "wrong-root-sent-and-trusted": {"send": "LIX", "trust": "X"},
    "intermediate-as-ca": {"trust": "I"},
    "intermediate-as-ca-not-sent": {"send": "L", "trust": "I"},
    "intermediate-as-ca-root-sent": {"send": "LIR", "trust": "I"},
    "intermediate-and-root-as-ca": {"send": "L", "trust": "IR"},
    "leaf-as-ca": {"trust": "L"},
    "leaf-as-ca-alone": {"send": "L", "trust": "L"},
    "leaf-and-root-as-ca": {"send": "L", "trust": "LR"},
    "self-signed-leaf": {"send": "S", "trust": "Y"},
    "self-signed-leaf-trusted": {"send": "S", "trust": "S"},
    "self-signed-leaf-plain": {"send": "P", "trust": "Y"},
    "self-signed-leaf-plain-trusted": {"send": "P", "trust": "P"},
    "self-signed-ca-as-leaf": {"send": "C", "trust": "Y"},
    "self-signed-ca-as-leaf-trusted": {"send": "C", "trust": "C"},
    "self-signed-with-stray": {"send": "SI", "trust": "Y"},
    "self-signed-v1": {"send": "V", "trust": "Y"},
    "self-signed-v1-trusted": {"send": "V", "trust": "V"},
    "issued-by-root": {"send": "D", "trust": "R"},
    "issued-by-root-missing": {"send": "D", "trust": "Y"},
    "issued-by-root-sent-untrusted": {"send": "DR", "trust": "Y"},
    "shuffled": {"send": "LRI"},
    "shuffled-long": {"send": "TKJI", "trust": "R"},
    "three-intermediates": {"send": "TKJI", "trust": "R"},
    "three-intermediates-gap": {"send": "TKI", "trust": "R"},
    "three-intermediates-gap-below": {"send": "TJI", "trust": "R"},
    "three-intermediates-gap-top": {"send": "TKJ", "trust": "R"},
    "stray-first": {"send": "LYI"},
    "stray-last": {"send": "LIY"},
    "strays-only": {"send": "LY"},
    "leaf-twice": {"send": "LLI"},
    "intermediate-twice": {"send": "LII"},
    "intermediate-same-name-other-key": {"send": "LZ"},
    "intermediate-same-name-both": {"send": "LZI"},
    "intermediate-same-name-both-reversed": {"send": "LIZ"},
    "intermediate-same-name-no-ids": {"send": "LZ", "leaf": {"aki": False}, "inter": {"ski": False}},
    "intermediate-same-name-no-ids-both": {"send": "LZI", "leaf": {"aki": False}, "inter": {"ski": False}},
    "crossed-expired-first": {"send": "LEI"},
    "crossed-expired-last": {"send": "LIE"},
    "crossed-expired-only": {"send": "LE"},
    "crossed-expired-root-trusted": {"send": "LIQ", "trust": "R"},
    "crossed-root-both-trusted": {"send": "LIQ", "trust": "RO"},
    "crossed-root-old-trusted": {"send": "LIQ", "trust": "O"},
    "crossed-root-old-expired": {"send": "LIQ", "trust": "RO", "old": {"days": EXPIRED}},
    "crossed-root-old-expired-only": {"send": "LIQ", "trust": "O", "old": {"days": EXPIRED}},
    "crossed-expired-trusted-too": {"send": "LI", "trust": "RQ", "crossed": {"days": EXPIRED}},
    "crossed-expired-sent": {"send": "LIQ", "trust": "R", "crossed": {"days": EXPIRED}},
    "crossed-expired-sent-old-trusted": {"send": "LIQ", "trust": "O", "crossed": {"days": EXPIRED}},
    "renewed-root-both": {"send": "LI", "trust": "NR", "root": {"days": EXPIRED}},
    "renewed-root-both-reversed": {"send": "LI", "trust": "RN", "root": {"days": EXPIRED}},
    "renewed-root-old-sent": {"send": "LIR", "trust": "N", "root": {"days": EXPIRED}},
    "two-trusted-strays": {"trust": "YR"},
    "chain-of-nine": {"long": 9},
    "chain-of-eleven": {"long": 11},
    "chain-of-twelve": {"long": 12},
}
"""Where the certificates are, and where they should be."""

FAULTS: dict[str, Row] = {
    "leaf-expired": {"leaf": {"days": EXPIRED}},
    "leaf-future": {"leaf": {"days": FUTURE}},
    "intermediate-expired": {"inter": {"days": EXPIRED}},
    "intermediate-future": {"inter": {"days": FUTURE}},
    "root-expired": {"root": {"days": EXPIRED}},
    "root-future": {"root": {"days": FUTURE}},
    "client-only": {"leaf": {"purposes": ("client",)}},
    "intermediate-client-only": {"inter": {"purposes": ("client",)}},
    "intermediate-no-ca": {"inter": {"constraints": (False, None)}},
    "intermediate-without-constraints": {"inter": {"constraints": None}},
    "intermediate-without-cert-sign": {"inter": {"usage": ("digital_signature",)}},
    "pathlen-root": {"root": {"constraints": (True, 0)}},
    "constrained-permitted": {"inter": {"permitted": ("other.example",)}},
    "constrained-excluded": {"root": {"excluded": ("good.example",)}},
    "leaf-sha1": {"leaf": {"digest": "sha1"}, "inter": {"key": "rsa2048:intermediate"}},
    "leaf-rsa1024": {"leaf": {"key": "rsa1024:leaf"}},
    "intermediate-rsa1024": {"inter": {"key": "rsa1024:intermediate"}},
    "leaf-unknown-critical": {"leaf": {"unknown_critical": True}},
    "intermediate-unknown-critical": {"inter": {"unknown_critical": True}},
    "leaf-bad-signature": {"leaf": {"signed_with": "p256:other"}},
    "intermediate-bad-signature": {"inter": {"signed_with": "p256:other"}},
    "wrong-host": {"host": "bad.example"},
}
"""Faults that are also combined with one another and with misplaced certificates."""

DETAILS: dict[str, Row] = {
    "leaf-and-intermediate-expired": {"leaf": {"days": EXPIRED}, "inter": {"days": EXPIRED}},
    "all-expired": {"leaf": {"days": EXPIRED}, "inter": {"days": EXPIRED}, "root": {"days": EXPIRED}},
    "root-expired-leaf-future": {"root": {"days": EXPIRED}, "leaf": {"days": FUTURE}},
    "root-v1": {"root": {"version": 1}},
    "intermediate-v1": {"inter": {"version": 1}},
    "leaf-v1": {"leaf": {"version": 1}},
    "root-without-constraints": {"root": {"constraints": None}},
    "root-without-constraints-and-usage": {"root": {"constraints": None, "usage": None}},
    "root-no-ca": {"root": {"constraints": (False, None)}},
    "root-without-usage": {"root": {"usage": None}},
    "root-without-cert-sign": {"root": {"usage": ("digital_signature",)}},
    "root-without-ski": {"root": {"ski": False}},
    "root-constraints-not-critical": {"root": {"constraints_critical": False}},
    "intermediate-without-constraints-and-usage": {"inter": {"constraints": None, "usage": None}},
    "intermediate-without-usage": {"inter": {"usage": None}},
    "intermediate-without-ski": {"inter": {"ski": False}},
    "intermediate-without-aki": {"inter": {"aki": False}},
    "intermediate-constraints-not-critical": {"inter": {"constraints_critical": False}},
    "leaf-without-aki": {"leaf": {"aki": False}},
    "leaf-without-ski": {"leaf": {"ski": False}},
    "leaf-without-constraints": {"leaf": {"constraints": None}},
    "leaf-without-usage": {"leaf": {"usage": None}},
    "leaf-is-ca": {"leaf": {"constraints": (True, None), "usage": ("digital_signature", "key_cert_sign")}},
    "leaf-usage-encipherment-only": {"leaf": {"key": "rsa2048:leaf", "usage": ("key_encipherment",)}},
    "leaf-usage-signing-only-rsa": {"leaf": {"key": "rsa2048:leaf"}},
    "leaf-without-purposes": {"leaf": {"purposes": None}},
    "leaf-any-purpose": {"leaf": {"purposes": ("any",)}},
    "leaf-server-and-client": {"leaf": {"purposes": ("server", "client")}},
    "leaf-code-signing": {"leaf": {"purposes": ("code",)}},
    "leaf-client-only-critical": {"leaf": {"purposes": ("client",), "purposes_critical": True}},
    "intermediate-server-only": {"inter": {"purposes": ("server",)}},
    "intermediate-any-purpose": {"inter": {"purposes": ("any",)}},
    "root-client-only": {"root": {"purposes": ("client",)}},
    "root-server-only": {"root": {"purposes": ("server",)}},
    "pathlen-root-one": {"root": {"constraints": (True, 1)}},
    "pathlen-intermediate-zero": {"inter": {"constraints": (True, 0)}},
    "pathlen-long": {"send": "TKJI", "root": {"constraints": (True, 2)}},
    "pathlen-long-below": {"send": "TKJI", "inter": {"constraints": (True, 1)}},
    "pathlen-long-exact": {"send": "TKJI", "root": {"constraints": (True, 3)}},
    "constrained-permitted-right": {"inter": {"permitted": ("good.example",)}},
    "constrained-permitted-parent": {"inter": {"permitted": ("example",)}},
    "constrained-permitted-dot": {"inter": {"permitted": (".example",)}},
    "constrained-excluded-other": {"inter": {"excluded": ("other.example",)}},
    "constrained-by-root": {"root": {"permitted": ("other.example",)}},
    "constrained-one-of-two-names": {
        "inter": {"permitted": ("good.example",)},
        "leaf": {"names": ("good.example", "bad.example")},
    },
    "constrained-ip": {
        "inter": {"permitted": ("10.0.0.0/8",)},
        "leaf": {"names": ("good.example", "127.0.0.1")},
    },
    "constrained-ip-right": {
        "inter": {"permitted": ("127.0.0.0/8",)},
        "leaf": {"names": ("good.example", "127.0.0.1")},
    },
    "constrained-cn-only": {"inter": {"permitted": ("other.example",)}, "leaf": {"names": ()}},
    "leaf-md5": {"leaf": {"digest": "md5"}, "inter": {"key": "rsa2048:intermediate"}},
    "leaf-sha1-ec": {"leaf": {"digest": "sha1"}},
    "intermediate-sha1": {"inter": {"digest": "sha1"}},
    "intermediate-md5": {"inter": {"digest": "md5"}, "root": {"key": "rsa2048:root"}},
    "root-sha1": {"root": {"digest": "sha1"}},
    "root-md5": {"root": {"digest": "md5", "key": "rsa2048:root"}},
    "root-sha1-sent": {"root": {"digest": "sha1"}, "send": "LIR"},
    "root-sha1-sent-untrusted": {"root": {"digest": "sha1"}, "send": "LIR", "trust": "Y"},
    "self-signed-sha1-trusted": {"send": "S", "trust": "S", "self": {"digest": "sha1"}},
    "self-signed-sha1": {"send": "S", "trust": "Y", "self": {"digest": "sha1"}},
    "self-signed-expired": {"send": "S", "trust": "Y", "self": {"days": EXPIRED}},
    "self-signed-expired-trusted": {"send": "S", "trust": "S", "self": {"days": EXPIRED}},
    "self-signed-wrong-host": {"send": "S", "trust": "Y", "host": "bad.example"},
    "self-signed-client-only": {"send": "S", "trust": "Y", "self": {"purposes": ("client",)}},
    "self-signed-rsa1024": {"send": "S", "trust": "Y", "self": {"key": "rsa1024:leaf"}},
    "root-rsa1024": {"root": {"key": "rsa1024:root"}},
    "root-rsa1024-sent-untrusted": {"root": {"key": "rsa1024:root"}, "send": "LIR", "trust": "Y"},
    "all-rsa": {
        "leaf": {"key": "rsa2048:leaf"},
        "inter": {"key": "rsa2048:intermediate"},
        "root": {"key": "rsa2048:root"},
    },
    "all-rsa1024": {
        "leaf": {"key": "rsa1024:leaf"},
        "inter": {"key": "rsa1024:intermediate"},
        "root": {"key": "rsa1024:root"},
    },
    "leaf-p384": {"leaf": {"key": "p384:leaf"}},
    "leaf-p521": {"leaf": {"key": "p521:leaf"}},
    "root-p521": {"root": {"key": "p521:root"}},
    "root-ed25519": {"root": {"key": "ed25519:root"}},
    "intermediate-ed25519": {"inter": {"key": "ed25519:intermediate"}},
    "root-unknown-critical": {"root": {"unknown_critical": True}},
    "both-unknown-critical": {"leaf": {"unknown_critical": True}, "inter": {"unknown_critical": True}},
}
"""Faults and peculiarities that stand alone."""

NAMES: dict[str, Row] = {
    "cn-only": {"leaf": {"names": ()}},
    "cn-only-wrong": {"leaf": {"names": (), "cn": "bad.example"}},
    "cn-only-wildcard": {"leaf": {"names": (), "cn": "*.example.com"}, "host": "a.example.com"},
    "cn-only-with-ip-san": {"leaf": {"names": ("127.0.0.1",)}},
    "cn-right-san-wrong": {"leaf": {"names": ("bad.example",)}},
    "no-name-at-all": {"leaf": {"names": (), "cn": None}},
    "ip-san": {"leaf": {"names": ("127.0.0.1",)}, "host": "127.0.0.1"},
    "ip-san-wrong": {"leaf": {"names": ("127.0.0.2",)}, "host": "127.0.0.1"},
    "ip-as-dns-san": {"leaf": {"names": ("x127.0.0.1",), "cn": "127.0.0.1"}, "host": "127.0.0.1"},
    "ip-in-cn": {"leaf": {"names": (), "cn": "127.0.0.1"}, "host": "127.0.0.1"},
    "ip-host-dns-san": {"host": "127.0.0.1"},
    "ip-host-no-names": {"leaf": {"names": (), "cn": None}, "host": "127.0.0.1"},
    "many-names": {"leaf": {"names": ("a.example", "b.example", "good.example")}},
    "many-names-wrong": {"leaf": {"names": ("a.example", "b.example", "10.0.0.1")}},
    "short-host": {"leaf": {"names": ("sql01",)}, "host": "sql01"},
    "short-host-wrong": {"leaf": {"names": ("sql01.corp.example",)}, "host": "sql01"},
    "upper-case-san": {"leaf": {"names": ("GOOD.Example",)}},
    "underscore": {"leaf": {"names": ("sql_01.example.com",)}, "host": "sql_01.example.com"},
    "underscore-wrong": {"leaf": {"names": ("sql_02.example.com",)}, "host": "sql_01.example.com"},
    "underscore-wildcard": {"leaf": {"names": ("*.example.com",)}, "host": "sql_01.example.com"},
    "wildcard": {"leaf": {"names": ("*.example.com",)}, "host": "a.example.com"},
    "wildcard-two-labels": {"leaf": {"names": ("*.example.com",)}, "host": "a.b.example.com"},
    "wildcard-apex": {"leaf": {"names": ("*.example.com",)}, "host": "example.com"},
    "wildcard-tld": {"leaf": {"names": ("*.example",)}},
    "wildcard-alone": {"leaf": {"names": ("*",)}, "host": "sql01"},
    "wildcard-partial-end": {"leaf": {"names": ("a*.example.com",)}, "host": "abc.example.com"},
    "wildcard-partial-start": {"leaf": {"names": ("*c.example.com",)}, "host": "abc.example.com"},
    "wildcard-partial-middle": {"leaf": {"names": ("a*c.example.com",)}, "host": "abc.example.com"},
    "wildcard-second-label": {"leaf": {"names": ("a.*.example.com",)}, "host": "a.b.example.com"},
    "wildcard-twice": {"leaf": {"names": ("*.*.example.com",)}, "host": "a.b.example.com"},
    "wildcard-double": {"leaf": {"names": ("**.example.com",)}, "host": "a.example.com"},
    "wildcard-idn": {"leaf": {"names": ("*.example.com",)}, "host": "xn--bcher-kva.example.com"},
    "wildcard-partial-idn": {"leaf": {"names": ("xn--b*.example.com",)}, "host": "xn--bcher-kva.example.com"},
    "san-trailing-dot": {"leaf": {"names": ("good.example.",)}},
    "san-leading-dot": {"leaf": {"names": (".good.example",)}, "host": "a.good.example"},
    "host-trailing-dot": {"host": "good.example."},
    "underscore-partial": {"leaf": {"names": ("sql_*.example.com",)}, "host": "sql_01.example.com"},
    "cn-only-underscore": {"leaf": {"names": (), "cn": "sql_01"}, "host": "sql_01"},
    "cn-only-short": {"leaf": {"names": (), "cn": "sql01"}, "host": "sql01"},
    "cn-only-with-blank": {"leaf": {"names": (), "cn": "SQL Server"}, "host": "sql01"},
    "cn-only-partial": {"leaf": {"names": (), "cn": "a*.example.com"}, "host": "abc.example.com"},
    "cn-only-upper-case": {"leaf": {"names": (), "cn": "GOOD.example"}},
    "ipv6-san": {"leaf": {"names": ("::1", "127.0.0.1")}, "host": "127.0.0.1"},
    "wildcard-ip": {"leaf": {"names": ("*.0.0.1",)}, "host": "127.0.0.1"},
    "wildcard-upper-case": {"leaf": {"names": ("*.EXAMPLE.com",)}, "host": "a.example.com"},
    "wildcard-tld-short": {"leaf": {"names": ("*.local",)}, "host": "sql01.local"},
    "san-with-blank": {"leaf": {"names": ("good example",)}},
    "idn-exact": {
        "leaf": {"names": ("xn--bcher-kva.example.com",)},
        "host": "xn--bcher-kva.example.com",
    },
}
"""Which names the leaf carries and which one the client uses."""

_MISPLACED = ("root-missing", "intermediate-missing", "root-sent-untrusted", "intermediate-as-ca")
_NAMELESS = {"wrong-host"}


def rows() -> Iterator[tuple[str, Row]]:
    """Yield every row, the combinations last."""
    for family in (PLACES, FAULTS, DETAILS, NAMES):
        yield from family.items()
    for place in _MISPLACED:
        for fault, row in FAULTS.items():
            yield f"{place}+{fault}", _merge(PLACES[place], row)
    for (one, row), (two, other) in combinations(FAULTS.items(), 2):
        if not _clash(row, other) and (hash_of(one + two) % 3 == 0):
            yield f"{one}+{two}", _merge(row, other)


def hash_of(text: str) -> int:
    """Return a number that is the same in every run, to take every third combination."""
    return sum(ord(c) * (i + 1) for i, c in enumerate(text))


def scenarios(now: datetime) -> list[Scenario]:
    """Make every scenario, each name once.

    Raises:
        ValueError: two rows have the same name.

    """
    made = [_scenario(name, row, now) for name, row in rows()]
    names = [s.name for s in made]
    if len(set(names)) != len(names):
        raise ValueError("two scenarios have the same name")
    return made


def _clash(one: Row, two: Row) -> bool:
    """Whether both change the same thing of the same certificate."""
    return any(
        key in two and (not isinstance(one[key], dict) or set(one[key]) & set(two[key])) for key in one
    )


def _merge(one: Row, two: Row) -> Row:
    merged = dict(one)
    for key, value in two.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    return merged


def _scenario(name: str, row: Row, now: datetime) -> Scenario:
    if "long" in row:
        return _long(name, row["long"], now)
    cast = Cast(row, now)
    return Scenario(
        name=name,
        sent=tuple(cast[letter] for letter in row.get("send", "LI")),
        trusted=tuple(cast[letter] for letter in row.get("trust", "R")),
        host=row.get("host", HOST),
    )


CAST: dict[str, tuple[Recipe, str, Recipe, str | None]] = {
    "R": (ORDINARY_ROOT, "root", {}, None),
    "I": (ORDINARY_INTERMEDIATE, "inter", {}, "R"),
    "L": (ORDINARY_LEAF, "leaf", {}, "I"),
    # The root's name with another key; a root of its own; the intermediate's name with another key.
    "X": (ORDINARY_ROOT, "root", {"key": "p256:wrong"}, None),
    "Y": (ORDINARY_ROOT, "", {"cn": "Unrelated Root", "key": "p256:unrelated"}, None),
    "Z": (ORDINARY_INTERMEDIATE, "inter", {"key": "p256:z"}, "R"),
    # The intermediate once more, expired; a leaf straight below the root.
    "E": (ORDINARY_INTERMEDIATE, "inter", {"days": EXPIRED}, "R"),
    "D": (ORDINARY_LEAF, "leaf", {}, "R"),
    # Two more intermediates and a leaf below them.
    "J": (ORDINARY_INTERMEDIATE, "", {"cn": "Agreement CA 2", "key": "p256:j"}, "I"),
    "K": (ORDINARY_INTERMEDIATE, "", {"cn": "Agreement CA 3", "key": "p256:k"}, "J"),
    "T": (ORDINARY_LEAF, "leaf", {}, "K"),
    # An older root, and the root's name and key signed by it; the root renewed with the same key.
    "O": (ORDINARY_ROOT, "old", {"cn": "Agreement Old Root", "key": "p256:old"}, None),
    "Q": (ORDINARY_ROOT, "crossed", {"aki": True}, "O"),
    "N": (ORDINARY_ROOT, "", {}, None),
    # Leaves that sign themselves: with the usual extensions, without any to speak of, as a CA, as v1.
    "S": (ORDINARY_LEAF, "self", {"key": "p256:self"}, None),
    "P": (
        ORDINARY_LEAF,
        "self",
        {"key": "p256:self", "constraints": None, "usage": None, "purposes": None},
        None,
    ),
    "C": (
        ORDINARY_ROOT,
        "",
        {"cn": HOST, "names": (HOST,), "key": "p256:self", "usage": ("key_cert_sign", "digital_signature")},
        None,
    ),
    "V": (ORDINARY_LEAF, "self", {"key": "p256:self", "version": 1}, None),
}
"""Letter to: what is ordinary for it, the row's key with changes, its own changes, its issuer."""


class Cast:
    """The certificates of one scenario, each made when it is first asked for."""

    def __init__(self, row: Row, now: datetime) -> None:
        """Keep the row and the moment."""
        self._row, self._now = row, now
        self._made: dict[str, Made] = {}

    def __getitem__(self, letter: str) -> Made:
        if letter not in self._made:
            ordinary, changed_by, own, issuer = CAST[letter]
            changes = {**own, **self._row.get(changed_by, {})}
            if letter in "XZE":  # these differ from the one they resemble in just this
                changes |= own
            above = self[issuer] if issuer else None
            self._made[letter] = make(ordinary, changes, above, self._now)
        return self._made[letter]


def _long(name: str, count: int, now: datetime) -> Scenario:
    """Make a chain of ``count`` certificates, root and leaf included."""
    root = above = make(ORDINARY_ROOT, {}, None, now)
    between: list[Made] = []
    for number in range(count - 2):
        changes = {"cn": f"Agreement CA {number}", "key": f"p256:long{number}"}
        above = make(ORDINARY_INTERMEDIATE, changes, above, now)
        between.insert(0, above)
    leaf = make(ORDINARY_LEAF, {}, above, now)
    return Scenario(name=name, sent=(leaf, *between), trusted=(root,), host=HOST)
