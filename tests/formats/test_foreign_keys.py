"""Keys that other programs keep in formats of their own: Java key stores and PuTTY's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.formats.files import examine
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import FileFacts, Lock, Role
from certdoctor.repair.repair import RepairOptions, Source, repair
from tests import pki
from tests.formats.test_files import putty
from tests.keystores import jks_store

CHAIN = [pki.leaf().der, pki.intermediate().der]
STORE = jks_store(trusted=[("corp root", pki.root().der)], keys=[("mine", b"\x30\x00", CHAIN)])
TRUST = jks_store(trusted=[("corp root", pki.root().der)])
SECRET_KEY = b"\xce\xce\xce\xce" + TRUST[4:8] + b"\0\0\0\2" + TRUST[12:-20] + b"\0\0\0\3\0\1x" + bytes(60)


def look(data: bytes, password: bytes | None = None) -> FileFacts:
    """Return the facts of some bytes."""
    return examine(data, path="store", role=Role.ANY, password=password)


def test_a_key_of_a_store_has_the_public_half_of_its_certificate() -> None:
    """The private one is left alone; aliases are kept."""
    facts = look(STORE)
    assert [(o.kind, o.name) for o in facts.objects] == [
        ("private key", "mine"),
        ("certificate", None),
        ("certificate", None),
        ("certificate", "corp root"),
    ]
    (key,) = facts.keys
    assert isinstance(key.public, PublicKey)
    assert key.public == look(pki.leaf().pem).certificates[0].public_key
    assert (key.container, key.lock) == ("JKS", Lock.UNSUPPORTED)
    assert "keytool -importkeystore" in str(key.reason)


@pytest.mark.parametrize(
    ("store", "password", "lock", "near"),
    [
        (STORE, b"changeit", Lock.UNSUPPORTED, None),
        (STORE, b"changeit\n", Lock.WRONG_PASSWORD, "without the line end at its end"),
        (STORE, b"other", Lock.WRONG_PASSWORD, None),
        (TRUST, b"changeit", Lock.OPENED, None),
        (TRUST, b"CHANGEIT", Lock.WRONG_PASSWORD, "with capital and small letters swapped (caps lock)"),
        (TRUST, b"chang\xe9it", Lock.WRONG_PASSWORD, None),
    ],
)
def test_a_password_is_held_against_the_digest(
    store: bytes, password: bytes, lock: Lock, near: str | None
) -> None:
    """As Java does before it reads anything."""
    (key,) = look(store, password).keys
    assert (key.lock, key.near_miss) == (lock, near)
    assert ("the password given is that of the store" in str(key.reason)) == (lock is Lock.UNSUPPORTED)


def test_what_stands_behind_a_secret_key_is_said_to_be_missing() -> None:
    """Only Java finds the end of it; what stood before is kept, and a cut store is told likewise."""
    facts = look(SECRET_KEY)
    assert [o.kind for o in facts.objects] == ["certificate", "key store"]
    assert "secret key" in str(facts.objects[1].problem)
    assert "in part only" in str(look(STORE[:-100]).objects[-1].problem)


def test_certificates_of_a_store_are_repaired_and_keys_are_not() -> None:
    """With the reason, which names the program that can."""
    repaired = repair([Source(path="s.jks", data=STORE)], RepairOptions(with_key=True, password=b"changeit"))
    assert [p.data for p in repaired.pieces] == [pki.leaf().pem + pki.intermediate().pem + pki.root().pem]
    assert repaired.missed
    assert "keytool" in " ".join(repaired.left_out)


def test_putty_keys_are_read_as_far_as_they_are_clear() -> None:
    """Kind and public half; the oddity has the converting command."""
    facts = look(putty())
    (key,) = facts.keys
    assert isinstance(key.public, PublicKey)
    assert (key.public.algorithm, key.lock) == ("EC", Lock.OPEN)
    assert "puttygen" in facts.oddities[0].text
    assert look(putty(), b"x").keys[0].lock is Lock.PASSWORD_NOT_NEEDED
    shut = putty().replace(b"Encryption: none", b"Encryption: aes256-cbc")
    assert look(shut, b"x").keys[0].lock is Lock.UNSUPPORTED
    assert look(shut, b"x").keys[0].encryption == "SHA-1, aes256-cbc"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "only a part"),
        (putty().partition(b"Private-Lines")[0], "only a part"),
        (putty().replace(b"Public-Lines: 3", b"Public-Lines: 999999"), "not plausible"),
        (putty().replace(b"Public-Lines: 3\r\n", b"Public-Lines: 3\r\n!"), "no base64"),
    ],
)
def test_damaged_putty_keys_say_why(data: bytes, reason: str) -> None:
    """Never an exception."""
    (key,) = look(data).keys
    assert key.lock is Lock.DAMAGED
    assert reason in str(key.reason)


def test_a_putty_key_is_matched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its public half, in a folder with its certificate and that of another."""
    (tmp_path / "p.ppk").write_bytes(putty())
    (tmp_path / "p.crt").write_bytes(pki.issue("p").pem)
    (tmp_path / "o.crt").write_bytes(pki.issue("o").pem)
    assert run(["match", str(tmp_path), "--format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert "unpaired-key" not in [f["slug"] for f in report["findings"]]


def test_the_password_command_answers_for_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Right, wrong."""
    (tmp_path / "t.jks").write_bytes(TRUST)
    for text, code, words in (("changeit", 0, "The password opens it"), ("wrong", 1, "key store in")):
        (tmp_path / "pw").write_text(text, encoding="utf-8")
        assert run(["password", str(tmp_path / "t.jks"), "--password-file", str(tmp_path / "pw")]) == code
        assert words in capsys.readouterr().out


@given(st.sampled_from([STORE, SECRET_KEY, putty()]), st.data())
@settings(max_examples=200, deadline=None)
def test_any_piece_gives_facts(whole: bytes, data: st.DataObject) -> None:
    """Cut anywhere, with a byte altered anywhere; with a password."""
    changed = bytearray(whole)
    changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    look(bytes(changed[: data.draw(st.integers(0, len(whole)))]), b"changeit")
