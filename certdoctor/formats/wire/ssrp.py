"""SQL Server Resolution Protocol, parsed and built (MC-SQLR v20): it tells the port of a named instance.

``parse_*`` are total: any bytes give a value or FormatError, nothing else. ``build_*`` are their inverses.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import field

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass

PORT = 1434
"""UDP port of SQL Server Browser."""

MAX_NAME = 32
"""Bytes of an instance name (MC-SQLR 2.2.3)."""

MAX_REPLY = 1 << 16

_UNICAST_ALL, _ONE, _REPLY, _DAC = 0x03, 0x04, 0x05, 0x0F
_DAC_VERSION = 0x01
_DAC_SIZE = 6
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One instance as the Browser describes it."""

    server: str
    instance: str
    version: str = ""
    port: int | None = None
    """TCP port; None if TCP/IP is off for the instance."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Every other key, in lower case ("np", "isclustered")."""


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request: for all instances (no name), for one, or for its administrator connection."""

    instance: str | None
    dac: bool = False


def build_request(request: Request) -> bytes:
    """Return CLNT_UCAST_EX, CLNT_UCAST_INST or CLNT_UCAST_DAC (MC-SQLR 2.2.2 to 2.2.4)."""
    if request.instance is None:
        return bytes([_UNICAST_ALL])
    name = request.instance.encode("utf-8")[:MAX_NAME] + b"\x00"
    return (bytes([_DAC, _DAC_VERSION]) if request.dac else bytes([_ONE])) + name


def parse_request(data: bytes) -> Request:
    """Read a request.

    Raises:
        FormatError: it is not one of the three kinds.

    """
    if data == bytes([_UNICAST_ALL]):
        return Request(None)
    dac = data.startswith(bytes([_DAC, _DAC_VERSION]))
    if not dac and data[:1] != bytes([_ONE]):
        raise FormatError("SSRP request", 0, "unknown kind")
    name, end, rest = data[2 if dac else 1 :].partition(b"\x00")
    if not end or rest or not name or len(name) > MAX_NAME:
        raise FormatError("SSRP request", len(data), "no instance name of 1 to 32 bytes with a NUL behind it")
    return Request(name.decode("utf-8", "replace"), dac)


def build_reply(entries: Iterable[Entry]) -> bytes:
    """Return SVR_RESP for these instances (MC-SQLR 2.2.5)."""
    text = ""
    for entry in entries:
        pairs = {"ServerName": entry.server, "InstanceName": entry.instance, "Version": entry.version}
        if entry.port is not None:
            pairs["tcp"] = str(entry.port)
        text += "".join(f"{key};{value};" for key, value in {**pairs, **entry.more}.items()) + ";"
    body = text.encode("utf-8")
    return struct.pack("<BH", _REPLY, len(body)) + body


def parse_reply(data: bytes) -> tuple[Entry, ...]:
    """Read SVR_RESP. Keys may come in any order and values may be empty.

    Raises:
        FormatError: it is not a reply, or shorter than it claims.

    """
    body = _body(data)
    entries: list[Entry] = []
    pairs: dict[str, str] = {}
    tokens = iter(body.decode("utf-8", "replace").split(";"))
    for key in tokens:
        if key:
            # A value may be empty, so ";;" ends a block only where a key is due.
            pairs.setdefault(key.lower(), next(tokens, ""))
        elif pairs:
            entries.append(_entry(pairs))
            pairs = {}
    if pairs:
        entries.append(_entry(pairs))
    return tuple(entries)


def build_dac_reply(port: int) -> bytes:
    """Return SVR_RESP (DAC) with the port of the administrator connection (MC-SQLR 2.2.6)."""
    return struct.pack("<BHBH", _REPLY, _DAC_SIZE, _DAC_VERSION, port)


def parse_dac_reply(data: bytes) -> int:
    """Return the port of the dedicated administrator connection.

    Raises:
        FormatError: it is not such a reply.

    """
    if not is_dac_reply(data):
        raise FormatError("SSRP reply", 0, "no answer about the administrator connection")
    return int.from_bytes(data[4:6], "little")


def is_dac_reply(data: bytes) -> bool:
    """Whether the reply is about the administrator connection: its size counts the whole packet."""
    return len(data) == _DAC_SIZE and data[:4] == struct.pack("<BHB", _REPLY, _DAC_SIZE, _DAC_VERSION)


def _body(data: bytes) -> bytes:
    head = struct.Struct("<BH")
    if len(data) < head.size:
        raise FormatError("SSRP reply", len(data), "shorter than its header")
    kind, size = head.unpack_from(data)
    if kind != _REPLY:
        raise FormatError("SSRP reply", 0, f"kind 0x{kind:02x}")
    body = data[head.size : head.size + size]
    if len(body) < size:
        raise FormatError("SSRP reply", len(data), f"shorter than the {size} bytes that it claims")
    return body


def _entry(pairs: dict[str, str]) -> Entry:
    port = pairs.pop("tcp", "")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= len(str(_MAX_PORT)) else 0
    return Entry(
        server=pairs.pop("servername", ""),
        instance=pairs.pop("instancename", ""),
        version=pairs.pop("version", ""),
        port=number if 0 < number <= _MAX_PORT else None,
        more=pairs,
    )
