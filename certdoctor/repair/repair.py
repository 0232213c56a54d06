"""Converts the contents of files into the form that one consumer reads. Bytes in, named bytes out; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats import files
from certdoctor.formats.certificates.ordering import Ordered, is_leaf, ordered
from certdoctor.formats.keys.rewriting import rewritten
from certdoctor.formats.text.limits import Limits
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, Form, KeyFacts, Role
from certdoctor.model.ids import Consumer
from certdoctor.model.lean import dataclass
from certdoctor.repair.consumers import LAYOUTS, Layout, Shape
from certdoctor.repair.pieces import Piece, WrittenKey, certificate_pieces, count, key_piece, pack_piece

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 100
_TEXT_FORMS = frozenset({Form.PEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to repair."""

    path: str
    """The path as the user gave it."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions:
    """The consumer and the options of a repair."""

    consumer: Consumer = Consumer.OPENSSL
    password: bytes | None = field(default=None, repr=False)
    """The password that opens the files, and with which new keys are encrypted."""
    with_key: bool = False
    decrypt_key: bool = False
    limits: Limits = field(default_factory=Limits)
    pfx: bool = False
    """Whether a key goes with its certificates into a PKCS#12, whoever reads it."""
    join: bool = False
    """Whether all the files make one chain, whoever reads it."""

    def refuse_contradictions(self) -> None:
        """Refuse what makes no sense together, before any file is read.

        Raises:
            UsageError: a way to write keys without keys, or a PKCS#12 that is not encrypted.

        """
        for name, given in (("decrypt_key", self.decrypt_key), ("pfx", self.pfx)):
            if given and not self.with_key:
                raise UsageError(f"`{name}` says how to write a key.", hint="Give `with_key` too.")
        if self.packs and self.decrypt_key:
            raise UsageError(
                "A key for this reader goes into a PKCS#12, which is always encrypted.",
                hint="Leave `decrypt_key` out.",
            )

    @property
    def layout(self) -> Layout:
        """The layout of the consumer."""
        return LAYOUTS[self.consumer]

    @property
    def packs(self) -> bool:
        """Whether keys are put into a PKCS#12, for which all files are needed together."""
        return self.with_key and (self.pfx or self.layout.packed)

    @property
    def joins(self) -> bool:
        """Whether all the files are written together: a PKCS#12 and files of a given name cannot be several."""
        return self.join or self.packs or self.layout.stem is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The result of repairing one file, or several together."""

    path: str
    """The repaired files, as the user named them."""
    pieces: tuple[Piece, ...]
    changes: tuple[str, ...]
    """The changes, as phrases."""
    left_out: tuple[str, ...]
    """Parts of the files that are not in the pieces, with the reason."""
    notes: tuple[str, ...] = ()
    """Sentences that the reader needs to use the pieces."""
    missed: bool = False
    """Whether something requested could not be written."""


@mutable_dataclass(slots=True)
class _Notes:
    changes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    missed: bool = False


def repair_all(sources: Sequence[Source], options: RepairOptions) -> tuple[Repaired, ...]:
    """Return what is to be written of several files, each repaired by itself or all made one chain.

    No two pieces have the same name.

    Raises:
        UsageError: the options contradict each other.
        CannotLook: there is nothing in any of them that could be written.

    """
    options.refuse_contradictions()
    groups = [sources] if options.joins else [[source] for source in sources]
    results = [repair(group, options) for group in groups]
    if not any(result.pieces for result in results):
        reasons = "; ".join(dict.fromkeys(reason for result in results for reason in result.left_out))
        raise CannotLook(
            f"Nothing was written: there is nothing to write in {', '.join(source.path for source in sources)}"
            f"{f' ({reasons})' if reasons else ''}.",
            hint=f"certdoctor inspect {sources[0].path}",
        )
    apart = iter(_named_apart(piece for result in results for piece in result.pieces))
    return tuple(replace(result, pieces=tuple(next(apart) for _ in result.pieces)) for result in results)


def _named_apart(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Give pieces of different files that would have the same name names of their own.

    Names that differ in case alone count as the same, as they do on Windows and macOS.
    """
    taken: set[str] = set()
    apart: list[Piece] = []
    for piece in pieces:
        stem, dot, ending = piece.name.rpartition(".")
        name, number = piece.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}{dot}{ending}"
        taken.add(name.lower())
        apart.append(replace(piece, name=name))
    return tuple(apart)


