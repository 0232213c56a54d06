"""The files that a repair produces: certificates in the layout of their consumer, keys, PKCS#12."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from certdoctor.formats.certificates.ordering import Ordered, above, chained, is_leaf
from certdoctor.formats.containers import packing
from certdoctor.formats.encodings.pem import Block
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.files import KeyFacts
from certdoctor.model.lean import dataclass
from certdoctor.repair.consumers import STORE_PASSWORD, Layout, Shape

_KEY_PROOF = "openssl pkey -in {path} -noout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file to write."""

    name: str
    """The file name without a folder, of letters, digits, dots, dashes and underscores."""
    data: bytes = field(repr=False)
    private: bool
    """Whether it holds a private key, so that only its owner may read it."""
    holds: str
    """Its contents in words."""
    prints: tuple[str, ...]
    """SHA-256 of its certificates, then of its keys' public halves, to compare when it is read again."""
    proof: str
    """The command that proves that it can be read; "{path}" stands for the file."""
    password: bytes | None = field(default=None, repr=False)
    """The password that opens it; None if it is not encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenKey:
    """A rewritten private key."""

    facts: KeyFacts
    """The facts of the original key."""
    public: PublicKey
    text: bytes = field(repr=False)
    """The new key as PKCS#8 PEM."""


def certificate_pieces(stem: str, order: Ordered, layout: Layout, *, for_client: bool) -> Iterator[Piece]:
    """Yield the files of the certificates; ``for_client`` says that their key is available too."""
    anchors = tuple(c for c in order.kept if not is_leaf(c)) if layout.anchors else order.kept
    if not anchors:
        return
    match layout.shape:
        case Shape.CHAIN:
            yield _in_one_file(f"{stem}.pem", anchors, layout)
            authorities = tuple(c for c in anchors if c is not order.leaf)
            if layout.authorities and for_client and order.leaf and authorities:
                yield _in_one_file(f"{stem}-ca.pem", authorities, layout, " above it")
        case Shape.EACH:
            yield from _each(stem, anchors, layout)
        case Shape.LEAF_AND_EACH:
            own = order.leaf or anchors[0]
            yield _one(f"{stem}.pem", own, layout)
            yield from _each(f"{stem}-ca", [c for c in anchors if c is not own], layout)
        case Shape.STORE:
            yield _store(f"{stem}-trust.p12", anchors, layout)


def key_piece(name: str, key: WrittenKey, password: bytes | None) -> Piece:
    """Return the file of a key; ``password`` is the one with which its text is encrypted."""
    return Piece(
        name=name,
        data=key.text,
        private=True,
        holds=f"private key, {key.public}, PKCS#8, {'encrypted with AES-256' if password else 'NOT encrypted'}",
        prints=(key.public.spki_sha256,),
        proof=_KEY_PROOF,
        password=password,
    )


def pack_piece(
    name: str, key: WrittenKey, certificates: Sequence[Certificate], layout: Layout, password: bytes
) -> Piece | None:
    """Return a PKCS#12 of a plain key, its certificate and the issuers of that.

    None if no certificate belongs to the key, or if the library does not write keys of this kind.
    """
    own = next((c for c in certificates if c.public_key.spki_sha256 == key.public.spki_sha256), None)
    if own is None:
        return None
    chain = above(own, certificates)
    data = packing.key_store(key.text, chain, password)
    if data is None:
        return None
    return Piece(
        name=name,
        data=data,
        private=True,
        holds=f"PKCS#12 (AES-256) of a private key, {key.public}, and {count(len(chain), 'certificate')}",
        prints=(*(c.sha256 for c in chain), key.public.spki_sha256),
        proof=layout.pack_proof,
        password=password,
    )


def count(number: int, word: str) -> str:
    """Return a number with its word: "1 certificate", "2 certificates"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _in_one_file(name: str, some: Sequence[Certificate], layout: Layout, more: str = "") -> Piece:
    order = ", leaf to root" if len(some) > 1 and chained(some) and not more else ""
    what = "CA certificate" if more else "certificate"
    return _pem(name, some, f"{count(len(some), what)}{order}{more}", layout)


def _each(stem: str, some: Sequence[Certificate], layout: Layout) -> Iterator[Piece]:
    for number, certificate in enumerate(some, 1):
        yield _one(f"{stem}-{number}.crt" if len(some) > 1 else f"{stem}.crt", certificate, layout)


def _one(name: str, certificate: Certificate, layout: Layout) -> Piece:
    return _pem(name, (certificate,), certificate.subject or certificate.label, layout)


def _pem(name: str, some: Sequence[Certificate], holds: str, layout: Layout) -> Piece:
    return Piece(
        name=name,
        data=b"".join(Block(label="CERTIFICATE", line=1, body=c.der).text() for c in some),
        private=False,
        holds=holds,
        prints=tuple(c.sha256 for c in some),
        proof=layout.proof,
    )


def _store(name: str, anchors: Sequence[Certificate], layout: Layout) -> Piece:
    password = STORE_PASSWORD.encode()
    return Piece(
        name=name,
        data=packing.trust_store(anchors, password),
        private=False,
        holds=f"Java trust store (PKCS#12) of {count(len(anchors), 'certificate')}",
        prints=tuple(c.sha256 for c in anchors),
        proof=layout.proof,
        password=password,
    )
