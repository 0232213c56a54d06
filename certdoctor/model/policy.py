"""What a deployment demands of its connections, beyond that they work."""

from __future__ import annotations

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Demands; None and empty mean that nothing is demanded."""

    minimum_days: int | None = None
    """Fewest days that every certificate must still be valid."""
    rsa_bits: int | None = None
    """Fewest bits of RSA and DSA keys."""
    ec_bits: int | None = None
    """Fewest bits of elliptic-curve keys."""
    digests: tuple[str, ...] = ()
    """Digests with which certificates may be signed ("sha256")."""
    tls_versions: tuple[str, ...] = ()
    """Versions that the server may take ("1.2", "1.3")."""
    required_names: tuple[str, ...] = ()
    """Names that the server's certificate must cover, besides the one that is connected to."""
    may_be_offline: bool = False
    """Whether a server that cannot be reached is no fault."""
