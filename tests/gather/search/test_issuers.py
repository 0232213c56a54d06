"""Fetching an issuer: from a real HTTP server, from hostile ones, and never from where it was not allowed."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.formats.certificates import x509 as certificates
from certdoctor.gather.search import issuers
from certdoctor.gather.search.issuers import Issuers
from certdoctor.gather.search.search import Search
from certdoctor.model.fact import Absent
from certdoctor.model.store import Lookup
from tests import pki
from tests.schemas import fits

ROOT, ISSUING = pki.root(), pki.intermediate()


class Web:
    """A server that answers each path with the bytes it was given, and notes what it was asked."""

    def __init__(self, pages: dict[str, bytes], pause: float = 0.0) -> None:
        """Listen; with a ``pause`` before each byte of an answer."""
        self.asked: list[bytes] = []
        self._pages, self._pause = pages, pause
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(4096)
                self.asked.append(request)
                page = self._pages.get(request.split(b" ")[1].decode(), reply(b"", status="404 Not Found"))
                self._say(connection, page)

    def _say(self, connection: socket.socket, page: bytes) -> None:
        step = 1 if self._pause else len(page) or 1
        try:
            for at in range(0, len(page), step):
                connection.sendall(page[at : at + step])
                time.sleep(self._pause)
        except OSError:
            return  # the client has had enough, which is what some tests are about


@contextmanager
def web(pages: dict[str, bytes], pause: float = 0.0) -> Iterator[Web]:
    """Run a server for a block."""
    server = Web(pages, pause)
    try:
        yield server
    finally:
        server.close()


def reply(body: bytes, *, status: str = "200 OK", header: str = "") -> bytes:
    """Return an HTTP reply."""
    return f"HTTP/1.1 {status}\r\n{header}Content-Length: {len(body)}\r\n\r\n".encode() + body


def reason(fetched: object) -> str:
    """Return why nothing was fetched."""
    assert isinstance(fetched, Absent), fetched
    return fetched.reason


def pointing(*addresses: str, issuer: pki.Issued = ISSUING) -> pki.Issued:
    """Issue a leaf whose authorityInfoAccess names these addresses."""
    key = pki.key("pointing")
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(a))
        for a in addresses
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name("pointing.example"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(pki.leaf().certificate.not_valid_before_utc)
        .not_valid_after(pki.leaf().certificate.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pointing.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityInformationAccess(access), critical=False)
    )
    return pki.Issued(builder.sign(issuer.key, hashes.SHA256()), key)


FORMS: dict[str, Callable[[], bytes]] = {
    "DER": lambda: ISSUING.der,
    "PEM": lambda: ISSUING.pem,
    "PKCS#7": lambda: pkcs7.serialize_certificates([ISSUING.certificate], Encoding.DER),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_answer_is_read(form: str) -> None:
    """DER and certs-only PKCS#7 as RFC 5280 has them, and PEM, which servers send all the same."""
    with web({"/ca": reply(FORMS[form]())}) as server:
        found = Issuers(["127.0.0.1"])(server.url("/ca"))
        assert not isinstance(found, Absent)
        assert [c.der for c in found] == [ISSUING.der]
        assert b"Host: 127.0.0.1" in server.asked[0]


def test_chunked_answers_are_put_together() -> None:
    """HTTP/1.1 servers send chunks even to HTTP/1.0, some of them."""
    body = ISSUING.der
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    page = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    with web({"/ca": page}) as server:
        assert not isinstance(Issuers(["127.0.0.1"])(server.url("/ca")), Absent)


def test_private_addresses_are_asked_only_when_named() -> None:
    """By name or number, and not through a redirection either; nothing is sent there."""
    with web({"/ca": reply(ISSUING.der)}) as server:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            assert "not a public address" in reason(Issuers()(server.url("/ca", host)))
        assert not server.asked
        to_other = reply(b"", status="302 Found", header=f"Location: {server.url('/ca', 'localhost')}\r\n")
        with web({"/there": to_other}) as first:
            assert "localhost is not a public address" in reason(Issuers(["127.0.0.1"])(first.url("/there")))
            assert not server.asked
            assert not isinstance(Issuers(["127.0.0.1", "LOCALHOST."])(first.url("/there")), Absent)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to be refused
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:a00:1::", False),
    ],
)
def test_what_counts_as_public(address: str, public: bool) -> None:  # noqa: FBT001 - a parameter
    """Also behind the ways in which IPv6 carries IPv4."""
    bare = address.partition("%")[0]
    family = socket.AF_INET6 if ipaddress.ip_address(bare).version == 6 else socket.AF_INET
    assert issuers._is_public((family, (address, 80))) is public  # noqa: SLF001 - the rule by itself


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ldap:///CN=CA,DC=corp?cACertificate", "http only, not ldap"),
        ("https://pki.example/ca.cer", "http only, not https"),
        ("file:///etc/passwd", "http only, not file"),
        ("ca.cer", "http only, not this"),
        ("http://", "malformed"),
        ("http://user:secret@127.0.0.1/ca", "malformed"),
        ("http://127.0.0.1:99999/", "malformed"),
        ("http://127.0.0.1:0/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http://127.0.0.1/a\r\nX: y", "malformed"),
        ("http://127.0.0.1/ b", "malformed"),
        ("http://127.0.0.1/" + "a" * 3000, "malformed"),
    ],
)
def test_addresses_that_are_not_asked(address: str, words: str) -> None:
    """Other schemes, credentials, and what would break out of the request line."""
    assert words in reason(Issuers(["127.0.0.1", "::1"])(address))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (reply(b"", status="404 Not Found"), "HTTP 404"),
        (reply(b"<html>login</html>"), "no certificate"),
        (reply(b""), "no certificate"),
        (b"", "no HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nshort", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no HTTP"),
        (reply(b"", status="302 Found", header="Location: /ca\r\n"), "more than 3 times"),
        (reply(b"", status="302 Found", header="Location: http://[\r\n"), "malformed"),
        (reply(b"", status="302 Found"), "HTTP 302"),
        (reply(b"", status="302 Found", header="Location: file:///etc/passwd\r\n"), "http only"),
        (reply(bytes(2 << 20)), "over 1 MiB"),
    ],
)
def test_hostile_answers_end_in_a_reason(page: bytes, words: str) -> None:
    """Whatever answers, a phrase says so."""
    with web({"/ca": page}) as server:
        assert words in reason(Issuers(["127.0.0.1"])(server.url("/ca")))


