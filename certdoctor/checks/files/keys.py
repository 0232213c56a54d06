"""Keys, CD2xx: whether the key belongs to the certificate, and whether the password opens the key."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.files.pairing import alone, fits, keys_in, pairs
from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade, observed
from certdoctor.model.files import FileFacts, FileObject, KeyFacts, Lock, Role
from certdoctor.model.rule import Observation, Owner, Rule, Severity

_NO_PAIR = Absent("no certificate and key were given together")


@check(
    Rule(
        code="CD210",
        slug="password-required",
        title="The private key is encrypted and no password was given",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Without its password an encrypted key is of no use to the client. Node says BAD_DECRYPT, the same as for"
            " a wrong password, or ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED."
        ),
        confirm=("openssl pkey -in client.key -noout", "certdoctor password client.key --ask-password"),
        remedies=("give-the-password",),
    )
)
def password_required(evidence: Evidence) -> Iterator[Observation]:
    """Look for encrypted keys without a password."""
    for file, item, key in _locked(evidence, Lock.PASSWORD_REQUIRED):
        yield _about_key(
            file, item, key, f"The {_named(file, item, key)} is encrypted, and no password was given."
        )


@check(
    Rule(
        code="CD211",
        slug="wrong-password",
        title="The password does not open the private key",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The key was encrypted with another password, often the same one but for a blank, a line end or a letter"
            " with an accent. Node says BAD_DECRYPT, for a PKCS#12 file mac verify failure; about one wrong password"
            " in 270 gives ERR_OSSL_UNSUPPORTED instead. A damaged key can look the same."
        ),
        confirm=(
            "openssl pkey -in client.key -passin file:pw.txt -noout",
            "certdoctor password client.key --password-file pw.txt",
        ),
        remedies=("give-the-password", "ask-for-the-password"),
    )
)
def wrong_password(evidence: Evidence) -> Iterator[Observation]:
    """Look for keys that the given password does not open."""
    for file, item, key in _locked(evidence, Lock.WRONG_PASSWORD):
        near = f"; {key.near_miss} it opens" if key.near_miss else ""
        yield _about_key(
            file, item, key, f"The password given does not open the {_named(file, item, key)}{near}."
        )


@check(
    Rule(
        code="CD213",
        slug="unsupported-key-encryption",
        title="The private key is encrypted in a way that current programs refuse",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "OpenSSL 3, which Node 18 and later carry, has put DES, RC2, RC4 and other old ciphers aside: a key or PFX"
            ' encrypted with them fails even with the right password, with "unsupported" (0308010C) or "Unsupported'
            " PKCS12 PFX data\". It is the algorithm then, not the password. OpenSSH's own key format is not read by"
            " OpenSSL at all."
        ),
        confirm=(
            "openssl asn1parse -in client.key",
            "openssl pkey -provider legacy -provider default -in client.key -noout",
        ),
        remedies=("re-encrypt-the-key",),
    )
)
def unsupported_encryption(evidence: Evidence) -> Iterator[Observation]:
    """Look for keys that OpenSSL 3, or BoringSSL, does not decrypt."""
    for file, item, key in keys_in(evidence.files):
        near = f" The password: {key.near_miss} it opens." if key.near_miss else ""
        if key.lock is Lock.UNSUPPORTED:
            yield _about_key(
                file, item, key, f"The {_named(file, item, key)} cannot be used: {key.reason}.{near}"
            )
        elif key.encryption and key.reason and key.lock is not Lock.DAMAGED:
            yield _about_key(
                file, item, key, f"The {_named(file, item, key)}: {key.reason}.", severity=Severity.RISKS
            )


@check(
    Rule(
        code="CD214",
        slug="damaged-key",
        title="The private key is damaged",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Bytes of the key are missing or altered, its BEGIN line names another kind than what is inside, or its"
            " private half does not fit its public half. Node loads a key of the last kind without a word, and the"
            " handshake fails."
        ),
        confirm=("openssl pkey -in client.key -noout -check", "openssl asn1parse -in client.key -noout"),
        remedies=("fetch-again",),
    )
)
def damaged(evidence: Evidence) -> Iterator[Observation]:
    """Look for keys that cannot be loaded."""
    for file, item, key in _locked(evidence, Lock.DAMAGED):
        yield _about_key(file, item, key, f"The {_named(file, item, key)} is damaged: {key.reason}.")


@check(
    Rule(
        code="CD201",
        slug="key-mismatch",
        title="The private key does not belong to the certificate",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A certificate carries one public key; only the private key made with it can prove it. Node compares the"
            " two only when they are of the same type (ERR_OSSL_X509_KEY_VALUES_MISMATCH). An EC key beside an RSA"
            " certificate is accepted without a word, and the handshake fails."
        ),
        confirm=(
            "openssl x509 -in client.crt -noout -pubkey | openssl sha256",
            "openssl pkey -in client.key -pubout | openssl sha256",
        ),
        remedies=("use-the-matching-key",),
    )
)
def mismatch(evidence: Evidence) -> Iterator[Observation]:
    """Compare the first certificate with the first key, as Node does, or the certificates and keys of one file."""
    for certificate_file, certificate, key_file, key in _intended_pairs(evidence):
        match fits(certificate, key):
            case False:
                yield _mismatch(evidence, certificate_file, certificate, key_file, key)
            case None:
                reason = f"the public key of {certificate.label} in {certificate_file.path} cannot be read"
                observed(Absent(reason, Shade.NOT_OBTAINED))
            case True:
                pass


@check(
    Rule(
        code="CD202",
        slug="key-without-certificate",
        title="A client key was given without a client certificate",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "A key alone proves nothing: the server wants the certificate. Node accepts this without a word and sends"
            " no client certificate; a server that demands one ends the handshake."
        ),
        confirm=("certdoctor match --cert client.crt --key client.key",),
        remedies=("give-both-files",),
    )
)
def key_alone(evidence: Evidence) -> Iterator[Observation]:
    """Look for a key file without a certificate file."""
    if _files(evidence, Role.CERTIFICATE):
        return
    for file in _files(evidence, Role.KEY):
        if file.keys:
            yield Observation(
                detail=f"{file.path} was given as key, but no certificate: Node sends no client certificate then.",
                facts={"file": file.path},
                subject=file.path,
            )


@check(
    Rule(
        code="CD203",
        slug="certificate-without-key",
        title="A client certificate was given without its key",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "A certificate can only be used together with its private key. Node accepts it alone without a word and"
            " sends no client certificate; a server that demands one ends the handshake."
        ),
        confirm=("certdoctor match --cert client.crt --key client.key",),
        remedies=("give-both-files",),
    )
)
def certificate_alone(evidence: Evidence) -> Iterator[Observation]:
    """Look for a certificate file without a key file."""
    if _files(evidence, Role.KEY):
        return
    for file in _files(evidence, Role.CERTIFICATE):
        if file.certificates:
            inside = " Its own key inside the file does not count." if file.keys else ""
            yield Observation(
                detail=(
                    f"{file.path} was given as certificate, but no key: Node sends no client certificate then.{inside}"
                ),
                facts={"file": file.path, "key_inside": bool(file.keys)},
                subject=file.path,
            )


@check(
    Rule(
        code="CD204",
        slug="unpaired-key",
        title="No certificate or request here belongs to the private key",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Among the files there is no certificate, request or public key with the public half of this key. The"
            " certificate is elsewhere, was issued over another key, or the key was replaced at a renewal."
        ),
        confirm=("certdoctor match .", "openssl pkey -in client.key -pubout | openssl sha256"),
        remedies=("find-the-certificate",),
    )
)
def unpaired(evidence: Evidence) -> Iterator[Observation]:
    """Look for keys without a partner, if all files were to be paired."""
    observed(evidence.paired)
    for file, item, key in alone(evidence.files):
        yield _about_key(
            file, item, key, f"Nothing in these files belongs to the {_named(file, item, key)}, {key.public}."
        )


@check(
    Rule(
        code="CD205",
        slug="files-left-out",
        title="Not every file was examined",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "certdoctor looks into at most 2,000 files and for 10 seconds when it pairs up keys and certificates. What"
            " it did not look into may hold the partner that it did not find."
        ),
        confirm=("certdoctor match FOLDER",),
        remedies=("pair-a-smaller-folder",),
    )
)
def left_out(evidence: Evidence) -> Iterator[Observation]:
    """Report a search for pairs that ended early."""
    paired = observed(evidence.paired)
    if paired.cut_short is not None:
        yield Observation(
            detail=f"Of {evidence.subject}, {paired.cut_short}.",
            facts={"files": paired.looked_into},
        )


@check(
    Rule(
        code="CD212",
        slug="password-not-needed",
        title="A password was given for a key that is not encrypted",
        severity=Severity.NOTES,
        owner=Owner.CLIENT,
        explanation=(
            "The key opens without any password, so the one given was not used, and Node does not mind it. Whoever"
            " can read the file can use the key: protect the file, or encrypt the key."
        ),
        confirm=("openssl pkey -in client.key -passin pass: -noout",),
        remedies=("leave-the-password-out",),
    )
)
def password_not_needed(evidence: Evidence) -> Iterator[Observation]:
    """Look for plain keys that were given a password."""
    for file, item, key in _locked(evidence, Lock.PASSWORD_NOT_NEEDED):
        yield _about_key(
            file,
            item,
            key,
            f"The {_named(file, item, key)} is not encrypted; the password given was not used.",
        )


CHECKS: tuple[Check, ...] = (
    damaged,
    unsupported_encryption,
    password_required,
    wrong_password,
    mismatch,
    unpaired,
    left_out,
    certificate_alone,
    key_alone,
    password_not_needed,
)
"""Reasons why a key does not open come before findings about an open key."""


def _files(evidence: Evidence, role: Role) -> tuple[FileFacts, ...]:
    return tuple(file for file in evidence.files if file.role is role)


def _locked(evidence: Evidence, lock: Lock) -> Iterator[tuple[FileFacts, FileObject, KeyFacts]]:
    return (found for found in keys_in(evidence.files) if found[2].lock is lock)


def _named(file: FileFacts, item: FileObject, key: KeyFacts) -> str:
    """Return the key's name for a sentence: "key in client.key (PKCS#8, PBES2: …)"."""
    place = f"line {item.line} of {file.path}" if item.line and len(file.objects) > 1 else file.path
    how = f"{key.container}, {key.encryption}" if key.encryption else key.container
    what = "PKCS#12 content" if key.container == "PKCS#12" else item.kind.removeprefix("private ")
    return f"{what} in {place} ({how})"


