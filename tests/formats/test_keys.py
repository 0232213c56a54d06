"""Private keys and passwords: every lock, the encryption's name, the near misses, the bounds."""

from __future__ import annotations

import base64
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.formats.certificates import x509
from certdoctor.formats.containers import pkcs
from certdoctor.formats.encodings import der, pem
from certdoctor.formats.keys import near_misses, private_keys
from certdoctor.formats.keys.encryption import Work
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import KeyFacts, Lock
from tests import pki
from tests.programs import clean_environment, need

PBES2 = "1.2.840.113549.1.5.13"
PBKDF2 = "1.2.840.113549.1.5.12"
SCRYPT = "1.3.6.1.4.1.11591.4.11"
AES_256_CBC = "2.16.840.1.101.3.4.1.42"


def examine_pem(data: bytes, password: bytes | None = None) -> KeyFacts:
    """Return the facts of the one key in a PEM text."""
    (block,) = pem.scan(data).blocks
    return private_keys.examine(block, password)


def encrypted(algorithm: bytes, ciphertext: bytes = bytes(48)) -> bytes:
    """Return an EncryptedPrivateKeyInfo that nothing opens."""
    return pki.tlv(0x30, algorithm, pki.tlv(0x04, ciphertext))


def pbes2(kdf: bytes, cipher: str = AES_256_CBC, iv: bytes = bytes(16)) -> bytes:
    """Return the AlgorithmIdentifier of PBES2."""
    scheme = pki.tlv(0x30, pki.oid(cipher), pki.tlv(0x04, iv))
    return pki.tlv(0x30, pki.oid(PBES2), pki.tlv(0x30, kdf, scheme))


def pbkdf2(rounds: int) -> bytes:
    """Return the AlgorithmIdentifier of PBKDF2 with HMAC-SHA-1, its default."""
    return pki.tlv(0x30, pki.oid(PBKDF2), pki.tlv(0x30, pki.tlv(0x04, bytes(8)), pki.integer(rounds)))


def scrypt(n: int, r: int, p: int) -> bytes:
    """Return the AlgorithmIdentifier of scrypt."""
    numbers = (pki.integer(n), pki.integer(r), pki.integer(p))
    return pki.tlv(0x30, pki.oid(SCRYPT), pki.tlv(0x30, pki.tlv(0x04, bytes(8)), *numbers))


def pbes1(algorithm: str, rounds: int = 2048) -> bytes:
    """Return the AlgorithmIdentifier of a PBES1 scheme."""
    return pki.tlv(0x30, pki.oid(algorithm), pki.tlv(0x30, pki.tlv(0x04, bytes(8)), pki.integer(rounds)))


PLAIN: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "PKCS#8": (lambda: pki.key_pem(pki.key("a")), "PKCS#8", "EC P-256"),
    "SEC 1": (lambda: pki.key_pem(pki.key("a"), None, PrivateFormat.TraditionalOpenSSL), "SEC 1", "EC P-256"),
    "PKCS#1": (
        lambda: pki.key_pem(pki.rsa_key("a"), None, PrivateFormat.TraditionalOpenSSL),
        "PKCS#1",
        "RSA 2048",
    ),
    "Ed25519": (lambda: pki.key_pem(ed25519.Ed25519PrivateKey.generate()), "PKCS#8", "Ed25519"),
    "DSA": (
        lambda: dsa.generate_private_key(2048).private_bytes(
            serialization.Encoding.PEM, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ),
        "DSA",
        "DSA 2048",
    ),
    "OpenSSH": (lambda: pki.key_pem(pki.key("a"), None, PrivateFormat.OpenSSH), "OpenSSH", "EC P-256"),
}


@pytest.mark.parametrize(("make", "container", "words"), PLAIN.values(), ids=PLAIN)
def test_a_plain_key_is_open_and_named(make: Callable[[], bytes], container: str, words: str) -> None:
    """Its container and its public half are known; a password given is not needed."""
    facts = examine_pem(make())
    assert (facts.container, facts.lock, str(facts.public)) == (container, Lock.OPEN, words)
    assert examine_pem(make(), b"any").lock is Lock.PASSWORD_NOT_NEEDED
    assert examine_pem(make(), b"").lock is Lock.OPEN


