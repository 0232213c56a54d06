"""The remedy book: every remedy by its name. Rules name them, diagnosis fills them in.

"Switch the server's demand for encryption off" is left out on purpose: it trades a refused connection
for a password in clear text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from certdoctor.model.ids import Database, Protocol
from certdoctor.model.report import Remedy
from certdoctor.remedies import network, silence
from certdoctor.remedies.client import files, machine, settings, trust, verification
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server import certificates, configuration, policy

Writer = Callable[[RemedyContext], Remedy]


def _named(*writers: Writer) -> Mapping[str, Writer]:
    names: dict[str, Writer] = {}
    for writer in writers:
        name = writer.__name__.replace("_", "-")
        if name in names:
            raise ValueError(f"two remedies are named {name}")
        names[name] = writer
    return MappingProxyType(names)


REMEDIES: Mapping[str, Writer] = _named(
    *trust.FAMILY,
    *certificates.FAMILY,
    *configuration.FAMILY,
    *settings.FAMILY,
    *verification.FAMILY,
    *machine.FAMILY,
    *files.FAMILY,
    *network.FAMILY,
    *silence.FAMILY,
    *policy.FAMILY,
)
"""Name of a remedy to the function that writes it for a situation."""

_ONLY_FOR: Mapping[str, frozenset[Database]] = MappingProxyType(
    {
        "use-strict": frozenset({Database.SQL_SERVER}),
        "allow-tds7": frozenset({Database.SQL_SERVER}),
        "upgrade-the-driver": frozenset({Database.SQL_SERVER}),
        "name-the-port": frozenset({Database.SQL_SERVER}),
        "start-the-browser": frozenset({Database.SQL_SERVER}),
        "set-host-name-in-certificate": frozenset({Database.SQL_SERVER, Database.POSTGRESQL}),
    }
)
"""Remedies that not every database has, with those that have them."""


def offered(name: str, protocol: Protocol) -> bool:
    """Whether the remedy of that name means anything for a server of that protocol."""
    databases = _ONLY_FOR.get(name)
    return databases is None or protocol.database in databases


def remedy(name: str, situation: RemedyContext) -> Remedy:
    """Return the remedy of that name, filled in for the situation.

    Raises:
        ValueError: the book has no such remedy: a mistake in a rule, never of the user.

    """
    try:
        writer = REMEDIES[name]
    except KeyError:
        raise ValueError(f"there is no remedy named {name}") from None
    return writer(situation)
