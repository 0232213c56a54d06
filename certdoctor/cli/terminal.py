"""What differs from Windows to other systems where text is written: closed pipes, code pages, escape sequences."""

from __future__ import annotations

import codecs
import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_HANDLER = "certdoctor.plain"
"""Name of the error handler that ``prepare`` registers."""

_PLAIN = {
    "…": "..", "\u2013": "-", "—": "-", "\u2018": "'", "\u2019": "'", "“": '"', "”": '"',
    "✗": "x", "✓": "+", "└": "`", "→": "->", "·": "-", "\u00a0": " ",
}  # fmt: skip
_OUTPUT, _ERRORS = -11, -12
"""STD_OUTPUT_HANDLE and STD_ERROR_HANDLE (GetStdHandle)."""
_SEQUENCES = 4
"""ENABLE_VIRTUAL_TERMINAL_PROCESSING (SetConsoleMode)."""


def reader_left(error: OSError, platform: str = sys.platform) -> bool:
    """Whether what reads the output has gone: Windows says EINVAL of such a pipe, others EPIPE."""
    invalid = error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or (platform == "win32" and invalid)


@contextmanager
def noticing_readers() -> Iterator[None]:
    """Raise BrokenPipeError for every way in which a system says that the reader of the output has gone.

    Raises:
        BrokenPipeError: see above.

    """
    try:
        yield
    except OSError as error:
        if reader_left(error):
            raise BrokenPipeError(errno.EPIPE, "the reader has gone") from error
        raise


def prepare(stream: TextIO, *, for_people: bool) -> None:
    """Have a stream take all text: what its encoding lacks becomes a plain sign or a visible escape.

    Elsewhere than at a terminal a line ends as the text says, on every system; and what is not ``for_people`` is
    UTF-8, as its readers expect it, whatever the code page of Windows.
    """
    if not isinstance(stream, io.TextIOWrapper):
        return
    codecs.register_error(_HANDLER, _plainly)
    if stream.isatty():
        stream.reconfigure(errors=_HANDLER)
    else:
        stream.reconfigure(encoding=stream.encoding if for_people else "utf-8", errors=_HANDLER, newline="")


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    shown = "".join(_PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode("ascii") for c in lacking)
    return shown, error.end


def takes_sequences(stream: TextIO) -> bool:
    """Whether a terminal obeys escape sequences; the old console of Windows does once it is told to."""
    if not stream.isatty():
        return False
    if sys.platform != "win32":
        return True
    return _told_to(_ERRORS if stream is sys.stderr else _OUTPUT)


def _told_to(handle: int) -> bool:
    """Have a console of Windows obey escape sequences; False where it cannot (before Windows 10 1511)."""
    import ctypes  # noqa: PLC0415 - for terminals of Windows alone

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - there is none elsewhere
    console = kernel.GetStdHandle(handle)
    mode = ctypes.c_ulong()
    if not kernel.GetConsoleMode(console, ctypes.byref(mode)):
        return False
    return bool(mode.value & _SEQUENCES or kernel.SetConsoleMode(console, mode.value | _SEQUENCES))
