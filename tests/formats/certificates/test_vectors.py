"""Keys and PKCS#12 files that other programs made: right, wrong and no password, each with the right finding.

They are the public test vectors of the cryptography project (PyPI's cryptography-vectors), among them keys
of OpenSSL, GnuTLS, NSS, Mbed TLS and Botan and NIST's path validation suite. The passwords are those that the
vectors are published with.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from importlib import import_module, util
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.checks.files import keys as key_checks
from certdoctor.formats import files
from certdoctor.formats.certificates.x509 import public_key_facts
from certdoctor.model.certificate import PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Lock, Role
from tests import pki
from tests.programs import need_nothing_missing

WRONG = b"no such password 1"


class Outcome(Enum):
    """What a file does with its password."""

    OPENS = auto()
    LEGACY = auto()
    """The password is right, and current programs refuse the cipher all the same."""
    CERTIFICATES = auto()
    """A PKCS#12 that opens and has no key."""
    EMPTY = auto()
    """A PKCS#12 whose password is the empty one, so that none is needed."""
    EMPTY_LEGACY = auto()
    UNKNOWN = auto()
    """Nobody reads its algorithm; no password is tried."""
    UNREADABLE = auto()
    """A PKCS#12 with something inside that no parser takes; the password is told all the same."""
    DAMAGED = auto()
    PLAIN = auto()


_PKCS8 = "asymmetric/PKCS8/"
_OLD = "asymmetric/Traditional_OpenSSL_Serialization/"
_PEM = "asymmetric/PEM_Serialization/"
_DER = "asymmetric/DER_Serialization/"

