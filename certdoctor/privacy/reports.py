"""Reports without the names of hosts, users and addresses: the last thing before a report is written or saved.

Every string of the reports is looked at, whatever record it stands in, so a renderer has nothing to hide and
cannot forget anything. What certdoctor itself says (rules, causes, client ids) is left alone. Certificates are left
out but for their facts, and what identifies them becomes pseudonyms too; those of public CAs stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from itertools import pairwise
from typing import Any, TypeVar, cast

from certdoctor import __version__
from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.model.certificate import Certificate, PublicKey, UnreadExtension
from certdoctor.model.evidence import ClientSettings, Evidence, Redaction
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, KeyFacts, Oddity
from certdoctor.model.log import LogCertificate, LogEvent, LogFacts, Program
from certdoctor.model.plan import Policy
from certdoctor.model.report import Agreement, ClientVerdict, Remedy, Report
from certdoctor.model.rule import Rule
from certdoctor.model.store import Influence, Place, Store, StoreDefect
from certdoctor.model.trust import MissingIssuer, PathError, Trust
from certdoctor.model.wire import (
    AddressSeen,
    Failure,
    Handshake,
    Instance,
    Offer,
    Probe,
    Product,
    Reach,
    ServerMessage,
    Stage,
)
from certdoctor.privacy import certificates as disguise
from certdoctor.privacy.names import Names

T = TypeVar("T")

_NAMELIKE = re.compile(r"[.:,\\/@\d]")

_OUR_WORDS: dict[type, frozenset[str]] = {
    Report: frozenset({"cause"}),
    Evidence: frozenset({"clients"}),
    ClientVerdict: frozenset({"client", "title", "cause", "code", "causes", "basis"}),
    LogEvent: frozenset(
        {"cause", "also", "client", "client_version", "programs", "code", "side", "first_at", "last_at"}
    ),
    LogFacts: frozenset({"application"}),
    Program: frozenset({"name", "version", "client", "text"}),
    Agreement: frozenset({"claim"}),
    Handshake: frozenset({"protocol", "cipher", "alpn"}),
    Probe: frozenset({"software"}),
    Stage: frozenset({"name"}),
    Product: frozenset({"title", "name"}),
    Failure: frozenset({"stage", "answered_by"}),
    Instance: frozenset({"version"}),
    AddressSeen: frozenset({"version"}),
    Offer: frozenset({"name", "version"}),
    Reach: frozenset({"client", "clients", "drivers", "system", "why", "source"}),
    Trust: frozenset({"anchor_source", "roots", "interceptor"}),
    PathError: frozenset({"text", "cause"}),
    FileFacts: frozenset({"format"}),
    FileObject: frozenset({"kind", "encoding", "oddities"}),
    KeyFacts: frozenset({"container", "encryption"}),
    Oddity: frozenset({"slug", "refused_by"}),
    Certificate: frozenset({"signature_algorithm", "signature_digest", "key_usage"}),
    PublicKey: frozenset({"algorithm", "curve"}),
    UnreadExtension: frozenset({"name"}),
    ClientSettings: frozenset({"ssl_type", "application"}),
    Policy: frozenset({"digests", "tls_versions"}),
    Store: frozenset({"id", "clients", "readers"}),
    StoreDefect: frozenset({"slug"}),
    Influence: frozenset({"variable"}),
    Place: frozenset({"clients"}),
    Redaction: frozenset({"version"}),
}
"""Fields that hold words of certdoctor or of a standard: a host called "node" does not change them.

