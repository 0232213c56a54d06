"""The rules on files and keys: who is ill, and with exactly what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs7, pkcs12

from certdoctor.checks.files import files as file_checks
from certdoctor.checks.files import keys as key_checks
from certdoctor.checks.files.pairing import pairs
from certdoctor.formats import files as formats
from certdoctor.formats.encodings import pem
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Shade
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.rule import Observation, Severity
from tests import pki
from tests.pki import tlv

CHECKS = (*file_checks.CHECKS, *key_checks.CHECKS)
CA, CERT, KEY, ANY, CHAIN = Role.CA, Role.CERTIFICATE, Role.KEY, Role.ANY, Role.CHAIN


@dataclass(frozen=True)
class Given:
    """One file of a case."""

    role: Role
    make: Callable[[], bytes]
    password: bytes | None = None
    path: str = "client.pem"

    def facts(self) -> FileFacts:
        """Return the facts as ``gather`` would."""
        return formats.examine(self.make(), path=self.path, role=self.role, password=self.password)


def look(*files: FileFacts) -> list[tuple[str, Observation]]:
    """Return every sighting of every check with its code, in the order of the checks."""
    evidence = Evidence(subject="case", observed_at=pki.NOW, files=files)
    return [(check.rule.code, seen) for check in CHECKS for seen in check.run(evidence)[0]]


def seen_in(*given: Given) -> list[tuple[str, str]]:
    """Return codes and severities of a case."""
    found = look(*(item.facts() for item in given))
    severities = {check.rule.code: check.rule.severity for check in CHECKS}
    return [(code, str(seen.severity or severities[code])) for code, seen in found]


def keyless_p12() -> bytes:
    """Return a PKCS#12 of a root alone."""
    return pkcs12.serialize_key_and_certificates(
        None, None, None, [pki.root().certificate], serialization.NoEncryption()
    )


def p7b() -> bytes:
    """Return the chain as PKCS#7 in PEM armour."""
    chain = [pki.leaf().certificate, pki.intermediate().certificate]
    return pkcs7.serialize_certificates(chain, serialization.Encoding.PEM)


def leaf_on(common_name: str, key: pki.PrivateKey) -> Callable[[], bytes]:
    """Return the maker of a leaf with the given key."""
    return lambda: pki.issue(common_name, pki.intermediate(), with_key=key).pem


def cut(data: bytes) -> bytes:
    """Return a PEM text without its last line."""
    return b"\n".join(data.splitlines()[:-1]) + b"\n"


LEAF = Given(CERT, lambda: pki.leaf().pem)
LEAF_KEY = Given(KEY, lambda: pki.leaf().key_pem, path="client.key")
RSA = pki.rsa_key("r")
ED = ed25519.Ed25519PrivateKey.generate()

