"""The application: every command, and what becomes of errors."""

from __future__ import annotations

import builtins
import errno
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any

import typer

from certdoctor import __version__
from certdoctor.cli import completion
from certdoctor.cli.help import GroupedCommands
from certdoctor.cli.options import with_flags
from certdoctor.errors import CannotLook, CertdoctorError
from certdoctor.formats.quiet import silence

COMMANDS: dict[str, str] = {
    "diagnose": "Find out why a connection fails: log, server, files in one report.",
    "probe": "Look at servers: their TLS and their certificates. No login.",
    "verify": "Say what each client would do with a chain, and why.",
    "prove": "Prove a fix with the client's own trust store and settings.",
    "expiry": "Say which certificates end when, the soonest first.",
    "inspect": "Say what is in certificate and key files, and what is odd.",
    "match": "Say whether a private key belongs to a certificate.",
    "password": "Say whether a password opens a key or PKCS#12 file.",
    "repair": "Write files as the client reads them; never in place.",
    "preflight": "Check the connections of a file before they are deployed.",
    "log": "Say in plain words what failed. No secret of the log is shown.",
    "diff": "Say what has changed between two looks or certificates.",
    "explain": "Explain a rule, a cause, an error text or an error number.",
    "lab": "Run a practice server on 127.0.0.1 with one fault.",
    "collect": "Write a script that looks where there is no Python.",
    "trust": "See what is in trust stores, and how to add a CA.",
}
"""Every command, in the order of the help, with its summary there; ``commands/NAME.py`` holds it."""

TRUST: dict[str, str] = {
    "list": "List the trust stores of this machine, and who reads each.",
    "find": "Say in which trust stores of this machine a certificate is.",
    "steps": "Print the steps that make a CA trusted. Nothing is run.",
    "csr": "Write a certificate request's settings. Nothing is run.",
    "server": "Hold a certificate against what SQL Server asks of it.",
}
"""The same of the group ``trust``; ``trust/NAME.py`` holds each."""

_GROUPS = {"trust": TRUST}
"""Commands that are groups of commands, with a folder of their own."""


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer's callback
    if wanted:
        typer.echo(f"certdoctor {__version__}")
        raise typer.Exit


def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where certdoctor itself failed, on stderr.")
    ] = False,
) -> None:
    """Hold the options that need no command."""
    del version, debug  # the first ends the run, the second is read from the arguments


_ABOUT = """\
certdoctor customer.zip   # what a customer sent
certdoctor HackoladeRE.log corp-root.pem   # a log and a CA file
certdoctor sql01.corp.example:1433   # a server
certdoctor "unable to get local issuer certificate"   # an error text

Find out why a database connection fails over a certificate, and print the fix. Give it what there is, in any mix; a \
command asks for one thing alone.
"""


