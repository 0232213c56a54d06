"""Pairs keys with certificates by their public keys, which alone decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.files import FileFacts, FileObject, KeyFacts, Lock
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A key and a certificate that belong together."""

    key_path: str
    key: KeyFacts
    certificate_path: str
    certificate: Certificate


def fits(certificate: Certificate, key: KeyFacts) -> bool | None:
    """Return whether the key belongs to the certificate; None if a public key is unknown."""
    if not isinstance(key.public, PublicKey):
        return None
    wanted, there = certificate.public_key.spki_sha256, key.public.spki_sha256
    return wanted == there if wanted and there else None


def pairs(files: Iterable[FileFacts]) -> Iterator[Pair]:
    """Yield every key of the files with every certificate to which it belongs, in order."""
    everything = tuple(files)
    by_key: dict[str, list[tuple[str, Certificate]]] = {}
    for file in everything:
        for certificate in file.certificates:
            by_key.setdefault(certificate.public_key.spki_sha256, []).append((file.path, certificate))
    for key_file, _, key in keys_in(everything):
        if isinstance(key.public, PublicKey) and key.public.spki_sha256:
            for path, certificate in by_key.get(key.public.spki_sha256, ()):
                yield Pair(key_path=key_file.path, key=key, certificate_path=path, certificate=certificate)


def keys_in(files: Iterable[FileFacts]) -> Iterator[tuple[FileFacts, FileObject, KeyFacts]]:
    """Yield every private key with its object and file."""
    for file in files:
        for item in file.objects:
            if item.key is not None:
                yield file, item, item.key


def alone(files: Iterable[FileFacts]) -> Iterator[tuple[FileFacts, FileObject, KeyFacts]]:
    """Yield every open key without a certificate, request or public key in the files."""
    everything = tuple(files)
    partners = {c.public_key.spki_sha256 for file in everything for c in file.certificates}
    partners |= {
        item.public.spki_sha256 for file in everything for item in file.objects if item.public is not None
    }
    for file, item, key in keys_in(everything):
        if isinstance(key.public, PublicKey) and key.lock is not Lock.DAMAGED:
            known = key.public.spki_sha256
            if known and known not in partners:
                yield file, item, key
