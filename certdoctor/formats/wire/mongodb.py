"""MongoDB without TLS: ``hello`` and its answer, which reveal a server without TLS (Wire Protocol, OP_MSG)."""

from __future__ import annotations

import struct

from certdoctor.errors import FormatError

HEADER = struct.Struct("<iiii")
"""Length (header included), request id, id of the answered request, operation."""

OP_REPLY, OP_MSG = 1, 2013
MAX_REPLY = 1 << 20
_REQUEST = 0x63640001


def build_hello() -> bytes:
    """Return ``{hello: 1, $db: "admin"}`` as OP_MSG; servers answer it before any login."""
    fields = b"\x10hello\x00" + struct.pack("<i", 1) + b"\x02$db\x00" + struct.pack("<i", 6) + b"admin\x00"
    document = struct.pack("<i", len(fields) + 5) + fields + b"\x00"
    body = struct.pack("<i", 0) + b"\x00" + document
    return HEADER.pack(HEADER.size + len(body), _REQUEST, 0, OP_MSG) + body


def parse_header(head: bytes) -> int:
    """Return the length of a reply to ``hello``.

    Raises:
        FormatError: it is not such a reply.

    """
    if len(head) < HEADER.size:
        raise FormatError("MongoDB reply", len(head), "shorter than its header")
    length, _, answered, operation = HEADER.unpack_from(head)
    if operation not in {OP_REPLY, OP_MSG} or not HEADER.size < length <= MAX_REPLY or answered != _REQUEST:
        raise FormatError("MongoDB reply", 0, "no answer to hello")
    return int(length)