The checks decide by these words, and are run again on what is saved.
"""
_HOST_SETTINGS = ("host", "server", "hostNameInCertificate")


def pseudonymous(reports: Sequence[Report], names: Names | None = None) -> list[Report]:
    """Return the reports with pseudonyms, the same for the same name in all of them.

    ``names`` are those already known in this run; what the reports give away is added to them.
    """
    known = names if names is not None else Names()
    certificates = {c.sha256: c for report in reports for c in _records(report) if isinstance(c, Certificate)}
    public = frozenset(certificates) & _public() if certificates else frozenset()
    for sha256 in public:
        disguise.keep(certificates[sha256], known)
    for report in reports:
        _learn(report, known, public)
    return [_Hiding(known, public, report.evidence.observed_at).report(report) for report in reports]


def _public() -> frozenset[str]:
    from certdoctor.trust.building import public_prints  # noqa: PLC0415 - only where there are certificates

    return public_prints()


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


def _learn(report: Report, names: Names, public: frozenset[str]) -> None:
    """Learn first from the fields that hold names, then from every text."""
    evidence = report.evidence
    for text in _texts(report):
        names.reserve(text)
    _hosts(names, *evidence.hosts)
    if not isinstance(evidence.probe, Absent):
        _learn_target(evidence.subject, names)
    for record in _records(report):
        if isinstance(record, Certificate):
            if record.sha256 not in public:
                disguise.learn(record, names, evidence.observed_at)
        elif isinstance(record, LogCertificate):
            disguise.learn_logged(record, names, evidence.observed_at)
        elif type(record) in _LEARN:
            _LEARN[type(record)](record, names)
    for text in dict.fromkeys(_texts(report)):
        names.text(text)


def _distinguished(names: Names, *distinguished: str) -> None:
    for name in distinguished:
        names.distinguished(name)


def _settings(record: LogFacts | LogEvent, names: Names) -> None:
    for key in _HOST_SETTINGS:
        if value := record.settings.get(key):
            _learn_target(value, names)


def _event(event: LogEvent, names: Names) -> None:
    _learn_target(event.endpoint or "", names)
    _settings(event, names)


def _hosts(names: Names, *hosts: str | None) -> None:
    for host in hosts:
        if host:
            names.host(host)


_LEARN: dict[type, Callable[[Any, Names], None]] = {
    Handshake: lambda record, names: _distinguished(names, *record.acceptable_cas),
    MissingIssuer: lambda record, names: _distinguished(names, record.subject),
    FileObject: lambda record, names: names.word(record.name or "", "name"),
    ServerMessage: lambda record, names: _learn_target(record.server, names),
    Policy: lambda record, names: _hosts(names, *record.required_names),
    Probe: lambda record, names: _hosts(names, record.host),
    Instance: lambda record, names: _hosts(names, record.server),
    LogEvent: _event,
    LogFacts: _settings,
}
"""What is learnt from the fields of a record that hold names alone."""


def _learn_target(text: str, names: Names) -> None:
    if not text:
        return
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
        if isinstance(record, Certificate | PublicKey | UnreadExtension):  # learnt as such
            continue
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


class _Hiding:
    """Puts pseudonyms into one report."""

    def __init__(self, names: Names, public: frozenset[str], at: datetime) -> None:
        self._names = names
        self._public = public
        self._at = at

    def report(self, report: Report) -> Report:
        """Return the report with pseudonyms, and with the mark that it has them."""
        hidden = self._hidden(report)
        redaction = report.evidence.redaction or Redaction(version=__version__, at=self._at)
        return replace(hidden, evidence=replace(hidden.evidence, redaction=redaction))

    def _hidden(self, value: T) -> T:
        """Return a value of any kind with pseudonyms in its texts."""
        made: object = value
        if isinstance(value, Rule | Enum):
            return value
        if isinstance(value, str):
            made = self._names.hide(value)
        elif isinstance(value, bytes):
            made = b""
        elif isinstance(value, Certificate):
            made = value if value.sha256 in self._public else self._disguised(value)
        elif isinstance(value, LogCertificate):
            made = disguise.disguised_logged(cast("LogCertificate", self._hidden_record(value)), self._at)
        elif is_dataclass(value) and not isinstance(value, type):
            made = self._hidden_record(value)
        elif isinstance(value, tuple | list):
            made = type(value)(self._hidden(element) for element in value)
        elif isinstance(value, frozenset):
            made = frozenset(self._hidden(element) for element in value)
        elif isinstance(value, dict):
            made = {key: self._hidden(element) for key, element in value.items()}
        return cast("T", made)

    def _disguised(self, certificate: Certificate) -> Certificate:
        hidden = cast("Certificate", self._hidden_record(certificate))
        return disguise.disguised(certificate, hidden, self._names, self._at)

    def _hidden_record(self, record: Any) -> object:  # noqa: ANN401 - any of the frozen records
        ours = _OUR_WORDS.get(type(record), frozenset())
        changed = {
            item.name: self._hidden(old)
            for item in fields(record)
            if item.init and item.name not in ours and (old := getattr(record, item.name)) is not None
        }
        return replace(record, **changed)
