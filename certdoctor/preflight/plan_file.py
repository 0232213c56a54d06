"""Reads preflight files (TOML). Every fault is reported with its line and, for a wrong word, the nearest valid one."""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from certdoctor.errors import FormatError, UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.formats.text.decoding import decoded
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import MASK, redact
from certdoctor.model.lean import dataclass
from certdoctor.model.plan import MAX_CONNECTIONS, Connection, Defaults, Demands, Key, Plan, key_of

MAX_SIZE = 256 << 10
"""Bytes of a file."""
MAX_DOTS = 100
"""Dots of one line outside of quotes: keys of two or three parts, and numbers."""
_QUOTED = re.compile(r'"(?:[^"\\\n]++|\\.)*"|\'[^\'\n]*+\'|#[^\n]*+')
MAX_FAULTS = 50
"""Maximum number of faults reported."""
MAX_TEXT = 4096
MAX_ITEMS = 200

_WHAT = "preflight file"
_TABLES = ("policy", "defaults", "connection")
_DEEPEST = 4
"""Keys and indices of the longest path that a fault has: a key in the policy of a connection."""
_GAP = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_REST = re.compile(r"[^\n]*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)[ \t]*(\.?)""")
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|"(?:[^"\\]|\\.)*"|#[^\n]*|[][{}\n]|[^][{}\n"'#]+'''
    r"""|'''.*?'{3,5}|'[^']*'""",
    re.DOTALL,
)
_SECRET_WORDS = re.compile(r"pass(word|wd|phrase)?|pwd|secret", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"[=:][\s\"'{]*" + re.escape(MASK))

Path = tuple[str | int, ...]
"""Keys of tables and indices of lists, from the outside in."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One invalid entry."""

    line: int
    """Counted from 1; 0 for the file as a whole."""
    text: str
    """A sentence."""


class PlanError(FormatError):
    """A preflight file with faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Use the first fault for the message."""
        super().__init__(_WHAT, 0, f"line {faults[0].line}: {faults[0].text}")
        self.faults = faults


