"""What path building and verification found (RFC 5280 section 6, as OpenSSL does it)."""

from __future__ import annotations

from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PathError:
    """One error of one certificate, as a verify callback that never stops sees it."""

    depth: int
    """0 is the leaf."""
    code: int
    """OpenSSL's X509_V_ERR number."""
    text: str
    """OpenSSL's words for the number."""
    sha256: str | None
    """Fingerprint of the certificate at which it arose."""
    cause: str = ""
    """The cause name behind it; empty before the shape of the path is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingIssuer:
    """The certificate that would have to be there and is not."""

    subject: str
    """Its name: the issuer of ``wanted_by``."""
    key_id: str | None
    """Its key id, from the authorityKeyIdentifier of ``wanted_by``, lower-case hex."""
    ca_issuers: tuple[str, ...]
    """Where ``wanted_by`` says it can be fetched."""
    wanted_by: Certificate
    is_root: bool = False
    """Whether it was found since, and is a self-signed root: then nothing is missing that a server would send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far the chain can be built and what stands against it."""

    path: tuple[Certificate, ...]
    """From the leaf up, as far as what was sent and what is trusted allow."""
    sent: frozenset[str]
    """SHA-256 of those certificates of the path that the server (or file) sent."""
    anchored: bool
    """Whether the path ends in a trusted root."""
    anchor_source: str | None
    """Where the anchor was found: "ca-file", "public"; None when not anchored."""
    missing: MissingIssuer | None
    """None when anchored, or when the path ends in an untrusted self-signed certificate."""
    errors: tuple[PathError, ...]
    """Every error of every certificate under the reference settings (OpenSSL, level 1)."""
    roots: str
    """Name of the set of roots used: "ca-file", or the public list with its version."""
    given: tuple[Certificate, ...] = ()
    """The certificates of the CA file, as given."""
    strays: tuple[Certificate, ...] = ()
    """Sent, but no part of the path."""
    interceptor: str | None = None
    """The product that answered in the server's place, by the name of an issuer; None when none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A certificate in the stores of the system, and who goes by it there."""

    certificate: Certificate
    stores: tuple[str, ...]
    """Titles of the stores, to be put behind "the"."""
    clients: tuple[str, ...]
    """Ids of the clients that go by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTrust:
    """What the stores of Windows, on the machine that looked at the chain, hold of its certificates and their issuers."""

    readers: tuple[str, ...]
    """Ids of the clients that read these stores when nobody configures them."""
    roots: tuple[Held, ...] = ()
    """Trusted certificates with the name of an issuer of the chain, or of the chain itself."""
    intermediates: tuple[Held, ...] = ()
    """Likewise, where being there trusts nothing: what the server does not send is taken from there."""
    distrusted: tuple[Held, ...] = ()
    """Certificates of the chain or above it that stand among the disallowed ones."""
    disabled: tuple[Held, ...] = ()
    """Likewise, among the trusted ones, but with purposes that leave servers out."""
    unread: tuple[str, ...] = ()
    """Titles of stores that could not be read."""
