"""Secrets planted in logs, in every shape that is known: none reaches a copy or a report."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.formats.text.redact import mask_again, redact
from certdoctor.formats.text.redaction.keys import private_der
from certdoctor.logs import reading
from certdoctor.privacy.log_copies import LogRedactor
from tests import pki
from tests.formats.secret_shapes import SHAPES
from tests.formats.secret_shapes_by_program import SHAPES as BY_PROGRAM

FAILURE = "2026-11-24 09:00:02 Error: certificate has expired"
PLACES = (f"{FAILURE} §", f"§ {FAILURE[20:]}", f"{FAILURE}\n§\n{FAILURE}")
"""Where a secret may stand beside a failure."""
_MARKED = re.compile(r"[a-z]+(?:,[a-z]+)* ~ ")
SURVIVORS = {"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.§"}
"""Shapes of programs in which a secret that a program made up is known to survive."""
TOUCHED = {
    "    Session-ID: 4F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0",
    "Usage: sqlcmd -S server -U user -P password -Q query",
    'MountVolume.SetUp failed for volume "tls-secret1" : secret "sql01-tls" not found',
}
"""Lines without a secret that are not left alone."""
QUIET = "2026-11-24 09:00:00 INFO quiet"


def secrets(seed: str) -> list[str]:
    """Return three random secrets, the same for the same seed."""
    drawn = random.Random(seed)  # noqa: S311 - repeatable, not secret
    alphabet = "abcdefghkmnpqrstuvwxyzABCDEFGH0123456789"
    return [
        head + "".join(drawn.choices(alphabet, k=size))
        for head, size in (("Zq9", 8), ("kR7", 12), ("x4W", 17))
    ]


def copied(text: str) -> str:
    """Return what a redacted copy holds of a log."""
    cleaner = LogRedactor(Counter())
    return cleaner.feed(text.encode()) + cleaner.end()


@pytest.mark.parametrize("family", SHAPES)
def test_no_copy_holds_a_planted_secret(family: str) -> None:
    """Alone and between other lines; every line stays."""
    for shape in SHAPES[family]:
        for secret in secrets(shape):
            planted = shape.replace("§", secret)
            for log in (planted, f"{QUIET}\n{planted}\n{QUIET}\n"):
                copy = copied(log)
                assert secret not in copy, shape
                assert copy.count("\n") == log.count("\n"), shape


@pytest.mark.parametrize("family", SHAPES)
def test_no_report_holds_a_planted_secret(family: str) -> None:
    """Before, behind and below the words of a failure that the report shows."""
    for shape in SHAPES[family]:
        for secret, place in zip(secrets(shape), PLACES, strict=True):
            log = place.replace("§", shape.replace("§", secret))
            assert secret not in repr(reading.parse(log.encode(), path="x.log")), shape


KINDS = {
    "common": "Winter2026!",
    "hex": "9f86d081884c7d659a2feaa0c55ad015",
    "words": "purple-monkey-dishwasher",
}
"""What people choose, and what has the form of something else; each is told by its place alone."""


def more_shapes() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the shapes of the text file, with the kinds of secrets that are known to survive there."""
    for line in (Path(__file__).parent / "secret_shapes.txt").read_text(encoding="utf-8").splitlines():
        known, apart, shape = line.rpartition(" ~ ") if _MARKED.match(line) else ("", "", line)
        if "§" in line and not line.startswith("# "):
            yield shape.replace("\u23ce", "\n"), frozenset(known.split(",")) if apart else frozenset()


def test_what_survives_is_known() -> None:
    """In shapes that were written before they were tried: no other secret survives, and none that is listed is masked."""
    wrong = {}
    for shape, known in more_shapes():
        planted = {"mixed": secrets(shape)[1], **KINDS}
        survived = {kind for kind, secret in planted.items() if secret in copied(shape.replace("§", secret))}
        if survived != known:
            wrong[shape] = sorted(survived)
    assert not wrong


def test_what_survives_in_shapes_of_programs_is_known() -> None:
    """As above, with what a program made up."""
    shapes = [shape for family in BY_PROGRAM.values() for shape in family]
    survived = {
        shape for shape in shapes if secrets(shape)[1] in copied(shape.replace("§", secrets(shape)[1]))
    }
    assert survived == SURVIVORS


