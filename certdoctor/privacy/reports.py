"""Puts pseudonyms into reports, between ``diagnose`` and ``render``, before a report is written or saved.

Every string of the reports, in any record, is processed, so that no renderer has to hide names or can forget one.
Pseudonyms keep the shape of names, so that the checks judge them alike. certdoctor's own words (rules, causes, client
ids) stay. Of certificates only redacted facts are kept, except those of public CAs, which stay unchanged.
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
from certdoctor.model.report import Agreement, ClientVerdict, Difference, Remedy, Report, Side
from certdoctor.model.rule import Rule
from certdoctor.model.store import Influence, Place, Store, StoreDefect
from certdoctor.model.trust import Held, MissingIssuer, PathError, SystemTrust, Trust
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
from certdoctor.privacy import certificates
from certdoctor.privacy.names import Names

T = TypeVar("T")

_NAMELIKE = re.compile(r"[.:,\\/@\d]")

_OUR_WORDS: dict[type, frozenset[str]] = {
    Report: frozenset({"cause"}),
    Evidence: frozenset({"clients", "compared"}),
    ClientVerdict: frozenset({"client", "title", "cause", "code", "causes", "basis"}),
    Side: frozenset({"name", "client", "settings", "checks", "trusts", "cause", "code", "connects_in"}),
    Difference: frozenset({"what", "first", "second"}),
    LogEvent: frozenset(
        {
            "cause",
            "also",
            "client",
            "client_version",
            "programs",
            "code",
            "side",
            "first_at",
            "last_at",
            "language",
        }
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
    Held: frozenset({"clients"}),
    SystemTrust: frozenset({"readers"}),
    Redaction: frozenset({"version"}),
}
"""Fields that hold words of certdoctor or of a standard, which stay even if a host is called "node".

The checks depend on these words, and are run again on saved evidence.
"""
_HOST_SETTINGS = ("host", "server", "hostNameInCertificate")


def pseudonymous(reports: Sequence[Report], names: Names | None = None) -> list[Report]:
    """Return the reports with pseudonyms; a name has the same one in all of them.

    ``names`` holds the names already known in this run; the names in the reports are added to it.
    """
    known = names if names is not None else Names()
    by_sha256 = {c.sha256: c for report in reports for c in _records(report) if isinstance(c, Certificate)}
    public = frozenset(by_sha256) & _public() if by_sha256 else frozenset()
    for sha256 in public:
        certificates.keep(by_sha256[sha256], known)
    for report in reports:
        _learn(report, known, public)
    return [_Pseudonymiser(known, public, report.evidence.observed_at).report(report) for report in reports]


def _public() -> frozenset[str]:
    from certdoctor.trust.building import public_prints  # noqa: PLC0415 - only where there are certificates

    return public_prints()


def sentence(text: str, arguments: Sequence[str]) -> str:
    """Return a message with pseudonyms for the names in the command line."""
    names = Names()
    for before, argument in pairwise(arguments):
        if argument.startswith("-"):
            continue
        names.text(argument)
        # The value of an option may be a word of certdoctor: "--redact all", "--format json".
        if not before.startswith("-") or before == "--host" or _NAMELIKE.search(argument):
            _learn_target(argument, names)
    names.text(text)
    return names.hide(text)


def _learn(report: Report, names: Names, public: frozenset[str]) -> None:
    """Learn the names in a report: first from fields that hold only names, then from every text."""
    evidence = report.evidence
    for text in _texts(report):
        names.reserve(text)
    _hosts(names, *evidence.hosts)
    if not isinstance(evidence.probe, Absent):
        _learn_target(evidence.subject, names)
    for record in _records(report):
        if isinstance(record, Certificate):
            if record.sha256 not in public:
                certificates.learn(record, names, evidence.observed_at)
        elif isinstance(record, LogCertificate):
            certificates.learn_logged(record, names, evidence.observed_at)
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
"""Functions that learn from the fields of a record that hold only names."""


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


class _Pseudonymiser:
    """Replaces the names in one report by pseudonyms."""

    def __init__(self, names: Names, public: frozenset[str], at: datetime) -> None:
        self._names = names
        self._public = public
        self._at = at

    def report(self, report: Report) -> Report:
        """Return the report with pseudonyms and its ``redaction`` set."""
        hidden = self._hidden(report)
        redaction = report.evidence.redaction or Redaction(version=__version__, at=self._at)
        return replace(hidden, evidence=replace(hidden.evidence, redaction=redaction))

    def _hidden(self, value: T) -> T:
        """Return a value of any type with pseudonyms in its texts."""
        made: object = value
        if isinstance(value, Rule | Enum):
            return value
        if isinstance(value, str):
            made = self._names.hide(value)
        elif isinstance(value, bytes):
            made = b""
        elif isinstance(value, Certificate):
            made = value if value.sha256 in self._public else self._redacted(value)
        elif isinstance(value, LogCertificate):
            made = certificates.redacted_logged(cast("LogCertificate", self._hidden_record(value)), self._at)
        elif is_dataclass(value) and not isinstance(value, type):
            made = self._hidden_record(value)
        elif isinstance(value, tuple | list):
            made = type(value)(self._hidden(element) for element in value)
        elif isinstance(value, frozenset):
            made = frozenset(self._hidden(element) for element in value)
        elif isinstance(value, dict):
            made = {key: self._hidden(element) for key, element in value.items()}
        return cast("T", made)

    def _redacted(self, certificate: Certificate) -> Certificate:
        hidden = cast("Certificate", self._hidden_record(certificate))
        return certificates.redacted_facts(certificate, hidden, self._names, self._at)

    def _hidden_record(self, record: Any) -> object:  # noqa: ANN401 - any of the frozen records
        ours = _OUR_WORDS.get(type(record), frozenset())
        changed = {
            item.name: self._hidden(old)
            for item in fields(record)
            if item.init and item.name not in ours and (old := getattr(record, item.name)) is not None
        }
        return replace(record, **changed)
