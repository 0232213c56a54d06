"""The one place where errors of foreign parsers (cryptography, pyOpenSSL) become errors of this project.

What they raise for bytes that they do not like is documented in part only: a name with a BIT STRING raises a
TypeError, and a fault in the compiled part an exception that is no ``Exception``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from certdoctor.errors import FormatError

_PANIC = "PanicException"
"""What the Rust part of cryptography raises when it has met a fault of its own; a BaseException."""


@contextmanager
def parser(what: str) -> Iterator[None]:
    """Turn whatever a foreign parser raises in the block into a FormatError about ``what``.

    Raises:
        FormatError: the parser refused the bytes; its problem is the first line of what the parser says, and the
            parser's own error is its cause.

    """
    try:
        yield
    except FormatError:
        raise
    except Exception as error:
        raise FormatError(what, 0, _first_line(error)) from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise FormatError(what, 0, "the parser broke down over it") from error


def _first_line(error: Exception) -> str:
    # An error of OpenSSL holds a list of (library, function, reason).
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    text = str(reasons[-1][-1]) if reasons else str(error)
    return next(iter(text.splitlines()), "") or type(error).__name__
