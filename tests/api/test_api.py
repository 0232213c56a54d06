"""The library: what it answers, what it raises, and what it leaves alone."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import certdoctor
from certdoctor import Answer, Chain, Session, UsageError, Verdict, api
from certdoctor.cli.app import run
from certdoctor.gather import stores
from certdoctor.gather.stores import machine as machines
from certdoctor.lab.scenarios import SCENARIOS, find
from certdoctor.lab.server import Practice
from tests import pki
from tests.api import examples

TEN = (
    "healthy",
    "missing-issuer",
    "incomplete-chain",
    "expired",
    "name-mismatch",
    "self-signed-leaf",
    "not-tls-or-wrong-port",
    "healthy-strict",
    "weak-key",
    "wrong-chain-order",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a folder with the files of the examples."""
    examples.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_ten_servers_become_a_table() -> None:
    """A program as somebody would write it in a notebook: ten servers side by side, a line each."""
    wanted = [find(name) for name in TEN if name in {s.name for s in SCENARIOS}]
    wanted += [s for s in SCENARIOS if s not in wanted][: 10 - len(wanted)]
    with ExitStack() as stack:
        servers = [stack.enter_context(Practice(scenario)) for scenario in wanted]
        rows = []
        with Session() as session, ThreadPoolExecutor(10) as pool:
            look = partial(session.diagnose, timeout=10)
            for server, report in zip(servers, pool.map(look, [s.target for s in servers]), strict=True):
                first = report.findings[0] if report.findings else None
                fix = first.remedies[0].summary if first and first.remedies else ""
                rows.append((server.scenario.name, str(report.verdict), report.cause or "-", fix))
    table = "\n".join(f"{name:28}{verdict:14}{cause:28}{fix}" for name, verdict, cause, fix in rows)
    sys.stdout.write(table)
    assert len(rows) == 10
    causes = {name: cause for name, _, cause, _ in rows}
    assert causes["expired"] == "expired"
    assert causes["missing-issuer"] == "missing-issuer"
    assert causes["incomplete-chain"] == "incomplete-chain"
    assert all(fix for name, verdict, _, fix in rows if verdict == "broken")


