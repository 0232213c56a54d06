"""A certificate as one object of a file, with the problem where a parser refuses it."""

from __future__ import annotations

import hashlib
import re

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import x509
from certdoctor.model.files import FileObject

_PARSER_WORDS = {
    "ExtraData": "there are bytes behind its end",
    "ShortData": "it is cut short",
}


def certificate_object(
    encoded: bytes, *, encoding: str, line: int | None = None, oddities: tuple[str, ...] = ()
) -> FileObject:
    """Return a certificate as the object of a file, with the problem if a parser refuses it."""
    certificate, problem, lenient = None, None, False
    try:
        certificate = x509.parse(encoded)
    except FormatError as error:
        lenient = _openssl_reads(encoded)
        problem = _in_words(error.problem) + (
            "; OpenSSL reads it all the same" if lenient else "; OpenSSL does not read it either"
        )
    return FileObject(
        kind="certificate",
        encoding=encoding,
        line=line,
        certificate=certificate,
        problem=problem,
        lenient=lenient,
        sha256=hashlib.sha256(encoded).hexdigest(),
        oddities=oddities,
    )


def _in_words(problem: str) -> str:
    """Return what the parser says, without the look of its program's insides."""
    kind = re.search(r"kind: (\w+)", problem)
    if kind is None:
        return problem
    return _PARSER_WORDS.get(kind[1], f"its ASN.1 is not what X.509 demands ({kind[1]})")


def _openssl_reads(encoded: bytes) -> bool:
    from OpenSSL import crypto  # noqa: PLC0415 - only when the first parser refuses

    try:
        with foreign.parser("certificate"):
            crypto.load_certificate(crypto.FILETYPE_ASN1, encoded)
    except FormatError:
        return False
    return True
