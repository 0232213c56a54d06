"""Fetches issuer certificates from the addresses in certificates (caIssuers, RFC 5280 section 4.2.2.1).

The address was chosen by whoever made the certificate and may point anywhere, so only plain HTTP is used, and
only to public addresses or to hosts that the user names. RFC 5280 wants HTTP here, since HTTPS would need a
chain of its own. The answer needs no protection: a certificate counts only if its key made the signature.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
from collections.abc import Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from certdoctor.formats import files
from certdoctor.gather.server.probe_run import plain
from certdoctor.gather.server.transport import MAX_RECEIVED, Address, Deadline, TooMuch, Wire, resolve
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import Role
from certdoctor.model.lean import dataclass

SECONDS = 5.0
"""Seconds for one address, redirections included."""

MAX_FETCHES = 32
"""Addresses fetched in one run."""

MAX_REDIRECTS = 3

_HTTP = 80
_MAX_URL = 2048
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200

Fetched = tuple[Certificate, ...] | Absent


class Issuers:
    """Fetches each address only once, so that several chains of one CA cost one request."""

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        """Fetch from public addresses, and from these hosts at any address."""
        self._hosts = frozenset(host.casefold().rstrip(".") for host in hosts)
        self._known: dict[str, Fetched] = {}

    def __call__(self, address: str) -> Fetched:
        """Return the certificates found at ``address``, or why there are none."""
        if address not in self._known:
            if len(self._known) >= MAX_FETCHES:
                return _nothing(f"{MAX_FETCHES} addresses had been asked in this run")
            self._known[address] = _fetch(address, self._hosts)
        return self._known[address]


@dataclass(frozen=True, slots=True)
class _Reply:
    """The parts of an HTTP reply that are used."""

    status: int
    location: str | None
    body: bytes


def _nothing(reason: str) -> Absent:
    return Absent(reason, Shade.NOT_OBTAINED)


def _fetch(address: str, hosts: frozenset[str]) -> Fetched:
    deadline = Deadline(SECONDS)
    doors: dict[str, int] = {}
    for _ in range(MAX_REDIRECTS + 1):
        url = _split(address)
        if isinstance(url, Absent):
            return url
        port = url.port or _HTTP
        if _host(url) in hosts and doors.setdefault(_host(url), port) != port:
            return _nothing(f"it redirects to another port of {_host(url)}, which certdoctor does not follow")
        reply = _get(url, deadline, hosts)
        if isinstance(reply, Absent):
            return reply
        if reply.status not in _REDIRECTS or reply.location is None:
            return _certificates(reply, address)
        try:
            address = urljoin(address, reply.location)
        except ValueError:
            return _nothing("it redirects to a malformed address")
    return _nothing(f"it redirects more than {MAX_REDIRECTS} times")


def _host(url: SplitResult) -> str:
    return (url.hostname or "").casefold().rstrip(".")


def _split(address: str) -> SplitResult | Absent:
    """Return the parts of an http address, or why it cannot be fetched."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:
        return _nothing("the address is malformed")
    if url.scheme.lower() != "http":
        return _nothing(f"certdoctor fetches over http only, not {url.scheme.lower()[:20] or 'this'}")
    # The address goes into the request line and the Host header, and must not end them.
    odd = any(not "!" <= letter <= "~" for letter in address)
    if odd or not url.hostname or "@" in url.netloc or port == 0 or len(address) > _MAX_URL:
        return _nothing("the address is malformed")
    return url


def _get(url: SplitResult, deadline: Deadline, hosts: frozenset[str]) -> _Reply | Absent:
    host = url.hostname or ""
    try:
        found = resolve(host, url.port or _HTTP, deadline)
        given = _host(url) in hosts
        public = [one for one in found if given or _is_public(one)]
        if not public:
            return _nothing(f"{host} is not a public address (--fetch-from {host} allows it)")
        # Connect to the address that was checked: a second look-up could give another.
        with Wire(public[0], deadline) as wire:
            wire.send(_request(url))
            return _read(wire)
    except http.client.HTTPException:
        return _nothing("the answer is no HTTP")
    except TooMuch:
        return _nothing(f"it is over {MAX_RECEIVED >> 20} MiB long")
    except OSError as error:
        return _nothing(plain(error))


def _is_public(address: Address) -> bool:
    """Whether the address is public; an IPv6 address that embeds an IPv4 address is judged by the latter."""
    where = ipaddress.ip_address(str(address[1][0]).partition("%")[0])
    if isinstance(where, ipaddress.IPv6Address):
        inner = where.ipv4_mapped or where.sixtofour or (where.teredo[1] if where.teredo else None)
        if where in _NAT64:
            inner = ipaddress.IPv4Address(int(where) & 0xFFFFFFFF)
        where = inner or where
    return where.is_global and not where.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""The prefix of RFC 6052, which the ipaddress module counts as global whatever IPv4 address it embeds."""


def _request(url: SplitResult) -> bytes:
    # HTTP/1.0 with Host: without keep-alive, the end of the connection is the end of the answer.
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = (f"GET {path} HTTP/1.0", f"Host: {url.netloc}", "Accept: */*", "User-Agent: certdoctor")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


class _Received:
    """Received bytes in the form of a socket, for http.client."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        del mode
        return io.BytesIO(self._data)


def _read(wire: Wire) -> _Reply:
    """Read the whole answer within the connection's limits, then parse it."""
    data = bytearray()
    while more := wire.receive():
        data += more
    response = http.client.HTTPResponse(_Received(bytes(data)))  # type: ignore[arg-type]  # it calls only makefile
    response.begin()
    return _Reply(response.status, response.getheader("Location"), response.read())


def _certificates(reply: _Reply, address: str) -> Fetched:
    if reply.status != _OK:
        return _nothing(f"the answer is HTTP {reply.status}")
    found = files.examine(reply.body, path=address, role=Role.ANY).certificates
    return found or _nothing("there is no certificate in the answer")
