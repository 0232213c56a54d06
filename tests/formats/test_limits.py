"""Sizes, rounds and time: what a hostile or a mistaken file cannot make certdoctor spend."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from certdoctor import explain
from certdoctor.cli import fleet
from certdoctor.cli.app import run
from certdoctor.cli.commands import log
from certdoctor.errors import FormatError
from certdoctor.formats import evidence_file
from certdoctor.formats.archives import members, unpack
from certdoctor.formats.certificates import revocation, x509
from certdoctor.formats.encodings import pem
from certdoctor.formats.files import examine
from certdoctor.formats.keys import private_keys
from certdoctor.formats.targets import connection_strings, target, target_lists
from certdoctor.formats.text import limits
from certdoctor.formats.text.limits import Limits, parse_size
from certdoctor.formats.wire import mongodb, mysql, postgres, ssrp, tds, tls
from certdoctor.gather import secrets, watched
from certdoctor.gather.files import budget, reading
from certdoctor.gather.logs import reading as log_reading
from certdoctor.gather.logs import sources
from certdoctor.gather.search import issuers, search
from certdoctor.gather.server import probe, transport
from certdoctor.gather.things import sorting
from certdoctor.logs import stream, tally, unknown
from certdoctor.model import plan
from certdoctor.model.files import Lock, Role
from certdoctor.preflight import plan_file
from tests import pki


@pytest.mark.parametrize(
    ("text", "size"),
    [("64M", 64 << 20), (" 1 GiB", 1 << 30), ("1000", 1000), ("16kb", 16 << 10), ("3m", 3 << 20)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    """Letters stand for powers of 1,024."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5M", "M", "10T", "0x10", "9" * 30])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Zero too."""
    with pytest.raises(FormatError):
        parse_size(text)


def test_the_size_of_a_file_is_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence that names the option."""
    path = tmp_path / "many.pem"
    path.write_bytes(pki.root().pem * 2)
    assert run(["inspect", str(path), "--max-size", "600"]) == 3
    assert "raise --max-size" in capsys.readouterr().err
    assert run(["inspect", str(path), "--max-size", "1M"]) == 0
    capsys.readouterr()
    assert run(["inspect", str(path), "--max-size", "much"]) == 2
    assert "much is not a valid size" in capsys.readouterr().err


