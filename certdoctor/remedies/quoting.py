"""Paths and names made safe to stand in a printed command.

A reader pastes what is printed, so a name that came from a certificate or a peer must never become
syntax. Each shell is quoted by its own documented rules; what those rules cannot carry is refused.

Control and format characters are refused in every shell, although single quotes would carry them:
a renderer has to escape them, and the command that is read would not be the one that is pasted. In
sentences ``visible`` puts U+FFFD in their place, and a text with U+FFFD is refused likewise.
"""

from __future__ import annotations

import re
import shlex
import unicodedata

from certdoctor.errors import UsageError
from certdoctor.model.ids import Shell


class CannotQuote(UsageError):  # noqa: N818 - the name is the sentence it stands for
    """A text that cannot be written as one word of that shell, whatever the quotes."""


_HIDDEN = "\N{REPLACEMENT CHARACTER}"
_CMD_BARE = re.compile(r"[A-Za-z0-9_.:\\-]+")
_POWERSHELL_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.:\\-]*")
_POWERSHELL_QUOTES = "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
_POWERSHELL_QUOTES += "\N{SINGLE LOW-9 QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}"
_POWERSHELL_QUOTE = re.compile(f"([{_POWERSHELL_QUOTES}])")
_OPTION_LIKE = ("-", "@")
"""A path that begins so is read as an option, by keytool and certutil also as a list of arguments."""


def posix(text: str) -> str:
    """Return the text as one word of a POSIX shell (POSIX 2.2.2, single quotes).

    Raises:
        CannotQuote: it holds control or format characters.

    """
    return shlex.quote(_printable(text))


def powershell(text: str) -> str:
    """Return the text as one argument in PowerShell (about_Quoting_Rules, single-quoted strings).

    PowerShell takes the four typographic single quotes for the straight one; each is doubled.
    A double quote is refused: Windows PowerShell up to 5.1 hands it to programs unescaped
    (about_Parsing), so that the program sees other arguments than were typed. For the same reason
    a backslash at the end of a text with blanks is refused, and an empty text.

    Raises:
        CannotQuote: it holds one of these, or control or format characters.

    """
    if _POWERSHELL_BARE.fullmatch(_printable(text)):
        return text
    if not text:
        raise CannotQuote("PowerShell drops an empty argument.")
    if '"' in text:
        raise CannotQuote(f"PowerShell cannot pass a double quote on to a program: {text}")
    if text.endswith("\\") and any(c.isspace() for c in text):
        raise CannotQuote(f"PowerShell cannot pass blanks with a backslash at the end: {text}")
    return "'" + _POWERSHELL_QUOTE.sub(r"\1\1", text) + "'"


def cmd(text: str) -> str:
    r"""Return the text as one argument at the prompt of cmd.exe.

    Within double quotes cmd.exe takes ``& | < > ( ) ^`` literally; variables between percent signs
    are expanded even there, and the prompt knows no escape for that, so a percent sign is refused.
    Backslashes before the closing quote are doubled, as programs read them (CommandLineToArgvW).

    Raises:
        CannotQuote: it holds a percent sign, a double quote, or control or format characters.

    """
    if _CMD_BARE.fullmatch(_printable(text)):
        return text
    for character, name in (("%", "a percent sign"), ('"', "a double quote")):
        if character in text:
            raise CannotQuote(f"cmd.exe cannot take {name} as it is: {text}")
    backslashes = len(text) - len(text.rstrip("\\"))
    return f'"{text}{chr(92) * backslashes}"'


def plain(text: str) -> str:
    """Return the text unchanged, for a line that no shell reads.

    Raises:
        CannotQuote: it holds control or format characters.

    """
    return _printable(text)


def quote(shell: Shell, text: str) -> str:
    """Quote by the rules of that shell.

    Raises:
        CannotQuote: those rules cannot carry the text.

    """
    match shell:
        case Shell.POSIX:
            return posix(text)
        case Shell.POWERSHELL:
            return powershell(text)
        case Shell.CMD:
            return cmd(text)
        case Shell.NONE:
            return plain(text)


def path(shell: Shell, text: str) -> str:
    """Quote a path that no program shall take for an option.

    Raises:
        CannotQuote: the rules of that shell cannot carry the text.

    """
    if shell is Shell.NONE or not text.startswith(_OPTION_LIKE):
        return quote(shell, text)
    return quote(shell, ("./" if shell is Shell.POSIX else ".\\") + text)


def visible(text: str) -> str:
    """Return the text with U+FFFD for each control, format or line character: one line, as it looks."""
    return "".join(_HIDDEN if _is_hidden(character) else character for character in text)


def _printable(text: str) -> str:
    if _HIDDEN in text or any(map(_is_hidden, text)):
        raise CannotQuote(f"It holds a character that cannot be shown or pasted: {visible(text)}")
    return text


def _is_hidden(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in {"Zl", "Zp"}