CASES: dict[str, tuple[tuple[Given, ...], list[tuple[str, str]]]] = {
    "healthy CA": ((Given(CA, lambda: pki.root().pem),), []),
    "healthy pair": ((LEAF, LEAF_KEY), []),
    "healthy chain and key": (
        (Given(CERT, lambda: pki.leaf().pem + pki.intermediate().pem), LEAF_KEY),
        [],
    ),
    "healthy PFX": ((Given(ANY, lambda: pki.pfx(pki.leaf()), pki.PASSWORD),), []),
    "self-signed server certificate as CA": ((Given(CA, lambda: pki.issue("self").pem),), []),
    "root without basicConstraints as CA": ((Given(CA, lambda: pki.issue("old", ca=None).pem),), []),
    # CD102
    "DER as CA": ((Given(CA, lambda: pki.root().der),), [("CD102", "blocks")]),
    "DER as certificate": (
        (Given(CERT, lambda: pki.leaf().der), LEAF_KEY),
        [("CD102", "blocks")],
    ),
    "DER as key": ((LEAF, Given(KEY, lambda: pki.key_der(pki.leaf().key))), [("CD102", "blocks")]),
    "PKCS#7 as CA": ((Given(CA, p7b),), [("CD102", "blocks"), ("CD107", "notes")]),
    "PFX as CA": ((Given(CA, lambda: pki.pfx(pki.root()), pki.PASSWORD),), [("CD102", "blocks")]),
    "HTML as CA": ((Given(CA, lambda: b"<html>Sign in</html>"),), [("CD102", "blocks")]),
    "empty CA": ((Given(CA, lambda: b""),), [("CD102", "blocks")]),
    "JKS as CA": ((Given(CA, lambda: bytes.fromhex("feedfeed00")),), [("CD102", "blocks")]),
    "UTF-16 CA": ((Given(CA, lambda: pki.root().pem.decode().encode("utf-16")),), [("CD102", "blocks")]),
    "indented CA": (
        (Given(CA, lambda: pki.root().pem.replace(b"-----BEGIN", b"  -----BEGIN")),),
        [("CD102", "blocks")],
    ),
    "OpenSSH key": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, None, PrivateFormat.OpenSSH))),
        [("CD102", "blocks")],
    ),
    "key in JSON": (
        (LEAF, Given(KEY, lambda: b'{"k": "' + pki.leaf().key_pem.replace(b"\n", b"\\n") + b'"}')),
        [("CD102", "blocks")],
    ),
    # CD103
    "CA without END": ((Given(CA, lambda: cut(pki.root().pem)),), [("CD103", "blocks")]),
    "certificate with trailing bytes": (
        (
            Given(
                ANY,
                lambda: pem.Block(label="CERTIFICATE", line=1, body=pki.leaf().der + b"\0\0").text(),
            ),
        ),
        [("CD103", "risks")],
    ),
    # CD104
    "key as CA": ((Given(CA, lambda: pki.leaf().key_pem),), [("CD104", "blocks")]),
    "certificate as key": ((LEAF, Given(KEY, lambda: pki.leaf().pem)), [("CD104", "blocks")]),
    "request as certificate": (
        (Given(CERT, lambda: pki.request_pem(pki.leaf().key)), LEAF_KEY),
        [("CD104", "blocks")],
    ),
    "public key as key": ((LEAF, Given(KEY, lambda: pki.public_pem(pki.leaf().key))), [("CD104", "blocks")]),
    "certificate in DER as key": ((LEAF, Given(KEY, lambda: pki.leaf().der)), [("CD104", "blocks")]),
    # CD105
    "DER root, for no field": ((Given(ANY, lambda: pki.root().der),), [("CD105", "risks")]),
    "PKCS#7, for no field": (
        (
            Given(
                ANY,
                lambda: pkcs7.serialize_certificates([pki.root().certificate], serialization.Encoding.DER),
            ),
        ),
        [("CD105", "risks")],
    ),
    "PKCS#7 in PEM armour, for no field": (
        (
            Given(
                ANY,
                lambda: pkcs7.serialize_certificates([pki.root().certificate], serialization.Encoding.PEM),
            ),
        ),
        [("CD105", "risks")],
    ),
    "PKCS#12 without a key, for no field": (
        (Given(ANY, keyless_p12),),
        [("CD105", "risks")],
    ),
    "DER key, for no field": ((Given(ANY, lambda: pki.key_der(pki.key("x"))),), [("CD105", "risks")]),
    "CA with a byte order mark": (
        (Given(CA, lambda: b"\xef\xbb\xbf" + pki.root().pem),),
        [("CD105", "risks")],
    ),
    "CA with text": ((Given(CA, lambda: b"my root\n" + pki.root().pem),), [("CD105", "notes")]),
    "glued CAs": (
        (Given(CA, lambda: pki.root().pem.rstrip() + pki.intermediate().pem),),
        [("CD102", "blocks")],
    ),
    "one good CA, two glued": (
        (Given(CA, lambda: pki.root().pem * 2 + pki.root().pem.rstrip() + pki.root().pem),),
        [("CD105", "risks")],
    ),
    # CD106
    "intermediate on top of the certificate": (
        (Given(CERT, lambda: pki.intermediate().pem + pki.leaf().pem), LEAF_KEY),
        [("CD106", "blocks"), ("CD201", "blocks")],
    ),
    "root on top of a chain": (
        (Given(CHAIN, lambda: pki.root().pem + pki.intermediate().pem + pki.leaf().pem),),
        [("CD106", "risks")],
    ),
    "unrelated certificates": ((Given(ANY, lambda: pki.root().pem + pki.issue("x").pem),), []),
    # CD108
    "an empty chain file": ((Given(CHAIN, lambda: b""),), [("CD108", "blocks")]),
    "a web page": ((Given(ANY, lambda: b"<!DOCTYPE html><html></html>"),), [("CD108", "blocks")]),
    # CD107
    "leaf as CA": ((Given(CA, lambda: pki.leaf().pem),), [("CD107", "blocks")]),
    "leaf without basicConstraints as CA": (
        (Given(CA, lambda: pki.issue("bare", pki.root(), ca=None).pem),),
        [("CD107", "blocks")],
    ),
    "leaf beside the root as CA": (
        (Given(CA, lambda: pki.root().pem + pki.leaf().pem),),
        [("CD107", "notes")],
    ),
    # CD2xx
    "EC key, other EC certificate": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.key("other")))),
        [("CD201", "blocks")],
    ),
    "RSA key, EC certificate": ((LEAF, Given(KEY, lambda: pki.key_pem(RSA))), [("CD201", "blocks")]),
    "Ed25519 pair": ((Given(CERT, leaf_on("ed", ED)), Given(KEY, lambda: pki.key_pem(ED))), []),
    "the key is second in its file": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.key("other")) + pki.leaf().key_pem)),
        [("CD201", "blocks")],
    ),
    "bundle that does not fit": (
        (Given(ANY, lambda: pki.leaf().pem + pki.key_pem(pki.key("other"))),),
        [("CD201", "blocks")],
    ),
    "key alone": ((LEAF_KEY,), [("CD202", "risks")]),
    "certificate alone": ((LEAF,), [("CD203", "risks")]),
    "certificate with its key inside": (
        (Given(CERT, lambda: pki.leaf().pem + pki.leaf().key_pem),),
        [("CD203", "risks")],
    ),
    "password required": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, pki.PASSWORD))),
        [("CD210", "blocks")],
    ),
    "wrong password": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, pki.PASSWORD), b"no")),
        [("CD211", "blocks")],
    ),
    "right password": (
        (LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, pki.PASSWORD), pki.PASSWORD)),
        [],
    ),
    "password not needed": ((LEAF, Given(KEY, lambda: pki.leaf().key_pem, b"any")), [("CD212", "notes")]),
    "DES key": (
        (
            LEAF,
            Given(
                KEY,
                lambda: (
                    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\n"
                    b"AAAAAAAAAAA=\n-----END RSA PRIVATE KEY-----\n"
                ),
            ),
        ),
        [("CD213", "blocks")],
    ),
    "damaged key": (
        (LEAF, Given(KEY, lambda: pem.Block(label="PRIVATE KEY", line=1, body=tlv(0x30, b"\0")).text())),
        [("CD214", "blocks")],
    ),
    "key without END": ((LEAF, Given(KEY, lambda: cut(pki.leaf().key_pem))), [("CD214", "blocks")]),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_each_case_fires_exactly_its_rules(given: tuple[Given, ...], expected: list[tuple[str, str]]) -> None:
    """Code and severity; a rule too many is as wrong as one too few."""
    assert seen_in(*given) == expected


