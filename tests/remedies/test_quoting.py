"""Quoting: what is pasted arrives in the program exactly as it was meant."""

from __future__ import annotations

import shutil
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.model.ids import Shell
from certdoctor.remedies import quoting
from certdoctor.remedies.quoting import CannotQuote

PRINTABLE = st.characters(
    exclude_categories=("C", "Zl", "Zp"), exclude_characters="\N{REPLACEMENT CHARACTER}"
)
HOSTILE = st.text(
    st.one_of(PRINTABLE, st.sampled_from(list("'\"\\$`;&|<>()^%! *?~#-@{}\N{RIGHT SINGLE QUOTATION MARK}"))),
    max_size=30,
)
ANYTHING = st.text(max_size=20)


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("sh") is None, reason="needs a POSIX shell")
@settings(max_examples=12, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=40))
def test_a_posix_shell_gives_back_every_text(texts: list[str]) -> None:
    """Each word that sh parses is the text that was quoted."""
    words = " ".join(quoting.posix(text) for text in texts)
    done = subprocess.run(
        ["sh", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    assert done.stdout.decode() == "".join(text + "\0" for text in texts)


def powershell_word(source: str) -> str:
    """Read one argument as PowerShell's tokenizer does: a bare word, or a single-quoted string."""
    quotes = "'\u2018\u2019\u201a\u201b"
    if source[0] not in quotes:
        assert not set(source) & set(" \t'\"`$(){};,|&<>@#"), source
        return source
    found, at = "", 1
    while at < len(source):
        if source[at] in quotes:
            if at + 1 == len(source):
                return found
            assert source[at + 1] in quotes, f"the string ends early: {source}"
            at += 1
        found += source[at]
        at += 1
    raise AssertionError(f"the string never ends: {source}")


def native_line(argument: str) -> str:
    """Build the command line as Windows PowerShell 5.1 does: quotes around blanks, nothing escaped."""
    return f'"{argument}"' if any(c.isspace() for c in argument) or not argument else argument


def program_arguments(line: str) -> list[str]:
    """Split a command line as CommandLineToArgvW documents it (behind the program's name)."""
    found: list[str] = []
    word, begun, quoted, at = "", False, False, 0
    while at < len(line):
        slashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        if slashes:
            at += slashes
            if line[at : at + 1] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word, at = word + '"', at + 1
            else:
                word += "\\" * slashes
            begun = True
        elif line[at] == '"':
            quoted, begun, at = not quoted, True, at + 1
        elif line[at] in " \t" and not quoted:
            if begun:
                found.append(word)
            word, begun, at = "", False, at + 1
        else:
            word, begun, at = word + line[at], True, at + 1
    assert not quoted, line
    return [*found, word] if begun else found


@given(HOSTILE)
def test_powershell_hands_every_text_to_a_program(text: str) -> None:
    """What PowerShell reads is the text; what the program then gets is one argument, the text."""
    try:
        word = quoting.powershell(text)
    except CannotQuote:
        assert not text or '"' in text or text.endswith("\\")
        return
    assert powershell_word(word) == text
    if not set(text) & set("\N{NO-BREAK SPACE}\u3000\u2003"):
        assert program_arguments(native_line(text)) == [text]


def cmd_sees(source: str) -> str:
    """Pass a line through cmd.exe's first phases; nothing in it may be special to them."""
    assert "%" not in source, "a variable would be expanded"
    quoted = False
    for character in source:
        if character == '"':
            quoted = not quoted
        assert quoted or character not in "&|<>()^,;= \t", f"{character} is special outside quotes: {source}"
    return source


@given(HOSTILE)
def test_cmd_hands_every_text_to_a_program(text: str) -> None:
    """What is not refused arrives as one argument, the text."""
    try:
        word = quoting.cmd(text)
    except CannotQuote:
        assert "%" in text or '"' in text
        return
    assert program_arguments(cmd_sees(word)) == [text]


@given(ANYTHING, st.sampled_from(Shell))
def test_nothing_invisible_gets_through(text: str, shell: Shell) -> None:
    """A command line never holds what a renderer would have to escape."""
    try:
        word = quoting.quote(shell, text)
    except CannotQuote:
        return
    assert not any(unicodedata.category(c)[0] == "C" for c in word)


@given(ANYTHING)
def test_visible_text_is_one_line_of_the_same_length(text: str) -> None:
    """Every character keeps its place; no control character stays."""
    shown = quoting.visible(text)
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(c)[0] == "C" for c in shown)


@pytest.mark.parametrize("shell", list(Shell))
@pytest.mark.parametrize(
    "text", ["a\nb", "a\x1b[31m", "a\u202eb", "a\x00", "\udcff", "a\N{REPLACEMENT CHARACTER}"]
)
def test_control_and_format_characters_are_refused(shell: Shell, text: str) -> None:
    """A line break, an escape sequence, a turned text: none can be pasted as it looks."""
    with pytest.raises(CannotQuote) as caught:
        quoting.quote(shell, text)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("shell", "text", "word"),
    [
        (Shell.POSIX, "corp-root.pem", "corp-root.pem"),
        (Shell.POSIX, "it's here", "'it'\"'\"'s here'"),
        (Shell.POSIX, "", "''"),
        (Shell.POWERSHELL, r"C:\ca\corp-root.pem", r"C:\ca\corp-root.pem"),
        (Shell.POWERSHELL, "it's", "'it''s'"),
        (Shell.POWERSHELL, "it\N{RIGHT SINGLE QUOTATION MARK}s", "'it\u2019\u2019s'"),
        (Shell.POWERSHELL, "$env:TEMP", "'$env:TEMP'"),
        (Shell.POWERSHELL, "1kb", "'1kb'"),
        (Shell.CMD, "a&b", '"a&b"'),
        (Shell.CMD, "C:\\my dir\\", '"C:\\my dir\\\\"'),
        (Shell.NONE, "it's %here%", "it's %here%"),
    ],
)
def test_examples(shell: Shell, text: str, word: str) -> None:
    """Plain names stay as they are; others get that shell's quotes."""
    assert quoting.quote(shell, text) == word


@pytest.mark.parametrize(
    ("shell", "text", "word"),
    [
        (Shell.POSIX, "-rf.pem", "./-rf.pem"),
        (Shell.POSIX, "@list", "./@list"),
        (Shell.POWERSHELL, "-f.cer", r"'.\-f.cer'"),
        (Shell.CMD, "-f.cer", r".\-f.cer"),
        (Shell.NONE, "-f.cer", "-f.cer"),
        (Shell.POSIX, "a-b.pem", "a-b.pem"),
    ],
)
def test_a_path_is_never_taken_for_an_option(shell: Shell, text: str, word: str) -> None:
    """A file whose name begins like an option is named through its folder."""
    assert quoting.path(shell, text) == word
