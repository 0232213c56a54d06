"""What the number of an error means that is given without its words.

``data/error-numbers.json`` tells what the documentation says of a number; its cause comes from the log reader wherever
that knows the number in the form in which programs log it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from certdoctor.data import load
from certdoctor.logs import reading, unknown
from certdoctor.logs.signatures import catalogue
from certdoctor.model.log import ErrorNumber, LogEvent

_ASKED = re.compile(
    r"(?P<words>[a-z ,:#()=-]{0,40}?)(?P<number>[0-9]{1,5})(?:[ ,]{1,3}severity[ :=]{1,3}[0-9]{1,2})?"
    r"(?:[ ,.:;/]{1,3}(?:(?:state|code|alert)[ :=]{1,3})?(?P<second>[0-9]{1,3}))?\.?"
)
"""A number, alone or behind the words that say whose it is, and a state or an alert behind it."""
_ANY = frozenset(["error", "errors", "number", "no", "code", "nr", "severity", ""])
"""Words that do not tell whose number it is."""
_VERIFY = frozenset(["openssl", "verify", "return", "num", "x509"])
_ALERT = frozenset(["tls", "ssl", "alert", "fatal", "description"])
_HRESULT = re.compile(
    r"(?P<words>[a-z :,=]{0,40}?)(?:(?:0x)?(?P<hex>8[0-9a-f]{7})|(?P<decimal>-[0-9]{8,10}))\.?"
)
_SQLSTATE = re.compile(r"(?:sqlstate)?[ :=\[]{0,3}([0-9][0-9a-z]{4})\]?", re.IGNORECASE)


def lookup(text: str) -> tuple[ErrorNumber, ...]:
    """Return what a number can mean: "26014", "Error 18456, state 8", "0x800B0109", "SQLSTATE 08006"."""
    asked = _ASKED.fullmatch(text.strip().lower())
    found: list[ErrorNumber] = []
    if windows := _HRESULT.fullmatch(text.strip().lower()):
        number = windows["hex"] or f"{int(windows['decimal']) & 0xFFFFFFFF:08x}"
        return tuple(
            each for family in _families() if family.get("hex") for each in _of(family, number, None)
        )
    if asked is not None:
        words = set(re.findall("[a-z]+", asked["words"])) - _ANY
        for family in _families():
            if words <= set(family["words"]) and not family.get("hex"):
                found += _of(family, int(asked["number"]), asked["second"])
        if asked["second"] is None:
            if words <= _VERIFY:
                found += _verify_code(int(asked["number"]))
            if words <= _ALERT:
                found += _alert(int(asked["number"]))
    if not found and (state := _SQLSTATE.fullmatch(text.strip())):
        found += _sqlstate(state[1].upper())
    return tuple(found)


def known() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the families of numbers, each with those that are told, in order."""
    described = [(one["name"], tuple(str(each["number"]) for each in one["numbers"])) for one in _families()]
    return (
        *described,
        ("OpenSSL verify code", tuple(map(str, sorted(catalogue().x509)))),
        ("TLS alert", tuple(map(str, sorted(catalogue().alerts)))),
    )


@cache
def _families() -> tuple[dict[str, Any], ...]:
    return tuple(load("error-numbers")["families"])


def event_of(text: str) -> LogEvent | None:
    """Return what the log reader makes of a line; None where its words are unknown."""
    events = reading.parse(text.encode(), path="-").events
    return next((one for one in events if one.cause not in {"no-problem", unknown.CAUSE}), None)


def _of(family: dict[str, Any], number: int | str, second: str | None) -> Iterator[ErrorNumber]:
    for one in family["numbers"]:
        if one["number"] != number:
            continue
        event = None if "cause" in one else event_of(family["logged"].format(number))
        cause, also = (event.cause, event.also) if event else (one.get("cause"), tuple(one.get("also", ())))
        parts = tuple(one.get("states", {}).items())
        if "alerts" in one:
            parts = tuple((str(alert), _name(alert)) for alert in sorted(catalogue().alerts) if alert)
        if second is not None and (chosen := _chosen(parts, int(second), ranges="states" in one)):
            parts = chosen
            if "alerts" in one and (alert := next(_alert(int(second)), None)):
                cause, also = alert.cause, alert.also
        yield ErrorNumber(
            family=family["name"],
            number=f"0x{number.upper()}" if isinstance(number, str) else str(number),
            title=one["title"],
            detail=one["detail"],
            cause=None if cause == "no-problem" else cause,
            also=also,
            parts=parts,
            source=one.get("source", family.get("source", "")),
        )


def _chosen(parts: tuple[tuple[str, str], ...], second: int, *, ranges: bool) -> tuple[tuple[str, str], ...]:
    """Return the state or alert that was asked for; a state may stand for those behind it, as its text says."""
    exact = tuple(part for part in parts if int(part[0]) == second)
    if exact or not ranges:
        return exact
    below = [part for part in parts if int(part[0]) <= second]
    last = re.search(r"\((\d+)(?: to|,) (\d+)\)", below[-1][1]) if below else None
    return (below[-1],) if last and second <= int(last[2]) else ()


def _verify_code(number: int) -> Iterator[ErrorNumber]:
    if number in catalogue().x509 and (event := event_of(f"verify error:num={number}")):
        yield ErrorNumber(
            family="OpenSSL verify code",
            number=str(number),
            title="what openssl prints as verify error or verify return code",
            detail=event.note or "",
            cause=event.cause,
            also=event.also,
            source="OpenSSL, include/openssl/x509_vfy.h",
        )


def _alert(number: int) -> Iterator[ErrorNumber]:
    if number in catalogue().alerts:
        _, meanings = catalogue().alerts[number]
        client, server = meanings["client"], meanings["server"]
        yield ErrorNumber(
            family="TLS alert",
            number=str(number),
            title=_name(number),
            detail=f"In a client's log it means {client.cause}, in a server's {server.cause}."
            if client.cause != server.cause
            else "",
            cause=client.cause,
            also=tuple(
                dict.fromkeys((*client.also, *(() if server.cause == client.cause else (server.cause,))))
            ),
            source="RFC 8446 section 6",
        )


def _name(alert: int) -> str:
    return next(name for name, number in catalogue().alert_by_name.items() if number == alert)


def _sqlstate(state: str) -> Iterator[ErrorNumber]:
    if event := event_of(f"ERROR: SQLSTATE {state}"):
        yield ErrorNumber(
            family="SQLSTATE",
            number=state,
            title="the state that a driver gives beside its words",
            detail="The words beside it tell more: explain them, in quotes.",
            cause=event.cause,
            also=event.also,
            source="ISO/IEC 9075, and the driver's documentation",
        )
