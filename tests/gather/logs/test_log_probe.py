"""``log --probe``: the servers that a log names, looked at and held against it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.gather.evidence import about, endpoints
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.logs import reading


def closed_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def probed(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    """Return the reports of the command."""
    assert run(["log", str(path), "--probe", "--timeout", "5", "--format", "json", *options]) == 1
    reports = json.loads(capsys.readouterr().out)["reports"]
    assert isinstance(reports, list)
    return reports


def test_each_server_is_held_against_its_own_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is as the log says, and one that is gone: nothing is contradicted by what could not be seen."""
    path, gone = tmp_path / "x.log", closed_port()
    with Practice(find("expired")) as server:
        path.write_text(
            f"2026-11-24 09:00:00 Failed to connect to {server.target} - certificate has expired\n"
            f"2026-11-24 09:05:00 Failed to connect to 127.0.0.1:{gone} - self-signed certificate\n"
        )
        there, absent = probed(path, capsys)
    assert there["cause"] == "expired"
    assert [(a["claim"], a["outcome"]) for a in there["agreements"]] == [("expired", "confirmed")]  # type: ignore[attr-defined]  # JSON
    assert absent["cause"] == "connection-refused"
    assert [(a["claim"], a["outcome"]) for a in absent["agreements"]] == [("self-signed-leaf", "not-checked")]  # type: ignore[attr-defined]  # JSON


def test_a_log_without_a_server_is_read_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said that nothing was probed, and how to name the server."""
    path = tmp_path / "x.log"
    path.write_text("certificate has expired\n")
    assert run(["log", str(path), "--probe"]) == 1
    shown = capsys.readouterr()
    assert "names no server" in shown.err
    assert "expired" in shown.out


def test_nothing_is_probed_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a log opens no connection, whatever it names."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    path = tmp_path / "x.log"
    path.write_text("Failed to connect to sql01.corp.example:1433 - certificate has expired\n")
    assert run(["log", str(path)]) == 1


def test_endpoints_and_what_is_about_them() -> None:
    """Servers with failures come first to last, each once; settings count where no failure names one."""
    facts = reading.parse(
        b"2026-11-24 09:00:00 Failed to connect to a.example:1433 - certificate has expired\n"
        b"2026-11-24 09:10:00 Failed to connect to b.example:1433 - self-signed certificate\n"
        b"2026-11-24 09:20:00 Failed to connect to a.example:1433 - certificate has expired\n",
        path="x.log",
    )
    assert endpoints((facts,)) == ("a.example:1433", "b.example:1433")
    assert [e.cause for e in about("b.example:1433", (facts,))[0].events] == ["self-signed-leaf"]
    settings = reading.parse(
        b'connectionInfo {"host": "c.example", "port": "1444", "sslType": "SYSTEMCA"}', path="x"
    )
    assert endpoints((settings,)) == ("c.example,1444",)
    assert endpoints(()) == ()