@pytest.mark.parametrize("pfx", [False, True])
def test_the_rounds_of_a_try_are_bounded(
    pfx: bool,  # noqa: FBT001 - a parameter
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a key and of a PKCS#12, both with 2,048 rounds and more."""
    path = tmp_path / "secret"
    path.write_bytes(pki.pfx(pki.leaf()) if pfx else pki.key_pem(pki.key("k"), pki.PASSWORD))
    (tmp_path / "pw").write_bytes(pki.PASSWORD)
    arguments = ["password", str(path), "--password-file", str(tmp_path / "pw")]
    assert run(arguments) == 0
    capsys.readouterr()
    assert run([*arguments, "--max-iterations", "1000", "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["cause"] == "unsupported-key-encryption"
    assert "certdoctor stops at 1,000 (--max-iterations)" in report["findings"][0]["detail"]


def test_rounds_are_raised_for_all_keys_of_a_file() -> None:
    """What one try may cost, and what all may."""
    data = pki.key_pem(pki.key("k"), pki.PASSWORD) * 3
    few = examine(data, path="x", role=Role.ANY, password=b"wrong", limits=Limits(rounds=2048))
    assert few.keys[0].lock is Lock.WRONG_PASSWORD
    assert "took all the time" in str(few.keys[2].reason)


def test_what_takes_too_long_is_left_out_and_said() -> None:
    """From the line on which the time was up."""
    answers = iter([False, True])
    limits = Limits(late=lambda: next(answers))
    facts = examine(pki.root().pem + pki.leaf().pem, path="x", role=Role.ANY, limits=limits)
    assert len(facts.certificates) == 1
    assert [(o.slug, o.line) for o in facts.oddities] == [
        ("too-long-to-read", pki.root().pem.count(b"\n") + 1)
    ]


def _mib(size: int) -> str:
    return f"{size >> 20:,} MiB"


def _kib(size: int) -> str:
    return f"{size >> 10:,} KiB"


STATED = {
    "one file": f"{_mib(limits.MAX_SIZE)} (",
    "one certificate": _mib(x509.MAX_CERTIFICATE),
    "PEM blocks of a file": f"{pem.MAX_BLOCKS:,}",
    "rounds of key derivation for one try of a password": f"{limits.MAX_ROUNDS:,}",
    "password": f"{private_keys.MAX_PASSWORD:,} bytes; the file that holds it {_kib(secrets.MAX_SIZE)}",
    "reading one file": f"{reading.SECONDS:g} seconds, longer",
    "files read in a run of folders": f"{budget.MAX_FILES:,}, and {budget.SECONDS:g} seconds",
    "search for a missing certificate": f"{search.MAX_FILES:,} files and {search.SECONDS:g} seconds",
    "watched folder": f"{watched.MAX_FILES:,} files, {watched.SECONDS:g} seconds",
    "archive": f"{_mib(unpack.MAX_PACKED)} packed, {_mib(members.MAX_UNPACKED)} unpacked, {members.MAX_MEMBERS:,} members, "
    f"{unpack.MAX_DEPTH} deep; over {_mib(members.FREE)} unpacked at most {members.MAX_RATIO} times its size",
    "archive of logs given to `log`": f"{sources.MAX_FILES} logs, {sources.MAX_UNPACKED >> 30} GiB",
    "revocation lists of a file": f"{revocation.MAX_LISTS}",
    "a log, and what was given without saying what it is": f"{log_reading.SECONDS:g} and {sorting.SECONDS:g} seconds",
    "text of one log that is read in full": f"{_mib(stream.BUDGET)};",
    "events of a log": f"{tally.MAX_EVENTS}, and {unknown.MOST} texts",
    "text given to `explain`": f"{explain.MAX_TEXT:,} characters",
    "servers of one log that `log --probe` connects to": f"{log.MAX_PROBED}",
    "target, connection string": f"{target.MAX_LENGTH:,} and {connection_strings.MAX_LENGTH:,} characters",
    "list of targets": f"{target_lists.MAX_TARGETS:,} targets, {_mib(fleet.MAX_LIST)}",
    "preflight file": f"{_kib(plan_file.MAX_SIZE)}, {plan.MAX_CONNECTIONS:,} connections",
    "evidence file": f"{_mib(evidence_file.MAX_SIZE)}, {evidence_file.MAX_VALUES:,} values, {evidence_file.MAX_DEPTH} deep",
    "waiting for a server": f"{inspect.signature(probe.probe).parameters['seconds'].default:g} seconds",
    "fetching issuers (`--fetch-aia`)": f"{issuers.SECONDS:g} seconds an address, {issuers.MAX_FETCHES} addresses a run, "
    f"{issuers.MAX_REDIRECTS} redirections",
    "what one connection may receive": _mib(transport.MAX_RECEIVED),
    "answers of a server": f"TLS hello {_kib(tls.MAX_HELLO)}, TDS packet {tds.MAX_PACKET:,} bytes, SQL Server Browser "
    f"{_kib(ssrp.MAX_REPLY)}, MongoDB {_mib(mongodb.MAX_REPLY)}, MySQL greeting {_kib(mysql.MAX_GREETING)}, "
    f"PostgreSQL error {_kib(postgres.MAX_ERROR)}",
}
"""The limits as docs/security.md states them, from the constants that set them."""
UNNAMED = {"line of a log around a failure"}
"""Rows whose numbers are no constants of their own."""


def test_the_limits_are_those_that_the_documentation_states() -> None:
    """Every row of the table; none is missing on either side."""
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    table = page.split("## Limits")[1].split("##")[0]
    rows = dict(row.strip("| ").split(" | ")[:2] for row in table.splitlines() if row.startswith("| "))
    del rows["what"], rows["---"]
    assert rows.keys() == STATED.keys() | UNNAMED
    assert not {what: rows[what] for what, limit in STATED.items() if not rows[what].startswith(limit)}
