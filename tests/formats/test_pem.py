"""The tolerant PEM scanner: what it forgives, and that it names what it forgave."""

from __future__ import annotations

import base64
import quopri
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certdoctor.formats.encodings import pem
from tests import pki

Change = Callable[[str], bytes]


def _lines(text: str, change: Callable[[list[str]], list[str]]) -> bytes:
    return ("\n".join(change(text.splitlines())) + "\n").encode()


WAYS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "plain": (lambda s: s.encode(), ()),
    "CRLF line ends": (lambda s: s.replace("\n", "\r\n").encode(), ()),
    "no line end at the end": (lambda s: s.rstrip().encode(), ()),
    "base64 in one line": (
        lambda s: _lines(s, lambda x: [x[0], "".join(x[1:-1]), x[-1]]),
        (),
    ),
    "base64 indented": (lambda s: _lines(s, lambda x: [x[0], *("  " + y for y in x[1:-1]), x[-1]]), ()),
    "blanks at line ends": (lambda s: s.replace("\n", "  \n").encode(), ()),
    "blank line after BEGIN": (lambda s: _lines(s, lambda x: [x[0], "", *x[1:]]), ()),
    "UTF-8 mark": (lambda s: b"\xef\xbb\xbf" + s.encode(), ("utf8-bom",)),
    "UTF-16 LE": (lambda s: b"\xff\xfe" + s.encode("utf-16-le"), ("utf16",)),
    "UTF-16 BE": (lambda s: b"\xfe\xff" + s.encode("utf-16-be"), ("utf16",)),
    "UTF-16 LE without mark": (lambda s: s.encode("utf-16-le"), ("utf16",)),
    "UTF-16 BE without mark": (lambda s: s.encode("utf-16-be"), ("utf16",)),
    "CR line ends": (lambda s: s.replace("\n", "\r").encode(), ("cr-line-ends",)),
    "literal line ends": (lambda s: s.replace("\n", "\\n").encode(), ("literal-newlines",)),
    "literal CRLF": (lambda s: s.replace("\n", "\\r\\n").encode(), ("literal-newlines",)),
    "literal in the body": (
        lambda s: _lines(s, lambda x: [x[0], "\\n".join(x[1:-1]), x[-1]]),
        ("literal-newlines",),
    ),
    "indented": (lambda s: _lines(s, lambda x: ["    " + y for y in x]), ("indented-armour",)),
    "END indented": (lambda s: _lines(s, lambda x: [*x[:-1], "  " + x[-1]]), ("indented-end",)),
    "quoted": (lambda s: b'"' + s.rstrip().encode() + b'"', ("armour-line-shared",)),
    "yaml key": (lambda s: b"cert: " + s.encode(), ("armour-line-shared",)),
    "base64 behind BEGIN": (
        lambda s: _lines(s, lambda x: [f"{x[0]} {x[1]}", *x[2:]]),
        ("armour-line-shared",),
    ),
    "END behind base64": (
        lambda s: _lines(s, lambda x: [*x[:-2], x[-2] + x[-1]]),
        ("end-line-shared",),
    ),
    "blanks for line ends": (lambda s: s.replace("\n", " ").encode(), ("armour-line-shared",)),
    "zero-width space": (lambda s: ("\u200b" + s).encode(), ("hidden-character",)),
    "no-break space": (
        lambda s: _lines(s, lambda x: [x[0], "\u00a0" + x[1], *x[2:]]),
        ("hidden-character",),
    ),
    "second mark": (lambda s: b"\xef\xbb\xbf" * 2 + s.encode(), ("utf8-bom", "hidden-character")),
    "four dashes before BEGIN": (lambda s: s[1:].encode(), ("wrong-dashes",)),
    "four dashes after END": (lambda s: s.rstrip()[:-1].encode(), ("wrong-dashes",)),
    "six dashes": (lambda s: s.replace("-----", "------").encode(), ("wrong-dashes",)),
    "em dashes": (lambda s: s.replace("-----", "\u2014\u2014-").encode(), ("wrong-dashes",)),
    "double spacing": (lambda s: s.replace("\n", "\n\n").encode(), ("blank-lines",)),
    "header lines": (
        lambda s: _lines(s, lambda x: [x[0], "Comment: mine", "", *x[1:]]),
        ("other-headers",),
    ),
    "quoted-printable": (
        lambda s: _lines(s, lambda x: [x[0], f"{x[1][:30]}=", f"{x[1][30:]}", *x[2:]]),
        ("quoted-printable",),
    ),
    "quoted-printable in one line": (
        lambda s: quopri.encodestring(_lines(s, lambda x: [x[0], "".join(x[1:-1]), x[-1]])),
        ("quoted-printable",),
    ),
    "entities": (
        lambda s: s.replace("+", "&#43;").replace("/", "&#x2F;").replace("=", "&equals;").encode(),
        ("html-escaped",),
    ),
    "br": (lambda s: s.replace("\n", "<br>\n").encode(), ("html-escaped",)),
    "paragraphs": (
        lambda s: ("<p>" + s.rstrip().replace("\n", "</p>\n<p>") + "</p>").encode(),
        ("html-escaped",),
    ),
    "dashes as entities": (lambda s: s.replace("-", "&#45;").encode(), ("html-escaped",)),
    "percent": (lambda s: quote(s, safe="+/=").encode(), ("percent-encoded",)),
    "percent, form": (lambda s: quote_plus(s).encode(), ("percent-encoded",)),
    "JSON escapes": (
        lambda s: s.replace("+", "\\u002b").replace("/", "\\/").replace("\n", "\\n").encode(),
        ("literal-newlines",),
    ),
    "answer to a mail": (lambda s: _lines(s, lambda x: ["> " + y for y in x]), ("mail-quoted",)),
    "answer to an answer": (lambda s: _lines(s, lambda x: [">> " + y for y in x]), ("mail-quoted",)),
    "no dashes": (lambda s: s.replace("-----", "").encode(), ("wrong-armour",)),
    "small letters": (
        lambda s: _lines(s, lambda x: [x[0].lower(), *x[1:-1], x[-1].lower()]),
        ("wrong-armour",),
    ),
    "two blanks": (lambda s: s.replace("BEGIN ", "BEGIN  ").encode(), ("wrong-armour",)),
    "line of dashes before": (lambda s: b"-" * 30 + b"\n" + s.encode(), ("dashes-before", "text-around")),
    "text before": (lambda s: b"subject=CN = x\n" + s.encode(), ("text-around",)),
    "text behind": (lambda s: s.encode() + b"good bye\n", ("text-around",)),
}


