"""The cause behind each of OpenSSL's verify errors."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.verify_errors import no_anchor
from certdoctor.model.store import Lookup
from certdoctor.model.trust import PathError, Trust

_CAUSES: dict[int, str] = {
    7: "bad-signature",
    9: "not-yet-valid",
    10: "expired",
    3: "revocation-unavailable",
    12: "revocation-unavailable",
    22: "path-length-exceeded",
    23: "revoked",
    24: "invalid-ca",
    25: "path-length-exceeded",
    32: "invalid-ca",
    34: "unknown-critical-extension",
    47: "name-constraint-violated",
    48: "name-constraint-violated",
    51: "name-constraint-violated",
    53: "name-constraint-violated",
    62: "hostname-mismatch",
    64: "hostname-mismatch",
    66: "weak-key",
    67: "weak-key",
    68: "weak-digest",
    79: "invalid-ca",
    80: "invalid-ca",
    89: "invalid-ca",
    92: "invalid-ca",
}

_INVALID_PURPOSE = 26


def cause(error: PathError, trust: Trust) -> str:
    """Return the cause name behind one error.

    The numbers for a path without a trusted end say more about the order of OpenSSL's steps than
    about the fault, so for them the shape of the path decides.
    """
    if no_anchor(error):
        return open_end(trust)
    if error.code == _INVALID_PURPOSE:
        # At a CA's depth the purpose check fails because the certificate is no CA.
        return "wrong-purpose" if error.depth == 0 else "invalid-ca"
    return _CAUSES.get(error.code, "validation-failed")


def refused_issuer(trust: Trust) -> bool:
    """Whether the issuer that is missing is at hand, and an extension that cannot be read keeps it from being used.

    OpenSSL passes over a candidate when the extensions of either certificate cannot be cached
    (ossl_x509v3_cache_extensions), and then says that there is no issuer.
    """
    top = trust.path[-1]
    at_hand = [c for c in (*trust.given, *trust.strays) if c.subject_der == top.issuer_der]
    return bool(at_hand) and any(c.unread_extensions for c in (top, *at_hand))


def open_end(trust: Trust) -> str:
    """Return the cause name for a path that does not end in a trusted root."""
    if trust.interceptor is not None:
        return "tls-interception"
    if refused_issuer(trust):
        return "unreadable-extension"
    top = trust.path[-1]
    if trust.missing is None and top.self_issued:
        return "self-signed-leaf" if len(trust.path) == 1 else "self-signed-in-chain"
    # The leaf alone was sent: its issuer is an intermediate that the server should send, unless it
    # is the root itself, which one certificate cannot tell (the finding says so); the root, once found, can.
    known_root = trust.missing is not None and trust.missing.is_root
    return "incomplete-chain" if len(trust.path) == 1 and not known_root else "missing-issuer"


def with_found(trust: Trust, lookup: Lookup) -> Trust:
    """Return the trust with what the search for the missing issuer tells: whether that is a root."""
    missing = trust.missing
    if missing is None:
        return trust
    signed = (c.certificate for c in lookup.candidates if c.wanted_by == missing.wanted_by.label)
    if not any(c.self_signed for c in signed):
        return trust
    trust = replace(trust, missing=replace(missing, is_root=True))
    return replace(trust, errors=tuple(replace(e, cause=cause(e, trust)) for e in trust.errors))
