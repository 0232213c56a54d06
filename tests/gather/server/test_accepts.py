"""Own ClientHellos: the wire format, and what servers of known settings accept."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats.targets.target import parse
from certdoctor.formats.wire import tls as tlswire
from certdoctor.formats.wire.tls import Alert, ClientHello, ServerHello, Version
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.server import survey
from certdoctor.gather.server.dialects import tds
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.transport import Address, Deadline
from certdoctor.lab.scenarios import Behaviour, Scenario, Tls
from certdoctor.model.ids import System
from certdoctor.model.report import Report
from certdoctor.model.wire import Probe, Survey, SurveyResult
from certdoctor.render.machine.json import render_json
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from tests import pki
from tests.hostile.servers import HOSTILE, find, serve

extensions = st.lists(
    st.tuples(st.integers(0, 0xFFFF).filter(lambda n: n not in {43, 0xFF01}), st.binary(max_size=30)),
    max_size=4,
)
hellos = st.builds(
    ServerHello,
    version=st.sampled_from(list(map(int, Version))),
    cipher=st.integers(0, 0xFFFF),
    secure_renegotiation=st.booleans(),
    extensions=extensions.map(tuple),
)


@given(hellos)
def test_server_hellos_round_trip(hello: ServerHello) -> None:
    """What is built is read back."""
    assert tlswire.parse_answer(tlswire.build_server_hello(hello)) == hello


@given(hello=hellos, data=st.data())
def test_a_cut_server_hello_is_not_yet_whole(hello: ServerHello, data: st.DataObject) -> None:
    """A prefix of it waits for more, and never gives another answer."""
    whole = tlswire.build_server_hello(hello)
    assert tlswire.parse_answer(whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@given(hello=hellos, size=st.integers(1, 40))
def test_a_server_hello_in_many_records(hello: ServerHello, size: int) -> None:
    """A handshake message may be split over records (RFC 5246 section 6.2.1)."""
    body = tlswire.build_server_hello(hello)[5:]
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    split = b"".join(tlswire.build_records(tlswire.Content.HANDSHAKE, chunk) for chunk in chunks)
    assert tlswire.parse_answer(split) == hello


def test_an_extension_that_is_longer_than_the_hello_is_refused() -> None:
    """Lengths inside must fit into the lengths around them."""
    hello = ServerHello(version=Version.TLS1_2, cipher=1, extensions=((7, b"abc"),))
    whole = tlswire.build_server_hello(hello)
    assert whole.endswith(b"\x00\x07\x00\x03abc")
    with pytest.raises(FormatError):
        tlswire.parse_answer(whole[:-5] + b"\x00\x04abc"[:5])


@given(st.integers(0, 255))
def test_alerts_round_trip(description: int) -> None:
    """Every alert has a name, if only its number."""
    assert tlswire.parse_answer(tlswire.build_alert(Alert(description))) == Alert(description)
    assert Alert(description).name


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda b: b"\x16\x03\x03" + b))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give an answer, the wish for more, or FormatError."""
    with contextlib.suppress(FormatError):
        tlswire.parse_answer(data)


