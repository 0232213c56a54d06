"""Scripts of the hostile list that play other databases: what stands in for them on SQL Server's place."""

from __future__ import annotations

import struct

from OpenSSL import SSL

from certdoctor.formats.wire import mongodb, mysql, postgres
from certdoctor.lab.conversation import Host
from certdoctor.lab.line import Line, Tunnel, receive_exactly


def _listen(line: Line) -> None:
    while True:
        line.receive(4096)


def _ssl_requested(line: Line) -> bool:
    """Whether the client asks for TLS; a real server closes without a word when it says anything else."""
    return receive_exactly(line, len(postgres.SSL_REQUEST)) == postgres.SSL_REQUEST


def postgresql_without_tls(line: Line, _: Host) -> None:
    """Answer N, and wait for a login in clear."""
    if _ssl_requested(line):
        line.send(b"N")
        _listen(line)


def postgresql_error(line: Line, _: Host) -> None:
    """Answer with an error, as a pooler does that knows no such client."""
    if _ssl_requested(line):
        error = postgres.ServerError(sqlstate="28000", text="no pg_hba.conf entry for this host")
        line.send(postgres.build_error(error))


def postgresql_with_tls(line: Line, host: Host) -> None:
    """Answer S and shake hands."""
    if _ssl_requested(line):
        line.send(b"S")
        _secure(line, host.tds7)


def mysql_without_tls(line: Line, _: Host) -> None:
    """Greet without the flag for TLS."""
    line.send(mysql.build_hello(mysql.Hello(version="8.0.36", capabilities=mysql.PROTOCOL_41)))
    _listen(line)


def mysql_error(line: Line, _: Host) -> None:
    """Refuse the client's host in place of a greeting."""
    payload = b"\xff" + struct.pack("<H", 1130) + b"Host '127.0.0.1' is not allowed to connect"
    line.send(len(payload).to_bytes(3, "little") + b"\x00" + payload)


def mariadb_with_tls(line: Line, host: Host) -> None:
    """Greet, take the request for TLS, and shake hands."""
    flags = mysql.PROTOCOL_41 | mysql.SSL
    line.send(mysql.build_hello(mysql.Hello(version="5.5.5-10.11.6-MariaDB-1", capabilities=flags)))
    if receive_exactly(line, len(mysql.build_ssl_request())) != mysql.build_ssl_request():
        return
    _secure(line, host.tds7)


def mysql_cut_greeting(line: Line, _: Host) -> None:
    """End in the middle of the greeting."""
    line.send(mysql.build_hello(mysql.Hello(version="8.0.36", capabilities=0))[:20])


def mongodb_without_tls(line: Line, _: Host) -> None:
    """Answer hello in clear and close on everything else."""
    head = receive_exactly(line, mongodb.HEADER.size)
    length, request, _answered, operation = mongodb.HEADER.unpack(head)
    if operation != mongodb.OP_MSG:
        return
    receive_exactly(line, length - mongodb.HEADER.size)
    body = struct.pack("<i", 0) + b"\x00" + struct.pack("<i", 5) + b"\x00"
    line.send(mongodb.HEADER.pack(mongodb.HEADER.size + len(body), 1, request, mongodb.OP_MSG) + body)
    _listen(line)


def _secure(line: Line, context: SSL.Context) -> None:
    Tunnel(context, line, wrapped=False).handshake()
    _listen(line)


SCRIPTS = {
    function.__name__.replace("_", "-"): function
    for function in (
        postgresql_without_tls,
        postgresql_error,
        postgresql_with_tls,
        mysql_without_tls,
        mysql_error,
        mariadb_with_tls,
        mysql_cut_greeting,
        mongodb_without_tls,
    )
}
"""Name of the scenario to what its server does."""
