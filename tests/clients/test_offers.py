"""Which clients find nothing in common with a server: the data, the reading of ClientHellos, the judgement."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.data import load
from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats.wire import tls as tlswire
from certdoctor.formats.wire.tls import ClientHello, Offered, Version
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import Behaviour, Presents, Tls, find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.report import Verdict
from certdoctor.model.wire import Offer, Reach, Survey
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from certdoctor.trust import offers

AES = "TLS_RSA_WITH_AES_128_CBC_SHA"
MODERN = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
ARIA = "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"

client_hellos = st.builds(
    ClientHello,
    version=st.sampled_from(Version),
    ciphers=st.lists(st.integers(0, 0xFFFF), max_size=40).map(tuple),
    random=st.binary(min_size=32, max_size=32),
    server_name=st.none() | st.just("sql01.example"),
    alpn=st.just(()) | st.just((b"tds/8.0",)),
)


@given(client_hellos)
def test_client_hellos_round_trip(hello: ClientHello) -> None:
    """What is built is read back."""
    assert tlswire.parse_client_hello(tlswire.build_client_hello(hello)) == Offered(
        versions=(hello.version,), ciphers=hello.ciphers
    )


@given(hello=client_hellos, data=st.data())
def test_a_cut_client_hello_is_refused(hello: ClientHello, data: st.DataObject) -> None:
    """There is no reading half of it."""
    whole = tlswire.build_client_hello(hello)
    with pytest.raises(FormatError):
        tlswire.parse_client_hello(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda b: b"\x16\x03\x01" + b))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give an offer or FormatError."""
    with contextlib.suppress(FormatError):
        tlswire.parse_client_hello(data)


def test_the_data_is_sound() -> None:
    """Every suite is known, every entry has its source, and every one speaks something."""
    known = set(load("ciphers")["suites"])
    for one in load("offers")["clients"]:
        assert set(f"{one['suites']} {one.get('unsure_suites', '')}".split()) <= known
        assert set(one["versions"]) <= {version.title for version in Version}
        assert one["basis"] in {"measured", "documented"}
        assert one["source"]
        assert one["drivers"]
    assert len({client.id for client in offers.clients()}) == len(offers.clients())


def surveyed(
    *taken: str,
    ciphers: dict[str, str] | None = None,
    complete: bool = True,
    secure: bool | None = True,
) -> offers.Surveyed:
    """Return a server that takes those versions, and those suites (name to version)."""
    return offers.Surveyed(
        versions=tuple(
            Offer(name=v.title, accepted=v.title in taken, detail=MODERN if v.title in taken else "")
            for v in Version
        ),
        ciphers=None
        if ciphers is None
        else tuple(Offer(name=name, accepted=True, detail="", version=v) for name, v in ciphers.items()),
        complete=complete,
        secure_renegotiation=secure,
    )


def told(server: offers.Surveyed, protocol: str = "tds") -> dict[str, Reach]:
    """Return the judgement by client."""
    return {one.client: one for one in offers.reach(server, protocol)}


def test_old_versions_leave_out_all_but_old_windows() -> None:
    """Schannel of 2019 and GnuTLS still offer TLS 1.0; FreeTDS with OpenSSL 1.1.1 was measured to take TLS 1.1."""
    found = told(surveyed("TLSv1", ciphers={AES: "TLSv1"}))
    assert {name for name, one in found.items() if one.connects} == {"windows-2019", "freetds-1.3"}
    assert found["windows-2022"].connects is None
    assert found["node-22"].why == "offers TLS 1.2 only"
    assert found["node-22"].drivers == "tedious, mssql"
    assert told(surveyed("TLSv1.1", ciphers={AES: "TLSv1.1"}))["pymssql"].connects is True


def test_tls_1_3_counts_only_where_it_comes_first() -> None:
    """Inside TDS 7 no driver offers it."""
    server = surveyed("TLSv1.3", ciphers={"TLS_AES_256_GCM_SHA384": "TLSv1.3"})
    assert not any(one.connects for one in told(server).values())
    strict = told(server, "tds8")
    assert strict["node-22"].connects is True
    assert strict["windows-2019"].connects is False


def test_key_exchange_with_rsa_leaves_out_java_25_go_and_dotnet() -> None:
    """They have given it up; the others have not."""
    found = told(surveyed("TLSv1.2", ciphers={AES: "TLSv1.2"}))
    assert {name for name, one in found.items() if one.connects is False} == {
        "jdbc-25",
        "go-1.22",
        "dotnet-linux",
    }
    assert found["jdbc-25"].why == "offers none of the suites that are accepted in TLS 1.2"


def test_without_secure_renegotiation_openssl_3_is_left_out() -> None:
    """Java, Go and Windows do not mind (RFC 5746 is OpenSSL 3's demand)."""
    found = told(surveyed("TLSv1.2", ciphers={MODERN: "TLSv1.2"}, secure=False))
    assert found["odbc-18"].connects is False
    assert "RFC 5746" in found["node-20"].why
    assert found["jdbc-17"].connects is True


def test_what_was_not_asked_is_not_claimed() -> None:
    """Versions alone settle it where the suite that was chosen is one of the client's."""
    assert all(one.connects for one in told(surveyed("TLSv1.2")).values())
    cut_short = told(surveyed("TLSv1.2", ciphers={ARIA: "TLSv1.2"}, complete=False))
    assert cut_short["jdbc-17"].connects is None
    assert told(surveyed("TLSv1.2", ciphers={ARIA: "TLSv1.2"}))["jdbc-17"].connects is False


@pytest.mark.parametrize(
    ("protocol", "drivers"), [("postgres", "pg"), ("mysql", "mysql2"), ("mongodb", "mongodb"), ("tls", "")]
)
def test_every_database_has_its_own_drivers(protocol: str, drivers: str) -> None:
    """SQL Server's own drivers are left out where they cannot connect."""
    found = told(surveyed("TLSv1.2", ciphers={MODERN: "TLSv1.2"}), protocol)
    assert found["node-22"].drivers == drivers
    assert "odbc-18" not in found
    assert all(one.connects for one in found.values())


def test_asked_for_one_client_only_that_one_counts() -> None:
    """A server that Java 25 cannot reach is no risk for who asks about Node."""
    tls = Tls(ciphers="AES128-SHA256")
    scenario = replace(find("healthy"), presents=Presents.SOUND_RSA, behaviour=Behaviour(tls=tls))
    with Practice(scenario) as server:
        asked = Request(target=server.target, cas=(str(server.ca_path),), survey=Survey.CIPHERS)
        everyone, node, jdbc = (
            diagnose(
                gather(replace(asked, clients=clients), clock.now()), judge_trust=True, os_name=System.DEBIAN
            )
            for clients in ((), ("node",), ("jdbc",))
        )
    assert node.verdict is Verdict.HEALTHY
    assert [f.facts["clients"] for f in jdbc.findings] == ["mssql-jdbc on Java 25"]
    assert "mssql-jdbc on Java 25; go-mssqldb on Go before 1.22, Go 1.22" in everyone.findings[0].detail
    text = render([node], Console(width=80))
    assert "1 suite, none of them outdated" in text
