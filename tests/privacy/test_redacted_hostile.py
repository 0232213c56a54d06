"""Redacted evidence that somebody made up, and the parts that put pseudonyms into certificates."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats import evidence_file
from certdoctor.formats.certificates.x509 import parse
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Evidence, Redaction
from certdoctor.model.ids import System
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.model.saved import Saved, SavedSubject
from certdoctor.model.trust import Trust
from certdoctor.privacy.certificates import to_the_hour
from certdoctor.privacy.fingerprints import Fingerprints
from certdoctor.privacy.names import Names
from certdoctor.privacy.reports import pseudonymous
from tests.formats.test_saved import QUICKLY, strategy
from tests.planted import planted
from tests.privacy.test_pseudonyms import outputs
from tests.reports import NOW


def _redacted_subject() -> SavedSubject:
    certificates = tuple(map(parse, planted()))
    chain = Chain(certificates[0], certificates[1:])
    evidence = Evidence(subject="qsql07", observed_at=NOW, hosts=("qsql07",), chain=chain)
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    (hidden,) = pseudonymous([report])
    return SavedSubject(evidence=hidden.evidence, judged=True, clients=hidden.clients)


def _run_of(*subjects: SavedSubject) -> Saved:
    return Saved(version="0.1.0", command="verify", saved_at=NOW, os=System.DEBIAN, subjects=subjects)


def test_it_comes_back_unchanged() -> None:
    """With the path and what the clients said."""
    this = _run_of(_redacted_subject())
    assert this.subjects[0].clients
    assert isinstance(this.subjects[0].evidence.trust, Trust)
    assert evidence_file.read(evidence_file.write(this)) == this


Change = Callable[[dict[str, Any]], object]


def _facts(change: Callable[[dict[str, Any]], object]) -> Change:
    return lambda document: change(next(iter(document["content"]["facts"].values())))


def _evidence(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["content"]["run"]["subjects"][0]["evidence"]
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["content"].pop("facts"), "facts of certificates expected"),
        (lambda d: d["content"]["facts"].update(x=1), "facts of a certificate expected"),
        (_facts(lambda f: f.update(sha256="00" * 32)), "under another one's fingerprint"),
        (_facts(lambda f: f.update(sha1="$(reboot)")), "hexadecimal digits expected"),
        (_facts(lambda f: f["public_key"].update(spki_sha256="`x`")), "hexadecimal digits expected"),
        (_facts(lambda f: f.update(subject_key_id="';--")), "hexadecimal digits expected"),
        (_facts(lambda f: f.update(not_after="2026-01-01T00:00:00")), "not_after"),
        (_facts(lambda f: f.update(serial="1")), "serial"),
        (_facts(lambda f: f.pop("subject")), "subject"),
        (lambda d: _evidence(d).update(redaction=None), "is not redacted as its schema says"),
        (lambda d: d.update(schema="1.0"), "expected Certificate"),
        (lambda d: _evidence(d)["trust"].update(path=[]), "a path without certificates"),
        (lambda d: d["content"]["run"]["subjects"][0]["clients"][0].update(verdict="maybe"), "verdict"),
        (lambda d: d["content"]["run"]["subjects"][0].update(clients=5), "clients"),
        (
            lambda d: d["content"]["run"]["subjects"][0]["clients"][0].update(client="<b>"),
            "what no client says",
        ),
        (
            lambda d: d["content"]["run"]["subjects"][0]["clients"][0].update(cause="|x|"),
            "what no client says",
        ),
    ],
)
def test_what_no_certdoctor_writes_is_refused(change: Change, words: str) -> None:
    """Facts are believed as far as nothing else could have written them."""
    document = json.loads(evidence_file.write(_run_of(_redacted_subject())))
    change(document)
    document["digest"] = evidence_file.digest_of(document["content"])
    with pytest.raises(FormatError) as refusal:
        evidence_file.read(json.dumps(document).encode())
    assert words in refusal.value.problem


def test_a_certificate_does_not_come_twice() -> None:
    """Facts must not stand for a certificate that is in the file."""
    document = json.loads(evidence_file.write(_run_of(_redacted_subject())))
    der = planted()[0]
    name = parse(der).sha256
    facts = next(iter(document["content"]["facts"].values()))
    document["content"]["certificates"][name] = b64encode(der).decode()
    document["content"]["facts"][name] = {**facts, "sha256": name}
    document["digest"] = evidence_file.digest_of(document["content"])
    with pytest.raises(FormatError, match="under another one's fingerprint"):
        evidence_file.read(json.dumps(document).encode())


WITHHELD = _redacted_subject().evidence


SAID = strategy(ClientVerdict).map(
    lambda one: replace(one, client="node", cause="made-up", causes=("made-up", "expired"))
)
"""Ids and causes are held to their form: they stand in tables as they are."""


@pytest.mark.slow
@settings(QUICKLY, max_examples=25)
@given(strategy(Evidence), st.lists(SAID, max_size=3), st.booleans())
def test_redacted_evidence_that_somebody_made_up_is_judged(
    evidence: Evidence,
    said: list[ClientVerdict],
    judged: bool,  # noqa: FBT001 - made by Hypothesis
) -> None:
    """A report comes of it in every form, never an exception."""
    made_up = replace(evidence, redaction=Redaction(version="x", at=NOW), clients=(), chain=WITHHELD.chain)
    if not isinstance(made_up.trust, Trust) or not made_up.trust.path:
        made_up = replace(made_up, trust=WITHHELD.trust)
    this = evidence_file.read(
        evidence_file.write(_run_of(SavedSubject(evidence=made_up, judged=judged, clients=tuple(said))))
    )
    one = this.subjects[0]
    report = diagnose(one.evidence, judge_trust=one.judged, os_name=System.DEBIAN, said=one.clients)
    assert list(outputs([report]))


# --- the parts --------------------------------------------------------------------------------------------


@given(st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31, 23, 59, 59), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds have none
def test_to_the_hour_nothing_is_judged_otherwise(moment: datetime) -> None:
    """Neither what lies before and behind, nor the days up to it, nor the date."""
    rounded = to_the_hour(moment, NOW)
    assert (rounded - NOW).days == (moment - NOW).days
    assert (NOW - rounded).days == (NOW - moment).days
    assert abs(rounded - moment) <= timedelta(hours=1)
    assert (rounded.minute, rounded.second) == (0, 0) or (moment - NOW) % timedelta(days=1) == timedelta()


@given(st.binary(min_size=20, max_size=32), st.sampled_from(["", ":", " ", "-"]), st.booleans())
def test_a_fingerprint_is_found_in_every_way_of_writing(digest: bytes, mark: str, upper: bool) -> None:  # noqa: FBT001 - drawn
    """Whole and shortened, and the same one stands for it everywhere."""
    prints = Fingerprints()
    digits = digest.hex()
    made = prints.of(digits)
    if made == digits:
        return  # the one in 2**60 that is a pseudonym
    written = digest.hex(mark) if mark else digits
    shown = prints.hide(f"sha1={written.upper() if upper else written}, {digits[:16]}…")
    assert re.sub("[^0-9a-f]", "", shown.partition("=")[2].lower()) == made + made[:16]
    assert prints.hide(shown) == shown


def test_names_keep_their_shape() -> None:
    """Labels, wildcards and addresses: what covers what is judged as before."""
    names = Names()
    for name in ("sql01.corp.example", "10.1.2.3", "2001:db8::5", "x.database.windows.net"):
        names.host(name)
    hidden = names.hide("sql01.corp.example *.corp.example 10.1.2.3 2001:db8::5 x.database.windows.net")
    assert hidden == "host-1.domain-1.example *.domain-1.example 0.0.0.1 100::1 host-2.database.windows.net"


def test_short_words_are_hidden_where_they_are_names() -> None:
    """A CA called ABC: in its name, between quotes, alone; not within every sentence."""
    names = Names()
    names.distinguished("CN=ABC,O=IT,C=BE")
    assert names.hide("ABC") == "name-1"
    assert names.hide('"ABC" expired; it is issued by CN=ABC, O=IT.') == (
        '"name-1" expired; it is issued by CN=name-1, O=org-1.'
    )


def test_a_number_is_no_name() -> None:
    """Windows calls the key in a container "1"."""
    names = Names()
    names.word("1", "name")
    assert names.hide("1") == "1"


def test_answers_of_clients_are_words_of_ours() -> None:
    """The client's id and cause are no names."""
    one = ClientVerdict(
        client="node", title="node", verdict=Answer.REJECTS, cause="expired", message="node.example"
    )
    (hidden,) = pseudonymous(
        [
            replace(
                diagnose(
                    Evidence(subject="node", observed_at=NOW, hosts=("node.example",)),
                    judge_trust=False,
                    os_name=System.DEBIAN,
                ),
                clients=(one,),
            )
        ]
    )
    assert (hidden.clients[0].client, hidden.clients[0].cause) == ("node", "expired")
    assert hidden.clients[0].message == "domain-1.example"
