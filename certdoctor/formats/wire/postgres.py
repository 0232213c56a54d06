"""PostgreSQL before TLS: SSLRequest and its one-byte answer (Frontend/Backend Protocol 3, "SSL Session Encryption").

``parse_*`` are total: any bytes give a value or FormatError, nothing else.
"""

from __future__ import annotations

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""Length 8, then 80877103."""

ALPN = b"postgresql"
"""For TLS without SSLRequest (sslnegotiation=direct, PostgreSQL 17 and later)."""

MAX_ERROR = 8192

MAX_TEXT = 1000
"""Characters kept of a server's message."""

_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """The fields of an ErrorResponse that are used: SQLSTATE and message."""

    sqlstate: str
    text: str


def parse_answer(first: bytes) -> bool | None:
    """Read the answer to SSLRequest: True for S, False for N, None for the beginning of an ErrorResponse.

    Raises:
        FormatError: the byte is none of these.

    """
    answers = {b"S": True, b"N": False, b"E": None}
    if first[:1] not in answers:
        raise FormatError("answer to SSLRequest", 0, "neither S nor N nor an error")
    return answers[first[:1]]


def parse_error(body: bytes) -> ServerError:
    """Read an ErrorResponse after its type byte: the length, then fields of a letter and a text.

    Servers before protocol 3 send only the text, ended by NUL.

    Raises:
        FormatError: it is cut short, or has neither form.

    """
    length = int.from_bytes(body[:_LENGTH], "big")
    if len(body) < _LENGTH:
        raise FormatError("ErrorResponse", len(body), "no length")
    if not _LENGTH < length <= MAX_ERROR:
        text, end, _ = body.partition(b"\x00")
        if not end:
            raise FormatError("ErrorResponse", 0, f"impossible length {length}")
        return ServerError(sqlstate="", text=text.decode("utf-8", "replace").strip()[:MAX_TEXT])
    if len(body) < length:
        raise FormatError("ErrorResponse", len(body), f"shorter than the {length} bytes that it claims")
    fields: dict[bytes, str] = {}
    for item in body[_LENGTH:length].split(b"\x00"):
        if item:
            fields.setdefault(item[:1], item[1:].decode("utf-8", "replace"))
    if b"M" not in fields:
        raise FormatError("ErrorResponse", _LENGTH, "no message")
    return ServerError(sqlstate=fields.get(b"C", "")[:5], text=fields[b"M"][:MAX_TEXT])


def build_error(error: ServerError) -> bytes:
    """Return an ErrorResponse, its type byte included."""
    fields = b"".join(
        letter + text.encode("utf-8") + b"\x00"
        for letter, text in ((b"S", "FATAL"), (b"C", error.sqlstate), (b"M", error.text))
    )
    return b"E" + (len(fields) + _LENGTH + 1).to_bytes(_LENGTH, "big") + fields + b"\x00"
