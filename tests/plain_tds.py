"""A TDS client that shares no code with certdoctor: bytes by hand, TLS by the standard library."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Self

PASSWORD = "Tr0ub4dor"  # noqa: S105 - of a server that refuses every login


class NotTdsError(Exception):
    """What answers does not speak TDS."""


class PlainClient:
    """A TDS client of a hundred lines: PRELOGIN, wrapped TLS, LOGIN7. Bytes by hand, on purpose."""

    def __init__(self, host: str, port: int, lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> None:
        """Connect; nothing is sent yet."""
        self.sock = socket.create_connection((host, port), timeout=10)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.set_ciphers("DEFAULT:@SECLEVEL=2")
        # A Python built with --with-ssl-default-suites=openssl, as Debian's is, leaves the lowest version to
        # OpenSSL; the others ask for TLS 1.2 themselves. What a client says must not hang on that.
        self.context.minimum_version = lowest
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.host = host
        self.heard = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def exactly(self, size: int) -> bytes:
        """Read so many bytes."""
        data = b""
        while len(data) < size:
            piece = self.sock.recv(size - len(data))
            if not piece:
                raise ConnectionAbortedError("closed")
            data += piece
        return data

    def packet(self) -> tuple[int, bytes]:
        """Read one packet of a type that a server sends."""
        head = self.exactly(8)
        if head[0] not in {0x04, 0x12}:
            raise NotTdsError("not TDS")
        payload = self.exactly(struct.unpack(">H", head[2:4])[0] - 8)
        self.heard += payload
        return head[0], payload

    def prelogin(self, encryption: int) -> tuple[int, dict[int, bytes]]:
        """Offer VERSION, ENCRYPTION, INSTOPT and MARS; return the ENCRYPTION answer and all options."""
        table = bytes.fromhex("00 0015 0006 01 001b 0001 02 001c 0001 04 001d 0001 ff".replace(" ", ""))
        body = table + bytes(6) + bytes([encryption, 0, 0])
        self.sock.sendall(bytes([0x12, 1]) + struct.pack(">HHBB", 8 + len(body), 0, 0, 0) + body)
        kind, reply = self.packet()
        assert kind == 0x04
        options: dict[int, bytes] = {}
        at = 0
        while reply[at] != 0xFF:
            token, start, size = struct.unpack(">BHH", reply[at : at + 5])
            options[token] = reply[start : start + size]
            at += 5
        return options[1][0], options

    def handshake(self, *, ca: bytes | None, fragment: int = 4000) -> WrappedTls:
        """Run the wrapped handshake, trusting ``ca`` or nobody."""
        if ca is not None:
            self.context.load_verify_locations(cadata=ca.decode())
        return WrappedTls(self, fragment)

    def login(self) -> bytes:
        """Return a LOGIN7 packet of user sa with PASSWORD."""
        name, password = "sa".encode("utf-16-le"), PASSWORD.encode("utf-16-le")
        # MS-TDS 2.2.6.4: halves of each byte swapped, then XOR 0xA5. Anyone can undo it.
        hidden = bytes(((byte << 4 | byte >> 4) & 0xFF) ^ 0xA5 for byte in password)
        body = bytearray(94) + name + hidden
        struct.pack_into("<II", body, 0, len(body), 0x74000004)
        struct.pack_into("<HH", body, 40, 94, 2)
        struct.pack_into("<HH", body, 44, 94 + len(name), len(PASSWORD))
        return bytes([0x10, 1]) + struct.pack(">HHBB", 8 + len(body), 0, 1, 0) + body

    def error(self, data: bytes) -> str:
        """Return the text of an answer that begins with error 18456."""
        kind, (token, _, number) = data[0], struct.unpack_from("<BHI", data, 8)
        assert (kind, token, number) == (0x04, 0xAA, 18456)
        (characters,) = struct.unpack_from("<H", data, 17)
        return data[19 : 19 + 2 * characters].decode("utf-16-le")


class WrappedTls:
    """TLS whose handshake travels in TDS packets and whose records then stand alone."""

    def __init__(self, client: PlainClient, fragment: int) -> None:
        """Run the handshake in packets of ``fragment`` bytes."""
        self.client = client
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = client.context.wrap_bio(self.incoming, self.outgoing, server_hostname=client.host)
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self.send_wrapped(fragment)
                kind, payload = client.packet()
                assert kind == 0x12
                self.incoming.write(payload)
            else:
                self.send_wrapped(fragment)
                return

    def send_wrapped(self, fragment: int) -> None:
        """Send what TLS has to say as payload of TDS packets."""
        pending = self.outgoing.read()
        for at in range(0, len(pending), fragment):
            chunk = pending[at : at + fragment]
            last = at + fragment >= len(pending)
            self.client.sock.sendall(
                bytes([0x12, int(last)]) + struct.pack(">HHBB", 8 + len(chunk), 0, 0, 0) + chunk
            )

    def send(self, data: bytes) -> None:
        """Send data as TLS records."""
        self.tls.write(data)
        self.client.sock.sendall(self.outgoing.read())

    def receive(self) -> bytes:
        """Return what comes, decrypted."""
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                piece = self.client.sock.recv(65536)
                if not piece:
                    raise ConnectionAbortedError("closed") from None
                self.incoming.write(piece)