def test_the_public_half_is_that_of_the_certificate() -> None:
    """Key and certificate are compared by the same digest."""
    facts = examine_pem(pki.leaf().key_pem)
    assert facts.public == x509.parse(pki.leaf().der).public_key


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_opens_with_its_password_only(form: PrivateFormat) -> None:
    """Opened, wrong, required: three locks; the encryption is named without the password."""
    data = pki.key_pem(pki.key("a"), pki.PASSWORD, form)
    opened, wrong, none = (examine_pem(data, given) for given in (pki.PASSWORD, b"another", None))
    assert [facts.lock for facts in (opened, wrong, none)] == [
        Lock.OPENED,
        Lock.WRONG_PASSWORD,
        Lock.PASSWORD_REQUIRED,
    ]
    assert isinstance(opened.public, PublicKey)
    assert not isinstance(wrong.public, PublicKey)
    assert opened.encryption == wrong.encryption == none.encryption
    assert "AES-256-CBC" in str(none.encryption)


def test_der_is_read_like_pem() -> None:
    """The same key without armour has the same facts."""
    der = pki.key_der(pki.key("a"), pki.PASSWORD)
    assert private_keys.examine(der, pki.PASSWORD).lock is Lock.OPENED
    assert private_keys.examine(der, pki.PASSWORD).public == examine_pem(pki.key_pem(pki.key("a"))).public


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        (pbes1("1.2.840.113549.1.5.3"), "PBES1: MD5, 2,048 rounds, DES-CBC"),
        (pbes1("1.2.840.113549.1.12.1.6"), "PKCS#12 PBE: SHA-1, 2,048 rounds, RC2-40-CBC"),
        (pbes2(pbkdf2(2048), "1.3.14.3.2.7", bytes(8)), "PBES2: PBKDF2-HMAC-SHA1 2,048 rounds, DES-CBC"),
        (pbes2(pbkdf2(10_000_001)), "PBES2: PBKDF2-HMAC-SHA1 10,000,001 rounds, AES-256-CBC"),
        (pbes2(scrypt(1 << 30, 8, 1)), "PBES2: scrypt N=1,073,741,824 r=8 p=1, AES-256-CBC"),
        (pbes2(scrypt(32768, 8, 1)), "PBES2: scrypt N=32,768 r=8 p=1, AES-256-CBC"),
        (pbes2(scrypt(16384, 8, 10_000)), "PBES2: scrypt N=16,384 r=8 p=10000, AES-256-CBC"),
        (pbes2(pbkdf2(1), "1.2.3.4"), "PBES2: PBKDF2-HMAC-SHA1 1 rounds, 1.2.3.4"),
        (pki.tlv(0x30, pki.oid("1.2.3.4")), "algorithm 1.2.3.4"),
    ],
)
def test_what_no_program_opens_is_unsupported_and_not_tried(algorithm: bytes, words: str) -> None:
    """Old ciphers, unknown ones, and derivations that would hang are told apart from a wrong password."""
    started = time.process_time()
    facts = private_keys.examine(encrypted(algorithm), b"any password")
    assert (facts.lock, facts.encryption) == (Lock.UNSUPPORTED, words)
    assert facts.reason
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encrypted(pbes2(pbkdf2(1)), bytes(47)), "47 bytes of AES-256-CBC are not whole blocks"),
        (encrypted(pbes2(pbkdf2(1), iv=bytes(8))), "its initialisation vector has the wrong size"),
        (encrypted(pki.tlv(0x30, pki.oid(PBES2))), "its encryption cannot be read"),
        (
            pki.tlv(0x30, pki.integer(0), pki.tlv(0x30, pki.oid("1.2.3")), pki.tlv(0x04, b"x")),
            "OpenSSL cannot load it",
        ),
        (b"no key at all", "it has the structure of no private key"),
    ],
)
def test_a_damaged_key_is_no_wrong_password(data: bytes, reason: str) -> None:
    """What no password can open says so."""
    facts = private_keys.examine(data, b"any password")
    assert facts.lock is Lock.DAMAGED
    assert str(facts.reason).startswith(reason)


