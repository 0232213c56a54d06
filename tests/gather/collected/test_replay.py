"""What was recorded of a server leads to the facts that a live probe of it finds."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from certdoctor.formats.wire import mongodb, postgres, tds, tls
from certdoctor.gather import clock, saved
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.server.transport import Wire
from certdoctor.lab.scenarios import SCENARIOS, FirstMove, Scenario
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.report import Verdict
from certdoctor.model.wire import Encryption, Probe
from certdoctor.session import Session
from tests.hostile.servers import HOSTILE, serve

COLLECTED = Path(__file__).parents[3] / "fixtures" / "collected"


@dataclass
class Recorder:
    """Keeps what each connection of a live probe receives, as a collector does."""

    lines: dict[int, dict[str, object]] = field(default_factory=dict)
    received: dict[int, bytes] = field(default_factory=dict)
    kept: list[Wire] = field(default_factory=list)
    """So that no id is used twice."""

    def line(self, wire: Wire, opens: str) -> dict[str, object]:
        """Return what is noted of a connection; ``opens`` is said of a new one."""
        if id(wire) not in self.lines:
            self.kept.append(wire)
            self.lines[id(wire)] = {"opens": opens, "by": "runtime", "ended": "done"}
            self.received[id(wire)] = b""
        return self.lines[id(wire)]

    def file(self, evidence: Evidence) -> bytes:
        """Return the collected file."""
        assert not isinstance(evidence.probe, Absent)
        connections = [
            {**line, "received": b64encode(self.received[key][: 1 << 20]).decode()}
            for key, line in self.lines.items()
        ]
        host, _, port = evidence.subject.rpartition(":")
        server = {"host": host, "port": int(port), "protocol": "tds", "named": False, "address": "127.0.0.1"}
        document = {
            "format": "certdoctor-collected",
            "schema": "1.0",
            "collected_at": evidence.observed_at.isoformat(),
            "runtime": {"name": "Node", "version": "20"},
            "servers": [{**server, "connections": connections}],
        }
        return json.dumps(document).encode()


def _opening(words: bytes) -> str:
    if words == postgres.SSL_REQUEST or words == mongodb.build_hello():
        return "postgres" if words == postgres.SSL_REQUEST else "mongodb"
    if words[0] == 0x16:
        return "tds8" if tds.ALPN in words else "tls"
    off = tds.parse_prelogin(words[tds.HEADER.size :]).encryption == Encryption.OFF
    return "tds-off" if off else "tds-on"


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Record every connection that a live probe makes."""
    found = Recorder()
    send, receive = Wire.send, Wire.receive

    def sending(wire: Wire, data: bytes) -> None:
        found.line(wire, _opening(data) if id(wire) not in found.lines else "")
        send(wire, data)

    def receiving(wire: Wire, limit: int = 1 << 14) -> bytes:
        line = found.line(wire, "mysql")
        try:
            data = receive(wire, limit)
        except TimeoutError:
            line["ended"] = "timeout"
            raise
        except ConnectionResetError:
            line["ended"] = "reset"
            raise
        found.received[id(wire)] += data
        if not data:
            line["ended"] = "closed"
        return data

    monkeypatch.setattr(Wire, "send", sending)
    monkeypatch.setattr(Wire, "receive", receiving)
    return found


_LEFT_OUT = {
    "reset-at-once",  # before there are first words to know a connection by
    "byte-a-second",
    "slow-handshake",
    "silent-after-prelogin",
    "never-the-last-packet",
    "empty-packets",
    "megabyte-of-ca-names",
}
_ALWAYS = {
    "missing-issuer",
    "client-cert-required",
    "not-tls-or-wrong-port",
    "postgresql-error",
    "mysql-error",
}
_RECORDED = [
    pytest.param(scenario, id=scenario.name, marks=() if scenario.name in _ALWAYS else pytest.mark.slow)
    for scenario in (*SCENARIOS, *HOSTILE)
    if scenario.behaviour.first_move is not FirstMove.SILENT
    and not scenario.behaviour.tds8  # TLS 1.3: its secrets are not recorded here, but in fixtures/collected
    and scenario.name not in _LEFT_OUT
]