def _about_key(
    file: FileFacts, item: FileObject, key: KeyFacts, detail: str, severity: Severity | None = None
) -> Observation:
    return Observation(
        detail=detail,
        facts={
            "file": file.path,
            "line": item.line,
            "container": key.container,
            "encryption": key.encryption,
            "reason": key.reason,
            "near_miss": key.near_miss,
        },
        subject=file.path,
        severity=severity,
    )


def _intended_pairs(evidence: Evidence) -> Iterator[tuple[FileFacts, Certificate, FileFacts, KeyFacts]]:
    """Yield the certificate and the key that the user wants to use together.

    Raises:
        NotObserved: there is no such pair, or the key was not opened.

    """
    missing: Absent | None = _NO_PAIR
    for file in evidence.files:
        # In a bundle (PFX, or key and certificate in one PEM) the order does not matter: any match suffices.
        if file.role in {Role.ANY, Role.CHAIN} and file.certificates and file.keys:
            key = file.keys[0]
            missing = key.public if isinstance(key.public, Absent) else None
            if missing is None and next(pairs((file,)), None) is None:
                yield file, file.certificates[0], file, key
    certificate_files, key_files = _files(evidence, Role.CERTIFICATE), _files(evidence, Role.KEY)
    if certificate_files and key_files:
        certificate, key = _first_of_each(certificate_files[0], key_files[0])
        observed(key.public)
        yield certificate_files[0], certificate, key_files[0], key
    elif missing is not None:
        observed(missing)


