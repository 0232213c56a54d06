"""The expiry watch: soonest first, whole chains, files and folders, exit codes, and the line of time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.diagnosis import watch
from certdoctor.gather import watched
from certdoctor.gather.evidence import Request
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.ids import System
from certdoctor.model.report import Report, Verdict
from certdoctor.render.commands.expiry import render
from certdoctor.render.report.console import Console
from tests import pki
from tests.render.test_hostile_text import NASTY, unsafe
from tests.reports import EVIDENCE, LEAF, NOW

AT = "2026-06-01T12:00:00Z"


def certificate(name: str, days: int, begun: int = 400) -> bytes:
    """Return a certificate as PEM that ends so many days from ``NOW``."""
    own = pki.key(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name(name))
        .issuer_name(pki.name(name))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=begun))
        .not_valid_after(NOW + timedelta(days=days, hours=1))
    )
    return builder.sign(own, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with certificates, in a folder below it too, and with things that are none."""
    (tmp_path / "later.pem").write_bytes(certificate("later", 500))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "soon.crt").write_bytes(certificate("soon", 20) + certificate("ca", 4000))
    (tmp_path / "notes.txt").write_text("nothing here", encoding="utf-8")
    (tmp_path / "private.key").write_bytes(pki.key_pem(pki.key("x"), b"secret"))
    (tmp_path / "link.pem").symlink_to(tmp_path / "later.pem")
    return tmp_path


def flowing(text: str) -> str:
    """Return text without its line ends."""
    return " ".join(text.split())


def expiry(*arguments: str) -> int:
    """Run the command as of ``NOW``."""
    return run(["expiry", *arguments, "--at", AT])


def test_the_soonest_comes_first_and_every_file_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Certificates by their end, each with its file; a link to the same file adds nothing."""
    assert expiry(str(folder)) == 1
    output = capsys.readouterr().out
    lines = [line for line in output.splitlines() if re.match("[✗!✓x+] 2", line)]
    assert [line.split()[3] for line in lines] == ["soon", "later", "ca"]
    assert [line.split()[2] for line in lines] == ["20", "500", "4,000"]
    assert "! 3 certificates in 2 places: 1 with less than 30 days left." in output
    assert f"Next  certdoctor inspect {folder}/below/soon.crt" in output
    assert max(map(len, output.splitlines())) <= 80 or len(str(folder)) > 40


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--days", "20"], 0),
        (["--days", "21"], 1),
        (["--days", "21", "--fail-on", "blocks"], 0),
        (["--days", "0"], 0),
        (["--days", "501", "--format", "nagios"], 1),
        (["--days", "10", "--format", "nagios"], 0),
    ],
)
def test_days_and_fail_on_decide(folder: Path, arguments: list[str], code: int) -> None:
    """What has fewer days left than --days fails, unless only what is over shall."""
    assert expiry(str(folder), *arguments) == code


def test_what_is_over_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also with --fail-on blocks; a certificate that is still to begin does as well."""
    over, early = tmp_path / "over.pem", tmp_path / "early.pem"
    over.write_bytes(certificate("over", -3))
    early.write_bytes(certificate("early", 400, begun=-10))
    assert expiry(str(over), "--fail-on", "blocks") == 1
    assert "1 certificate in 1 place: 1 expired." in capsys.readouterr().out
    assert expiry(str(early), "--format", "nagios") == 2
    assert "not-yet-valid (CD502)" in capsys.readouterr().out
    assert expiry(str(early)) == 1
    assert "begins on 2026-06-11" in capsys.readouterr().out


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Practice, Practice]]:
    """Serve a healthy and an expired certificate."""
    with Practice(find("healthy")) as healthy, Practice(find("expired")) as expired:
        yield healthy, expired


