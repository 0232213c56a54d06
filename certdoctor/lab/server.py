"""The practice server: one scenario, served on 127.0.0.1 until it is closed.

It never binds another address, takes a bounded number of connections, and gives each a deadline. The
server's private key stays in memory; a client key is written (mode 0600, removed at the end) in the one
scenario that needs a client to have it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto

from certdoctor.errors import CannotLook
from certdoctor.formats.wire import tds
from certdoctor.lab.conversation import Host, Script, converse
from certdoctor.lab.identities import Identity, ca_names, client, identity
from certdoctor.lab.line import Line
from certdoctor.lab.scenarios import ClientEncryption, FirstMove, Scenario, Tls

ADDRESS = "127.0.0.1"
MAX_CONNECTIONS = 32
"""Connections served at a time; one more is closed at once."""

PATIENCE = 20.0
"""Seconds that one connection may take."""

SILENCE = 120.0
"""Seconds for which the silent server keeps a connection: longer than any client waits."""

_VERSIONS = {
    "TLSv1": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Practice:
    """A server that misbehaves in the way of one scenario. A context manager: enter it to serve.

    ``on_event`` is called, from the server's own threads, with a sentence on everything seen. ``script`` serves
    every connection in place of the scenario's behaviour, which then decides the certificates alone.

    Raises (on entering):
        CannotLook: the port is not to be had.

    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: Callable[[], datetime] = _wall_clock,
        port: int = 0,
        on_event: Callable[[str], None] | None = None,
        script: Script | None = None,
    ) -> None:
        """Make the certificates, judged as of what ``clock`` says; ``port`` 0 takes any free one."""
        self.scenario = scenario
        at = clock()
        self._identity: Identity = identity(scenario.presents, at=at)
        self._strict_identity = (
            identity(scenario.presents, at=at) if scenario.behaviour.two_faced else self._identity
        )
        self._client = (
            client(self._identity, at=at) if scenario.behaviour.tls.asks_client_certificate else None
        )
        self._wanted_port = port
        self._on_event = on_event
        self._script = script
        self._events: deque[str] = deque(maxlen=1000)
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._live: dict[threading.Thread, socket.socket] = {}
        self._cleanup = contextlib.ExitStack()
        self._folder: Path | None = None
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        """Open the port and start serving."""
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            if os.name == "posix":
                # Elsewhere the option would let a second server take the same port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((ADDRESS, self._wanted_port))
            except (OSError, OverflowError) as error:
                raise CannotLook(
                    f"Port {self._wanted_port} of {ADDRESS} cannot be opened: {error}.",
                    hint="Leave `port` away to take any free one.",
                ) from error
            listener.listen(MAX_CONNECTIONS)
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certdoctor-lab-")))
            self._write_files(self._folder)
            wake, waker = socket.socketpair()
            stack.enter_context(wake)
            stack.enter_context(waker)
            host = Host(
                behaviour=self.scenario.behaviour,
                tds7=self._context(self.scenario.behaviour.tls),
                tds8=self._strict_context(),
                leaf=self._identity.leaf.certificate.public_bytes(Encoding.DER),
                make_tds8=self._strict_context,
                tell=self._tell,
                script=self._script,
            )
            self._listener = listener
            acceptor = threading.Thread(
                target=self._accept, args=(listener, wake, host), name="practice-accept", daemon=True
            )
            acceptor.start()
            stack.callback(self._hang_up)
            stack.callback(acceptor.join)
            stack.callback(waker.send, b"x")
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port and every connection, and remove the files."""
        self._cleanup.close()
        self._listener = None
        self._folder = None

    @property
    def host(self) -> str:
        """The name under which to reach it."""
        return self.scenario.host

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._listener is None:
            raise RuntimeError("the practice server is not running")
        return int(self._listener.getsockname()[1])

    @property
    def target(self) -> str:
        """What to pass to certdoctor: ``localhost:PORT``, or a connection string where settings matter."""
        if self.scenario.encrypt is ClientEncryption.ON:
            return f"{self.host}:{self.port}"
        return f"Server={self.host},{self.port};Encrypt={self.scenario.encrypt}"

    @property
    def ca_pem(self) -> bytes:
        """The CA file's content."""
        return self._identity.ca_pem

    @property
    def ca_path(self) -> Path:
        """The CA file; gone when the server is closed."""
        return self._file("ca.pem")

    @property
    def client_cert(self) -> Path | None:
        """A client certificate that the server accepts, in the one scenario that wants one."""
        return self._file("client.pem") if self._client else None

    @property
    def client_key(self) -> Path | None:
        """Its private key."""
        return self._file("client.key") if self._client else None

    @property
    def chain_pem(self) -> bytes:
        """What the server sends, leaf first, as PEM."""
        return self._identity.chain_pem

    @property
    def command(self) -> str:
        """The certdoctor command that ought to find the fault."""
        target = f'"{self.target}"' if ";" in self.target else self.target
        trust = f" --ca {self.ca_path}" if self.scenario.trusts_ca else ""
        return f"certdoctor diagnose {target}{trust}"

    @property
    def events(self) -> tuple[str, ...]:
        """What was seen so far, oldest first; the last thousand."""
        with self._lock:
            return tuple(self._events)

    def settle(self, *, seconds: float = 5.0) -> bool:
        """Wait until no connection is being served, so that ``events`` is whole; False if time ran out."""
        with self._change:
            return self._change.wait_for(lambda: not self._live, timeout=seconds)

    def _file(self, name: str) -> Path:
        if self._folder is None:
            raise RuntimeError("the practice server is not running")
        return self._folder / name

    def _write_files(self, folder: Path) -> None:
        (folder / "ca.pem").write_bytes(self.ca_pem)
        if self._client:
            (folder / "client.pem").write_bytes(self._client.pem)
            handle = os.open(folder / "client.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as key:
                key.write(self._client.key_pem())

    def _tell(self, sentence: str) -> None:
        with self._lock:
            self._events.append(sentence)
        if self._on_event:
            self._on_event(sentence)

    def _accept(self, listener: socket.socket, wake: socket.socket, host: Host) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if wake in ready:
                    return
                try:
                    sock, _ = listener.accept()
                except OSError:
                    # The client was gone before it was taken.
                    continue
                self._serve(sock, host)

    def _serve(self, sock: socket.socket, host: Host) -> None:
        thread = threading.Thread(target=self._talk, args=(sock, host), name="practice", daemon=True)
        with self._lock:
            full = len(self._live) >= MAX_CONNECTIONS
            if not full:
                self._live[thread] = sock
        if full:
            self._tell(f"more than {MAX_CONNECTIONS} connections at a time: closed one")
            sock.close()
            return
        thread.start()

    def _talk(self, sock: socket.socket, host: Host) -> None:
        seconds = SILENCE if host.behaviour.first_move is FirstMove.SILENT else PATIENCE
        try:
            converse(Line(sock, seconds=seconds), host)
        finally:
            sock.close()
            with self._change:
                self._live.pop(threading.current_thread(), None)
                self._change.notify_all()

    def _hang_up(self) -> None:
        with self._lock:
            live = dict(self._live)
        for sock in live.values():
            # Wakes the thread that waits on it; one that has just ended is no matter.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in live:
            thread.join(timeout=5)

    def _context(self, tls: Tls, who: Identity | None = None) -> SSL.Context:
        shown = who or self._identity
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_cipher_list(f"{tls.ciphers}:@SECLEVEL=0".encode("ascii"))
        context.set_min_proto_version(_VERSIONS[tls.lowest])
        context.set_max_proto_version(_VERSIONS[tls.highest])
        # Every connection shows its whole handshake: nothing is resumed.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET)
        context.use_certificate(shown.leaf.certificate)
        for certificate in shown.rest:
            context.add_extra_chain_cert(certificate)
        context.use_privatekey(shown.leaf.key)
        if tls.asks_client_certificate:
            store = context.get_cert_store()
            if store is not None:
                store.add_cert(crypto.X509.from_cryptography(self._identity.root.certificate))
            context.add_client_ca(self._identity.root.certificate)
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        for name in ca_names(tls.names_cas, self._identity.root):
            context.add_client_ca(name)
            context.set_verify(SSL.VERIFY_PEER)
        return context

    def _strict_context(self) -> SSL.Context:
        asks = self.scenario.behaviour.tls.asks_client_certificate
        context = self._context(Tls(highest="TLSv1.3", asks_client_certificate=asks), self._strict_identity)
        context.set_alpn_select_callback(_choose_alpn)
        return context


def _choose_alpn(_: SSL.Connection, offered: list[bytes]) -> bytes | SSL._NoOverlappingProtocols:
    return tds.ALPN if tds.ALPN in offered else SSL.NO_OVERLAPPING_PROTOCOLS
