"""Certificates in the Windows registry, which stores each as a list of properties (MS-GPEF 2.2.1.1.1.1).

An exported store (.sst) is a sequence of such lists.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from certdoctor.errors import FormatError
from certdoctor.formats.encodings import der

_HEADER = struct.Struct("<III")
_CERTIFICATE = 32
"""PropertyID of the encoded certificate itself."""
_PURPOSES = 9
"""PropertyID of CERT_ENHKEY_USAGE_PROP_ID (wincrypt.h), set with "Certificate Purposes" of certmgr."""
_MAX_PROPERTIES = 256
_STORE_HEADER = b"\0\0\0\0CERT"


def properties(blob: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (PropertyID, value) in the order of the blob.

    Raises:
        FormatError: a property is cut short, or there are over 256.

    """
    at = 0
    for _ in range(_MAX_PROPERTIES):
        if at == len(blob):
            return
        if at + _HEADER.size > len(blob):
            raise FormatError("certificate of the registry", at, "a property is cut short")
        identifier, _, length = _HEADER.unpack_from(blob, at)
        at += _HEADER.size
        if at + length > len(blob):
            raise FormatError("certificate of the registry", at, "a property is cut short")
        yield identifier, blob[at : at + length]
        at += length
    raise FormatError("certificate of the registry", at, f"over {_MAX_PROPERTIES} properties")


def certificate(blob: bytes) -> bytes:
    """Return the DER certificate in the blob.

    Raises:
        FormatError: the blob is damaged or holds no certificate.

    """
    found = next((value for identifier, value in properties(blob) if identifier == _CERTIFICATE), None)
    if found is None:
        raise FormatError("certificate of the registry", len(blob), "it holds no certificate")
    return found


def purposes(blob: bytes) -> tuple[str, ...] | None:
    """Return the purposes to which an administrator limits the certificate, dotted; None where there is no limit.

    None at all means that every purpose is disabled (CertGetEnhancedKeyUsage).

    Raises:
        FormatError: the blob is damaged, or the list in it.

    """
    found = next((value for identifier, value in properties(blob) if identifier == _PURPOSES), None)
    if found is None:
        return None
    return tuple(purpose.oid() for purpose in der.whole(found).children())


def exported(store: bytes) -> Iterator[bytes]:
    """Yield the DER certificates of a store that Windows exported as .sst.

    Raises:
        FormatError: it is not such a store, or is cut short.

    """
    if not store.startswith(_STORE_HEADER):
        raise FormatError("certificate store", 0, "it does not begin like one")
    at = len(_STORE_HEADER)
    while True:
        if at + _HEADER.size > len(store):
            raise FormatError("certificate store", at, "it is cut short")
        identifier, _, length = _HEADER.unpack_from(store, at)
        at += _HEADER.size
        if identifier == 0:
            return
        if at + length > len(store):
            raise FormatError("certificate store", at, "it is cut short")
        if identifier == _CERTIFICATE:
            yield store[at : at + length]
        at += length
