"""The application: every command, and what becomes of errors."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated

import typer

from certdoctor import __version__
from certdoctor.errors import CannotLook, CertdoctorError

COMMANDS: dict[str, str] = {
    "diagnose": "diagnose",
    "probe": "probe",
    "verify": "verify",
    "expiry": "expiry",
    "inspect": "files",
    "match": "files",
    "password": "files",
    "repair": "repair",
    "preflight": "preflight",
    "log": "log",
    "diff": "diff",
    "explain": "explain",
    "lab": "lab",
    "trust": "trust",
}
"""Every command, in the order of the help, and the module of this package that holds it under its name."""


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
    """Find out why a database connection fails over a certificate, and print the fix."""
    del version, debug  # the first ends the run, the second is read from the arguments


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the application that these arguments need.

    Where they name a command, it has that command alone: building the others would be a tenth of the
    wait for a short answer. Help, completion and mistyped names need all of them.
    """
    app = typer.Typer(
        name="certdoctor",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # a traceback could show a password
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_main)
    named = next((a for a in arguments if not a.startswith("-")), "")
    for name in [named] if named in COMMANDS else COMMANDS:
        found = getattr(import_module(f"certdoctor.cli.{COMMANDS[name]}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            found.register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code (see ``options.EXIT_CODES``)."""
    debug = "--debug" in arguments
    try:
        return _run_as_plugin(arguments) if _is_plugin(arguments) else _run(arguments)
    except CannotLook as error:
        _complain(error, arguments)
        return 3
    except CertdoctorError as error:
        _complain(error, arguments)
        return 2
    except BrokenPipeError:
        # The reader has seen enough (| head). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            sys.stderr.write(f"The output could not be written: {error.strerror}.\n")
            return 3
        sys.stderr.write(
            f"certdoctor failed on its own account ({type(error).__name__}). "
            "Run it again with --debug in front of the command and report what it prints.\n"
        )
        return 3


def _run(arguments: Sequence[str]) -> int:
    try:
        # Typer prints usage errors itself and ends with 2; a command's own result comes back as the code.
        code = application(arguments)(list(arguments), standalone_mode=True)
    except SystemExit as end:
        code = end.code
    return int(code or 0)


def _is_plugin(arguments: Sequence[str]) -> bool:
    """Whether the answer goes to a monitor, which reads one line and takes exit code 2 for an outage."""
    return "--format=nagios" in arguments or ("--format", "nagios") in pairwise(arguments)


def _run_as_plugin(arguments: Sequence[str]) -> int:
    from certdoctor.render.machine.nagios import State, unknown  # noqa: PLC0415

    try:
        return int(application(arguments)(list(arguments), standalone_mode=False) or 0)
    except CertdoctorError as error:
        sys.stdout.write(unknown(str(error)))
    except Exception as error:
        # Wrong usage, told by Click or by the copy of it that some versions of Typer bring.
        if not hasattr(error, "format_message"):
            raise
        sys.stdout.write(unknown(error.format_message()))
    return State.UNKNOWN


def _complain(error: CertdoctorError, arguments: Sequence[str]) -> None:
    from certdoctor.formats.text.printable import printable  # noqa: PLC0415 - only on the way out

    said = str(error)
    if "--redact=all" in arguments or ("--redact", "all") in pairwise(arguments):
        from certdoctor.privacy.reports import sentence  # noqa: PLC0415 - as above

        said = sentence(said, arguments)
    sys.stderr.write(f"{printable(said, limit=2000)}\n")
