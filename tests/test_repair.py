"""``certdoctor repair``: what is written, what is not, and that nothing is written over."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs7
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.formats.files import examine
from certdoctor.formats.repair import Consumer, Repaired, repair
from certdoctor.gather.writing import named_apart
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import Lock, Role
from tests import pki
from tests.test_pem import WAYS


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


@pytest.mark.parametrize("consumer", [Consumer.DEBIAN, Consumer.JAVA, Consumer.WINDOWS])
def test_one_certificate_a_file(consumer: Consumer) -> None:
    """For those who read no more than one."""
    repaired = repair(chain(), path="a b/ch ain.pem", consumer=consumer)
    assert [p.name for p in repaired.pieces] == ["ch_ain-1.crt", "ch_ain-2.crt", "ch_ain-3.crt"]
    assert [p.data for p in repaired.pieces] == [i.pem for i in certificates()]
    assert [p.name for p in repair(pki.root().der, path="r.cer", consumer=consumer).pieces] == ["r.crt"]


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
    pieces = [repair(pki.root().der, path=path).pieces[0] for path in ("a/ca.der", "b/CA.cer", "ca.pem")]
    assert [p.name for p in named_apart(pieces)] == ["ca.pem", "CA_2.pem", "ca_3.pem"]


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
