"""The command line as a user meets it: help, exit codes, bad input, every format."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from certdoctor import __version__
from certdoctor.cli import app
from certdoctor.cli.app import COMMANDS, TRUST, application, run
from certdoctor.cli.options import with_flags
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests import pki
from tests.schemas import fits

HACKOLADE = """Test connection
{"message": "Failed to connect to localhost:1433 - unable to get local issuer certificate",
"stack": "ConnectionError: Failed to connect to localhost:1433 - unable to get local issuer certificate"}
"""


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve the missing-issuer scenario for this module."""
    with Practice(find("missing-issuer")) as server:
        yield server


@pytest.mark.parametrize(
    "command", [*(c for c in COMMANDS if c != "trust"), "trust steps", "trust list", "trust find"]
)
def test_help_begins_with_examples_and_ends_with_the_exit_codes(command: str) -> None:
    """The first words are something to type; the last tell what a script can rely on."""
    result = CliRunner().invoke(
        application(), [*command.split(), "--help"], env={"COLUMNS": "100", "TERM": "dumb"}
    )
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    examples = [line for line in lines if f"certdoctor {command}" in line and "Usage" not in line]
    assert len(examples) >= 2
    assert lines.index(examples[0]) == 1
    assert "3 nothing could be examined" in " ".join(lines[-2:])


@pytest.mark.parametrize(
    "command", ["", *COMMANDS, *(f"trust {name}" for name in TRUST), *(f"help {name}" for name in COMMANDS)]
)
def test_every_help_fits_a_screen(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Forty lines and a few, none of them longer than a terminal is wide; what is folded is named."""
    monkeypatch.setenv("COLUMNS", "80")
    arguments = command.split() if command.startswith("help ") else [*command.split(), "--help"]
    assert run(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 44
    assert [line for line in lines if len(line) > 80] == []
    if "--help-output" in "".join(lines):
        folded = " ".join(lines).partition("--help-output: ")[2].partition(" Exit codes")[0]
        assert run([*command.removeprefix("help ").split(), "--help-output"]) == 0
        told = capsys.readouterr().out
        assert all(f"{name} " in told or f"{name}\n" in told for name in folded.replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["inspect", "no-such.pem"], 3, "There is no file no-such.pem here."),
        (["password", "docs"], 3, "There is no certificate and no key in docs"),
        (["log", "no-such.log"], 3, "There is no file no-such.log here."),
        (["diagnose", "--log", "no-such.log"], 3, "There is no file no-such.log here."),
        (["diagnose"], 2, "There is nothing to diagnose."),
        (["diagnose", "--lab", "expird"], 2, "Did you mean expired?"),
        (["diagnose", "sql01", "--lab", "expired"], 2, "not both"),
        (["lab", "expird"], 2, "Did you mean expired?"),
        (["probe", "a b"], 2, "is not a server name that certdoctor understands"),
        (["probe", "sql01:99999"], 2, "99999 is not a valid port."),
        (["probe", "ftp://x"], 2, "ftp:// is no kind of server"),
        (["probe", "Password=hunter2secret;User=x"], 2, "names no server"),
        (["verify", "sql01", "--at", "yesterday"], 2, "yesterday is not a valid date or time."),
        (["probe", "localhost:1", "--client", "nod"], 2, 'There is no client "nod".'),
        (["match", "--cert", "x.pem"], 2, "match needs both files."),
        (["inspect"], 2, "Missing argument 'FILE...'. See  certdoctor help inspect"),
        (["probe", "--jsn", "x"], 2, "See  certdoctor help probe"),
        (["trust", "stps"], 2, "Did you mean 'steps'? See  certdoctor help trust"),
        (["expiry", "--days", "90d", "x"], 2, "'90d' is not a whole number."),
        (["trust", "list", "--lang", "en", "--server-os", "linux"], 2, "Leave --server-os out."),
        (["diagnose", "x", "--for-customer", "dbever"], 2, "dbever is no application"),
        (["verify", "sql01", "--at", "+90"], 2, "from now +12h, +90d"),
        (["trust", "csr", "--host", "a", "-o", "a.html"], 2, "--output another ending"),
        (["explain"], 2, "There is nothing to explain."),
        (["explain", "gibberish"], 2, "is not known here"),
        (["explain", "misssing-issuer"], 2, "Did you mean missing-issuer?"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence on stderr, the right exit code, nothing on stdout, no traceback."""
    assert run(arguments) == code
    output = capsys.readouterr()
    assert words in output.err
    assert output.out == ""
    assert "Traceback" not in output.err
    assert "hunter2secret" not in output.err
    assert len(output.err.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"\x00" * 100_000, b"\x7fELF" + bytes(range(256)) * 40])
