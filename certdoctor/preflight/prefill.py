"""Connections of a preflight file from connection strings and logs, without users and passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.formats.targets.connection_strings import key, pairs, words
from certdoctor.logs.surroundings.settings import client_settings
from certdoctor.model.evidence import ClientSettings, Target
from certdoctor.model.log import LogFacts
from certdoctor.model.plan import Connection

_CERTIFICATE = (
    "sslcert",
    "ssl-cert",
    "sslcertificate",
    "clientcertificate",
    "tlscertificatekeyfile",
    "certificatefile",
)
_KEY = ("sslkey", "ssl-key", "clientkey", "certificatekeyfile")
"""Names of the keys in drivers' own spelling, as ``pairs.key`` makes them: libpq and Npgsql, MySQL, JDBC, MongoDB."""


def from_connection_string(text: str) -> Connection:
    """Return the connection that a string or URL describes, without its secrets.

    Raises:
        UsageError: it names no server; the message never repeats the string.

    """
    target = targets.parse(text)
    options = _options(text.strip())
    return _connection(
        target,
        target.settings,
        certificate=next((options[k] for k in _CERTIFICATE if options.get(k)), None),
        key=next((options[k] for k in _KEY if options.get(k)), None),
    )


def from_log(facts: LogFacts) -> Iterator[Connection]:
    """Yield the servers that a log names, without duplicates, with the settings that it mentions."""
    settings = client_settings(facts)
    seen: set[str] = set()
    for endpoint in _endpoints(facts):
        try:
            target = targets.parse(endpoint)
        except UsageError:
            continue  # the log's text may not be a valid endpoint
        if target.endpoint not in seen:
            seen.add(target.endpoint)
            client = "electron" if (facts.application or "").casefold() == "hackolade" else None
            yield replace(
                _connection(
                    target,
                    settings,
                    certificate=facts.settings.get("clientCert"),
                    key=facts.settings.get("clientPrivateKey"),
                ),
                clients=(client,) if client else None,
            )


def _endpoints(facts: LogFacts) -> Iterator[str]:
    yield from (event.endpoint for event in facts.events if event.endpoint)
    host = facts.settings.get("host") or facts.settings.get("server")
    if host:
        port = facts.settings.get("port")
        yield f"{host},{port}" if port else host


def named_apart(connections: Iterator[Connection] | list[Connection]) -> tuple[Connection, ...]:
    """Rename connections so that every name is unique."""
    taken: set[str] = set()
    found: list[Connection] = []
    for connection in connections:
        name, number = connection.name, 1
        while name in taken:
            number += 1
            name = f"{connection.name}-{number}"
        taken.add(name)
        found.append(replace(connection, name=name))
    return tuple(found)


def _connection(
    target: Target, settings: ClientSettings, *, certificate: str | None, key: str | None
) -> Connection:
    return Connection(
        name=f"{target.host}-{target.instance}" if target.instance else target.host,
        target=_address(target),
        hosts=(target.certificate_host,) if target.certificate_host else None,
        ca=(settings.ca_path,) if settings.ca_path else None,
        certificate=certificate or None,
        key=key or None,
        encrypt=_encrypt(settings),
        trust_server_certificate=settings.trust_server_certificate,
    )


def _encrypt(settings: ClientSettings) -> str | None:
    if settings.strict:
        return "strict"
    return None if settings.encrypt is None else "yes" if settings.encrypt else "no"


def _address(target: Target) -> str:
    """Return the target without anything that came with it; a protocol of its own goes into the scheme."""
    if target.protocol.is_tds:
        return f"admin:{target.endpoint}" if target.dac and not target.ask_browser else target.endpoint
    return f"{target.protocol}://{target.endpoint}"


def _options(text: str) -> Mapping[str, str]:
    scheme, mark, rest = text.partition("://")
    if mark and re.fullmatch(r"[A-Za-z][\w+.:-]*", scheme):
        if ";" in rest and scheme.lower().endswith("sqlserver"):
            return pairs(rest.partition(";")[2])
        try:
            return {
                key(k): v for k, v in parse_qsl(urlsplit(rest and f"x://{rest}").query, max_num_fields=100)
            }
        except ValueError:
            return {}
    if "=" not in text:
        return {}
    return words(text) if ";" not in text and re.search(r"\bhost(addr)?\s*=", text) else pairs(text)
