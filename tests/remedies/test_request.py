"""A certificate request: every name checked, none of them ever a setting, and the commands that go with it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.errors import UsageError
from certdoctor.remedies.server import request
from certdoctor.remedies.server.request import Files, configuration, names

GOOD = ("sql01.corp.example", "sql01", "*.corp.example", "xn--mller-kva.example", "old_name", "10.1.2.3")

HOSTILE = (
    "a\nDNS.9 = evil.example",
    "a\r[names]",
    "$ENV::HOME",
    "${ENV::HOME}",
    "a,DNS:evil.example",
    "a;b",
    "a#b",
    "a b",
    "a=b",
    'a"b',
    "a'b",
    "a\\b",
    "@names",
    "a:1433",
    "tcp:a",
    "a,1433",
    "-a",
    "a-",
    "a..b",
    ".a",
    "a*.b",
    "b.*",
    "*",
    "*.com",
    "",
    "   ",
    "müller.example",
    "a\u202eb",
    "a\x00b",
    "1.2.3",
    "fe80::1%eth0",
    "x" * 64,
    ".".join(["x" * 60] * 5),
)


def pick(files: Path, *options: str) -> list[str]:
    """Return the words of ``trust csr`` with its files below a folder."""
    return ["trust", "csr", *options, "--force", "--output", str(files / "sql01.cnf")]


def test_names_are_sorted_into_names_and_addresses() -> None:
    """An address given with --host is one, each counts once, and the first name that may be is the subject."""
    found = names(("*.corp.example", "sql01.corp.example.", "10.1.2.3", "[2001:DB8::1]"), ("10.1.2.3",))
    assert found.dns == ("*.corp.example", "sql01.corp.example")
    assert found.ip == ("10.1.2.3", "2001:db8::1")
    assert found.common_name == "sql01.corp.example"


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_name_is_refused_in_a_sentence(text: str) -> None:
    """Nothing that openssl would read as more than a name gets into a configuration."""
    with pytest.raises(UsageError) as caught:
        names((text, "sql01"))
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("text", ["sql01", "10.1.2", "10.1.2.3/24", "::1\nIP.2 = 10.0.0.1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """--ip takes addresses alone."""
    with pytest.raises(UsageError, match="is no IP address"):
        names(("sql01",), (text,))


def test_a_request_needs_a_name_for_its_subject() -> None:
    """A CN holds 64 characters, and a wildcard alone names no server."""
    long = ".".join(["x" * 30] * 3)
    for hosts in ((long,), ("*.corp.example",)):
        with pytest.raises(UsageError, match="can be the subject"):
            names(hosts)
    assert names((long, "sql01")).common_name == "sql01"


def test_a_hundred_names_are_enough() -> None:
    """A thousand names are a mistake, not a server."""
    assert len(names(tuple(f"a{n}" for n in range(100))).all) == 100
    with pytest.raises(UsageError, match="101 names"):
        names(tuple(f"a{n}" for n in range(101)))


@given(st.lists(st.one_of(st.sampled_from((*GOOD, *HOSTILE)), st.text(max_size=12)), min_size=1, max_size=6))
def test_a_name_is_never_more_than_one_value(texts: list[str]) -> None:
    """Whatever is given, the configuration holds one line per name, and no character with a meaning."""
    try:
        found = names(tuple(texts))
    except UsageError:
        return
    text = configuration(found)
    values = re.findall(r"^(?:DNS|IP)\.\d+ = (.*)$", text, re.MULTILINE)
    assert values == list(found.all)
    assert all(re.fullmatch(r"(\*\.)?[A-Za-z0-9._:-]+", value) for value in values)
    assert len(text.splitlines()) == len(configuration(names(("a",))).splitlines()) + len(values) - 1
    policy = request.certreq_policy(found)
    assert policy.count("_continue_") == len(values)


def test_comments_stay_comments() -> None:
    """A line break in a comment would begin a setting."""
    text = configuration(names(("a",)), comments=("one\n[req]", "two"))
    assert text.splitlines()[:2] == ["# one\N{REPLACEMENT CHARACTER}[req]", "# two"]
    assert request.certreq_policy(names(("a",)), comments=("x",)).startswith("; x\n")


def test_paths_are_quoted() -> None:
    """Each path is one word of the shell, whatever it is called."""
    files = Files(
        configuration="it's.cnf", key="-k.key", key_exists=False, request="a b.csr", certificate="$x.pem"
    )
    words = [
        w
        for s in request.on_linux(names(("a",)), files)
        for c in s.split("\n")[1:]
        for w in shlex.split(c.strip("()"))
    ]
    assert {"it's.cnf", "./-k.key", "a b.csr", "$x.pem"} <= set(words)
    again = "\n".join(
        request.on_linux(
            names(("a",)),
            Files(configuration="c", key="k", key_exists=True, request="r", certificate="p"),
        )
    )
    assert "-key k" in again
    assert "-keyout" not in again


def test_the_file_is_written_and_the_commands_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --output the configuration is there, and standard output has the commands with its name."""
    monkeypatch.chdir(tmp_path)
    assert run(["trust", "csr", "--host", "sql01.corp.example", "--ip", "10.1.2.3", "-o", "my sql.cnf"]) == 0
    printed = capsys.readouterr().out
    assert "-config 'my sql.cnf'" in printed
    assert "One name only" not in printed
    text = (tmp_path / "my sql.cnf").read_text()
    assert text == configuration(names(("sql01.corp.example",), ("10.1.2.3",)))


