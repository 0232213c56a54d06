"""``python -m certdoctor`` and the console script."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

from certdoctor import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        # Scripts ask for this alone, often; the rest of the command line would be half of their wait.
        sys.stdout.write(f"certdoctor {__version__}\n")
        return
    # What is loaded at the start stays to the end: looking through it for garbage finds nothing.
    gc.set_threshold(50_000, 20, 20)
    from certdoctor.gather import openssl_policy  # noqa: PLC0415 - as below

    # Before anything loads OpenSSL: the machine's policy is for its clients, not for what is seen of a server.
    openssl_policy.set_aside()
    from certdoctor.cli.app import run  # noqa: PLC0415 - the version alone needs none of it

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    _leave(run(sys.argv[1:]))


def _end(number: int, _frame: object) -> NoReturn:
    """End as after an error, so that files half made are thrown away; the exit code is that of shells."""
    raise SystemExit(128 + number)


def _leave(code: int) -> NoReturn:
    """End the process without taking every object apart first, which takes longer than many a command.

    What is to be undone is undone by now: files and folders are held by ``with``.
    """
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        from certdoctor.cli.terminal import reader_left  # noqa: PLC0415 - only where something went wrong

        if isinstance(error, OSError) and reader_left(error):
            code = 0  # the reader has seen enough (| head)
        else:
            said = getattr(error, "strerror", None) or error
            sys.stderr.write(f"The output could not be written: {said}.\n")
            code = 3
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
