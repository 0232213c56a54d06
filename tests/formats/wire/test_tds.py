"""The TDS parsers: exact vectors, round trips, any bytes, any truncation."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tds
from certdoctor.model.wire import Encryption, Prelogin, ServerMessage

# Laid out by hand after MS-TDS 2.2.6.5: VERSION 15.0.2000.5, ENCRYPTION ON, INSTOPT 0, THREADID empty, MARS 0.
ANSWER = (
    bytes.fromhex("00001a0006 0100200001 0200210001 0300220000 0400220001 ff")
    + bytes.fromhex("0f0007d00005 01 00 00")
)  # fmt: skip

u8, u16, i32 = st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(-(2**31), 2**31 - 1)
tokens = st.integers(0x02, 0xFE)
preludes = st.builds(
    Prelogin,
    version=st.tuples(u8, u8, u16, u16),
    encryption=u8,
    options=st.lists(st.tuples(tokens, st.binary(max_size=40)), max_size=8).map(tuple),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
messages = st.builds(
    ServerMessage, number=i32, state=u8, severity=u8, text=texts, server=texts.map(lambda t: t[:20])
)


def test_an_answer_as_the_specification_lays_it_out() -> None:
    """Version, encryption and options are where MS-TDS puts them."""
    found = tds.parse_prelogin(ANSWER)
    assert found.version == (15, 0, 2000, 5)
    assert found.version_text == "15.0.2000"
    assert found.encryption_answer is Encryption.ON
    assert found.instance_mismatch is False
    assert found.options[3] == (tds.Token.THREADID, b"")


@pytest.mark.parametrize(
    ("byte", "meaning"),
    [
        (0x00, Encryption.OFF),
        (0x80, Encryption.OFF),
        (0x81, Encryption.ON),
        (0x83, Encryption.REQ),
        (0x02, Encryption.NOT_SUP),
        (0x05, None),
        (0x20, None),
    ],
)
def test_the_certificate_flag_is_no_part_of_the_value(byte: int, meaning: Encryption | None) -> None:
    """0x80 is a flag; what remains is one of four, or unknown."""
    assert Prelogin(version=(0, 0, 0, 0), encryption=byte).encryption_answer is meaning


@given(preludes)
def test_prelogin_round_trip(prelogin: Prelogin) -> None:
    """What is built is read back: version, encryption, and every option in order."""
    found = tds.parse_prelogin(tds.build_prelogin(prelogin))
    assert (found.version, found.encryption) == (prelogin.version, prelogin.encryption)
    assert found.options[2:] == prelogin.options


@given(prelogin=preludes, junk=st.binary(max_size=20), data=st.data())
def test_prelogin_truncated(prelogin: Prelogin, junk: bytes, data: st.DataObject) -> None:
    """A truncated message is refused, or only bytes that belong to no option are gone."""
    whole = tds.build_prelogin(prelogin) + junk
    cut = data.draw(st.integers(0, len(whole)))
    try:
        found = tds.parse_prelogin(whole[:cut])
    except FormatError:
        return
    assert found == tds.parse_prelogin(whole)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a value or FormatError."""
    for parse in (tds.parse_prelogin, tds.parse_header, tds.parse_messages, tds.parse_login7):
        with contextlib.suppress(FormatError):
            parse(data)


@given(st.lists(st.tuples(u8, u16, u16), max_size=6), st.binary(max_size=64))
def test_any_option_table(table: list[tuple[int, int, int]], body: bytes) -> None:
    """Tables of the right shape with any offsets and lengths hold only bytes of the message, or are refused."""
    payload = b"".join(struct.pack(">BHH", *row) for row in table) + b"\xff" + body
    try:
        found = tds.parse_prelogin(payload)
    except FormatError:
        return
    assert all(data in payload for _, data in found.options)


@given(
    st.lists(messages, max_size=3), st.binary(max_size=10).filter(lambda b: b[:1] not in {b"\xaa", b"\xab"})
)
def test_messages_round_trip(sent: list[ServerMessage], rest: bytes) -> None:
    """ERROR tokens are read back; what follows them is left alone."""
    payload = b"".join(map(tds.build_error, sent)) + rest
    assert tds.parse_messages(payload) == tuple(sent)


@given(sent=st.lists(messages, min_size=1, max_size=3), data=st.data())
def test_messages_truncated(sent: list[ServerMessage], data: st.DataObject) -> None:
    """A cut token is refused; a cut between tokens leaves those before it."""
    whole = b"".join(map(tds.build_error, sent))
    cut = data.draw(st.integers(0, len(whole) - 1))
    try:
        found = tds.parse_messages(whole[:cut])
    except FormatError:
        return
    assert found == tuple(sent)[: len(found)]
    assert b"".join(map(tds.build_error, found)) == whole[:cut]


def test_a_long_text_is_cut() -> None:
    """A server cannot fill the report with its message."""
    (found,) = tds.parse_messages(
        tds.build_error(ServerMessage(number=1, state=1, severity=1, text="x" * 20000))
    )
    assert found.text == "x" * tds.MAX_TEXT


@pytest.mark.parametrize("length", [0, 1, 7, 32768, 65535])
def test_impossible_lengths(length: int) -> None:
    """A packet is at least its header, and at most 32,767 bytes."""
    with pytest.raises(FormatError):
        tds.parse_header(tds.HEADER.pack(4, 1, length, 0, 0, 0))


@given(payload=st.binary(max_size=3000), size=st.integers(9, 4096))
def test_packets_round_trip(payload: bytes, size: int) -> None:
    """Packets joined again are the message, and only the last one ends it."""
    packets, at, found, ends = tds.build_packets(0x12, payload, packet_size=size), 0, b"", []
    while at < len(packets):
        header = tds.parse_header(packets[at:])
        assert header.length <= size
        found += packets[at + 8 : at + header.length]
        ends.append(header.ends_message)
        at += header.length
    assert found == payload
    assert ends == [False] * (len(ends) - 1) + [True]
