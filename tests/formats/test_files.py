"""Files: what they are by content, reading them, and where passwords come from."""

from __future__ import annotations

import base64
import getpass
import io
import os
import stat
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.errors import UsageError
from certdoctor.formats import files as formats
from certdoctor.formats.encodings import pem
from certdoctor.gather import secrets
from certdoctor.gather.files import reading
from certdoctor.model.files import FileFacts, Form, Lock, Role
from tests import pki
from tests.keystores import jks_store, sst_store


def examine(data: bytes, password: bytes | None = None, role: Role = Role.ANY) -> FileFacts:
    """Return the facts of some bytes."""
    return formats.examine(data, path="x", role=role, password=password)


def p7b(encoding: serialization.Encoding) -> bytes:
    """Return leaf and intermediate as PKCS#7."""
    return pkcs7.serialize_certificates([pki.leaf().certificate, pki.intermediate().certificate], encoding)


def putty() -> bytes:
    """Return a key as PuTTY writes it, plain; its private half is not looked at."""
    blob = (
        pki.key("p")
        .public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    )
    kind, public = blob.decode().split()
    lines = [public[at : at + 64] for at in range(0, len(public), 64)]
    head = [f"PuTTY-User-Key-File-2: {kind}", "Encryption: none", "Comment: mine"]
    tail = ["Private-Lines: 1", "AAAA", "Private-MAC: 00"]
    return "\r\n".join([*head, f"Public-Lines: {len(lines)}", *lines, *tail, ""]).encode()


HELD: dict[str, tuple[Callable[[], bytes], Form, list[str]]] = {
    "chain": (lambda: pki.leaf().pem + pki.root().pem, Form.PEM, ["certificate", "certificate"]),
    "bundle": (lambda: pki.leaf().key_pem + pki.leaf().pem, Form.PEM, ["private key", "certificate"]),
    "request": (lambda: pki.request_pem(pki.key("a")), Form.PEM, ["certificate request"]),
    "public key": (lambda: pki.public_pem(pki.key("a")), Form.PEM, ["public key"]),
    "PKCS#7 PEM": (lambda: p7b(serialization.Encoding.PEM), Form.PEM, ["certificate", "certificate"]),
    "PKCS#7 DER": (lambda: p7b(serialization.Encoding.DER), Form.PKCS7, ["certificate", "certificate"]),
    "certificate DER": (lambda: pki.leaf().der, Form.DER_CERTIFICATE, ["certificate"]),
    "key DER": (lambda: pki.key_der(pki.key("a")), Form.DER_KEY, ["private key"]),
    "request DER": (
        lambda: pem.scan(pki.request_pem(pki.key("a"))).blocks[0].body,
        Form.DER_REQUEST,
        ["certificate request"],
    ),
    "CRL": (lambda: pki.crl().public_bytes(serialization.Encoding.PEM), Form.PEM, ["CRL"]),
    "CRL DER": (lambda: pki.crl().public_bytes(serialization.Encoding.DER), Form.DER_CRL, ["CRL"]),
    "PKCS#12": (lambda: pki.pfx(pki.leaf()), Form.PKCS12, ["private key"]),
    "bare base64": (
        lambda: b"".join(pki.leaf().pem.splitlines()[1:-1]),
        Form.BARE_BASE64,
        ["certificate"],
    ),
    "JSON with a key": (
        lambda: b'{"private_key": "' + pki.leaf().key_pem.replace(b"\n", b"\\n") + b'"}',
        Form.JSON,
        ["private key"],
    ),
    "empty": (bytes, Form.EMPTY, []),
    "blanks": (lambda: b" \r\n\t", Form.EMPTY, []),
    "zeros": (lambda: bytes(4096), Form.ZEROS, []),
    "HTML": (lambda: b"\n<!DOCTYPE html><html><body>Sign in</body></html>", Form.HTML, []),
    "XML": (lambda: b'<?xml version="1.0"?><a/>', Form.XML, []),
    "JSON": (lambda: b'{"error": "not found"}', Form.JSON, []),
    "log": (lambda: b"2026-06-01 12:00:00 [info] connecting\n", Form.LOG, []),
    "prose": ("Gr\u00fc\u00dfe, the certificate follows".encode, Form.TEXT, []),
    "PNG": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(20), Form.PNG, []),
    "JPEG": (lambda: b"\xff\xd8\xff\xe0" + bytes(20), Form.JPEG, []),
    "ZIP": (lambda: b"PK\x03\x04" + bytes(20), Form.ZIP, []),
    "ELF": (lambda: b"\x7fELF" + bytes(20), Form.ELF, []),
    "JKS": (
        lambda: jks_store(trusted=[("corp", pki.root().der)], keys=[("mine", b"\x30\x00", [pki.leaf().der])]),
        Form.JKS,
        ["private key", "certificate", "certificate"],
    ),
    "JCEKS": (
        lambda: b"\xce\xce\xce\xce" + jks_store(trusted=[("corp", pki.root().der)])[4:],
        Form.JCEKS,
        ["certificate"],
    ),
    "PuTTY": (putty, Form.PUTTY, ["private key"]),
    "SST": (
        lambda: sst_store(pki.root().der, pki.leaf().der),
        Form.SST,
        ["certificate", "certificate"],
    ),
    "two DER certificates": (
        lambda: pki.root().der + pki.leaf().der,
        Form.DER_CERTIFICATE,
        ["certificate", "certificate"],
    ),
    "DER and rubbish": (lambda: pki.root().der + b"\r\n", Form.DER_CERTIFICATE, ["certificate"]),
    "PEM in base64": (lambda: base64.b64encode(pki.root().pem), Form.PEM, ["certificate"]),
    "hexadecimal": (lambda: b"0x" + pki.root().der.hex().encode(), Form.HEX, ["certificate"]),
    "hexadecimal with colons": (
        lambda: pki.root().der.hex(":", 1).encode() + b"\n",
        Form.HEX,
        ["certificate"],
    ),
    "PVK": (lambda: b"\x1e\xf1\xb5\xb0" + bytes(20), Form.PVK, []),
    "auto-login wallet": (lambda: b"\xa1\xf8\x4e\x36" + bytes(20), Form.SSO, []),
    "GIF": (lambda: b"GIF89a" + bytes(20), Form.GIF, []),
    "RTF": (lambda: b"{\\rtf1\\ansi " + pki.root().pem + b"}", Form.RTF, []),
    "OLE": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(20), Form.OLE, []),
    "SQLite": (lambda: b"SQLite format 3\0" + bytes(20), Form.SQLITE, []),
    "mail": (lambda: b"From: a@b.example\nMIME-Version: 1.0\n\nsee attachment\n", Form.MAIL, []),
    "printed by openssl": (
        lambda: b"Certificate:\n    Data:\n        Version: 3 (0x2)\n",
        Form.PRINTED,
        [],
    ),
    "DER cut short": (lambda: pki.leaf().der[:-1], Form.DER_CUT, []),
    "noise": (lambda: bytes(range(256)) * 8, Form.UNKNOWN, []),
}


