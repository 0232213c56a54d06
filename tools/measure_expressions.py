"""Measure every regular expression of the package against text made to hurt it.

    python tools/measure_expressions.py [WORD...]

Every module is imported and what it compiles is written down, with the file and line; the expressions of
data/signatures.json come besides, and those that functions hand to ``re`` as they run. From its own parse tree each
gets its attack strings: the way to each of its repetitions, then what it repeats, over and over, then what does not
fit. It is run over 10, 20, 40 and 80 kB of them by ``search`` (``match`` where its module uses nothing else), each
expression in a child process with a deadline, one a core at a time. Four times the text may take about four times
as long; what takes more is named, and the exit code is 1. ``BOUNDED`` holds those that are applied to short text
only, with the reason.

With WORDs only the expressions are measured whose place holds one of them.
"""

from __future__ import annotations

import ast
import importlib
import json
import multiprocessing
import os
import pkgutil
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import certdoctor

PACKAGE = Path(certdoctor.__file__).parent
SIZES = (10_000, 20_000, 40_000, 80_000)
LEAST = 0.004
"""CPU seconds at 40 kB under which nothing is wrong: a quadratic expression takes many times that."""
MOST_GROWTH = 7.5
"""How many times as long four times the text may take; 4 is linear, 16 quadratic."""
DEADLINE = 30.0
"""Seconds for one expression."""
MOST_ATTACKS = 48
"""Strings for one expression."""

BOUNDED: dict[str, str] = {
    "data/signatures.json": "applied to a window of 1,000 characters around a literal (logs/signatures.py)",
    "logs/surroundings/program_forms.py: (?i)(?:\\brequires?": "applied to the 60 characters before a name",
    "formats/encodings/recognise.py: b'(?m)^(Certificate:": "applied to the first 4,096 bytes of a file",
    "logs/lines/wording.py: [": "applied to what is shown of a line, some hundred characters",
    "formats/text/redaction/mentions.py: (?P<value>\\S{4,128}?)": "applied to the 100 characters before a word",
    "formats/text/redaction/harmless.py: (?x)": "applied to 256 characters (_LONGEST); no alternative of it is exponential",
    "logs/translations/templates.py: (?:'": "applied to the 300 characters before a message (PLACE_LIMIT)",
    "privacy/strict.py: \\\\[A-Za-z]|": "applied to the patterns of data/signatures.json",
    "explain.py: [a-z0-9": "applied to the texts of data/signatures.json",
    "formats/targets/connection_strings.py": "applied to 16,384 characters at most (MAX_LENGTH)",
}
"""File or "file: beginning of the expression" of what is applied to short text only, and why it is short."""