@pytest.mark.parametrize(("change", "slugs"), WAYS.values(), ids=WAYS)
def test_a_block_is_found_however_it_is_written(change: Change, slugs: tuple[str, ...]) -> None:
    """The body comes out the same, and exactly the oddities that were put in are named."""
    issued = pki.leaf()
    found = pem.scan(change(issued.pem.decode()))
    assert [(block.label, block.body, block.problem) for block in found.blocks] == [
        ("CERTIFICATE", issued.der, None)
    ]
    assert tuple(slug for slug, _ in found.oddities) == slugs


def test_glued_blocks_are_two_and_both_are_marked() -> None:
    """An END line that runs into the next BEGIN line hides both blocks from OpenSSL."""
    found = pem.scan(pki.leaf().pem.rstrip() + pki.root().pem)
    assert [block.body for block in found.blocks] == [pki.leaf().der, pki.root().der]
    assert [block.oddities for block in found.blocks] == [("glued-blocks",), ("glued-blocks",)]


@pytest.mark.parametrize(
    ("data", "problem", "slug"),
    [
        (b"\n".join(pki.leaf().pem.splitlines()[:-1]), "its END line is missing", "missing-end"),
        (
            pki.leaf().pem.replace(b"END CERTIFICATE", b"END X509 CRL"),
            "its END line says X509 CRL",
            "missing-end",
        ),
        (
            pki.leaf().pem.replace(b"MII", b"M!I", 1),
            "there are characters in it that are no base64",
            "bad-base64",
        ),
        (pki.leaf().pem.replace(b"MII", b"II", 1), "its base64 is cut short", "bad-base64"),
    ],
    ids=["no END", "other END", "foreign character", "one character lost"],
)
def test_a_broken_block_says_why(data: bytes, problem: str, slug: str) -> None:
    """What cannot be mended by reading tolerantly is a problem of the block."""
    found = pem.scan(data)
    assert [block.problem for block in found.blocks] == [problem]
    assert [name for name, _ in found.oddities] == [slug]


def test_a_block_without_end_does_not_swallow_the_next() -> None:
    """The second block is whole, and its line is counted right."""
    found = pem.scan(b"\n".join(pki.root().pem.splitlines()[:-1]) + b"\n" + pki.leaf().pem)
    assert [block.problem for block in found.blocks] == ["its END line is missing", None]
    assert found.blocks[1].body == pki.leaf().der
    assert found.blocks[1].line == len(pki.root().pem.splitlines())