def is_missing_something(results: Sequence[Repaired], options: RepairOptions) -> bool:
    """Whether something that was asked for, the keys above all, is not among what is written."""
    no_key = options.with_key and not any(piece.private for result in results for piece in result.pieces)
    return no_key or any(result.missed for result in results)


def repair(sources: Sequence[Source], options: RepairOptions) -> Repaired:
    """Return the files that the consumer reads, made of one file or of several together.

    Certificates are sorted from leaf to root, without duplicates. If there is exactly one leaf, certificates that do not
    belong above it are left out; a bundle of several leaves or of CAs only loses nothing. Keys are written only with
    ``with_key``, encrypted with the password unless ``decrypt_key``; without a password only plain keys are written.
    """
    notes = _Notes()
    examined = [(source, _examined(source, options)) for source in sources]
    for source, facts in examined:
        _note_form(source, facts, options.layout, notes, alone=len(sources) == 1)
    keys = [o.key for _, facts in examined for o in facts.objects if o.key and o.kind == "private key"]
    own = {key.public.spki_sha256 for key in keys if isinstance(key.public, PublicKey)} - {""}
    order = ordered([c for _, facts in examined for c in facts.certificates], own)
    _note_order(order, options.layout, notes)
    stem = options.layout.stem or stem_of(_first_with(order, examined).path)
    pieces = list(certificate_pieces(stem, order, options.layout, for_client=bool(keys)))
    for _, facts in examined:
        _note_others(facts.objects, notes)
    shut = [key for key in keys if key.container == "PKCS#12" and isinstance(key.public, Absent)]
    if shut and not order.kept:
        notes.left_out += [f"all that is in the PKCS#12: {_why_not(key)}" for key in shut]
        notes.missed = True
    elif options.with_key:
        pieces += _key_pieces(stem, examined, order.kept, options, notes)
    else:
        notes.left_out += [f"{_key_name(key)}: `with_key` writes it" for key in keys]
    if options.layout.note and pieces:
        notes.more.append(options.layout.note)
    return Repaired(
        path=", ".join(source.path for source in sources),
        pieces=tuple(pieces),
        changes=tuple(notes.changes),
        left_out=tuple(notes.left_out),
        notes=tuple(notes.more),
        missed=notes.missed,
    )


def _examined(source: Source, options: RepairOptions) -> FileFacts:
    return files.examine(
        source.data, path=source.path, role=Role.ANY, password=options.password, limits=options.limits
    )


def _first_with(order: Ordered, examined: Sequence[tuple[Source, FileFacts]]) -> Source:
    """Return the file after which the others are named: the one with the first certificate."""
    for source, facts in examined:
        if order.kept and order.kept[0] in facts.certificates:
            return source
    return examined[0][0]


def stem_of(path: str) -> str:
    """Return a safe file name, without an ending, for the pieces of a file."""
    if path == "-":
        return "stdin"
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return _UNSAFE.sub("_", stem).lstrip(".-")[:_LONGEST_NAME] or "file"


def _note_form(source: Source, facts: FileFacts, layout: Layout, notes: _Notes, *, alone: bool) -> None:
    changes = []
    now = "a trust store" if layout.shape is Shape.STORE else "PEM"
    if facts.format not in _TEXT_FORMS:
        changes.append(f"{facts.format} became {now}")
    elif any(item.encoding == "PKCS#7" for item in facts.objects):
        changes.append(f"PKCS#7 became {now}")
    if facts.format == Form.PEM and b"\r\n" in source.data and layout.shape is not Shape.STORE:
        changes.append("lines end in LF, not in CR LF")
    if facts.oddities:
        changes.append(f"written without: {', '.join(o.slug for o in facts.oddities)}")
    notes.changes += [change if alone else f"{source.path}: {change}" for change in changes]