def test_codes_and_slugs_are_unique_and_the_texts_are_there() -> None:
    """Each rule can be explained, confirmed and, if it blocks, remedied."""
    assert (
        len({check.rule.code for check in CHECKS})
        == len({check.rule.slug for check in CHECKS})
        == len(CHECKS)
    )
    for check in CHECKS:
        assert check.rule.explanation.endswith(".")
        assert check.rule.confirm
        assert check.rule.remedies or check.rule.severity is Severity.NOTES


def test_an_unreadable_file_is_said_and_nothing_else() -> None:
    """The sentence of the reader is the finding."""
    facts = FileFacts(
        path="x.pem", role=CA, size=0, format=Form.UNKNOWN, unreadable="There is no file x.pem here."
    )
    assert [(code, seen.detail) for code, seen in look(facts)] == [("CD101", "There is no file x.pem here.")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            (LEAF, Given(KEY, lambda: pki.key_pem(RSA), path="client.key")),
            (
                "The key in client.key (RSA 2048) does not belong to the certificate leaf.example in client.pem (EC P-256)."
                " Node accepts this pair without a word, and the handshake fails."
            ),
        ),
        (
            (LEAF, Given(KEY, lambda: pki.key_pem(pki.key("other")) + pki.leaf().key_pem, path="client.key")),
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH. Another key, in the same file, does belong to it.",
        ),
        (
            (
                LEAF,
                Given(KEY, lambda: pki.key_pem(pki.key("other"))),
                Given(ANY, lambda: pki.leaf().key_pem, path="loader.key"),
            ),
            "Another key, in loader.key, does belong to it.",
        ),
        (
            (Given(CERT, lambda: pki.intermediate().pem + pki.leaf().pem), LEAF_KEY),
            "The key belongs to the certificate leaf.example in client.pem.",
        ),
        (
            (LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, pki.PASSWORD), pki.PASSWORD + b" ")),
            "; without the blanks at its end it opens.",
        ),
        (
            (Given(CA, lambda: pki.root().der, path="root ca.cer"),),
            (
                "is a DER certificate. Node says nothing and trusts no certificate of it. Convert it: "
                " openssl x509 -inform DER -in 'root ca.cer' -out 'root ca.pem'"
            ),
        ),
        (
            (Given(CERT, lambda: pki.request_pem(pki.key("a"))),),
            "in the certificate field holds a certificate request and no certificate.",
        ),
        (
            (Given(CA, lambda: pki.root().pem.decode().encode("utf-16")),),
            "It is written in UTF-16",
        ),
    ],
)
def test_the_detail_says_what_helps(given: tuple[Given, ...], words: str) -> None:
    """The sentence names things and what the client does."""
    assert any(words in seen.detail for _, seen in look(*(item.facts() for item in given)))


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (
            Given(KEY, lambda: pki.key_pem(pki.key("a"), None, PrivateFormat.OpenSSH), path="id_ecdsa"),
            "cp id_ecdsa id_ecdsa.pem && ssh-keygen -p -m PKCS8 -f id_ecdsa.pem",
        ),
        (Given(KEY, lambda: pki.key_pem(ED, None, PrivateFormat.OpenSSH), path="id_ed25519"), None),
        (
            Given(KEY, lambda: pki.pfx(pki.leaf()), path="a.b/c.pfx"),
            "openssl pkcs12 -in a.b/c.pfx -nocerts -out a.b/c.pem",
        ),
        (
            Given(CA, lambda: bytes.fromhex("feedfeed00"), path="a.b/store"),
            "keytool -importkeystore -srckeystore a.b/store -destkeystore a.b/store.p12 -deststoretype PKCS12",
        ),
        (Given(CA, lambda: b"<html>", path="ca.pem"), None),
        (Given(CA, lambda: pki.root().der, path="-"), "openssl x509 -inform DER -in - -out converted.pem"),
    ],
)
def test_the_converting_command_fits_the_file(given: Given, command: str | None) -> None:
    """It names a new file, and there is none where no single command does it."""
    found = dict(look(given.facts()))
    assert found["CD102"].facts["convert"] == command


