"""Things of any kind, sorted by their content and joined."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

import certdoctor
from certdoctor.errors import CannotLook, UsageError
from certdoctor.model.files import Role
from certdoctor.model.report import Report, Verdict
from certdoctor.session import Session
from tests import pki
from tests.formats.test_archives import mail, tarred, zipped

AT = "2026-06-01"
LOG = b"2026-06-01 09:00:00 Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\n"


def server() -> pki.Issued:
    """Return the certificate of the server that the log is about."""
    return pki.issue("sql01.corp.example", pki.intermediate(), names=("sql01.corp.example",))


def client() -> pki.Issued:
    """Return a client's certificate."""
    return pki.issue("loader", pki.root(), names=())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def write(files: dict[str, bytes]) -> None:
    """Write files into the folder of the test."""
    for name, data in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)


def diagnose(*things: str) -> Report:
    """Diagnose these things as of the instant of the tests."""
    return certdoctor.diagnose(*things, at=AT)


def roles(report: Report) -> dict[str, set[Role]]:
    """Return the roles that each file was given."""
    found: dict[str, set[Role]] = {}
    for file in report.evidence.files:
        found.setdefault(file.path.rpartition("/")[2], set()).add(file.role)
    return found


def case() -> dict[str, bytes]:
    """Return what a customer might send."""
    return {
        "app.log": LOG,
        "c/ca.cer": pki.root().pem,
        "c/one.crt": client().pem,
        "c/two.key": client().key_pem,
        "hello.txt": b"Please help.\n",
    }


_PACKINGS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "case.zip": zipped,
    "case.tar": tarred,
    "case.eml": mail,
    "twice.zip": lambda files: zipped({"deep.zip": zipped(files)}),
}


@pytest.mark.parametrize("name", [*_PACKINGS, "folder"])
def test_a_case_is_sorted_whatever_it_is_packed_in(name: str) -> None:
    """A case is sorted whatever it is packed in."""
    if name in _PACKINGS:
        write({name: _PACKINGS[name](case())})
    else:
        write({f"folder/{inside}": data for inside, data in case().items()})
    report = diagnose(name)
    assert report.cause == "missing-issuer"
    assert report.evidence.hosts == ("sql01.corp.example",)
    found = roles(report)
    assert found["ca.cer"] == {Role.CA}
    assert found["one.crt"] == {Role.CERTIFICATE}
    assert found["two.key"] == {Role.KEY}
    understood = {one.name.rpartition("/")[2]: one.understood for one in report.evidence.given}
    assert understood["two.key"].endswith("one.crt")
    assert understood["app.log"] == "log: 1 failure, sql01.corp.example:1433"
    assert understood["hello.txt"].startswith("text, nothing")


def test_files_given_one_by_one_make_one_case() -> None:
    """Files given one by one make one case."""
    write({"leaf.pem": server().pem, "i.pem": pki.intermediate().pem, "r.pem": pki.root().pem})
    report = diagnose("r.pem", "leaf.pem", "i.pem")
    assert report.verdict is Verdict.HEALTHY
    assert len(report.evidence.chain) == 2  # type: ignore[arg-type]  # the root is given, not sent


def test_a_key_of_another_certificate_is_found_out() -> None:
    """A key of another certificate is found out."""
    write({"c.zip": zipped({"x/client.crt": client().pem, "x/client.key": pki.key_pem(pki.key("other"))})})
    assert diagnose("c.zip").cause == "key-mismatch"


def test_a_secret_of_kubernetes_is_opened() -> None:
    """A secret of kubernetes is opened."""
    crt, key = (base64.b64encode(one).decode() for one in (client().pem, pki.key_pem(pki.key("other"))))
    write(
        {
            "s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: t\ndata:\n  tls.crt: {crt}\n  tls.key: {key}\n".encode()
        }
    )
    assert diagnose("s.yaml").cause == "key-mismatch"


