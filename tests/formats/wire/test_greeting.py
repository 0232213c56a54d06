"""Strangers are known by their first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.formats.wire.greeting import printable, recognise


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "an HTTP server"),
        (b"<html><head>", "an HTTP server"),
        (bytes.fromhex("000006040000000000000300000064"), "an HTTP/2 server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH server"),
        (bytes.fromhex("15030300020246"), "a TLS server"),
        (b"220 mail ESMTP Postfix\r\n", "an SMTP server"),
        (b"220 (vsFTPd 3.0.3)\r\n", "an FTP server"),
        (b"500 what?\r\n", "an FTP or SMTP server"),
        (b"-ERR unknown command\r\n", "a Redis server"),
        (b"-NOAUTH Authentication required.\r\n", "a Redis server"),
        (b"+OK ready\r\n", "a POP3 server"),
        (b"* OK IMAP4rev1\r\n", "an IMAP server"),
        (b"RFB 003.008\n", "a VNC server"),
        (b"\x4a\x00\x00\x00\x0a8.0.36\x00", "a MySQL or MariaDB server"),
        (b"\x59\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB\x00", "a MySQL or MariaDB server"),
        (b"\x45\x00\x00\x00\xff\x6a\x04Host '10.0.0.1' is blocked", "a MySQL or MariaDB server"),
        (b"E\x00\x00\x00\x8cSFATAL\x00", "a PostgreSQL server"),
    ],
)
def test_known_greetings(first: bytes, name: str) -> None:
    """Each is called by its name."""
    found = recognise(first)
    assert found is not None
    assert found.name == name


@given(st.binary(max_size=300))
def test_any_bytes(first: bytes) -> None:
    """Nothing that a stranger sends does harm, and what is shown of it can be printed."""
    recognise(first)
    shown = printable(first)
    assert shown.isascii()
    assert len(shown) <= 24
    assert shown == "" or shown.isprintable()
