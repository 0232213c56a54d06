"""Reads the password from the environment, a file or the terminal; never from the command line.

The password is returned as bytes and goes straight into the key reader. No message contains it, and typed
passwords are never echoed.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sys
import warnings

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats.text.decoding import decoded, marked
from certdoctor.gather.files import reading

MAX_SIZE = 64 << 10
"""Bytes of a password file; OpenSSL itself uses at most 1,024."""
PROMPT = "Password of the key: "


def password(
    *, env: str | None, file: str | None, ask: bool, prompt_if_terminal: bool = False
) -> bytes | None:
    """Return the password from the source that is named; None if no source is.

    ``env`` names an environment variable, ``file`` a file whose last line end is not part of the password,
    ``ask`` prompts. ``prompt_if_terminal`` prompts if no other source is given and standard input is a terminal.

    Raises:
        UsageError: more than one source, a variable that is not set, a file that cannot be read or is over
            64 KiB, or no terminal to prompt on.

    """
    named = [option for option, given in _options(env, file, ask=ask) if given]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} both give a password.", hint="Give one of them.")
    if env is not None:
        return _from_environment(env)
    if file is not None:
        return _from_file(file)
    if ask or (prompt_if_terminal and sys.stdin.isatty()):
        return _from_terminal()
    return None


def _options(env: str | None, file: str | None, *, ask: bool) -> tuple[tuple[str, bool], ...]:
    return (
        ("`password_env`", env is not None),
        ("`password_file`", file is not None),
        ("`ask_password`", ask),
    )


def _from_environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise UsageError(
            f"The environment variable {name} is not set.",
            hint="Set and export it in this shell, or use `password_file` or `ask_password`.",
        )
    return value.encode("utf-8", "surrogateescape")


def _from_file(path: str) -> bytes:
    try:
        data = reading.load(path, max_size=MAX_SIZE)
    except CannotLook as error:
        raise UsageError(f"The password file cannot be used. {error}") from None
    if marked(data):
        # As Notepad and Windows PowerShell write it; in keys a password is UTF-8 (PKCS#5), in PKCS#12 made from it.
        with contextlib.suppress(UnicodeDecodeError):
            data = decoded(data).encode()
    if data.endswith(b"\r\n"):
        return data[:-2]
    return data.removesuffix(b"\n")


def _from_terminal() -> bytes:
    with warnings.catch_warnings():
        # Without a terminal getpass would warn and echo the typed password: refuse instead.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed = getpass.getpass(PROMPT)
        except (getpass.GetPassWarning, EOFError, OSError):
            raise UsageError(
                "There is no terminal to ask for the password on.",
                hint="Use `password_env` or `password_file`.",
            ) from None
    return typed.encode("utf-8", "surrogateescape")
