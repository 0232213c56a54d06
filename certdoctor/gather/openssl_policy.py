"""What this machine's openssl.cnf demands of every program that uses OpenSSL (config(5), SSL_CONF_cmd(3)).

The file changes what a client can do, and must not change what certdoctor sees: the command line sets it aside before
OpenSSL is loaded. What it says is a fact of its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from certdoctor.model.evidence import TlsSetting
from certdoctor.model.lean import dataclass

VARIABLE = "OPENSSL_CONF"
DEFAULTS = ("/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/usr/lib/ssl/openssl.cnf")
"""Of Debian, Alpine and SUSE; of Red Hat; of Debian by its own name."""
SETTINGS = frozenset(
    {
        "minprotocol",
        "maxprotocol",
        "protocol",
        "cipherstring",
        "ciphersuites",
        "groups",
        "curves",
        "signaturealgorithms",
    }
)
"""Those that leave out versions, suites, groups or signatures; names count without case."""
_MOST = 1 << 18
"""Bytes read of one file."""
_MOST_FILES = 20
_MOST_VALUE = 4096
"""Characters of a value; the names in it may stand for long ones."""
_VARIABLE = re.compile(r"\$(?:\{([\w:]{1,80})\}|\(([\w:]{1,80})\)|(\w{1,80}(?:::\w{1,80})?))")
"""``$name``, ``${name}`` and ``$(name)``; before two colons stands a section, or ENV (config(5))."""
_set_aside: list[str | None] = []


def set_aside() -> None:
    """Have the OpenSSL of this process read no configuration; to be called before it is loaded.

    An empty name stands for no file. Programs that are started get a clean environment anyway.
    """
    if not _set_aside:
        _set_aside.append(os.environ.get(VARIABLE))
        os.environ[VARIABLE] = ""


def here() -> tuple[TlsSetting, ...]:
    """Return the settings that hold for the programs of this machine as they are started from here."""
    given = _set_aside[0] if _set_aside else os.environ.get(VARIABLE)
    others = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return read(Path("/"), others if given is None else {**others, VARIABLE: given})


def read(root: Path, environment: Mapping[str, str]) -> tuple[TlsSetting, ...]:
    """Return the settings of the file that the variable names, else of the first default that is there.

    ``root`` is the folder that holds the machine's files.
    """
    named = environment.get(VARIABLE)
    if named is not None:
        return _of(Path(named), root, VARIABLE, environment) if named else ()
    for default in DEFAULTS:
        if (root / default.lstrip("/")).is_file():
            return _of(Path(default), root, None, environment)
    return ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One setting of a section."""

    value: str
    file: str
    number: int


_Sections = dict[str, dict[str, tuple[str, _Line]]]


def _of(
    path: Path, root: Path, variable: str | None, environment: Mapping[str, str]
) -> tuple[TlsSetting, ...]:
    sections: _Sections = {
        "ENV": {name.lower(): (name, _Line(value, "", 0)) for name, value in environment.items()}
    }
    _parse(path, root, sections, "default", [])

    def follow(section: str, name: str) -> str:
        found = sections.get(section, {}).get(name)
        return found[1].value if found else ""

    chosen = follow(follow(follow("default", "openssl_conf"), "ssl_conf"), "system_default")
    return tuple(
        TlsSetting(name=name, value=line.value, file=line.file, line=line.number, variable=variable)
        for lowered, (name, line) in sections.get(chosen, {}).items()
        if lowered in SETTINGS
    )


def _parse(path: Path, root: Path, sections: _Sections, section: str, read_files: list[str]) -> str:
    """Read a file and those that it includes, where it includes them; return the section that is open at its end."""
    at = root / str(path).lstrip("/") if path.is_absolute() else path
    if len(read_files) >= _MOST_FILES or str(at) in read_files:
        return section
    read_files.append(str(at))
    if at.is_dir():
        for inner in sorted(at.glob("*.c*nf"))[:_MOST_FILES]:
            section = _parse(path / inner.name, root, sections, section, read_files)
        return section
    for number, words in _lines(_text(at)):
        if words.startswith("["):
            section = words.strip("[] \t")
            continue
        if words.startswith(".include"):
            included = _expanded(words[8:].strip(" \t=\"'"), sections, section)
            section = _parse(Path(included), root, sections, section, read_files)
            continue
        name, equals, value = words.partition("=")
        # "0.MinProtocol" and "TLS.MinProtocol" are ways to give one name several times.
        name = name.strip().rpartition(".")[2]
        value = _expanded(value.strip().strip("\"'"), sections, section)
        # A version of DTLS says nothing about connections over TCP.
        if equals and name and not (name.lower().endswith("protocol") and value.startswith("DTLS")):
            sections.setdefault(section, {})[name.lower()] = (name, _Line(value, str(path), number))
    return section


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines without comments, with the number of the first; a backslash at the end goes on in the next line."""
    begun, held = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        begun, words = (begun, held + line.lstrip()) if held else (number, line)
        words = words.partition("#")[0].rstrip()
        held = words[:-1] if words.endswith("\\") and len(words) < _MOST_VALUE else ""
        if not held:
            yield begun, words.strip()


def _expanded(value: str, sections: _Sections, section: str) -> str:
    """Replace the names of values by what they stand for; one that stands for nothing stays."""

    def of(match: re.Match[str]) -> str:
        named = match[1] or match[2] or match[3]
        where, colons, name = named.rpartition("::")
        for place in (where,) if colons else (section, "default"):
            if found := sections.get(place, {}).get(name.lower()):
                return found[1].value
        return match[0]

    return _VARIABLE.sub(of, value)[:_MOST_VALUE]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
