"""The errors of certdoctor. A bad certificate is a finding; these are for being unable to look.

::

    CertdoctorError
    ├── FormatError     bytes that are not what they should be (raised by ``formats`` only)
    ├── CannotLook      a file, name or server that could not be examined at all
    └── UsageError      a command line, target or time that makes no sense

Every message is a sentence for people and never holds a secret. Arguments stand in it in backquotes, as Python names
them (`max_size`); the command line writes them as its options.
"""

from __future__ import annotations


class CertdoctorError(Exception):
    """Base of all errors that certdoctor raises on purpose.

    ``hint`` is the next step for the reader, a sentence of its own, or empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence and the next step apart."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return the sentence, followed by the next step if there is one."""
        return f"{self.message} {self.hint}".rstrip()


class FormatError(CertdoctorError):
    """Bytes that do not follow the format that they were read as.

    ``what`` names the format ("PRELOGIN", "certificate"), ``offset`` is the byte at which
    reading stopped, counted from 0.
    """

    def __init__(self, what: str, offset: int, problem: str, *, hint: str = "") -> None:
        """Name the format, the place and the problem."""
        super().__init__(f"{what}, byte {offset}: {problem}", hint=hint)
        self.what = what
        self.offset = offset
        self.problem = problem


class CannotLook(CertdoctorError):  # noqa: N818 - the name is the sentence it stands for
    """Something that was asked about could not be examined at all (exit code 3)."""


class UsageError(CertdoctorError):
    """The request itself makes no sense (exit code 2)."""
