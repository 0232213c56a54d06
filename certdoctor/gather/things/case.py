"""From sorted things to one request: what is looked at, what is held against it, and which server it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather.evidence import Request, endpoints
from certdoctor.gather.things.joining import joined
from certdoctor.gather.things.sorting import Sorted, with_pairs
from certdoctor.model.ids import ClientId
from certdoctor.model.log import LogFacts

_READ_MORE_THAN_PEM = frozenset(
    {ClientId.JDBC, ClientId.JAVA, ClientId.ODBC_WINDOWS, ClientId.SQLCLIENT_WINDOWS}
)
"""Clients whose stores take other formats too."""


def requests(found: Sorted, asked: Request) -> tuple[Request, ...]:
    """Return what is to be gathered: a request for each server, or one for the case without a server.

    ``asked`` holds what was named for what it is, and the options; with ``follow_log`` the server that logs and
    connection strings name is looked at.

    Raises:
        CannotLook: nothing that was given can be looked into.

    """
    files, logs = found.files, (*asked.read, *found.logs)
    servers = found.servers or ((asked.target,) if asked.target else ())
    named = () if servers else found.named
    if not (
        files
        or logs
        or servers
        or named
        or asked.cas
        or asked.certificate
        or asked.key
        or asked.chain_file
        or asked.logs
    ):
        raise CannotLook(
            "There is no certificate, no key and no log in what was given.",
            hint="; ".join(f"{one.name}: {one.understood}" for one in found.given[:8]) + "."
            if found.given
            else "",
        )
    if asked.follow_log and not servers and named:
        servers = (named[0].endpoint,)
    base = replace(asked, read=logs, examined=files, given=found.given)
    hosts = asked.hosts or _hosts(found, logs)
    if not servers:
        settings = asked.settings or (named[0].settings if len(named) == 1 else None)
        return (_with_roles(replace(base, subject=_subject(found), settings=settings), hosts),)
    return tuple(
        _with_roles(replace(base, target=server), asked.hosts or _host_of(server)) for server in servers
    )


def _subject(found: Sorted) -> str | None:
    return found.given[0].name if found.given else None


def _with_roles(request: Request, hosts: Sequence[str]) -> Request:
    """Give the files their roles; those that were named for what they are keep theirs."""
    clients = {event.client for log in request.read for event in log.events if event.client} | {
        name.partition("@")[0] for name in request.clients
    }
    case = joined(request.examined, hosts, any_format=bool(clients) and clients <= _READ_MORE_THAN_PEM)
    return replace(
        request,
        examined=case.files,
        given=with_pairs(request.given, case.pairs),
        known_chain=None if request.target or request.chain_file else case.chain,
        hosts=request.hosts if request.target else tuple(hosts),
    )


def _hosts(found: Sorted, logs: Sequence[LogFacts]) -> tuple[str, ...]:
    """Return the names of the server that the logs or the connection strings agree on."""
    from certdoctor.formats.targets import target as targets  # noqa: PLC0415 - few runs come here

    names = [one.certificate_host or one.host for one in found.named]
    for endpoint in endpoints(logs):
        try:
            names.append(targets.parse(endpoint).host)
        except UsageError:
            continue
    distinct = tuple(dict.fromkeys(names))
    return distinct if len(distinct) == 1 else ()


def _host_of(server: str) -> tuple[str, ...]:
    from certdoctor.formats.targets import target as targets  # noqa: PLC0415 - as above

    found = targets.parse(server)
    return tuple(name for name in (found.certificate_host, found.host) if name)


def besides(found: Sorted, asked: Request) -> Request:
    """Return what was given besides evidence files, to be joined with what is in them.

    Raises:
        UsageError: a server was given too, which saved evidence is not held against.

    """
    if found.servers:
        raise UsageError(
            "With saved evidence nothing is connected to, and a server was given too.",
            hint="Compare the two instead: save the server's evidence too (`save`), then certdoctor diff.",
        )
    more = replace(
        asked, target=None, read=(*asked.read, *found.logs), examined=found.files, given=found.given
    )
    return replace(_with_roles(more, asked.hosts), known_chain=None, hosts=asked.hosts)