def test_a_trickle_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte now and then is no reason to wait for the rest."""
    monkeypatch.setattr(issuers, "SECONDS", 0.4)
    with web({"/ca": reply(ISSUING.der)}, pause=0.05) as server:
        assert "time" in reason(Issuers(["127.0.0.1"])(server.url("/ca")))


def test_each_address_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more than so many in one run."""
    monkeypatch.setattr(issuers, "MAX_FETCHES", 2)
    with web({"/ca": reply(ISSUING.der)}) as server:
        fetch = Issuers(["127.0.0.1"])
        for path in ("/ca", "/ca", "/other"):
            fetch(server.url(path))
        assert len(server.asked) == 2
        assert "2 addresses" in reason(fetch(server.url("/third")))


@given(st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_any_answer_is_survived(noise: bytes) -> None:
    """With a head that looks right, too."""
    for page in (noise, b"HTTP/1.1 200 OK\r\n" + noise, b"HTTP/1.1 200 OK\r\n\r\n" + noise):
        with web({"/ca": page}) as server:
            assert isinstance(Issuers(["127.0.0.1"])(server.url("/ca")), Absent)


def looked(leaf: pki.Issued, *hosts: str) -> Lookup:
    """Return what a search without folders and stores finds."""
    return Search((), tuple, fetch=Issuers(hosts))(certificates.parse(leaf.der))


def test_what_did_not_sign_does_not_count() -> None:
    """The address may hold anything; the next one is tried."""
    with web({"/bad": reply(ROOT.der), "/good": reply(ISSUING.der)}) as server:
        found = looked(pointing(server.url("/bad"), server.url("/good")), "127.0.0.1")
        (candidate,) = found.candidates
        assert candidate.certificate.der == ISSUING.der
        assert candidate.places[0].title == server.url("/good")
        assert found.unfetched == ((server.url("/bad"), "what is there did not sign the certificate"),)


def test_the_report_says_where_it_was_fetched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the finding, in JSON, and nothing is asked without the option."""
    with web({"/ca": reply(ISSUING.der)}) as server:
        address = server.url("/ca")
        (tmp_path / "leaf.pem").write_bytes(pointing(address, server.url("/none")).pem)
        arguments = ["verify", str(tmp_path / "leaf.pem"), "--host", "pointing.example"]
        assert run(arguments) == 1
        assert not server.asked
        capsys.readouterr()
        assert run([*arguments, "--fetch-aia"]) == 1
        text = " ".join(capsys.readouterr().out.split())
        assert f"{address} did not give it: 127.0.0.1 is not a public address" in text
        assert run([*arguments, "--fetch-from", "127.0.0.1"]) == 1
        text = " ".join(capsys.readouterr().out.split())
        assert f'intermediate "Test Issuing CA" was found at {address}.' in text
        assert 'The CA above it, "CN=Test Root", was not found.' in text
        run([*arguments, "--fetch-from", "127.0.0.1", "--format", "json"])
        document = json.loads(capsys.readouterr().out)
        fits(document)
        (report,) = document["reports"]
        (found,) = report["evidence"]["lookup"]["found"]
        assert found["places"][0]["fetched"]
        assert report["findings"][0]["facts"]["fetched_from"] == address


def test_a_redirection_to_another_port_of_an_allowed_host_is_refused() -> None:
    """``--fetch-from`` allows the host for what the certificate names, not for whatever listens there."""
    with web({"/ca": reply(ROOT.der)}) as inner:
        there = reply(b"", status="302 Found", header=f"Location: {inner.url('/ca')}\r\n")
        with web({"/ca": there}) as outer:
            assert "another port of 127.0.0.1" in reason(Issuers(["127.0.0.1"])(outer.url("/ca")))
        assert not inner.asked
