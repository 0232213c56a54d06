"""The missing certificate, looked for: found only where it really is, and only if it really signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.errors import UsageError
from certdoctor.formats.certificates import x509
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.search import search as searching
from certdoctor.gather.search.search import Search
from certdoctor.gather.stores import machine as machines
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.model.report import Report
from certdoctor.model.store import Lookup, Store, StoreKind
from certdoctor.render.machine.json import render_json
from tests import pki
from tests.machines import Scratch, ca, debian
from tests.schemas import fits

ROOT, ISSUING, LEAF = pki.root(), pki.intermediate(), pki.leaf()
IMPOSTOR = pki.issue("Test Root", ca=True, with_key=pki.key("another key"))
BUNDLE = Store(
    id="system-bundle",
    title="Debian bundle",
    kind=StoreKind.BUNDLE,
    path="/etc/ssl/certs/ca-certificates.crt",
    clients=("go", "openssl"),
    certificates=(x509.parse(ROOT.der), x509.parse(IMPOSTOR.der)),
)


def looking(folder: Path | None = None, *stores: Store) -> Callable[[pki.Issued], Lookup]:
    """Return a search over a folder and stores."""
    search = Search((str(folder),) if folder else (), lambda: stores)
    return lambda below: search(x509.parse(below.der))


def test_the_signer_is_found_and_not_its_namesake(tmp_path: Path) -> None:
    """Two roots of one name: only the one whose key fits."""
    (tmp_path / "impostor.pem").write_bytes(IMPOSTOR.pem)
    found = looking(tmp_path, BUNDLE)(ISSUING)
    (candidate,) = found.candidates
    assert candidate.certificate.der == ROOT.der
    assert candidate.wanted_by == "Test Issuing CA"
    assert [p.title for p in candidate.places] == ["Debian bundle"]
    assert (found.stores, found.files) == (1, 1)


def test_the_way_up_is_followed(tmp_path: Path) -> None:
    """Below a lone leaf both are missing: the intermediate in a folder below, the root as DER."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "issuing.txt").write_bytes(b"text before\n" + ISSUING.pem)
    (tmp_path / "root.cer").write_bytes(ROOT.der)
    lower, upper = looking(tmp_path)(LEAF).candidates
    assert lower.certificate.der == ISSUING.der
    assert upper.certificate.der == ROOT.der
    assert upper.wanted_by == "Test Issuing CA"
    assert lower.places[0].pem
    assert not upper.places[0].pem


def test_an_untrusted_root_is_found_itself(tmp_path: Path) -> None:
    """Also as another certificate of the same name and key; not as the impostor."""
    renewed = pki.issue("Test Root", ca=True, with_key=ROOT.key)
    (tmp_path / "renewed.pem").write_bytes(renewed.pem + IMPOSTOR.pem)
    found = looking(tmp_path, BUNDLE)(ROOT)
    assert {c.certificate.der for c in found.candidates} == {renewed.der, ROOT.der}


