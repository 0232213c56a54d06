"""Steps for readers who do not have certdoctor: each of its commands in the words of their own tools."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from certdoctor.model.ids import Protocol, Shell
from certdoctor.model.lean import dataclass
from certdoctor.remedies import quoting
from certdoctor.remedies.commands import IN_POWERSHELL, UNPACK, WHICH_SERVER

_NAME = re.compile(r"\bcertdoctor\b")
_STARTTLS = {Protocol.POSTGRES: " -starttls postgres", Protocol.MYSQL: " -starttls mysql"}
"""What makes s_client ask for TLS in the words of a database (openssl-s_client(1)); it has none for SQL Server."""
_INTRODUCTION = re.compile(r"(?:^|(?<=[.:]))[^.:]*\bcertdoctor\b[^.:]*[.:]\s*")
_LOOK = re.compile(r"(See|Look) (?:which|whether|what|how)\b")
_OR_BY_HAND = re.compile(r"^(?:Or )?by hand,? ?", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
_OPTION = re.compile(r"--[a-z]+(?:-[a-z]+)* (?:windows|linux)|add --")


_SENTENCES = {
    "match": "Compare the certificate with the key: both commands must print the same public key. (openssl comes with Git for Windows.)",
    "password": "See whether the password opens the key: it is asked for, and nothing is printed if it does.",
}
"""In place of what is said of a command, where the reader's own tools show it in another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is to read the steps."""

    shell: Shell
    protocol: Protocol
    certificate: str
    """The client's certificate and its key, whose files a command may leave unnamed."""
    key: str


def steps(given: Sequence[str], reader: Reader) -> tuple[str, ...]:
    """Return the steps without a command of certdoctor; those that only such a command could do are left out."""
    own = [step for one in given if one != WHICH_SERVER for step in _step(one, reader)]
    # The archive is the reader's own; how to paste is of use where something is left to paste.
    has_commands = any("\n" in step for step in own)
    return tuple(
        step for step in own if not step.startswith(UNPACK) and (has_commands or step != IN_POWERSHELL)
    )


def _step(step: str, reader: Reader) -> Iterator[str]:
    sentence, *commands = step.split("\n")
    kept = [line for command in commands for line in _own(command, reader)]
    if _NAME.search(sentence):
        sentence = _INTRODUCTION.sub("", sentence).strip()
        sentence = "" if _NAME.search(sentence) else sentence
    if commands and not kept:
        if (asked := _LOOK.match(sentence)) is None:
            return
        # What certdoctor sees from outside, the administrator of the server sees too.
        sentence = f"Let the server's administrator {asked[1].lower()}{sentence[asked.end(1) :]}"
    sentence = _OR_BY_HAND.sub("", sentence).strip()
    if _OPTION.search(sentence) or not (sentence or kept):
        return
    if kept != commands:
        command = next((words[1] for one in commands if len(words := _words(one)) > 1), "")
        sentence = _SENTENCES.get(command, sentence)
    sentence = sentence or "Have a look at it."
    yield "\n".join((sentence[0].upper() + sentence[1:], *kept))


def _own(command: str, reader: Reader) -> Iterator[str]:
    """Yield what does the same as a command of certdoctor; other commands stay."""
    if not _NAME.search(command):
        yield command
        return
    words = _words(command)
    if words[:1] != ["certdoctor"] or len(words) < 3:  # noqa: PLR2004 - the program, the command, what it is about
        return
    name, first, options = words[1], words[2], _options(words[2:])
    if name == "inspect" and not first.startswith("-"):
        yield from _look_into(first, reader)
    elif name == "password" and not first.startswith("-"):
        yield f"openssl pkey -noout -in {_path(first, reader)}"
    elif name == "match":
        yield f"openssl x509 -noout -pubkey -in {_path(options.get('--cert', reader.certificate), reader)}"
        yield f"openssl pkey -pubout -in {_path(options.get('--key', reader.key), reader)}"
    elif name in {"probe", "verify"} and not first.startswith("-"):
        yield from _connect(first, options, reader)


def _look_into(path: str, reader: Reader) -> Iterator[str]:
    shown = _path(path, reader)
    if path.lower().endswith(".key"):
        yield f"openssl pkey -noout -in {shown}"
    elif reader.shell is Shell.POWERSHELL:
        yield f"certutil -dump {shown}"
    else:
        yield f"openssl x509 -noout -subject -issuer -dates -fingerprint -sha256 -in {shown}"


def _connect(target: str, options: dict[str, str], reader: Reader) -> Iterator[str]:
    if reader.protocol.is_tds or not _HOST_AND_PORT.fullmatch(target):
        return
    ca = f" -CAfile {_path(options['--ca'], reader)}" if "--ca" in options else ""
    yield f"openssl s_client -connect {target}{_STARTTLS.get(reader.protocol, '')} -showcerts{ca}"


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, posix=True) if "\\" not in command else command.replace("'", "").split()
    except ValueError:
        return []


def _options(words: Sequence[str]) -> dict[str, str]:
    return {
        word: following
        for word, following in zip(words, (*words[1:], ""), strict=False)
        if word.startswith("--") and not following.startswith("--")
    }


def _path(path: str, reader: Reader) -> str:
    try:
        return quoting.path(reader.shell, path)
    except quoting.CannotQuote:
        return "FILE"
