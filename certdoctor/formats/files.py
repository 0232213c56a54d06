"""Identifies a file and its objects by content, never by name. Bytes in, FileFacts out, no exceptions."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates.x509 import certificate_object, public_key_facts
from certdoctor.formats.encodings import der, oddities, pem, recognise
from certdoctor.formats.encodings.oddities import GO_READS, GUESSED
from certdoctor.formats.encodings.pem import Block
from certdoctor.formats.encodings.structure import KEYS, Structure, structure
from certdoctor.formats.text.limits import Limits, too_large
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import FileFacts, FileObject, Form, KeyFacts, Lock, Oddity, Role

if TYPE_CHECKING:
    from certdoctor.formats.keys.encryption import Work

_DER_FORMS = {
    Structure.CERTIFICATE: Form.DER_CERTIFICATE,
    Structure.REQUEST: Form.DER_REQUEST,
    Structure.CRL: Form.DER_CRL,
    Structure.PUBLIC_KEY: Form.DER_PUBLIC_KEY,
    Structure.RSA_PUBLIC_KEY: Form.DER_PUBLIC_KEY,
    Structure.PKCS12: Form.PKCS12,
    Structure.PKCS7: Form.PKCS7,
    **dict.fromkeys(KEYS, Form.DER_KEY),
}
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
_PKCS7_LABELS = {"PKCS7", "PKCS #7 SIGNED DATA", "CMS"}
MAX_SSH_LINE = 16_384
"""Bytes; the line of an RSA key of 16,384 bits has under 3,000."""
_WORDS = {Structure.RSA_PUBLIC_KEY: "public key"}


def examine(
    data: bytes, *, path: str, role: Role, password: bytes | None = None, limits: Limits | None = None
) -> FileFacts:
    """Return the facts of these bytes; ``role`` is the role that the user gave the file.

    ``password`` is tried on every encrypted key or container. Files over 16 MiB (or over the limit in
    ``limits``) are not read, and at most 100,000 objects are.
    """
    bounds = limits or Limits()
    facts = _Reader(password, bounds)
    form = facts.read(data)
    return FileFacts(
        path=path,
        role=role,
        size=len(data),
        format=form,
        objects=tuple(facts.objects),
        oddities=tuple(facts.oddities),
        unreadable=None if len(data) <= bounds.size else too_large(path, len(data), bounds.size),
    )


class _Reader:
    """Collects the objects of one file, which share one budget of key derivation."""

    def __init__(self, password: bytes | None, limits: Limits) -> None:
        self.password = password
        self.limits = limits
        self.objects: list[FileObject] = []
        self.oddities: list[Oddity] = []

    def read(self, data: bytes) -> Form:
        """Read all objects and return the form of the file."""
        if len(data) > self.limits.size:
            return Form.UNKNOWN
        known = recognise.by_magic(data)
        if known is not None:
            self._known(known, data)
            return known
        return self._der(data) or self._pem(data) or self._text(data)

    def _known(self, form: Form, data: bytes) -> None:
        """Read the objects of a file that its first bytes identified."""
        if form in {Form.JKS, Form.JCEKS}:
            from certdoctor.formats.containers.jks import open_store  # noqa: PLC0415 - see _key

            self._add(*open_store(data, self.password))
        elif form is Form.PUTTY:
            from certdoctor.formats.keys import putty  # noqa: PLC0415 - see _key

            self.oddities.append(oddities.oddity(oddities.PUTTY_KEY))
            facts = putty.examine(data, self.password)
            self._add(_key_object(facts, encoding="PuTTY", oddities=(oddities.PUTTY_KEY,)))
        elif form is Form.SST:
            self._add(*_exported(data))

    def _add(self, *found: FileObject) -> None:
        room = pem.MAX_BLOCKS - len(self.objects)
        self.objects.extend(found[:room])
        if len(found) > room and all(o.slug != oddities.TOO_MANY for o in self.oddities):
            self.oddities.append(oddities.oddity(oddities.TOO_MANY))

    def _der(self, data: bytes, encoding: str = "DER") -> Form | None:
        kind = structure(data)
        if kind is None:
            return None
        self._structure(kind, data, encoding)
        self._behind(data, der.read(data).after, encoding)
        return _DER_FORMS[kind]

    def _behind(self, data: bytes, at: int, encoding: str) -> None:
        """Read the structures that follow the first DER structure of a file."""
        while at < len(data) and len(self.objects) < pem.MAX_BLOCKS:
            try:
                # Copy one structure at a time: copying the whole rest for each would take quadratic time.
                piece = data[at : der.read(data, at).after]
            except FormatError:
                break
            kind = structure(piece)
            if kind is None:
                break
            if all(o.slug != oddities.SEVERAL_IN_DER for o in self.oddities):
                self.oddities.append(oddities.oddity(oddities.SEVERAL_IN_DER))
            self._structure(kind, piece, encoding)
            at += len(piece)
        if at < len(data):
            self.oddities.append(oddities.oddity(oddities.TRAILING_BYTES))

    def _structure(self, kind: Structure, data: bytes, encoding: str) -> None:
        if kind in KEYS:
            facts = self._key(data)
            self._add(_key_object(facts, encoding=encoding))
        elif kind is Structure.CERTIFICATE:
            self._add(certificate_object(der.read(data).encoded, encoding=encoding))
        elif kind is Structure.PKCS12:
            from certdoctor.formats.containers.pkcs import open_pkcs12  # noqa: PLC0415 - see _key

            self._add(*open_pkcs12(data, self.password, self.work))
        elif kind is Structure.PKCS7:
            self._pkcs7(data)
        else:
            self._add(_public_object(kind, data, encoding=encoding))

    def _key(self, source: bytes | Block) -> KeyFacts:
        # Imported here: most files hold only certificates, and reading them should not wait for this import.
        from certdoctor.formats.keys.private_keys import examine  # noqa: PLC0415

        return examine(source, self.password, self.work)

    @cached_property
    def work(self) -> Work:
        """The budget of key derivation for the whole file."""
        from certdoctor.formats.keys.encryption import Work  # noqa: PLC0415 - see _key

        return Work(2 * self.limits.rounds, most=self.limits.rounds)

    def _pem(self, data: bytes, everywhere: tuple[str, ...] = ()) -> Form | None:
        scan = pem.scan(data, everywhere=everywhere)
        if not scan.blocks:
            return None
        for slug, line in scan.oddities:
            self.oddities.append(oddities.oddity(slug, line))
        for block in scan.blocks:
            if self.limits.late():
                self.oddities.append(oddities.oddity(oddities.TOO_LATE, block.line))
                break
            if pem.is_key_label(block.label):
                facts = self._key(block)
                self._add(_key_object(facts, encoding="PEM", line=block.line, oddities=block.oddities))
            elif block.problem is not None or not block.body:
                self._add(_broken(block))
            elif block.label in _PKCS7_LABELS:
                self._pkcs7(block.body, block.line, block.oddities)
            else:
                self._add(_from_block(block))
        return Form.JSON if data.lstrip().startswith((b"{", b'["', b"[{")) else Form.PEM

    def _text(self, data: bytes) -> Form:
        bare = recognise.bare_base64(data)
        if bare is not None and self._der(bare, encoding="base64") is not None:
            return Form.BARE_BASE64
        if bare is not None and self._pem(bare, everywhere=(oddities.ENCODED_TWICE,)) is not None:
            return Form.PEM
        plain = recognise.bare_hex(data)
        if plain is not None and self._der(plain, encoding="hexadecimal") is not None:
            return Form.HEX
        form = recognise.by_text(data)
        if form is Form.SSH_PUBLIC_KEY:
            self._add(FileObject(kind="public key", encoding="OpenSSH", public=_ssh_public(data)))
        return form

    def _pkcs7(self, data: bytes, line: int | None = None, oddities: tuple[str, ...] = ()) -> None:
        from certdoctor.formats.containers.pkcs import open_pkcs7  # noqa: PLC0415 - see _key

        try:
            found = open_pkcs7(data)
        except FormatError as error:
            self._add(_unreadable("PKCS#7", data, error.problem, line=line, oddities=oddities))
            return
        self._add(*(replace(item, line=line, oddities=oddities) for item in found))


def _exported(data: bytes) -> Iterator[FileObject]:
    """Yield the certificates of a store that Windows exported, and an unreadable object where it is damaged."""
    from certdoctor.formats.containers.windows_blob import exported  # noqa: PLC0415 - a rare file

    try:
        for encoded in exported(data):
            yield certificate_object(encoded, encoding="SST")
    except FormatError as error:
        yield _unreadable("certificate", data, error.problem, encoding="SST")


def _kind(label: str) -> str:
    """Return the kind of object that a PEM label announces."""
    if label in _CERTIFICATE_LABELS:
        return "certificate"
    if label in _REQUEST_LABELS:
        return "certificate request"
    if label in {"PUBLIC KEY", "RSA PUBLIC KEY"}:
        return "public key"
    if label == "X509 CRL":
        return "CRL"
    if label.endswith("PARAMETERS"):
        return "parameters"
    return f"{label} block"


def _broken(block: Block) -> FileObject:
    return FileObject(
        kind=_kind(block.label),
        encoding="PEM",
        line=block.line,
        problem=block.problem,
        sha256=hashlib.sha256(block.body).hexdigest() if block.body else None,
        oddities=block.oddities,
    )


def _from_block(block: Block) -> FileObject:
    """Return the object of a complete block that is neither a key nor a container."""
    kind = _kind(block.label)
    if kind == "certificate":
        encoded = block.body
        if block.label == "TRUSTED CERTIFICATE":  # OpenSSL's trust settings follow the certificate
            with contextlib.suppress(FormatError):
                encoded = der.read(block.body).encoded
        return certificate_object(encoded, encoding="PEM", line=block.line, oddities=block.oddities)
    announced = {
        "certificate request": Structure.REQUEST,
        "CRL": Structure.CRL,
        "public key": structure(block.body) or Structure.PUBLIC_KEY,
    }.get(kind)
    if announced is None:
        return replace(_broken(block), problem=None)
    return _public_object(announced, block.body, encoding="PEM", line=block.line, oddities=block.oddities)


def _public_object(
    kind: Structure, data: bytes, *, encoding: str, line: int | None = None, oddities: tuple[str, ...] = ()
) -> FileObject:
    """Return the file object of a request, revocation list or public key."""
    try:
        with foreign.parser("public object"):
            public = _public(kind, data)
    except FormatError:
        return _unreadable(
            _WORDS.get(kind, kind.value),
            data,
            "it cannot be read",
            encoding=encoding,
            line=line,
            oddities=oddities,
        )
    return FileObject(
        kind=_WORDS.get(kind, kind.value),
        encoding=encoding,
        line=line,
        public=public,
        sha256=hashlib.sha256(data).hexdigest(),
        oddities=oddities,
    )


def _public(kind: Structure, data: bytes) -> PublicKey | None:
    if kind is Structure.REQUEST:
        return public_key_facts(x509.load_der_x509_csr(data).public_key())
    if kind is Structure.CRL:
        x509.load_der_x509_crl(data)
        return None
    return public_key_facts(serialization.load_der_public_key(data))


def _unreadable(
    kind: str,
    data: bytes,
    problem: str,
    *,
    encoding: str = "PEM",
    line: int | None = None,
    oddities: tuple[str, ...] = (),
) -> FileObject:
    return FileObject(
        kind=kind,
        encoding=encoding,
        line=line,
        problem=problem,
        sha256=hashlib.sha256(data).hexdigest(),
        oddities=oddities,
    )


def _key_object(
    facts: KeyFacts, *, encoding: str, line: int | None = None, oddities: tuple[str, ...] = ()
) -> FileObject:
    problem = facts.reason if facts.lock is Lock.DAMAGED else None
    return FileObject(
        kind="private key",
        encoding=encoding,
        line=line,
        key=facts,
        problem=problem,
        oddities=oddities,
        lenient=problem is not None and problem.endswith((GUESSED, GO_READS)),
    )


def _ssh_public(data: bytes) -> PublicKey | None:
    from certdoctor.formats.keys.private_keys import ssh_public_key  # noqa: PLC0415 - a rare file

    try:
        return ssh_public_key(data[:MAX_SSH_LINE].strip())
    except FormatError:
        return None
