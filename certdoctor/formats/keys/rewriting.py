"""Rewrites private keys as PKCS#8 in PEM, encrypted with PBES2 and AES-256 or, if asked for, plain.

Only keys that ``formats.files`` has opened are rewritten: the cost of opening these is known to be affordable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.encodings import der, pem, recognise
from certdoctor.formats.encodings.pem import Block
from certdoctor.formats.encodings.structure import Structure, structure
from certdoctor.formats.keys import pkcs8, private_keys
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import FileFacts, Form, KeyFacts, Lock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_OPEN = frozenset({Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED})
_FOREIGN = frozenset({Form.JKS, Form.JCEKS, Form.PUTTY})
"""Files whose keys only another program can extract."""
_MAX_NEW_PASSWORD = 1023
"""Bytes; the longest password with which OpenSSL writes."""
_RSA_PSS = "1.2.840.113549.1.1.10"
"""id-RSASSA-PSS: a key that may be used only for RSA-PSS signatures (RFC 4055 section 1.2)."""


def rewritten(
    data: bytes, facts: FileFacts, password: bytes | None, new_password: bytes | None
) -> Iterator[tuple[KeyFacts, bytes | None]]:
    """Yield each key of the file, in order, with its new PEM; None in place of PEM that cannot be written.

    ``facts`` is the result of ``formats.files.examine`` for these bytes and this password; keys that it did not
    open are not tried again. Without a ``new_password`` (or with an empty one) the keys are written plain.
    Every new PEM was read again and has the same public key.
    """
    for key, source in zip(facts.keys, _sources(data, facts), strict=False):
        text = None
        if _is_open(key) and len(new_password or b"") <= _MAX_NEW_PASSWORD:
            text = _written(key, source, password or b"", new_password or None)
        yield key, text if text and _same(key, text, new_password or None) else None


def _is_open(key: KeyFacts) -> bool:
    if key.lock in _OPEN:
        return True
    # This OpenSSL opened the key, but current clients refuse its encryption: rewriting repairs that.
    return key.lock is Lock.UNSUPPORTED and isinstance(key.public, PublicKey) and key.container != "OpenSSH"


def _sources(data: bytes, facts: FileFacts) -> Iterator[bytes | Block | None]:
    """Yield the bytes of each key in the order of the facts."""
    if facts.format == Form.PKCS12:
        yield data
    elif facts.format == Form.DER_KEY:
        yield private_keys.as_block(data)
    elif facts.format == Form.BARE_BASE64:
        yield private_keys.as_block(recognise.bare_base64(data) or b"")
    elif facts.format in _FOREIGN:
        yield from (None for _ in facts.keys)
    else:
        yield from (block for block in pem.scan(data).blocks if pem.is_key_label(block.label))


def _written(key: KeyFacts, source: bytes | Block | None, password: bytes, new: bytes | None) -> bytes | None:
    try:
        with foreign.parser("private key"):
            if isinstance(source, bytes):
                return _plain_or_encrypted(pkcs12.load_pkcs12(source, password).key, new)
            if source is None:
                return None
            if key.container == "OpenSSH":
                return _plain_or_encrypted(serialization.load_ssh_private_key(source.text(), None), new)
            return _pkcs8(source, password, new)
    except FormatError:
        return None


def _plain_or_encrypted(key: PrivateKeyTypes | None, new: bytes | None) -> bytes | None:
    if key is None:
        return None
    encryption = serialization.BestAvailableEncryption(new) if new else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _pkcs8(block: Block, password: bytes, new: bytes | None) -> bytes | None:
    """Write a key that OpenSSL can load, without changing its algorithm: an RSA-PSS key stays one.

    A key that cryptography refuses (because it is on an unknown curve) is written only if it was plain.
    """
    from OpenSSL import crypto  # noqa: PLC0415 - only when there is a key to write

    try:
        key = crypto.load_privatekey(crypto.FILETYPE_PEM, block.text(), password or private_keys.NO_PASSWORD)
        algorithm = der.read(crypto.dump_publickey(crypto.FILETYPE_ASN1, key)).children()[0]
        private = cast("PrivateKeyTypes", key.to_cryptography_key())  # it was loaded as a private key
    except (crypto.Error, FormatError):
        return None
    except (UnsupportedAlgorithm, ValueError, TypeError):
        info = _plain_info(block, algorithm.encoded)
        return None if info is None else pkcs8.pem(info, new)
    if algorithm.children()[0].oid() != _RSA_PSS:
        return _plain_or_encrypted(private, new)
    numbers = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return pkcs8.pem(pkcs8.private_key_info(algorithm.encoded, numbers), new)


def _plain_info(block: Block, algorithm: bytes) -> bytes | None:
    """Return the PrivateKeyInfo of a plain key in PKCS#8 or SEC 1 form; None for other forms."""
    match structure(block.body):
        case Structure.PKCS8:
            return block.body
        case Structure.SEC1:
            return pkcs8.private_key_info(algorithm, block.body)
        case _:
            return None


def _same(key: KeyFacts, text: bytes, password: bytes | None) -> bool:
    blocks = pem.scan(text).blocks
    found = private_keys.examine(blocks[0], password) if blocks else None
    return (
        found is not None
        and found.lock is (Lock.OPENED if password else Lock.OPEN)
        and found.container == "PKCS#8"
        and found.public == key.public
    )