def test_a_key_under_the_wrong_label_says_what_it_is() -> None:
    """Renaming a BEGIN line by hand is a known way to break a key."""
    text = pki.key_pem(pki.key("a"), pki.PASSWORD).replace(b"ENCRYPTED PRIVATE", b"PRIVATE")
    facts = examine_pem(text, pki.PASSWORD)
    assert facts.lock is Lock.DAMAGED
    assert str(facts.reason).startswith("its BEGIN line says PRIVATE KEY, but inside is encrypted PKCS#8")


def test_halves_that_do_not_fit_are_damage() -> None:
    """OpenSSL and Node load such a key without a word."""
    form = PrivateFormat.TraditionalOpenSSL
    own, other = (
        pki.key(name)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        for name in ("a", "b")
    )
    facts = private_keys.examine(pki.key_der(pki.key("a"), None, form).replace(own, other), None)
    assert (facts.lock, facts.reason) == (Lock.DAMAGED, "its private half does not fit its public half")


NEAR = [
    ("s\u00e9cret", "s\u00e9cret\n", "without the line end at its end"),
    ("s\u00e9cret", "s\u00e9cret\r\n", "without the line end at its end"),
    ("s\u00e9cret", "s\u00e9cret \t", "without the blanks at its end"),
    ("s\u00e9cret", " s\u00e9cret", "without the blanks at its beginning"),
    ("s\u00e9cret", "\ts\u00e9cret ", "without the blanks around it"),
    ("s\u00e9cret", '"s\u00e9cret"', "without the quotes around it"),
    ("s\u00e9cret", "'s\u00e9cret'", "without the quotes around it"),
    ("s\u00e9cret", "\u201cs\u00e9cret\u201d", "without the quotes around it"),
    (
        "s\u00e9cret",
        "\ufeffs\u00e9cret",
        "without an invisible character in it (byte order mark, zero-width space)",
    ),
    ("s cret", "s\u00a0cret", "with an ordinary blank for the no-break space"),
    ("s\u00e9cret", "se\u0301cret", "with its accented letters composed (Unicode NFC)"),
    ("se\u0301cret", "s\u00e9cret", "with its accented letters decomposed (Unicode NFD)"),
    ("S\u00c9cRET", "s\u00e9Cret", "with capital and small letters swapped (caps lock)"),
    ("secret\n", "secret", "with a line end at its end"),
    ("p@ss", "p%40ss", "with its %-escapes decoded"),
    ("", "anything", "empty"),
]


@pytest.mark.parametrize(("right", "given", "name"), NEAR)
def test_a_near_miss_is_named(right: str, given: str, name: str) -> None:
    """The change that opens is told, and nothing of the password is."""
    assert near_misses.which_opens(given.encode(), lambda other: other == right.encode()) == name


@pytest.mark.parametrize(
    ("right", "given", "name"),
    [
        (
            "b\u00fc".encode("latin-1"),
            "b\u00fc".encode(),
            "written in Latin-1 (the password given is in UTF-8)",
        ),
        (
            "b\u00fc".encode(),
            "b\u00fc".encode("latin-1"),
            "written in UTF-8 (the password given is in Latin-1)",
        ),
        (
            b"secret",
            b"\xff\xfe" + "secret\r\n".encode("utf-16-le"),
            "written in UTF-8 (the password given is in UTF-16)",
        ),
        (
            b"secret",
            b"\xfe\xff" + "secret\r".encode("utf-16-be") + b"\0",
            "written in UTF-8 (the password given is in UTF-16)",
        ),
    ],
)
def test_a_near_miss_of_encoding_is_named(right: bytes, given: bytes, name: str) -> None:
    """What PowerShell and old consoles do to accented letters."""
    assert near_misses.which_opens(given, lambda other: other == right) == name