@pytest.mark.parametrize("scenario", _RECORDED)
def test_recorded_bytes_lead_to_the_facts_of_the_live_probe(
    scenario: Scenario, recorder: Recorder, tmp_path: Path
) -> None:
    """Chain, handshake, PRELOGIN, failure and cause are the same, by the same code."""
    with serve(scenario) as practice:
        endpoint = f"{practice.host}:{practice.port}"
        live = gather(Request(target=endpoint, cas=(str(practice.ca_path),), seconds=1.0), clock.now())
        file = tmp_path / "case.collected.json"
        file.write_bytes(recorder.file(live))
    [subject] = saved.load(str(file)).subjects
    again = subject.evidence
    assert isinstance(again.probe, Probe)
    assert isinstance(live.probe, Probe)
    assert again.chain == live.chain or (isinstance(again.chain, Absent) and isinstance(live.chain, Absent))
    assert again.probe.prelogin == live.probe.prelogin or isinstance(live.probe.prelogin, Absent)
    if not isinstance(live.probe.handshake, Absent):
        assert again.probe.handshake == live.probe.handshake
    assert (again.probe.failure is None) is (live.probe.failure is None)
    if live.probe.failure is not None and again.probe.failure is not None:
        assert (again.probe.failure.kind, again.probe.failure.stage) == (
            live.probe.failure.kind,
            live.probe.failure.stage,
        )
    assert again.probe.software == live.probe.software
    judge = Session(at=live.observed_at).judge
    assert judge(replace(again, files=live.files)).cause == judge(live).cause


@pytest.mark.parametrize(
    ("name", "cause", "version"),
    [
        ("strict-only", "strict-only", "TLSv1.3"),
        ("postgresql", None, "TLSv1.2"),
        ("client-cert-required", "client-cert-required", "TLSv1.2"),
    ],
)
def test_what_node_has_recorded_is_judged(name: str, cause: str | None, version: str) -> None:
    """The chain of TLS 1.3 is opened with the secrets noted, and the answer inside it tells the product."""
    [subject] = saved.load(str(COLLECTED / f"{name}.collected.json")).subjects
    report = Session(at=subject.evidence.observed_at).judge(subject.evidence)
    assert report.cause == cause
    found = subject.evidence.probe
    assert isinstance(found, Probe)
    shaken = found.strict if isinstance(found.handshake, Absent) else found.handshake
    assert not isinstance(shaken, Absent)
    assert shaken.protocol == version
    if name == "strict-only":
        assert found.product is not None
        assert found.product.name == "SQL Server 2022"


ALERT = bytes.fromhex("15030300020246")
"""protocol_version."""
HELLO = tls.build_server_hello(tls.ServerHello(version=0x0304, cipher=0x1301))


@pytest.mark.parametrize(
    ("by", "received", "cause"),
    [
        ("hello", ALERT, None),  # TLS 1.3 was not offered: nothing is known
        ("runtime", HELLO, None),  # the certificate is encrypted, and no secret was noted
        ("runtime", ALERT, "protocol-mismatch"),
    ],
)
def test_a_server_whose_certificate_was_not_seen_is_not_called_healthy(
    by: str, received: bytes, cause: str | None, tmp_path: Path
) -> None:
    """What the collector could not see makes the verdict inconclusive; only what the server did is a cause."""
    document = json.loads((COLLECTED / "strict-only.collected.json").read_bytes())
    line = {"opens": "tls", "by": by, "ended": "done", "received": b64encode(received).decode()}
    document["servers"][0] |= {"protocol": "tls", "named": True, "connections": [line], "words": []}
    document["files"] = []
    file = tmp_path / "case.collected.json"
    file.write_text(json.dumps(document))
    [report] = Session().judge_again(saved.load(str(file)))
    assert report.cause == cause
    assert report.verdict is (Verdict.BROKEN if cause else Verdict.INCONCLUSIVE)
