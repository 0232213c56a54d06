"""A practice SQL Server Browser on a UDP port of 127.0.0.1."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from certdoctor.errors import FormatError
from certdoctor.formats.wire import ssrp

ADDRESS = "127.0.0.1"


class PracticeBrowser:
    """Answers for the instances given. A context manager: enter it to serve.

    ``deaf`` requests are ignored first, as if they were lost on the way; ``says`` is sent in place of
    every true answer.
    """

    def __init__(
        self,
        instances: Sequence[ssrp.Entry] = (),
        *,
        dac: Mapping[str, int] | None = None,
        deaf: int = 0,
        says: bytes | None = None,
        port: int = 0,
    ) -> None:
        """Prepare; ``port`` 0 takes any free one."""
        self._instances = tuple(instances)
        self._dac = dict(dac or {})
        self._deaf = deaf
        self._says = says
        self._wanted_port = port
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.requests: list[ssrp.Request] = []
        """What was asked so far."""

    def __enter__(self) -> Self:
        """Open the port and start serving."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((ADDRESS, self._wanted_port))
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), daemon=True, name="browser")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port."""
        if self._socket is not None and self._thread is not None:
            # An empty datagram is no request: it wakes the thread and ends it.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
                waker.sendto(b"", (ADDRESS, self.port))
            self._thread.join()
            self._socket.close()

    @property
    def port(self) -> int:
        """The UDP port it listens on."""
        if self._socket is None:
            raise RuntimeError("the practice Browser is not running")
        return int(self._socket.getsockname()[1])

    def _serve(self, line: socket.socket) -> None:
        while True:
            data, client = line.recvfrom(2048)
            if not data:
                return
            try:
                request = ssrp.parse_request(data)
            except FormatError:
                continue
            self.requests.append(request)
            if self._deaf > 0:
                self._deaf -= 1
                continue
            reply = self._says if self._says is not None else self._answer(request)
            if reply is not None:
                with contextlib.suppress(OSError):
                    line.sendto(reply, client)

    def _answer(self, request: ssrp.Request) -> bytes | None:
        """Return the answer; there is none about what is not known, as with the real one."""
        if request.instance is None:
            return ssrp.build_reply(self._instances) if self._instances else None
        wanted = request.instance.upper()
        if request.dac:
            port = self._dac.get(wanted)
            return ssrp.build_dac_reply(port) if port else None
        found = [entry for entry in self._instances if entry.instance.upper() == wanted]
        return ssrp.build_reply(found) if found else None
