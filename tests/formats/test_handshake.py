"""Recorded handshakes: what OpenSSL's server sent is what is read, and other bytes give FormatError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tls
from certdoctor.formats.wire.handshake import Flight, parse_flight
from certdoctor.formats.wire.tls import Version
from tests import pki

SUITES = (b"TLS_AES_128_GCM_SHA256", b"TLS_AES_256_GCM_SHA384", b"TLS_CHACHA20_POLY1305_SHA256")


class _Talk:
    """A handshake in memory; ``sent`` holds all that the server sends."""

    def __init__(
        self, version: int, *, suite: bytes = SUITES[0], asks: bool = False, retry: bool = False
    ) -> None:
        self.sent = b""
        self.secrets: list[bytes] = []
        server = SSL.Context(SSL.TLS_SERVER_METHOD)
        made = pki.leaf()
        server.use_certificate(made.certificate)
        server.add_extra_chain_cert(pki.intermediate().certificate)
        server.use_privatekey(made.key)
        server.set_tls13_ciphersuites(suite)
        server.set_alpn_select_callback(lambda _, offered: offered[0])
        if asks:
            server.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
            server.add_client_ca(pki.root().certificate)
        if retry:
            server.set_tmp_ecdh(ec.SECP521R1())  # the client sends no share for it
        client = SSL.Context(SSL.TLS_CLIENT_METHOD)
        client.set_min_proto_version(version)
        client.set_max_proto_version(version)
        client.set_verify(SSL.VERIFY_NONE)
        client.set_keylog_callback(self._note)
        self._client, self._server = SSL.Connection(client, None), SSL.Connection(server, None)
        self._client.set_alpn_protos([b"tds/8.0"])
        self._client.set_connect_state()
        self._server.set_accept_state()
        for _ in range(6):
            self._turn(self._client.do_handshake)
            self._turn(self._server.do_handshake)
        self._turn(lambda: self._server.send(b"the version"))

    def _note(self, _: SSL.Connection, line: bytes) -> None:
        label, _random, secret = line.split()
        if label in {b"SERVER_HANDSHAKE_TRAFFIC_SECRET", b"SERVER_TRAFFIC_SECRET_0"}:
            self.secrets.append(bytes.fromhex(secret.decode()))

    def _turn(self, act: Callable[[], object]) -> None:
        with contextlib.suppress(SSL.Error):
            act()
        for one, other, of_server in (
            (self._client, self._server, False),
            (self._server, self._client, True),
        ):
            with contextlib.suppress(SSL.Error):
                while more := one.bio_read(1 << 15):
                    self.sent += more if of_server else b""
                    other.bio_write(more)

    def read(self) -> Flight:
        return parse_flight(self.sent, (self.secrets[0], self.secrets[1]) if len(self.secrets) == 2 else None)


CHAIN = (pki.leaf().der, pki.intermediate().der)


def test_the_certificates_of_tls_1_2_are_read_in_clear() -> None:
    """Version, suite, chain and the end are those of the handshake."""
    flight = _Talk(SSL.TLS1_2_VERSION).read()
    assert (flight.version, flight.certificates, flight.finished) == (Version.TLS1_2, CHAIN, True)
    assert tls.openssl_name(flight.cipher).startswith("ECDHE-")
    assert (flight.alpn, flight.certificate_requested, flight.alert) == ("tds/8.0", False, None)


@pytest.mark.parametrize("suite", SUITES)
def test_those_of_tls_1_3_are_read_with_the_secrets(suite: bytes) -> None:
    """What the server sent inside is read too, and session tickets are passed over."""
    flight = _Talk(SSL.TLS1_3_VERSION, suite=suite).read()
    assert (flight.version, flight.certificates, flight.finished) == (Version.TLS1_3, CHAIN, True)
    assert tls.suites()[flight.cipher] == suite.decode()
    assert (flight.alpn, flight.inside) == ("tds/8.0", b"the version")


def test_a_hello_retry_request_is_passed_over() -> None:
    """The server asks for another key share first; the ServerHello that counts is the second."""
    talk = _Talk(SSL.TLS1_3_VERSION, retry=True)
    assert bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891") in talk.sent
    assert talk.read().certificates == CHAIN


def test_without_the_secrets_only_the_hello_of_tls_1_3_is_read() -> None:
    """No certificate is made up."""
    flight = parse_flight(_Talk(SSL.TLS1_3_VERSION).sent)
    assert (flight.version, flight.certificates, flight.finished) == (Version.TLS1_3, (), False)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_server_that_wants_a_certificate_is_seen_to_refuse_its_lack(version: int) -> None:
    """It asks, names its CA, and ends with an alert: in TLS 1.3 one that is encrypted."""
    flight = _Talk(version, asks=True).read()
    assert flight.certificate_requested
    assert flight.acceptable_cas == (pki.root().certificate.subject.public_bytes(),)
    assert flight.alert is not None
    assert flight.alert.name == (
        "handshake_failure" if version == SSL.TLS1_2_VERSION else "certificate_required"
    )


def test_the_first_secret_is_enough_for_the_certificates() -> None:
    """A client that refuses what it is shown never comes to the second."""
    talk = _Talk(SSL.TLS1_3_VERSION)
    flight = parse_flight(talk.sent, (talk.secrets[0], b""))
    assert (flight.certificates, flight.inside) == (CHAIN, b"")


def test_secrets_that_do_not_fit_are_a_format_error() -> None:
    """A file that was changed does not lead to a certificate."""
    talk = _Talk(SSL.TLS1_3_VERSION)
    with pytest.raises(FormatError):
        parse_flight(talk.sent, (bytes(32), bytes(32)))
    with pytest.raises(FormatError):
        parse_flight(talk.sent, (b"short", b"short"))


_recorded = cache(_Talk)


@given(
    st.sampled_from([SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION]),
    st.integers(0, 4000),
    st.lists(st.tuples(st.integers(0, 3999), st.integers(0, 255)), max_size=4),
)
def test_whatever_is_changed_gives_a_value_or_a_format_error(
    version: int, cut: int, changes: list[tuple[int, int]]
) -> None:
    """A handshake that is cut short or has other bytes in it raises nothing else."""
    talk = _recorded(version)
    data = bytearray(talk.sent[:cut])
    for at, byte in changes:
        if at < len(data):
            data[at] = byte
    secrets = (talk.secrets[0], talk.secrets[1]) if len(talk.secrets) == 2 else None
    with contextlib.suppress(FormatError):
        found = parse_flight(bytes(data), secrets)
        assert len(found.certificates) <= len(data)
