"""Files, CD1xx: whether a file is what its field wants, and oddities of its encoding."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.files.forms import (
    FIELDS,
    blinding,
    conversion,
    name_of,
    no_pem,
    objects_wanted,
    with_article,
)
from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, FileObject, Form, Role
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import FailureKind, Probe

_REFUSAL = {
    Role.CA: ("Node says nothing and trusts no certificate of it", ""),
    Role.CERTIFICATE: ("Node refuses it", " (ERR_OSSL_PEM_NO_START_LINE, no start line)"),
    Role.KEY: ("Node refuses it", " (DECODER routines::unsupported)"),
}
"""Node's measured behaviour with anything else, and its message if there is no such block at all."""

_BROKEN_BLOCKS = frozenset({"missing-end", "bad-base64"})
"""Oddities that leave no readable object; malformed-certificate or damaged-key reports them."""

_NO_CONTENT = frozenset({"parameters", "key store"})
"""Kinds of objects that do not show the purpose of a file."""


@check(
    Rule(
        code="CD101",
        slug="file-unreadable",
        title="A file cannot be read",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The name leads to no file that this user can read, so neither certdoctor nor the client sees what is in"
            " it. Node says ENOENT for a file that is not there and EISDIR for a folder. PostgreSQL and its clients refuse"
            " to read a key that others can read as well."
        ),
        confirm=("ls -l client.pem",),
        remedies=("give-the-right-file", "restrict-the-key-file"),
    )
)
def unreadable(evidence: Evidence) -> Iterator[Observation]:
    """Look for files that could not be read at all."""
    for file in evidence.files:
        if file.unreadable is not None:
            yield Observation(
                detail=file.unreadable,
                facts={"file": file.path, "role": file.role},
                subject=file.path,
                remedies=("give-the-right-file",),
            )


@check(
    Rule(
        code="CD104",
        slug="wrong-file",
        title="A file holds something other than what its setting requires",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The CA and certificate fields want certificates, the key field wants the private key. A certificate"
            " request (CSR) is what was sent to the CA, not what came back; a public key is a part of a certificate"
            " and stands for none."
        ),
        confirm=("certdoctor inspect client.pem", "head -n 1 client.pem"),
        remedies=("give-the-right-file",),
    )
)
def wrong_file(evidence: Evidence) -> Iterator[Observation]:
    """Look for a key where a certificate is wanted, and the like."""
    for file in evidence.files:
        if (
            _locks_nothing(file) and len(evidence.files) == 1
        ):  # several files are paired, with keys or without
            kinds = " and ".join(with_article(kind) for kind in dict.fromkeys(o.kind for o in file.objects))
            yield Observation(
                detail=f"{file.path} holds {kinds} and no private key: there is nothing for a password to open.",
                facts={"file": file.path, "wanted": "private key"},
                subject=file.path,
            )
            continue
        held = _held_instead(file)
        if held is None:
            continue
        wanted, field = FIELDS[file.role]
        kinds = " and ".join(with_article(kind) for kind in held)
        yield Observation(
            detail=f"{file.path} in {field} holds {kinds} and no {wanted}. {''.join(_REFUSAL[file.role])}.",
            facts={"file": file.path, "role": file.role, "wanted": wanted, "holds": ", ".join(held)},
            subject=file.path,
        )


@check(
    Rule(
        code="CD102",
        slug="not-a-pem",
        title="A file is not in PEM format, which its setting requires",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "These fields take PEM only: text with -----BEGIN and -----END lines, in ASCII or UTF-8. Given anything"
            " else as CA, Node says nothing and trusts no certificate of it; as certificate it reports no start line,"
            " as key DECODER routines::unsupported."
        ),
        confirm=("head -c 200 client.pem", "openssl x509 -in client.pem -noout -subject"),
        remedies=("convert-to-pem", "fetch-again"),
    )
)
def not_a_pem(evidence: Evidence) -> Iterator[Observation]:
    """Look for files in PEM-only fields in which OpenSSL and Node find no PEM."""
    for file in evidence.files:
        reason = _unseen(file)
        if reason is None or (file.any_format and objects_wanted(file)):
            continue
        field = FIELDS[file.role][1]
        does, words = _REFUSAL[file.role]
        convert = conversion(file)
        step = f" Convert it:  {convert}" if convert else ""
        yield Observation(
            detail=f"{file.path} in {field} is {reason}. {does}{'' if _wanted_blocks(file) else words}.{step}",
            facts={"file": file.path, "role": file.role, "format": str(file.format), "convert": convert},
            subject=file.path,
        )


