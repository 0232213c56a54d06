"""Evidence files: every fact goes through one unchanged, and nothing but such a file is taken for one."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats import evidence_file, evidence_json
from certdoctor.formats.certificates.x509 import parse
from certdoctor.formats.text.redact import redact
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.evidence import NOT_ASKED, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.model.saved import Saved, SavedSubject
from certdoctor.model.trust import Trust
from tests import pki
from tests.reports import BROKEN, NOW

CERTIFICATES = tuple(parse(made.der) for made in (pki.leaf(), pki.intermediate(), pki.root()))
TEXT = st.text(max_size=30).filter(lambda text: redact(text)[0] == text)
QUICKLY = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
"""Shrinking a whole Evidence takes minutes, and its failures name their place anyway."""

PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(min_value=-(2**70), max_value=2**70),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    type(None): st.none(),
    datetime: st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds have none
    date: st.dates(),
    Certificate: st.sampled_from(CERTIFICATES),
}


@cache
def strategy(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type
    """Return what makes values of a field's type; a kind of type that is new here fails loudly."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if dataclasses.is_dataclass(kind):
        makes: Any = kind
        return st.deferred(lambda: st.builds(makes, **{n: strategy(k) for n, k in fields_of(kind).items()}))
    return _of_many(typing.get_origin(kind), [strategy(k) for k in typing.get_args(kind) if k is not ...])


