"""The help of the application and of each command, as plain text that fits a screen.

Typer's own tables take half of the line for names. Here an option has one line where it can, and what is rarely
wanted is named alone: ``--help-output`` tells it in full.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

OUTPUT = "Output"
SEEK = "Where to look for a certificate that is missing"
BOUNDS = "Bounds"
PASSWORD = "Password of a key (never on the command line)"  # noqa: S105 - a heading
MORE = "Rarely wanted"
SHOWN = frozenset({"format", "output", "password_env", "password_file", "ask_password"})
"""Options of those panels that the short help tells all the same."""

FOLDED = frozenset({OUTPUT, SEEK, BOUNDS, PASSWORD, MORE})
"""Panels of which the short help gives the names alone."""

_NAMES = 27
"""Columns for the names of options; a longer one has a line of its own."""

_CHOICES = 30
"""Characters of choices that stand beside the option's name; more of them follow its sentence."""

_GAP = "   # "
"""Between an example and its label, which a shell takes for a comment."""


class BriefCommand(TyperCommand):
    """A command whose help is one screen."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, which Typer keeps to itself
        """Write the short help."""
        formatter.write(_writable(command_help(self, ctx, width())))


class GroupedCommands(TyperGroup):
    """The application or a group of commands, listed under headings, a line each."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Click's, which Typer keeps to itself
        """Write the list of commands."""
        formatter.write(_writable(list_help(self, ctx, width())))


HEADINGS: Mapping[str, tuple[str, ...]] = {
    "Find the cause": ("diagnose", "log", "collect", "explain"),
    "Look at servers and chains": ("probe", "verify", "prove", "expiry", "preflight", "diff"),
    "Certificate and key files": ("inspect", "match", "password", "repair"),
    "Trust stores and practice": ("trust", "lab"),
}
"""The commands under headings, in the order of the help."""


def width() -> int:
    """Return how many columns the help has: the terminal's, at most 100."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))


def show_output(ctx: typer.Context, wanted: bool) -> None:  # noqa: FBT001 - Typer's callback
    """Print what the short help folds, and end."""
    if wanted and not ctx.resilient_parsing:
        typer.echo(_writable(output_help(ctx, width())))
        raise typer.Exit


def _writable(text: str) -> str:
    """Return the help in the characters that the terminal or pipe has."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.replace("…", "..").encode(encoding, "backslashreplace").decode(encoding)
    return text


def command_help(command: TyperCommand, ctx: typer.Context, columns: int) -> str:
    """Return the help of one command: usage, examples, what it does, arguments, options, exit codes."""
    examples, _, told = (command.help or "").partition("\n\n")
    options = [one for one in command.params if isinstance(one, TyperOption) and not one.hidden]
    shown = [one for one in options if one.rich_help_panel not in FOLDED or one.name in SHOWN]
    parts = [
        _usage(command, ctx),
        _examples(examples.splitlines(), columns),
        *(textwrap.fill(one, columns) for one in told.split("\n\n")),
    ]
    if rows := [
        (one.make_metavar(ctx), one.help or "")
        for one in command.params
        if isinstance(one, TyperArgument) and one.help
    ]:
        parts.append(_table(rows, columns))
    parts.append("Options\n" + _table(_merged(shown, ctx), columns))
    folded = [one.opts[0] for one in options if one not in shown]
    if folded:
        parts.append(
            textwrap.fill(
                f"More, told by --help-output: {', '.join(folded)}",
                columns,
                break_on_hyphens=False,
                subsequent_indent="  ",
            )
        )
    parts.append(textwrap.fill(command.epilog or "", columns))
    return "\n\n".join(parts)


def output_help(ctx: typer.Context, columns: int) -> str:
    """Return the options that the short help folds, under their headings."""
    panels: dict[str, list[TyperOption]] = {}
    for one in ctx.command.params:
        if isinstance(one, TyperOption) and not one.hidden and one.rich_help_panel in FOLDED:
            panels.setdefault(str(one.rich_help_panel), []).append(one)
    parts = [f"{ctx.command_path}: the options of its output, and those that are rarely wanted."]
    parts += [
        f"{name}\n" + _table([(_names(one, ctx), _sentence(one)) for one in panels[name]], columns)
        for name in sorted(panels, key=lambda one: one == OUTPUT)
    ]
    return "\n\n".join(parts)


