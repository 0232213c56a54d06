"""Node, openssl, Python's ssl and keytool against what certdoctor says of files, keys and passwords.

The sentences of ``formats/encodings/oddities.py`` and the table of ciphers in ``formats/keys/encryption.py`` are
measurements; here they are measured again.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs7

from certdoctor.checks.files.files import not_a_pem
from certdoctor.formats import files
from certdoctor.formats.encodings import oddities, pem
from certdoctor.gather.files.reading import read as gather
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import KeyFacts, Lock, Role
from tests import pki
from tests.formats.test_keys import encrypted, pbes2, scrypt
from tests.formats.test_pem import WAYS
from tests.programs import clean_environment, need

pytestmark = pytest.mark.real

RIGHT = "s3cret"
PASSWORDS = (RIGHT, None, "wrong", RIGHT + "\n", "")
OPENS = {Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED}
OPENSSL_GUESSES = {"wrong label", "PKCS#1 under PKCS#8 label"}
"""Under the label PRIVATE KEY `openssl pkey` tries every form of key; Node, by the same library, does not."""
LEGACY = ("-provider", "legacy", "-provider", "default")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program without the variables that would mislead it."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )


def ask_node(folder: Path, questions: list[dict[str, Any]]) -> list[str]:
    """Ask one Node all questions at once; see ask_node.js."""
    (folder / "questions.json").write_text(json.dumps(questions))
    server = pki.issue("localhost", pki.root())
    (folder / "server.crt").write_bytes(server.pem)
    (folder / "server.key").write_bytes(server.key_pem)
    script = Path(__file__).with_name("ask_node.js")
    names = ("questions.json", "server.crt", "server.key")
    done = run(need("node"), str(script), *(str(folder / name) for name in names))
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout)
    assert len(answers) == len(questions)
    return answers


@dataclass(frozen=True)
class Key:
    """How openssl makes an encrypted key from a plain one."""

    name: str
    options: tuple[str, ...]
    traditional: bool = False


KEYS = (
    *(
        Key(f"PBES2 {cipher}", ("-v2", cipher))
        for cipher in (
            "aes-128-cbc",
            "aes-256-cbc",
            "des-ede3-cbc",
            "camellia-256-cbc",
            "aria-256-cbc",
            "aes-256-cfb",
            "des-cbc",
            "rc2-cbc",
            "bf-cbc",
        )
    ),
    *(
        Key(f"PBES2 {prf}", ("-v2", "aes256", "-v2prf", prf))
        for prf in ("hmacWithSHA1", "hmacWithSHA512", "hmacWithMD5")
    ),
    Key("scrypt", ("-scrypt",)),
    *(
        Key(scheme, ("-v1", scheme))
        for scheme in (
            "PBE-MD5-DES",
            "PBE-SHA1-DES",
            "PBE-MD5-RC2-64",
            "PBE-SHA1-RC2-40",
            "PBE-SHA1-RC4-128",
            "PBE-SHA1-3DES",
            "PBE-SHA1-2DES",
        )
    ),
    *(
        Key(f"traditional {cipher}", (f"-{cipher}",), traditional=True)
        for cipher in ("aes128", "aes256", "des3", "des", "seed", "camellia256")
    ),
)
PFXS = {
    "modern": (),
    "legacy": ("-legacy",),
    "3DES": ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
    "RC4": (*LEGACY, "-keypbe", "PBE-SHA1-RC4-128", "-certpbe", "PBE-SHA1-3DES"),
    "no MAC": ("-nomac",),
    "not encrypted": ("-keypbe", "NONE", "-certpbe", "NONE"),
}


def scrypt_key(password: bytes, n: int) -> bytes:
    """Return a key encrypted with scrypt, which openssl writes only within its own memory limit."""
    plain = padding.PKCS7(128).padder()
    padded = plain.update(pki.key_der(pki.leaf().key)) + plain.finalize()
    secret = hashlib.scrypt(password, salt=bytes(8), n=n, r=8, p=1, maxmem=1 << 28, dklen=32)
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(bytes(16))).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    return encrypted(pbes2(scrypt(n, 8, 1)), ciphertext)


def make_keys(folder: Path) -> dict[str, Path]:
    """Make every key of KEYS and some plain and broken ones."""
    plain = folder / "plain.key"
    plain.write_bytes(pki.leaf().key_pem)
    made = {}
    for key in KEYS:
        path = folder / f"{key.name}.key".replace(" ", "-")
        tool = ("ec",) if key.traditional else ("pkcs8", "-topk8")
        command = (
            need("openssl"),
            *tool,
            "-in",
            str(plain),
            *LEGACY,
            *key.options,
            "-passout",
            f"pass:{RIGHT}",
            "-out",
            str(path),
        )
        assert run(*command).returncode == 0, key.name
        made[key.name] = path
    made["empty password"] = folder / "empty-password.key"
    command = (need("openssl"), "pkcs8", "-topk8", "-in", str(plain), "-passout", "pass:", "-out")
    assert run(*command, str(made["empty password"])).returncode == 0
    others = {
        "scrypt over 32 MiB": pem.Block(
            label="ENCRYPTED PRIVATE KEY", line=1, body=scrypt_key(RIGHT.encode(), 32768)
        ).text(),
        "scrypt under 32 MiB": pem.Block(
            label="ENCRYPTED PRIVATE KEY", line=1, body=scrypt_key(RIGHT.encode(), 16384)
        ).text(),
        "plain PKCS#8": pki.leaf().key_pem,
        "plain SEC 1": pki.key_pem(pki.leaf().key, None, PrivateFormat.TraditionalOpenSSL),
        "plain PKCS#1": pki.key_pem(pki.rsa_key("r"), None, PrivateFormat.TraditionalOpenSSL),
        "plain Ed25519": pki.key_pem(ed25519.Ed25519PrivateKey.generate()),
        "wrong label": pki.key_pem(pki.leaf().key, RIGHT.encode()).replace(b"ENCRYPTED ", b""),
        "PKCS#1 under PKCS#8 label": pki.key_pem(
            pki.rsa_key("r"), None, PrivateFormat.TraditionalOpenSSL
        ).replace(b"RSA ", b""),
        "PKCS#8 under SEC 1 label": pki.leaf().key_pem.replace(b"PRIVATE", b"EC PRIVATE"),
        "PKCS#8 cut short": pem.Block(
            label="PRIVATE KEY", line=1, body=pki.key_der(pki.leaf().key)[:-9]
        ).text(),
        "one block missing": pem.Block(
            label="ENCRYPTED PRIVATE KEY", line=1, body=pki.key_der(pki.leaf().key, RIGHT.encode())[:-16]
        ).text(),
        "no END": b"\n".join(pki.leaf().key_pem.splitlines()[:-1]) + b"\n",
    }
    for name, data in others.items():
        made[name] = folder / f"{name}.key".replace(" ", "-")
        made[name].write_bytes(data)
    return made


def facts_of(path: Path, password: str | None) -> KeyFacts:
    """Return what certdoctor says of the one key in a file."""
    given = None if password is None else password.encode()
    return files.examine(path.read_bytes(), path=str(path), role=Role.KEY, password=given).keys[0]


def test_node_and_openssl_agree_on_keys_and_passwords(tmp_path: Path) -> None:
    """Every key with every password: opened by all three, or by none, and for the same reason."""
    made = make_keys(tmp_path)
    cases = [(name, path, password) for name, path in made.items() for password in PASSWORDS]
    assert len(cases) >= 100
    questions: list[dict[str, Any]] = [
        {"op": "load", "key": str(path), "passphrase": password} for _, path, password in cases
    ]
    disagreements = []
    for (name, path, password), node in zip(cases, ask_node(tmp_path, questions), strict=True):
        facts = facts_of(path, password)
        agree = (node == "ok") == (facts.lock in OPENS)
        if facts.lock is Lock.UNSUPPORTED:
            agree = "unsupported" in node or "memory limit exceeded" in node
        elif facts.lock in {Lock.WRONG_PASSWORD, Lock.PASSWORD_REQUIRED}:
            # 0308010C is a cipher put aside; a wrong password is "bad decrypt" or rubbish.
            agree = agree and "0308010C" not in node
        if password in {RIGHT, "wrong"} and name not in OPENSSL_GUESSES:
            openssl = run(need("openssl"), "pkey", "-in", str(path), "-noout", "-passin", f"pass:{password}")
            agree = agree and (openssl.returncode == 0) == (facts.lock in OPENS)
        if not agree:
            disagreements.append((name, password, facts.lock, facts.reason, node))
    assert disagreements == []


def test_node_agrees_on_pkcs12(tmp_path: Path) -> None:
    """MAC failure, unsupported content, and the file without a MAC."""
    (tmp_path / "leaf.crt").write_bytes(pki.leaf().pem)
    (tmp_path / "leaf.key").write_bytes(pki.leaf().key_pem)
    cases: list[tuple[Path, str | None]] = []
    for name, options in PFXS.items():
        path = tmp_path / f"{name}.pfx"
        command = (
            "pkcs12",
            "-export",
            *options,
            "-in",
            str(tmp_path / "leaf.crt"),
            "-inkey",
            str(tmp_path / "leaf.key"),
        )
        assert (
            run(need("openssl"), *command, "-passout", f"pass:{RIGHT}", "-out", str(path)).returncode == 0
        ), name
        cases += [(path, password) for password in PASSWORDS]
    empty = tmp_path / "empty password.pfx"
    command = ("pkcs12", "-export", "-in", str(tmp_path / "leaf.crt"), "-inkey", str(tmp_path / "leaf.key"))
    assert run(need("openssl"), *command, "-passout", "pass:", "-out", str(empty)).returncode == 0
    cases += [(empty, password) for password in PASSWORDS]
    questions: list[dict[str, Any]] = [
        {"op": "load", "pfx": str(path), "passphrase": password} for path, password in cases
    ]
    for (path, password), node in zip(cases, ask_node(tmp_path, questions), strict=True):
        facts = facts_of(path, password)
        told = (path.name, password, facts.lock, node)
        if facts.lock is Lock.OPENED and path.name == "no MAC.pfx":
            assert "mac absent" in node, told
            assert "mac absent" in str(facts.reason), told
        elif facts.lock is Lock.UNSUPPORTED:
            right = "the password given is right" in str(facts.reason)
            assert ("Unsupported PKCS12 PFX data" if right else "mac verify failure") in node, told
        else:
            assert (node == "ok") == (facts.lock in OPENS), told


def test_openssl_wants_the_password_of_a_pfx_in_utf8(tmp_path: Path) -> None:
    """With the same letters in Latin-1 the MAC fits and the content does not open."""
    (tmp_path / "x.pfx").write_bytes(pki.pfx(pki.leaf(), "b\u00fccher".encode()))
    for encoding, opens in (("utf-8", True), ("latin-1", False)):
        (tmp_path / "pw").write_bytes("b\u00fccher".encode(encoding))
        command = ("pkcs12", "-in", str(tmp_path / "x.pfx"), "-passin", f"file:{tmp_path / 'pw'}", "-nokeys")
        assert (run(need("openssl"), *command, "-noout").returncode == 0) is opens


def refused_by(data: bytes) -> set[str]:
    """Return the clients that certdoctor says do not read a file."""
    return {client for o in files.examine(data, path="x", role=Role.CA).oddities for client in o.refused_by}


BROKEN = {
    "no END": b"\n".join(pki.root().pem.splitlines()[:-1]) + b"\n",
    "other END": pki.root().pem.replace(b"END CERT", b"END X509 CERT"),
    "foreign character": pki.root().pem.replace(b"MII", b"M!I", 1),
    "comment line": pki.root().pem.replace(b"-----\nMII", b"-----\n# root\nMII"),
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the root in every odd way, with certificate and key of the leaf beside it."""
    folder = tmp_path_factory.mktemp("ways")
    written: dict[str, Path] = {}
    own = pki.issue("localhost", pki.root())
    for name, (change, _) in WAYS.items():
        stem = name.replace(" ", "-")
        written[name] = folder / f"{stem}.ca"
        for suffix, text in ((".ca", pki.root().pem), (".crt", own.pem), (".key", own.key_pem)):
            (folder / f"{stem}{suffix}").write_bytes(change(text.decode()))
    for name, data in (*BROKEN.items(), ("glued", pki.root().pem.rstrip() + pki.leaf().pem)):
        written[name] = folder / f"{name}.ca".replace(" ", "-")
        written[name].write_bytes(data)
    (folder / "own.crt").write_bytes(own.pem)
    (folder / "own.key").write_bytes(own.key_pem)
    return written