_FUNCTIONS = frozenset({"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_WORD: "-",
}
_CANDIDATES = "a1 -_.\"'=:,;/\\<>()[]{}@|*%+\n\t\r\x00é"
_ENDS = ("", "\x00", "!", "a", "\n")


@dataclass(frozen=True)
class Expression:
    """One compiled expression and where it stands."""

    place: str
    """File and line below the package."""
    pattern: str | bytes
    flags: int
    method: str


@dataclass(frozen=True)
class Measured:
    """The times of an expression over the four sizes, in CPU seconds."""

    seconds: tuple[float, ...]
    attack: str

    @property
    def growth(self) -> float:
        """Return how many times as long 40 kB take as 10 kB."""
        return self.seconds[2] / max(self.seconds[0], 1e-6)

    @property
    def bad(self) -> bool:
        """Whether it takes more than its share."""
        return self.seconds[2] > LEAST and self.growth > MOST_GROWTH


def collect() -> list[Expression]:
    """Import the package and return all that it compiles, each once."""
    found: dict[tuple[str | bytes, int], str] = {}
    real = re._compile  # type: ignore[attr-defined]  # noqa: SLF001 - the one door of the module

    def noting(pattern: Any, flags: Any) -> Any:  # noqa: ANN401 - as in re
        frame = sys._getframe(1)  # noqa: SLF001 - who asked for it
        while frame.f_back is not None and frame.f_code.co_filename == re.__file__:
            frame = frame.f_back
        file = Path(frame.f_code.co_filename)
        if isinstance(pattern, str | bytes) and file.is_relative_to(PACKAGE):
            place = f"{file.relative_to(PACKAGE).as_posix()}:{frame.f_lineno}"
            found.setdefault((pattern, int(flags)), place)
        return real(pattern, flags)

    re._compile = noting  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        from certdoctor.formats.text.gates import Later  # noqa: PLC0415 - its expressions are noted

        with _written_down(Later, found):
            for module in pkgutil.walk_packages([str(PACKAGE)], "certdoctor."):
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
        from certdoctor.logs.signatures import catalogue  # noqa: PLC0415 - as above

        catalogue()
    finally:
        re._compile = real  # type: ignore[attr-defined]  # noqa: SLF001
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, pattern in _literals(ast.parse(path.read_text("utf-8"))):
            found.setdefault((pattern, 0), f"{path.relative_to(PACKAGE).as_posix()}:{line}")
    for pattern in _signatures():
        found.setdefault((pattern, int(re.MULTILINE)), "data/signatures.json")
    return [Expression(place, pattern, flags, _method(place)) for (pattern, flags), place in found.items()]


@contextmanager
def _written_down(later: type[Any], found: dict[tuple[str | bytes, int], str]) -> Iterator[None]:
    """Note the expressions that are compiled when first needed, with the place that names them."""
    real = later.__init__

    def noting(self: Any, pattern: str) -> None:  # noqa: ANN401 - as in gates
        frame = sys._getframe(1)  # noqa: SLF001 - who named it
        place = f"{Path(frame.f_code.co_filename).relative_to(PACKAGE).as_posix()}:{frame.f_lineno}"
        found.setdefault((pattern, 0), place)
        real(self, pattern)

    later.__init__ = noting
    try:
        yield
    finally:
        later.__init__ = real


def _literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield what is handed to the functions of re as it stands."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        is_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        given = node.args[0]
        if not is_re or node.func.attr not in _FUNCTIONS or not isinstance(given, ast.Constant):
            continue
        if isinstance(given.value, str):
            yield node.lineno, given.value


def _signatures() -> Iterator[str]:
    """Yield the texts of the signatures that are expressions."""
    data = json.loads((PACKAGE / "data" / "signatures.json").read_text("utf-8"))
    waiting: list[Any] = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and re.search(r"[*+{]", one):
            try:
                re.compile(one)
            except re.error:
                continue
            yield one


def _method(place: str) -> str:
    """Return the method by which the module applies what it compiles on that line."""
    file, _, line = place.partition(":")
    if not line:
        return "search"
    source = (PACKAGE / file).read_text("utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and node.lineno <= int(line) <= (node.end_lineno or 0):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            uses = set(re.findall(rf"\b{names[0]}(?:\.compiled)?\.(\w+)\(", source)) if names else set()
            bare = len(re.findall(rf"\b{names[0]}\b(?!\.)", source)) if names else 2
            if uses and uses <= {"match", "fullmatch"} and bare == 1:
                return "fullmatch" if uses == {"fullmatch"} else "match"
    return "search"


def attacks(expression: Expression) -> Iterator[tuple[str, str, str]]:
    """Yield beginnings, what to repeat, and ends."""
    pattern = expression.pattern
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    tree = parser.parse(
        text, expression.flags & ~int(re.UNICODE) if isinstance(pattern, bytes) else expression.flags
    )
    seen: dict[tuple[str, str], None] = {}
    for before, body in _repeats(list(tree), ""):
        for piece in body:
            for start, again in (
                ("", piece),
                (before, piece),
                ("", before + piece),
                ("", before + piece * 2),
            ):
                if again:
                    seen.setdefault((start, again))
    whole = _sample(list(tree))
    if whole:
        for cut in (whole, whole[:-1], whole[: len(whole) // 2]):
            if cut:
                seen.setdefault(("", cut))
    for start, again in islice(seen, MOST_ATTACKS):
        for end in _ENDS[:3]:
            yield start, again, end


def _repeats(items: Sequence[Any], before: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each repetition that may be long: a way to it, and samples of what it repeats."""
    for code, argument in items:
        if code in _REPEATS:
            _, most, inner = argument
            if most > 50:  # noqa: PLR2004 - longer than a word
                yield before, _samples(list(inner))
            yield from _repeats(list(inner), before)
        elif code is codes.SUBPATTERN:
            yield from _repeats(list(argument[3]), before)
        elif code is codes.ATOMIC_GROUP:
            yield from _repeats(list(argument), before)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield from _repeats(list(branch), before)
        elif code in {codes.ASSERT, codes.ASSERT_NOT}:
            yield from _repeats(list(argument[1]), before)
        before += _item(code, argument)


def _samples(items: Sequence[Any]) -> list[str]:
    """Return texts that the items match; of a single class, several of its characters."""
    if len(items) == 1 and items[0][0] in {codes.IN, codes.ANY, codes.NOT_LITERAL}:
        fitting = [c for c in _CANDIDATES if _fits(items[0], c)]
        return fitting[:6] or [_sample(items)]
    if len(items) == 1 and items[0][0] is codes.SUBPATTERN:
        return _samples(list(items[0][1][3]))
    if len(items) == 1 and items[0][0] is codes.BRANCH:
        return [text for branch in items[0][1][1][:6] for text in _samples(list(branch))[:2]]
    return [_sample(items)]


def _fits(item: tuple[Any, Any], character: str) -> bool:
    code, argument = item
    if code is codes.ANY:
        return character != "\n"
    if code is codes.NOT_LITERAL:
        return bool(ord(character) != argument)
    inside = False
    for kind, value in argument:
        if kind is codes.LITERAL:
            inside |= ord(character) == value
        elif kind is codes.RANGE:
            inside |= value[0] <= ord(character) <= value[1]
        elif kind is codes.CATEGORY:
            inside |= bool(re.match(_CATEGORY_WORDS[value], character))
    return inside is not bool(argument[0][0] is codes.NEGATE)


_CATEGORY_WORDS = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


def _sample(items: Sequence[Any]) -> str:
    """Return one text that the items match, as far as one can tell without running them."""
    return "".join(_item(code, argument) for code, argument in items)


def _item(code: Any, argument: Any) -> str:  # noqa: ANN401, PLR0911 - one line for each kind of item
    if code is codes.LITERAL:
        return chr(argument)
    if code in {codes.ANY, codes.NOT_LITERAL, codes.IN}:
        return next((c for c in _CANDIDATES if _fits((code, argument), c)), _first(code, argument))
    if code in _REPEATS:
        return _sample(list(argument[2])) * int(max(1 if argument[1] else 0, min(argument[0], 50)))
    if code is codes.SUBPATTERN:
        return _sample(list(argument[3]))
    if code is codes.ATOMIC_GROUP:
        return _sample(list(argument))
    if code is codes.BRANCH:
        return _sample(list(argument[1][0]))
    return ""


def _first(code: Any, argument: Any) -> str:  # noqa: ANN401 - an item of the parse tree
    if code is not codes.IN:
        return ""
    for kind, value in argument:
        if kind is codes.LITERAL:
            return chr(value)
        if kind is codes.RANGE:
            return chr(value[0])
    return ""


def measure(expression: Expression) -> Measured:
    """Run one expression over its strings and return the first that hurts."""
    compiled = re.compile(expression.pattern, expression.flags)
    for start, again, end in attacks(expression):
        first = _time(compiled, expression.method, _text(start, again, end, SIZES[0]))
        if first * 4 < LEAST / 4:  # even if it were quadratic, 40 kB would not take long
            continue
        third = _time(compiled, expression.method, _text(start, again, end, SIZES[2]))
        if third / max(first, 1e-6) <= MOST_GROWTH or third <= LEAST:
            continue
        second = _time(compiled, expression.method, _text(start, again, end, SIZES[1]))
        # A machine that is busy with something else slows down one run, not three.
        third = min(
            third, *(_time(compiled, expression.method, _text(start, again, end, SIZES[2])) for _ in "12")
        )
        last = (
            _time(compiled, expression.method, _text(start, again, end, SIZES[3])) if third < 1 else 4 * third
        )
        found = Measured((first, second, third, last), f"{start[:30]!r} {again[:30]!r}… {end!r}")
        if found.bad:
            return found
    return Measured((0.0,) * len(SIZES), "")


def _text(start: str, again: str, end: str, size: int) -> str:
    return start + again * max(1, (size - len(start)) // len(again)) + end


def _time(compiled: Any, method: str, text: str) -> float:  # noqa: ANN401 - of text or of bytes
    given = text.encode("utf-8", "replace") if isinstance(compiled.pattern, bytes) else text
    begun = time.process_time()
    if method == "search":
        for _ in compiled.finditer(given):
            pass
    else:
        getattr(compiled, method)(given)
    return time.process_time() - begun


def _child(expression: Expression, out: Any) -> None:  # noqa: ANN401 - one end of a pipe
    out.send(measure(expression))


def judged(expressions: Iterable[Expression]) -> Iterator[tuple[Expression, Measured | None]]:
    """Yield each expression with its times; None where the deadline passed first.

    As many are measured at once as there are cores: CPU seconds are what is measured, so they disturb each other
    no more than anything else on the machine does.
    """
    context = multiprocessing.get_context("fork")
    waiting = iter(expressions)
    running: dict[Any, tuple[Expression, Any, float]] = {}
    try:
        while True:
            for expression in islice(waiting, (os.cpu_count() or 1) - len(running)):
                ours, theirs = context.Pipe(duplex=False)
                child = context.Process(target=_child, args=(expression, theirs))
                child.start()
                theirs.close()
                running[ours] = (expression, child, time.monotonic() + DEADLINE)
            if not running:
                return
            left = min(until for _, _, until in running.values()) - time.monotonic()
            ready = connection.wait(list(running), max(left, 0))
            for ours in [one for one in running if one in ready or running[one][2] <= time.monotonic()]:
                expression, child, _ = running.pop(ours)
                try:
                    found = ours.recv() if ours in ready else None
                except EOFError:
                    found = None
                child.kill()
                child.join()
                ours.close()
                yield expression, found
    finally:
        for _, child, _ in running.values():
            child.kill()
            child.join()


def reason(expression: Expression) -> str | None:
    """Return why the text is short to which an expression is applied; None where it is not known to be."""
    file = expression.place.partition(":")[0]
    whole = f"{file}: {expression.pattern!s}"
    return next(
        (
            why
            for place, why in BOUNDED.items()
            if place == file or (": " in place and whole.startswith(place))
        ),
        None,
    )


def main(words: Sequence[str]) -> int:
    """Print what grows faster than its text, and return the exit code."""
    found = [e for e in collect() if not words or any(word in e.place for word in words)]
    long = [e for e in found if reason(e) is None]
    bad = 0
    for expression, measured in judged(long):
        if measured is not None and not measured.bad:
            continue
        bad += 1
        shown = (
            "no end" if measured is None else " ".join(f"{s * 1000:.0f}" for s in measured.seconds) + " ms"
        )
        print(f"{expression.place} {expression.method} {shown} {'' if measured is None else measured.attack}")
        print(f"        {str(expression.pattern)[:150]!r}")
    print(
        f"{len(long)} expressions measured, {bad} of them slow; {len(found) - len(long)} see short text only"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
