"""Many servers: lists, side by side, JSON Lines as they come, the table, resuming, interrupting."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from certdoctor.cli.app import application
from certdoctor.cli.app import run as certdoctor
from certdoctor.cli.fleet import done_already, run
from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering
from certdoctor.errors import UsageError
from certdoctor.formats.targets import target_lists
from certdoctor.gather.evidence import Request
from certdoctor.gather.server.transport import Wire
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from tests import pki
from tests.programs import clean_environment
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE
from tests.schemas import report_fits


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sql01\nsql02,14330\n\n# old ones\n  sql03:1433  \nsql01\n", ("sql01", "sql02,14330", "sql03:1433")),
        ("\ufeffsql01\r\nsql02\r\n", ("sql01", "sql02")),
        ("host,port\nsql01,1433\nsql02,\n", ("sql01,1433", "sql02")),
        ("Name;Owner;Port\nsql01;HR;1433\n\nsql02;IT;\n", ("sql01,1433", "sql02")),
        ("server\tinstance\nsql01\tSALES\nsql02\t\n", ("sql01\\SALES", "sql02")),
        ('id,"Host Name"\n1,sql01\n', ("sql01",)),
        ("Id,Server_Name,Port\n1,sql01,1433\n", ("sql01,1433",)),
        ("# list\ntarget\nServer=sql01;Encrypt=yes\n", ("Server=sql01;Encrypt=yes",)),
        ("Server=sql01,1433;Password=x\n", ("Server=sql01,1433;Password=x",)),
    ],
)
def test_lists(text: str, wanted: tuple[str, ...]) -> None:
    """One target a line, or CSV with a header; every target once."""
    assert tuple(target_lists.parse(text, "list")) == wanted


def test_lists_have_lines() -> None:
    """Counted with those that are passed over and with the header; of a name that stands twice the first."""
    assert target_lists.parse("# old\nsql01\n\nsql02\nsql01\n", "list") == {"sql01": 2, "sql02": 4}
    assert target_lists.parse("# x\nhost,port\nsql01,1433\n\nsql02,\n", "list") == {
        "sql01,1433": 3,
        "sql02": 5,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no target"),
        ("# only this\n", "holds no target"),
        ("sql01\na b\n", "line 2 is not a valid target"),
        ("host,port\nsql01,1433\nsql02,port\n", "line 3 is not a valid target"),
        ("Server=;Password=hunter2\n", "line 1 is not a valid target"),
    ],
)
def test_bad_lists_are_told_by_line_without_repeating_it(text: str, words: str) -> None:
    """A line may be a connection string with a password."""
    with pytest.raises(UsageError) as error:
        target_lists.parse(text, "servers.txt")
    assert words in str(error.value)
    assert "hunter2" not in repr(error.value) + str(error.value)


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    """There is no third way."""
    try:
        found = target_lists.parse(text, "list")
    except UsageError:
        return
    assert found


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Practice]]:
    """Serve a few scenarios."""
    with ExitStack() as stack:
        names = ("healthy", "missing-issuer", "expired", "not-tls-or-wrong-port", "healthy-strict")
        yield [stack.enter_context(Practice(find(name))) for name in names]


def invoke(*arguments: str, given: str | None = None) -> tuple[int, str]:
    """Run the command and return its exit code and output."""
    result = CliRunner().invoke(
        application(), ["probe", *arguments], input=given, env={"TERM": "dumb", "COLUMNS": "80"}
    )
    return result.exit_code, result.stdout


def test_the_table_has_a_line_for_each_and_the_sums(servers: list[Practice]) -> None:
    """In the order of the targets, in 80 columns."""
    code, text = invoke(*(server.target for server in servers))
    _, *lines = text.splitlines()
    assert code == 1
    for server, line in zip(servers, lines, strict=False):
        assert f"localhost:{server.port}" in line
    assert "expired" in lines[2]
    assert "not-tls-or-wrong-port" in lines[3]
    assert "SQL Server 2019" in lines[2]
    assert any(line.startswith("5 servers: ") for line in lines)
    assert max(map(len, lines)) <= 80
    assert "certdoctor probe localhost:" in lines[-1]


def test_verbose_shows_the_reports_before_the_table(servers: list[Practice]) -> None:
    """Nothing is lost to those who want it all."""
    _, text = invoke(servers[0].target, servers[2].target, "-v")
    assert text.index("Certificates") < text.index("2 servers: ")


def test_json_lines_each_fit_the_schema(servers: list[Practice]) -> None:
    """A report a line, every target once, in the order in which they were done."""
    code, text = invoke(*(server.target for server in servers), "--format", "jsonl")
    assert code == 1
    reports = [json.loads(line) for line in text.splitlines()]
    for report in reports:
        report_fits(report)
    assert {r["subject"] for r in reports} == {f"localhost:{server.port}" for server in servers}


def test_json_is_one_document_in_the_order_of_the_targets(servers: list[Practice]) -> None:
    """Whatever finished first."""
    _, text = invoke(*(server.target for server in servers), "--format", "json", "--concurrency", "2")
    subjects = [report["subject"] for report in json.loads(text)["reports"]]
    assert subjects == [f"localhost:{server.port}" for server in servers]


def test_lists_come_from_files_and_standard_input(servers: list[Practice], tmp_path: Path) -> None:
    """A file, CSV, "-" as option and as argument."""
    plain = tmp_path / "servers.txt"
    plain.write_text(f"# mine\n{servers[0].target}\n{servers[2].target}\n")
    table = tmp_path / "servers.csv"
    table.write_text(f"host,port\nlocalhost,{servers[0].port}\nlocalhost,{servers[1].port}\n")
    assert "2 servers" in invoke("--from", str(plain))[1]
    assert "2 servers" in invoke("--from", str(table))[1]
    assert "4 servers" in invoke("--from", str(plain), "--from", str(table))[1]
    assert "2 servers" in invoke("--from", "-", given=plain.read_text())[1]
    assert "2 servers" in invoke("-", given=plain.read_text())[1]


def test_no_target_and_no_list() -> None:
    """Wrong usage, with the next step."""
    for arguments in ([], ["--from", "no-such.txt"], ["sql01", "a b"]):
        error = CliRunner().invoke(application(), ["probe", *arguments]).exception
        assert isinstance(error, UsageError)
        assert error.hint or "no-such.txt" in error.message


def test_a_run_is_resumed(servers: list[Practice], tmp_path: Path) -> None:
    """What an earlier run has written is left out; a last line that was cut short is done again."""
    first = tmp_path / "first.jsonl"
    invoke(servers[0].target, servers[1].target, "--format", "jsonl", "--output", str(first))
    written = first.read_text()
    assert len(written.splitlines()) == 2
    first.write_text(written + '{"subject": "localhost:')
    assert len(done_already(str(first))) == 2
    targets = [server.target for server in servers[:3]]
    _, text = invoke(*targets, "--resume", str(first), "--format", "jsonl")
    assert [json.loads(line)["subject"] for line in text.splitlines()] == [f"localhost:{servers[2].port}"]
    code, text = invoke(*targets[:2], "--resume", str(first), "--format", "jsonl")
    assert (code, text) == (0, "")


def test_a_dead_host_costs_its_own_time_only(
    servers: list[Practice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six that never answer and one that does: the six are waited for together, and the live one is first."""
    counting = threading.Lock()
    waiting = most = 0
    receive = Wire.receive

    def counted(wire: Wire, limit: int = 1 << 14) -> bytes:
        nonlocal waiting, most
        with counting:
            waiting += 1
            most = max(most, waiting)
        try:
            return receive(wire, limit)
        finally:
            with counting:
                waiting -= 1

    monkeypatch.setattr(Wire, "receive", counted)
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.socket()) for _ in range(6)]
        for one in silent:
            one.bind(("127.0.0.1", 0))
            one.listen()
        dead = [f"127.0.0.1:{one.getsockname()[1]}" for one in silent]
        _, text = invoke(*dead, servers[0].target, "--timeout", "2", "--format", "jsonl")
    assert most >= 6
    reports = [json.loads(line) for line in text.splitlines()]
    assert reports[0]["subject"] == f"localhost:{servers[0].port}"
    assert [r["cause"] for r in reports[1:]] == ["timeout"] * 6