def test_headers_of_traditional_encryption_are_kept() -> None:
    """Proc-Type and DEK-Info belong to the block and are nothing odd."""
    text = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011\n\nAAAA\n"
    found = pem.scan(text + b"-----END RSA PRIVATE KEY-----\n")
    assert found.blocks[0].headers == (("Proc-Type", "4,ENCRYPTED"), ("DEK-Info", "DES-CBC,0011"))
    assert found.oddities == ()
    assert found.blocks[0].text() == text + b"-----END RSA PRIVATE KEY-----\n"


def test_the_body_stays_out_of_the_repr() -> None:
    """A block of a private key may end in a traceback; its bytes may not."""
    block = pem.scan(pki.leaf().key_pem).blocks[0]
    assert base64.b64encode(block.body).decode()[40:60] not in repr(block)
    assert repr(block.body)[10:30] not in repr(block)


@pytest.mark.parametrize(
    "text", ["", "no block here", "BEGIN CERTIFICATE", "--- BEGIN ---", "-----END CERTIFICATE-----"]
)
def test_without_a_block_there_is_nothing_odd(text: str) -> None:
    """Oddities are about blocks; a file without any is no odd PEM but no PEM."""
    assert pem.scan(text.encode()) == pem.Scan()


@pytest.mark.parametrize(
    "hostile",
    [
        b"-" * (1 << 20),
        b"-BEGIN A-" * (1 << 13),
        b"-----BEGIN A-----\n" * (1 << 13),
        b"-----BEGIN " + b"A " * (1 << 18),
        b"\n" * (1 << 20) + b"-----BEGIN A-----",
    ],
    ids=["dashes", "marks in one line", "BEGIN lines", "endless label", "empty lines"],
)
def test_hostile_text_is_read_in_linear_time(hostile: bytes) -> None:
    """A megabyte made to be read over and over take seconds of processor time at most."""
    started = time.process_time()
    assert len(pem.scan(hostile).blocks) <= pem.MAX_BLOCKS
    assert time.process_time() - started < 4


@given(st.binary(max_size=300))
def test_any_bytes_give_a_scan(data: bytes) -> None:
    """Also between BEGIN and END lines."""
    pem.scan(data)
    pem.scan(b"-----BEGIN A-----" + data + b"-----END A-----")


@given(st.text(alphabet="-BEGINCRTFA \n\\n\u2014\ufeffEND:", max_size=200))
def test_any_text_of_armour_parts_gives_a_scan(text: str) -> None:
    """The pieces that the scanner looks for, in every order."""
    pem.scan(text.encode())


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["CERTIFICATE", "X509 CRL", "PRIVATE KEY"]))
def test_what_is_written_is_read_again(body: bytes, label: str) -> None:
    """``text`` and ``scan`` are each other's opposite."""
    block = pem.Block(label=label, line=1, body=body)
    assert pem.scan(block.text()) == pem.Scan(blocks=(block,))


@given(
    names=st.lists(st.sampled_from(["leaf", "root", "key", "locked", "parameters"]), min_size=1, max_size=4),
    newline=st.sampled_from(["\n", "\r\n"]),
    between=st.sampled_from(["\n", "\n", "", "\n\n"]),
    place=st.integers(0, 3000),
    put=st.sampled_from(["", "\n", " ", "x", "=", "\r", "-"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_well_formed_files_are_read_the_same_both_ways(
    monkeypatch: pytest.MonkeyPatch, *, names: list[str], newline: str, between: str, place: int, put: str
) -> None:
    """The quick way of large files sees what the tolerant one sees, and leaves all others to it."""
    text = "".join(_SAMPLES[name].rstrip() + between for name in names).replace("\n", newline)
    data = (text[:place] + put + text[place:]).encode()
    quick = pem.scan(data)
    with monkeypatch.context() as patch:
        patch.setattr(pem, "_well_formed", lambda *_: None)
        assert pem.scan(data) == quick


_SAMPLES: dict[str, str] = {
    "leaf": pki.leaf().pem.decode(),
    "root": pki.root().pem.decode(),
    "key": pki.leaf().key_pem.decode(),
    "locked": pki.key_pem(pki.key("e"), b"x", PrivateFormat.TraditionalOpenSSL).decode(),
    "parameters": "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
}
