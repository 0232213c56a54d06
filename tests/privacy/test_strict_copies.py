"""``log --redacted-copy --strict``: nothing passes that is not known, and the copy still says what failed."""

from __future__ import annotations

import json
import random
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.logs import reading
from certdoctor.privacy import log_copies, strict
from certdoctor.privacy.log_copies import LogRedactor
from certdoctor.privacy.names import Names
from certdoctor.privacy.strict import Strict
from tests.formats.secret_shapes import SHAPES
from tests.formats.secret_shapes_by_program import SHAPES as BY_PROGRAM

FIXTURES = Path(__file__).parents[2] / "fixtures"
QUIET = "2026-11-24 09:00:00 INFO quiet"
FAILURE = "2026-11-24 09:00:02 Error: certificate has expired"
FAMILIES = [*SHAPES.items(), *BY_PROGRAM.items()]


def copied(text: str, size: int = 1 << 20) -> str:
    """Return the strict copy of a log that is fed in blocks of this size."""
    redactor = LogRedactor(Counter(), Names(), Strict())
    data = text.encode()
    parts = [redactor.feed(data[at : at + size]) for at in range(0, len(data), size)]
    return "".join((*parts, redactor.end()))


def secrets(seed: str) -> Iterator[str]:
    """Yield secrets of every kind: mixed, words of no language, figures, with marks, hexadecimal, in parts."""
    drawn = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def word(syllables: int) -> str:
        return "".join(drawn.choice("bcdfghjklmnpqrstvwxz") + drawn.choice("aeiou") for _ in range(syllables))

    yield "Zq9" + "".join(drawn.choices("abcdefghkmnpqrstuvwxyzABCDEFGH0123456789", k=9))
    yield word(5)
    yield word(3).capitalize() + str(drawn.randrange(10_000, 99_999))
    yield "".join(drawn.choices("123456789", k=10))
    yield word(3).upper() + "-" + word(4)
    yield word(3) + "".join(drawn.choices("!@#$%^&*~+?", k=3)) + word(3)
    yield "".join(drawn.choices("0123456789abcdef", k=32))
    yield word(3) + "_" + word(3) + "." + word(3)


KINDS = 8


def encoded(secret: str) -> Iterator[str]:
    """Yield the forms in which programs write bytes and letters."""
    data = secret.encode()
    yield secret[::-1]
    yield b64encode(data).decode()
    yield b64encode(b"user:" + data).decode()
    yield data.hex()
    yield data.hex().upper()
    yield secret.encode("utf-16-le").hex()
    yield "".join(f"%{octet:02x}" for octet in data)
    yield "".join(f"\\u{octet:04x}" for octet in data)
    yield "".join(f"\\x{octet:02x}" for octet in data)
    yield "".join(f"&#{octet};" for octet in data)
    yield " ".join(f"{octet:02x}" for octet in data)
    yield " ".join(secret)
    yield ", ".join(map(str, data))
    yield "".join(chr(ord(letter) + 0xFEE0) for letter in secret)
    yield "\u200b".join(secret)


def pieces(secret: str) -> set[str]:
    """Return every five characters in a row."""
    return {secret[at : at + 5].lower() for at in range(len(secret) - 4)}


@pytest.mark.parametrize("kind", range(KINDS))
@pytest.mark.parametrize(("family", "shapes"), FAMILIES)
def test_no_piece_of_a_planted_secret_survives(family: str, shapes: tuple[str, ...], kind: int) -> None:
    """In every shape, alone and behind a failure; what of it stays is in the shape itself. Every line stays."""
    planted = {
        shape: (secret, shape.replace("§", secret))
        for number, shape in enumerate(shapes)
        for secret in [list(secrets(f"{family} {number}"))[kind]]
    }
    log = "".join(f"{QUIET}\n{text}\n{QUIET}\n{FAILURE} {text}\n" for _, text in planted.values())
    copy = copied(log)
    known = (QUIET + FAILURE + "".join(shapes)).lower()
    lowered = copy.lower()
    left = [
        shape
        for shape, (secret, _) in planted.items()
        if any(piece in lowered and piece not in known for piece in pieces(secret))
    ]
    assert not left
    assert copy.count("\n") == log.count("\n")


@pytest.mark.parametrize("seed", range(3))
def test_no_encoded_secret_survives(seed: int) -> None:
    """Reversed, in base64, hexadecimal, decimal, percent signs, escapes, entities, letters apart, in full width."""
    for secret in secrets(str(seed)):
        for form in encoded(secret):
            for log in (f"value {form} seen", f"x={form}", f"<a>{form}</a>", f"{FAILURE} {form}"):
                copy = copied(log).lower()
                left = {piece for piece in pieces(form) if piece in copy and piece.strip(" ,")}
                assert not {piece for piece in left if piece not in FAILURE.lower()}, log


