"""Records that programs write as JSON, one a line, as the text that they would have written without it.

``text_of`` finds the time, the level, the message, the exceptions and the other fields by the names that loggers give
them: pino, bunyan, winston, zap, zerolog, logrus, slog, Serilog (CLEF), log4j, Logback, python-json-logger, structlog,
Docker's json-file, ``journalctl -o json``, CloudWatch, Google Cloud and Elastic (ECS). A record within a record, as
Docker keeps those of its containers, is taken apart too. What is no such record is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

_LONGEST = 256 << 10  # characters of a line
_DEEPEST = 5
_MOST = 20_000  # records in one line, fields of one record
_PREFIX = 120  # characters before the brace: times and streams of Kubernetes, syslog
_TIMES = (
    "@timestamp", "timestamp", "time", "ts", "asctime", "datetime", "@t", "date", "eventtime", "__realtime_timestamp", "instant",
)  # fmt: skip
_LEVELS = ("level", "severity", "levelname", "log.level", "@l", "loglevel", "lvl", "priority")
_MESSAGES = (
    "message",
    "msg",
    "@m",
    "@mt",
    "@message",
    "event",
    "short_message",
    "log",
    "text",
    "textpayload",
)
_LISTS = ("events", "logevents", "records", "entries")
_PINO = {"10": "TRACE", "20": "DEBUG", "30": "INFO", "40": "WARN", "50": "ERROR", "60": "FATAL"}
_SYSLOG = {
    "0": "EMERG",
    "1": "ALERT",
    "2": "CRIT",
    "3": "ERROR",
    "4": "WARN",
    "5": "NOTICE",
    "6": "INFO",
    "7": "DEBUG",
}
_FAILING = frozenset({"ERROR", "FATAL", "CRITICAL", "CRIT", "ALERT", "EMERG", "PANIC", "SEVERE"})
_MARKS = frozenset({*_TIMES, *_LEVELS})
_KNOWN = frozenset({*_TIMES, *_LEVELS, *_MESSAGES[:2], "pid", "v"})
_PROCESS = frozenset({"pid", "_pid", "process", "short_message"})
_WRITERS = frozenset({"hostname", "host"})
"""Fields that name the machine of the program that writes, in the records of loggers that add its process."""
_STACKS = ("stack", "stack_trace", "stacktrace", "stackTrace", "extendedStackTrace", "fullmessage")
_FOLLOWS = re.compile(r"\s|Caused by|Traceback|During handling|The above exception|--->|at \w|}|\]")
"""How lines begin that belong to those before them: they get no time of their own."""
_TELLING = re.compile(r"(?i)err|exc|stack|thrown|reason|cause|message|^@x$|^msg$")
"""Names of fields with a text that tells what went wrong."""
_COMPARED = 50
"""Texts of a record of which those that others hold already are left out."""
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))
"""From which number on a time counts nanoseconds, microseconds, milliseconds or seconds since 1970."""


def text_of(line: str, *, split: str) -> str | None:
    """Return a line in JSON as text, with ``split`` between its lines; None where it is no record of a logger."""
    brace = line.find("{", 0, _PREFIX)
    if brace < 0 or len(line) > _LONGEST:
        return None
    start = brace - 1 if brace and line[brace - 1] == "[" else brace
    try:
        value = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    records = list(_records(value, 0))
    if not records:
        return None
    text = "\n".join(_written(record) for record in records)
    return line[:start] + split.join(text.split("\n"))


def _records(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    """Yield the records in a value of JSON."""
    if isinstance(value, list):
        for one in value[:_MOST]:
            yield from _records(one, depth + 1) if depth < _DEEPEST else ()
    elif isinstance(value, dict) and depth < _DEEPEST:
        lowered = {name.lower(): one for name, one in value.items()}
        inner = [lowered[name] for name in _LISTS if isinstance(lowered.get(name), list)]
        if inner:
            yield from _records(inner[0], depth + 1)
        elif {"t", "s", "c", "ctx"} <= lowered.keys():
            return  # MongoDB's own: its server is told by these names
        elif not _MARKS.isdisjoint(lowered):
            yield lowered


def _written(record: Mapping[str, object]) -> str:
    """Return a record as lines: time, level, message and fields on the first, each error behind it."""
    record = _opened(record)
    time = next((moment for name in _TIMES if name in record and (moment := _time(record[name]))), "")
    level = next(
        (
            _level(name, record[name])
            for name in _LEVELS
            if name in record and isinstance(record[name], (str, int))
        ),
        "",
    )
    message = next(
        (said for name in _MESSAGES if name in record and (said := _string(record[name]))), ""
    ).strip("\n")
    machine = bool(_PROCESS & record.keys())
    texts: list[str] = []
    fields: list[str] = []
    for name, value in record.items():
        if name not in _KNOWN and not (machine and name in _WRITERS):
            _sort(name, value, texts, fields, 0)
    if level not in _FAILING and (said := _string(record.get("error") or record.get("err"))):
        texts.append(f"error={said}")  # an error in the record of a success is one
    errors: list[str] = [] if len(texts) <= _COMPARED else texts[_COMPARED:]
    for one in sorted(texts[:_COMPARED], key=len, reverse=True):
        if not any(one in other for other in (message, *errors)):
            errors.append(one)
    if any(message in one for one in errors):
        message = ""
    first = message if _FOLLOWS.match(message) else " ".join(filter(None, (time, level, message)))
    pairs = f"{' | ' if first else ''}{' '.join(fields)}" if fields else ""
    head, *more = first.split("\n")
    return "\n".join((f"{head}{pairs}", *more, *errors))


def _opened(record: Mapping[str, object]) -> Mapping[str, object]:
    """Return the record within a record, with the time of the outer one where it has none."""
    for _ in range(_DEEPEST):
        inner: object = next(
            (record[name] for name in ("jsonpayload", "log", *_MESSAGES) if name in record), None
        )
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            try:
                inner = json.loads(inner)
            except (ValueError, RecursionError):
                return record
        if not isinstance(inner, dict) or not {name.lower() for name in inner} & {
            *_MESSAGES,
            *_LEVELS[2:],
            "err",
            "error",
        }:
            return record
        time = {name: record[name] for name in _TIMES if name in record}
        record = {**time, **{name.lower(): value for name, value in inner.items()}}
    return record


def _sort(name: str, value: object, texts: list[str], fields: list[str], depth: int) -> None:
    """Put a field where it belongs: errors and what has several lines among the texts, the others among the pairs."""
    if depth > _DEEPEST or len(fields) > _MOST:
        return
    if isinstance(value, dict):
        _sort_object(value, texts, fields, depth)
    elif isinstance(value, list):
        lines = [one for one in value[:_MOST] if isinstance(one, str)]
        texts += ["\n".join(lines)] if lines else []
        for one in value[:_MOST]:
            if not isinstance(one, str):
                _sort(name, one, texts, fields, depth + 1)
    elif isinstance(value, str):
        telling = _TELLING.search(name) is not None
        if "\n" in value or (telling and " " in value):
            texts.append(value.strip("\n"))
        elif value:
            fields.append(f'{name}="{value}"' if " " in value else f"{name}={value}")
    elif isinstance(value, int | float):
        fields.append(f"{name}={str(value).lower()}")


def _sort_object(value: Mapping[str, object], texts: list[str], fields: list[str], depth: int) -> None:
    """Sort the fields of an object; an error keeps its code and the like behind its stack."""
    if not any(name in value for name in _STACKS):
        for name, one in value.items():
            _sort(name, one, texts, fields, depth + 1)
        return
    if kind := _string(value.get("type") or value.get("name")):
        texts.append(": ".join(filter(None, (kind, _string(value.get("message"))))))
    own: list[str] = []
    inner: list[str] = []
    for name, one in value.items():
        _sort(name, one, inner, own, depth + 1)
    behind = f"\n    {' '.join(own)}" if own else ""
    longest = max(inner, key=len, default="")
    texts.extend(f"{one}{behind}" if one is longest else one for one in inner)


def _string(value: object) -> str:
    """Return a text; one that journald writes as the numbers of its bytes too."""
    if isinstance(value, list) and value and all(isinstance(one, int) and 0 <= one < 256 for one in value):  # noqa: PLR2004
        return bytes(value).decode("utf-8", errors="replace")
    return value if isinstance(value, str) else ""


def _level(name: str, value: object) -> str:
    word = str(value)
    return (_SYSLOG if name == "priority" else _PINO).get(word, word.upper())


def _time(value: object) -> str:
    """Return a time as ISO 8601; texts as they stand, numbers by their size."""
    if isinstance(value, dict):
        value = value.get("epochSecond")
    if isinstance(value, str):
        if not value.isdigit():
            return value
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    for least, unit in _UNITS:
        if least <= value < least * 1e3:
            moment = datetime.fromtimestamp(value / unit, UTC)
            return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return ""