def test_node_reads_what_is_said(ways: dict[str, Path]) -> None:
    """The same oddity has the same effect as CA, certificate and key."""
    questions: list[dict[str, Any]] = []
    for path in ways.values():
        questions.append({"op": "trust", "ca": str(path)})
        if path.with_suffix(".key").exists():
            own = str(path.with_name("own"))
            questions.append({"op": "load", "cert": str(path.with_suffix(".crt")), "key": f"{own}.key"})
            questions.append({"op": "load", "cert": f"{own}.crt", "key": str(path.with_suffix(".key"))})
    assert len(questions) >= 40
    answers = ask_node(next(iter(ways.values())).parent, questions)
    for question, node in zip(questions, answers, strict=True):
        looked_at = next(
            Path(question[field])
            for field in ("ca", "cert", "key")
            if field in question and "own." not in question[field]
        )
        said = "node" in refused_by(looked_at.read_bytes())
        assert (node != "ok") == said, (question, node, said)


def test_openssl_and_python_read_what_is_said(ways: dict[str, Path], tmp_path: Path) -> None:
    """``openssl verify -CAfile`` and ``load_verify_locations``."""
    (tmp_path / "leaf.pem").write_bytes(pki.issue("localhost", pki.root()).pem)
    for name, path in ways.items():
        refused = refused_by(path.read_bytes())
        done = run(need("openssl"), "verify", "-CAfile", str(path), str(tmp_path / "leaf.pem"))
        assert (done.returncode != 0) == ("openssl" in refused), (name, done.stderr)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cafile=str(path))
        except ssl.SSLError:
            read = False
        else:
            read = bool(context.get_ca_certs())
        # Of the header lines nothing is said about Python: it was not measured when the sentence was written.
        assert read != ("python" in refused) or name == "header lines", name