def logs() -> Iterator[tuple[str, bytes]]:
    """Yield the sample logs of this repository."""
    for path in sorted((FIXTURES / "logs").iterdir()):
        yield path.name, path.read_bytes()
    for name in ("known.jsonl", "harmless.jsonl"):
        for number, line in enumerate((FIXTURES / "excerpts" / name).read_text("utf-8").splitlines(), 1):
            yield f"{name}:{number}", json.loads(line)["excerpt"].encode()


def causes(log: bytes) -> set[str]:
    """Return what a log says."""
    return {event.cause for event in reading.parse(log, path="x.log").events}


@pytest.mark.slow
def test_the_copy_has_the_causes_of_the_log() -> None:
    """Of every sample log."""
    differ = [
        name for name, log in logs() if causes(log) != causes(copied(log.decode("utf-8", "replace")).encode())
    ]
    assert differ == []


def test_a_word_has_one_pseudonym_and_ports_stay() -> None:
    """In the whole copy, in whatever block; hosts, users, numbers and identifiers have kinds of their own."""
    log = (
        "Failed to connect to qsql7.qumbra.example:50123 - quumble\n"
        "Login failed for user 'qjane'.\n" + "quumble 5012345 3f2504e0-4f89-11d3-9a0c-0305e82c3301\n" * 40_000
    )
    copy = copied(log, 100_000)
    assert "Failed to connect to host-1.domain-1.example:50123 - word-1\n" in copy
    assert "Login failed for user 'user-1'." in copy
    assert copy.count("word-1 number-1 id-1\n") == 40_000


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of small pieces hides what that of one piece hides."""
    log = "".join(f"{QUIET} quxor{number} plover\n" for number in range(300))
    whole = copied(log)
    monkeypatch.setattr(log_copies, "PIECE", 700)
    assert copied(log, 300) == whole


def test_pseudonyms_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the last one, words are masked: memory does not grow with the log."""
    monkeypatch.setattr(strict, "MOST", 3)
    assert copied("quxa quxb quxc quxd quxa\n") == "word-1 word-2 word-3 *** word-1\n"


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24T09:00:00.123456Z ERROR [server] certificate has expired",
        "java.security.cert.CertPathValidatorException: Algorithm constraints check failed on keysize",
        "    at TLSSocket.onConnectSecure (node:_tls_wrap:1677:34)",
        "javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target",
        "Error: unable to get local issuer certificate code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'",
        "[08001] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x274D (10061)",
        "x509: certificate has expired or is not yet valid: current time 2026-11-24T09:00:00Z is after 2026-01-01T00:00:00Z",
        "negotiated TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        "Msg 18456, Level 14, State 1",
        "error:0A000086:SSL routines::certificate verify failed",
        "Application version: 8.4.2 on port 50123",
    ],
)
def test_known_messages_stay(line: str) -> None:
    """Words, frames, times, versions and numbers of the messages that certdoctor knows."""
    assert copied(line) == line


def test_strict_is_about_the_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone it is refused; with the copy, title lines are strict too, and the summary says what it did."""
    folder = tmp_path / "quumble"
    folder.mkdir()
    log, out = folder / "plover.log", tmp_path / "out.log"
    log.write_text(f"{FAILURE}\nxyzzyx plugh\n")
    assert run(["log", str(log), "--strict"]) == 2
    assert "--redacted-copy" in capsys.readouterr().err
    assert run(["log", str(log), str(log), "--redacted-copy", str(out), "--strict"]) == 1
    text = out.read_text()
    assert "Error: certificate has expired" in text
    assert not any(word in text for word in ("quumble", "plover", "xyzzyx", "plugh"))
    assert "words that are not known to be harmless" in capsys.readouterr().err


@pytest.mark.parametrize(
    "unit",
    [
        "a ",
        "!",
        "a!",
        "\\",
        "%41",
        "&#65;",
        "1 ",
        "12:",
        ".",
        "-",
        "host-1.",
        "\u8bc1",
        "A",
        "a.",
        "x=",
        "1.1.",
    ],
)
def test_time_grows_with_the_length(unit: str) -> None:
    """Four times the text takes about four times as long, not sixteen times."""
    small, large = (unit * (size // len(unit)) + "y" for size in (20_000, 80_000))
    assert _seconds(lambda: Strict().hide(large)) < 9 * _seconds(lambda: Strict().hide(small)) + 0.05


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(2):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)
