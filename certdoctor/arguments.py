"""The arguments of the library: one or several, texts or what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from os import PathLike, fspath
from typing import TypeVar

from certdoctor.errors import UsageError
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request
from certdoctor.model.ids import AUTO, Mode, Protocol, spoken
from certdoctor.model.wire import Survey

Path = str | PathLike[str]
"""The name of a file or folder."""


def request(
    *,
    target: str | None,
    protocol: str,
    timeout: float,
    connect_timeout: float | None,
    cert: Path | None,
    key: Path | None,
    password: bytes | str | None,
    survey: Survey | str,
    chain: Path | None = None,
    logs: Path | Sequence[Path] = (),
    ca: Path | Sequence[Path] = (),
    host: str | Sequence[str] = (),
    clients: str | Sequence[str] = (),
    mode: str | None = None,
    follow_log: bool = False,
) -> Request:
    """Return the request that these arguments make.

    Raises:
        UsageError: a protocol, survey or mode is none of ours, or a time is not over 0.

    """
    try:
        wanted = spoken(protocol)
    except ValueError:
        known = ", ".join((AUTO, *Protocol))
        raise UsageError(f"{protocol[:40]} is no protocol.", hint=f"There are {known}.") from None
    if survey not in set(Survey):
        raise UsageError(f"{survey[:40]} is no survey.", hint=f"There are {', '.join(Survey)}.")
    if timeout <= 0 or (connect_timeout is not None and connect_timeout <= 0):
        raise UsageError("A time has to be over 0 seconds.")
    return Request(
        target=target,
        chain_file=None if chain is None else fspath(chain),
        logs=paths(logs),
        cas=paths(ca),
        certificate=None if cert is None else fspath(cert),
        key=None if key is None else fspath(key),
        password=secret(password),
        hosts=texts(host),
        clients=texts(clients),
        mode=None if mode is None else member(Mode, mode),
        follow_log=follow_log,
        protocol=wanted,
        seconds=timeout,
        connect_seconds=connect_timeout,
        survey=Survey(survey),
    )


def instant(at: datetime | str | None) -> datetime | None:
    """Return the instant that is given as such or as ISO 8601 text."""
    if at is None:
        return None
    return clock.instant(at if isinstance(at, str) else at.isoformat())


def secret(password: bytes | str | None) -> bytes | None:
    """Return a password as bytes."""
    return password.encode() if isinstance(password, str) else password


def paths(given: Path | Sequence[Path]) -> tuple[str, ...]:
    """Return the names of one file or of several."""
    return tuple(fspath(path) for path in ((given,) if isinstance(given, str | PathLike) else given))


def texts(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one text or several."""
    return (given,) if isinstance(given, str) else tuple(given)


Id = TypeVar("Id", bound=StrEnum)


def member(ids: type[Id], name: str) -> Id:
    """Return the member of that name.

    Raises:
        UsageError: there is none.

    """
    try:
        return ids(name)
    except ValueError:
        what = "mode" if ids is Mode else "system"
        raise UsageError(f"{name[:40]} is no {what}.", hint=f"There are {', '.join(ids)}.") from None