@pytest.mark.parametrize("version", list(Version))
def test_openssl_understands_the_hello(version: Version) -> None:
    """A real TLS library reads every version of it, the name and the protocol included."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.use_certificate(pki.leaf().certificate)
    context.use_privatekey(pki.leaf().key)
    names: list[bytes | None] = []
    context.set_tlsext_servername_callback(lambda connection: names.append(connection.get_servername()))
    context.set_alpn_select_callback(lambda _, offered: offered[0])
    server = SSL.Connection(context, None)
    server.set_accept_state()
    server.bio_write(
        tlswire.build_client_hello(
            ClientHello(
                version=version,
                ciphers=tlswire.fitting(version),
                random=bytes(range(32)),
                server_name="sql01.example",
                alpn=(b"tds/8.0",),
            )
        )
    )
    with pytest.raises(SSL.WantReadError):
        server.do_handshake()
    answer = tlswire.parse_answer(server.bio_read(1 << 16))
    assert isinstance(answer, ServerHello)
    assert answer.version == version
    assert names == [b"sql01.example"]
    assert version is Version.TLS1_3 or answer.secure_renegotiation


def test_titles_are_those_of_openssl() -> None:
    """The names are the same everywhere in a report."""
    assert [version.title for version in Version] == ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]


def test_the_suites_are_sound() -> None:
    """Suites of TLS 1.3 are offered in TLS 1.3 alone, and what is weak is known to be."""
    assert {tlswire.suites()[n] for n in tlswire.fitting(Version.TLS1_3)} >= {"TLS_AES_128_GCM_SHA256"}
    assert not set(tlswire.fitting(Version.TLS1_3)) & set(tlswire.fitting(Version.TLS1_2))
    assert tlswire.weak("TLS_RSA_WITH_3DES_EDE_CBC_SHA") == "3DES"
    assert tlswire.weak("TLS_RSA_EXPORT_WITH_RC4_40_MD5") == "export strength"
    assert tlswire.weak("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") is None


def look(scenario: Scenario, survey: str, form: str | None = None, seconds: float = 5.0) -> Report:
    """Probe a practice server and ask what it accepts."""
    with serve(scenario) as practice:
        asked = Request(
            target=form.format(practice.port) if form else practice.target,
            cas=(str(practice.ca_path),),
            seconds=seconds,
            survey=Survey(survey),
        )
        return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


def accepted(report: Report) -> SurveyResult:
    """Return what the server accepts."""
    assert isinstance(report.evidence.probe, Probe)
    assert report.evidence.probe.accepts is not None
    return report.evidence.probe.accepts


@pytest.mark.parametrize(
    ("scenario", "form", "wanted"),
    [
        ("healthy", None, {"TLSv1.2"}),
        ("legacy-tls", None, {"TLSv1"}),
        ("protocol-mismatch", None, {"TLSv1.3"}),
        ("postgresql-with-tls", "postgres://localhost:{}", {"TLSv1.2"}),
        ("mariadb-with-tls", "mysql://localhost:{}", {"TLSv1.2"}),
        ("tls-on-this-port", "tls://localhost:{}", {"TLSv1.2"}),
    ],
)
def test_versions_over_every_kind_of_wrapping(scenario: str, form: str | None, wanted: set[str]) -> None:
    """Each version is offered by itself, inside whatever the protocol demands first."""
    versions = accepted(look(find(scenario), "versions", form)).versions
    assert {version.name for version in versions if version.accepted} == wanted
    assert all(version.accepted is not None for version in versions)


def test_suites_in_the_order_of_the_server() -> None:
    """Exactly the suites that the server was given are found."""
    tls = Tls(
        lowest="TLSv1.2", highest="TLSv1.2", ciphers="ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:NULL-SHA256"
    )
    scenario = replace(find("cipher-mismatch"), behaviour=Behaviour(tls=tls))
    report = look(scenario, "ciphers")
    ciphers = accepted(report).ciphers
    assert ciphers is not None
    assert accepted(report).complete
    assert {suite.name for suite in ciphers} == {
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_NULL_SHA256",
    }
    (found,) = [f for f in report.findings if f.rule.slug == "legacy-tls-accepted"]
    assert found.facts["suites"] == "TLS_RSA_WITH_NULL_SHA256"
    text = render([report], Console(width=100, verbose=True))
    assert "no encryption: current clients refuse it" in text
    assert "TRACEID sent" in text


def test_a_suite_that_no_library_here_has_is_found() -> None:
    """3DES is gone from this machine's OpenSSL; the first bytes of the answer show it all the same."""
    report = look(find("three-des-only"), "ciphers")
    assert report.cause == "cipher-mismatch"
    ciphers = accepted(report).ciphers
    assert ciphers is not None
    assert [(s.version, s.name, s.detail) for s in ciphers] == [
        ("TLSv1.2", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "3DES")
    ]
    slugs = {finding.rule.slug: finding for finding in report.findings}
    assert slugs["legacy-tls-accepted"].severity.value == "risks"
    assert "RFC 5746" in " ".join(f.detail for f in report.findings)


def test_old_versions_alone_are_a_risk() -> None:
    """The note becomes a risk where nothing newer is accepted; the cause stays protocol-mismatch."""
    report = look(find("legacy-tls"), "versions")
    assert report.cause == "protocol-mismatch"
    (found,) = [f for f in report.findings if f.rule.slug == "legacy-tls-accepted"]
    assert found.severity.value == "risks"


def test_it_is_in_the_json_document() -> None:
    """``accepts`` stands beside the handshake, since it is known also where none succeeded."""
    document = json.loads(render_json([look(find("healthy"), "versions")], "probe"))
    evidence = document["reports"][0]["evidence"]
    version = evidence["accepts"]["versions"][2]
    assert (version["name"], version["accepted"]) == ("TLSv1.2", True)
    assert evidence["trace_id"]
    failed = json.loads(render_json([look(find("protocol-mismatch"), "versions")], "probe"))
    assert failed["reports"][0]["evidence"]["handshake"] is None
    assert failed["reports"][0]["evidence"]["accepts"]["versions"][3]["accepted"] is True


@pytest.mark.parametrize("scenario", HOSTILE[::3], ids=lambda s: s.name)
def test_hostile_servers_end_the_survey_in_time(scenario: Scenario) -> None:
    """The deadline is for everything, the survey included."""
    assert look(scenario, "ciphers", seconds=0.5).verdict is not None


@pytest.mark.parametrize(("read_first", "accepted"), [(True, False), (False, None)])
def test_a_reset_counts_only_behind_an_offer(read_first: bool, accepted: bool | None) -> None:  # noqa: FBT001 - a parameter
    """A server that hangs up on a ClientHello declines it; one that cannot be reached says nothing of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address: Address = (socket.AF_INET, listening.getsockname())
        run = ProbeRun(parse(f"tls://127.0.0.1:{address[1][1]}"), Deadline(5.0), 5.0, None)
        run.address = address

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.recv(4096)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        if read_first:
            threading.Thread(target=hang_up, daemon=True).start()
        else:
            listening.close()
        answer = survey._offer(run, tds.open_strict, None, Version.TLS1_2, (0xC02F,))  # noqa: SLF001 - one offer
    assert answer.accepted is accepted, answer.detail
