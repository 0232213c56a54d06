"""Printed steps with hostile names: a real shell, and a grammar of PowerShell, read them as they were meant."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certdoctor.model.ids import ServerSystem, Shell, System
from certdoctor.model.rule import Owner
from certdoctor.remedies import quoting
from certdoctor.remedies.client import stores
from certdoctor.remedies.client.stores import CaFile, steps
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.quoting import CannotQuote
from certdoctor.remedies.registry import REMEDIES, remedy
from certdoctor.remedies.server.request import Files, names, on_linux
from tests.programs import need_nothing_missing

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

PLAIN = "plainfile"
HOST = "plainhost"

PROGRAMS = [
    "apk",
    "awk",
    "cat",
    "certctl",
    "certdoctor",
    "certutil",
    "cp",
    "curl",
    "docker",
    "git",
    "grep",
    "install",
    "java",
    "keytool",
    "kubectl",
    "launchctl",
    "ls",
    "mariadb",
    "mkdir",
    "mongosh",
    "mysql",
    "nixos-rebuild",
    "node",
    "openssl",
    "printenv",
    "psql",
    "python",
    "rm",
    "security",
    "sudo",
    "systemctl",
    "tee",
    "trust",
    "update-ca-certificates",
    "update-ca-trust",
    "iconv",
    "date",
    "timedatectl",
    "nc",
    "nslookup",
    "systemctl",
    "firewall-cmd",
]
"""Every program that a step for a POSIX shell starts; here each writes down its arguments instead."""

NAMES = st.text(
    st.one_of(
        st.sampled_from(list("'\"\\$`;&|<>()^%! *?~#-@{}[]=,\N{RIGHT SINGLE QUOTATION MARK}é証")),
        st.characters(
            exclude_categories=("C", "Zl", "Zp"),
            exclude_characters="/\N{REPLACEMENT CHARACTER}",
            codec="utf-8",
        ),
    ),
    min_size=1,
    max_size=24,
).filter(lambda text: text not in {".", ".."} and text.strip() == text)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


@pytest.fixture(scope="module")
def shims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of programs that write down how they were called."""
    folder = tmp_path_factory.mktemp("shims")
    # A line break, which no name here holds, begins a call.
    script = '#!/bin/sh\nprintf "\\n%s\\0" "${0##*/}" >"$CALLS.$$"\n'
    script += 'for word; do printf "%s\\0" "$word" >>"$CALLS.$$"; done\n/bin/cat "$CALLS.$$" >>"$CALLS"\n'
    for program in PROGRAMS:
        (folder / program).write_text(script)
        (folder / program).chmod(0o755)
    return folder


def calls(lines: Sequence[str], name: str, shims: Path, folder: Path) -> list[list[str]]:
    """Run lines one after the other where a file of that name is.

    Return how programs were called, and as calls of their own the variables that a line has set. The programs of a
    pipe write in any order.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "work").mkdir(parents=True)
    (folder / "work" / name).touch()
    variables = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "PGSSLROOTCERT", "CURL_CA_BUNDLE")
    tell = "; ".join(f'printf "\\n%s\\0" "{v}=${{{v}-}}" >>"$CALLS"; unset {v}' for v in variables)
    script = "\n".join((f"tell() {{ {tell}; }}", *(f"{line}\ntell" for line in lines)))
    (folder / "script").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["/bin/sh", "../script"],
        cwd=folder / "work",
        env={"PATH": str(shims), "CALLS": str(folder / "calls"), "HOME": "/home/nobody", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"not found" not in done.stderr, done.stderr
    assert b"yntax" not in done.stderr, done.stderr
    text = (folder / "calls").read_text(encoding="utf-8").replace(str(folder / "work"), "CWD")
    found: list[list[str]] = []
    for word in text.split("\0")[:-1]:
        if word.startswith("\n"):
            found.append([word[1:]])
        else:
            found[-1].append(word)
    return found


def posix_lines(path: str, host: str) -> list[str]:
    """Return every line that a step of any store has for a POSIX shell, whatever the form of the file."""
    files = (
        CaFile(path=path, common_name="Corp Root", sha256="ab" * 32, sha1="cd" * 20),
        CaFile(path=path, common_name="Corp Root", sha256="ab" * 32, sha1="cd" * 20, count=2),
    )
    lines: list[str] = []
    for consumer in stores.consumers():
        if consumer in NOT_POSIX:
            continue
        for file in files:
            found = steps(consumer, file, os=System.DEBIAN, host=host)
            for part in ("prepare", "check", "add", "prove", "undo", "restart"):
                lines += [line for text in getattr(found, part) for line in text.split("\n")[1:]]
    return [line for line in lines if not line.startswith(NO_SHELL)]


def telling(path: str, host: str) -> list[str]:
    """Return the lines that hold one of the names, each once."""
    pairs = zip(posix_lines(PLAIN, HOST), posix_lines(path, host), strict=True)
    return list({plain: line for plain, line in pairs if PLAIN in plain or HOST in plain}.values())


NOT_POSIX = {"windows", "windows-user", "ssms", "freetds"}
NO_SHELL = ("COPY ", "RUN ", "security.pki", " ", "spec:", "if ", "done", "ca file", "check certificate")
"""Lines of a Dockerfile, of Nix and of YAML."""


@pytest.fixture(scope="module")
def expected(shims: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Return how programs are called when the names are plain."""
    return calls(telling(PLAIN, HOST), PLAIN, shims, tmp_path_factory.mktemp("plain") / "x")