@cache
def sample(name: str) -> bytes:
    """Return a file of HELD, the same one every time."""
    return HELD[name][0]()


@pytest.mark.parametrize("name", HELD)
def test_a_file_is_known_by_its_content(name: str) -> None:
    """Name and role play no part in what a file is."""
    _, form, kinds = HELD[name]
    facts = examine(sample(name))
    assert facts.format == form
    assert [item.kind for item in facts.objects] == kinds
    assert all(item.problem is None for item in facts.objects)
    assert facts.unreadable is None


def test_a_certificate_that_nothing_reads_is_listed_all_the_same() -> None:
    """It has its fingerprint and its problem."""
    broken = pki.leaf().der.replace(b"\x06\x03\x55\x04\x03", b"\x06\x03\x55\x04\xff")
    (item,) = examine(pem.Block(label="CERTIFICATE", line=1, body=broken).text()).objects
    assert item.certificate is None
    assert item.sha256
    assert "OpenSSL does not read it either" in str(item.problem)


def test_bytes_behind_a_certificate_trouble_strict_parsers_only() -> None:
    """OpenSSL ignores what follows; others refuse: a risk, not a fault."""
    block = pem.Block(label="CERTIFICATE", line=1, body=pki.leaf().der + b"\0\0")
    (item,) = examine(block.text()).objects
    assert item.lenient
    assert "OpenSSL reads it all the same" in str(item.problem)


