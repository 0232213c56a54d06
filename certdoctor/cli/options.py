"""Options that commands share, in groups that a command takes as one parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Annotated, Any, get_args, get_type_hints

import typer

from certdoctor.cli import completion
from certdoctor.cli.formats import Format, chosen
from certdoctor.cli.help import BOUNDS, FOLDED, MORE, OUTPUT, PASSWORD, SEEK, BriefCommand, show_output
from certdoctor.errors import UsageError
from certdoctor.model.ids import AUTO, Mode, Protocol, ServerSystem, System, spoken
from certdoctor.model.lean import dataclass

EXIT_CODES = (
    "Exit codes: 0 nothing blocks, 1 something blocks (with --fail-on risks also when something is at "
    "risk), 2 wrong usage, 3 nothing could be examined."
)
"""The last line of every command's help."""


class ProtocolChoice(StrEnum):
    """The protocols, or "auto"."""

    AUTO = AUTO
    vars().update({protocol.name: protocol.value for protocol in Protocol})

    @property
    def protocol(self) -> Protocol | None:
        """The protocol; None for "auto"."""
        return spoken(self.value)


class FailOn(StrEnum):
    """What makes the exit code 1."""

    BLOCKS = "blocks"
    RISKS = "risks"


class Redact(StrEnum):
    """What is masked."""

    SECRETS = "secrets"
    ALL = "all"


class Language(StrEnum):
    """The languages of the mail to the customer."""

    ENGLISH = "en"


ANY_APPLICATION = "any"
"""What stands for the application of ``--for-customer`` where none is named."""


class ServerSystemChoice(StrEnum):
    """What the reader may say that the server runs on; Azure SQL is known by its name."""

    WINDOWS = ServerSystem.WINDOWS.value
    LINUX = ServerSystem.LINUX.value


CaOption = Annotated[
    list[str] | None,
    typer.Option("--ca", metavar="FILE", help="CA file that the client was given; repeatable."),
]
HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="NAME", help="A name by which clients call it; repeatable."),
]
ClientOption = Annotated[
    list[str] | None,
    typer.Option(
        "--client",
        metavar="ID",
        help="For this client (node, jdbc, …); repeatable.",
        autocompletion=completion.clients,
    ),
]
CompareOption = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="ID,ID",
        help="Two clients side by side, as ssms=require,hackolade: why one connects.",
        rich_help_panel=MORE,
    ),
]
ModeOption = Annotated[
    Mode | None,
    typer.Option(
        "--mode",
        metavar="MODE",
        help=f"How the client is set: {', '.join(Mode)}; else as the connection string or log says.",
    ),
]
CertificateOption = Annotated[
    str | None, typer.Option("--cert", metavar="FILE", help="The client's certificate.")
]
KeyOption = Annotated[str | None, typer.Option("--key", metavar="FILE", help="Its private key.")]
ProtocolOption = Annotated[
    ProtocolChoice,
    typer.Option(
        "--protocol",
        metavar="NAME",
        show_default=False,
        help=f"{AUTO} (as the target says, else tds), {', '.join(Protocol)}.",
    ),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, max=600, help="Deadline for one server.")
]
ConnectTimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--connect-timeout",
        metavar="SECONDS",
        min=0.1,
        max=600,
        help="For each TCP connection, within --timeout; default: as long as that lasts.",
        rich_help_panel=MORE,
    ),
]


_ARGUMENT = re.compile(r"`([a-z][a-z_]*)((?: [A-Za-z]+)?)`")
"""An argument as errors name it: `max_size`, or with its value `redact all`."""


def with_flags(sentence: str) -> str:
    """Return an error's sentence with the arguments that it names written as options: `with_key` as --with-key."""
    return _ARGUMENT.sub(lambda found: f"--{found[1].replace('_', '-')}{found[2]}", sentence)


