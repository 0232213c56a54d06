"""Reports without the names of hosts, users and addresses: the last thing before a report is written.

Every string of the reports is looked at, whatever record it stands in, so a renderer has nothing to hide and
cannot forget anything. What certdoctor itself says (rules, causes, client ids) is left alone; the bytes of
certificates, in which names stand as well, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Any, TypeVar, cast

from certdoctor.errors import UsageError
from certdoctor.formats import target as targets
from certdoctor.formats.naming import Names
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.log import LogCertificate, LogEvent, LogFacts, Program
from certdoctor.model.report import Agreement, ClientVerdict, Remedy, Report
from certdoctor.model.rule import Rule
from certdoctor.model.store import Store
from certdoctor.model.wire import Handshake, Instance, Probe

T = TypeVar("T")

_NAMELIKE = re.compile(r"[.:,\\/@\d]")

_OUR_WORDS: dict[type, frozenset[str]] = {
    Report: frozenset({"cause"}),
    ClientVerdict: frozenset({"client", "title", "cause", "code", "causes", "basis"}),
    LogEvent: frozenset(
        {"cause", "also", "client", "client_version", "programs", "code", "side", "first_at", "last_at"}
    ),
    LogFacts: frozenset({"application"}),
    Program: frozenset({"name", "version", "client", "text"}),
    Agreement: frozenset({"claim"}),
    Handshake: frozenset({"protocol", "cipher", "alpn"}),
    Probe: frozenset({"protocol"}),
    Store: frozenset({"id"}),
    Certificate: frozenset(
        {"sha1", "sha256", "signature_algorithm", "signature_digest", "subject_key_id", "authority_key_id"}
    ),
}
"""Fields that hold words of certdoctor or of a standard: a host called "node" does not change them."""
_HOST_SETTINGS = ("host", "server", "hostNameInCertificate")


def pseudonymous(reports: Sequence[Report], names: Names | None = None) -> list[Report]:
    """Return the reports with pseudonyms, the same for the same name in all of them.

    ``names`` are those already known in this run; what the reports give away is added to them.
    """
    known = names if names is not None else Names()
    for report in reports:
        _learn(report, known)
    return [_hidden(report, known) for report in reports]


def sentence(text: str, arguments: Sequence[str]) -> str:
    """Return a message about a command line with pseudonyms for what the command line names."""
    names = Names()
    for before, argument in pairwise(arguments):
        if argument.startswith("-"):
            continue
        names.text(argument)
        # What follows an option may be a word of ours: "--redact all", "--format json".
        if not before.startswith("-") or before == "--host" or _NAMELIKE.search(argument):
            _learn_target(argument, names)
    names.text(text)
    return names.hide(text)


def _learn(report: Report, names: Names) -> None:
    """Learn first from the fields that hold names, then from every text."""
    evidence = report.evidence
    for host in evidence.hosts:
        names.host(host)
    if not isinstance(evidence.probe, Absent):
        _learn_target(evidence.subject, names)
    for record in _records(report):
        _learn_record(record, names)
    for text in dict.fromkeys(_texts(report)):
        names.text(text)


def _learn_record(record: object, names: Names) -> None:
    for name in _hosts_of(record):
        if name:
            names.host(name)
    if isinstance(record, LogEvent) and record.endpoint:
        _learn_target(record.endpoint, names)
    if isinstance(record, LogEvent | LogFacts):
        for key in _HOST_SETTINGS:
            if value := record.settings.get(key):
                _learn_target(value, names)


def _hosts_of(record: object) -> tuple[str | None, ...]:
    if isinstance(record, Certificate):
        common_name = None if record.is_ca else record.common_name
        return (*record.dns_names, *record.ip_addresses, common_name)
    if isinstance(record, LogCertificate):
        return (record.host, *record.dns_names, *record.ip_addresses, record.common_name)
    if isinstance(record, Probe):
        return (record.host,)
    return (record.server,) if isinstance(record, Instance) else ()


def _learn_target(text: str, names: Names) -> None:
    try:
        names.host(targets.parse(text).host)
    except UsageError:
        names.text(text)


def _records(value: object) -> Iterator[object]:
    if isinstance(value, Rule | Enum | Remedy):  # what a remedy names, the evidence names
        return
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for item in fields(value):
            yield from _records(getattr(value, item.name))
    elif isinstance(value, tuple | frozenset | list):
        for element in value:
            yield from _records(element)
    elif isinstance(value, dict):
        yield from _records(tuple(value.values()))


def _texts(report: Report) -> Iterator[str]:
    for record in _records(report):
        ours = _OUR_WORDS.get(type(record), frozenset())
        for item in fields(cast("Any", record)):
            if item.name not in ours:
                yield from _strings(getattr(record, item.name))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | frozenset | list):
        for element in value:
            yield from _strings(element)
    elif isinstance(value, dict):
        yield from _strings(tuple(value.values()))


def _hidden(value: T, names: Names) -> T:
    """Return a value of any kind with pseudonyms in its texts."""
    made: object = value
    if isinstance(value, Rule | Enum):
        return value
    if isinstance(value, str):
        made = names.hide(value)
    elif is_dataclass(value) and not isinstance(value, type):
        made = _hidden_record(value, names)
    elif isinstance(value, tuple | list):
        made = type(value)(_hidden(element, names) for element in value)
    elif isinstance(value, frozenset):
        made = frozenset(_hidden(element, names) for element in value)
    elif isinstance(value, dict):
        made = {key: _hidden(element, names) for key, element in value.items()}
    return cast("T", made)


def _hidden_record(record: Any, names: Names) -> object:  # noqa: ANN401 - any of the frozen records
    ours = _OUR_WORDS.get(type(record), frozenset())
    changed = {
        item.name: b"" if isinstance(old, bytes) else _hidden(old, names)
        for item in fields(record)
        if item.init and item.name not in ours and (old := getattr(record, item.name)) is not None
    }
    return replace(record, **changed)
