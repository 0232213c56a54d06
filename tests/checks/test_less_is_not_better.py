"""Whatever is taken away from an evidence, no verdict gets better: silence is not health.

What is taken away was looked at and found, so that its absence is one of what was *not obtained*. Taking away may turn
`broken` into `inconclusive`, since the fault is then unseen, but never anything into `healthy`, nor `inconclusive` into
`at-risk`. What was taken away and is no longer asked for (a client, a log) leaves a smaller question: a client that is
not named any more may not make the others' verdict better than it was for them alone, and a log that is not given can
only take its own claims with it. So logs are cut short here (``left_out``), as a reader that stops does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock, saved
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import SCENARIOS
from certdoctor.logs import reading
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import Role
from certdoctor.model.ids import System
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import Probe
from tests.hostile.servers import serve

RECORDED = sorted((Path(__file__).parents[2] / "fixtures" / "evidence").glob("*.certdoctor.json"))
LOG = (
    "2026-06-01 12:00:00 ERROR Failed to connect to localhost:1433 - unable to get local issuer certificate\n"
)
GONE = Absent("taken away", Shade.NOT_OBTAINED)

WORSE = {Verdict.BROKEN: 0, Verdict.INCONCLUSIVE: 1, Verdict.AT_RISK: 2, Verdict.HEALTHY: 3}
"""The higher, the better. What cannot be told is worse than a risk that was told."""

Less = tuple[str, Evidence]


def judged(evidence: Evidence) -> Report:
    """Judge as `diagnose` does."""
    return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN, with_remedies=False)


def better(before: Verdict, after: Verdict) -> bool:
    """Whether less evidence has led to a better verdict; that a fault is no longer seen, and said so, is none."""
    if after is Verdict.INCONCLUSIVE:
        return False
    return WORSE[after] > WORSE[before]


def fewer_certificates(evidence: Evidence) -> Iterator[Less]:
    """Take each certificate of the chain above the leaf away, and each of the files."""
    if not isinstance(evidence.chain, Absent):
        chain = evidence.chain
        for place in range(len(chain.rest)):
            shorter = Chain(chain.leaf, chain.rest[:place] + chain.rest[place + 1 :])
            probe = evidence.probe
            if isinstance(probe, Probe) and not isinstance(probe.chain, Absent):
                probe = replace(probe, chain=shorter)
            yield f"certificate {place + 2} of the chain", replace(evidence, chain=shorter, probe=probe)
    for place, file in enumerate(evidence.files):
        for number in range(len(file.objects)):
            less = replace(file, objects=file.objects[:number] + file.objects[number + 1 :])
            files = (*evidence.files[:place], less, *evidence.files[place + 1 :])
            yield f"object {number + 1} of {file.role}", replace(evidence, files=files)
        files = evidence.files[:place] + evidence.files[place + 1 :]
        yield f"the file {file.role}", replace(evidence, files=files)


def fewer_answers(evidence: Evidence) -> Iterator[Less]:
    """Take what the server said away, piece by piece."""
    yield "the chain", replace(evidence, chain=GONE)
    probe = evidence.probe
    if isinstance(probe, Absent):
        return
    yield "the server", replace(evidence, probe=GONE, chain=GONE)
    yield "the handshake", replace(evidence, probe=replace(probe, handshake=GONE, chain=GONE), chain=GONE)
    yield "the prelogin", replace(evidence, probe=replace(probe, prelogin=GONE, forces_encryption=GONE))
    yield "the demand for encryption", replace(evidence, probe=replace(probe, forces_encryption=GONE))
    yield "the answer to encryption", replace(evidence, probe=replace(probe, encryption_offered=GONE))
    yield "strict", replace(evidence, probe=replace(probe, strict=GONE, strict_chain=GONE))
    yield (
        "everything behind the connection",
        replace(
            evidence,
            chain=GONE,
            probe=replace(
                probe,
                prelogin=GONE,
                forces_encryption=GONE,
                encryption_offered=GONE,
                handshake=GONE,
                chain=GONE,
                strict=GONE,
                strict_chain=GONE,
                failure=None,
                product=None,
                stages=(),
            ),
        ),
    )


def fewer_things_asked(evidence: Evidence) -> Iterator[Less]:
    """Take stores, the search, and parts of logs away."""
    yield "the stores", replace(evidence, stores=GONE)
    yield "the search", replace(evidence, lookup=GONE)
    yield "the names", replace(evidence, hosts=())
    for place, log in enumerate(evidence.logs):
        cut = replace(log, events=(), left_out="cut short")
        yield (
            f"the rest of log {place + 1}",
            replace(evidence, logs=(*evidence.logs[:place], cut, *evidence.logs[place + 1 :])),
        )


def less(evidence: Evidence) -> Iterator[Less]:
    """Yield the evidence with one thing taken away, and with two."""
    ways: tuple[Callable[[Evidence], Iterator[Less]], ...] = (
        fewer_certificates,
        fewer_answers,
        fewer_things_asked,
    )
    for way in ways:
        for name, smaller in way(evidence):
            yield name, smaller
            for other in ways:
                if other is not way:
                    yield from ((f"{name}, {more}", least) for more, least in other(smaller))


@cache
def scenario(name: str) -> Evidence:
    """Return what is seen of the practice server of a scenario, with a log of a failure."""
    (found,) = (one for one in SCENARIOS if one.name == name)
    with serve(found) as practice:
        cas = (str(practice.ca_path),) if found.trusts_ca else ()
        return gather(Request(target=practice.target, cas=cas, seconds=2.0), clock.now())


def improved(evidence: Evidence) -> list[str]:
    """Return what could be taken away for a better verdict."""
    before = judged(evidence)
    found = []
    for name, smaller in less(evidence):
        after = judged(smaller)
        if better(before.verdict, after.verdict):
            found.append(f"without {name}: {before.verdict} ({before.cause}) becomes {after.verdict}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
@pytest.mark.parametrize("with_log", [False, True], ids=["no log", "a log"])
def test_a_server_of_which_less_is_seen_is_no_better(name: str, *, with_log: bool) -> None:
    """Every scenario of the practice server."""
    evidence = scenario(name)
    if with_log:
        evidence = replace(evidence, logs=(reading.parse(LOG.encode(), path="app.log"),))
    assert improved(evidence) == []


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_evidence_of_which_less_is_left_is_no_better(path: Path) -> None:
    """The evidence files of earlier versions."""
    for subject in saved.load(str(path)).subjects:
        assert improved(subject.evidence) == []


@pytest.mark.parametrize(
    "name", ["healthy", "missing-issuer", "expired", "weak-digest", "encryption-required"]
)
def test_a_client_that_is_not_known_makes_nothing_better(name: str) -> None:
    """Each client by itself: together they are never better than the worst of them."""
    evidence = scenario(name)
    clients = ("node", "jdbc", "go", "openssl", "odbc-windows")
    each = [judged(replace(evidence, clients=(one,))).verdict for one in clients]
    together = judged(replace(evidence, clients=clients)).verdict
    assert WORSE[together] <= min(WORSE[one] for one in each)


@pytest.mark.parametrize("role", [Role.CA, Role.CHAIN])
def test_a_file_that_could_not_be_read_is_no_better(role: Role) -> None:
    """Its absence is told."""
    evidence = scenario("healthy")
    files = tuple(replace(f, objects=(), unreadable="taken away", role=role) for f in evidence.files)
    assert judged(replace(evidence, files=files)).verdict is not Verdict.HEALTHY
