"""Fetches the certificate of an issuer from where the certificate itself says it is (RFC 5280 section 4.2.2.1).

The address was written by whoever made the certificate, so it may point anywhere: only plain HTTP to public
addresses is spoken, or to hosts that the user names. RFC 5280 wants HTTP here, since HTTPS would need a chain
of its own; what is fetched needs no protection, because it counts only if it really signed.
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
"""For one address, redirections included."""

MAX_FETCHES = 32
"""Addresses asked in one run."""

MAX_REDIRECTS = 3

_HTTP = 80
_MAX_URL = 2048
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200

Fetched = tuple[Certificate, ...] | Absent


class Issuers:
    """Fetches each address once, so that several chains of one CA cost one request."""

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        """Fetch from public addresses, and from these hosts wherever they are."""
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
    """What matters of an HTTP reply."""

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
    """Return the parts of an address that can be asked."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:
        return _nothing("the address is malformed")
    if url.scheme.lower() != "http":
        return _nothing(f"certdoctor fetches over http only, not {url.scheme.lower()[:20] or 'this'}")
    # What goes into the request line and the Host header must not end them.
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
        # The very address that was checked is used: a second look-up could give another.
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
    """Whether the address is one of the open Internet, also behind the ways in which IPv6 carries IPv4."""
    where = ipaddress.ip_address(str(address[1][0]).partition("%")[0])
    if isinstance(where, ipaddress.IPv6Address):
        inner = where.ipv4_mapped or where.sixtofour or (where.teredo[1] if where.teredo else None)
        if where in _NAT64:
            inner = ipaddress.IPv4Address(int(where) & 0xFFFFFFFF)
        where = inner or where
    return where.is_global and not where.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""The prefix of RFC 6052, which the ipaddress module counts as global whatever is behind it."""


def _request(url: SplitResult) -> bytes:
    # HTTP/1.0 with Host: no keep-alive, so that the end of the connection is the end of the answer.
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = (f"GET {path} HTTP/1.0", f"Host: {url.netloc}", "Accept: */*", "User-Agent: certdoctor")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


class _Received:
    """Bytes that were read from a socket, as http.client wants them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        del mode
        return io.BytesIO(self._data)


def _read(wire: Wire) -> _Reply:
    """Read all there is, within the wire's bounds, and then look at it: no byte waits for a parser."""
    data = bytearray()
    while more := wire.receive():
        data += more
    response = http.client.HTTPResponse(_Received(bytes(data)))  # type: ignore[arg-type]  # it asks for makefile alone
    response.begin()
    return _Reply(response.status, response.getheader("Location"), response.read())


def _certificates(reply: _Reply, address: str) -> Fetched:
    if reply.status != _OK:
        return _nothing(f"the answer is HTTP {reply.status}")
    found = files.examine(reply.body, path=address, role=Role.ANY).certificates
    return found or _nothing("there is no certificate in the answer")
