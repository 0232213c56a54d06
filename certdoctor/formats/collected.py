"""Collected files (``*.collected.json``): what a script of ``certdoctor collect`` wrote on a machine without Python.

Whoever runs the script can write anything into the file, so that all of it is untrusted. It holds bytes as they came
from a server, which go through the same readers as those of a live probe, and words: errors of the runtime, values of
variables, paths. Nothing that the script has concluded is in it, and no verdict is taken from it.
``docs/collect.md`` describes the contents.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from certdoctor.errors import FormatError
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.model.ids import Protocol
from certdoctor.model.lean import dataclass
from certdoctor.model.saved import COLLECTED_MARK

FORMAT = COLLECTED_MARK.decode()
SCHEMA = 1
"""Major number."""
MAX_SIZE = 16 << 20
"""Bytes of a file; one for a server has some 50 KiB, one with the stores of a Windows under 2 MiB."""
MAX_RECEIVED = 1 << 20
"""Bytes of one connection: what a live probe takes."""
MAX_VALUES = 200_000

_MAX_SERVERS, _MAX_CONNECTIONS, _MAX_ITEMS, _MAX_CERTIFICATES = 50, 32, 200, 3_000
_MAX_WORDS, _MAX_PATH, _MAX_TAIL = 1_000, 1_000, 1 << 20
_HOST = re.compile(r"[^\s/,;:=\\\[\]@()\x00-\x1f\x7f]{1,255}|[0-9a-fA-F:.]{2,45}")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
_OPENS = frozenset({"tds-off", "tds-on", "tds8", "tls", "postgres", "mysql", "mongodb"})
_ENDS = frozenset({"closed", "reset", "timeout", "done"})
_ENCRYPT = frozenset({"yes", "no", "strict"})
_STRING = re.compile(rb'"[^"]*+"')
_FIRST_YEAR, _LAST_YEAR = 2020, 9990


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection, as it was recorded."""

    opens: str
    """What was said first: "tds-off", "tds-on" (PRELOGIN), "tds8", "tls" (a ClientHello), "postgres", "mysql", "mongodb"."""
    by_hand: bool
    """Whether the ClientHello was the script's own, so that the handshake was never meant to be finished."""
    received: bytes
    ended: str
    """"closed" and "reset" by the server, "timeout", or "done": the script had enough."""
    secrets: tuple[bytes, bytes] | None
    """The server's traffic secrets of TLS 1.3; the second is empty where the handshake did not come so far."""
    certificates: tuple[bytes, ...]
    """DER, as the runtime tells them where the bytes cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server and what came from it."""

    host: str
    port: int
    protocol: Protocol
    named: bool
    """Whether the protocol was named, and not taken from the port."""
    encrypt: str | None
    """Of SQL Server: what the client asks for, "yes", "no" or "strict"; None where nobody said."""
    address: str | None
    failed: str | None
    """The system's code where there was no connection: "ENOTFOUND", "ECONNREFUSED"."""
    connections: tuple[Connection, ...]
    words: tuple[str, ...]
    """The runtime's errors, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedStore:
    """A trust store of the machine."""

    title: str
    kind: str
    certificates: tuple[bytes, ...]
    """DER."""
    fingerprints: tuple[str, ...]
    """SHA-256 of certificates that are not in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The contents of one file. Every text is redacted, and safe to print."""

    at: datetime
    """By the clock of that machine; aware, UTC."""
    seconds: float
    """How long the script waited for each exchange."""
    runtime: str
    """"Node", "Electron", "PowerShell"."""
    version: str
    node: str | None
    platform: str
    application: str | None
    servers: tuple[Server, ...]
    variables: tuple[tuple[str, str], ...]
    stores: tuple[CollectedStore, ...]
    java: tuple[str, ...]
    """Paths of cacerts files."""
    files: tuple[tuple[str, bytes | None, str], ...]
    """CA files: path, content or None, and why it was left out."""
    log: tuple[str, str] | None
    """Path and the last lines of a log; not redacted, since the log reader does that."""


def read(data: bytes) -> Collected:
    """Return the contents of a collected file.

    Raises:
        FormatError: it is none, has a newer schema, or is larger or other than what a script writes. The problem
            is a phrase that continues the file's name.

    """
    document = _json(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _refused(
            "is no file of a collector", "Such files are written by the script of certdoctor collect."
        )
    major = str(document.get("schema")).partition(".")[0]
    if major != str(SCHEMA):
        raise _refused(
            f"follows schema {printable(major, limit=20)}, this certdoctor reads {SCHEMA}",
            "Update this one: pip install --upgrade certdoctor",
        )
    try:
        return _collected(document)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, binascii.Error) as error:
        reason = printable(str(error), limit=120)
        raise _refused(f"holds what no collector writes: {reason}", "Have the script run again.") from error


def _refused(problem: str, hint: str) -> FormatError:
    return FormatError("collected file", 0, problem, hint=hint)


def _json(data: bytes) -> object:
    if len(data) > MAX_SIZE:
        raise _refused(f"is larger than {MAX_SIZE >> 20} MiB", "No collected file is that large.")
    bare = _STRING.sub(b"", data.replace(rb"\\", b"").replace(rb"\"", b""))
    # There are no more values than what opens a list or object and what stands between two of them.
    if sum(bare.count(sign) for sign in (b"[", b"{", b",")) > MAX_VALUES:
        raise _refused("is larger inside than a collected file gets", "Have the script run again.")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refused("is no file of a collector: it is no JSON", "Was it cut short on the way?") from error


def _collected(found: dict[str, Any]) -> Collected:
    runtime = _object(found.get("runtime"))
    log = found.get("log")
    servers = tuple(map(_server, _list(found.get("servers"), _MAX_SERVERS)))
    if not servers:
        raise ValueError("it names no server")
    return Collected(
        at=_instant(found.get("collected_at")),
        seconds=5.0,
        runtime=_text(runtime.get("name"), 40) or "a runtime",
        version=_text(runtime.get("version"), 40),
        node=_text(runtime.get("node"), 40) or None,
        platform=_text(runtime.get("platform"), 40),
        application=_text(found.get("application"), 40) or None,
        servers=servers,
        variables=tuple(map(_variable, _list(found.get("variables"), _MAX_ITEMS))),
        stores=tuple(map(_store, _list(found.get("stores"), _MAX_ITEMS))),
        java=tuple(_text(one, _MAX_PATH) for one in _list(found.get("java"), _MAX_ITEMS)),
        files=tuple(map(_file, _list(found.get("files"), _MAX_ITEMS))),
        log=None if log is None else (_text(log["path"], _MAX_PATH), _string(log["tail"], _MAX_TAIL)),
    )


def _server(found: Any) -> Server:  # noqa: ANN401 - JSON
    found = _object(found)
    host, port, encrypt = _string(found["host"], 255), found["port"], found.get("encrypt")
    if not _HOST.fullmatch(host):
        raise ValueError("a host that is none")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 1 << 16:
        raise ValueError("a port that is none")
    if encrypt is not None and encrypt not in _ENCRYPT:
        raise ValueError("a word for encryption that is none")
    failure = found.get("failure")
    return Server(
        host=host,
        port=port,
        protocol=Protocol(found["protocol"]),
        named=found.get("named") is True,
        encrypt=encrypt,
        address=_text(found.get("address"), 60) or None,
        failed=None if failure is None else _text(failure["code"], 60) or "unknown",
        connections=tuple(map(_connection, _list(found.get("connections"), _MAX_CONNECTIONS))),
        words=tuple(dict.fromkeys(map(_words, _list(found.get("words"), _MAX_ITEMS)))),
    )


def _connection(found: Any) -> Connection:  # noqa: ANN401 - JSON
    found = _object(found)
    if found["opens"] not in _OPENS or found["ended"] not in _ENDS:
        raise ValueError("a connection of an unknown kind")
    secrets = [bytes.fromhex(_string(one, 200)) for one in _list(found.get("secrets"), 8)]
    return Connection(
        opens=found["opens"],
        by_hand=found.get("by") == "hello",
        received=_bytes(found["received"], MAX_RECEIVED),
        ended=found["ended"],
        # A handshake that breaks off before the server's Finished has the first alone.
        secrets=(secrets[0], secrets[1] if len(secrets) > 1 else b"") if secrets else None,
        certificates=tuple(_bytes(one, MAX_RECEIVED) for one in _list(found.get("certificates"), _MAX_ITEMS)),
    )


def _words(found: Any) -> str:  # noqa: ANN401 - JSON
    found = _object(found)
    code, message = _string(found.get("code") or "", 100), _string(found["message"], _MAX_WORDS)
    return " ".join(f"{message} {{ code: '{code}' }}".split()) if code else " ".join(message.split())


def _variable(found: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON
    found = _object(found)
    name = _string(found["name"], 80)
    if not _NAME.fullmatch(name):
        raise ValueError("a variable without a name")
    return name, _text(found["value"], _MAX_PATH)


def _store(found: Any) -> CollectedStore:  # noqa: ANN401 - JSON
    found = _object(found)
    prints = [_string(one, 64).lower() for one in _list(found.get("fingerprints"), _MAX_CERTIFICATES)]
    if any(not re.fullmatch("[0-9a-f]{64}", one) for one in prints):
        raise ValueError("a fingerprint that is none")
    return CollectedStore(
        title=_text(found["title"], 200),
        kind=_text(found.get("kind"), 40),
        certificates=tuple(
            _bytes(one, 1 << 16) for one in _list(found.get("certificates"), _MAX_CERTIFICATES)
        ),
        fingerprints=tuple(prints),
    )


def _file(found: Any) -> tuple[str, bytes | None, str]:  # noqa: ANN401 - JSON
    found = _object(found)
    data = found.get("data")
    content = None if data is None else _bytes(data, MAX_RECEIVED)
    return _text(found["path"], _MAX_PATH), content, _text(found.get("left_out"), 200)


def _instant(text: object) -> datetime:
    at = datetime.fromisoformat(_string(text, 40))
    if at.tzinfo is None or not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError("an instant without offset, or in no year in which it can have been")
    return at.astimezone(UTC)


def _object(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError("something else in place of an object")
    return found


def _list(found: object, most: int) -> list[Any]:
    if found is None:
        return []
    if not isinstance(found, list):
        # ConvertTo-Json of PowerShell 5.1 writes a list of one as the one.
        return [found]
    if len(found) > most:
        raise ValueError(f"a list of over {most} items")
    return found


def _string(found: object, most: int) -> str:
    if not isinstance(found, str) or len(found) > most:
        raise TypeError(f"something else in place of a text of up to {most} characters")
    return found


def _text(found: object, most: int) -> str:
    """Return a text without secrets that is safe to print; empty for none."""
    return "" if found is None else printable(redact(_string(found, most))[0], limit=most)


def _bytes(found: object, most: int) -> bytes:
    text = _string(found, most * 4 // 3 + 4)
    return b64decode(text, validate=True)
