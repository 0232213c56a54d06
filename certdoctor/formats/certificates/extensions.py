"""The extensions of a certificate, each read on its own (RFC 5280 section 4.2).

The cryptography package refuses all extensions when it cannot read one of them. OpenSSL then often reports that
no issuer was found; ``trust/errors.py`` corrects that when the issuer is at hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.encodings import der
from certdoctor.model.certificate import UnreadExtension

_EXTENSIONS = 0xA3
"""Tag of the extensions in TBSCertificate (RFC 5280 section 4.1)."""

_TWICE = "it stands there twice"
"""RFC 5280 section 4.2: a certificate must not include more than one instance of an extension."""


def read(
    certificate: x509.Certificate, encoded: bytes
) -> tuple[tuple[x509.Extension[x509.ExtensionType], ...], tuple[UnreadExtension, ...]]:
    """Return the extensions that can be read and those that cannot, in the certificate's order.

    The library refuses all extensions if one is unreadable; each is then read from a copy of the certificate
    that holds no other.
    """
    try:
        with foreign.parser("extensions"):
            return tuple(certificate.extensions), ()
    except FormatError:
        pass  # each by itself, below
    try:
        found = list(_each(encoded))
    except FormatError as error:
        return (), (UnreadExtension(oid="", name="extensions", why=error.problem),)
    times = Counter(oid for oid, _ in found)
    good: list[x509.Extension[x509.ExtensionType]] = []
    bad: dict[str, UnreadExtension] = {}
    for oid, alone in found:
        if times[oid] > 1:
            bad[oid] = UnreadExtension(oid=oid, name=_name(oid), why=_TWICE)
            continue
        try:
            with foreign.parser("extension"):
                good.extend(x509.load_der_x509_certificate(alone).extensions)
        except FormatError as error:
            bad[oid] = UnreadExtension(oid=oid, name=_name(oid), why=_words(error.problem))
    return tuple(good), tuple(bad.values())


def _each(encoded: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the identifier of each extension and a copy of the certificate that holds only this extension.

    Raises:
        FormatError: the list of extensions cannot be read.

    """
    signed, *signature = der.read(encoded).children()
    parts = signed.children()
    head = b"".join(part.encoded for part in parts if part.tag != _EXTENSIONS)
    for listed in (part for part in parts if part.tag == _EXTENSIONS):
        for extension in listed.children()[0].children():
            alone = der.write(_EXTENSIONS, der.write(der.SEQUENCE, extension.encoded))
            tail = (part.encoded for part in signature)
            yield (
                extension.children()[0].oid(),
                der.write(der.SEQUENCE, der.write(der.SEQUENCE, head, alone), *tail),
            )


def _name(oid: str) -> str:
    """Return the library's word for an identifier, or the identifier where the library refuses it."""
    try:
        with foreign.parser("extension"):
            return ObjectIdentifier(oid)._name  # noqa: SLF001 - no public accessor
    except FormatError:
        return oid


def _words(text: str) -> str:
    """Return what the library says, without its program's insides."""
    return "its ASN.1 is not what RFC 5280 demands" if text.startswith("error parsing asn1") else text