@given(st.binary(max_size=60))
def test_near_misses_are_few_and_new(password: bytes) -> None:
    """At most 16 tries, none twice, and never the password itself again."""
    tried: list[bytes] = []

    def refuse(other: bytes) -> bool:
        tried.append(other)
        return False

    assert near_misses.which_opens(password, refuse) is None
    assert len(tried) <= near_misses.MAX_TRIES
    assert len(set(tried)) == len(tried)
    assert password not in tried


def test_near_misses_stop_at_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the list may become."""
    monkeypatch.setattr(near_misses, "MAX_TRIES", 2)
    tried: list[bytes] = []

    def refuse(other: bytes) -> bool:
        tried.append(other)
        return False

    near_misses.which_opens(b" 's\xc3\xa9cret' \r\n", refuse)
    assert len(tried) == 2


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_near_miss_is_found_on_a_real_key(form: PrivateFormat) -> None:
    """The lock stays wrong-password; the near miss is beside it."""
    facts = examine_pem(pki.key_pem(pki.key("a"), pki.PASSWORD, form), pki.PASSWORD + b" \n")
    assert (facts.lock, facts.near_miss) == (Lock.WRONG_PASSWORD, "without the blanks at its end")
    assert not isinstance(facts.public, PublicKey)


def test_rubbish_from_a_wrong_password_is_a_wrong_password() -> None:
    """One in about 270 wrong passwords passes the padding check; none of a thousand may look like anything else."""
    data = pki.key_pem(pki.key("a"), b"right", PrivateFormat.TraditionalOpenSSL)  # one cheap round per try
    (block,) = pem.scan(data).blocks
    locks = {private_keys.examine(block, b"wrong %d" % number).lock for number in range(1000)}
    assert locks == {Lock.WRONG_PASSWORD}


def test_the_work_on_one_file_is_bounded() -> None:
    """Once the rounds are used up, a key says that it was not tried."""
    work = Work(rounds=1_000_000)
    der = encrypted(pbes2(pbkdf2(400_000)))
    started = time.process_time()
    assert private_keys.examine(der, b"x", work).lock is Lock.WRONG_PASSWORD
    late = private_keys.examine(der, b"x", work)
    assert (late.lock, late.reason) == (Lock.UNSUPPORTED, private_keys.TIME_IS_UP)
    assert time.process_time() - started < 10


def test_no_password_never_asks_the_terminal() -> None:
    """OpenSSL's own callback would read from /dev/tty: the empty password goes in instead."""
    facts = examine_pem(pki.key_pem(pki.key("a"), pki.PASSWORD), None)
    assert facts.lock is Lock.PASSWORD_REQUIRED


def test_a_password_longer_than_openssl_takes_is_wrong() -> None:
    """PEM_BUFSIZE is 1,024 bytes."""
    assert examine_pem(pki.key_pem(pki.key("a"), pki.PASSWORD), b"x" * 5000).lock is Lock.WRONG_PASSWORD