def test_full_key_ids_are_in_the_facts_of_a_mismatch() -> None:
    """Shortening is the renderer's job."""
    found = dict(look(LEAF.facts(), Given(KEY, lambda: pki.key_pem(RSA)).facts()))
    facts = found["CD201"].facts
    assert facts["certificate_key_sha256"] == LEAF.facts().certificates[0].public_key.spki_sha256
    assert len(str(facts["key_sha256"])) == 64
    assert facts["same_type"] is False


@pytest.mark.parametrize(
    ("files", "shade"),
    [
        ((), Shade.NOT_ASKED),
        ((LEAF,), Shade.NOT_ASKED),
        ((LEAF, Given(KEY, lambda: pki.key_pem(pki.leaf().key, pki.PASSWORD))), Shade.NOT_ASKED),
        ((LEAF, Given(KEY, lambda: b"")), Shade.NOT_OBTAINED),
        ((Given(CERT, lambda: b""), LEAF_KEY), Shade.NOT_OBTAINED),
    ],
)
def test_a_pair_that_cannot_be_compared_is_skipped_with_a_reason(
    files: tuple[Given, ...], shade: Shade
) -> None:
    """Silence is not health."""
    evidence = Evidence(subject="case", observed_at=pki.NOW, files=tuple(item.facts() for item in files))
    seen, missing = key_checks.mismatch.run(evidence)
    assert seen == ()
    assert missing is not None
    assert missing.shade is shade


def test_a_public_key_that_cannot_be_read_is_no_mismatch() -> None:
    """What cannot be compared is skipped, neither right nor wrong."""
    certificate_file = LEAF.facts()
    certificate = certificate_file.certificates[0]
    unknown = replace(certificate, public_key=replace(certificate.public_key, spki_sha256=""))
    (item,) = certificate_file.objects
    files = (replace(certificate_file, objects=(replace(item, certificate=unknown),)), LEAF_KEY.facts())
    seen, missing = key_checks.mismatch.run(Evidence(subject="case", observed_at=pki.NOW, files=files))
    assert seen == ()
    assert missing is not None
    assert "cannot be read" in missing.reason


def test_a_folder_is_paired_up() -> None:
    """Every key with its certificates, and no other."""
    files = [
        Given(ANY, lambda: pki.leaf().pem, path="leaf.crt").facts(),
        Given(ANY, lambda: pki.key_pem(RSA), path="stray.key").facts(),
        Given(ANY, lambda: pki.pfx(pki.root()), pki.PASSWORD, "root.pfx").facts(),
        Given(ANY, lambda: pki.leaf().key_pem, path="leaf.key").facts(),
    ]
    assert [(pair.key_path, pair.certificate_path) for pair in pairs(files)] == [
        ("root.pfx", "root.pfx"),
        ("leaf.key", "leaf.crt"),
    ]