def test_the_command_line_says_the_same(folder: Path) -> None:
    """It is the first user of the library."""
    arguments = ["--host", "sql01.example", "--ca", "root.pem", "--at", "2026-06-01", "--format", "json"]
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert run(["verify", "chain.pem", *arguments]) == 0
    report = certdoctor.diagnose(
        chain=folder / "chain.pem",
        host="sql01.example",
        ca=folder / "root.pem",
        at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    made = certdoctor.to_json(report, command="verify").replace(f"{folder}/", "")
    assert made == printed.getvalue()


def test_a_chain_that_was_probed_is_verified() -> None:
    """Without a file."""
    with Practice(find("incomplete-chain")) as server:
        seen = certdoctor.probe(server.target)
        assert isinstance(seen.chain, Chain)
        [verdict] = certdoctor.verify(seen.chain, host=server.host, ca=server.ca_path, clients="node")
    assert verdict.verdict is Answer.REJECTS
    assert verdict.cause == "incomplete-chain"


def test_a_survey_is_asked_for_by_its_name() -> None:
    """Or by the constant."""
    with Practice(find("healthy")) as server:
        seen = certdoctor.probe(server.target, survey="versions")
    assert not isinstance(seen.accepts, certdoctor.Absent)
    assert seen.accepts is not None


@pytest.mark.usefixtures("folder")
def test_stores_are_read_once_for_many_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not at all where no chain lacks a certificate."""
    asked: list[object] = []

    def read(machine: object) -> stores.Stores:
        asked.append(machine)
        return stores.Stores(stores=(), influences=())

    monkeypatch.setattr(stores, "read", read)
    monkeypatch.setattr(machines, "current", object)
    with Session(at="2026-06-01", search="corp-cas") as session:
        assert session.diagnose(chain="chain.pem", host="sql01.example", ca="root.pem").cause is None
        assert not asked
        for _ in range(3):
            report = session.diagnose(chain="chain.pem", host="sql01.example")
            assert not isinstance(report.evidence.lookup, certdoctor.Absent)
            assert [c.certificate.common_name for c in report.evidence.lookup.candidates] == ["Test Root"]
    assert len(asked) == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (certdoctor.diagnose, "nothing to diagnose"),
        (lambda: certdoctor.diagnose("sql01", protocol="ftp"), "ftp is no protocol"),
        (lambda: certdoctor.diagnose("sql01", timeout=0), "over 0 seconds"),
        (lambda: certdoctor.probe("sql01", survey="all"), "all is no survey"),
        (lambda: certdoctor.verify("chain.pem", clients="netscape"), "netscape"),
        (lambda: certdoctor.inspect("leaf.pem", at="tomorrow"), "not a valid date or time"),
        (lambda: Session(search="nowhere"), "`search`"),
        (
            lambda: (
                certdoctor.save(certdoctor.inspect("leaf.pem"), "leaf.pem.json")
                and certdoctor.save((), "leaf.pem.json")
            ),
            "`force`",
        ),
    ],
)
def test_wrong_usage_is_told_without_a_word_of_the_command_line(call: object, words: str) -> None:
    """Arguments are named as Python knows them."""
    assert callable(call)
    with pytest.raises(UsageError) as error:
        call()
    assert words in str(error.value)
    assert "--" not in str(error.value)


@pytest.mark.usefixtures("folder")
def test_what_files_hold_never_raises() -> None:
    """It is told in the report."""
    Path("noise").write_bytes(bytes(range(256)))
    assert certdoctor.inspect("noise").verdict is not Verdict.HEALTHY
    assert certdoctor.inspect("not-there").evidence.files[0].unreadable
    assert certdoctor.inspect("corp-cas").evidence.files[0].unreadable
    assert certdoctor.verify("noise", host="sql01.example") == ()


def test_a_log_that_is_not_there_cannot_be_looked_at() -> None:
    """That is no fact about a log."""
    with pytest.raises(certdoctor.CannotLook):
        certdoctor.read_log("not-there.log")


@pytest.mark.usefixtures("folder")
def test_a_folder_holds_several_logs() -> None:
    """Which one call does not return."""
    Path("logs").mkdir()
    for name in ("a.log", "b.log"):
        Path("logs", name).write_text(examples.LOG, encoding="utf-8")
    with pytest.raises(UsageError, match="2 logs"):
        certdoctor.read_log("logs")
    assert [log.events[0].cause for log in Session().read_logs("logs")] == ["missing-issuer"] * 2


@pytest.mark.usefixtures("folder")
def test_reports_are_pickled() -> None:
    """As programs do that hand them to another process."""
    report = certdoctor.diagnose(chain="chain.pem", host="sql01.example", at="2026-06-01")
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 - our own


def test_every_name_that_is_exported_is_there() -> None:
    """And nothing else is asked for in vain."""
    for name in certdoctor.__all__:
        assert getattr(certdoctor, name) is not None
        assert name in dir(certdoctor)
    assert certdoctor.diagnose is api.diagnose
    with pytest.raises(AttributeError, match="no attribute 'Diagnosis'"):
        _ = certdoctor.Diagnosis  # type: ignore[attr-defined]


def test_an_import_loads_little_and_changes_nothing() -> None:
    """No filter of warnings, no OpenSSL."""
    code = (
        "import sys, warnings; before = list(warnings.filters); import certdoctor; "
        "assert not [m for m in sys.modules if m.startswith('certdoctor.')]; certdoctor.diagnose; "
        "assert warnings.filters == before; assert 'OpenSSL' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.usefixtures("folder")
def test_the_filters_of_the_caller_are_as_before() -> None:
    """Also when calls overlap."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        before = list(warnings.filters)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(certdoctor.inspect, ["leaf.pem", "chain.pem", "root.pem"] * 20))
        assert warnings.filters == before


def test_a_program_s_own_warnings_are_its_own(folder: Path) -> None:
    """While a call runs, too: only what certdoctor calls is quiet."""
    del folder
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        certdoctor.inspect("leaf.pem")
        warnings.warn("mine", stacklevel=1)
    assert [str(one.message) for one in seen] == ["mine"]


def test_pki_makes_what_the_examples_need() -> None:
    """A root of which the leaf's issuer is a child."""
    assert pki.intermediate().certificate.issuer == pki.root().certificate.subject
