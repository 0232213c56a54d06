"""Writes a copy of logs without their secrets while they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.gather.files.new_file import Write, new_file
from certdoctor.privacy.log_copies import LogRedactor
from certdoctor.privacy.names import Names

if TYPE_CHECKING:
    from certdoctor.privacy.strict import Strict


class LogCopy:
    """An open copy of one or several logs; of several, each is preceded by a line with its name."""

    def __init__(
        self, write: Write, names: Names | None, strict: Strict | None = None, *, titled: bool
    ) -> None:
        """Write with ``write``; with ``names``, also replace names by pseudonyms; ``strict`` as in LogRedactor."""
        self._out = write
        self._names = names
        self._strict = strict
        self._titled = titled
        self._redactor: LogRedactor | None = None
        self.counts: Counter[str] = Counter()
        """Number of secrets masked, by their kind in words, in the singular."""

    def begin(self, name: str, *, alone: bool) -> None:
        """Begin the next log; ``alone`` says that its argument named this one log, not a folder or archive."""
        self._redactor = LogRedactor(self.counts, self._names, self._strict)
        if self._titled or not alone:
            shown = printable(redact(name)[0])
            if self._names is not None:
                self._names.text(shown)
                shown = self._names.hide(shown)
            if self._strict is not None:
                shown = self._strict.hide(shown)
            self._write(f"==> {shown} <==\n")

    def feed(self, block: bytes) -> None:
        """Write the next bytes of the log without their secrets."""
        if self._redactor is not None:
            self._write(self._redactor.feed(block))

    def end(self) -> None:
        """End this log."""
        if self._redactor is not None:
            self._write(self._redactor.end())
            self._redactor = None

    def summary(self) -> str:
        """Summarise what was masked."""
        parts = [f"{count:,} {_plural(kind) if count > 1 else kind}" for kind, count in self.counts.items()]
        if self._names is not None and len(self._names):
            parts.append("names replaced by pseudonyms")
        if self._strict is not None:
            parts.append(f"{self._strict.replaced:,} words that are not known to be harmless")
        return ", ".join(parts) or "nothing"

    def _write(self, text: str) -> None:
        self._out(text.encode("utf-8", errors="replace"))


def _plural(kind: str) -> str:
    return {
        "password or other secret": "passwords or other secrets",
        "user name in a path": "user names in paths",
    }.get(kind, f"{kind}s")


@contextmanager
def copying(
    path: str, *, logs: tuple[str, ...], force: bool, names: Names | None, strict: Strict | None = None
) -> Iterator[LogCopy]:
    """Write a copy while ``logs`` are read; only the user may read it (mode 0600).

    Nothing of that name changes until the block ends without an exception.

    Raises:
        UsageError: the file exists and ``force`` is not given, is one of the logs, or cannot be written.

    """
    _refuse(Path(path), logs)
    with new_file(path, force=force, elsewhere="Give another name") as write:
        yield LogCopy(write, names, strict, titled=len(logs) > 1)


def _refuse(target: Path, logs: tuple[str, ...]) -> None:
    if str(target) == "-" or target.is_dir():
        raise UsageError("`redacted_copy` takes the name of a file.", hint="The report goes to the terminal.")
    if any(target.exists() and Path(log).exists() and target.samefile(log) for log in logs):
        raise UsageError(f"{target} is the log itself.", hint="Give the copy another name.")