class Group:
    """Marks a dataclass whose fields are options; see ``command``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering(Group):
    """How a run answers."""

    format: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(Format)} (a plugin's exit codes).",
            rich_help_panel=OUTPUT,
        ),
    ] = Format.TEXT
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write there; an ending such as .html is a format.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    for_customer: Annotated[
        str | None,
        typer.Option(
            "--for-customer",
            metavar="[APPLICATION]",
            autocompletion=completion.products,
            help="A mail for the customer, with the steps in their own tools (hackolade, ssms, dbeaver …).",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    lang: Annotated[Language, typer.Option("--lang", help="Of that mail.", rich_help_panel=OUTPUT)] = (
        Language.ENGLISH
    )
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Judge as of then: 2027-01-31, tomorrow, +90d, +12w, +6m, +1y.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    os: Annotated[
        System | None,
        typer.Option("--os", help="Whose steps; default: this machine's.", rich_help_panel=OUTPUT),
    ] = None
    server_os: Annotated[
        ServerSystemChoice | None,
        typer.Option("--server-os", help="What the server runs on, if known.", rich_help_panel=OUTPUT),
    ] = None
    save: Annotated[
        str | None,
        typer.Option(
            "--save",
            metavar="FILE",
            help="Keep the evidence there (*.certdoctor.json; no keys, no passwords).",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there already.", rich_help_panel=OUTPUT)
    ] = False
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="What makes the exit code 1.", rich_help_panel=OUTPUT)
    ] = FailOn.BLOCKS
    redact: Annotated[
        Redact,
        typer.Option(
            "--redact",
            help="all: pseudonyms for hosts, users, addresses and certificates too; secrets are masked always.",
            rich_help_panel=OUTPUT,
        ),
    ] = Redact.SECRETS
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colour; NO_COLOR works too.", rich_help_panel=OUTPUT)
    ] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing when nothing fails.", rich_help_panel=OUTPUT)
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Everything that was seen.", rich_help_panel=OUTPUT)
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeking(Group):
    """Where a certificate that the chain lacks is looked for, besides this machine's trust stores."""

    search: Annotated[
        list[str] | None,
        typer.Option(
            "--search",
            metavar="DIR",
            help="In this folder too (2,000 files, 5 s); repeatable.",
            rich_help_panel=SEEK,
        ),
    ] = None
    fetch_aia: Annotated[
        bool,
        typer.Option(
            "--fetch-aia",
            help="Over http at the address that the certificate below it names, if that is public.",
            rich_help_panel=SEEK,
        ),
    ] = False
    fetch_from: Annotated[
        list[str] | None,
        typer.Option(
            "--fetch-from",
            metavar="HOST",
            help="The same, and at this host even if its address is private; repeatable.",
            rich_help_panel=SEEK,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSource(Group):
    """Where a key's password is."""

    password_env: Annotated[
        str | None,
        typer.Option("--password-env", metavar="NAME", help="In this variable.", rich_help_panel=PASSWORD),
    ] = None
    password_file: Annotated[
        str | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="In this file; one line end at its end is not part of it.",
            rich_help_panel=PASSWORD,
        ),
    ] = None
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask at the terminal.", rich_help_panel=PASSWORD)
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds(Group):
    """How much of a file is looked at."""

    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size", metavar="SIZE", help="Largest file, as 64M (16M without).", rich_help_panel=BOUNDS
        ),
    ] = None
    max_iterations: Annotated[
        int | None,
        typer.Option(
            "--max-iterations",
            min=1,
            metavar="N",
            help="Rounds of key derivation for one try (10,000,000 without).",
            rich_help_panel=BOUNDS,
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what Typer runs, and the help that goes with it."""

    run: Callable[..., None]
    summary: str
    """Its first line, the same as in the list of commands."""
    help: str
    """Examples first, then what the command does."""

    def register(self, app: typer.Typer, name: str, summary: str) -> None:
        """Add the command to an application; ``summary`` is its line in the list of commands."""
        app.command(name, cls=BriefCommand, short_help=summary, help=self.help, epilog=EXIT_CODES)(self.run)


def command(*examples: str, without: Sequence[str] = ()) -> Callable[[Callable[..., int]], Command]:
    """Make a command of a function that returns an exit code.

    The function takes one parameter per Group; the command line sees the group's fields, but for those in ``without``,
    which mean nothing to this command: the help leaves them out, and a run that states one is refused. Its docstring
    becomes the help, behind the examples.
    """

    def make(function: Callable[..., int]) -> Command:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        groups = {n: kind for n, kind in hints.items() if isinstance(kind, type) and issubclass(kind, Group)}
        parameters = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(function).parameters.items()
            if name not in groups
        ]
        for kind in groups.values():
            parameters += [_hidden(one) if one.name in without else one for one in _options_of(kind)]
        answers = any(issubclass(kind, Answering) for kind in groups.values())
        parameters += [_JSON] if answers else []
        parameters += [_HELP_OUTPUT] if any(map(_folded, parameters)) else []

        def run(**given: Any) -> None:  # noqa: ANN401 - whatever the options are
            given.pop(_HELP_OUTPUT.name, None)
            if answers:
                given["format"] = chosen(given["format"], given.get("output"), json=given.pop(_JSON.name))
            if given.get("at") is not None:
                given["at"] = _instant(given["at"])
            for name in without:
                _refuse(name, given[name], next(p.default for p in parameters if p.name == name))
            for name, kind in groups.items():
                names = [f.name for f in fields(kind)]  # type: ignore[arg-type]  # groups are dataclasses
                given[name] = kind(**{n: given.pop(n) for n in names})
            raise typer.Exit(function(**given))

        run.__name__ = function.__name__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by Typer
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        text = inspect.getdoc(function) or ""
        # Typer keeps the line ends inside a paragraph, which would fall in the middle of the terminal's lines.
        flowing = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
        return Command(run, text.partition("\n")[0], "\n".join(examples) + f"\n\n{flowing}")

    return make


_JSON = inspect.Parameter(
    "json",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, typer.Option("--json", help="The same as --format json.", rich_help_panel=OUTPUT)
    ],
)
_HELP_OUTPUT = inspect.Parameter(
    "help_output",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option(
            "--help-output", callback=show_output, is_eager=True, help="Tell the options named below."
        ),
    ],
)


def _options_of(kind: type) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    unstated = {"format": None} if issubclass(kind, Answering) else {}
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=unstated.get(
                field.name, inspect.Parameter.empty if field.default is MISSING else field.default
            ),
            annotation=hints[field.name] if field.name not in unstated else _or_none(hints[field.name]),
        )
        for field in fields(kind)
    ]


def _or_none(annotated: Any) -> Any:  # noqa: ANN401 - an annotation
    """Return an annotated type that takes None too: what was not stated."""
    kind, option = get_args(annotated)
    return Annotated[kind | None, option]


def _hidden(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return the option as one that no help shows."""
    kind, option = get_args(parameter.annotation)
    option = copy(option)
    option.hidden = True
    return parameter.replace(annotation=Annotated[kind, option])


def _refuse(name: str, given: object, default: object) -> None:
    """Refuse an option that means nothing to the command.

    Raises:
        UsageError: it is given.

    """
    if given != default:
        flag = f"--{name.replace('_', '-')}"
        raise UsageError(f"{flag} means nothing to this command.", hint=f"Leave {flag} out.")


def _folded(parameter: inspect.Parameter) -> bool:
    """Whether the short help gives no more than the name of this option."""
    (option,) = get_args(parameter.annotation)[1:]
    return getattr(option, "rich_help_panel", None) in FOLDED


def _instant(text: str) -> str:
    """Return the instant of ``--at`` in ISO 8601, as everything below takes it.

    Raises:
        UsageError: it is none.

    """
    from certdoctor.gather.clock import spoken  # noqa: PLC0415 - few runs name one

    moment = spoken(text)
    return (
        text if text[:1].isdigit() else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    )  # as it was written, where it is a date