def _of_many(origin: object, inner: list[st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(inner)
    if origin is tuple and len(inner) == 1:
        return st.lists(inner[0], max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*inner)
    if origin is frozenset:
        return st.frozensets(inner[0], max_size=2)
    if origin is dict:
        return st.dictionaries(inner[0], inner[1], max_size=2)
    raise TypeError(f"no strategy for {origin}")


def fields_of(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the fields of a dataclass with their types."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def reachable(kind: Any, found: dict[Any, None] | None = None) -> dict[Any, None]:  # noqa: ANN401
    """Return every dataclass that a value of this type can hold."""
    found = {} if found is None else found
    for inner in typing.get_args(kind):
        reachable(inner, found)
    if dataclasses.is_dataclass(kind) and kind not in found:
        found[kind] = None
        for field in fields_of(kind).values():
            reachable(field, found)
    return found


def through_json(value: Any, kind: Any) -> Any:  # noqa: ANN401
    """Write a value as a file would, and read it again."""
    table = evidence_json.Table({c.sha256: c for c in CERTIFICATES})
    converter = evidence_json.converter_for(table)
    return converter.structure(json.loads(json.dumps(converter.unstructure(value, kind))), kind)


@pytest.mark.parametrize("kind", reachable(Evidence), ids=lambda k: k.__name__)
def test_every_fact_of_the_model_goes_through_unchanged(kind: type) -> None:
    """Whatever fields a dataclass has, today or tomorrow."""

    @settings(QUICKLY, max_examples=12)
    @given(strategy(kind))
    def whatever_it_holds(value: object) -> None:
        assert through_json(value, kind) == value

    whatever_it_holds()


def test_the_walk_reaches_the_model_and_no_field_could_be_taken_for_a_missing_fact() -> None:
    """A missing fact is an object with the key ``absent``."""
    kinds = reachable(Evidence)
    assert len(kinds) > 25
    assert {"Probe", "FileFacts", "LogEvent", "Store", "Candidate", "Trust"} <= {k.__name__ for k in kinds}
    assert not [k for k in kinds if "absent" in fields_of(k)]


def run_of(*evidence: Evidence, judged: bool = True) -> Saved:
    """Return a run about these subjects."""
    return Saved(
        version="0.1.0",
        command="probe",
        saved_at=NOW,
        os=System.DEBIAN,
        subjects=tuple(SavedSubject(evidence=one, judged=judged) for one in evidence),
    )


def real_evidence() -> Evidence:
    """Return evidence whose certificates exist."""
    chain = Chain(CERTIFICATES[0], CERTIFICATES[1:])
    probe = BROKEN.evidence.probe
    assert not isinstance(probe, Absent)
    return replace(BROKEN.evidence, chain=chain, probe=replace(probe, chain=chain))


def test_a_run_comes_back_without_its_judgement() -> None:
    """The path and its errors are worked out again by the reader."""
    evidence = real_evidence()
    assert evidence_file.read(evidence_file.write(run_of(evidence))) == run_of(
        replace(evidence, trust=NOT_ASKED)
    )


def test_a_certificate_stands_in_the_file_once() -> None:
    """Chains, files and stores share them."""
    data = evidence_file.write(run_of(real_evidence(), real_evidence()))
    content = json.loads(data)["content"]
    assert sorted(content["certificates"]) == sorted(c.sha256 for c in CERTIFICATES)
    assert data.decode().count(content["certificates"][CERTIFICATES[0].sha256]) == 1


def test_every_text_is_redacted_on_its_way_out() -> None:
    """A path that the user named, a server's words: no matter from where."""
    evidence = real_evidence()
    settings = replace(evidence.settings, ca_path="C:\\Users\\jane.doe\\ca.pem")
    absent = Absent("the server said: password=hunter2secret")
    data = evidence_file.write(run_of(replace(evidence, settings=settings, probe=absent)))
    assert b"jane" not in data
    assert b"hunter2secret" not in data
    again = evidence_file.read(data)
    assert again.subjects[0].evidence.settings.ca_path == "C:\\Users\\***\\ca.pem"
    assert evidence_file.write(again) == data


def changed(change: typing.Callable[[dict[str, Any]], object], *, digest: bool = True) -> bytes:
    """Return a file with a change in it, its digest set right where it is not to be what fails."""
    document = json.loads(evidence_file.write(run_of(real_evidence())))
    change(document)
    if digest:
        document["digest"] = evidence_file.digest_of(document.get("content"))
    return json.dumps(document).encode()


def _set(*path: str | int, to: object) -> typing.Callable[[dict[str, Any]], object]:
    def change(document: Any) -> None:  # noqa: ANN401
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


RUN = ("content", "run")
EVIDENCE = (*RUN, "subjects", 0, "evidence")
PROBE = (*EVIDENCE, "probe")
FINGERPRINT = CERTIFICATES[0].sha256


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("format", to="other"), "is no evidence file of certdoctor"),
        (_set("schema", to="3.0"), "saved by a newer certdoctor: it follows schema 3"),
        (_set("schema", to="2.0"), "facts of certificates expected"),
        (_set("schema", to="0.9"), "which no certdoctor has written"),
        (_set("schema", to=1), "does not say which schema"),
        (_set("content", to=[]), "changed or damaged"),
        (_set("content", "certificates", to=None), "no table of certificates"),
        (_set("content", "certificates", FINGERPRINT, to="!!"), "a certificate that cannot be read"),
        (_set("content", "certificates", "00", to="AAAA"), "a certificate that cannot be read"),
        (
            _set("content", "certificates", "00" * 32, to=b64encode(CERTIFICATES[0].der).decode()),
            "another one's",
        ),
        (_set("content", "later", to=json.loads("[" * 40 + "]" * 40)), "deeper"),
        (_set("content", "later", to=[[0] * 99_999] * 12), "larger inside"),
        (_set(*RUN, "subjects", to=[]), "holds no evidence"),
        (_set(*RUN, "subjects", to="abc"), "$.subjects"),
        (_set(*RUN, "saved_at", to="2026-01-01T00:00:00"), "$.saved_at"),
        (_set(*RUN, "saved_at", to="9999-12-31T23:59:59+00:00"), "$.saved_at"),
        (_set(*EVIDENCE, "hosts", to="sql01"), "$.subjects.evidence.hosts"),
        (_set(*EVIDENCE, "clients", to={"absent": "x"}), "$.subjects.evidence.clients"),
        (_set(*EVIDENCE, "chain", "leaf", to="ff" * 32), "$.subjects.evidence.chain.leaf"),
        (_set(*PROBE, "protocol", to="ldap"), "$.subjects.evidence.probe.protocol"),
        (_set(*RUN, "os", to="beos"), "$.os"),
        (_set(*PROBE, "port", to="1433"), "$.subjects.evidence.probe.port"),
        (_set(*PROBE, "port", to=True), "$.subjects.evidence.probe.port"),
        (_set(*PROBE, "port", to=10**400), "$.subjects.evidence.probe.port"),
        (_set(*PROBE, "legacy_tls", to=0), "$.subjects.evidence.probe.legacy_tls"),
        (_set(*PROBE, "stages", 0, "milliseconds", to=10**400), "probe.stages.milliseconds"),
        (_set(*PROBE, "handshake", "wrapping", to="tls9"), "$.subjects.evidence.probe.handshake.wrapping"),
        (_set(*PROBE, to=None), "$.subjects.evidence.probe"),
        (_set(*PROBE, to={}), "$.subjects.evidence.probe"),
        (_set(*PROBE, to={"absent": "x", "shade": "dark"}), "$.subjects.evidence.probe"),
        (_set(*EVIDENCE, "hosts", to=["a"] * (evidence_json.MAX_LIST + 1)), "a list of over 100,000 items"),
        (_set(*EVIDENCE, "chain", "rest", to=[FINGERPRINT] * 1_001), "$.subjects.evidence.chain.rest"),
    ],
)
def test_what_is_no_evidence_file_is_refused_in_a_phrase(
    change: typing.Callable[[dict[str, Any]], object], words: str
) -> None:
    """With the place, where it is inside."""
    with pytest.raises(FormatError) as refusal:
        evidence_file.read(changed(change))
    assert words in f"{refusal.value.problem}"
    assert refusal.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": NaN}',
        b'{"format": 1, "format": 2}',
        b"[" * 40 + b"]" * 40,
        b'{"schema": "certdoctor/1", "reports": []}',
    ],
)
def test_foreign_bytes_are_refused(data: bytes) -> None:
    """Nothing of them is believed."""
    with pytest.raises(FormatError):
        evidence_file.read(data)