def test_a_folder_is_searched_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Number of files, size of each, time; links to folders are not followed; programs are passed over."""
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"nothing")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "tool.exe").write_bytes(ROOT.pem)
    (tmp_path / "huge.pem").write_bytes(ROOT.pem)
    monkeypatch.setattr(searching, "MAX_SIZE", len(ROOT.pem) - 1)
    found = looking(tmp_path)(ISSUING)
    assert not found.candidates
    assert (found.files, found.cut_short) == (6, None)
    monkeypatch.setattr(searching, "MAX_FILES", 3)
    cut = looking(tmp_path)(ISSUING)
    assert cut.files == 3
    assert "first 3 files" in (cut.cut_short or "")
    monkeypatch.setattr(searching, "SECONDS", -1.0)
    late = looking(tmp_path)(ISSUING)
    assert late.files == 0
    assert "seconds" in (late.cut_short or "")


def test_no_folder_is_wrong_usage() -> None:
    """Before anything else is done."""
    with pytest.raises(UsageError, match="There is no folder nowhere"):
        Search(("nowhere",), tuple)


def report(tmp_path: Path, chain: bytes, *stores: Store, folder: bool = False, **asked: object) -> Report:
    """Judge a chain file, with these stores and perhaps the folder searched."""
    file = tmp_path / "chain.pem"
    file.write_bytes(chain)
    search = Search((str(tmp_path),) if folder else (), lambda: stores)
    evidence = replace(gather(Request(chain_file=str(file)), pki.NOW), **asked)  # type: ignore[arg-type]
    return diagnose(
        evidence, judge_trust=True, os_name=System.DEBIAN, search=partial(search, leave_out=(str(file),))
    )


def test_the_finding_says_where_and_who_does_not_read_it(tmp_path: Path) -> None:
    """Detail, facts and the JSON document; the document fits its schema."""
    found = report(tmp_path, LEAF.pem + ISSUING.pem, BUNDLE, clients=("electron", "go"))
    finding = found.findings[0]
    assert finding.rule.slug == "missing-issuer"
    assert '"Test Root" was found in the Debian bundle, which Hackolade does not read.' in finding.detail
    assert finding.facts["found_in"] == "Debian bundle"
    assert finding.facts["found_file"] is None
    document = json.loads(render_json([found], "verify"))
    fits(document)
    (candidate,) = document["reports"][0]["evidence"]["lookup"]["found"]
    assert candidate["places"][0]["title"] == "Debian bundle"


def test_a_file_that_was_found_is_used_in_the_steps(tmp_path: Path) -> None:
    """It need not be asked for, and a DER file is converted first."""
    (tmp_path / "corp-root.cer").write_bytes(ROOT.der)
    finding = report(tmp_path, LEAF.pem + ISSUING.pem, folder=True).findings[0]
    assert f"found in {tmp_path}/corp-root.cer (give it with --ca)" in finding.detail
    steps = "\n".join(finding.remedies[0].steps)
    assert "Ask your PKI team" not in steps
    assert "openssl x509 -inform DER" in steps


@pytest.mark.parametrize(
    ("chain", "slug", "words"),
    [
        (LEAF.pem, "incomplete-chain", 'The intermediate "Test Issuing CA" was found in'),
        (
            LEAF.pem + ISSUING.pem + ROOT.pem,
            "self-signed-in-chain",
            '"Test Root" was found in the Debian bundle',
        ),
        (LEAF.pem + ISSUING.pem, "missing-issuer", '"Test Root" was found in the Debian bundle'),
    ],
)
def test_all_three_findings_tell_it(tmp_path: Path, chain: bytes, slug: str, words: str) -> None:
    """The chain's own file is no place to find anything."""
    (tmp_path / "issuing.pem").write_bytes(ISSUING.pem)
    finding = report(tmp_path, chain, BUNDLE, folder=True).findings[0]
    assert finding.rule.slug == slug
    assert words in finding.detail
    assert "chain.pem" not in finding.detail


def test_nothing_found_is_said_with_what_was_looked_at(tmp_path: Path) -> None:
    """And without looking, nothing is said."""
    empty = replace(BUNDLE, certificates=(x509.parse(IMPOSTOR.der),))
    finding = report(tmp_path, LEAF.pem + ISSUING.pem, empty).findings[0]
    assert "It is in none of the 1 trust stores of this machine." in finding.detail
    evidence = gather(Request(chain_file=str(tmp_path / "chain.pem")), pki.NOW)
    silent = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert isinstance(silent.evidence.lookup, Absent)
    assert "trust stores" not in silent.findings[0].detail


