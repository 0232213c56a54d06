"""``certdoctor repair``: what is written, what is not, and that nothing is written over."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs7, pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import crypto

from certdoctor.cli.app import run
from certdoctor.formats.files import examine
from certdoctor.formats.keys.rewriting import rewritten
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import Lock, Role
from certdoctor.model.ids import Consumer
from certdoctor.repair.consumers import LAYOUTS, STORE_PASSWORD
from certdoctor.repair.repair import Repaired, RepairOptions, Source, repair_all
from certdoctor.repair.repair import repair as repaired_of
from tests import pki
from tests.formats.test_pem import WAYS


def repair(data: bytes, *, path: str, **wish: Any) -> Repaired:  # noqa: ANN401 - whatever RepairOptions takes
    """Repair one file."""
    return repaired_of([Source(path=path, data=data)], RepairOptions(**wish))


def chain() -> bytes:
    """Return the session's chain as it should be."""
    return pki.leaf().pem + pki.intermediate().pem + pki.root().pem


def stray() -> pki.Issued:
    """Return a CA that has nothing to do with the chain."""
    return pki.issue("Stray Root", ca=True)


def only(repaired: Repaired) -> bytes:
    """Return the bytes of the one piece."""
    (piece,) = repaired.pieces
    return piece.data


def certificates() -> list[pki.Issued]:
    """Return the chain, leaf to root."""
    return [pki.leaf(), pki.intermediate(), pki.root()]