EMPTY = Evidence(subject="", observed_at=pki.NOW)


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ((HEALTHY, HEALTHY), 0),
        ((HEALTHY, BROKEN), 1),
        ((BROKEN, HEALTHY), 1),
        ((INCONCLUSIVE, HEALTHY), 0),
        ((INCONCLUSIVE, INCONCLUSIVE), 3),
    ],
)
def test_the_exit_code_does_not_depend_on_the_order(
    reports: tuple[Report, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that blocks decides, whenever it came."""
    asked = [Request(target=str(number)) for number in range(len(reports))]
    found = run(
        asked,
        lambda one: replace(EMPTY, subject=str(one.target)),
        lambda evidence: reports[int(evidence.subject)],
        Answering(format=Format.JSONL),
        concurrency=2,
    )
    assert found == code
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_ctrl_c_keeps_what_is_known(servers: list[Practice]) -> None:
    """The process ends at once, with the lines it has and the shell's code for an interrupt."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        # Tests that a shell runs in the background inherit that Ctrl-C is ignored; a terminal's program does not.
        main = "from certdoctor.__main__ import main; main()"
        heeding = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {main}"
        command = [sys.executable, "-c", heeding, "probe", servers[0].target]
        command += [f"127.0.0.1:{silent.getsockname()[1]}", "--format", "jsonl", "--timeout", "60"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=40)  # the silent server alone would hold it for a minute
    assert json.loads(first)["subject"] == f"localhost:{servers[0].port}"
    assert process.returncode == 130
    assert b"1 of 2 servers" in said
    assert b"Traceback" not in said


def test_the_evidence_of_a_fleet_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of every server, in their order, whatever the format; judged again it says the same."""
    for form in ("text", "jsonl"):
        evidence = tmp_path / f"{form}.certdoctor.json"
        arguments = ["probe", "127.0.0.1:9", "127.0.0.1:19", "--format", form, "--save", str(evidence)]
        code = certdoctor(arguments)
        capsys.readouterr()
        assert certdoctor(["diagnose", str(evidence), "--format", "json"]) == code
        document = json.loads(capsys.readouterr().out)
        assert [r["subject"] for r in document["reports"]] == ["127.0.0.1:9", "127.0.0.1:19"]
        assert {r["cause"] for r in document["reports"]} == {"connection-refused"}


def test_resuming_into_the_same_file_loses_nothing(servers: list[Practice], tmp_path: Path) -> None:
    """What is there stays, a line that was cut short is passed over, and the rest is added behind it."""
    lines = tmp_path / "run.jsonl"
    invoke(servers[0].target, "127.0.0.1:9", "--format", "jsonl", "--output", str(lines))
    before = lines.read_text()
    lines.write_text(before + '{"subject": "localhost:')
    targets = [servers[0].target, "127.0.0.1:9", servers[2].target]
    code, _ = invoke(*targets, "--resume", str(lines), "--format", "jsonl", "--output", str(lines))
    assert code in {0, 1}
    after = lines.read_text()
    assert after.startswith(before)
    assert done_already(str(lines)) == {f"localhost:{servers[n].port}" for n in (0, 2)} | {"127.0.0.1:9"}