VECTORS: dict[str, tuple[Outcome, str]] = {
    f"{_DER}ec_private_key_encrypted.der": (Outcome.OPENS, "123456"),
    f"{_DER}enc-rsa-pkcs8.der": (Outcome.OPENS, "foobar"),
    f"{_DER}enc2-rsa-pkcs8.der": (Outcome.OPENS, "baz"),
    f"{_DER}testrsa.der": (Outcome.PLAIN, ""),
    f"{_DER}unenc-dsa-pkcs8.der": (Outcome.PLAIN, ""),
    **{
        f"asymmetric/{kind}/{kind.lower()}-pkcs8-enc.{form}": (Outcome.OPENS, "password")
        for kind in ("Ed25519", "Ed448", "X25519", "X448")
        for form in ("pem", "der")
    },
    **{
        f"asymmetric/{kind}/{kind.lower()}-pkcs8.{form}": (Outcome.PLAIN, "")
        for kind in ("Ed25519", "Ed448", "X25519", "X448")
        for form in ("pem", "der")
    },
    f"{_PEM}dsa_private_key.pem": (Outcome.OPENS, "123456"),
    f"{_PEM}ec_private_key_encrypted.pem": (Outcome.OPENS, "123456"),
    f"{_PEM}rsa_private_key.pem": (Outcome.OPENS, "123456"),
    f"{_PEM}ec_private_key.pem": (Outcome.PLAIN, ""),
    f"{_PKCS8}ec_private_key_encrypted.pem": (Outcome.OPENS, "123456"),
    f"{_PKCS8}ed25519-scrypt.pem": (Outcome.OPENS, "hunter42"),
    f"{_PKCS8}enc-rsa-3des.pem": (Outcome.OPENS, "password"),
    f"{_PKCS8}enc-rsa-pkcs8.pem": (Outcome.OPENS, "foobar"),
    f"{_PKCS8}enc2-rsa-pkcs8.pem": (Outcome.OPENS, "baz"),
    f"{_PKCS8}rsa-aes-192-cbc.pem": (Outcome.OPENS, "PolarSSLTest"),
    f"{_PKCS8}rsa-pbe-3des-long-salt.pem": (Outcome.OPENS, "password"),
    **{
        f"{_PKCS8}rsa_pkcs8_pbes2_pbkdf2_2048_3des_{digest}.pem": (Outcome.OPENS, "PolarSSLTest")
        for digest in ("sha224", "sha384", "sha512")
    },
    **{
        f"{_PKCS8}pkcs12_s2k_pem-X_{number}.pem": (Outcome.OPENS, "123456")
        for number in (9607, 9671, *range(9925, 9933))
    },
    f"{_PKCS8}enc-ec-sha1-128-rc4.pem": (Outcome.LEGACY, "password"),
    f"{_PKCS8}rsa-40bitrc2.pem": (Outcome.LEGACY, "baz"),
    f"{_PKCS8}rsa-pbewithmd5anddescbc.pem": (Outcome.LEGACY, "hunter2"),
    f"{_PKCS8}rsa-rc2-cbc.pem": (Outcome.LEGACY, "Red Hat Enterprise Linux 7.4"),
    f"{_PKCS8}bad-encryption-oid.pem": (Outcome.UNKNOWN, ""),
    f"{_PKCS8}enc-rsa-pkcs8-pbkdf2-0iter.pem": (Outcome.UNKNOWN, ""),
    f"{_PKCS8}enc-unknown-algorithm.pem": (Outcome.UNKNOWN, ""),
    f"{_PKCS8}enc-unknown-kdf.pem": (Outcome.UNKNOWN, ""),
    f"{_PKCS8}enc-unknown-pbkdf2-prf.pem": (Outcome.UNKNOWN, ""),
    f"{_PKCS8}bad-oid-dsa-key.pem": (Outcome.DAMAGED, ""),
    f"{_PKCS8}unknown-oid.der": (Outcome.DAMAGED, ""),
    f"{_PKCS8}ec-invalid-private-scalar.pem": (Outcome.DAMAGED, ""),
    f"{_PKCS8}ec-invalid-version.pem": (Outcome.PLAIN, ""),
    f"{_PKCS8}rsa_pss_2048.pem": (Outcome.PLAIN, ""),
    "asymmetric/MLKEM/mlkem768.pem": (Outcome.PLAIN, ""),
    "asymmetric/DH/dhkey.pem": (Outcome.PLAIN, ""),
    f"{_OLD}key1.pem": (Outcome.OPENS, "123456"),
    f"{_OLD}key2.pem": (Outcome.OPENS, "a123456"),
    f"{_OLD}testrsa-encrypted.pem": (Outcome.OPENS, "password"),
    f"{_OLD}key1-malformed-dek-info.pem": (Outcome.DAMAGED, ""),
    f"{_OLD}key1-malformed-iv.pem": (Outcome.DAMAGED, ""),
    f"{_OLD}key1-no-dek-info.pem": (Outcome.DAMAGED, ""),
    f"{_OLD}key1-short-iv.pem": (Outcome.DAMAGED, ""),
    f"{_OLD}rsa-wrong-version.pem": (Outcome.PLAIN, ""),
    f"{_OLD}dsa-wrong-version.pem": (Outcome.PLAIN, ""),
    "pkcs12/cert-key-aes256cbc.p12": (Outcome.OPENS, "cryptography"),
    "pkcs12/cert-none-key-none.p12": (Outcome.OPENS, "cryptography"),
    "pkcs12/no-cert-key-aes256cbc.p12": (Outcome.OPENS, "cryptography"),
    "pkcs12/cert-rc2-key-3des.p12": (Outcome.LEGACY, "cryptography"),
    "pkcs12/cert-aes256cbc-no-key.p12": (Outcome.CERTIFICATES, "cryptography"),
    "pkcs12/no-password.p12": (Outcome.EMPTY_LEGACY, ""),
    **{
        f"pkcs12/{name}-pwd.p12": (Outcome.OPENS, "password")
        for name in ("name-1", "name-2", "name-2-3", "name-3", "name-all", "name-unicode", "no-name")
    },
    **{
        f"pkcs12/{name}-no-pwd.p12": (Outcome.EMPTY, "")
        for name in ("name-1", "name-2", "name-2-3", "name-3", "name-all", "name-unicode", "no-name")
    },
    **{
        f"pkcs12/no-cert-{name}-pwd.p12": (Outcome.CERTIFICATES, "password")
        for name in ("name-2", "name-3", "name-all", "name-unicode", "no-name")
    },
}
"""Each file with what it does and its password."""

_LOCKS = {
    Outcome.OPENS: (Lock.OPENED, Lock.WRONG_PASSWORD, Lock.PASSWORD_REQUIRED),
    Outcome.LEGACY: (Lock.UNSUPPORTED, Lock.UNSUPPORTED, Lock.UNSUPPORTED),
    Outcome.CERTIFICATES: (None, Lock.WRONG_PASSWORD, Lock.PASSWORD_REQUIRED),
    Outcome.EMPTY: (Lock.OPENED, Lock.WRONG_PASSWORD, Lock.OPENED),
    Outcome.EMPTY_LEGACY: (Lock.UNSUPPORTED, Lock.UNSUPPORTED, Lock.UNSUPPORTED),
    Outcome.UNKNOWN: (Lock.UNSUPPORTED, Lock.UNSUPPORTED, Lock.UNSUPPORTED),
    Outcome.UNREADABLE: (Lock.DAMAGED, Lock.WRONG_PASSWORD, Lock.PASSWORD_REQUIRED),
    Outcome.DAMAGED: (Lock.DAMAGED, Lock.DAMAGED, Lock.DAMAGED),
    Outcome.PLAIN: (Lock.OPEN, Lock.PASSWORD_NOT_NEEDED, Lock.OPEN),
}
"""What becomes of the right, a wrong and no password."""
_RULES = {
    Lock.WRONG_PASSWORD: "wrong-password",
    Lock.PASSWORD_REQUIRED: "password-required",
    Lock.UNSUPPORTED: "unsupported-key-encryption",
    Lock.DAMAGED: "damaged-key",
    Lock.PASSWORD_NOT_NEEDED: "password-not-needed",
}
PKITS = 30
"""Files of NIST's suite that are tried; it has 405 of a kind, and each wrong password costs 17 tries."""