@example(path="$(touch pwned)'\"`id`;\\ *?~!#", host="h'; touch pwned #$HOME")
@example(path="-rf '&' |> x", host="(a)")
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=NAMES, host=NAMES.filter(lambda text: text[0] not in "-@"))
def test_a_hostile_name_changes_nothing_but_itself(
    tmp_path_factory: pytest.TempPathFactory, shims: Path, expected: list[list[str]], path: str, host: str
) -> None:
    """Every program gets the same words as with a plain name, but for the name, which arrives whole."""
    folder = tmp_path_factory.getbasetemp() / "hostile"
    got = calls(telling(path, host), path, shims, folder)
    own = f"./{path}" if path[0] in "-@" else path
    wanted = [[word.replace(PLAIN, own).replace(HOST, host) for word in call] for call in expected]
    assert sorted(got) == sorted(wanted)
    left = {p.name for p in (folder / "work").iterdir()}
    assert left <= {path, "corp-root-abababab-and-public.pem"}, "nothing else was made"


def test_the_programs_are_really_called(expected: list[list[str]]) -> None:
    """The comparison is over many calls, not over nothing."""
    assert len({call[0] for call in expected}) > 15
    assert sum(PLAIN in call for call in expected) > 30
    assert any(call[0].startswith("NODE_EXTRA_CA_CERTS=CWD/") for call in expected)


@settings(max_examples=10, deadline=None)
@given(st.lists(NAMES, min_size=4, max_size=4))
def test_hostile_paths_of_a_request_arrive(
    tmp_path_factory: pytest.TempPathFactory, shims: Path, paths: list[str]
) -> None:
    """The commands of ``trust csr`` name each of its files as one word."""
    folder = tmp_path_factory.getbasetemp() / "request"
    files = Files(
        configuration=paths[0], key=paths[1], key_exists=False, request=paths[2], certificate=paths[3]
    )
    lines = [line for text in on_linux(names(("sql01",)), files) for line in text.split("\n")[1:]]
    got = calls(lines, paths[0], shims, folder)
    for path in paths:
        assert any((f"./{path}" if path[0] in "-@" else path) in call for call in got)


def parser() -> Parser:
    """Return a parser of PowerShell that shares nothing with certdoctor."""
    missing = [m for m in ("tree_sitter", "tree_sitter_powershell") if importlib.util.find_spec(m) is None]
    need_nothing_missing(f"{missing[0]} is not installed: pip install 'certdoctor[dev]'" if missing else None)
    return _parser()


@cache
def _parser() -> Parser:
    import tree_sitter_powershell  # noqa: PLC0415 - only where it is installed
    from tree_sitter import Language, Parser  # noqa: PLC0415 - as above

    return Parser(Language(tree_sitter_powershell.language()))


def leaves(node: Node) -> list[Node]:
    """Return the tokens of a tree, without blanks."""
    if node.child_count == 0:
        return [node] if node.text and node.text.strip() else []
    return [leaf for child in node.children for leaf in leaves(child)]


@pytest.mark.real
@given(text=NAMES)
def test_the_grammar_of_powershell_sees_one_argument(text: str) -> None:
    """A quoted word is one string without anything to expand; a bare one is one token."""
    try:
        word = quoting.powershell(text)
    except CannotQuote:
        return
    tree = parser().parse(f"certutil -store Root {word}".encode())
    assert not tree.root_node.has_error, word
    last = leaves(tree.root_node)[-1]
    assert last.text == word.encode()
    assert last.type in {"verbatim_string_characters", "generic_token"}


def powershell_lines(path: str) -> list[str]:
    """Return every line that a step at a store has for PowerShell."""
    file = CaFile(path=path, common_name="Corp Root", sha256="ab" * 32, sha1="cd" * 20)
    lines: list[str] = []
    for consumer in stores.consumers():
        found = steps(consumer, file, os=System.WINDOWS)
        if consumer not in {
            "windows",
            "windows-user",
            "ssms",
            "node",
            "java",
            "psql",
            "git",
            "service",
            "electron",
        }:
            continue
        for part in ("prepare", "check", "add", "prove", "undo", "restart"):
            lines += [line for text in getattr(found, part) for line in text.split("\n")[1:]]
    return lines


@pytest.mark.real
@settings(max_examples=15, deadline=None)
@given(path=NAMES)
def test_printed_lines_are_powershell(path: str) -> None:
    """Each parses, with as many tokens as the same line has with a plain name."""
    try:
        quoting.path(Shell.POWERSHELL, path)
    except CannotQuote:
        return
    for line, plain in zip(powershell_lines(path), powershell_lines(PLAIN), strict=True):
        found, expected = parser().parse(line.encode()), parser().parse(plain.encode())
        assert found.root_node.has_error == expected.root_node.has_error, line
        assert len(leaves(found.root_node)) == len(leaves(expected.root_node)), line


@pytest.mark.real
def test_the_lines_without_a_hostile_name_parse() -> None:
    """So that the comparison above is with PowerShell, not with one error beside another."""
    # The grammar does not know lists of bare words (-Property Name, Path), which PowerShell does.
    lines = [re.sub(r"(\w+, )+(?=\w+$)", "", line) for line in powershell_lines(PLAIN)]
    assert len(lines) > 30
    assert not [line for line in lines if parser().parse(line.encode()).root_node.has_error]


@pytest.mark.parametrize("name", REMEDIES)
def test_every_remedy_has_an_owner_and_a_proof_for_every_system_of_the_server(name: str) -> None:
    """Whoever gets the ticket knows that it is theirs, and how to show that it is done."""
    for system in (None, *ServerSystem):
        one = remedy(name, RemedyContext(server_on=system))
        assert one.owner in set(Owner)
        assert re.match(
            r"certdoctor (verify|prove|probe|match|inspect|password|log|diagnose|trust|expiry) ", one.proof
        )
