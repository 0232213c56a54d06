"""The practice server, seen by a client that shares no code with it (the standard library's ssl)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from certdoctor.cli.app import application
from certdoctor.errors import CannotLook, UsageError
from certdoctor.lab.conversation import Next, negotiate
from certdoctor.lab.scenarios import SCENARIOS, ClientEncryption, Policy, Scenario, find
from certdoctor.lab.server import MAX_CONNECTIONS, Practice
from certdoctor.model.wire import Encryption
from tests.plain_tds import PASSWORD, NotTdsError, PlainClient

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGIN_FAILED = "Login failed for user 'sa'."


def outcome(practice: Practice) -> str | int:
    """Do what the command to try would do; return the error text, OpenSSL's verify code, or a name."""
    with PlainClient(practice.host, practice.port) as client:
        client.sock.settimeout(1)
        try:
            return _talk(client, practice)
        except ssl.SSLCertVerificationError as error:
            return error.verify_code
        except ssl.SSLError as error:
            return error.reason or "no reason"
        except TimeoutError:
            return "silence"
        except (ConnectionAbortedError, NotTdsError) as error:
            return str(error)


def _talk(client: PlainClient, practice: Practice) -> str:
    offer = 0x02 if practice.scenario.encrypt is ClientEncryption.OFF else 0x01
    answer, _ = client.prelogin(offer)
    if answer not in {0x01, 0x03}:
        return f"server declines with {answer}"
    if offer == 0x02:
        return "server insists"
    tls = client.handshake(ca=practice.ca_pem if practice.scenario.trusts_ca else None)
    tls.send(client.login())
    return client.error(tls.receive())


PROMISED: dict[str, str | int] = {
    # Numbers are OpenSSL's X509_V_ERR codes at security level 2.
    "healthy": LOGIN_FAILED,
    "healthy-strict": LOGIN_FAILED,
    "missing-issuer": 20,
    "incomplete-chain": 20,
    "self-signed-leaf": 18,
    "self-signed-in-chain": 19,
    "intermediate-as-ca": 2,
    "expired": 10,
    "expired-intermediate": 10,
    "not-yet-valid": 9,
    "hostname-mismatch": 62,
    "wrong-purpose": 26,
    "weak-digest": 68,
    "weak-key": 66,
    "invalid-ca": 79,
    "path-length-exceeded": 25,
    "name-constraint-violated": 47,
    "client-cert-required": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "protocol-mismatch": "TLSV1_ALERT_PROTOCOL_VERSION",
    "legacy-tls": "UNSUPPORTED_PROTOCOL",
    "cipher-mismatch": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "encryption-required": "server insists",
    "encryption-unsupported": "server declines with 2",
    "silent-plaintext": "server declines with 0",
    "strict-only": "closed",
    "handshake-interrupted": "closed",
    "not-tls-or-wrong-port": "not TDS",
    "ssh-on-this-port": "not TDS",
    "mysql-on-this-port": "not TDS",
    "timeout": "silence",
}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_scenario_keeps_its_promise(scenario: Scenario) -> None:
    """The fault is there, and it is the one that is told of."""
    with Practice(scenario) as practice:
        assert outcome(practice) == PROMISED[scenario.name]
        if isinstance(PROMISED[scenario.name], int):
            assert practice.settle()


