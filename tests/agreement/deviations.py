"""Where an entry and the real client are known to disagree, and why: client, chain, reason."""

from __future__ import annotations

_NOT_BUN = "the entry stands for BoringSSL as Electron has it; Bun's fork trusts a leaf given as CA"
_DATES = "BoringSSL leaves out the dates of a chain without end; Bun's fork checks them"
_ROOT = "Bun's fork tells the trusted root's dates at another point of its walk"
_SENT = "the limit of ten certificates is the handshake's, which this measurement leaves out"

DEVIATIONS: dict[str, dict[str, str]] = {
    "bun": {
        "self-signed-leaf-trusted": _NOT_BUN,
        "self-signed-sha1-trusted": _NOT_BUN,
        "self-signed-expired": _DATES,
        "self-signed-expired-trusted": _DATES,
        "leaf-p521": "the server here closes without the alert that a database sends",
        "intermediate-missing+leaf-expired": _DATES,
        "intermediate-missing+leaf-future": _DATES,
        "intermediate-as-ca+intermediate-expired": _DATES,
        "intermediate-as-ca+intermediate-future": _DATES,
        "leaf-future+intermediate-without-cert-sign": _DATES,
        "root-expired+intermediate-no-ca": _ROOT,
        "root-expired+constrained-excluded": _ROOT,
        "root-expired+intermediate-bad-signature": _ROOT,
        "root-future+client-only": _ROOT,
        "root-future+intermediate-client-only": _ROOT,
        "root-future+intermediate-without-constraints": _ROOT,
        "root-future+constrained-excluded": _ROOT,
        "root-future+intermediate-unknown-critical": _ROOT,
        "intermediate-rsa1024+leaf-bad-signature": "OpenSSL, on which the entry rests, does not try an RSA issuer for an ECDSA signature",
    },
    "java": {"chain-of-twelve": _SENT},
    "mssql-jdbc": {"chain-of-twelve": _SENT},
}

_EITHER = (
    "of two roots with one name it takes either: the order in its store hangs on the certificates' hashes"
)

UNSTABLE: dict[str, dict[str, str]] = {
    "bun": {
        "wrong-root-beside-right-no-ids": _EITHER,
        "right-root-beside-wrong-no-ids": _EITHER,
    },
}
"""Chains on which the real client does not always say the same."""