FORMS: dict[str, Callable[[], bytes]] = {
    "as it should be": chain,
    "wrong order": lambda: pki.root().pem + pki.leaf().pem + pki.intermediate().pem,
    "CR LF": lambda: chain().replace(b"\n", b"\r\n"),
    "UTF-16": lambda: chain().decode().encode("utf-16"),
    "byte order mark": lambda: b"\xef\xbb\xbf" + chain(),
    "duplicates": lambda: chain() + pki.leaf().pem + pki.root().pem,
    "text between": lambda: b"Bag Attributes\n" + pki.root().pem + b"subject=x\n" + chain(),
    "stray": lambda: stray().pem + chain(),
    "PKCS#7": lambda: pkcs7.serialize_certificates(
        [i.certificate for i in reversed(certificates())], serialization.Encoding.DER
    ),
    "PKCS#7 in PEM": lambda: pkcs7.serialize_certificates(
        [i.certificate for i in certificates()], serialization.Encoding.PEM
    ),
    "PKCS#12": lambda: pki.pfx(pki.leaf(), pki.PASSWORD, pki.root(), pki.intermediate()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_becomes_the_same_chain(form: str) -> None:
    """To the byte, and with a word on what changed wherever something did."""
    data = FORMS[form]()
    repaired = repair(data, path="in/chain.x", password=pki.PASSWORD)
    assert only(repaired) == chain()
    assert repaired.pieces[0].name == "chain.pem"
    assert repaired.pieces[0].holds == "3 certificates, leaf to root"
    assert not repaired.missed
    if form in {"stray", "PKCS#12"}:
        assert repaired.left_out
    else:
        assert not repaired.left_out
    assert bool(repaired.changes) == (form not in {"as it should be", "stray"})


@pytest.mark.parametrize("way", WAYS)
def test_odd_ways_of_writing_become_plain(way: str) -> None:
    """What could be read at all is written without any oddity."""
    data = WAYS[way][0](pki.root().pem.decode())
    assert only(repair(data, path="odd")) == pki.root().pem


def test_a_stray_is_named() -> None:
    """Which certificate, and why."""
    repaired = repair(stray().pem + chain(), path="c.pem")
    assert repaired.left_out == ("CN=Stray Root: not part of the chain of leaf.example",)


@pytest.mark.parametrize("second", ["other.example", None])
def test_a_bundle_loses_nothing(second: str | None) -> None:
    """Several leaves, or CAs alone: there is no chain by which to call one a stray."""
    more = pki.issue(second, pki.root()).pem if second else b""
    data = stray().pem + pki.root().pem + (pki.leaf().pem if second else b"") + more + pki.intermediate().pem
    repaired = repair(data, path="bundle.pem")
    assert not repaired.left_out
    found = examine(only(repaired), path="x", role=Role.ANY).certificates
    assert {c.sha256 for c in found} == {
        c.sha256 for c in examine(data, path="x", role=Role.ANY).certificates
    }
    places = {c.label: place for place, c in enumerate(found)}
    assert places["Test Issuing CA"] < places["Test Root"]


ANCHORED = [Consumer.DEBIAN, Consumer.RHEL, Consumer.MACOS]


@pytest.mark.parametrize("consumer", [*ANCHORED, Consumer.WINDOWS])
def test_one_certificate_a_file(consumer: Consumer) -> None:
    """For those who read no more than one; a leaf is nothing to trust, but Windows has a store for it."""
    repaired = repair(chain(), path="a b/ch ain.pem", consumer=consumer)
    kept = certificates()[1 if consumer in ANCHORED else 0 :]
    assert [p.name for p in repaired.pieces] == [f"ch_ain-{n}.crt" for n, _ in enumerate(kept, 1)]
    assert [p.data for p in repaired.pieces] == [i.pem for i in kept]
    assert ("no CA" in " ".join(repaired.left_out)) == (consumer in ANCHORED)
    assert [p.name for p in repair(pki.root().der, path="r.cer", consumer=consumer).pieces] == ["r.crt"]


def test_java_gets_a_trust_store() -> None:
    """Of the CAs; two of the same name have an alias each."""
    twin = pki.issue("TEST Root", ca=True)
    repaired = repair(chain() + twin.pem, path="chain.pem", consumer=Consumer.JAVA)
    assert "not part of the chain" in " ".join(repaired.left_out)
    (piece,) = repair(pki.root().pem + twin.pem, path="chain.pem", consumer=Consumer.JAVA).pieces
    assert piece.name == "chain-trust.p12"
    assert not piece.private
    opened = pkcs12.load_pkcs12(piece.data, STORE_PASSWORD.encode())
    assert opened.key is None
    assert [c.friendly_name for c in opened.additional_certs] == [b"test root", b"test root 2"]


def test_sql_server_on_linux_gets_its_two_files() -> None:
    """Of a certificate, a chain and a key in three files; it sends the leaf alone and takes no password."""
    sources = [
        Source(path="key.pem", data=pki.key_pem(pki.leaf().key, pki.PASSWORD)),
        Source(path="ca.p7b", data=FORMS["PKCS#7"]()),
        Source(path="server.cer", data=pki.leaf().der),
    ]
    wish = RepairOptions(consumer=Consumer.SQLSERVER_LINUX, password=pki.PASSWORD, with_key=True)
    refused = repaired_of(sources, wish)
    assert refused.missed
    assert "`decrypt_key`" in " ".join(refused.left_out)
    repaired = repaired_of(sources, replace(wish, decrypt_key=True))
    assert not repaired.missed
    pieces = {p.name: p for p in repaired.pieces}
    assert list(pieces) == ["mssql.pem", "mssql-ca-1.crt", "mssql-ca-2.crt", "mssql.key"]
    assert pieces["mssql.pem"].data == pki.leaf().pem
    assert pieces["mssql-ca-2.crt"].data == pki.root().pem
    assert pieces["mssql.key"].data.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert "trust store of its system" in " ".join(repaired.notes)


@pytest.mark.parametrize("consumer", [Consumer.NODE, Consumer.HACKOLADE])
def test_a_client_gets_the_authorities_apart(consumer: Consumer) -> None:
    """There are fields for certificate, key and CA; a chain without a key has no use for the third file."""
    repaired = repair(
        FORMS["PKCS#12"](), path="c.pfx", consumer=consumer, password=pki.PASSWORD, with_key=True
    )
    assert [p.name for p in repaired.pieces] == ["c.pem", "c-ca.pem", "c.key"]
    assert repaired.pieces[1].data == pki.intermediate().pem + pki.root().pem
    assert [p.name for p in repair(chain(), path="c.pem", consumer=consumer).pieces] == ["c.pem"]


def test_several_files_become_one_chain() -> None:
    """Named after the file of the leaf; what is missing above it is told."""
    sources = [
        Source(path="root.pem", data=pki.root().pem),
        Source(path="x/leaf.crt", data=pki.leaf().der),
        Source(path="issuing.p7b", data=FORMS["PKCS#7"]()),
    ]
    repaired = repaired_of(sources, RepairOptions())
    assert only(repaired) == chain()
    assert repaired.pieces[0].name == "leaf.pem"
    assert not repaired.notes
    assert "issuing.p7b: PKCS#7 became PEM" in repaired.changes
    alone = repaired_of(sources[1:2], RepairOptions())
    assert "its issuer (CN=Test Issuing CA) is not among the files" in alone.notes[0]


LEGACY_PFX = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC


def legacy_pfx() -> bytes:
    """Return a PKCS#12 as old Windows writes it: 3DES and a MAC with SHA-1."""
    sha1 = hashes.SHA1()  # noqa: S303 - it is what is to be replaced
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000)
    encryption = builder.key_cert_algorithm(LEGACY_PFX).hmac_hash(sha1).build(pki.PASSWORD)
    others = [pki.root().certificate, pki.intermediate().certificate]
    return pkcs12.serialize_key_and_certificates(
        None, pki.leaf().key, pki.leaf().certificate, others, encryption
    )


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (RepairOptions(pfx=True), "old.pfx"),
        (RepairOptions(consumer=Consumer.WINDOWS), "old.pfx"),
        (RepairOptions(consumer=Consumer.JAVA), "old.p12"),
    ],
)
def test_a_legacy_pkcs12_becomes_a_modern_one(wish: RepairOptions, name: str) -> None:
    """Same key, chain from the leaf upwards, AES-256 and SHA-256."""
    before = examine(legacy_pfx(), path="x", role=Role.ANY, password=pki.PASSWORD)
    assert "3DES" in str(before.keys[0].encryption)
    wish = replace(wish, password=pki.PASSWORD, with_key=True)
    repaired = repaired_of([Source(path="old.pfx", data=legacy_pfx())], wish)
    assert not repaired.missed
    piece = repaired.pieces[-1]
    assert (piece.name, piece.private) == (name, True)
    after = examine(piece.data, path="x", role=Role.ANY, password=pki.PASSWORD)
    assert after.keys[0].public == before.keys[0].public
    assert after.keys[0].reason is None
    assert "AES-256-CBC" in str(after.keys[0].encryption)
    assert "HMAC-SHA256" in str(after.keys[0].encryption)
    assert [c.sha256 for c in after.certificates] == [
        hashlib.sha256(i.der).hexdigest() for i in certificates()
    ]


