"""Turns what a file holds into what one consumer reads. Bytes in, named bytes out; nothing is written here.

What each consumer reads was measured (see ``formats.oddities``): all of them take PEM in ASCII with LF. Node,
OpenSSL and Hackolade take a whole chain from one file; ``update-ca-certificates``, keytool and certutil take
one certificate a file.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from certdoctor.formats import certificates, files
from certdoctor.formats.pem import Block
from certdoctor.formats.rewriting import rewritten
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, Form, KeyFacts, Role


class Consumer(StrEnum):
    """Whom the files are written for."""

    NODE = "node"
    HACKOLADE = "hackolade"
    JAVA = "java"
    DEBIAN = "debian"
    OPENSSL = "openssl"
    WINDOWS = "windows"


_ONE_EACH = frozenset({Consumer.JAVA, Consumer.DEBIAN, Consumer.WINDOWS})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100
_TEXT_FORMS = frozenset({Form.PEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file to be written."""

    name: str
    """Its name, without any folder; of letters, digits, dots, dashes and underscores."""
    data: bytes = field(repr=False)
    private: bool
    """Whether it holds a private key: for the owner's eyes only."""
    holds: str
    """What is in it, in words."""
    prints: tuple[str, ...]
    """SHA-256 of its certificates, or of its key's public half: what reading it again has to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """One file, repaired."""

    path: str
    """The file that was repaired, as it was named."""
    pieces: tuple[Piece, ...]
    changes: tuple[str, ...]
    """What is different now, as phrases."""
    left_out: tuple[str, ...]
    """What was in the file and is not in the pieces, with the reason."""
    missed: bool = False
    """Whether something that was asked for could not be written."""


@dataclass(slots=True)
class _Notes:
    changes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missed: bool = False


def repair(
    data: bytes,
    *,
    path: str,
    consumer: Consumer = Consumer.OPENSSL,
    password: bytes | None = None,
    with_key: bool = False,
    decrypt_key: bool = False,
) -> Repaired:
    """Return the files that the consumer reads, made of the bytes of the file named ``path``.

    Certificates stand leaf to root, each once. Where there is one leaf, what does not belong above it is left
    out; a bundle of several leaves or of CAs alone loses nothing. Keys are written only ``with_key``, encrypted
    with ``password`` unless ``decrypt_key``; without a password only keys that are plain already are written.
    """
    facts = files.examine(data, path=path, role=Role.ANY, password=password)
    stem = _stem(path)
    notes = _Notes()
    _tell_form(data, facts, notes)
    ordered = _certificates(facts, notes)
    pieces = list(_certificate_pieces(stem, ordered, consumer))
    _tell_others(facts.objects, notes)
    shut = [key for key in facts.keys if key.container == "PKCS#12" and isinstance(key.public, Absent)]
    if shut and not ordered:
        notes.left_out += [f"all that is in the PKCS#12: {_why_not(key)}" for key in shut]
        notes.missed = True
    elif with_key:
        new = None if decrypt_key else password
        pieces += _key_pieces(stem, list(rewritten(data, facts, password, new)), new, notes)
    else:
        notes.left_out += [f"{_key_name(key)}: --with-key writes it" for key in facts.keys]
    return Repaired(
        path=path,
        pieces=tuple(pieces),
        changes=tuple(notes.changes),
        left_out=tuple(notes.left_out),
        missed=notes.missed,
    )


def _stem(path: str) -> str:
    """Return a harmless file name without its ending."""
    if path == "-":
        return "stdin"
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return _UNSAFE.sub("_", stem).lstrip(".-")[:_LONGEST_NAME] or "file"


def _tell_form(data: bytes, facts: FileFacts, notes: _Notes) -> None:
    if facts.format not in _TEXT_FORMS:
        notes.changes.append(f"{facts.format} became PEM")
    elif any(item.encoding == "PKCS#7" for item in facts.objects):
        notes.changes.append("PKCS#7 became PEM of each certificate")
    if facts.format == Form.PEM and b"\r\n" in data:
        notes.changes.append("lines end in LF, not in CR LF")
    if facts.oddities:
        notes.changes.append(f"written without: {', '.join(o.slug for o in facts.oddities)}")


def _certificates(facts: FileFacts, notes: _Notes) -> tuple[Certificate, ...]:
    """Return the certificates to write, in their order, and note what becomes of the others."""
    found = facts.certificates
    once = tuple({c.sha256: c for c in found}.values())
    if len(once) < len(found):
        notes.changes.append(_count(len(found) - len(once), "duplicate") + " dropped")
    own = {key.public.spki_sha256 for key in facts.keys if isinstance(key.public, PublicKey)} - {""}
    leaves = [c for c in once if c.public_key.spki_sha256 in own] or [c for c in once if _is_leaf(c)]
    ordered = _ordered(once, leaves)
    kept = {c.sha256 for c in ordered}
    strays = [c for c in once if c.sha256 not in kept]
    notes.left_out += [f"{c.subject or c.label}: not part of the chain of {leaves[0].label}" for c in strays]
    if [c for c in once if c.sha256 in kept] != list(ordered):
        notes.changes.append("put in order, leaf to root")
    return ordered


def _is_leaf(certificate: Certificate) -> bool:
    if certificate.self_signed or certificate.is_ca:
        return False
    return certificate.is_ca is False or certificate.version > 1


def _ordered(once: Sequence[Certificate], leaves: Sequence[Certificate]) -> tuple[Certificate, ...]:
    by_subject: dict[bytes, list[Certificate]] = {}
    for certificate in once:
        by_subject.setdefault(certificate.subject_der, []).append(certificate)
    if len(leaves) == 1:
        return tuple(_climb({}, leaves[0], by_subject).values())
    # Several leaves, or CAs alone: begin below, and lose nothing.
    issuers = {c.issuer_der for c in once if not c.self_issued}
    kept: dict[str, Certificate] = {}
    for start in (*(c for c in once if c.subject_der not in issuers), *once):
        _climb(kept, start, by_subject)
    return tuple(kept.values())


def _climb(
    kept: dict[str, Certificate], start: Certificate, by_subject: dict[bytes, list[Certificate]]
) -> dict[str, Certificate]:
    """Add a certificate and all that stand above it, the near ones first."""
    waiting = [start]
    for certificate in waiting:
        if certificate.sha256 in kept:
            continue
        kept[certificate.sha256] = certificate
        if not certificate.self_issued:
            waiting += [c for c in by_subject.get(certificate.issuer_der, ()) if _is_above(certificate, c)]
    return kept


def _is_above(below: Certificate, above: Certificate) -> bool:
    # A signature that cannot be checked (an old algorithm) leaves the key ids to go by.
    named = bool(below.authority_key_id) and below.authority_key_id == above.subject_key_id
    return named or certificates.signed_by(below, above)


def _certificate_pieces(stem: str, ordered: Sequence[Certificate], consumer: Consumer) -> Iterator[Piece]:
    if not ordered:
        return
    if consumer not in _ONE_EACH:
        chained = all(_is_above(a, b) for a, b in itertools.pairwise(ordered))
        order = ", leaf to root" if len(ordered) > 1 and chained else ""
        yield _certificate_piece(f"{stem}.pem", ordered, _count(len(ordered), "certificate") + order)
        return
    for number, certificate in enumerate(ordered, 1):
        name = f"{stem}-{number}.crt" if len(ordered) > 1 else f"{stem}.crt"
        yield _certificate_piece(name, (certificate,), certificate.subject or certificate.label)


def _certificate_piece(name: str, some: Sequence[Certificate], holds: str) -> Piece:
    text = b"".join(Block(label="CERTIFICATE", line=1, body=c.der).text() for c in some)
    return Piece(name=name, data=text, private=False, holds=holds, prints=tuple(c.sha256 for c in some))


def _tell_others(objects: Sequence[FileObject], notes: _Notes) -> None:
    for item in objects:
        if item.key is not None or item.certificate is not None:
            continue
        where = f" in line {item.line}" if item.line else ""
        if item.problem:
            notes.left_out.append(f"{item.kind}{where}: {item.problem}")
            notes.missed = notes.missed or item.kind in {"certificate", "PKCS#7"}
        else:
            notes.left_out.append(f"{item.kind}{where}: no certificate")


def _key_pieces(
    stem: str, found: Sequence[tuple[KeyFacts, bytes | None]], new: bytes | None, notes: _Notes
) -> Iterator[Piece]:
    if not found:
        notes.left_out.append("a private key: there is none in the file")
    for number, (key, text) in enumerate(found, 1):
        if text is None or not isinstance(key.public, PublicKey):
            notes.left_out.append(f"{_key_name(key)}: {_why_not(key)}")
            notes.missed = True
            continue
        if new or key.encryption or key.container != "PKCS#8":
            notes.changes.append(_key_change(key, new))
        kind = f"private key, {key.public}, PKCS#8"
        yield Piece(
            name=f"{stem}-{number}.key" if len(found) > 1 else f"{stem}.key",
            data=text,
            private=True,
            holds=f"{kind}, {'encrypted with AES-256' if new else 'NOT encrypted'}",
            prints=(key.public.spki_sha256,),
        )


def _key_name(key: KeyFacts) -> str:
    public = f" {key.public}" if isinstance(key.public, PublicKey) else ""
    return f"private key{public} ({key.container}{', encrypted' if key.encryption else ''})"


def _why_not(key: KeyFacts) -> str:
    return key.reason or {
        "password-required": "its password is needed (--ask-password, --password-file)",
        "wrong-password": "the password given does not open it",
    }.get(key.lock.value, "certdoctor cannot write a key of this kind")


def _key_change(key: KeyFacts, new: bytes | None) -> str:
    before = f"{key.container}, {key.encryption or 'not encrypted'}"
    after = "PKCS#8, PBES2 with AES-256 and the same password" if new else "PKCS#8, not encrypted"
    if new and not key.encryption:
        after = "PKCS#8, PBES2 with AES-256 and the password given"
    return f"the key: {before} became {after}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
