"""What revocation lists (RFC 5280 section 5) that were given say of the certificates at hand."""

from __future__ import annotations

from datetime import datetime

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """One list, as far as it is about certificates at hand."""

    path: str
    """The file that holds it."""
    issuer: str
    """RFC 4514."""
    this_update: datetime
    next_update: datetime | None
    """When it runs out; None where it does not say."""
    signed: bool | None
    """Whether the key of a certificate at hand, of the list's issuer, made its signature; None where there is none."""
    covers: tuple[str, ...] = ()
    """SHA-256 of the certificates at hand that its issuer has issued."""
    revoked: tuple[tuple[str, datetime], ...] = ()
    """SHA-256 of those that it lists, and since when each is revoked."""