def test_words_of_an_error_are_a_log() -> None:
    """Words of an error are a log."""
    report = diagnose(
        "self signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca"
    )
    assert report.cause == "self-signed-leaf"


def test_no_server_is_looked_at_that_only_a_file_names() -> None:
    """No server is looked at that only a file names."""
    write(
        {
            "conn.txt": b"Use jdbc:sqlserver://127.0.0.1:9;encrypt=true;password=hunter2 please\n",
            "app.log": LOG,
        }
    )
    report = diagnose("conn.txt", "app.log")
    assert isinstance(report.evidence.probe, certdoctor.Absent)
    assert "names the server 127.0.0.1:9" in report.evidence.given[0].understood
    assert "hunter2" not in repr(report)


def test_a_server_that_was_given_is_looked_at_with_the_rest() -> None:
    """A server that was given is looked at with the rest."""
    write({"app.log": LOG})
    report = certdoctor.diagnose("127.0.0.1:9", "app.log", at=AT, timeout=1)
    assert report.cause == "connection-refused"
    assert report.evidence.logs[0].path == "app.log"


def test_evidence_is_judged_again_with_what_is_given_besides() -> None:
    """Evidence is judged again with what is given besides."""
    write({"leaf.pem": server().pem, "i.pem": pki.intermediate().pem, "r.pem": pki.root().pem})
    with Session(at=AT) as session:
        certdoctor.save(session.diagnose("leaf.pem", "i.pem"), "kept")
    report = certdoctor.diagnose("kept.certdoctor.json", "r.pem", at=AT)
    assert report.verdict is Verdict.HEALTHY


def test_what_was_not_looked_into_is_not_called_healthy() -> None:
    """What was not looked into is not called healthy."""
    write({"c.zip": zipped({"in.rar": b"Rar!\x1a\x07\x00", "r.pem": pki.root().pem})})
    report = diagnose("c.zip")
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("not looked into" in one.understood for one in report.evidence.given)


def test_one_report_is_about_one_server() -> None:
    """One report is about one server."""
    with pytest.raises(UsageError, match="2 subjects"):
        certdoctor.diagnose("127.0.0.1:9", "127.0.0.1:11", timeout=1)


@pytest.mark.parametrize("things", [("nothing.zip",), ("note.txt", "other.log")])
def test_a_missing_file_stops_the_run(things: tuple[str, ...]) -> None:
    """A missing file stops the run."""
    write({"note.txt": b"hello"})
    with pytest.raises(CannotLook, match="There is no file"):
        diagnose(*things)


def test_a_folder_without_anything_is_told() -> None:
    """A folder without anything is told."""
    Path("empty").mkdir()
    with pytest.raises(CannotLook, match="no certificate, no key and no log"):
        diagnose("empty")


def test_a_file_in_an_archive_has_a_name_of_its_own() -> None:
    """A file in an archive has a name of its own."""
    write({"c.zip": zipped({"deep/r.pem": pki.root().pem}), "leaf.pem": server().pem})
    report = certdoctor.diagnose(chain="leaf.pem", ca="c.zip/deep/r.pem", host="sql01.corp.example", at=AT)
    assert [file.path for file in report.evidence.files if file.certificates] == [
        "leaf.pem",
        "c.zip/deep/r.pem",
    ]
    with pytest.raises(CannotLook, match="There is no file"):
        diagnose("c.zip/deep/x.pem")


def test_a_preflight_file_that_somebody_sent_is_not_used(tmp_path: Path) -> None:
    """Whoever sent a folder does not decide what is connected to; by its own name the file is a plan."""
    plan = tmp_path / "sent" / "deploy.toml"
    plan.parent.mkdir()
    plan.write_text('[[connection]]\nname = "x"\ntarget = "127.0.0.1:1"\n', encoding="utf-8")
    here = Session()
    assert here.sort(str(plan.parent)).plans == ()
    assert here.sort(str(plan)).plans == (str(plan),)