def application(arguments: Sequence[str] = (), *, names_only: bool = False) -> typer.Typer:
    """Return the application that these arguments need.

    Where they name a command, it has that command alone: loading the others would be most of the wait for a short
    answer. With ``names_only`` others stand in for them, who have no more than names and summaries: enough for the
    list of commands, and for saying which name was meant.
    """
    app = typer.Typer(
        name="certdoctor",
        cls=GroupedCommands,
        rich_markup_mode=None,  # plain sentences for wrong usage, and no boxes around the help
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback could show a password
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback(help=_ABOUT)(_main)
    words = [one for one in arguments if not one.startswith("-")]
    _fill(app, "commands", COMMANDS, words, names_only=names_only)
    return app


def with_door(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the command that is meant where the first word is none: things are diagnosed.

    A word that is nearly the name of a command stays, and the answer says which was meant.
    """
    arguments = _with_application(arguments)
    first = next(
        (number for number, one in enumerate(arguments) if not one.startswith("-") or one == "-"), None
    )
    if first is None or any(one in _WITHOUT_COMMAND for one in arguments[:first]):
        return list(arguments)
    word = arguments[first]
    asked = word if word == "help" else " ".join(arguments[first : first + 2])
    if asked in {"help", *(f"{group} help" for group in _GROUPS)}:
        return [*(one for one in arguments if one != "help"), "--help"]
    if word in COMMANDS:
        return list(arguments)
    if word == "version":
        return ["--version"]
    if word.isalpha() and not os.path.lexists(word):
        from difflib import get_close_matches  # noqa: PLC0415 - on the way to an error

        if get_close_matches(word, COMMANDS, n=1, cutoff=0.7):
            return list(arguments)
    # --debug is an option of the application, all others are the command's.
    front = [one for one in arguments[:first] if one == "--debug"]
    return [*front, "diagnose", *(one for one in arguments if one not in front)]


def _with_application(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the application of ``--for-customer`` joined to it: it may be left out."""
    if "--for-customer" not in arguments:
        return list(arguments)
    from certdoctor.cli.options import ANY_APPLICATION  # noqa: PLC0415 - few runs come here
    from certdoctor.clients.entry.products import product  # noqa: PLC0415 - as above

    at = list(arguments).index("--for-customer")
    name = arguments[at + 1] if at + 1 < len(arguments) else ""
    named = not os.path.lexists(name) and (product(name) is not None or _is_nearly_one(name))
    return [
        *arguments[:at],
        f"--for-customer={name if named else ANY_APPLICATION}",
        *arguments[at + 1 + named :],
    ]


def _is_nearly_one(name: str) -> bool:
    """Whether it is a slip of the pen for an application: the answer says which there are."""
    if not name.replace("-", "").isalpha() or name.startswith("-"):
        return False
    from difflib import get_close_matches  # noqa: PLC0415 - few runs come here

    from certdoctor.clients.entry.products import PRODUCTS  # noqa: PLC0415 - as above

    return bool(get_close_matches(name.lower(), [one.name for one in PRODUCTS], n=1, cutoff=0.8))


_WITHOUT_COMMAND = frozenset({"--help", "-h", "--version", "--install-completion", "--show-completion"})
"""Options of the application that need no command."""


def _fill(
    app: typer.Typer, package: str, commands: Mapping[str, str], words: Sequence[str], *, names_only: bool
) -> None:
    """Add the command that the words name, or else all of them; each is held by a module of its name."""
    named = words[0] if words and words[0] in commands else None
    for name in [named] if named else commands:
        if names_only and not named:
            app.command(name, short_help=commands[name])(_nothing)
        elif name in _GROUPS:
            group = typer.Typer(cls=GroupedCommands, no_args_is_help=True)
            _fill(group, name, _GROUPS[name], words[1:], names_only=names_only)
            app.add_typer(group, name=name, help=commands[name])
        else:
            module = import_module(f"certdoctor.cli.{package}.{name}")
            found = getattr(module, f"{name}_" if hasattr(builtins, name) else name)
            found.register(app, name, commands[name])


def _nothing() -> None:
    """Stand in for a command that is only to be listed."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code (see ``options.EXIT_CODES``)."""
    debug = "--debug" in arguments
    arguments = with_door(arguments)
    silence()
    try:
        return _run_as_plugin(arguments) if _is_plugin(arguments) else _run(arguments)
    except CannotLook as error:
        _complain(error, arguments)
        return 3
    except CertdoctorError as error:
        _complain(error, arguments)
        return 2
    except BrokenPipeError:
        _write_no_more()  # the reader has seen enough (| head)
        return 0
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _write_no_more()
            sys.stderr.write(f"The output could not be written: {error.strerror}.\n")
            return 3
        sys.stderr.write(
            f"certdoctor failed on its own account ({type(error).__name__}). "
            "Run it again with --debug in front of the command and report what it prints.\n"
        )
        return 3


def _write_no_more() -> None:
    """Lead what still waits to be written nowhere: it would fail once more at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    try:
        code = _application(arguments)(list(arguments), standalone_mode=False, prog_name="certdoctor")
    except SystemExit as end:  # a shell's question is answered so
        code = end.code
    except typer.Abort:
        sys.stderr.write("Aborted.\n")
        return 1
    except Exception as error:
        # Wrong usage, told by Click or by the copy of it that some versions of Typer bring.
        if not hasattr(error, "format_message"):
            raise
        return _misused(error)
    return int(code or 0)


def _misused(error: Any) -> int:  # noqa: ANN401 - Click's, or the copy's
    """Tell what was wrong with the command line in a sentence, and where its help is; without arguments, the help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "certdoctor"
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return 2
    from certdoctor.formats.text.printable import printable  # noqa: PLC0415 - on the way out

    said = re.sub(r"a valid int(?:eger)? range", "a whole number", error.format_message())
    said = said.replace("a valid float range", "a number")
    said += "" if said.endswith((".", "?")) else "."
    help_ = " ".join(("certdoctor help", *path.split()[1:]))
    sys.stderr.write(f"{printable(said, limit=1000)} See  {help_}\n")
    return 2


def _application(arguments: Sequence[str]) -> typer.Typer:
    """Return what a process needs; a shell that wants words completed gives them in a variable."""
    return application(arguments or completion.asked(COMMANDS) or (), names_only=True)


def _is_plugin(arguments: Sequence[str]) -> bool:
    """Whether the answer goes to a monitor, which reads one line and takes exit code 2 for an outage."""
    return "--format=nagios" in arguments or ("--format", "nagios") in pairwise(arguments)


def _run_as_plugin(arguments: Sequence[str]) -> int:
    from certdoctor.render.machine.nagios import State, unknown  # noqa: PLC0415

    try:
        return int(_application(arguments)(list(arguments), standalone_mode=False) or 0)
    except CertdoctorError as error:
        sys.stdout.write(unknown(with_flags(str(error))))
    except Exception as error:
        # Wrong usage, told by Click or by the copy of it that some versions of Typer bring.
        if not hasattr(error, "format_message"):
            raise
        sys.stdout.write(unknown(error.format_message()))
    return State.UNKNOWN


def _complain(error: CertdoctorError, arguments: Sequence[str]) -> None:
    from certdoctor.formats.text.printable import printable  # noqa: PLC0415 - only on the way out

    said = with_flags(str(error))
    if "--redact=all" in arguments or ("--redact", "all") in pairwise(arguments):
        from certdoctor.privacy.reports import sentence  # noqa: PLC0415 - as above

        said = sentence(said, arguments)
    sys.stderr.write(f"{printable(said, limit=2000)}\n")