@pytest.mark.parametrize(
    ("key", "password", "words"),
    [
        (pki.leaf().key_pem, None, "none was given"),
        (pki.key_pem(pki.key("other")), pki.PASSWORD, "none of the certificates belongs to it"),
        (pki.leaf().key_pem, b"caf\xe9", "such a key and password"),
    ],
)
def test_what_makes_no_pkcs12_is_told(key: bytes, password: bytes | None, words: str) -> None:
    """No password, a key of another certificate, a password that no PKCS#12 can have."""
    wish = RepairOptions(password=password, with_key=True, pfx=True)
    repaired = repaired_of([Source(path="a", data=chain()), Source(path="b", data=key)], wish)
    assert repaired.missed
    assert not any(p.private for p in repaired.pieces)
    assert words in repaired.left_out[-1]


def test_every_consumer_has_its_layout_() -> None:
    """A consumer without one would be offered and could not be served."""
    assert set(LAYOUTS) == set(Consumer)


KEYS: dict[str, Callable[[], bytes]] = {
    "PKCS#8": lambda: pki.key_pem(pki.rsa_key("r"), pki.PASSWORD),
    "PKCS#8 DER": lambda: pki.key_der(pki.rsa_key("r"), pki.PASSWORD),
    "PKCS#1": lambda: pki.key_pem(pki.rsa_key("r"), pki.PASSWORD, PrivateFormat.TraditionalOpenSSL),
    "SEC 1": lambda: pki.key_pem(pki.key("e"), pki.PASSWORD, PrivateFormat.TraditionalOpenSSL),
    "plain SEC 1": lambda: pki.key_pem(pki.key("e"), None, PrivateFormat.TraditionalOpenSSL),
    "plain OpenSSH": lambda: pki.key_pem(pki.key("e"), None, PrivateFormat.OpenSSH),
    "Ed25519": lambda: pki.key_pem(ed25519.Ed25519PrivateKey.generate(), pki.PASSWORD),
    "PKCS#12": lambda: pki.pfx(pki.leaf(), pki.PASSWORD),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("decrypt", [False, True])
def test_keys_are_written_when_asked_for(name: str, decrypt: bool) -> None:  # noqa: FBT001 - a parameter
    """As PKCS#8 with AES-256 and the same password, or plain only on demand; it is the same key."""
    data = KEYS[name]()
    before = examine(data, path="k", role=Role.ANY, password=pki.PASSWORD).keys[0]
    assert not any(p.private for p in repair(data, path="k", password=pki.PASSWORD).pieces)
    repaired = repair(data, path="k.key", password=pki.PASSWORD, with_key=True, decrypt_key=decrypt)
    (piece,) = (p for p in repaired.pieces if p.private)
    assert piece.name == "k.key"
    assert piece.data.startswith(b"-----BEGIN PRIVATE" if decrypt else b"-----BEGIN ENCRYPTED PRIVATE")
    after = examine(piece.data, path="k", role=Role.ANY, password=None if decrypt else pki.PASSWORD).keys[0]
    assert after.lock is (Lock.OPEN if decrypt else Lock.OPENED)
    assert isinstance(after.public, PublicKey)
    assert after.public == before.public
    if not decrypt:
        assert "AES-256" in (after.encryption or "")
        assert after.reason is None


@cache
def pss_key() -> bytes:
    """Return an RSA key in DER that may sign by PSS with SHA-256 alone (RFC 4055 section 3.1)."""
    sha256 = pki.tlv(0x30, pki.oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")
    mgf1 = pki.tlv(0x30, pki.oid("1.2.840.113549.1.1.8"), sha256)
    limits = pki.tlv(0x30, pki.tlv(0xA0, sha256), pki.tlv(0xA1, mgf1), pki.tlv(0xA2, b"\x02\x01\x20"))
    algorithm = pki.tlv(0x30, pki.oid("1.2.840.113549.1.1.10"), limits)
    numbers = pki.key_der(pki.rsa_key("r"), None, PrivateFormat.TraditionalOpenSSL)
    return pki.tlv(0x30, b"\x02\x01\x00", algorithm, pki.tlv(0x04, numbers))


def unknown_curve() -> bytes:
    """Return a key in DER on secp128r1, which OpenSSL knows and cryptography does not."""
    algorithm = pki.tlv(0x30, pki.oid("1.2.840.10045.2.1"), pki.oid("1.3.132.0.28"))
    scalar = pki.tlv(0x30, b"\x02\x01\x01", pki.tlv(0x04, bytes(range(1, 17))))
    return pki.tlv(0x30, b"\x02\x01\x00", algorithm, pki.tlv(0x04, scalar))


@pytest.mark.parametrize("password", [None, "s\u00e9cret".encode()])
@pytest.mark.parametrize("make", [pss_key, unknown_curve])
def test_what_the_library_would_change_stays_as_it_is(
    make: Callable[[], bytes], password: bytes | None
) -> None:
    """OpenSSL says that it is the same public key still, the limits of RSA-PSS included."""
    key = make()

    def public(encoded: bytes, form: int) -> bytes:
        loaded = crypto.load_privatekey(form, encoded, None if form == crypto.FILETYPE_ASN1 else password)
        return crypto.dump_publickey(crypto.FILETYPE_ASN1, loaded)

    facts = examine(key, path="k", role=Role.ANY)
    ((_, text),) = rewritten(key, facts, None, password)
    assert text is not None
    assert (b"ENCRYPTED" in text) == (password is not None)
    assert public(text, crypto.FILETYPE_PEM) == public(key, crypto.FILETYPE_ASN1)


def test_an_encrypted_rsa_pss_key_gets_another_password() -> None:
    """Its limits are not in what the library decrypts; they are put back."""
    facts = examine(pss_key(), path="k", role=Role.ANY)
    ((_, first),) = rewritten(pss_key(), facts, None, b"first")
    assert first is not None
    facts = examine(first, path="k", role=Role.ANY, password=b"first")
    ((_, second),) = rewritten(first, facts, b"first", b"second")
    assert second is not None
    read = crypto.load_privatekey(crypto.FILETYPE_PEM, second, b"second")
    plain = crypto.load_privatekey(crypto.FILETYPE_ASN1, pss_key())
    assert crypto.dump_publickey(crypto.FILETYPE_ASN1, read) == crypto.dump_publickey(
        crypto.FILETYPE_ASN1, plain
    )


@pytest.mark.parametrize("password", [None, b"wrong"])
def test_a_locked_key_is_not_written(password: bytes | None) -> None:
    """And nothing of a PFX that stays shut; what was asked for is missed."""
    for data in (pki.key_pem(pki.key("e"), pki.PASSWORD), pki.pfx(pki.leaf(), pki.PASSWORD)):
        repaired = repair(data, path="k", password=password, with_key=True, decrypt_key=True)
        assert not repaired.pieces
        assert repaired.missed
        assert "password" in repaired.left_out[0]


@given(st.binary(max_size=400), st.sampled_from(sorted(FORMS)), st.integers(0, 4000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_give_an_answer(noise: bytes, form: str, cut: int) -> None:
    """Truncated and followed by anything."""
    for piece in repair(FORMS[form]()[:cut] + noise, path="x", with_key=True).pieces:
        assert examine(piece.data, path="x", role=Role.ANY).certificates


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("-", "stdin.pem"),
        ("../../etc/.hidden", "hidden.pem"),
        ("C:\\x\\-a;b.pem", "a_b.pem"),
        ("..", "file.pem"),
    ],
)
def test_names_are_harmless(path: str, name: str) -> None:
    """No folder, no option, no blank."""
    assert repair(pki.root().der, path=path).pieces[0].name == name


def test_equal_names_are_told_apart() -> None:
    """Also those that differ in case alone."""
    sources = [Source(path=path, data=pki.root().der) for path in ("a/ca.der", "b/CA.cer", "ca.pem")]
    assert [one.pieces[0].name for one in repair_all(sources, RepairOptions())] == [
        "ca.pem",
        "CA_2.pem",
        "ca_3.pem",
    ]


def test_the_command_writes_and_proves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DIR is made, the key is for its owner alone, the password is nowhere."""
    (tmp_path / "client.pfx").write_bytes(pki.pfx(pki.leaf(), pki.PASSWORD, pki.root(), pki.intermediate()))
    (tmp_path / "pw.txt").write_bytes(pki.PASSWORD + b"\n")
    out = tmp_path / "new" / "out"
    arguments = ["repair", str(tmp_path / "client.pfx"), "--out", str(out), "--with-key"]
    arguments += ["--password-file", str(tmp_path / "pw.txt")]
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert "leaf to root" in text
    assert "Prove" in text
    assert pki.PASSWORD.decode() not in text
    assert (out / "client.pem").read_bytes() == chain()
    assert stat.S_IMODE((out / "client.key").stat().st_mode) == 0o600
    assert {p.name for p in out.iterdir()} == {"client.pem", "client.key"}
    assert run([*arguments, "--force", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [r["subject"] for r in document["reports"]] == [str(out / "client.pem"), str(out / "client.key")]
    assert all(r["verdict"] == "healthy" for r in document["reports"])


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not without --force, and the source not even with it; if one is in the way, none is written."""
    (tmp_path / "a.der").write_bytes(pki.root().der)
    (tmp_path / "b.pem").write_bytes(pki.root().pem)
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.pem").write_text("mine", encoding="utf-8")
    both = ["repair", str(tmp_path / "a.der"), str(tmp_path / "b.pem"), "--out", str(out)]
    assert run(both) == 2
    assert "b.pem is there already" in capsys.readouterr().err
    assert (out / "b.pem").read_text("utf-8") == "mine"
    assert not (out / "a.pem").exists()
    assert run([*both, "--force"]) == 0
    assert (out / "b.pem").read_bytes() == pki.root().pem
    capsys.readouterr()
    assert run(["repair", str(tmp_path / "b.pem"), "--out", str(tmp_path), "--force"]) == 2
    assert "in place" in capsys.readouterr().err


def test_force_replaces_a_link_and_not_its_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever put a link there does not decide what is written over."""
    (tmp_path / "a.der").write_bytes(pki.root().der)
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.pem").symlink_to(tmp_path / "precious")
    arguments = ["repair", str(tmp_path / "a.der"), "--out", str(out)]
    assert run(arguments) == 2
    assert run([*arguments, "--force"]) == 0
    assert (tmp_path / "precious").read_text("utf-8") == "mine"
    assert not (out / "a.pem").is_symlink()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("content", "options", "code", "words"),
    [
        (b"", [], 3, "Nothing was written"),
        (pki.root().pem, ["--with-key"], 1, "there is none in the file"),
        (pki.root().pem, ["--decrypt-key"], 2, "--with-key"),
        (pki.pfx(pki.leaf()), [], 3, "its password is needed"),
        (pki.leaf().pem + pki.root().pem[:200], [], 1, "END line is missing"),
    ],
)
def test_what_cannot_be_written_is_told(
    content: bytes,
    options: list[str],
    code: int,
    words: str,
    request: pytest.FixtureRequest,
) -> None:
    """With a code that a script can rely on."""
    tmp_path: Path = request.getfixturevalue("tmp_path")
    capsys: pytest.CaptureFixture[str] = request.getfixturevalue("capsys")
    (tmp_path / "in.x").write_bytes(content)
    assert run(["repair", str(tmp_path / "in.x"), "--out", str(tmp_path / "out"), *options]) == code
    output = capsys.readouterr()
    assert words in " ".join((output.out + output.err).split())


def test_what_is_written_is_told_to_have_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The form is as the reader wants it, which mends no date."""
    old = pki.issue("old.example", pki.intermediate(), days=-3)
    (tmp_path / "old.pem").write_bytes(old.pem + pki.intermediate().pem)
    command = ["repair", str(tmp_path / "old.pem"), "--at", "2026-06-01", "--out", str(tmp_path / "out")]
    assert run(command) == 0
    assert '"old.example" expired on 2026-05-29' in " ".join(capsys.readouterr().out.split())


def test_a_trust_store_for_java_is_not_held_against_pem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is in the form that was asked for."""
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    command = ["repair", str(tmp_path / "root.pem"), "--for", "java", "--out", str(tmp_path / "out")]
    assert run([*command, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["reports"][0]["verdict"] == "healthy"
