"""What a word on the command line is: a file, a server, or the text of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from pathlib import Path, PurePath

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.gather.files.opening import STDIN, missing

_FILE_ENDINGS = frozenset(
    [
        ".pem",
        ".crt",
        ".cer",
        ".cert",
        ".der",
        ".key",
        ".p7b",
        ".p7c",
        ".p7s",
        ".pfx",
        ".p12",
        ".jks",
        ".jceks",
        ".keystore",
        ".truststore",
        ".csr",
        ".req",
        ".p8",
        ".pk8",
        ".sst",
        ".crl",
        ".ca-bundle",
        ".ppk",
        ".pvk",
        ".log",
        ".txt",
        ".out",
        ".err",
        ".evtx",
        ".etl",
        ".csv",
        ".json",
        ".jsonl",
        ".ndjson",
        ".yaml",
        ".yml",
        ".toml",
        ".xml",
        ".ini",
        ".cfg",
        ".conf",
        ".env",
        ".properties",
        ".zip",
        ".gz",
        ".tgz",
        ".tar",
        ".bz2",
        ".xz",
        ".7z",
        ".rar",
        ".eml",
        ".msg",
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".png",
        ".jpg",
        ".jpeg",
        ".html",
        ".htm",
        ".md",
        ".udl",
        ".dsn",
        ".trc",
    ]
)
"""Endings that make a word the name of a file, even if there is none: no top-level domain that hosts databases is among them."""
_URL = re.compile(r"[A-Za-z][\w+.:-]*://\S+")
_SETTINGS = re.compile(r"\s*(?:jdbc:|[A-Za-z][\w .-]{0,40}=)")
_PLACE = re.compile(r"[./~]|[A-Za-z]:[\\/]|\\\\[^\\]+\\[^\\]+\\")
_GO_DSN = re.compile(r"(?:[^\s@]*@)?(?:tcp|tcp4|tcp6)\(([^()\s]+)\)/\S*")
_ERROR_CODE = re.compile(r"(?=.*_)[A-Z][A-Z0-9_]{5,}|E[A-Z]{5,}|0x[0-9A-Fa-f]{8}|-?[0-9]{8,11}|SQLSTATE\S*")


class Word(Enum):
    """What a word is."""

    FILE = auto()
    """A file, a folder, or standard input."""
    SERVER = auto()
    """A host, a URL, a connection string."""
    TEXT = auto()
    """The text of an error."""


def kind_of(word: str) -> Word:
    """Say what a word is.

    What exists is a file. A name that looks like a file's is no server, even where there is no such file.

    Raises:
        CannotLook: it is the name of a file that is not there.
        UsageError: the word is empty.

    """
    if not word.strip():
        raise UsageError("One of the things given is empty.", hint="Quote names that hold blanks.")
    if word == STDIN or _exists(word):
        return Word.FILE
    if _URL.fullmatch(word.strip()) or is_dsn(word):
        return Word.SERVER
    if _SETTINGS.match(word) and "=" in word and names_server(word):
        return Word.SERVER
    if _is_text(word):
        return Word.TEXT
    if _is_file_name(word):
        raise CannotLook(missing(word))
    return Word.SERVER


def names_file(word: str) -> bool:
    """Whether a word names a file or folder rather than a server.

    Raises:
        CannotLook: it is the name of a file that is not there.
        UsageError: the word is empty.

    """
    return kind_of(word) is Word.FILE


def refuse_files(words: Iterable[str]) -> None:
    """Refuse names of files where servers are asked for.

    Raises:
        UsageError: it is a file.
        CannotLook: it looks like one, and is not there.

    """
    for word in words:
        if word != STDIN and not _is_place_of_a_server(word) and kind_of(word) is Word.FILE:
            raise UsageError(
                f"{word} is a file, not a server.",
                hint=f"Look into it:  certdoctor diagnose {word}   A list of servers is read with `from`.",
            )


def _is_place_of_a_server(word: str) -> bool:
    """Whether it is "." or a bare name, which hosts have too."""
    return word == "." or not (PurePath(word).suffix or "/" in word)


def is_dsn(word: str) -> bool:
    """Whether it is a data source name as Go's MySQL driver wants it: ``user:password@tcp(host:3306)/database``."""
    return _GO_DSN.fullmatch(word.strip()) is not None


def of_dsn(word: str) -> str:
    """Return the server of such a name, as a URL."""
    found = _GO_DSN.fullmatch(word.strip())
    return word if found is None else f"mysql://{found[1]}"


def names_server(text: str) -> bool:
    """Whether a connection string names a server that can be read."""
    try:
        targets.parse(text)
    except UsageError:
        return False
    return True


def _exists(word: str) -> bool:
    try:
        return Path(word).exists() or _leads_into_a_file(word)
    except (OSError, ValueError):
        return False


def _leads_into_a_file(word: str) -> bool:
    """Whether the word names something in a file, as ``customer.zip/root.pem`` does; reading it says what is wrong."""
    return any(parent.is_file() for parent in Path(word).parents)


def _is_text(word: str) -> bool:
    return bool(re.search(r"\s", word.strip())) or _ERROR_CODE.fullmatch(word.strip()) is not None


def _is_file_name(word: str) -> bool:
    if _PLACE.match(word) and not re.fullmatch(r"\.(?:\\[\w$-]+)?(?:,\d+)?", word):
        return True
    return "/" in word or PurePath(word.replace("\\", "/")).suffix.lower() in _FILE_ENDINGS