def test_a_trusted_certificate_is_a_certificate() -> None:
    """OpenSSL's trust settings behind it do no harm."""
    body = pki.root().der + pki.tlv(0x30, pki.tlv(0x30, pki.oid("1.3.6.1.5.5.7.3.1")))
    facts = examine(pem.Block(label="TRUSTED CERTIFICATE", line=1, body=body).text())
    assert facts.certificates[0].der == pki.root().der
    assert [oddity.slug for oddity in facts.oddities] == ["trusted-certificate"]


def test_one_password_serves_every_key_of_a_file() -> None:
    """Each key says for itself what became of the password."""
    data = (
        pki.key_pem(pki.key("a"), pki.PASSWORD)
        + pki.key_pem(pki.key("b"))
        + pki.key_pem(pki.key("c"), b"other")
    )
    assert [key.lock for key in examine(data, pki.PASSWORD).keys] == [
        Lock.OPENED,
        Lock.PASSWORD_NOT_NEEDED,
        Lock.WRONG_PASSWORD,
    ]


def test_no_secret_is_in_the_facts() -> None:
    """Neither key bytes nor passwords, in no form that repr would show."""
    shown = repr(
        [
            examine(pki.key_pem(pki.key("a"), pki.PASSWORD), pki.PASSWORD + b"\n"),
            examine(pki.key_pem(pki.key("a")), pki.PASSWORD),
            examine(pki.pfx(pki.leaf()), pki.PASSWORD),
        ]
    )
    private = pki.key("a").private_numbers().private_value
    assert pki.PASSWORD.decode() not in shown
    assert f"{private:x}" not in shown
    assert all(line.decode() not in shown for line in pki.key_pem(pki.key("a")).splitlines()[1:-1])
    assert examine(pki.key_pem(pki.key("a"))).objects[0].sha256 is None