def read(data: bytes, *, client_problem: Callable[[str], str] = lambda _: "") -> Plan:
    """Return the plan that a file describes.

    ``client_problem`` returns what is wrong with a client's id, or "".

    Raises:
        PlanError: it is not TOML, or has invalid entries.

    """
    if len(data) > MAX_SIZE:
        raise PlanError((Fault(0, f"The file is larger than {MAX_SIZE >> 10} KiB."),))
    try:
        text = decoded(data).replace("\r\n", "\n")
        if (deep := _too_deep(text)) is not None:
            raise PlanError((Fault(deep, "Nothing in a preflight file is nested so deeply."),))
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PlanError(
            (Fault(line, "This is neither UTF-8 nor UTF-16. Save the file as UTF-8."),)
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise PlanError((_no_toml(str(error), text),)) from error
    except RecursionError as error:
        raise PlanError((Fault(0, "The file is nested too deeply."),)) from error
    reader = _Reader(client_problem)
    plan = reader.plan(document)
    if reader.faults:
        lines = lines_of(text)
        found = [Fault(_line(lines, path), said) for path, said in reader.faults[:MAX_FAULTS]]
        raise PlanError(tuple(sorted(found, key=_by_line)))
    lines = lines_of(text)
    connections = (
        replace(one, line=_line(lines, ("connection", n))) for n, one in enumerate(plan.connections)
    )
    return replace(plan, connections=tuple(connections))


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, counted from 1, on which each table and value begins that has a statement of its own.

    The parser of the standard library does not tell. The text must be one that it takes: statements are told
    apart, and their keys read, with nothing checked again (TOML 1.0.0).
    """
    lines: dict[Path, int] = {(): 1}
    arrays: dict[Path, int] = {}
    table: Path = ()
    line, at = 1, 0
    while True:
        begin = _end_of(_GAP, text, at)
        line += text.count("\n", at, begin)
        if begin == len(text):
            return lines
        is_array = text.startswith("[[", begin)
        is_header = text[begin] == "["
        keys, at = _keys(text, begin + is_header + is_array)
        if is_header:
            table = path = _table(keys, arrays, is_array=is_array)
            at = _end_of(_REST, text, at)
        else:
            path = (*table, *keys)
            at = _end_of_value(text, at)
        for length in range(1, min(len(path), _DEEPEST) + 1):
            lines.setdefault(path[:length], line)
        line += text.count("\n", begin, at)


def _keys(text: str, at: int) -> tuple[Path, int]:
    """Return the first parts of a dotted key, and where it ends."""
    keys: list[str] = []
    while (part := _KEY.match(text, at)) is not None:
        word, at = part[1], part.end()
        if len(keys) < _DEEPEST:
            keys.append(tomllib.loads(f"key = {word}")["key"] if word[0] in "\"'" else word)
        if not part[2]:
            break
    return tuple(keys), at


def _table(keys: Path, arrays: dict[Path, int], *, is_array: bool) -> Path:
    """Return the path of a table's header, with the last index of every array of tables in it."""
    path: Path = ()
    for depth, key in enumerate(keys, 1):
        path = (*path, key)
        if is_array and depth == len(keys):
            arrays[path] = arrays.get(path, 0) + 1
        if path in arrays:
            path = (*path, arrays[path] - 1)
    return path


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _end_of_value(text: str, at: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] in {"[", "{"}:
            depth += 1
        elif token[0] in {"]", "}"}:
            depth -= 1
        elif token[0] == "\n" and not depth:
            return token.start()
    return len(text)


def _line(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path; what stands within a value is on the line of that value."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _too_deep(text: str) -> int | None:
    """Return the first line with a key of a great many parts: the reader takes the square of their number."""
    bare = _QUOTED.sub("_", text)
    return next((at for at, line in enumerate(bare.split("\n"), 1) if line.count(".") > MAX_DOTS), None)


def _by_line(fault: Fault) -> int:
    return fault.line


def _no_toml(message: str, text: str) -> Fault:
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(found.group(1)) if found else text.count("\n") + 1
    words = re.sub(r" \(at [^()]*\)$", "", message)
    return Fault(line, f"This is no TOML: {words}. Texts stand in quotes, lists in brackets.")


class _Reader:
    """Reads tables and collects every fault with its path."""

    def __init__(self, client_problem: Callable[[str], str]) -> None:
        self.faults: list[tuple[Path, str]] = []
        self.client_problem = client_problem

    def fault(self, path: Path, text: str) -> None:
        self.faults.append((path, text))

    def plan(self, document: Mapping[str, Any]) -> Plan:
        for name in document:
            if name not in _TABLES:
                self.fault((name,), _unknown(name, _TABLES, "table or key"))
        policy, defaults = self.table(document, "policy"), self.table(document, "defaults")
        found = document.get("connection", [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.fault(("connection",), "Connections stand under [[connection]], in two brackets, one each.")
            found = []
        if not found and not self.faults:
            self.fault(
                (), "There is no connection in it. Each stands under [[connection]], with name and target."
            )
        if len(found) > MAX_CONNECTIONS:
            self.fault(
                ("connection", MAX_CONNECTIONS), f"At most {MAX_CONNECTIONS:,} connections can be checked."
            )
            found = found[:MAX_CONNECTIONS]
        plan = Plan(
            policy=Demands(**self.keys(policy, Demands, ("policy",))),
            defaults=Defaults(**self.keys(defaults, Defaults, ("defaults",))),
            connections=tuple(self.connection(one, ("connection", n)) for n, one in enumerate(found)),
        )
        self.once(plan)
        return plan

    def table(self, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        found = document.get(name, {})
        if not isinstance(found, dict):
            self.fault((name,), f"{name} is a table: write [{name}], and its keys below.")
            return {}
        return found

    def connection(self, table: Mapping[str, Any], path: Path) -> Connection:
        values = self.keys({k: v for k, v in table.items() if k != "policy"}, Connection, path)
        policy = table.get("policy", {})
        if not isinstance(policy, dict):
            self.fault(
                (*path, "policy"), "policy is a table: write [connection.policy] below the connection."
            )
            policy = {}
        for name in ("name", "target"):
            if name not in table:
                self.fault(
                    path, f"This connection has no {name}. Write: {name} = {key_of(Connection, name).example}"
                )
        if values.get("password_env") and values.get("password_file"):
            self.fault(
                (*path, "password_file"), "password_env and password_file both give a password. Give one."
            )
        if values.get("target"):
            self.target(values["target"], (*path, "target"))
        return Connection(**values, policy=Demands(**self.keys(policy, Demands, (*path, "policy"))))

    def target(self, text: str, path: Path) -> None:
        if _SECRET_VALUE.search(redact(text)[0]):
            self.fault(path, "This target holds a password. Leave user and password out: no login is made.")
            return
        try:
            targets.parse(text)
        except UsageError as error:
            self.fault(path, f"{error.message} {error.hint}".rstrip())

    def once(self, plan: Plan) -> None:
        names: set[str] = set()
        for number, connection in enumerate(plan.connections):
            if connection.name and connection.name in names:
                path = ("connection", number, "name")
                self.fault(path, f'There are two connections named "{printable(connection.name, limit=60)}".')
            names.add(connection.name)

    def keys(self, table: Mapping[str, Any], kind: type, path: Path) -> dict[str, Any]:
        hints = typing.get_type_hints(kind)
        known = [f.name for f in fields(kind) if "key" in f.metadata]
        values: dict[str, Any] = {}
        for name, value in table.items():
            if name not in known:
                self.fault((*path, name), _unknown(name, known, "key"))
                continue
            try:
                values[name] = _value(value, key_of(kind, name), hints[name])
            except _InvalidValue as no:
                self.fault((*path, name), f"{name} {no}")
            for client in values.get(name, ()) if name == "clients" else ():
                if problem := self.client_problem(client):
                    self.fault((*path, name), problem)
        return values


class _InvalidValue(Exception):  # noqa: N818 - control flow of the reader, not a failure
    """An invalid value; the message continues the key's name."""


def _value(value: object, key: Key, kind: object) -> object:
    inner = typing.get_args(kind) or (kind,)
    if bool in inner:
        if isinstance(value, bool):
            return value
        raise _InvalidValue(f"is true or false, without quotes, not {_shown(value)}.")
    if int in inner:
        return _number(value, key)
    if str in inner:
        return _text(value, key)
    return _texts(value, key)


def _number(value: object, key: Key) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _InvalidValue(f"is a whole number, without quotes, not {_shown(value)}.")
    if not key.least <= value <= key.most:
        raise _InvalidValue(f"lies between {key.least:,} and {key.most:,}.")
    return value


def _text(value: object, key: Key) -> str:
    if isinstance(value, bool) and key.values[:2] == ("yes", "no"):
        value = "yes" if value else "no"
    if not isinstance(value, str):
        raise _InvalidValue(f"is a text in quotes, like {key.example}, not {_shown(value)}.")
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        raise _InvalidValue("is empty, too long, or holds characters that cannot be printed.")
    if key.values and value not in key.values:
        raise _InvalidValue(f"cannot be {_shown(value)}. {_nearest(value, key.values)}".rstrip())
    return value


def _texts(value: object, key: Key) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_ITEMS:
        raise _InvalidValue(f"has over {MAX_ITEMS} items.")
    return tuple(_text(item, key) for item in items)


def _shown(value: object) -> str:
    """Return a value for a sentence: a short word unchanged, otherwise a description, since it may be long or secret."""
    if isinstance(value, str):
        return f'"{value}"' if re.fullmatch(r"[\w.@-]{1,30}", value) else "such a text"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "such a number"
    return "a list" if isinstance(value, list) else "such a value"


def _unknown(name: str, known: tuple[str, ...] | list[str], what: str) -> str:
    if _SECRET_WORDS.search(name) and name not in known:
        return (
            "A password has no place in this file. Name the variable that holds it (password_env), or the "
            "file (password_file)."
        )
    return f'There is no {what} "{printable(name, limit=40)}" here. {_nearest(name, known)}'


def _nearest(word: str, known: tuple[str, ...] | list[str]) -> str:
    by_form = {k.replace("_", "").lower(): k for k in known}
    wanted = re.sub(r"[-_ ]", "", word).lower()
    near = difflib.get_close_matches(wanted, by_form, n=1, cutoff=0.6)
    return f"Did you mean {by_form[near[0]]}?" if near else f"It takes: {', '.join(known)}."


def faults_of(error: PlanError, name: str) -> Iterator[str]:
    """Yield a line for each fault, in the style of compilers: ``FILE:LINE: sentence``."""
    for fault in error.faults:
        yield f"{name}:{fault.line}: {fault.text}" if fault.line else f"{name}: {fault.text}"
