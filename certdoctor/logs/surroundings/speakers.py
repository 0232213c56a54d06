"""Which client failed, in which version, and with what programs: the words of a failure and what is named near it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from certdoctor.clients import named
from certdoctor.logs.surroundings.program_forms import ORDER
from certdoctor.logs.surroundings.programs import Sighting
from certdoctor.model.ids import ClientId
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
_RELATIVES = {
    client: frozenset(one for one in ClientId if one.family == client.family) for client in ClientId
}
_EITHER_SYSTEM = frozenset(client.family for client in ClientId if client.value != client.family)
"""Families of clients that exist for Windows (Schannel) and for Linux (OpenSSL)."""
_PLACES = {entry.client.family: in_logs.speaks for entry, in_logs in named()}
"""Of several that are named, the one that does the TLS comes first: a driver before the language that called it."""
_RUNTIMES = {entry.client: in_logs.runs_on for entry, in_logs in named()}
"""The clients whose words a driver passes on."""
_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who said it."""

    client: ClientId | None
    version: str | None = None
    programs: tuple[Program, ...] = ()


def on_system(client: ClientId, words: str) -> ClientId:
    """Return the client of the same family that the words around show; without any sign of Windows, that of Linux."""
    if client.family not in _EITHER_SYSTEM:
        return client
    return ClientId(f"{client.family}-{'windows' if any(sign in words for sign in _SCHANNEL) else 'linux'}")


def speaker(
    guess: ClientId | None,
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
    near = [one for one in near if not one.form.server]
    client = guess
    if drivers := _drivers_on(guess, near):
        client = min(drivers, key=_place)
    elif not certain:
        foreign = guess is not None or any(one.form.language for one in near)
        there = [one.form.client for one in near if one.form.client and not (foreign and one.form.beneath)]
        if there and (guess is None or _RELATIVES[guess].isdisjoint(there)):
            client = on_system(min(there, key=_place), words)
    family = _RELATIVES[client] if client else frozenset()
    told = [
        *near,
        *_joining(near, elsewhere, family | (_RUNTIMES.get(client, frozenset()) if client else frozenset())),
    ]
    versions = {one.program.version for one in told if one.form.is_client and one.form.client in family}
    versions.discard(None)
    return Speaker(
        client=client,
        version=versions.pop() if len(versions) == 1 else None,
        programs=tuple(_placed(one.program, words) for one in _best(told) if not one.form.server)[:_MOST],
    )


def _place(client: ClientId) -> int:
    return _PLACES[client.family]


def _drivers_on(guess: ClientId | None, near: Sequence[Sighting]) -> list[ClientId]:
    """Return the drivers named beside the words of their runtime; none where one of the runtime's own is named too."""
    if guess is None:
        return []
    own = _RELATIVES[guess]
    if any(one.form.client in own and not (one.form.is_client and one.form.serves) for one in near):
        return []
    named_here = {one.form.client for one in near if one.form.client}
    return [client for client in named_here if guess in _RUNTIMES.get(client, ())]


def _joining(
    near: Sequence[Sighting], elsewhere: Sequence[Sighting], family: frozenset[ClientId]
) -> Iterable[Sighting]:
    """Yield what was named elsewhere and belongs to this failure: an application, where only one is named.

    Besides the version of a program that is named here without one, the program that the client's versions count, what
    that runs on, and the application with its plug-in.
    """
    applications = [one for one in elsewhere if one.form.application]
    if len({one.program.name for one in applications}) == 1 and not any(one.form.application for one in near):
        yield applications[0]
    if not family:
        return
    here = {one.program.name: one.program.version for one in near}
    for one in elsewhere:
        of_client = one.form.client in family
        runtime = not family.isdisjoint(one.form.serves) and (one.form.client is None or one.form.is_client)
        joins = (
            one.program.name in here or runtime or (of_client and (one.form.is_client or not one.form.serves))
        )
        known = one.program.name in here and (here[one.program.name] or not one.program.version)
        if joins and not known:
            yield one


def servers(near: Sequence[Sighting]) -> tuple[Program, ...]:
    """Return the servers among the programs of an entry that a server wrote."""
    return tuple(one.program for one in _best([one for one in near if one.form.server]))


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
    return replace(program, client=f"{program.client}-{'windows' if windows else 'linux'}")
