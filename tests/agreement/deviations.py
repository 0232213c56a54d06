"""Where an entry and the real client are known to disagree, and why: client, chain, reason."""

from __future__ import annotations

_DATES = "Bun's fork tells dates of a chain that ends too early"
_ROOT = "Bun's fork tells the trusted root's dates at another point of its walk"
_SENT = "the limit of ten certificates is the handshake's, which this measurement leaves out"
_NO_ALERT = "the server here closes without the alert that a database sends"
_OTHER_KEY = "OpenSSL, on which the entry rests, does not try an RSA issuer for an ECDSA signature"
_OLD = "the build that Debian packages is of 2022, and laxer; that of February 2025 says what the entry says"

DEVIATIONS: dict[str, dict[str, str]] = {
    "boringssl": {
        "leaf-usage-encipherment-only": _OLD,
        "leaf-md5": _OLD,
        "intermediate-md5": _OLD,
        "leaf-p521": _NO_ALERT,
        "intermediate-rsa1024+leaf-bad-signature": _OTHER_KEY,
    },
    "bun": {
        "leaf-p521": _NO_ALERT,
        "intermediate-as-ca+intermediate-expired": _DATES,
        "intermediate-as-ca+intermediate-future": _DATES,
        "root-expired+intermediate-no-ca": _ROOT,
        "root-expired+constrained-excluded": _ROOT,
        "root-expired+intermediate-bad-signature": _ROOT,
        "root-future+client-only": _ROOT,
        "root-future+intermediate-client-only": _ROOT,
        "root-future+intermediate-without-constraints": _ROOT,
        "root-future+constrained-excluded": _ROOT,
        "root-future+intermediate-unknown-critical": _ROOT,
        "intermediate-rsa1024+leaf-bad-signature": _OTHER_KEY,
    },
    "java": {"chain-of-twelve": _SENT},
    "mssql-jdbc": {"chain-of-twelve": _SENT},
}

_EITHER = (
    "of two roots with one name it takes either: the order in its store hangs on the certificates' hashes"
)

UNSTABLE: dict[str, dict[str, str]] = {
    "boringssl": {
        "wrong-root-beside-right-no-ids": _EITHER,
        "right-root-beside-wrong-no-ids": _EITHER,
        "renewed-root-both": _EITHER,
        "renewed-root-both-reversed": _EITHER,
        "crossed-expired-trusted-too": _EITHER,
    },
    "bun": {
        "wrong-root-beside-right-no-ids": _EITHER,
        "right-root-beside-wrong-no-ids": _EITHER,
    },
}
"""Chains on which the real client does not always say the same."""
