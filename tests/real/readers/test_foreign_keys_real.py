"""Stores of the real keytool and keys of the real puttygen, and the commands that convert them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from certdoctor.checks.files.files import not_a_pem
from certdoctor.formats import files
from certdoctor.gather.files.reading import read as gather
from certdoctor.model.certificate import PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Form, Lock, Role
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from tests import pki
from tests.gather.files.test_files_real import ask_node, run
from tests.programs import need

pytestmark = pytest.mark.real

PASSWORD = "s3cret1"  # noqa: S105 - of stores made here


def facts_of(path: Path, password: str | None) -> FileFacts:
    """Return what certdoctor says of a file."""
    given = None if password is None else password.encode()
    return files.examine(path.read_bytes(), path=str(path), role=Role.ANY, password=given)


@pytest.mark.parametrize(("kind", "form"), [("JKS", Form.JKS), ("JCEKS", Form.JCEKS)])
def test_stores_of_keytool(kind: str, form: Form, tmp_path: Path) -> None:
    """A key and a trusted certificate; in a JCEKS a secret key too, behind which nothing can be read."""
    keytool = need("keytool")
    path = tmp_path / "store"
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    store = ("-keystore", str(path), "-storetype", kind, "-storepass", PASSWORD)
    make = ("-genkeypair", "-alias", "mine", "-keyalg", "EC", "-dname", "CN=mine", "-keypass", PASSWORD)
    for arguments in (
        make,
        ("-importcert", "-noprompt", "-alias", "corp", "-file", str(tmp_path / "root.pem")),
    ):
        assert run(keytool, *arguments, *store).returncode == 0
    facts = facts_of(path, PASSWORD)
    assert facts.format == form
    assert sorted((o.kind, o.name) for o in facts.objects if o.name) == [
        ("certificate", "corp"),
        ("private key", "mine"),
    ]
    (key,) = facts.keys
    assert key.lock is Lock.UNSUPPORTED
    assert "the password given is that of the store" in str(key.reason)
    assert facts_of(path, "other1").keys[0].lock is Lock.WRONG_PASSWORD
    assert facts_of(path, PASSWORD + "\n").keys[0].near_miss == "without the line end at its end"
    wrong = run(keytool, "-list", "-keystore", str(path), "-storetype", kind, "-storepass", "other1")
    assert wrong.returncode != 0
    steps = remedy("re-encrypt-the-key", RemedyContext(other_path=str(path), key_container=kind)).steps
    (command,) = (line for text in steps for line in text.splitlines() if line.startswith("keytool"))
    converted = tmp_path / "new.p12"
    command = command.replace("new.p12", shlex.quote(str(converted)))
    taken = run(*shlex.split(command), "-srcstorepass", PASSWORD, "-deststorepass", PASSWORD)
    assert taken.returncode == 0, taken.stdout
    assert key.public in [k.public for k in facts_of(converted, PASSWORD).keys]
    if kind == "JCEKS":
        secret = (
            "-genseckey",
            "-alias",
            "a secret",
            "-keyalg",
            "AES",
            "-keysize",
            "128",
            "-keypass",
            PASSWORD,
        )
        assert run(keytool, *secret, *store).returncode == 0
        assert any("secret key" in str(o.problem) for o in facts_of(path, PASSWORD).objects)


@pytest.mark.parametrize(
    ("options", "algorithm"),
    [
        (("-t", "rsa", "-b", "2048"), "RSA"),
        (("-t", "ecdsa", "-b", "256"), "EC"),
        (("-t", "ed25519"), "Ed25519"),
        (("-t", "ecdsa", "-b", "384", "--ppk-param", "version=2"), "EC"),
    ],
)
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_keys_of_puttygen(
    options: tuple[str, ...], algorithm: str, password: str | None, tmp_path: Path
) -> None:
    """The public half is that of the key which the named command makes of it."""
    puttygen = need("puttygen")
    path, passphrase = tmp_path / "key.ppk", tmp_path / "pw"
    passphrase.write_text(password or "", encoding="utf-8")
    made = run(puttygen, *options, "-o", str(path), "--new-passphrase", str(passphrase), "-q")
    assert made.returncode == 0, made.stderr
    (key,) = facts_of(path, password).keys
    assert isinstance(key.public, PublicKey)
    assert key.public.algorithm == algorithm
    assert key.lock is (Lock.UNSUPPORTED if password else Lock.OPEN)
    given = gather(str(path), Role.KEY)
    (seen,), _ = not_a_pem.run(Evidence(subject="x", observed_at=pki.NOW, files=(given,)))
    command = shlex.split(str(seen.facts["convert"]))
    assert command[0] == "puttygen"
    more = ("--old-passphrase", str(passphrase), "--new-passphrase", str(passphrase)) if password else ()
    assert run(*command, *more).returncode == 0
    (converted,) = facts_of(tmp_path / "key.pem", password).keys
    assert converted.public == key.public
    if algorithm != "Ed25519":  # of which PuTTY writes OpenSSH's own format alone
        question = {"op": "load", "key": str(tmp_path / "key.pem"), "passphrase": password}
        assert ask_node(tmp_path, [question]) == ["ok"]


def test_a_pvk_is_converted(tmp_path: Path) -> None:
    """The key file of old Windows tools."""
    openssl = need("openssl")
    (tmp_path / "key.pem").write_bytes(pki.key_pem(pki.rsa_key("r")))
    path = tmp_path / "old.pvk"
    made = run(
        openssl, "rsa", "-in", str(tmp_path / "key.pem"), "-outform", "PVK", "-pvk-none", "-out", str(path)
    )
    assert made.returncode == 0, made.stderr
    given = gather(str(path), Role.KEY)
    assert given.format == Form.PVK
    (seen,), _ = not_a_pem.run(Evidence(subject="x", observed_at=pki.NOW, files=(given,)))
    assert run(*shlex.split(str(seen.facts["convert"]))).returncode == 0
    (key,) = facts_of(tmp_path / "old.pem", None).keys
    assert key.lock is Lock.OPEN
