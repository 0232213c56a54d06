"""Splits the error numbers of OpenSSL and BoringSSL into library and reason.

Three layouts of the same eight hex digits are in use: OpenSSL 1.1 ``LLFFFRRR`` (library, function,
reason; err.h of 1.1.1), OpenSSL 3 library << 23 | reason (err.h of 3.0), BoringSSL library << 24 |
reason (err.h). Only a known library shows which layout a number has.
"""

from __future__ import annotations

from collections.abc import Iterator

ALERT_OFFSET = 1000
"""Reasons of the SSL library from this on are this plus the number of a TLS alert (SSL_AD_REASON_OFFSET)."""

_OPENSSL = {
    4: "RSA", 6: "EVP", 9: "PEM", 11: "X509", 13: "ASN1", 15: "CRYPTO", 20: "SSL", 32: "BIO",
    34: "X509V3", 35: "PKCS12", 40: "UI", 57: "PROV", 58: "CMP", 60: "DECODER",
}  # fmt: skip
_BORINGSSL = {9: "PEM", 11: "X509", 12: "ASN1", 16: "SSL", 19: "PKCS8", 30: "CIPHER"}
_SYSTEM = 1 << 31

PREFIXES = tuple(
    sorted(
        {f"{library << 23 >> 24:02x}" for library in _OPENSSL}
        | {f"{library:02x}" for library in (*_OPENSSL, *_BORINGSSL)}
    )
)
"""The first two digits of every number that ``unpack`` knows."""


def unpack(number: int) -> Iterator[tuple[str, str, int]]:
    """Yield every possible (scheme, library, reason) of the number, the likeliest first.

    ``scheme`` is "openssl" or "boringssl". Numbers of the operating system yield nothing.
    """
    if number & _SYSTEM:
        return
    library, reason = number >> 23, number & 0x7FFFFF
    if library in _OPENSSL:
        yield "openssl", _OPENSSL[library], reason
    library, rest = number >> 24, number & 0xFFFFFF
    if library in _BORINGSSL and rest < 1 << 12:
        yield "boringssl", _BORINGSSL[library], rest
    if library in _OPENSSL:
        yield "openssl", _OPENSSL[library], number & 0xFFF
