"""Sorts what was given by its content: logs, certificates and keys, evidence, plans, servers, error texts."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError, fault
from certdoctor.formats.archives.unpack import MAX_PACKED, is_archive, not_opened
from certdoctor.formats.targets import target as targets
from certdoctor.formats.text.limits import Limits
from certdoctor.gather.files import packed, reading
from certdoctor.gather.files.folders import Closed, walk
from certdoctor.gather.files.opening import STDIN
from certdoctor.gather.logs import reading as log_reading
from certdoctor.gather.logs.sources import BLOCK, Source
from certdoctor.gather.things import words
from certdoctor.gather.things.words import Word
from certdoctor.model.evidence import Given, Target
from certdoctor.model.files import FileFacts, Form, Lock, Role
from certdoctor.model.lean import dataclass
from certdoctor.model.log import GIVEN_TEXT, LogFacts
from certdoctor.model.saved import COLLECTED_ENDING, COLLECTED_MARK, ENDING, MARK

MAX_FILES = 2_000
"""Files of all folders and archives together."""
SECONDS = 60.0
"""For all of them; a file that was begun is read to its end."""
_HEAD = 1 << 16
_REPORT = re.compile(rb'\s*\{\s*"schema": ?"certdoctor')
"""A report as ``--format json`` writes it, which is no evidence: reading it as such says so."""
_PLAN = re.compile(rb"(?m)^\s{0,8}\[\[connection\]\]")
_STRINGS = re.compile(
    r"""(?im)(?:jdbc:\w+(?::\w+)?|sqlserver|mssql|postgres(?:ql)?|mysql|mariadb|mongodb)://[^\s"'<>]{3,400}"""
    r"""|\b(?:Data Source|Server|Addr|Address|Network Address)\s*=\s*[^;\s"'<>]{1,200};[^\n"'<>]{0,600}"""
)
_DSN_FILE = re.compile(
    r"(?im)^[ \t]*(server|servername|address|host|port|encrypt|trustservercertificate|sslmode)[ \t]*=[ \t]*(\S.*)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The things, by what they are."""

    given: tuple[Given, ...] = ()
    """Each of them, and how it was understood, in order."""
    servers: tuple[str, ...] = field(default=(), repr=False)
    """To be looked at; as given, so that they may hold passwords."""
    files: tuple[FileFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    evidence: tuple[str, ...] = ()
    """Names of evidence files."""
    plans: tuple[str, ...] = ()
    """Names of preflight files."""
    named: tuple[Target, ...] = ()
    """Servers that connection strings in files name."""


def sort(things: Sequence[str], *, password: bytes | None = None, limits: Limits | None = None) -> Sorted:
    """Sort things; folders and archives are looked into.

    ``password`` is tried on every encrypted key and container.

    Raises:
        CannotLook: a name is that of a file that is not there or cannot be read.
        UsageError: a thing is empty, or none of these.

    """
    sorting = _Sorting(password, limits)
    kinds = [(thing, words.kind_of(thing)) for thing in things]
    for thing, kind in kinds:
        match kind:
            case Word.FILE:
                sorting.path(thing)
            case Word.SERVER:
                sorting.server(thing)
            case Word.TEXT:
                sorting.text(thing)
    return sorting.result()


class _Sorting:
    def __init__(self, password: bytes | None, limits: Limits | None) -> None:
        self._password = password
        self._limits = limits or Limits()
        self._given: list[Given] = []
        self._servers: list[str] = []
        self._files: list[FileFacts] = []
        self._logs: list[LogFacts] = []
        self._evidence: list[str] = []
        self._plans: list[str] = []
        self._named: list[Target] = []
        self._count = 0
        self._end = time.monotonic() + SECONDS
        self._cut_short = False

    def result(self) -> Sorted:
        """Return what was found."""
        return Sorted(
            given=tuple(self._given),
            servers=tuple(dict.fromkeys(self._servers)),
            files=tuple(self._files),
            logs=tuple(self._logs),
            evidence=tuple(self._evidence),
            plans=tuple(self._plans),
            named=tuple(self._named),
        )

    def server(self, word: str) -> None:
        """Take a host, a URL or a connection string."""
        named = words.of_dsn(word)
        found = targets.parse(named)
        kind = "server" if not re.search(r"[=/]", word) else "connection string"
        self._servers.append(named)
        self._say(found.endpoint, f"{kind}, {found.protocol.database.value}")

    def text(self, word: str) -> None:
        """Take the text of an error."""
        [log] = self._read_log(GIVEN_TEXT, word.encode("utf-8", "replace"))
        self._logs.append(log)
        causes = dict.fromkeys(event.cause for event in log.events)
        self._say(GIVEN_TEXT, f"words of an error: {', '.join(causes)}" if causes else _NOT_KNOWN)

    def path(self, name: str) -> None:
        """Take a file, or all that is in a folder or archive."""
        if Path(name).is_dir():
            self._folder(name)
        elif name == STDIN:
            self._take(name, sys.stdin.buffer.read(MAX_PACKED), named=True)
        else:
            self._file(name, named=True)

    def _folder(self, name: str) -> None:
        for found in walk(name, archives=True):
            if isinstance(found, Closed):
                self._shut(found)
            elif found is not None:
                if self._late(name):
                    return
                try:
                    self._file(str(Path(found)), named=False)
                except CannotLook as error:
                    self._shut(Closed(found, str(error)))

    def _file(self, name: str, *, named: bool) -> None:
        """Read one file; a large log is read block by block."""
        large = Path(name).is_file() and Path(name).stat().st_size > self._limits.size
        if large and not packed.is_packed(name):
            self._logs_of(name, log_reading.read(name), named=named, whole=True)
            return
        if packed.is_packed(name):
            self._archive(name, packed.content(name))
            return
        self._take(name, reading.load(name, max_size=MAX_PACKED), named=named)

    def _archive(self, name: str, content: packed.Content) -> None:
        for path, data in content.files.items():
            if self._late(name):
                return
            self._take(path, data, named=False)
        for closed in content.closed:
            self._shut(closed)
        if not content.files and not content.closed:
            self._shut(Closed(name, f"{name} is an archive without files."))

    def _late(self, where: str) -> bool:
        self._count += 1
        if self._count <= MAX_FILES and time.monotonic() < self._end:
            return False
        if not self._cut_short:
            self._cut_short = True
            self._shut(
                Closed(
                    where,
                    f"Of {where} {self._count - 1:,} files were looked into, the others not: give fewer.",
                )
            )
        return True

    def _shut(self, closed: Closed) -> None:
        """Note what was not looked into, so that nothing is called healthy for it."""
        self._logs.append(LogFacts(path=closed.path, lines=0, left_out=closed.reason))
        self._say(
            closed.path, f"not looked into: {closed.reason.removeprefix(closed.path).strip().rstrip('.')}"
        )

    def _plan(self, name: str, *, named: bool) -> None:
        """Keep a preflight file; whoever sent it in a folder or archive does not decide what is connected to."""
        if not named:
            reason = f"{name} is a preflight file, which names servers: it is used when it is given by its own name."
            self._shut(Closed(name, reason))
            return
        self._plans.append(name)
        self._say(name, "preflight file")

    def _take(self, name: str, data: bytes, *, named: bool) -> None:
        """Sort one file by its content."""
        if is_archive(data):  # of standard input; those of files are known already
            self._archive(name, packed.of_bytes(data, name))
            return
        if (kind := not_opened(data)) is not None:
            self._shut(Closed(name, f"{name} is {kind}, which is not opened here: unpack it first."))
            return
        head = data[:_HEAD]
        if (evidence := _evidence(head, name)) is not None:
            self._evidence.append(name)
            self._say(name, evidence)
            return
        if _PLAN.search(head) and Path(name).suffix.lower() == ".toml":
            self._plan(name, named=named)
            return
        facts = self._examined(name, data)
        if facts.objects:
            self._files.append(facts)
            self._say(name, summary(facts))
            if not _has_more_text(facts, data):
                return
        elif facts.unreadable is None and facts.format not in _TEXTS:
            self._not_looked_at(name, facts, named=named)
            return
        logs = self._read_log(name, data)
        self._logs_of(name, logs, named=named and not facts.objects, whole=facts.format == Form.LOG)
        if len(data) <= self._limits.size:
            self._strings(name, data)

    def _examined(self, name: str, data: bytes) -> FileFacts:
        from certdoctor.formats.files import examine  # noqa: PLC0415 - loads cryptography, which logs need not

        try:
            return examine(data, path=name, role=Role.ANY, password=self._password, limits=self._limits)
        except Exception as error:  # noqa: BLE001 - one file never ends the run of the others
            return FileFacts(
                path=name,
                role=Role.ANY,
                size=len(data),
                format=Form.UNKNOWN,
                unreadable=f"{name}: {fault(error)}.",
            )

    def _read_log(self, name: str, data: bytes) -> tuple[LogFacts, ...]:
        def blocks() -> Iterator[bytes]:
            for at in range(0, len(data), BLOCK):
                yield data[at : at + BLOCK]

        return (log_reading.read_one(Source(name=name, blocks=blocks)),)

    def _logs_of(self, name: str, logs: Sequence[LogFacts], *, named: bool, whole: bool) -> None:
        for log in logs:
            if log.events or log.left_out or log.settings or log.certificates:
                self._logs.append(log)
                self._say(log.path, log_words(log))
            elif whole or named:
                # That a log is silent is an answer; that a note holds no failure is none.
                self._logs.append(log)
                self._say(name, f"log: no failure in its {log.lines:,} line{'' if log.lines == 1 else 's'}")
            else:
                self._say(name, "text, nothing of certificates or failures in it")

    def _not_looked_at(self, name: str, facts: FileFacts, *, named: bool) -> None:
        if named or facts.format in {Form.DER_CUT, Form.EMPTY, Form.ZEROS, Form.PRINTED}:
            self._files.append(facts)
        self._say(name, f"{facts.format}, not looked at")

    def _strings(self, name: str, data: bytes) -> None:
        """Find the servers that connection strings of a file name; they are looked at only when asked for."""
        text = data[: 1 << 20].decode("utf-8", "replace")
        found: list[Target] = []
        for match in _STRINGS.finditer(text):
            try:
                found.append(targets.parse(match[0].rstrip(".,)")))
            except UsageError:
                continue
        if not found and re.search(r"(?m)^[ \t]*\[[\w ]+\]\s*?$", text):
            pairs = {one[1].lower(): one[2].rstrip() for one in _DSN_FILE.finditer(text)}
            try:
                found = (
                    [targets.parse(";".join(f"{key}={value}" for key, value in pairs.items()))]
                    if pairs
                    else []
                )
            except UsageError:
                found = []
        for one in dict.fromkeys(target.endpoint for target in found):
            self._say(name, f"names the server {one}")
        self._named += found

    def _say(self, name: str, understood: str) -> None:
        """Note how a thing was understood; of one thing all that was understood stands in one line."""
        if self._given and self._given[-1].name == name:
            last = self._given.pop()
            understood = f"{last.understood}; {understood}"
            if last.understood.startswith("text, nothing"):
                understood = understood.partition("; ")[2]
        self._given.append(Given(name=name, understood=understood))


def _evidence(head: bytes, name: str) -> str | None:
    """Say what kind of evidence a file is; None for any other file."""
    if COLLECTED_MARK in head[:256] or name.lower().endswith(COLLECTED_ENDING):
        return "what a collector has recorded"
    if MARK in head[:256] or _REPORT.match(head) or name.lower().endswith(ENDING):
        return "evidence that certdoctor saved"
    return None


_NOT_KNOWN = "words that are not known as those of a failure"
_TEXTS = frozenset(
    {Form.LOG, Form.TEXT, Form.JSON, Form.XML, Form.HTML, Form.MAIL, Form.UNKNOWN, Form.PRINTED}
)
_MOST_TEXT = 3
"""Where a file has more than this many times the bytes of the certificates in it, its text is read as a log too."""
_PEM_SIZE = 2_048


def _has_more_text(facts: FileFacts, data: bytes) -> bool:
    pieces = sum(one.encoding == "PEM" for one in facts.objects)
    return bool(pieces) and len(data) > _MOST_TEXT * pieces * _PEM_SIZE


def summary(facts: FileFacts) -> str:
    """Say what a file of certificates and keys is, in a line: "CA certificate "Corp Root", written as DER"."""
    parts = [_named(one.label, one.is_ca is True) for one in facts.certificates[:3]]
    if len(facts.certificates) > len(parts):
        parts = [f"{len(facts.certificates)} certificates"]
    parts += [_lock_words(key.lock, key.container) for key in facts.keys]
    others = [one.kind for one in facts.objects if one.certificate is None and one.key is None]
    parts += list(dict.fromkeys(others))
    encodings = {one.encoding for one in facts.objects}
    written = "" if encodings == {"PEM"} else f", written as {', '.join(sorted(encodings))}"
    return "; ".join(parts) + written


def _named(label: str, is_ca: bool) -> str:  # noqa: FBT001 - a fact of the certificate
    return f'{"CA certificate" if is_ca else "certificate"} "{label}"'


def _lock_words(lock: Lock, container: str) -> str:
    words_of = {
        Lock.OPEN: "private key without a password",
        Lock.OPENED: "private key that the password opens",
        Lock.PASSWORD_REQUIRED: "private key under a password",
        Lock.WRONG_PASSWORD: "private key that the password given does not open",
        Lock.PASSWORD_NOT_NEEDED: "private key without a password",
        Lock.UNSUPPORTED: "private key in an encryption that cannot be opened here",
        Lock.DAMAGED: "damaged private key",
    }
    return f"{words_of[lock]} ({container})"


def log_words(log: LogFacts) -> str:
    """Say what a log is, in a line: "log: Hackolade, 1 failure, sql01.corp.example:1433"."""
    if log.left_out and not log.lines:
        return f"not looked into: {log.left_out.removeprefix(log.path).strip().rstrip('.')}"
    failures = [event for event in log.events if event.cause != "no-problem"]
    endpoints = list(dict.fromkeys(event.endpoint for event in failures if event.endpoint))
    parts = [log.application] if log.application else []
    parts.append(f"{len(failures)} failure{'' if len(failures) == 1 else 's'}" if failures else "no failure")
    parts += endpoints[:2]
    return f"log: {', '.join(parts)}"


def _folder(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[0]


def with_pairs(given: tuple[Given, ...], pairs: Sequence[tuple[str, str]]) -> tuple[Given, ...]:
    """Say of keys and certificates that belong together that they do."""
    partner: dict[str, str] = {}
    for certificate, key in pairs:
        if certificate != key and (key not in partner or _folder(certificate) == _folder(key)):
            partner[key] = certificate
    return tuple(
        replace(one, understood=f"{one.understood}, belongs to {partner[one.name]}")
        if one.name in partner
        else one
        for one in given
    )