def list_help(group: TyperGroup, ctx: typer.Context, columns: int) -> str:
    """Return the list of a group's commands, under headings where it is the application's."""
    parts = [_usage(group, ctx)]
    examples, _, told = (group.help or "").partition("\n\n")
    if told:
        parts += [_examples(examples.splitlines(), columns), textwrap.fill(told, columns)]
    else:
        parts += [examples]
    listed = {name: one.short_help or one.help or "" for name, one in group.commands.items()}
    headed = [name for names in HEADINGS.values() for name in names]
    sections = HEADINGS if all(name in headed for name in listed) else {"Commands": tuple(listed)}
    for heading, names in sections.items():
        parts.append(f"{heading}\n" + _table([(one, listed[one]) for one in names if one in listed], columns))
    options = [one for one in group.get_params(ctx) if isinstance(one, TyperOption)]
    parts.append("Options\n" + _table([(_names(one, ctx), one.help or "") for one in options], columns))
    if ctx.parent is None:
        parts.append(textwrap.fill("Each command tells more:  certdoctor help COMMAND", columns))
    return "\n\n".join(parts)


def _usage(command: TyperCommand | TyperGroup, ctx: typer.Context) -> str:
    pieces = [piece.strip("{}") for piece in command.collect_usage_pieces(ctx)]
    return f"Usage: {ctx.command_path} {' '.join(pieces)}"


def _examples(examples: Sequence[str], columns: int) -> str:
    """Return the examples, the labels beside them where every one has room, else below those that are too long."""
    pairs = [one.partition(_GAP)[::2] for one in examples if one.strip("\b")]
    longest = max((len(one) for one, _ in pairs), default=0)
    if all(longest + len(_GAP) + len(label) + 2 <= columns for _, label in pairs):
        return "\n".join(f"  {one:{longest}}{_GAP}{label}".rstrip("# ") for one, label in pairs)
    return "\n".join(
        f"  {one}{_GAP}{label}"
        if label and len(one) + len(_GAP) + len(label) + 2 <= columns
        else f"  {one}\n    # {label}"
        if label
        else f"  {one}"
        for one, label in pairs
    )


def _merged(options: Iterable[TyperOption], ctx: typer.Context) -> list[tuple[str, str]]:
    """Return names and sentences; the three ways to give a password are one."""
    rows: list[tuple[str, str]] = []
    passwords = [one for one in options if one.rich_help_panel == PASSWORD]
    for one in options:
        if one not in passwords:
            rows.append((_names(one, ctx), _sentence(one)))
        elif one is passwords[0]:
            others = ", ".join(each.opts[0] for each in passwords[1:])
            rows.append((_names(one, ctx), f"Variable that holds the key's password; also {others}."))
    return rows


def _names(option: TyperOption, ctx: typer.Context) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.is_flag:
        return names
    metavar = option.metavar or ("|".join(_choices(option)) if _choices(option) else option.make_metavar(ctx))
    if option.metavar is None and len(metavar) > _CHOICES:
        metavar = (option.name or "").upper().replace("_", "-")
    return f"{names} {metavar}"


def _choices(option: TyperOption) -> list[str]:
    return [str(getattr(one, "value", one)) for one in getattr(option.type, "choices", ())]


def _sentence(option: TyperOption) -> str:
    told = option.help or ""
    choices = _choices(option)
    if choices and option.metavar is None and len("|".join(choices)) > _CHOICES:
        told += f" One of {', '.join(choices)}."
    if option.show_default and isinstance(option.default, int | float | str) and option.default is not False:
        told += f" [{getattr(option.default, 'value', option.default)}]".replace(".0]", "]")
    return told


def _table(rows: Sequence[tuple[str, str]], columns: int) -> str:
    """Return names with their sentences beside them, or below where a name is too long."""
    column = min(max((len(name) for name, _ in rows), default=0), _NAMES, max(12, columns // 3)) + 4
    lines: list[str] = []
    for name, told in rows:
        first = f"  {name}"
        if len(first) + 2 > column:
            lines.append(first)
            first = ""
        lines.append(
            textwrap.fill(
                told,
                columns,
                initial_indent=f"{first:{column}}",
                subsequent_indent=" " * column,
                break_on_hyphens=False,
                drop_whitespace=True,
            )
            or first
        )
    return "\n".join(lines)