@check(
    Rule(
        code="CD103",
        slug="malformed-certificate",
        title="A certificate cannot be read",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The block says CERTIFICATE, but its content is cut short, altered, or not written as X.509 demands. As"
            " certificate file it stops the client; in a CA file Node passes over it without a word, so its"
            " certificate is not trusted. Where a server sends such bytes in its handshake, no client connects."
        ),
        confirm=("openssl x509 -in client.pem -noout -text", "openssl asn1parse -in client.pem"),
        remedies=("fetch-again",),
        references=("RFC 5280 section 4.1", "RFC 7468 section 5"),
    )
)
def malformed(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates that some or all parsers refuse."""
    if isinstance(evidence.probe, Probe) and evidence.probe.failure is not None:
        failure = evidence.probe.failure
        if failure.kind is FailureKind.BAD_CERTIFICATE:
            yield Observation(
                detail=f"{failure.detail[:1].upper()}{failure.detail[1:]}.",
                facts={"stage": failure.stage, "detail": failure.detail},
            )
    for file in evidence.files:
        for item in file.objects:
            if item.kind == "certificate" and item.problem is not None:
                where = f"in line {item.line} of {file.path}" if item.line else f"in {file.path}"
                yield Observation(
                    detail=f"The certificate {where} cannot be read: {item.problem}.",
                    facts={
                        "file": file.path,
                        "line": item.line,
                        "problem": item.problem,
                        "sha256": item.sha256,
                    },
                    subject=file.path,
                    severity=Severity.RISKS if item.lenient else None,
                )


@check(
    Rule(
        code="CD106",
        slug="chain-out-of-order",
        title="The certificates in a file are in the wrong order: the leaf must come first",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "TLS sends the own certificate first, then the CA that signed it, and so on. A program that loads a file"
            " takes the first certificate in it as its own: with an intermediate on top, the key does not fit. Node"
            " says so only if both keys are of the same type; otherwise the handshake fails."
        ),
        confirm=("openssl crl2pkcs7 -nocrl -certfile client.pem | openssl pkcs7 -print_certs -noout",),
        remedies=("put-the-leaf-first",),
        references=("RFC 5246 section 7.4.2", "RFC 8446 section 4.4.2"),
    )
)
def out_of_order(evidence: Evidence) -> Iterator[Observation]:
    """Look for a leaf that comes after its issuers."""
    for file in evidence.files:
        if file.role in {Role.CA, Role.KEY}:
            continue
        place = _leaf_place(file.certificates)
        if not place:
            continue
        leaf, first = file.certificates[place], file.certificates[0]
        yield Observation(
            detail=(
                f"In {file.path} the leaf {leaf.label} is certificate {place + 1} of"
                f" {len(file.certificates)}; the first is {first.label}, which a program would take as its own."
            ),
            facts={
                "file": file.path,
                "leaf": leaf.subject,
                "leaf_sha256": leaf.sha256,
                "place": place + 1,
                "first": first.subject,
                "first_sha256": first.sha256,
            },
            subject=file.path,
            severity=Severity.BLOCKS if file.role is Role.CERTIFICATE else None,
        )


@check(
    Rule(
        code="CD107",
        slug="leaf-as-ca",
        title="The CA file holds a server's certificate, not the CA's",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A CA file says whom to trust as issuer. A certificate that a CA issued to a server is no issuer: given as"
            " CA it does not complete the chain (Node reports UNABLE_TO_VERIFY_LEAF_SIGNATURE). A self-signed"
            " server certificate is its own issuer and may stand there."
        ),
        confirm=("openssl x509 -in ca.pem -noout -subject -issuer -ext basicConstraints",),
        remedies=("give-the-root-instead",),
        references=("RFC 5280 section 4.2.1.9",),
    )
)
def leaf_as_ca(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates in the CA file that cannot be issuers."""
    for file in evidence.files:
        if file.role is not Role.CA:
            continue
        leaves = [certificate for certificate in file.certificates if _is_leaf(certificate)]
        for leaf in leaves:
            yield Observation(
                detail=(
                    f"{leaf.label} in {file.path} was issued by another and is no CA (its issuer: {leaf.issuer});"
                    " as CA it vouches for nobody."
                ),
                facts={
                    "file": file.path,
                    "subject": leaf.subject,
                    "issuer": leaf.issuer,
                    "sha256": leaf.sha256,
                    "authority_key_id": leaf.authority_key_id,
                },
                subject=file.path,
                severity=None if len(leaves) == len(file.certificates) else Severity.NOTES,
            )


@check(
    Rule(
        code="CD105",
        slug="odd-encoding",
        title="A file is written in a way that not every program reads",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "PEM looks like plain text, and programs differ in what they forgive: a byte order mark, text beside a"
            " BEGIN line, two files joined without a line end. A file that works here can be empty to the next"
            " program, often without a word. DER, PKCS#7, PKCS#12 and key stores are no PEM at all: Windows, Java and"
            " .NET take some of them, the fields and options that want a PEM file take none."
        ),
        confirm=("head -n 3 client.pem | cat -A",),
        remedies=("convert-to-pem",),
        references=("RFC 7468 section 2",),
    )
)
def odd_encoding(evidence: Evidence) -> Iterator[Observation]:
    """Look for oddities that no other rule reports, and for files of no field that hold no PEM."""
    for file in (f for f in evidence.files if not f.any_format):
        yield from no_pem(file)
        reported = _slugs_reported_elsewhere(file)
        for oddity in file.oddities:
            if oddity.slug in reported:
                continue
            where = f"{file.path}, line {oddity.line}" if oddity.line else file.path
            yield Observation(
                detail=f"{where}: {oddity.text}",
                facts={
                    "file": file.path,
                    "oddity": oddity.slug,
                    "line": oddity.line,
                    "refused_by": ", ".join(oddity.refused_by) or None,
                },
                subject=file.path,
                severity=Severity.RISKS if oddity.refused_by else Severity.NOTES,
            )


