"""What ``certdoctor diff`` says of two looks: each change by itself, the exit code, both formats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from certdoctor.cli.app import run
from certdoctor.compare import compare, difference
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.report import Answer, Report
from certdoctor.model.rule import Severity
from certdoctor.model.wire import Handshake, Offer, SurveyResult
from certdoctor.render.commands.diff import render_json, render_text
from certdoctor.render.report.console import Console
from tests import pki
from tests.reports import BROKEN, CHAIN, HEALTHY, INTERMEDIATE, LEAF, PROBE, certificate, finding
from tests.schemas import fits

HOST = "sql01.corp.example"


def issued(
    names: tuple[str, ...] = (HOST, "sqlprod"),
    *,
    key: str = "server",
    issuer: pki.Issued | None = None,
    days: int = 400,
    rsa: bool = False,
) -> bytes:
    """Return a certificate as PEM, good for some names."""
    above = issuer or pki.root()
    private = pki.rsa_key(key) if rsa else pki.key(key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name(names[0]))
        .issuer_name(above.certificate.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(pki.NOW - timedelta(days=100))
        .not_valid_after(pki.NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    )
    return pki.Issued(builder.sign(above.key, hashes.SHA256()), private).pem


class Folder:
    """Two certificate files and what ``diff`` makes of them."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Keep the root beside them."""
        self.path = path
        self.capsys = capsys
        (path / "root.pem").write_bytes(pki.root().pem)
        (path / "other-root.pem").write_bytes(pki.issue("Other Root", ca=True).pem)

    def diff(self, before: bytes, after: bytes, *more: str, ca: str = "root.pem") -> tuple[int, Any]:
        """Return the exit code and the one pair of the document."""
        (self.path / "old.pem").write_bytes(before)
        (self.path / "new.pem").write_bytes(after)
        arguments = ["diff", str(self.path / "old.pem"), str(self.path / "new.pem")]
        options = ["--ca", str(self.path / ca), "--host", HOST, "--at", "2026-06-01", "--format", "json"]
        code = run([*arguments, *options, *more])
        document = json.loads(self.capsys.readouterr().out)
        fits(document, "diff-schema.json")
        return code, document["pairs"][0]


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    """Return a folder for two certificates."""
    return Folder(tmp_path, capsys)


