"""The certificates that the practice server makes: sound by default, and each fault alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certdoctor.formats.certificates import x509 as facts
from certdoctor.lab.certificates import (
    CLIENT_AUTH,
    FALLBACK_NAME,
    Extra,
    Issued,
    KeyKind,
    fallback,
    intermediate,
    leaf,
    new_key,
    root,
)
from certdoctor.lab.identities import identity
from certdoctor.lab.resign import resign
from certdoctor.lab.scenarios import Presents

OIDS = {
    "1.2.840.10045.4.1": "06072a8648ce3d0401",
    "1.2.840.113549.1.1.5": "06092a864886f70d010105",
    "1.2.840.113549.1.1.4": "06092a864886f70d010104",
}

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def issued_by(child: Issued, parent: Issued) -> None:
    """Check names and signature."""
    child.certificate.verify_directly_issued_by(parent.certificate)


def test_the_ordinary_chain_is_sound() -> None:
    """Names, signatures, key ids and dates fit together."""
    top = root(at=NOW)
    issuing = intermediate(top, at=NOW)
    server = leaf(issuing, at=NOW)
    issued_by(top, top)
    issued_by(issuing, top)
    issued_by(server, issuing)
    told = facts.parse(server.der)
    assert (told.dns_names, told.ip_addresses) == (("localhost",), ("127.0.0.1",))
    assert (told.common_name, told.extended_key_usage, told.is_ca) == ("localhost", ("serverAuth",), False)
    assert told.authority_key_id == facts.parse(issuing.der).subject_key_id
    assert told.not_before < NOW - timedelta(days=29)
    assert told.not_after == NOW + timedelta(days=365)
    assert told.oddities == ()
    assert server.pem.startswith(b"-----BEGIN CERTIFICATE-----")


def test_the_fallback_is_as_sql_server_makes_it() -> None:
    """Version 1, BMPString, RSA, no extension of any kind, thirty years."""
    told = facts.parse(fallback(at=NOW).der)
    assert (told.version, told.common_name, told.self_signed) == (1, FALLBACK_NAME, True)
    assert (told.has_san, told.is_ca, told.key_usage, told.subject_key_id) == (False, None, None, None)
    assert str(told.public_key) == "RSA 2048"
    assert any("BMPString" in oddity for oddity in told.oddities)
    assert (told.not_after - told.not_before).days == 30 * 365
    newer = facts.parse(fallback(at=NOW, version=3, digest="sha1").der)
    assert (newer.version, newer.signature_digest) == (3, "sha1")


@pytest.mark.parametrize("kind", [KeyKind.EC, KeyKind.RSA])
@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_weak_signatures_verify(kind: KeyKind, digest: str) -> None:
    """Signed anew, the certificate differs in the algorithm and the signature only."""
    top = root(at=NOW, kind=kind)
    if kind is KeyKind.EC and digest == "md5":
        with pytest.raises(ValueError, match="no ec signature with md5"):
            leaf(top, at=NOW, digest=digest)
        return
    weak = leaf(top, at=NOW, digest=digest)
    told = facts.parse(weak.der)
    assert told.signature_digest == digest
    assert told.dns_names == ("localhost",)
    # RFC 5280 4.1.1.2: the algorithm stands in the signed part and behind it, and is the same in both.
    named = weak.certificate.signature_algorithm_oid.dotted_string
    assert weak.der.count(bytes.fromhex(OIDS[named])) == 2
    hash_ = weak.certificate.signature_hash_algorithm
    assert hash_ is not None
    public, signed = (
        top.key.public_key(),
        (weak.certificate.signature, weak.certificate.tbs_certificate_bytes),
    )
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(*signed, padding.PKCS1v15(), hash_)
    else:
        public.verify(*signed, ec.ECDSA(hash_))
    again = resign(weak.certificate, top.key, digest="sha256")
    again.verify_directly_issued_by(top.certificate)
    assert list(again.extensions) == list(weak.certificate.extensions)


def test_one_thing_is_broken_at_a_time() -> None:
    """Each override shows in the facts and nowhere else."""
    top = root(at=NOW)
    plain = facts.parse(leaf(top, at=NOW).der)
    client = facts.parse(leaf(top, at=NOW, purposes=(CLIENT_AUTH,)).der)
    assert client.extended_key_usage == ("clientAuth",)
    assert (client.dns_names, client.not_after) == (plain.dns_names, plain.not_after)
    assert not facts.parse(leaf(top, at=NOW, names=(), addresses=()).der).has_san
    assert facts.parse(leaf(top, at=NOW, purposes=()).der).extended_key_usage is None
    assert facts.parse(leaf(top, at=NOW, ends=-1).der).not_after < NOW
    assert facts.parse(leaf(top, at=NOW, starts=1).der).not_before > NOW
    assert facts.parse(intermediate(top, at=NOW, is_ca=False).der).is_ca is False
    assert facts.parse(intermediate(top, at=NOW, path_length=0).der).path_length == 0
    assert facts.parse(leaf(top, at=NOW, omit=(x509.AuthorityKeyIdentifier,)).der).authority_key_id is None
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    odd = leaf(top, at=NOW, add=(Extra(unknown, critical=True),)).certificate
    assert odd.extensions.get_extension_for_oid(unknown.oid).critical


def test_a_leaf_without_issuer_signs_itself() -> None:
    """Self-signed, and yet with the names of a server."""
    told = facts.parse(leaf(None, at=NOW).der)
    assert told.self_signed
    assert told.dns_names == ("localhost",)


def test_keys() -> None:
    """Kinds, and the way out with a password."""
    assert isinstance(new_key(), ec.EllipticCurvePrivateKey)
    small = new_key(KeyKind.RSA_1024)
    assert isinstance(small, rsa.RSAPrivateKey)
    assert small.key_size == 1024
    pair = leaf(root(at=NOW), at=NOW)
    load_pem_private_key(pair.key_pem(), None)
    with pytest.raises(TypeError, match="encrypted"):
        load_pem_private_key(pair.key_pem(b"secret"), None)
    assert "PRIVATE" not in repr(pair)


@pytest.mark.parametrize("presents", Presents)
def test_every_identity_has_a_key_for_its_leaf(presents: Presents) -> None:
    """And nothing but the leaf is sent first."""
    made = identity(presents, at=NOW)
    assert made.leaf.certificate.public_key() == made.leaf.key.public_key()
    assert made.chain_pem.startswith(made.leaf.pem)
    assert made.leaf.certificate not in made.rest


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_a_self_signed_certificate_is_known_as_such_whatever_its_digest(digest: str) -> None:
    """SQL Server 2016 and older sign their own certificate with SHA-1."""
    made = fallback(at=NOW, digest=digest)
    assert facts.parse(made.der).self_signed
