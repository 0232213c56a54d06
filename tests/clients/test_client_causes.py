"""Causes that only differ in what stands behind the same message, and clients asked for by version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certdoctor.clients import select
from certdoctor.diagnosis import diagnose
from certdoctor.errors import UsageError
from certdoctor.formats.certificates.x509 import parse
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, ClientVerdict, Report
from certdoctor.trust.building import outside
from tests.agreement.forge import ORDINARY_INTERMEDIATE, ORDINARY_LEAF, ORDINARY_ROOT, Made, make, now
from tests.agreement.scenarios import Cast

NOW = now()
HOST = "good.example"


def cast(row: Mapping[str, Any] | None = None) -> Cast:
    """Return root R, intermediate I, leaf L and their relatives."""
    return Cast(dict(row or {}), NOW)


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Report]:
    """Return a function that judges a chain with a CA file, both written to files first."""

    def judge(
        sent: tuple[Made, ...],
        trusted: tuple[Made, ...] | bytes = (),
        *,
        clients: tuple[str, ...] = (),
        encrypt: bool | None = None,
    ) -> Report:
        chain, ca = tmp_path / "chain.pem", tmp_path / "ca.pem"
        chain.write_text("".join(made.pem for made in sent))
        if isinstance(trusted, bytes):
            ca.write_bytes(trusted)
        else:
            ca.write_text("".join(made.pem for made in trusted))
        asked = Request(
            chain_file=str(chain), cas=(str(ca),) if trusted else (), hosts=(HOST,), clients=clients
        )
        evidence = gather(asked, NOW)
        evidence = replace(evidence, settings=replace(evidence.settings, encrypt=encrypt))
        return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)

    return judge


def found(report: Report, slug: str) -> str:
    """Return the detail of a finding that must be there."""
    return next(f.detail for f in report.findings if f.rule.slug == slug)


def slugs(report: Report) -> set[str]:
    """Return what was found."""
    return {f.rule.slug for f in report.findings}


def one(report: Report) -> ClientVerdict:
    """Return the verdict of the only client asked."""
    (verdict,) = report.clients
    return verdict


def test_another_ca_of_the_same_name_is_told_from_a_missing_one(judged: Callable[..., Report]) -> None:
    """The CA file holds the name that is wanted, but another key: the words say so."""
    people = cast()
    detail = found(judged((people["L"], people["I"]), (people["X"],)), "missing-issuer")
    assert "a certificate of that name with another key" in detail
    assert "another key" not in found(judged((people["L"], people["I"]), (people["Y"],)), "missing-issuer")


def test_an_intermediate_in_place_of_the_root_is_named(judged: Callable[..., Report]) -> None:
    """Node and ODBC want the root; Go and Java take the intermediate."""
    people = cast()
    report = judged((people["L"], people["I"]), (people["I"],))
    assert "holds the intermediate" in found(report, "missing-issuer")
    answers = {v.client: v.verdict for v in report.clients}
    assert answers["node"] is Answer.REJECTS
    assert answers["go"] is Answer.ACCEPTS
    assert answers["jdbc"] is Answer.ACCEPTS


def test_the_leaf_in_place_of_its_ca_is_named(judged: Callable[..., Report]) -> None:
    """A CA file with the server's own certificate."""
    people = cast()
    report = judged((people["L"],), (people["L"],))
    assert "leaf-as-ca" in slugs(report)
    assert "the server's own certificate" in found(report, "incomplete-chain")


def test_an_unknown_critical_extension_is_named(judged: Callable[..., Report]) -> None:
    """With its number, and as the cause of every client."""
    people = cast({"leaf": {"unknown_critical": True}})
    report = judged((people["L"], people["I"]), (people["R"],))
    assert report.cause == "unknown-critical-extension"
    assert "1.3.6.1.4.1.99999.7" in found(report, "unknown-critical-extension")


def test_an_expired_copy_beside_a_valid_one_is_pointed_at(judged: Callable[..., Report]) -> None:
    """The path is good, but some clients may choose the other."""
    people = cast()
    report = judged((people["L"], people["E"], people["I"]), (people["R"],))
    assert "The server sends a certificate of" in found(report, "expired-cross-sign")
    assert "expired-cross-sign" not in slugs(judged((people["L"], people["I"]), (people["R"],)))


def test_interception_is_recognised_by_the_issuer(judged: Callable[..., Report]) -> None:
    """The cause is the product on the way, not a CA that is missing."""
    proxy = make(ORDINARY_ROOT, {"cn": "Zscaler Root CA", "key": "p256:proxy"}, None, NOW)
    issuing = make(ORDINARY_INTERMEDIATE, {"cn": "Zscaler Intermediate Root CA"}, proxy, NOW)
    leaf = make(ORDINARY_LEAF, {}, issuing, NOW)
    report = judged((leaf, issuing), (cast()["R"],))
    assert report.cause == "tls-interception"
    assert "Zscaler" in found(report, "tls-interception")
    assert {v.cause for v in report.clients if v.verdict is Answer.REJECTS} == {"tls-interception"}
    people = cast()
    assert "tls-interception" not in slugs(judged((people["L"], people["I"]), (people["Y"],)))


