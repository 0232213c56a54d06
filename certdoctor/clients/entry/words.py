"""What a client says."""

from __future__ import annotations

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """A client's code (None where it has none) and words."""

    code: str | None
    message: str
    brief: str = ""
    """The innermost words of the message, for tables; the message itself where it has no wrapping."""