def test_stores_are_read_once_and_only_for_a_chain_that_lacks_something(tmp_path: Path) -> None:
    """Many servers, one reading."""
    asked = 0

    def read() -> tuple[Store, ...]:
        nonlocal asked
        asked += 1
        return (BUNDLE,)

    search = Search((), read)
    for name, data, ca_file in (
        ("a", ISSUING.pem, None),
        ("b", ISSUING.pem, None),
        ("c", ISSUING.pem, ROOT.pem),
    ):
        (tmp_path / name).write_bytes(LEAF.pem + data)
        (tmp_path / "ca").write_bytes(ca_file or b"")
        cas = (str(tmp_path / "ca"),) if ca_file else ()
        evidence = gather(Request(chain_file=str(tmp_path / name), cas=cas), pki.NOW)
        diagnose(evidence, judge_trust=True, os_name=System.DEBIAN, search=search)
    assert asked == 1


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """Make the command line see a scratch Debian with one local root."""
    made = debian(tmp_path / "machine", ca("Vendor Root"), local=[ROOT])
    made.install_node(ca("Vendor Root"))
    monkeypatch.setattr(machines, "current", made.machine)
    monkeypatch.chdir(tmp_path)
    return made


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Return the JSON that was printed, checked against the schema, and its one report."""
    printed = json.loads(capsys.readouterr().out)
    fits(printed)
    (only,) = printed["reports"]
    assert only["subject"] == "this machine"
    assert isinstance(only, dict)
    return only


@pytest.mark.usefixtures("scratch")
def test_trust_list_is_a_table_in_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Stores, counts, readers, what was added; the answer last."""
    assert run(["trust", "list"]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "Debian bundle                                         2        1        0" in text
    assert "local     Test Root" in text
    assert text.splitlines()[-1].endswith("1 certificates added on this machine; nothing is wrong with them.")


def test_trust_list_tells_what_is_wrong(scratch: Scratch, capsys: pytest.CaptureFixture[str]) -> None:
    """Text and JSON; a risk makes the exit code 1 only when asked to."""
    scratch.write("/usr/local/share/ca-certificates/lost.pem", ca("Lost Root").pem)
    assert run(["trust", "list"]) == 0
    assert "lost.pem does not end in .crt" in capsys.readouterr().out.replace("\n  ", " ")
    assert run(["trust", "list", "--fail-on", "risks", "--format", "json"]) == 1
    only = document(capsys)
    assert (only["verdict"], only["cause"]) == ("at-risk", "store-defect")
    evidence = only["evidence"]
    assert isinstance(evidence, dict)
    by_id = {s["id"]: s for s in evidence["stores"]}
    assert by_id["system-bundle"]["added"][0]["subject"] == "CN=Test Root"
    assert by_id["waiting"]["trusted"] is False


@pytest.mark.parametrize("form", ["file", "sha256", "SHA1 with colons"])
@pytest.mark.usefixtures("scratch")
def test_trust_find_finds(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By file, or by either fingerprint in any spelling; exit code 0."""
    facts = x509.parse(ROOT.der)
    (tmp_path / "corp root.pem").write_bytes(ROOT.pem)
    sha1 = ":".join(facts.sha1[i : i + 2].upper() for i in range(0, 40, 2))
    what = {"file": "corp root.pem", "sha256": facts.sha256, "SHA1 with colons": f"SHA1 {sha1}"}[form]
    assert run(["trust", "find", what]) == 0
    text = capsys.readouterr().out
    assert "FOUND   in 2 of 4 stores" in text
    assert "In the Debian bundle, which Hackolade and Node do not read." in text
    assert ("trust steps 'corp root.pem' --for hackolade" in text) is (form == "file")
    assert run(["trust", "find", what, "--format", "json"]) == 0
    evidence = document(capsys)["evidence"]
    assert isinstance(evidence, dict)
    (sought,) = evidence["sought"]
    assert sought["stores"] == ["system-bundle", "hashed-directory"]
    assert "go" in sought["seen_by"]
    assert "node" not in sought["seen_by"]


@pytest.mark.usefixtures("scratch")
def test_trust_find_does_not_find(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, also when only one of a file's certificates is nowhere; the namesake is no hit."""
    (tmp_path / "impostor.pem").write_bytes(IMPOSTOR.pem)
    assert run(["trust", "find", "impostor.pem"]) == 1
    text = capsys.readouterr().out
    assert "NOT FOUND   not-in-store (CD320)" in text
    assert "another certificate of that name" in text
    (tmp_path / "both.pem").write_bytes(ROOT.pem + IMPOSTOR.pem)
    assert run(["trust", "find", "both.pem", "--format", "json"]) == 1
    assert document(capsys)["cause"] == "not-in-store"


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("nope.pem", 3, "There is no file nope.pem here."),
        ("abcdef" * 6, 2, "this one has 36"),
        ("key.pem", 3, "holds no certificate"),
    ],
)
@pytest.mark.usefixtures("scratch")
def test_trust_find_says_what_it_cannot_look_for(
    what: str, code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage is 2, a file that cannot be examined 3."""
    (tmp_path / "key.pem").write_bytes(ROOT.key_pem)
    assert run(["trust", "find", what]) == code
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("scratch")
def test_verify_searches_folder_and_stores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the command line, end to end."""
    (tmp_path / "chain.pem").write_bytes(LEAF.pem + ISSUING.pem)
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "root.crt").write_bytes(ROOT.pem)
    assert run(["verify", "chain.pem", "--at", "2026-06-01", "--search", "certs"]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "in certs/root.crt (give it with --ca)" in text
    assert (
        "in the Debian bundle and the Debian hashed directory, which Hackolade, Node and Java do not read"
        in text
    )
    assert run(["verify", "chain.pem", "--search", "nowhere"]) == 2