def test_no_public_ca_is_taken_for_an_interceptor() -> None:
    """The words of the data must not occur in a name of the public list."""
    from certdoctor.trust.building import _public  # noqa: PLC0415 - the list itself is wanted
    from certdoctor.trust.interception import recognise  # noqa: PLC0415

    listed = [parse(der) for ders in _public().values() for der in ders]
    assert len(listed) > 100
    assert [c.subject for c in listed if recognise([c])] == []


def test_the_data_says_of_when_and_from_where_it_is() -> None:
    """Knowledge as data carries its date and source."""
    data = json.loads(resources.files("certdoctor").joinpath("data", "interception.json").read_text("utf-8"))
    assert data["as_of"]
    assert data["source"]
    assert all(word == word.lower() for product in data["products"] for word in product["words"])


@pytest.mark.parametrize("form", ["der", "utf16"])
def test_a_ca_file_that_node_passes_over_is_the_cause_for_node_alone(
    judged: Callable[..., Report], form: str
) -> None:
    """Node and Electron refuse although the file holds the right root; the rule counts what they see."""
    people = cast()
    root = people["R"]
    data = root.der if form == "der" else root.pem.encode("utf-16")
    report = judged((people["L"], people["I"]), data, clients=("node",))
    assert one(report).cause == "ca-file-ignored"
    assert one(report).code == "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
    assert "0 by node" in found(report, "ca-file-ignored")
    assert one(judged((people["L"], people["I"]), data, clients=("java",))).verdict is Answer.ACCEPTS
    assert "ca-file-ignored" not in slugs(judged((people["L"], people["I"]), (root,)))


def test_a_ca_file_in_part_ignored_still_serves(judged: Callable[..., Report]) -> None:
    """A readable block before a broken one is enough."""
    people = cast()
    data = people["R"].pem.encode() + people["Y"].pem.replace("-----END", "  -----END").encode()
    report = judged((people["L"], people["I"]), data, clients=("node",))
    assert one(report).verdict is Answer.ACCEPTS


def test_a_version_follows_the_client() -> None:
    """node@24 is another entry than node@20, and both know their name."""
    old, new = select(("node@20", "node@24.1.0"))
    assert (old.id, new.id) == ("node@20", "node@24.1.0")
    assert old.verification.security_level == 1
    assert new.verification.security_level == 2
    assert new.title == "node 24 (tedious)"


@pytest.mark.parametrize("name", ["node@", "node@latest", "go@1.23", "nodejs", "node@20.x", "node@²"])
def test_a_version_that_is_none_is_refused(name: str) -> None:
    """The message names what would do."""
    with pytest.raises(UsageError) as raised:
        select((name,))
    assert raised.value.hint


def test_node_24_hints_at_the_system_store(judged: Callable[..., Report]) -> None:
    """Behind some messages, not behind all."""
    people = cast()
    verdict = one(judged((people["S"],), (people["Y"],), clients=("node@24",)))
    assert verdict.message == (
        "self-signed certificate; if the root CA is installed locally, "
        "try running Node.js with --use-system-ca"
    )
    assert verdict.brief == "self-signed certificate"


@pytest.mark.parametrize("client", ["odbc-linux@17", "jdbc@7.4"])
def test_old_drivers_check_only_when_told_to_encrypt(client: str, judged: Callable[..., Report]) -> None:
    """As installed they encrypt the login alone, and a server that forces encryption is not checked."""
    people = cast()
    sent, trusted = (people["L"], people["I"]), (people["Y"],)
    unasked = one(judged(sent, trusted, clients=(client,)))
    as_installed = next(mode for mode in unasked.modes if mode.mode is Mode.DEFAULT)
    assert as_installed.verdict is Answer.ACCEPTS
    assert as_installed.note
    assert one(judged(sent, trusted, clients=(client,), encrypt=True)).verdict is Answer.REJECTS


def test_many_constraints_and_many_names_take_no_time() -> None:
    """Hostile CAs hold thousands of them; each name is looked up, not compared with all."""
    made = make(ORDINARY_ROOT, {"permitted": tuple(f"d{i}.example" for i in range(3000))}, None, NOW)
    ca = parse(made.certificate.public_bytes(Encoding.DER))
    names = tuple(f"h.d{i}.example" for i in range(3000))
    began = process_time()
    assert outside(ca, names) is None
    assert outside(ca, (*names, "other.example")) == ("other.example", False)
    assert process_time() - began < 2


def test_constraints_hold_for_what_is_below_and_for_addresses() -> None:
    """A domain covers itself and what is below it; one with a dot in front only what is below."""
    made = make(
        ORDINARY_ROOT, {"permitted": ("a.example", "10.0.0.0/8"), "excluded": ("x.a.example",)}, None, NOW
    )
    ca = parse(made.der)
    assert outside(ca, ("a.example", "h.a.example", "10.1.2.3")) is None
    assert outside(ca, ("h.x.a.example",)) == ("h.x.a.example", True)
    assert outside(ca, ("ba.example",)) == ("ba.example", False)
    assert outside(ca, ("11.0.0.1",)) == ("11.0.0.1", False)