@check(
    Rule(
        code="CD108",
        slug="nothing-inside",
        title="There is no certificate, key or request in the file",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Whatever the name of the file says, its content is something else: empty, a web page saved in place of"
            " the certificate, a program, a damaged download."
        ),
        confirm=("head -c 200 client.pem",),
        remedies=("give-the-right-file", "fetch-again"),
    )
)
def nothing_inside(evidence: Evidence) -> Iterator[Observation]:
    """Look for files without objects, where any kind of object is accepted."""
    for file in evidence.files:
        if file.role in {Role.ANY, Role.CHAIN} and not file.objects and file.unreadable is None:
            yield Observation(
                detail=f"{'Standard input' if file.path == '-' else file.path} is {_is(file)}.",
                facts={"file": file.path, "format": str(file.format), "size": file.size},
                subject=file.path,
            )


def _is(file: FileFacts) -> str:
    if file.format in {Form.EMPTY, Form.ZEROS}:
        return str(file.format)
    return f"not what it should be: {file.format}, {file.size:,} bytes"


CHECKS: tuple[Check, ...] = (
    unreadable,
    nothing_inside,
    wrong_file,
    not_a_pem,
    malformed,
    leaf_as_ca,
    out_of_order,
    odd_encoding,
)
"""The most useful to the reader first: a missing file before a badly encoded one."""


def _locks_nothing(file: FileFacts) -> bool:
    """Return whether a file was given for its key, in any format, but has no key."""
    return file.any_format and file.role is Role.ANY and bool(file.objects) and not file.keys


def _wanted_blocks(file: FileFacts) -> bool:
    """Return whether there is PEM of the wanted kind, even in a form that Node does not read."""
    return any(item.encoding == "PEM" for item in objects_wanted(file))


def _held_instead(file: FileFacts) -> tuple[str, ...] | None:
    """Return the kinds of objects that a PEM-only field has instead of the wanted kind; None if it has the wanted kind."""
    if file.role not in FIELDS or file.format == Form.PKCS12 or objects_wanted(file):
        return None
    kinds = tuple(dict.fromkeys(item.kind for item in file.objects if item.kind not in _NO_CONTENT))
    return kinds or None


def _unseen(file: FileFacts) -> str | None:
    """Return a description of a file in which Node finds no PEM; None if Node finds some."""
    if file.role not in FIELDS or file.unreadable is not None or _held_instead(file) is not None:
        return None
    if file.format not in {Form.PEM, Form.JSON}:
        return name_of(file)
    wanted = objects_wanted(file)
    if not wanted:
        return f"{file.format} without any block of this kind"
    return _unseen_blocks(file, [item for item in wanted if item.problem is None])


def _unseen_blocks(file: FileFacts, readable: list[FileObject]) -> str | None:
    """Return why Node reads none of these blocks; malformed-certificate or damaged-key reports broken ones."""
    if not readable or any(item.encoding == "PEM" and not blinding(file, item) for item in readable):
        return None
    if readable[0].encoding != "PEM":
        return f"{readable[0].encoding} in PEM armour"
    reasons = dict.fromkeys(oddity.text for item in readable for oddity in blinding(file, item))
    return "PEM that cannot be read as such. " + " ".join(reasons).removesuffix(".")


def _slugs_reported_elsewhere(file: FileFacts) -> frozenset[str]:
    if _unseen(file) is not None:
        return frozenset(o.slug for item in objects_wanted(file) for o in blinding(file, item))
    broken = any(item.problem and item.kind in {"certificate", "private key"} for item in file.objects)
    return _BROKEN_BLOCKS if broken else frozenset()


def _is_leaf(certificate: Certificate) -> bool:
    if certificate.self_signed or certificate.is_ca:
        return False
    return certificate.is_ca is False or certificate.version > 1


def _leaf_place(certificates: tuple[Certificate, ...]) -> int | None:
    """Return the index of the only leaf whose issuer is in the file too; else None."""
    subjects = {certificate.subject_der for certificate in certificates}
    leaves = [
        place
        for place, certificate in enumerate(certificates)
        if _is_leaf(certificate) and certificate.issuer_der in subjects
    ]
    return leaves[0] if len(leaves) == 1 else None
