"""Which client failed, in which version, and with what programs: the words of a failure and what is named near it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from certdoctor.logs.surroundings.program_forms import ORDER
from certdoctor.logs.surroundings.programs import Sighting
from certdoctor.model.lean import dataclass
from certdoctor.model.log import Program

_SCHANNEL = (
    "authority that is not trusted",
    "principal name",
    "0x8009",
    "0x800b",
    "-2146",
    "sec_e_",
    "[dbnetlib]",
    "zertifikatkette",
)
_OPENSSL = ("routines", "openssl", "unixodbc", "usr/", ".so")
_EITHER_SYSTEM = frozenset({"odbc", "sqlclient"})
"""Clients that exist for Windows (Schannel) and for Linux (OpenSSL)."""
_SPEAKERS = (
    "electron",
    "odbc",
    "sqlclient",
    "jdbc",
    "freetds",
    "pytds",
    "go",
    "node",
    "python",
    "gnutls",
    "curl",
)
"""Of several that are named, the one that does the TLS comes first: a driver before the language that called it."""
_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who said it."""

    client: str | None
    """Client id."""
    version: str | None = None
    programs: tuple[Program, ...] = ()


def on_system(family: str, words: str) -> str:
    """Return the client id of a family ("odbc") by the words around; without any sign of Windows, that of Linux."""
    if family not in _EITHER_SYSTEM:
        return family
    return f"{family}-windows" if any(sign in words for sign in _SCHANNEL) else f"{family}-linux"


def speaker(
    guess: str | None,
    near: Sequence[Sighting],
    elsewhere: Sequence[Sighting],
    *,
    words: str,
    certain: bool,
) -> Speaker:
    """Join what the wording gives away with what is named.

    ``guess`` is the client by its wording, ``certain`` where nobody else writes so; ``near`` are the programs of the
    same entry, ``elsewhere`` those named before, ``words`` the text around, in lower case.
    """
    named = [one.form.client for one in near if one.form.client]
    client = guess
    if named and not certain and _family(guess) not in named:
        client = on_system(min(named, key=_SPEAKERS.index), words)
    family = _family(client)
    told = [*near, *_joining(near, elsewhere, family)]
    versions = {one.program.version for one in told if one.form.is_client and one.form.client == family}
    versions.discard(None)
    return Speaker(
        client=client,
        version=versions.pop() if len(versions) == 1 else None,
        programs=tuple(_placed(one.program, words) for one in _best(told))[:_MOST],
    )


def _joining(
    near: Sequence[Sighting], elsewhere: Sequence[Sighting], family: str | None
) -> Iterable[Sighting]:
    """Yield what was named elsewhere and belongs to this failure.

    The version of a program that is named here without one, the program that the client's versions count, what
    that runs on, and the application with its plug-in.
    """
    if family is None:
        return
    here = {one.program.name: one.program.version for one in near}
    for one in elsewhere:
        of_client = one.form.client == family
        runtime = family in one.form.serves and (one.form.client is None or one.form.is_client)
        joins = (
            one.program.name in here or runtime or (of_client and (one.form.is_client or not one.form.serves))
        )
        known = one.program.name in here and (here[one.program.name] or not one.program.version)
        if joins and not known:
            yield one


def _best(told: Sequence[Sighting]) -> list[Sighting]:
    """Return each program once in a version, without one only where none is known, the application first."""
    versioned = {one.program.name for one in told if one.program.version}
    kept = [one for one in told if one.program.version or one.program.name not in versioned]
    return sorted(kept, key=lambda one: ORDER[one.program.name])


def _placed(program: Program, words: str) -> Program:
    """Return the program with the client id of its system, where the words show which that is."""
    if program.client not in _EITHER_SYSTEM:
        return program
    windows, linux = any(sign in words for sign in _SCHANNEL), any(sign in words for sign in _OPENSSL)
    if windows is linux:
        return program
    return replace(program, client=on_system(program.client, words))


def _family(client: str | None) -> str | None:
    return client.removesuffix("-linux").removesuffix("-windows") if client else None