def test_no_json_holds_a_planted_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What ``certdoctor log --format json`` prints of failures with a secret on their lines."""
    planted = [
        shape.replace("§", secrets(shape)[1])
        for shapes in SHAPES.values()
        for shape in shapes
        if "\n" not in shape
    ]
    log = tmp_path / "x.log"
    log.write_text(
        "".join(f"{FAILURE} number {number} {line}\n" for number, line in enumerate(planted)),
        encoding="utf-8",
    )
    assert run(["log", str(log), "--format", "json"]) == 1
    printed = json.dumps(json.loads(capsys.readouterr().out), ensure_ascii=False)
    assert not [shape for shapes in SHAPES.values() for shape in shapes if secrets(shape)[1] in printed]


@pytest.mark.parametrize(
    "line",
    [
        "Enter pass phrase for client.key:",
        "Login failed for user 'sa'. Reason: Password did not match that for the login provided. [CLIENT: 10.0.0.7]",
        "java.io.IOException: keystore password was incorrect",
        "The password is required, but no password was given",
        "wrong password",
        "Access denied for user 'app'@'10.0.0.7' (using password: YES)",
        "SyntaxError: Unexpected token < in JSON at position 0",
        "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "Error: bad decrypt error:1C800064:Provider routines::bad decrypt",
        'password authentication failed for user "app"',
        "the token has expired",
        "secretary: Bob; bypass=1; compass: north; passed: 3 of 4",
        "INFO Authentifizierung per Passwort ist eingeschaltet",
        "\tat com.corp.app.token.TokenStore.open(TokenStore.java:392) ~[app.jar:?]",
        "    at TLSSocket.onConnectSecure (node:_tls_wrap:1677:34)",
        "thumbprint 0F1E2D3C4B5A69788796A5B4C3D2E1F001234567 serial 4F:1E:22:10",
        "request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 took 30ms on sql01.corp.example:1433",
        "negotiated TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        "Failed to negotiate Application-Layer Protocol tds/8.0. Server returned: null.",
        'integrity: "sha512-AbCdEf0123456789AbCdEf0123456789AbCdEf0123456789=="',
        '{"causes": ["wrong-password"], "excerpt": "java.lang.IllegalStateException: a b"}',
        "https://docs.example/a%20b?x=1&y=2 see also mail@corp.example",
        "Server=sql01;Encrypt=true;TrustServerCertificate=false",
        "passwordExpired: false, password_min_length=8",
    ],
)
def test_harmless_lines_stay(line: str) -> None:
    """Words about passwords, frames, prints and numbers are no secrets."""
    assert redact(line) == (line, 0)


def test_lines_of_logs_stay() -> None:
    """Real-looking lines without a secret, in which something looks like one: those that are touched are known."""
    lines = (Path(__file__).parent / "harmless_lines.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in lines if redact(line) != (line, 0)} == TOUCHED


def test_certificates_are_no_keys() -> None:
    """What is public stays readable, with its armour and without."""
    certificate = pki.leaf().pem.decode()
    bare = "".join(certificate.split("\n")[1:-2])
    assert redact(certificate) == (certificate, 0)
    assert redact(bare) == (bare, 0)
    assert not private_der(b"\x30\x82\x03\x00\x30\x82\x02\x00\xa0\x03\x02\x01\x02")


@pytest.mark.parametrize(
    "unit",
    [
        " ", "'", '"', ",", ")", "\r", "eyJaaaa-", "-----END PRIVATE KEY-----\n", "\\", "secret ", "password -> ", "password\n",
        "%70", "\u200b", "\x1b[0m", "+", "MIIEvQIB", "net user ", "<a ", "x-", "- p ", "password(", "&amp;",
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", ["", "password: x"])
def test_time_grows_with_the_length(unit: str, head: str) -> None:
    """Four times the text takes about four times as long, not sixteen times."""
    small, large = (head + unit * (size // len(unit)) + "y" for size in (8_000, 32_000))
    # A busy machine slows down one measurement, not three.
    assert any(_seconds(large) < 9 * _seconds(small) + 0.02 for _ in range(3))


def test_time_of_a_copy_grows_with_the_length() -> None:
    """Also where a wrapped line cuts a long secret."""

    def seconds(size: int) -> float:
        log = (
            "the connection string was Server=sql01;User Id=app;Password=" + "a" * size + "\nbcd;Database=x\n"
        )
        return min(_time(lambda: copied(log)) for _ in range(2))

    assert seconds(80_000) < 9 * seconds(20_000) + 0.05


def _seconds(text: str) -> float:
    return _time(lambda: mask_again(text))


def _time(work: object) -> float:
    assert callable(work)
    started = time.process_time()
    work()
    return time.process_time() - started
