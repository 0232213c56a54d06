"""Little servers of each database, which show a case and know just enough of their protocol.

They are for what certdoctor sees of a server, and for MongoDB's drivers: no real mongod is in Debian, PyPI or npm.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.real.databases.cases import Case, Tls

Wrap = Callable[[], socket.socket]
"""Begins TLS on the connection."""


def write(folder: Path, case: Case) -> None:
    """Write what the server sends, and the CA file of the clients (``ca.pem``)."""
    (folder / "server.crt").write_text(case.chain_pem)
    (folder / "server.key").write_text(case.sent()[0].key_pem)
    (folder / "ca.pem").write_text(case.trusted().pem)


class Little:
    """A server on loopback; ``serve`` sets it to a case."""

    def __init__(self, folder: Path, database: str, listener: socket.socket) -> None:
        """Keep what listens."""
        self.folder, self._listener, self._database = folder, listener, database
        self.port = int(listener.getsockname()[1])
        self._case: Case | None = None
        self._context: ssl.SSLContext | None = None

    def version(self) -> str:
        """Return what it is."""
        return "a server of the tests that answers hello and ping"

    def user(self, case: Case) -> str:
        """Return no user: the server asks for none."""
        del case
        return ""

    @classmethod
    @contextlib.contextmanager
    def of(cls, database: str, folder: Path, case: Case) -> Iterator[Little]:
        """Serve until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = cls(folder, database, listener)
            server.serve(case)
            threading.Thread(target=server._accept, daemon=True).start()
            yield server
            listener.shutdown(socket.SHUT_RDWR)

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, case: Case) -> Iterator[Little]:
        """Serve as MongoDB until the block ends."""
        with cls.of("mongodb", folder, case) as server:
            yield server

    def serve(self, case: Case) -> None:
        """Show the case from now on."""
        write(self.folder, case)
        self._case = case
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        if case.tls is Tls.OLD:
            with warnings.catch_warnings():
                # Python calls these versions deprecated, which is why clients are asked about them.
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        if case.demands_certificate:
            context.load_verify_locations(self.folder / "ca.pem")
            # PostgreSQL, MySQL and MariaDB ask, and decide at the login.
            in_handshake = self._database == "mongodb"
            context.verify_mode = ssl.CERT_REQUIRED if in_handshake else ssl.CERT_OPTIONAL
        self._context = context

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(plain,), daemon=True).start()

    def _converse(self, plain: socket.socket) -> None:
        assert self._case is not None
        assert self._context is not None
        context, guests = self._context, contextlib.ExitStack()
        plain.settimeout(10)
        # What a client that goes away raises here is no concern of the server's.
        with contextlib.suppress(OSError, struct.error), plain, guests:
            _TALKS[self._database](
                plain, lambda: guests.enter_context(context.wrap_socket(plain, server_side=True)), self._case
            )


_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
"""PostgreSQL's message formats: SSLRequest, GSSENCRequest."""


def _postgres(plain: socket.socket, wrap: Wrap, case: Case) -> None:
    """Talk as PostgreSQL up to TLS."""
    while head := _exactly(plain, 8):
        if struct.unpack(">I", head[4:])[0] == _SSL_REQUEST and case.tls is not Tls.OFF:
            plain.sendall(b"S")
            wrap().recv(1)
            return
        plain.sendall(b"N")


_OVER_TLS = 0x800
"""CLIENT_SSL among MySQL's capabilities."""


def _mysql(plain: socket.socket, wrap: Wrap, case: Case) -> None:
    """Talk as MySQL (protocol 10) up to TLS."""
    capabilities = 0x00088201 | (0 if case.tls is Tls.OFF else _OVER_TLS)
    greeting = b"\x0a8.0.0\x00" + bytes(4) + b"a" * 8 + b"\x00" + struct.pack("<H", capabilities & 0xFFFF)
    greeting += b"\x21" + struct.pack("<HHB", 2, capabilities >> 16, 21) + bytes(10)
    greeting += b"b" * 12 + b"\x00mysql_native_password\x00"
    plain.sendall(len(greeting).to_bytes(3, "little") + b"\0" + greeting)
    if _exactly(plain, 36) and case.tls is not Tls.OFF:
        wrap().recv(1)


_LARGEST = 48_000_000
"""maxMessageSizeBytes of mongod, which closes on anything larger: a ClientHello, for one."""
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


def _mongodb(plain: socket.socket, wrap: Wrap, case: Case) -> None:
    """Answer every message of MongoDB's: hello, isMaster and ping alike get a standalone server's hello."""
    encrypted = case.tls is not Tls.OFF
    line = wrap() if encrypted else plain
    number = 0
    while head := _exactly(line, 16):
        size, request, _, operation = struct.unpack("<iiii", head)
        if not 16 <= size <= _LARGEST or operation not in {_OP_QUERY, _OP_MSG}:
            return
        _exactly(line, size - 16)
        hello = _document(
            {
                "ok": 1,
                "helloOk": True,
                "ismaster": True,
                "isWritablePrimary": True,
                "maxBsonObjectSize": 16_777_216,
                "maxMessageSizeBytes": _LARGEST,
                "maxWriteBatchSize": 100_000,
                "minWireVersion": 0,
                "maxWireVersion": 21,
                "readOnly": False,
                "encrypted": encrypted,
            }
        )
        if operation == _OP_QUERY:
            body = struct.pack("<iqii", 8, 0, 0, 1) + hello
            operation = _OP_REPLY
        else:
            body = struct.pack("<I", 0) + b"\0" + hello
        number += 1
        line.sendall(struct.pack("<iiii", 16 + len(body), number, request, operation) + body)


def _document(fields: Mapping[str, int]) -> bytes:
    """Return a BSON document of booleans and 32-bit integers (bsonspec.org)."""
    body = b""
    for name, value in fields.items():
        word = name.encode() + b"\0"
        flag = isinstance(value, bool)
        body += (b"\x08" + word + bytes([value])) if flag else (b"\x10" + word + struct.pack("<i", value))
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            return b""
        data += piece
    return data


_TALKS: dict[str, Callable[[socket.socket, Wrap, Case], None]] = {
    "postgresql": _postgres,
    "mysql": _mysql,
    "mongodb": _mongodb,
}
