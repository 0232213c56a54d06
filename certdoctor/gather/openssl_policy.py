"""What this machine's openssl.cnf demands of every program that uses OpenSSL (config(5), SSL_CONF_cmd(3)).

The file changes what a client can do, and must not change what certdoctor sees: the command line sets it aside before
OpenSSL is loaded. What it says is a fact of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    return read(Path("/"), {} if given is None else {VARIABLE: given})


def read(root: Path, environment: Mapping[str, str]) -> tuple[TlsSetting, ...]:
    """Return the settings of the file that the variable names, else of the first default that is there.

    ``root`` is the folder that holds the machine's files.
    """
    named = environment.get(VARIABLE)
    if named is not None:
        return _of(Path(named), root, VARIABLE) if named else ()
    for default in DEFAULTS:
        if (root / default.lstrip("/")).is_file():
            return _of(Path(default), root, None)
    return ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One setting of a section."""

    value: str
    file: str
    number: int


_Sections = dict[str, dict[str, tuple[str, _Line]]]


def _of(path: Path, root: Path, variable: str | None) -> tuple[TlsSetting, ...]:
    sections: _Sections = {}
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
    for number, line in enumerate(_text(at).splitlines(), 1):
        words = line.partition("#")[0].strip()
        if words.startswith("["):
            section = words.strip("[] \t")
            continue
        if words.startswith(".include"):
            section = _parse(Path(words[8:].strip(" \t=\"'")), root, sections, section, read_files)
            continue
        name, equals, value = words.partition("=")
        # "0.MinProtocol" is a way to give one name several times.
        name = name.strip().rpartition(".")[2]
        if equals and name:
            found = _Line(value.strip().strip("\"'"), str(path), number)
            sections.setdefault(section, {})[name.lower()] = (name, found)
    return section


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
