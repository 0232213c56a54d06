"""Java key stores and certificates of the Windows registry: what is in them, and that any bytes give an answer."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.errors import FormatError
from certdoctor.formats.containers import jks, windows_blob
from tests import pki
from tests.keystores import blob, jks_store

ROOT = pki.root().der
KEY_ENTRY = ("key", b"\x30\x03\x02\x01\x00", [pki.leaf().der, pki.intermediate().der])
STORE = jks_store(trusted=[("corp", ROOT), ("größe", pki.intermediate().der)], keys=[KEY_ENTRY])
BLOB = blob((3, b"\x01" * 20), (11, "Corp\0".encode("utf-16-le")), (32, ROOT))


def test_trusted_certificates_are_read_and_keys_passed_over() -> None:
    """Chains of private keys are no trust anchors."""
    found = jks.parse(STORE)
    assert [(e.alias, e.der) for e in found.trusted] == [("corp", ROOT), ("größe", pki.intermediate().der)]
    assert [(k.alias, len(k.chain)) for k in found.keys] == [("key", 2)]


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_and_jceks(version: int) -> None:
    """Version 1 has no certificate types; JCEKS differs in its first bytes."""
    store = jks_store(trusted=[("corp", ROOT)], version=version)
    assert jks.parse(store).trusted[0].der == ROOT
    assert jks.parse(jks.MAGIC_JCEKS + store[4:]).trusted[0].der == ROOT


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "does not begin"),
        (b"\x30\x82", "does not begin"),
        (STORE[:4] + struct.pack(">i", 3) + STORE[8:], "version 3"),
        (STORE[:8] + struct.pack(">i", -1) + STORE[12:], "not plausible"),
        (STORE[:8] + struct.pack(">i", 1 << 30) + STORE[12:], "not plausible"),
        (STORE[:12] + struct.pack(">i", 3) + STORE[16:], "kind 3"),
        (STORE[:-30], "cut short"),
    ],
)
def test_what_is_no_key_store_is_refused(data: bytes, problem: str) -> None:
    """With the reason."""
    with pytest.raises(FormatError, match=problem):
        jks.parse(data)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_store_or_a_format_error(tail: bytes) -> None:
    """Nothing else is raised."""
    for data in (tail, jks.MAGIC + tail, STORE[:12] + tail):
        try:
            jks.parse(data)
        except FormatError:
            continue


@given(st.integers(min_value=0, max_value=len(STORE) - 1))
def test_any_truncation_is_refused(length: int) -> None:
    """One byte of the digest less is one byte of the last entry less."""
    with pytest.raises(FormatError):
        jks.parse(STORE[:length])


def test_the_certificate_of_a_blob() -> None:
    """Whatever stands before and behind it."""
    assert windows_blob.certificate(BLOB) == ROOT
    assert windows_blob.certificate(BLOB + blob((20, b"x"))) == ROOT
    assert [identifier for identifier, _ in windows_blob.properties(BLOB)] == [3, 11, 32]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "holds no certificate"),
        (blob((3, b"\x01" * 20)), "holds no certificate"),
        (BLOB[:-1], "cut short"),
        (BLOB[:7], "cut short"),
        (blob(*[(3, b"")] * 300), "over 256"),
    ],
)
def test_what_is_no_blob_is_refused(data: bytes, problem: str) -> None:
    """With the reason."""
    with pytest.raises(FormatError, match=problem):
        windows_blob.certificate(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_certificate_or_a_format_error(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        windows_blob.certificate(data)
    except FormatError:
        return