def test_legacy_tls_is_refused_also_by_a_client_that_sets_no_lowest_version() -> None:
    """Left to itself, OpenSSL may take TLS 1.0 and then refuse the signature, whose digest is MD5 with SHA-1.

    Measured with OpenSSL 3.0 of Debian 12 at security level 2, under Python 3.11 to 3.13. An OpenSSL that has
    TLS 1.0 off at that level refuses the version at once. The words are compared, since the ssl module of
    Python 3.11.2 has no name for the first reason.
    """
    with (
        Practice(find("legacy-tls")) as practice,
        PlainClient(practice.host, practice.port, ssl.TLSVersion.MINIMUM_SUPPORTED) as client,
    ):
        client.prelogin(0x01)
        with pytest.raises(ssl.SSLError, match=r"legacy sigalg disallowed|unsupported protocol"):
            client.handshake(ca=practice.ca_pem)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("healthy", 2),
        ("incomplete-chain", 1),
        ("self-signed-leaf", 1),
        ("self-signed-in-chain", 3),
        ("path-length-exceeded", 3),
        ("client-cert-required", 2),
    ],
)
def test_exactly_the_chain_of_the_scenario_is_sent(name: str, count: int) -> None:
    """Nothing is added from a trust store (a server that wants client certificates has one)."""
    with Practice(find(name)) as practice, PlainClient(practice.host, practice.port) as client:
        client.prelogin(0x01)
        with contextlib.suppress(ssl.SSLError):
            client.handshake(ca=practice.ca_pem)
        chain = practice.chain_pem.decode().split("-----END CERTIFICATE-----\n")[:-1]
        sent = [ssl.PEM_cert_to_DER_cert(f"{pem}-----END CERTIFICATE-----\n") for pem in chain]
        # RFC 5246 7.4.2: each certificate behind its length of three bytes, and the list behind its own.
        wire = b"".join(len(der).to_bytes(3, "big") + der for der in sent)
        assert len(sent) == count
        assert len(wire).to_bytes(3, "big") + wire in client.heard


def test_every_recording_covers_every_scenario() -> None:
    """A new scenario needs the drivers run again."""
    recordings = sorted((FIXTURES / "clients").glob("*.json"))
    assert len(recordings) >= 4
    for path in recordings:
        records = json.loads(path.read_text(encoding="utf-8"))
        assert {record["scenario"] for record in records} == {scenario.name for scenario in SCENARIOS}
        assert not re.search(r"localhost:\d", path.read_text(encoding="utf-8"))


def test_every_recorded_log_says_where_it_comes_from() -> None:
    """Provenance is in the README of the fixtures, and no folder of the recording machine in the logs."""
    readme = (FIXTURES / "README.md").read_text(encoding="utf-8")
    logs = sorted((FIXTURES / "logs").glob("real-*.log"))
    assert len(logs) >= 8
    for path in logs:
        assert f"`{path.name}`" in readme
        assert not re.search(r"/(tmp|home|root|work)/", path.read_text(encoding="utf-8"))


# MS-TDS 2.2.6.5, row by row: what the client sends, and for each kind of server the answer and what follows.
OFF, ON, NOT_SUP, REQ = Encryption.OFF, Encryption.ON, Encryption.NOT_SUP, Encryption.REQ
TABLE = {
    0x00: ((OFF, Next.LOGIN_ONLY), (REQ, Next.FULL), (NOT_SUP, Next.PLAIN)),
    0x01: ((ON, Next.FULL), (ON, Next.FULL), (NOT_SUP, Next.CLOSE)),
    0x02: ((NOT_SUP, Next.PLAIN), (REQ, Next.CLOSE), (NOT_SUP, Next.PLAIN)),
    0x03: ((ON, Next.FULL), (ON, Next.FULL), (NOT_SUP, Next.CLOSE)),
    0x80: ((OFF, Next.LOGIN_ONLY), (REQ, Next.FULL), (NOT_SUP, Next.CLOSE)),
    0x81: ((ON, Next.FULL), (ON, Next.FULL), (NOT_SUP, Next.CLOSE)),
    0x83: ((ON, Next.FULL), (ON, Next.FULL), (NOT_SUP, Next.CLOSE)),
    0x82: ((REQ, Next.CLOSE), (REQ, Next.CLOSE), (REQ, Next.CLOSE)),
}


@pytest.mark.parametrize("offer", TABLE, ids=hex)
def test_encryption_is_negotiated_by_the_table(offer: int) -> None:
    """The reserved bit 0x20 changes nothing."""
    policies = (Policy.OFFERS, Policy.FORCES, Policy.CANNOT)
    assert tuple(negotiate(offer, policy) for policy in policies) == TABLE[offer]
    assert tuple(negotiate(offer | 0x20, policy) for policy in policies) == TABLE[offer]