@cache
def folder() -> Path:
    """Return where the vectors are; skip the test without them."""
    found = util.find_spec("cryptography_vectors")
    need_nothing_missing(None if found else "the package cryptography-vectors is not installed")
    return Path(str(import_module("cryptography_vectors").__file__)).parent


@pytest.fixture(autouse=True)
def _warnings_as_users_have_them() -> Iterator[None]:
    """Put the filter of certdoctor.formats back, which pytest's own replace; all else is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module=r"(certdoctor|OpenSSL|cryptography\.x509\.name)(\.|$)")
        yield


def everything() -> dict[str, tuple[Outcome, str]]:
    """Return the vectors and some of NIST's."""
    if util.find_spec("cryptography_vectors") is None:
        return VECTORS
    nist = sorted((folder() / "x509/PKITS_data/pkcs12").glob("*.p12"))[:PKITS]
    named = {
        str(path.relative_to(folder())): (
            Outcome.UNREADABLE if path.name.startswith("DSAParametersInherited") else Outcome.OPENS,
            "password",
        )
        for path in nist
    }
    return {**VECTORS, **named}


def look(name: str, password: bytes | None) -> FileFacts:
    """Return the facts of a vector."""
    return files.examine((folder() / name).read_bytes(), path=name, role=Role.ANY, password=password)


def rules(facts: FileFacts) -> set[str]:
    """Return the slugs of what the checks find, but for what is a risk for some clients alone."""
    evidence = Evidence(subject="x", observed_at=pki.NOW, files=(facts,))
    return {
        check.rule.slug
        for check in key_checks.CHECKS
        if any(seen.severity is None for seen in check.run(evidence)[0])
    }


def test_there_are_enough() -> None:
    """Of all kinds."""
    folder()
    assert len(everything()) >= 110


@pytest.mark.parametrize("name", everything())
def test_right_wrong_and_no_password(name: str) -> None:
    """The lock of each, the finding that follows from it, and the key itself."""
    outcome, password = everything()[name]
    right = password.encode() or None
    for given, lock in zip((right, WRONG, None), _LOCKS[outcome], strict=True):
        facts = look(name, given)
        found = facts.keys[0] if facts.keys else None
        assert (found.lock if found else None) is lock, given
        if lock in _RULES:
            assert _RULES[lock] in rules(facts)
        else:
            assert not rules(facts) & set(_RULES.values())
        if found and outcome is Outcome.LEGACY and given:
            assert ("password given is right" in str(found.reason)) == (given == right)
        if found is None:
            assert facts.certificates
        elif lock in {Lock.OPENED, Lock.OPEN} and isinstance(found.public, PublicKey):
            assert public_of(name, right) in {found.public.spki_sha256, ""}


def public_of(name: str, password: bytes | None) -> str:
    """Return the SHA-256 of the public key, by the cryptography library alone; empty if it cannot tell."""
    data = (folder() / name).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if name.endswith(".p12"):
                key = pkcs12.load_pkcs12(data, password).key
            elif name.endswith(".der"):
                key = serialization.load_der_private_key(data, password)
            else:
                key = serialization.load_pem_private_key(data, password)
        except ValueError:
            assert "version" in name or "MLKEM" in name  # what OpenSSL reads and this library does not
            return ""
        return public_key_facts(key.public_key()).spki_sha256 if key else ""


def test_every_vector_gives_facts_and_no_warning() -> None:
    """Requests, certificates, lists and keys, whole and broken."""
    count = 0
    for parent, _, names in os.walk(folder() / "x509"):
        for name in names:
            path = Path(parent, name)
            if path.suffix in {".pem", ".der", ".crt", ".crl", ".cer"} and path.stat().st_size < 100_000:
                count += 1
                assert files.examine(path.read_bytes(), path=name, role=Role.ANY).size
    assert count > 700