def slugs(pair: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Return the changes of a pair with their severities."""
    return {change["slug"]: change["severity"] for change in pair["changes"]}


def test_a_renewal_is_a_note(folder: Folder) -> None:
    """Same key, same names, later end: nobody has to act."""
    code, pair = folder.diff(issued(), issued(days=700))
    assert (code, slugs(pair)) == (0, {"renewed": "notes", "ends-later": "notes"})
    assert (pair["appeared"], pair["gone"]) == ([], [])


@pytest.mark.parametrize(
    ("after", "expected", "code"),
    [
        (lambda: issued(key="new"), {"renewed": "notes", "other-key": "notes"}, 0),
        (lambda: issued((HOST, "sqlprod"), rsa=True), {"renewed": "notes", "other-key": "notes"}, 0),
        (lambda: issued((HOST,)), {"renewed": "notes", "names-lost": "risks"}, 0),
        (lambda: issued((HOST, "sqlprod", "new")), {"renewed": "notes", "names-gained": "notes"}, 0),
        (lambda: issued(days=100), {"renewed": "notes", "ends-earlier": "risks"}, 0),
        (
            lambda: issued() + pki.root().pem,
            {"renewed": "notes", "chain-longer": "notes", "other-chain": "notes"},
            0,
        ),
        (lambda: issued(days=-1), {"renewed": "notes", "ends-earlier": "risks", "refused-by": "risks"}, 1),
        (
            lambda: issued(("sql02", "sqlprod")),
            {
                "replaced": "notes",
                "other-subject": "notes",
                "names-lost": "risks",
                "names-gained": "notes",
                "refused-by": "risks",
            },
            1,
        ),
        (
            lambda: issued(issuer=pki.intermediate()),
            {"replaced": "notes", "other-issuer": "risks", "refused-by": "risks"},
            1,
        ),
    ],
)
def test_each_change_is_told_by_itself(
    after: Callable[[], bytes], expected: dict[str, str], code: int, folder: Folder
) -> None:
    """And nothing else is; the exit code is 1 only when something blocks that did not before."""
    found, pair = folder.diff(issued(), after())
    assert slugs(pair) == expected
    assert found == code
    assert bool([f for f in pair["appeared"] if f["severity"] == "blocks"]) == bool(code)


def test_names_are_hidden_and_changes_told_all_the_same(folder: Folder) -> None:
    """``--redact all``: the same pseudonym for the same name, and what was compared is what really is."""
    code, pair = folder.diff(issued(), issued((HOST, "sql99.corp.example")), "--redact", "all")
    assert code == 0
    assert slugs(pair) == {"renewed": "notes", "names-lost": "risks", "names-gained": "notes"}
    assert "corp.example" not in json.dumps(pair)
    assert "sqlprod" not in json.dumps(pair)


def test_what_blocked_before_is_no_news(folder: Folder) -> None:
    """Two certificates of an unknown CA: that one is missing is the same as ever."""
    code, pair = folder.diff(issued(), issued(days=700), ca="other-root.pem")
    assert code == 0
    assert pair["before"]["cause"] == pair["after"]["cause"] == "incomplete-chain"


def test_fail_on_risks_and_the_way_back(folder: Folder) -> None:
    """A lost name counts with ``--fail-on risks``; what is put right is gone."""
    assert folder.diff(issued(), issued((HOST,)), "--fail-on", "risks")[0] == 1
    code, pair = folder.diff(issued(days=-1), issued())
    assert code == 0
    assert [f["slug"] for f in pair["gone"]] == ["expired"]
    assert slugs(pair)["accepted-by"] == "notes"


def test_a_certificate_is_measured_by_the_evidence_beside_it(
    folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would the new certificate serve? Judged for the host and by the CA of the old look."""
    monkeypatch.chdir(tmp_path)
    Path("old.pem").write_bytes(issued())
    Path("new.pem").write_bytes(issued(("sql02",)))
    new, saved = "new.pem", "case.certdoctor.json"
    at = ["--at", "2026-06-01"]
    assert run(["verify", "old.pem", "--host", HOST, "--ca", "root.pem", "--save", saved, *at]) == 0
    assert run(["diff", saved, new, *at]) == 1
    text = capsys.readouterr().out
    assert "hostname-mismatch (CD401) was not there before" in text
    assert "missing-issuer" not in text
    assert all(len(line) <= 80 for line in text.splitlines()), text
    assert run(["diff", new, saved, *at]) == 0
    assert run(["diff", saved, saved]) == 0
    assert "SAME   no difference" in capsys.readouterr().out
    del folder  # it put the root there


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["no.pem", "no.pem"], 3, "There is no file no.pem here."),
        (["EMPTY", "EMPTY"], 3, "holds no certificate that can be read"),
        (["EMPTY", "EMPTY", "--format", "jsonl"], 2, "diff writes text, JSON or Markdown."),
        (["EMPTY", "EMPTY", "--save", "x"], 2, "Leave --save out."),
    ],
)
def test_what_cannot_be_compared_is_told(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence."""
    (tmp_path / "empty.pem").write_bytes(b"")
    assert run(["diff", *(str(tmp_path / "empty.pem") if a == "EMPTY" else a for a in arguments)]) == code
    assert words in capsys.readouterr().err


def seen(report: Report = HEALTHY, **changes: Any) -> Report:  # noqa: ANN401 - fields of the evidence
    """Return a report with other evidence."""
    return replace(report, evidence=replace(report.evidence, chain=CHAIN, probe=PROBE, **changes))


def changes_between(before: Report, after: Report) -> dict[str, Severity]:
    """Return the slugs of what changed."""
    return {change.slug: change.severity for change in compare(before, after).changes}


def probed(**changes: Any) -> Report:  # noqa: ANN401 - fields of the probe
    """Return a report on a server that differs from the usual one."""
    report = seen()
    return replace(report, evidence=replace(report.evidence, probe=replace(PROBE, **changes)))


USUAL = PROBE.handshake
assert isinstance(USUAL, Handshake)
GONE = Absent("not there")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (probed(), probed(), {}),
        (probed(), probed(address="192.0.2.11"), {"other-address": Severity.NOTES}),
        (probed(), probed(forces_encryption=True), {"encryption": Severity.NOTES}),
        (
            probed(product=None, software="MariaDB 10"),
            probed(product=None, software="MariaDB 11"),
            {"other-software": Severity.NOTES},
        ),
        (probed(), probed(handshake=replace(USUAL, protocol="TLSv1.1")), {"tls-version": Severity.RISKS}),
        (probed(), probed(handshake=replace(USUAL, protocol="TLSv1.3")), {"tls-version": Severity.NOTES}),
        (probed(), probed(handshake=replace(USUAL, cipher="X")), {"cipher": Severity.NOTES}),
        (probed(), probed(handshake=GONE), {"tls-lost": Severity.RISKS}),
        (probed(), probed(strict=USUAL), {"strict-tls-gained": Severity.NOTES}),
        (
            probed(),
            probed(handshake=replace(USUAL, client_certificate_requested=True)),
            {"client-certificate": Severity.RISKS},
        ),
    ],
)
def test_a_server_that_behaves_otherwise(
    before: Report, after: Report, expected: dict[str, Severity]
) -> None:
    """TLS versions, suites, strict, the demand for client certificates, the product."""
    assert changes_between(before, after) == expected


def takes(**accepted: bool | None) -> SurveyResult:
    """Return what a server takes, by version, and by suite where the name begins with C."""
    offers = [Offer(name=name, accepted=value, detail="") for name, value in accepted.items()]
    suites = tuple(o for o in offers if o.name.startswith("C"))
    return SurveyResult(versions=tuple(o for o in offers if o not in suites), ciphers=suites or None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (takes(A=True, B=True), takes(A=True, B=True), {}),
        (takes(A=True, B=True), takes(A=False, B=True), {"versions-lost": Severity.RISKS}),
        (takes(A=True, B=True), takes(A=None, B=True), {}),
        (takes(A=False), takes(A=True), {"versions-gained": Severity.NOTES}),
        (takes(A=True), None, {}),
        (takes(C1=True), takes(C2=True), {"ciphers-lost": Severity.RISKS, "ciphers-gained": Severity.NOTES}),
        (takes(C1=True), replace(takes(C2=True), complete=False), {}),
    ],
)
def test_what_a_server_takes(
    before: SurveyResult, after: SurveyResult | None, expected: dict[str, Severity]
) -> None:
    """Only where both were asked; what there was no telling of is no change."""
    assert changes_between(probed(accepts=before), probed(accepts=after)) == expected


def chained(*certificates: Certificate) -> Report:
    """Return a report on a chain."""
    report = seen()
    return replace(report, evidence=replace(report.evidence, chain=Chain(certificates[0], certificates[1:])))


def test_a_chain_that_lost_its_intermediate_and_one_that_is_not_there() -> None:
    """Both need somebody to act."""
    assert changes_between(chained(LEAF, INTERMEDIATE), chained(LEAF)) == {
        "chain-shorter": Severity.RISKS,
        "other-chain": Severity.NOTES,
    }
    gone = seen()
    gone = replace(gone, evidence=replace(gone.evidence, chain=GONE))
    assert changes_between(chained(LEAF), gone) == {"certificate": Severity.RISKS}
    other = replace(LEAF, sha256="aa" * 32, authority_key_id="bb" * 20)
    assert changes_between(chained(LEAF), chained(other))["other-issuer-key"] is Severity.RISKS


def test_subjects_are_paired_by_name_and_findings_by_gravity() -> None:
    """What stands on one side only is named; a note that turned into a block has appeared."""

    def about(subject: str, report: Report = HEALTHY) -> Report:
        return replace(report, evidence=replace(report.evidence, subject=subject))

    found = difference([about("a"), about("b")], [about("b"), about("c")])
    assert [p.before.subject for p in found.pairs] == ["b"]
    assert [r.subject for r in (*found.only_before, *found.only_after)] == ["a", "c"]
    note = replace(HEALTHY, findings=(finding("weak-key", Severity.NOTES, "Short."),))
    block = replace(HEALTHY, findings=(finding("weak-key", Severity.BLOCKS, "Short."),))
    assert [f.severity for f in compare(note, block).appeared] == [Severity.BLOCKS]
    assert compare(block, note).appeared == ()
    assert [f.severity for f in compare(block, note).gone] == [Severity.BLOCKS]
    accepting = replace(BROKEN.clients[0], verdict=Answer.ACCEPTS)
    assert changes_between(replace(HEALTHY, clients=(accepting,)), BROKEN) == {"refused-by": Severity.RISKS}


def test_hostile_names_come_out_inert() -> None:
    """Escape codes and reordering marks of a certificate move nothing, in either format."""
    evil = "\x1b[31m\u202eevil" + "x" * 10_000
    before = chained(certificate("plain", "CN=plain", 3, names=("plain",)))
    after = chained(certificate(evil, f"CN={evil}", 4, names=(evil,)))
    found = difference([before], [after])
    for text in (
        render_text(found, evil, evil, Console(width=80)),
        render_json(found, evil, evil),
        render_text(found, evil, evil, Console(width=80, unicode=False)),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_evidence_is_not_needed_to_have_a_chain() -> None:
    """Two looks at nothing differ in nothing."""
    empty = Evidence(subject="x", observed_at=pki.NOW)
    report = replace(HEALTHY, evidence=empty, clients=())
    assert compare(report, report).changes == ()


def test_markdown_says_what_the_text_says(folder: Folder) -> None:
    """For a ticket: the answer first, a table of what differs, and nothing of a certificate as markup."""
    after = issued(("x|y<b>.example",), key="new", days=100)
    folder.diff(issued(), after)
    arguments = ["diff", str(folder.path / "old.pem"), str(folder.path / "new.pem"), "--host", HOST]
    options = ["--ca", str(folder.path / "root.pem"), "--at", "2026-06-01", "--format", "markdown"]
    assert run([*arguments, *options]) == 1
    lines = folder.capsys.readouterr().out.splitlines()
    assert lines[0] == "# Worse: hostname-mismatch (CD401) was not there before"
    assert "| | what | before | after |" in lines
    assert any(line.startswith("| blocks | appeared: hostname-mismatch (CD401) |  |") for line in lines)
    assert any(line.startswith("| ! | ends earlier | 20") for line in lines)
    assert any(line.startswith("- names lost: Whoever connects") for line in lines)
    table = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {5}
    assert not any("<b>" in line.replace("\\<b", "") for line in lines)


def test_markdown_of_the_same_says_so(folder: Folder) -> None:
    """No table where nothing differs."""
    folder.diff(issued(), issued())
    same = [str(folder.path / "old.pem")] * 2
    assert run(["diff", *same, "--format", "markdown"]) == 0
    shown = folder.capsys.readouterr().out
    assert shown.startswith("# Same: no difference\n")
    assert "No difference." in shown
    assert "|" not in shown


@pytest.mark.parametrize("form", ["html", "junit", "sarif", "csv", "jsonl"])
def test_other_formats_are_refused_in_a_sentence(form: str, folder: Folder) -> None:
    """Before anything is read."""
    assert run(["diff", "no.pem", "no.pem", "--format", form]) == 2
    assert "diff writes text, JSON or Markdown." in folder.capsys.readouterr().err


def test_a_running_server_is_a_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Held against what was kept of it, against a file, and against nothing where nobody answers."""
    with Practice(find("healthy")) as server:
        kept = str(tmp_path / "kept.certdoctor.json")
        ca = ["--ca", str(server.ca_path)]
        target = server.target
        assert run(["probe", server.target, *ca, "--save", kept]) == 0
        capsys.readouterr()
        assert run(["diff", kept, server.target, *ca]) == 0
        assert "SAME" in capsys.readouterr().out
        assert run(["diff", server.target, str(server.ca_path), *ca]) == 1
        assert "WORSE" in capsys.readouterr().out
    assert run(["diff", target, target]) == 3
    assert "Neither side shows a certificate" in capsys.readouterr().err
    assert run(["diff", kept, "what is this"]) == 2
    assert "neither a file nor a server" in capsys.readouterr().err