def test_only_the_options_asked_for_are_answered() -> None:
    """VERSION is that of SQL Server 2019; THREADID and the rest were not asked for."""
    with Practice(find("healthy")) as practice, PlainClient(practice.host, practice.port) as client:
        _, options = client.prelogin(0x01)
    assert set(options) == {0, 1, 2, 4}
    assert struct.unpack(">BBHH", options[0]) == (15, 0, 2000, 5)


def test_login_only_encryption_ends_after_the_login() -> None:
    """Both say OFF: LOGIN7 is encrypted, its answer is not."""
    with Practice(find("healthy")) as practice, PlainClient(practice.host, practice.port) as client:
        answer, _ = client.prelogin(0x00)
        assert answer == 0x00
        client.handshake(ca=practice.ca_pem).send(client.login())
        kind, payload = client.packet()
        assert client.error(bytes([kind]) + bytes(7) + payload) == LOGIN_FAILED


@pytest.mark.parametrize("fragment", [1, 7, 512])
def test_a_handshake_in_small_packets_is_put_together(fragment: int) -> None:
    """A ClientHello may come in as many packets as it likes."""
    with Practice(find("healthy")) as practice, PlainClient(practice.host, practice.port) as client:
        client.prelogin(0x01)
        tls = client.handshake(ca=practice.ca_pem, fragment=fragment)
        tls.send(client.login())
        assert client.error(tls.receive()) == LOGIN_FAILED


def test_clear_text_logins_are_told_without_the_password() -> None:
    """The password, readable as it was, is in nothing that the server tells."""
    with Practice(find("silent-plaintext")) as practice, PlainClient(practice.host, practice.port) as client:
        client.prelogin(0x01)
        client.sock.sendall(client.login())
        assert client.error(client.sock.recv(4096)) == LOGIN_FAILED
        practice.settle()
        assert practice.events[-1].startswith("login of 'sa' in clear text")
        assert PASSWORD not in " ".join(practice.events)


def test_strict_speaks_tls_first_with_alpn() -> None:
    """TDS 8.0: ClientHello, ALPN tds/8.0, TLS 1.3."""
    with Practice(find("strict-only")) as practice:
        context = ssl.create_default_context(cadata=practice.ca_pem.decode())
        context.set_alpn_protocols(["tds/8.0"])
        with (
            socket.create_connection((practice.host, practice.port), timeout=10) as sock,
            context.wrap_socket(sock, server_hostname=practice.host) as tls,
        ):
            assert (tls.selected_alpn_protocol(), tls.version()) == ("tds/8.0", "TLSv1.3")


def test_the_client_certificate_is_accepted() -> None:
    """With the pair on offer, the server that wants one goes on to the login."""
    with (
        Practice(find("client-cert-required")) as practice,
        PlainClient(practice.host, practice.port) as client,
    ):
        assert practice.client_cert is not None
        assert practice.client_key is not None
        assert os.name == "nt" or practice.client_key.stat().st_mode & 0o777 == 0o600
        client.context.load_cert_chain(practice.client_cert, practice.client_key)
        client.prelogin(0x01)
        tls = client.handshake(ca=practice.ca_pem)
        tls.send(client.login())
        assert client.error(tls.receive()) == LOGIN_FAILED


def test_no_private_key_of_the_server_is_written_and_nothing_stays() -> None:
    """The folder holds the CA file alone, and is gone afterwards."""
    with Practice(find("self-signed-leaf")) as practice:
        folder = practice.ca_path.parent
        assert [path.name for path in folder.iterdir()] == ["ca.pem"]
        assert b"PRIVATE" not in practice.ca_path.read_bytes()
    assert not folder.exists()


def test_the_clock_can_be_given() -> None:
    """A healthy server of 2020 has long expired."""
    with Practice(find("healthy"), clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)) as practice:
        assert outcome(practice) == 10


