"""Writes and encrypts PKCS#8 (RFC 5208, RFC 8018) for keys that cryptography cannot write unchanged.

cryptography treats an RSA-PSS key as an ordinary RSA key, so the key would lose its restriction. It cannot load a
key on an unknown curve at all.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from certdoctor.formats.encodings import der

ROUNDS = 20_000
"""Rounds of PBKDF2, as many as cryptography writes."""

_NULL = bytes.fromhex("0500")
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
"""Object identifiers of RFC 8018 appendices A and B, encoded."""

_SALT_BYTES = 16
_AES_BLOCK_BYTES = 16
_AES_256_BYTES = 32
_PEM_COLUMNS = 64


def private_key_info(algorithm: bytes, private_key: bytes) -> bytes:
    """Return a PrivateKeyInfo of version 0 from an AlgorithmIdentifier and the key in the algorithm's own form."""
    return der.write(
        der.SEQUENCE, der.write(der.INTEGER, b"\0"), algorithm, der.write(der.OCTET_STRING, private_key)
    )


def pem(info: bytes, password: bytes | None) -> bytes:
    """Return a PrivateKeyInfo as PEM, encrypted if a password is given."""
    label = "ENCRYPTED PRIVATE KEY" if password else "PRIVATE KEY"
    text = base64.b64encode(_encrypted(info, password) if password else info).decode("ascii")
    lines = (text[at : at + _PEM_COLUMNS] for at in range(0, len(text), _PEM_COLUMNS))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode("ascii")


def _encrypted(info: bytes, password: bytes) -> bytes:
    """Encrypt by PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 8018 section 6.2)."""
    salt, start = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_AES_BLOCK_BYTES)
    key = PBKDF2HMAC(SHA256(), _AES_256_BYTES, salt, ROUNDS).derive(password)
    padder = PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    ciphertext = encryptor.update(padder.update(info) + padder.finalize()) + encryptor.finalize()
    rounds = der.write(der.INTEGER, ROUNDS.to_bytes(ROUNDS.bit_length() // 8 + 1, "big"))
    digest = der.write(der.SEQUENCE, _HMAC_SHA256, _NULL)
    derivation = der.write(der.SEQUENCE, der.write(der.OCTET_STRING, salt), rounds, digest)
    scheme = der.write(der.SEQUENCE, _AES_256_CBC, der.write(der.OCTET_STRING, start))
    parameters = der.write(der.SEQUENCE, der.write(der.SEQUENCE, _PBKDF2, derivation), scheme)
    algorithm = der.write(der.SEQUENCE, _PBES2, parameters)
    return der.write(der.SEQUENCE, algorithm, der.write(der.OCTET_STRING, ciphertext))