KEYTOOL_WAYS = (
    "plain",
    "UTF-8 mark",
    "UTF-16 LE",
    "CR line ends",
    "literal line ends",
    "no-break space",
    "four dashes before BEGIN",
    "double spacing",
    "header lines",
    "text before",
    "no END",
    "foreign character",
    "glued",
)
"""One way for each sentence that names keytool; it takes half a second to start."""


def test_keytool_reads_what_is_said(ways: dict[str, Path], tmp_path: Path) -> None:
    """``keytool -importcert``, as people use it to trust a CA."""
    keytool = need("keytool")

    def read(name: str) -> bool:
        store = ("-keystore", str(tmp_path / f"{name}.p12"), "-storepass", "changeit", "-noprompt")
        return run(keytool, "-importcert", "-alias", "a", *store, "-file", str(ways[name])).returncode == 0

    with ThreadPoolExecutor(2) as pool:
        reads = dict(zip(KEYTOOL_WAYS, pool.map(read, KEYTOOL_WAYS), strict=True))
    said = {name: "jdbc" not in refused_by(ways[name].read_bytes()) for name in KEYTOOL_WAYS}
    assert reads == said


@pytest.mark.parametrize(
    ("certificate", "key", "code"),
    [
        (pki.leaf(), pki.key("other"), "ERR_OSSL_X509_KEY_VALUES_MISMATCH"),
        (pki.leaf(), pki.rsa_key("r"), "ok"),
        (
            pki.issue("rsa", pki.root(), with_key=pki.rsa_key("r")),
            pki.rsa_key("s"),
            "ERR_OSSL_X509_KEY_VALUES_MISMATCH",
        ),
        (pki.issue("rsa", pki.root(), with_key=pki.rsa_key("r")), pki.key("other"), "ok"),
        (pki.leaf(), ed25519.Ed25519PrivateKey.generate(), "ok"),
        (pki.leaf(), ec.generate_private_key(ec.SECP384R1()), "ERR_OSSL_X509_KEY_VALUES_MISMATCH"),
    ],
    ids=["EC, EC", "EC, RSA", "RSA, RSA", "RSA, EC", "EC, Ed25519", "P-256, P-384"],
)
def test_node_compares_keys_of_the_same_type_only(
    certificate: pki.Issued, key: pki.PrivateKey, code: str, tmp_path: Path
) -> None:
    """What CD201 says about Node."""
    (tmp_path / "c").write_bytes(certificate.pem)
    (tmp_path / "k").write_bytes(pki.key_pem(key))
    (node,) = ask_node(tmp_path, [{"op": "load", "cert": str(tmp_path / "c"), "key": str(tmp_path / "k")}])
    assert node.split(" ", 1)[0] == code


