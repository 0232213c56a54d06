"""Lists of targets: one a line, or CSV with a header that names the columns."""

from __future__ import annotations

import csv
import io

from certdoctor.errors import UsageError
from certdoctor.formats.targets import target

MAX_TARGETS = 100_000
_HOSTS = ("target", "host", "hostname", "server", "servername", "name", "address", "fqdn")
_PORTS = ("port", "portnumber", "tcpport")
_INSTANCES = ("instance", "instancename")


def parse(text: str, source: str) -> dict[str, int]:
    r"""Return the targets of a list, each once, in order, and the line of each, counted from 1.

    Blank lines and those that begin with # are skipped. A first line with commas or semicolons that
    names a column (host, server, target, …) makes it CSV; port and instance may be columns of their own.

    Raises:
        UsageError: a line is not a target, or there are too many. The message names ``source`` and the line
            number but does not repeat the line, which may be a connection string.

    """
    lines = text.removeprefix("\ufeff").splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    rows = _csv(lines, first) if _is_header(first) else _plain(lines)
    found: dict[str, int] = {}
    for number, one in rows:
        try:
            target.parse(one)
        except UsageError as error:
            raise UsageError(f"{source}, line {number} is not a valid target.", hint=error.hint) from None
        found.setdefault(one, number)
        if len(found) > MAX_TARGETS:
            raise UsageError(f"{source} holds over {MAX_TARGETS:,} targets.", hint="Split it.")
    if not found:
        raise UsageError(f"{source} holds no target.", hint="Write one a line: sql01.corp.example,1433")
    return found


def _plain(lines: list[str]) -> list[tuple[int, str]]:
    return [
        (number, line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _words(line: str, separator: str) -> list[str]:
    return [
        cell.strip().strip('"').replace("_", "").replace(" ", "").lower() for cell in line.split(separator)
    ]


def _separator(line: str) -> str:
    return max(",;\t", key=line.count)


def _is_header(line: str) -> bool:
    words = _words(line, _separator(line))
    return any(word in _HOSTS for word in words) and "=" not in line


def _csv(lines: list[str], first: str) -> list[tuple[int, str]]:
    begin = lines.index(first)
    separator = _separator(first)
    header = _words(first, separator)
    reader = csv.reader(io.StringIO("\n".join(lines[begin + 1 :])), delimiter=separator)
    rows: list[tuple[int, str]] = []
    for cells in reader:
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
        host = next((row[name] for name in _HOSTS if name in row), None)
        if host is None or host.startswith("#"):
            continue
        instance = next((row[name] for name in _INSTANCES if name in row), None)
        port = next((row[name] for name in _PORTS if name in row), None)
        rows.append(
            (
                begin + 1 + reader.line_num,
                host + (f"\\{instance}" if instance else "") + (f",{port}" if port else ""),
            )
        )
    return rows