def test_a_report_is_told_from_evidence() -> None:
    """Both are JSON of certdoctor; the hint names the option that was meant."""
    with pytest.raises(FormatError, match="It is a report"):
        evidence_file.read(b'{"schema": "certdoctor/1", "reports": []}')


def test_any_change_to_the_content_shows() -> None:
    """The digest tells accidents; whoever means it can set it right."""
    with pytest.raises(FormatError, match="changed or damaged"):
        evidence_file.read(changed(_set(*PROBE, "port", to=1434), digest=False))
    assert evidence_file.read(changed(_set(*PROBE, "port", to=1434))).version


def test_a_later_minor_schema_and_its_fields_are_passed_over() -> None:
    """What a newer writer adds does not keep an older reader from the rest; layout is no matter."""

    def add(document: dict[str, Any]) -> None:
        document["schema"] = "1.7"
        document["signature"] = "later"
        document["content"]["later"] = {"x": [1]}
        document["content"]["run"]["subjects"][0]["evidence"]["probe"]["invented"] = {"absent": 1}

    assert evidence_file.read(changed(add)) == evidence_file.read(changed(lambda _: None))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_evidence_or_refused(data: bytes) -> None:
    """Nothing else comes of them."""
    with pytest.raises(FormatError):
        evidence_file.read(data)


@settings(QUICKLY, max_examples=15, derandomize=True)
@given(strategy(Evidence), st.booleans())
def test_evidence_that_somebody_made_up_is_judged_like_any_other(
    evidence: Evidence,
    judged: bool,  # noqa: FBT001 - made by Hypothesis
) -> None:
    """Whatever a well-formed file says: a report comes of it, never an exception."""
    if isinstance(evidence.trust, Trust) and not evidence.trust.path:
        evidence = replace(evidence, trust=NOT_ASKED)  # kept when redacted, and refused without a path
    run = evidence_file.read(evidence_file.write(run_of(evidence, judged=judged)))
    one = run.subjects[0]
    report = diagnose(replace(one.evidence, clients=()), judge_trust=one.judged, os_name=System.DEBIAN)
    assert report.verdict


def test_what_is_too_large_inside_is_refused_before_it_is_taken_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lists of nothing take thirty times their size in memory; texts with brackets in them do not count."""
    monkeypatch.setattr(evidence_file, "MAX_VALUES", 1000)
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("it was taken apart"))
    with pytest.raises(FormatError, match="larger inside"):
        evidence_file.read(b'{"a":[' + b"[]," * 3000 + b"[]]}")
    monkeypatch.setattr(json, "loads", loads)
    with pytest.raises(FormatError, match="is no evidence file"):
        evidence_file.read(b'{"a":"' + b"[,{" * 3000 + b'\\" ["}')