def test_node_accepts_a_half_of_a_pair(tmp_path: Path) -> None:
    """What CD202 and CD203 say about Node, and CD212 about a password that is not needed."""
    (tmp_path / "c").write_bytes(pki.leaf().pem)
    (tmp_path / "k").write_bytes(pki.leaf().key_pem)
    questions: list[dict[str, Any]] = [
        {"op": "load", "cert": str(tmp_path / "c")},
        {"op": "load", "key": str(tmp_path / "k")},
        {"op": "load", "key": str(tmp_path / "k"), "passphrase": "not needed"},
        {"op": "key", "key": str(tmp_path / "k"), "passphrase": "not needed"},
    ]
    assert ask_node(tmp_path, questions) == ["ok"] * 4


def test_a_trusted_certificate_is_read_as_ca_option(tmp_path: Path) -> None:
    """With trust for servers Node's ca option takes OpenSSL's own form."""
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    path = tmp_path / "trusted.pem"
    command = (
        "x509",
        "-in",
        str(tmp_path / "root.pem"),
        "-trustout",
        "-addtrust",
        "serverAuth",
        "-out",
        str(path),
    )
    assert run(need("openssl"), *command).returncode == 0
    assert ask_node(tmp_path, [{"op": "trust", "ca": str(path)}]) == ["ok"]
    facts = files.examine(path.read_bytes(), path="x", role=Role.CA)
    assert [oddity.slug for oddity in facts.oddities] == [oddities.TRUSTED]
    assert facts.certificates[0].der == pki.root().der