def test_a_file_that_is_no_certificate_is_a_finding(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Empty, zeros, a program: named as such, exit code 1."""
    file = tmp_path / "file.pem"
    file.write_bytes(content)
    assert run(["inspect", str(file)]) == 1
    assert "CD108" in capsys.readouterr().out


def test_a_large_file_is_refused_by_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """50 MB of zeros are not read."""
    file = tmp_path / "zeros.pem"
    with file.open("wb") as stream:
        stream.truncate(50_000_000)
    assert run(["inspect", str(file)]) == 3
    assert "50,000,000 bytes" in capsys.readouterr().err


def test_a_closed_port_is_told_with_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    """The connection is what was asked about, so a refusal is an answer: exit code 1."""
    assert run(["probe", "127.0.0.1:1", "--timeout", "2"]) == 1
    output = capsys.readouterr().out
    assert "(connection-refused, CD902)" in output
    assert "certdoctor probe 127.0.0.1:1" in output


def json_runs(practice: Practice, folder: Path) -> Iterator[list[str]]:
    """Yield a run of every command that reports."""
    root, leaf = pki.root(), pki.root()
    certificate, key = folder / "c.pem", folder / "k.pem"
    certificate.write_bytes(root.pem)
    key.write_bytes(leaf.key_pem)
    log = folder / "HackoladeRE.log"
    log.write_text(HACKOLADE, encoding="utf-8")
    yield ["probe", practice.target]
    yield ["verify", practice.target, "--ca", str(practice.ca_path)]
    yield ["verify", str(practice.ca_path), "--host", "localhost"]
    yield ["diagnose", practice.target, "--log", str(log), "--ca", str(certificate), "--key", str(key)]
    yield ["inspect", str(certificate), str(key)]
    yield ["match", "--cert", str(certificate), "--key", str(key)]
    yield ["password", str(key)]
    yield ["repair", str(certificate), "--out", str(folder / "corrected"), "--force"]
    yield ["log", str(log)]
    yield ["inspect", str(folder / "missing.pem")]
    yield ["probe", "127.0.0.1:1"]


def test_every_command_s_json_fits_the_schema(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One document on stdout and nothing else; the same reports as JSON Lines."""
    for arguments in json_runs(practice, tmp_path):
        assert run([*arguments, "--format", "json"]) in {0, 1, 3}
        document = json.loads(capsys.readouterr().out)
        fits(document)
        assert document["command"] == arguments[0]
        for report in document["reports"]:
            slugs = {f["slug"] for f in report["findings"]}
            assert report["cause"] is None or report["cause"] in slugs
            blocking = [f for f in report["findings"] if f["severity"] == "blocks"]
            assert (report["verdict"] == "broken") == bool(blocking)
            assert all(f["remedies"] for f in blocking)
        run([*arguments, "--format", "jsonl"])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["cause"] for line in lines] == [r["cause"] for r in document["reports"]]
        run([*arguments, "--format", "markdown"])
        assert capsys.readouterr().out.startswith("# ")