def test_more_objects_than_are_looked_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is left out, not silently."""
    monkeypatch.setattr(pem, "MAX_BLOCKS", 3)
    facts = examine(pki.root().pem * 5)
    assert len(facts.objects) == 3
    assert [oddity.slug for oddity in facts.oddities] == ["too-many-objects"]


@given(st.binary(max_size=400), st.sampled_from(Role))
def test_any_bytes_give_facts(data: bytes, role: Role) -> None:
    """Never an exception, whatever the file."""
    assert examine(data, b"x", role).size == len(data)


@given(st.sampled_from(sorted(HELD)), st.data())
@settings(max_examples=300, deadline=None)
def test_any_piece_of_a_valid_file_gives_facts(name: str, data: st.DataObject) -> None:
    """Cut anywhere, with a byte altered anywhere."""
    whole = bytearray(sample(name))
    if whole and data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    examine(bytes(whole[: data.draw(st.integers(0, len(whole)))]), b"x")


def test_a_file_is_read_from_disk_and_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways give the same facts but for the name."""
    path = tmp_path / "leaf.pem"
    path.write_bytes(pki.leaf().pem)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pki.leaf().pem)))
    from_disk, from_stdin = reading.read(str(path), Role.CERTIFICATE), reading.read("-", Role.CERTIFICATE)
    assert from_disk.certificates == from_stdin.certificates != ()
    assert (from_disk.path, from_stdin.path) == (str(path), "-")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("cusomer.pem", "There is no file cusomer.pem here. Did you mean customer.pem?"),
        ("Customer.PEM", "There is no file Customer.PEM here. Did you mean customer.pem?"),
        ("folder/laef.pem", "There is no file laef.pem in folder. Did you mean folder/leaf.pem?"),
        ("nothing-like-it", "There is no file nothing-like-it here. Check the name and the folder."),
        ("absent/x.pem", "There is no folder absent, so no file absent/x.pem. Check the path."),
        (
            '"customer.pem"',
            'There is no file "customer.pem": quotes or blanks became part of the name. Give customer.pem',
        ),
        ("customer.pem/x", "customer.pem/x cannot be: a part of that path is a file, not a folder."),
        ("folder", "folder is a folder, not a file. Give a file in it."),
        (
            "pipe",
            "pipe is a named pipe, not a file. Write its content to a file, or pipe it in and give - as the name.",
        ),
        ("/dev/null", "/dev/null is a device, not a file. Give a file, or - for standard input."),
        ("", "The file name is empty. Give the name of a file."),
        ("a\0b", "a\0b cannot be read: no valid file name. Check the name and the disk."),
    ],
)
def test_what_cannot_be_read_says_why_and_what_next(
    asked: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence names the thing, one gives the next step; a pipe is not waited for."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "leaf.pem").write_bytes(b"")
    (tmp_path / "customer.pem").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    facts = reading.read(asked, Role.CA)
    assert facts.unreadable == sentence
    assert facts.objects == ()


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal becomes a sentence (raised by hand: tests may run as root)."""
    path = tmp_path / "client.key"
    path.write_bytes(b"")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    sentence = reading.read(str(path), Role.KEY).unreadable
    assert sentence == (
        f"{path} is there, but this user may not read it. Run certdoctor as a user who may, or ask for a copy."
    )


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 MB are refused by their size; the file is not even opened."""
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    facts = reading.read(str(path), Role.CA)
    assert str(facts.unreadable).startswith(
        f"{path} has 50,000,000 bytes; certdoctor reads at most 16,777,216."
    )


def test_a_pipe_that_took_the_place_of_the_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and opening, the name may change its meaning."""
    path = tmp_path / "leaf.pem"
    path.write_bytes(b"x")
    ordinary = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_args, **_kwargs: ordinary)
    assert stat.S_ISREG(ordinary.st_mode)
    assert "is a named pipe" in str(reading.read(str(path), Role.CA).unreadable)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", b"secret"),
        (b"secret\n", b"secret"),
        (b"secret\r\n", b"secret"),
        (b"secret\n\n", b"secret\n"),
        (b" secret ", b" secret "),
        (b"", b""),
    ],
)
def test_one_line_end_of_a_password_file_is_no_password(
    content: bytes, password: bytes, tmp_path: Path
) -> None:
    """One, not all: a blank or a second line end may be meant."""
    path = tmp_path / "pw.txt"
    path.write_bytes(content)
    assert secrets.password(env=None, file=str(path), ask=False) == password


def test_a_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As bytes, nothing taken off."""
    monkeypatch.setenv("KEY_PASSWORD", "s\u00e9cret\n")
    assert secrets.password(env="KEY_PASSWORD", file=None, ask=False) == "s\u00e9cret\n".encode()


def test_a_password_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --ask-password, or by itself when there is a terminal."""
    monkeypatch.setattr(getpass, "getpass", lambda _: "typed")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert secrets.password(env=None, file=None, ask=True) == b"typed"
    assert secrets.password(env=None, file=None, ask=False, prompt_if_terminal=True) is None
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert secrets.password(env=None, file=None, ask=False, prompt_if_terminal=True) == b"typed"
    assert secrets.password(env=None, file=None, ask=False) is None


def test_without_a_terminal_nothing_is_echoed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fallback of getpass would show the password: it is an error instead."""

    def no_terminal(*_: object, **__: object) -> int:
        raise OSError(6, "No such device")

    monkeypatch.setattr(os, "open", no_terminal)
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what users have; the test run makes errors of warnings
        with pytest.raises(UsageError, match="no terminal"):
            secrets.password(env=None, file=None, ask=True)


@pytest.mark.parametrize(
    ("env", "file", "ask", "sentence"),
    [
        ("A", "b", "", "`password_env` and `password_file` both give a password"),
        ("A", None, "ask", "`password_env` and `ask_password` both give a password"),
        (None, "b", "ask", "`password_file` and `ask_password` both give a password"),
        ("CERTDOCTOR_NOT_SET", None, "", "The environment variable CERTDOCTOR_NOT_SET is not set"),
        (None, "/nonexistent/pw", "", "The password file cannot be used"),
        (None, "/dev/zero", "", "The password file cannot be used"),
    ],
)
def test_a_password_that_cannot_be_had_is_wrong_usage(
    env: str | None, file: str | None, ask: str, sentence: str
) -> None:
    """Exactly one source, and it must be there."""
    with pytest.raises(UsageError, match=sentence):
        secrets.password(env=env, file=file, ask=bool(ask))


def test_a_password_file_is_small(tmp_path: Path) -> None:
    """Over 64 KiB it is the wrong file, and none of it is shown."""
    path = tmp_path / "pw.txt"
    path.write_bytes(b"hunter2" * 20_000)
    with pytest.raises(UsageError) as caught:
        secrets.password(env=None, file=str(path), ask=False)
    assert "140,000 bytes" in str(caught.value)
    assert "hunter2" not in str(caught.value)