CONVERTED: dict[str, tuple[Role, bytes]] = {
    "DER certificate": (Role.CA, pki.root().der),
    "DER key": (Role.KEY, pki.key_der(pki.leaf().key)),
    "bare base64": (Role.CA, b"".join(pki.root().pem.splitlines()[1:-1])),
    "PKCS#7 in DER": (
        Role.CA,
        pkcs7.serialize_certificates([pki.root().certificate], serialization.Encoding.DER),
    ),
    "PKCS#7 in PEM": (
        Role.CA,
        pkcs7.serialize_certificates([pki.root().certificate], serialization.Encoding.PEM),
    ),
    "UTF-16": (Role.CA, pki.root().pem.decode().encode("utf-16")),
    "CR line ends": (Role.CA, pki.root().pem.replace(b"\n", b"\r")),
    "indented": (Role.CA, b"  " + pki.root().pem.replace(b"\n", b"\n  ").rstrip(b" ")),
    "literal line ends": (Role.CA, pki.root().pem.replace(b"\n", b"\\n")),
    "double spacing": (Role.CA, pki.root().pem.replace(b"\n", b"\n\n")),
    "glued": (Role.CA, pki.root().pem.rstrip() + pki.intermediate().pem),
}


@pytest.mark.parametrize("name", CONVERTED)
def test_the_converting_command_does_convert(name: str, tmp_path: Path) -> None:
    """What CD102 tells people to type gives a file that Node reads."""
    need("openssl")
    role, data = CONVERTED[name]
    path = tmp_path / "my file.pem"
    path.write_bytes(data)
    evidence = Evidence(subject="x", observed_at=pki.NOW, files=(gather(str(path), role),))
    (seen,), _ = not_a_pem.run(evidence)
    command = seen.facts["convert"]
    assert isinstance(command, str)
    assert run("sh", "-c", command).returncode == 0
    converted = gather(str(tmp_path / "my file-converted.pem"), role)
    assert not_a_pem.run(Evidence(subject="x", observed_at=pki.NOW, files=(converted,)))[0] == ()
    field = (
        {"op": "trust", "ca": converted.path} if role is Role.CA else {"op": "load", "key": converted.path}
    )
    assert ask_node(tmp_path, [field]) == ["ok"]