def _first_of_each(certificate_file: FileFacts, key_file: FileFacts) -> tuple[Certificate, KeyFacts]:
    """Return the certificate and the key that a program takes from its two files.

    Raises:
        NotObserved: one of the files has none.
    """
    certificate = next(iter(certificate_file.certificates), None)
    key = next(iter(key_file.keys), None)
    return (
        observed(
            certificate
            or Absent(f"no certificate could be read in {certificate_file.path}", Shade.NOT_OBTAINED)
        ),
        observed(key or Absent(f"there is no private key in {key_file.path}", Shade.NOT_OBTAINED)),
    )


def _mismatch(
    evidence: Evidence,
    certificate_file: FileFacts,
    certificate: Certificate,
    key_file: FileFacts,
    key: KeyFacts,
) -> Observation:
    public = observed(key.public)
    same_type = _same_type(certificate.public_key, public)
    node = (
        "Node refuses the pair: ERR_OSSL_X509_KEY_VALUES_MISMATCH."
        if same_type
        else "Node accepts this pair without a word, and the handshake fails."
    )
    belongs = _where_it_belongs(evidence, certificate, key, key_file.path)
    return Observation(
        detail=(
            f"The key in {key_file.path} ({public}) does not belong to the certificate {certificate.label} in"
            f" {certificate_file.path} ({certificate.public_key}). {node}{belongs}"
        ),
        facts={
            "certificate_file": certificate_file.path,
            "certificate": certificate.subject,
            "certificate_sha256": certificate.sha256,
            "certificate_key": str(certificate.public_key),
            "certificate_key_sha256": certificate.public_key.spki_sha256,
            "key_file": key_file.path,
            "key": str(public),
            "key_sha256": public.spki_sha256,
            "same_type": same_type,
            "matching": _matching_file(evidence, certificate) or next(iter(evidence.fitting_keys), None),
        },
        subject=key_file.path,
    )


def _same_type(one: PublicKey, other: PublicKey) -> bool:
    return one.algorithm == other.algorithm


def _matching_file(evidence: Evidence, certificate: Certificate) -> str | None:
    """Return the file of a key that belongs to the certificate; None if no given key does."""
    return next((p.key_path for p in pairs(evidence.files) if p.certificate == certificate), None)


def _where_it_belongs(evidence: Evidence, certificate: Certificate, key: KeyFacts, key_path: str) -> str:
    """Return a sentence about a key or certificate that does match; empty if none does."""
    for pair in pairs(evidence.files):
        if pair.certificate == certificate:
            place = "the same file" if pair.key_path == key_path else pair.key_path
            return f" Another key, in {place}, does belong to it."
        if pair.key == key:
            return f" The key belongs to the certificate {pair.certificate.label} in {pair.certificate_path}."
    if evidence.fitting_keys:
        names = [path.replace("\\", "/").rpartition("/")[2] for path in evidence.fitting_keys]
        return f" In this folder, {' and '.join(names)} {'does' if len(names) == 1 else 'do'} belong to it."
    return ""
