"""Signs a certificate anew with an algorithm or version that the certificate builder refuses.

The builder of the cryptography package signs neither with SHA-1 nor as X.509 version 1, and SQL Server
does both. The fields of the TBSCertificate (RFC 5280 section 4.1) are taken apart, changed and signed.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),  # noqa: S303 - weak on purpose: certificates that clients must refuse
    "md5": hashes.MD5(),  # noqa: S303 - likewise
}

_NULL = b"\x05\x00"

_ALGORITHMS = {
    # DER of the object identifiers in RFC 8017 appendix C and RFC 5758 section 3.2.
    ("rsa", "sha256"): bytes.fromhex("06092a864886f70d01010b") + _NULL,
    ("rsa", "sha1"): bytes.fromhex("06092a864886f70d010105") + _NULL,
    ("rsa", "md5"): bytes.fromhex("06092a864886f70d010104") + _NULL,
    ("ec", "sha256"): bytes.fromhex("06082a8648ce3d040302"),
    ("ec", "sha1"): bytes.fromhex("06072a8648ce3d0401"),
}

_SEQUENCE = 0x30
_BIT_STRING = 0x03
_VERSION = 0xA0
_EXTENSIONS = 0xA3
_SHORT_FORM = 0x80


def resign(
    certificate: x509.Certificate,
    signer: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    digest: str,
    version: int = 3,
) -> x509.Certificate:
    """Return the same certificate, signed with ``digest``; version 1 loses its extensions.

    Raises:
        ValueError: a digest that this kind of key is not signed with here.

    """
    kind = "rsa" if isinstance(signer, rsa.RSAPrivateKey) else "ec"
    try:
        algorithm = _element(_SEQUENCE, _ALGORITHMS[kind, digest])
    except KeyError as error:
        raise ValueError(f"no {kind} signature with {digest}") from error
    fields = _children(certificate.tbs_certificate_bytes)
    has_version = fields[0][0] == _VERSION
    # version, serial, signature, …: the algorithm stands right behind the serial number.
    fields[2 if has_version else 1] = algorithm
    if version == 1:
        fields = [field for field in fields if field[0] not in {_VERSION, _EXTENSIONS}]
    body = _element(_SEQUENCE, b"".join(fields))
    chosen = _DIGESTS[digest]
    if isinstance(signer, rsa.RSAPrivateKey):
        signature = signer.sign(body, padding.PKCS1v15(), chosen)
    else:
        signature = signer.sign(body, ec.ECDSA(chosen))
    whole = _element(_SEQUENCE, body + algorithm + _element(_BIT_STRING, b"\x00" + signature))
    return x509.load_der_x509_certificate(whole)


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _SHORT_FORM:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT_FORM | len(digits)]) + digits + content


def _children(der: bytes) -> list[bytes]:
    """Split a SEQUENCE that the library has just written, and so is known to be sound."""
    _, start, end = _bounds(der, 0)
    parts: list[bytes] = []
    at = start
    while at < end:
        first, _, after = _bounds(der, at)
        parts.append(der[first:after])
        at = after
    return parts


def _bounds(der: bytes, at: int) -> tuple[int, int, int]:
    size = der[at + 1]
    start = at + 2
    if size & _SHORT_FORM:
        start += size & ~_SHORT_FORM
        size = int.from_bytes(der[at + 2 : start], "big")
    return at, start, start + size