def test_an_encrypted_openssh_key_shows_its_public_half() -> None:
    """It can be matched with a certificate without being opened."""
    blob = (
        pki.key("a")
        .public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    )
    public = base64.b64decode(blob.split()[1])

    def string(content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + content

    options = string(bytes(16)) + (24).to_bytes(4, "big")
    body = (
        b"openssh-key-v1\0"
        + string(b"aes256-ctr")
        + string(b"bcrypt")
        + string(options)
        + bytes([0, 0, 0, 1])
        + string(public)
        + string(bytes(64))
    )
    facts = examine_pem(pem.Block(label="OPENSSH PRIVATE KEY", line=1, body=body).text(), b"secret")
    assert (facts.lock, facts.encryption) == (Lock.UNSUPPORTED, "OpenSSH: bcrypt 24 rounds, aes256-ctr")
    assert facts.public == examine_pem(pki.key_pem(pki.key("a"))).public
    for length in range(len(body)):
        cut = pem.Block(label="OPENSSH PRIVATE KEY", line=1, body=body[:length])
        assert private_keys.examine(cut, None).lock is Lock.DAMAGED


def test_a_pfx_is_opened_named_and_refused() -> None:
    """Key and certificates come out; without or with a wrong password there is one locked object."""
    data = pki.pfx(pki.leaf(), pki.PASSWORD, pki.intermediate())
    opened = pkcs.open_pkcs12(data, pki.PASSWORD)
    assert [item.kind for item in opened] == ["private key", "certificate", "certificate"]
    key = opened[0].key
    assert key is not None
    assert key.lock is Lock.OPENED
    assert key.public == x509.parse(pki.leaf().der).public_key
    assert str(key.encryption).startswith("MAC: HMAC-SHA256 ")
    for password, lock, near in (
        (None, Lock.PASSWORD_REQUIRED, None),
        (b"wrong", Lock.WRONG_PASSWORD, None),
        (b"nul\0inside", Lock.WRONG_PASSWORD, None),
        (b"\xff\xfe\xfd", Lock.WRONG_PASSWORD, None),
        (pki.PASSWORD + b"\n", Lock.WRONG_PASSWORD, "without the line end at its end"),
    ):
        (shut,) = pkcs.open_pkcs12(data, password)
        assert shut.key is not None
        assert (shut.key.lock, shut.key.near_miss) == (lock, near)
        assert shut.key.encryption == key.encryption


def test_a_pfx_wants_its_password_in_utf8() -> None:
    """The letters are right and their bytes are not: a near miss."""
    data = pki.pfx(pki.leaf(), "b\u00fccher".encode())
    (item,) = pkcs.open_pkcs12(data, "b\u00fccher".encode("latin-1"))
    assert item.key is not None
    assert item.key.lock is Lock.WRONG_PASSWORD
    assert item.key.near_miss == "written in UTF-8 (the password given is in Latin-1)"


def test_a_pfx_with_endless_rounds_is_not_tried() -> None:
    """Its MAC announces two thousand million rounds."""
    version, safe, mac = der.read(pki.pfx(pki.leaf())).children()
    digest, salt, _ = mac.children()
    hostile_mac = pki.tlv(0x30, digest.encoded, salt.encoded, pki.integer(2_000_000_000))
    started = time.process_time()
    (item,) = pkcs.open_pkcs12(pki.tlv(0x30, version.encoded, safe.encoded, hostile_mac), pki.PASSWORD)
    assert item.key is not None
    assert item.key.lock is Lock.UNSUPPORTED
    assert "certdoctor stops at 10,000,000" in str(item.key.reason)
    assert time.process_time() - started < 2


@given(st.randoms(use_true_random=False), st.sampled_from(["key", "pfx", "traditional"]))
@settings(max_examples=150, deadline=None)
def test_altered_keys_never_raise(rng: random.Random, kind: str) -> None:
    """Any byte of a valid key or container may be wrong."""
    form = PrivateFormat.TraditionalOpenSSL if kind == "traditional" else PrivateFormat.PKCS8
    data = bytearray(_SAMPLES[kind] if kind in _SAMPLES else pki.key_der(pki.key("a"), None, form))
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    work = Work(rounds=100_000)
    if kind == "pfx":
        pkcs.open_pkcs12(bytes(data), pki.PASSWORD, work)
    else:
        private_keys.examine(bytes(data), pki.PASSWORD, work)


_SAMPLES = {"key": pki.key_der(pki.key("a"), pki.PASSWORD), "pfx": pki.pfx(pki.leaf())}


@pytest.mark.real
def test_an_encrypted_openssh_key_of_ssh_keygen(tmp_path: Path) -> None:
    """The real program's key is named like the one built by hand."""
    path = tmp_path / "key"
    command = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "secret", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=clean_environment())
    facts = examine_pem(path.read_bytes(), b"secret")
    assert facts.lock is Lock.UNSUPPORTED
    assert str(facts.encryption).startswith("OpenSSH: bcrypt ")
    assert str(facts.public) == "Ed25519"


def test_curves_that_differ_are_named() -> None:
    """P-384 and secp256k1 keys load like P-256 ones."""
    for curve, words in ((ec.SECP384R1(), "EC P-384"), (ec.SECP256K1(), "EC secp256k1")):
        assert str(examine_pem(pki.key_pem(ec.generate_private_key(curve))).public) == words