def test_without_output_it_is_one_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands stand in it as comments, so that it can be piped into a file as it is."""
    monkeypatch.chdir(tmp_path)
    assert run(["trust", "csr", "--host", "sql01"]) == 0
    text = capsys.readouterr().out
    settings = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert settings == [line for line in configuration(names(("sql01",))).splitlines() if line]
    assert "#      (umask 077; openssl req -new -config sql01.cnf" in text
    assert "One name only" in text


def test_windows_gets_a_policy_for_certreq(capsys: pytest.CaptureFixture[str]) -> None:
    """A key for key exchange in the machine's store, and every name in the extension."""
    assert run(["trust", "csr", "--host", "sql01", "--ip", "10.1.2.3", "--server-os", "windows"]) == 0
    text = capsys.readouterr().out
    assert "KeySpec = 1\n" in text
    assert '_continue_ = "dns=sql01&"\n_continue_ = "ipaddress=10.1.2.3&"\n' in text
    assert ";      certreq -new sql01.inf sql01.csr\n" in text
    assert run(["trust", "csr", "--host", "sql01", "--key", "k", "--server-os", "windows"]) == 2


def test_markdown_holds_both(capsys: pytest.CaptureFixture[str]) -> None:
    """For a ticket: configuration and commands in one document."""
    assert run(["trust", "csr", "--host", "sql01", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "subjectAltName = @names" in text
    assert "1. Make the key and the request" in text
    assert run(["trust", "csr", "--host", "sql01", "--format", "json"]) == 2


def key_file(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    """Write a key and return its path."""
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    return str(path)


def test_a_key_that_is_there_is_used_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Never overwritten: used, with a word on what is wrong with it; a short one is refused."""
    elliptic = key_file(tmp_path / "ec.key", ec.generate_private_key(ec.SECP256R1()), b"secret")
    assert run(pick(tmp_path, "--host", "a", "--host", "b", "--key", elliptic)) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"-key {elliptic}" in printed
    assert "-newkey" not in printed
    assert "It is encrypted: openssl asks for its password" in printed
    plain = key_file(tmp_path / "plain.key", ec.generate_private_key(ec.SECP256R1()))
    assert run(pick(tmp_path, "--host", "a", "--key", plain)) == 0
    assert "SQL Server asks for RSA" in capsys.readouterr().out
    weak = key_file(tmp_path / "weak.key", rsa.generate_private_key(65537, 1024))  # noqa: S505 - too short on purpose
    assert run(pick(tmp_path, "--host", "a", "--key", weak)) == 2
    assert "1024 bits" in capsys.readouterr().err
    (tmp_path / "none.key").write_text("nothing")
    assert run(pick(tmp_path, "--host", "a", "--key", str(tmp_path / "none.key"))) == 3