def _note_order(order: Ordered, layout: Layout, notes: _Notes) -> None:
    """Record the changes of order and the certificates that are left out."""
    if order.duplicates:
        notes.changes.append(count(order.duplicates, "duplicate") + " dropped")
    if order.leaf is not None:
        notes.left_out += [
            f"{c.subject or c.label}: not part of the chain of {order.leaf.label}" for c in order.strays
        ]
    if order.moved:
        notes.changes.append("put in order, leaf to root")
    if layout.anchors:
        notes.left_out += [
            f"{c.subject or c.label}: no CA, so that as trusted certificate it vouches for nobody"
            for c in order.kept
            if is_leaf(c)
        ]
    top = order.kept[-1] if order.kept else None
    if order.leaf is not None and top is not None and not top.self_issued:
        notes.more.append(f"The chain ends at {top.label}; its issuer ({top.issuer}) is not among the files.")


def _note_others(objects: Sequence[FileObject], notes: _Notes) -> None:
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
    stem: str,
    examined: Sequence[tuple[Source, FileFacts]],
    certificates: Sequence[Certificate],
    options: RepairOptions,
    notes: _Notes,
) -> Iterator[Piece]:
    new = None if options.decrypt_key or options.packs else options.password
    found: dict[str, WrittenKey] = {}
    for source, facts in examined:
        for key, text in rewritten(source.data, facts, options.password, new):
            if text is not None and isinstance(key.public, PublicKey):
                written = WrittenKey(facts=key, public=key.public, text=text)
                found.setdefault(key.public.spki_sha256, written)
            else:
                notes.left_out.append(f"{_key_name(key)}: {_why_not(key)}")
                notes.missed = True
    if not found and not notes.missed:
        notes.left_out.append("a private key: there is none in the file")
    for number, one in enumerate(found.values(), 1):
        name = f"{stem}-{number}" if len(found) > 1 else stem
        if options.packs:
            yield from _packed(name, one, certificates, options, notes)
        elif options.layout.plain_key and new:
            notes.left_out.append(
                f"{_key_name(one.facts)}: {options.consumer} takes no password, `decrypt_key` writes it"
            )
            notes.missed = True
        else:
            if new or one.facts.encryption or one.facts.container != "PKCS#8":
                notes.changes.append(_key_change(one.facts, new))
            yield key_piece(f"{name}.key", one, new)


def _packed(
    name: str, key: WrittenKey, certificates: Sequence[Certificate], options: RepairOptions, notes: _Notes
) -> Iterator[Piece]:
    """Yield the PKCS#12 of a key, or record why there is none."""
    reason = None
    piece = None
    if not options.password:
        reason = "a PKCS#12 has a password, and none was given (`password_file`, `ask_password`)"
    elif all(c.public_key.spki_sha256 != key.public.spki_sha256 for c in certificates):
        reason = "none of the certificates belongs to it, and a PKCS#12 wants both"
    else:
        ending = "p12" if options.consumer is Consumer.JAVA else "pfx"
        piece = pack_piece(f"{name}.{ending}", key, certificates, options.layout, options.password)
        reason = None if piece else "certdoctor cannot write a PKCS#12 of such a key and password"
    if piece is None:
        notes.left_out.append(f"{_key_name(key.facts)}: {reason}")
        notes.missed = True
        return
    before = f"{key.facts.container}, {key.facts.encryption or 'not encrypted'}"
    notes.changes.append(f"the key: {before} became PKCS#12 with AES-256 and the password given")
    yield piece


def _key_name(key: KeyFacts) -> str:
    public = f" {key.public}" if isinstance(key.public, PublicKey) else ""
    return f"private key{public} ({key.container}{', encrypted' if key.encryption else ''})"


def _why_not(key: KeyFacts) -> str:
    return key.reason or {
        "password-required": "its password is needed (`ask_password`, `password_file`)",
        "wrong-password": "the password given does not open it",
    }.get(key.lock.value, "certdoctor cannot write a key of this kind")


def _key_change(key: KeyFacts, new: bytes | None) -> str:
    before = f"{key.container}, {key.encryption or 'not encrypted'}"
    after = "PKCS#8, PBES2 with AES-256 and the same password" if new else "PKCS#8, not encrypted"
    if new and not key.encryption:
        after = "PKCS#8, PBES2 with AES-256 and the password given"
    return f"the key: {before} became {after}"