def test_the_main_job(practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Log and handshake agree on the missing root; with the root given, the connection is healthy."""
    log = tmp_path / "HackoladeRE.log"
    log.write_text(HACKOLADE, encoding="utf-8")
    assert run(["diagnose", practice.target, "--log", str(log)]) == 1
    output = " ".join(capsys.readouterr().out.split())
    assert "(missing-issuer, CD301)" in output
    assert "Practice Root CA" in output
    assert "says missing-issuer, and what was looked at shows missing-issuer as well" in output
    assert run(["diagnose", practice.target, "--log", str(log), "--ca", str(practice.ca_path)]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "HEALTHY" in output
    assert "that is put right" in output


def test_a_log_that_the_server_does_not_bear_out_is_contradicted(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report names what was found instead, and what was found stays the cause."""
    log = tmp_path / "old.log"
    log.write_text("Failed to connect to localhost:1433 - certificate has expired", encoding="utf-8")
    assert run(["diagnose", practice.target, "--log", str(log), "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["cause"] == "missing-issuer"
    (agreement,) = report["agreements"]
    assert (agreement["claim"], agreement["outcome"]) == ("expired", "contradicted")
    assert "missing-issuer" in agreement["detail"]


def test_a_claim_that_nobody_looked_into_is_a_finding_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log alone: its words are the evidence, and nothing is said to be confirmed."""
    log = tmp_path / "alone.log"
    log.write_text("Failed to connect to localhost:1433 - certificate has expired", encoding="utf-8")
    assert run(["diagnose", "--log", str(log), "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["cause"] == "expired"
    assert report["agreements"][0]["outcome"] == "not-checked"


def test_probe_follows_the_endpoint_in_the_log(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--probe needs no target when the log names the server."""
    log = tmp_path / "HackoladeRE.log"
    log.write_text(HACKOLADE.replace("localhost:1433", practice.target), encoding="utf-8")
    assert run(["diagnose", "--log", str(log), "--probe", "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["subject"] == practice.target
    assert report["agreements"][0]["outcome"] == "confirmed"


def test_fail_on_risks_turns_a_risk_into_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """weak-key only risks."""
    with Practice(find("weak-key")) as server:
        arguments = ["probe", server.target, "--ca", str(server.ca_path)]
        assert run(arguments) == 0
        assert run([*arguments, "--fail-on", "risks"]) == 1
        assert run([*arguments, "--client", "odbc-linux"]) == 1
        assert run([*arguments, "--client", "node"]) == 0
    capsys.readouterr()


def test_output_goes_to_a_file_whole(practice: Practice, tmp_path: Path) -> None:
    """--output writes the same text, without colour."""
    file = tmp_path / "report.txt"
    assert run(["probe", practice.target, "--output", str(file)]) == 1
    text = file.read_text("utf-8")
    assert "(missing-issuer, CD301)" in text
    assert "\x1b" not in text


def test_a_named_command_is_built_alone_and_help_builds_all() -> None:
    """The one is faster, the other has to be whole."""
    assert len(application(["inspect", "x"]).registered_commands) == 1
    everything = application([])
    names = {c.name or "" for c in everything.registered_commands}
    names |= {g.name for g in everything.registered_groups if isinstance(g.name, str)}
    assert len(everything.registered_commands) + len(everything.registered_groups) == len(COMMANDS)
    assert "trust" in names


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """The list is shown without loading the commands; nothing else would keep the two alike."""
    for package, commands in (("commands", COMMANDS), ("trust", TRUST)):
        for name, summary in commands.items():
            if name == "trust":
                continue
            module = import_module(f"certdoctor.cli.{package}.{name}")
            found = vars(module).get(name) or vars(module)[f"{name}_"]
            assert found.summary == summary


@pytest.mark.parametrize("folder", ["commands", "trust"])
def test_every_module_of_a_command_is_in_the_list(folder: str) -> None:
    """A command that is not listed could not be called."""
    listed = {"commands": COMMANDS, "trust": TRUST}[folder]
    held = {path.stem for path in (Path(app.__file__).parent / folder).glob("*.py")} - {"__init__"}
    assert held == set(listed) - {"trust"}


@pytest.mark.parametrize("arguments", [["--help"], ["inspct"], ["trust", "--help"], ["trust", "fnd"], []])
def test_stand_ins_look_like_the_commands(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where commands are only listed, nobody sees the difference."""
    code = run(arguments)
    shown = capsys.readouterr()
    monkeypatch.setattr(app, "_application", lambda _: application())
    assert run(arguments) == code
    assert capsys.readouterr() == shown


def test_arguments_of_errors_are_told_as_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rooms below name arguments; who typed options reads of options."""
    assert run(["verify", str(tmp_path), "--search", str(tmp_path / "none")]) == 2
    assert "Give --search the name of a folder." in capsys.readouterr().err
    assert (
        with_flags("`redact all`, `with_key` and `Path`, but not `a`b`")
        == "--redact all, --with-key and `Path`, but not --ab`"
    )


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["help"], "Usage: certdoctor [OPTIONS] COMMAND"),
        (["help", "probe"], "Usage: certdoctor probe "),
        (["help", "trust", "find"], "Usage: certdoctor trust find "),
        (["trust", "help"], "Usage: certdoctor trust "),
        (["version"], f"certdoctor {__version__}\n"),
        (["lab", "--list", "--json"], "["),
    ],
)
def test_words_that_everybody_tries_work(
    arguments: list[str], start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a look into the manual."""
    assert run(arguments) == 0
    assert capsys.readouterr().out.startswith(start)


def test_help_is_written_in_the_characters_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows consoles and old locales have no ellipsis."""
    for encoding in ("latin-1", "ascii", "cp437"):
        bytes_ = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_, encoding=encoding))
        assert run(["probe", "--help"]) == 0
        sys.stdout.flush()
        assert b"(node, jdbc, ..)" in bytes_.getvalue()


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--version"], {"cryptography", "OpenSSL", "ssl", "pydantic", "rich", "json"}),
        (["--help"], {"cryptography", "OpenSSL", "ssl", "pydantic", "certdoctor.api"}),
        (["lab", "--list"], {"cryptography", "OpenSSL", "ssl", "pydantic"}),
        (["log", "CERTIFICATE"], {"cryptography", "OpenSSL", "ssl", "pydantic", "hyperscan"}),
        (
            ["inspect", "CERTIFICATE"],
            {
                "OpenSSL",
                "pydantic",
                "rich",
                "certdoctor.formats.keys.private_keys",
                "certdoctor.logs.reading",
                "certdoctor.cli.commands.probe",
            },
        ),
    ],
)
def test_start_up_loads_no_more_than_it_needs(
    arguments: list[str], forbidden: set[str], tmp_path: Path
) -> None:
    """What a command imports is what its user waits for."""
    certificate = tmp_path / "c.pem"
    certificate.write_bytes(pki.root().pem)
    arguments = [str(certificate) if a == "CERTIFICATE" else a for a in arguments]
    code = (
        "import sys; from certdoctor.cli.app import run; code = run(sys.argv[1:]); "
        "print('loaded', *sorted({m if 'certdoctor' in m else m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & forbidden


def test_empty_standard_input_is_called_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no step looks again at what has no name."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert run(["inspect", "-"]) == 1
    text = capsys.readouterr().out
    assert "Standard input is empty." in text
    assert "inspect FILE" in text
    assert "./-" not in text


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("unable to verify first certificate", '"unable to verify the first certificate"'),
        ("self-signd", "self-signed-leaf"),
    ],
)
def test_explain_finds_what_was_nearly_typed(
    text: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts are likened to texts, names to names."""
    assert run(["explain", text]) == 2
    assert f"Did you mean {near}?" in capsys.readouterr().err


def test_a_file_without_a_key_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A password was asked about; a certificate has none."""
    (tmp_path / "ca.pem").write_bytes(pki.root().pem)
    assert run(["password", str(tmp_path / "ca.pem")]) == 1
    assert "holds a certificate and no private key" in " ".join(capsys.readouterr().out.split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("arguments", [["explain", "schema"], ["explain", "CD301"]])
def test_output_that_cannot_be_written_is_told(arguments: list[str]) -> None:
    """A full disk is no fault of certdoctor, and no success."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "certdoctor", *arguments],
            env=buffered,  # what waits is tried once more at the end of the process
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr == "The output could not be written: No space left on device.\n"


def test_a_reader_that_leaves_is_told_nothing() -> None:
    """As with ``| head``, also where the output waits for the end of the process."""
    with subprocess.Popen(
        [sys.executable, "-m", "certdoctor", "explain", "CD301"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "name", ["HackoladeRE.log", "customer.zip", "root.p7b", "deploy.toml", "sub/chain.der"]
)
@pytest.mark.parametrize(
    "command",
    [
        ["diagnose"], ["inspect"], ["log"], ["match"], ["password"], ["verify"], ["probe"], ["expiry"], ["preflight"],
        ["repair", "--out", "o"], ["trust", "steps"], ["trust", "find"], ["trust", "server"], ["diff", "localhost:1"], [],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_missing_file_is_called_that_and_never_a_host(
    command: list[str],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In every command that takes files or servers: one sentence, exit code 3, nobody connected to."""
    monkeypatch.chdir(tmp_path)
    assert run([*command, name]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "There is no " in told.err
    assert name in told.err


def test_an_archive_stands_for_the_one_file_that_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where several could be, the sentence names them."""
    monkeypatch.chdir(tmp_path)
    one, other = pki.root(), pki.issue("Other Root", ca=True)
    Path("key.pem").write_bytes(one.key_pem)
    for name, held in (("one.zip", [one]), ("two.zip", [one, other])):
        with zipfile.ZipFile(name, "w") as archive:
            for number, ca in enumerate(held):
                archive.writestr(f"ca{number}.pem", ca.pem)
    Path("ca.pem").write_bytes(one.pem)
    assert run(["diff", "ca.pem", "one.zip"]) == 0
    assert run(["match", "--cert", "one.zip", "--key", "key.pem"]) == 0
    assert run(["trust", "steps", "one.zip", "--for", "hackolade"]) == 0
    assert run(["trust", "server", "one.zip"]) == 1
    capsys.readouterr()
    for command in (
        ["diff", "ca.pem"],
        ["match", "--key", "key.pem", "--cert"],
        ["trust", "steps"],
        ["trust", "server"],
    ):
        assert run([*command, "two.zip"]) == 2
        assert "two.zip/ca0.pem, two.zip/ca1.pem" in capsys.readouterr().err
    assert run(["preflight", "one.zip"]) == 2
    assert "Unpack it" in capsys.readouterr().err