def test_servers_show_their_whole_chain(
    servers: tuple[Practice, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The root from the CA file too; one expired; other faults of a server are not judged here."""
    healthy, expired = servers
    listed = tmp_path / "servers.txt"
    listed.write_text(f"{healthy.target}\n{expired.target}\n", encoding="utf-8")
    arguments = ["expiry", "--from", str(listed), "--ca", str(healthy.ca_path), "--format", "json"]
    assert run([*arguments, "--fail-on", "blocks"]) == 1
    reports = json.loads(capsys.readouterr().out)["reports"]
    assert [r["subject"] for r in reports] == [expired.target, healthy.target]
    assert [r["cause"] for r in reports] == ["expired", None]
    chain = [e["certificate"]["common_name"] for e in reports[1]["evidence"]["chain"]]
    assert chain == ["localhost", "Practice Issuing CA", "Practice Root CA"]
    assert {f["slug"] for r in reports for f in r["findings"]} == {"expired"}
    assert all(f["remedies"] for r in reports for f in r["findings"])


def test_a_server_that_shows_none_is_told_with_the_reason(
    servers: tuple[Practice, Practice], capsys: pytest.CaptureFixture[str]
) -> None:
    """It counts as broken: a watch that is blind must not be quiet."""
    assert run(["expiry", servers[0].target, "127.0.0.1:1", "--timeout", "2"]) == 1
    output = capsys.readouterr().out
    assert "✗ 127.0.0.1:1: connection-refused: " in output
    assert "1 place not looked into" in output


def test_a_locked_container_in_a_folder_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told, and opens with the password; a folder with nothing else is not examined."""
    (tmp_path / "client.pfx").write_bytes(pki.pfx(pki.leaf()))
    assert expiry(str(tmp_path)) == 3
    assert "it opens with a password only" in flowing(capsys.readouterr().out)
    secret = tmp_path / "pw.txt"
    secret.write_bytes(pki.PASSWORD)
    assert expiry(str(tmp_path), "--password-file", str(secret)) == 0
    assert "leaf.example" in capsys.readouterr().out


def test_a_folder_that_is_too_large_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was not looked at is said."""
    monkeypatch.setattr(watched, "MAX_FILES", 2)
    expiry(str(folder))
    assert f"? {folder}: only 2 files of it were looked into" in flowing(capsys.readouterr().out)


def test_an_evidence_file_stands_for_what_is_in_it(
    servers: tuple[Practice, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Saved by the watch, and watched again as of another day, to see whether it lasts until then."""
    kept = str(tmp_path / "kept.certdoctor.json")
    ca = str(servers[0].ca_path)
    assert run(["expiry", servers[0].target, "--ca", ca, "--save", kept]) == 0
    assert run(["expiry", kept]) == 0
    assert "3 certificates in 1 place; all have 30 days or more." in capsys.readouterr().out
    assert run(["expiry", kept, "--at", "2060-01-01", "--fail-on", "blocks"]) == 1
    assert f"Next  certdoctor probe {servers[0].target}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "There is nothing to watch."),
        (["no-such.pem"], 3, "There is no file no-such.pem here."),
        (["no-such.certdoctor.json"], 3, "There is no file no-such.certdoctor.json here."),
        (["EMPTY"], 3, "There is no certificate in "),
        (["a b"], 2, "is not a server name that certdoctor understands"),
    ],
)
def test_wrong_calls(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence each."""
    assert run(["expiry", *(a.replace("EMPTY", str(tmp_path)) for a in arguments)]) == code
    assert words in capsys.readouterr().err


def report(*days: int, name: str = "sql01") -> Report:
    """Return a watch over certificates that end so many days from now."""
    leaf, *rest = (
        replace(
            LEAF,
            common_name=name,
            sha256=f"{number:064x}",
            not_before=NOW - timedelta(days=5000),
            not_after=NOW + timedelta(days=left, hours=1),
        )
        for number, left in enumerate(days)
    )
    evidence = replace(EVIDENCE, chain=Chain(leaf, tuple(rest)), probe=NOT_ASKED, trust=NOT_ASKED, logs=())
    return watch(evidence, os_name=System.DEBIAN)


def test_every_certificate_of_a_bundle_counts(tmp_path: Path) -> None:
    """Also those that have issued nothing else in it."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificate("one", 500) + certificate("two", -5))
    assert expiry(str(bundle), "--fail-on", "blocks") == 1


def test_a_certificate_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows when it ends, whatever the others of its file say."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificate("one", 500) + certificate("two", 500)[:300])
    assert expiry(str(bundle), "--fail-on", "blocks") == 1
    assert "malformed-certificate" in capsys.readouterr().out


def test_watch_judges_dates_and_nothing_else() -> None:
    """No client is asked, and no rule besides the three about dates."""
    found = report(-1, 10, 500)
    assert found.verdict is Verdict.BROKEN
    assert {f.rule.slug for f in found.findings} == {"expired"} | {"expires-soon"}
    assert found.clients == ()
    assert {r.code for r in found.passed} == {"CD502"}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(-4000, 9000), min_size=1, max_size=6),
    st.integers(60, 100),
    st.booleans(),
    st.booleans(),
)
def test_every_line_fits(days: list[int], width: int, unicode: bool, colour: bool) -> None:  # noqa: FBT001
    """At every width, with and without colour, in ASCII where the terminal is."""
    made = render([report(*days)], Console(width=width, unicode=unicode, colour=colour))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", made)
    assert max(map(len, plain.splitlines())) <= width
    assert unicode or plain.isascii()
    assert colour or plain == made
    lines = [line for line in plain.splitlines() if re.match(r"[✗!✓x+] \d{4}-", line)]
    assert len(lines) == len(days)
    if width >= 70:
        assert all(re.search("[━▶│┿=>|+]", line[2:]) for line in lines)


@settings(max_examples=40, deadline=None)
@given(NASTY)
def test_hostile_names_stay_on_their_line(text: str) -> None:
    """A name adds no line and moves no cursor."""
    made = render([report(5, 500, name=text)], Console(width=80))
    assert not unsafe(made)
    assert made.count("\n") == render([report(5, 500)], Console(width=80)).count("\n")


def test_the_line_of_time_is_as_it_was_read() -> None:
    """Ends before, at and after now, and beyond the window."""
    reports = [report(-200, 10, 300, 2000)]
    assert render(reports, Console(width=80)).splitlines()[:5] == [
        "  ends          days  certificate                     2026   2027    2028   2029",
        "✗ 2025-11-13    -199  sql01                       ━━━━   │",
        "! 2026-06-11      10  sql01                       ━━━━━━━┿",
        "✓ 2027-03-28     300  sql01                       ━━━━━━━┿━━━━━━",
        "✓ 2031-11-22   2,000  sql01                       ━━━━━━━┿━━━━━━━━━━━━━━━━━━━━━▶",
    ]


def test_spread_tells_files_folders_and_servers_apart(folder: Path) -> None:
    """By what is there, else by the look of the name."""
    names = (str(folder), str(folder / "later.pem"), "sql01.corp.example", "gone.pem")
    kinds = [
        (one.request.files, one.request.target)
        for one in watched.spread(names, Request())
        if isinstance(one, watched.Watched) and not one.in_folder
    ]
    assert kinds == [((names[1],), None), ((), names[2]), ((names[3],), None)]