@pytest.mark.parametrize(
    ("junk", "told"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "unknown packet type 0x47"),
        (bytes(8), "unknown packet type 0x00"),
        (b"\x12\x01\x00\x04\x00\x00\x00\x00", "impossible length 4"),
        (b"\x12\x01\x00\x09\x00\x00\x00\x00\xff", "no VERSION option"),
        (b"\x12\x01\x00\x20\x00", "the client hung up"),
        (b"\x10\x01\x00\x08\x00\x00\x00\x00", "type 0x10 in place of PRELOGIN"),
        (b"\x16\x03\x01\x00\x02\x00\x00", "the client hung up in the TLS handshake"),
        (b"\x16\x03\x01\x00\x04\x63\x00\x00\x00", "TLS failed: unexpected message"),
        ((b"\x12\x00\x7f\xff" + bytes(4) + bytes(32759)) * 3, "longer than 64 KiB"),
    ],
    ids=lambda value: value.split("(")[0] if isinstance(value, str) else "",
)
def test_junk_is_hung_up_on(junk: bytes, told: str) -> None:
    """Every end is told; the next client is served as if nothing had happened."""
    with Practice(find("healthy-strict")) as practice:
        with socket.create_connection((practice.host, practice.port), timeout=10) as sock:
            sock.sendall(junk)
            sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):  # what is left unread of the longest one
                while sock.recv(4096):
                    pass
        assert practice.settle()
        assert told in practice.events[0]
        assert outcome(practice) == LOGIN_FAILED


def test_connections_are_capped_and_closing_is_quick() -> None:
    """One more than the cap is hung up on at once; closing ends the idle ones."""
    with Practice(find("timeout")) as practice:
        socks = [
            socket.create_connection((practice.host, practice.port), timeout=10)
            for _ in range(MAX_CONNECTIONS + 1)
        ]
        assert socks[-1].recv(1) == b""
    # Each conversation was ended by the closing, and none by its own patience, which is what waiting would show.
    assert practice.events.count("the client hung up") == MAX_CONNECTIONS
    assert "the time was up" not in practice.events
    for sock in socks:
        sock.close()


def test_a_taken_port_cannot_be_looked_at() -> None:
    """The message names the port."""
    with (
        Practice(find("healthy")) as practice,
        pytest.raises(CannotLook, match=str(practice.port)),
        Practice(find("healthy"), port=practice.port),
    ):
        pass


def test_the_list_fits_80_columns() -> None:
    """One line a scenario, nothing cut."""
    result = CliRunner().invoke(application(), ["lab", "--list"])
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    names = [line.split()[0] for line in lines if line[:1].strip()]
    assert [name for name in names if name in {s.name for s in SCENARIOS}] == [s.name for s in SCENARIOS]
    assert max(map(len, lines)) <= 80


def test_an_unknown_scenario_names_the_nearest() -> None:
    """A typing error is no dead end."""
    result = CliRunner().invoke(application(), ["lab", "mising-issuer"])
    assert isinstance(result.exception, UsageError)
    assert "Did you mean missing-issuer?" in str(result.exception)


def test_listing_loads_no_cryptography() -> None:
    """Start-up is a feature."""
    code = (
        "import sys; from certdoctor.cli.app import run; run(['lab', '--list']); "
        "print([m for m in sys.modules if m.split('.')[0] in {'OpenSSL', 'cryptography', 'socket', 'ssl'}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_interrupted(number: signal.Signals) -> None:
    """It prints where it is and what to try, tells what it sees, and ends clean with 0."""
    code = (
        "import signal, sys; from certdoctor.cli.app import run; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(run(['lab', 'missing-issuer']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        rows = dict(re.split(r"  +", process.stdout.readline().strip(), maxsplit=1) for _ in range(6))
        host, port = rows["Target"].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as sock:
            sock.sendall(b"hello, hello")
        ca = Path(rows["CA file"].split("  ")[0])
        assert ca.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
        assert rows["Try"] == f"certdoctor diagnose localhost:{port}"
        assert rows["Expect"] == "missing-issuer"
        process.send_signal(number)
        _, seen = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in seen
    assert not ca.exists()
