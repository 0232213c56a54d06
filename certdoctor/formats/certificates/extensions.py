"""The extensions of a certificate, each by itself: one that cannot be read hides no other (RFC 5280 section 4.2)."""

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
"""RFC 5280 section 4.2: at most one of a kind."""


def read(
    certificate: x509.Certificate, encoded: bytes
) -> tuple[tuple[x509.Extension[x509.ExtensionType], ...], tuple[UnreadExtension, ...]]:
    """Return the extensions that can be read and those that cannot, in the certificate's order.

    The library refuses all for the sake of one, so then each is given to it in a certificate of its own.
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
    """Yield the identifier of each extension, and the certificate as if it had that one alone.

    Raises:
        FormatError: not even their list can be read.

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
