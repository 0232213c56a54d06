"""certdoctor finds out why a database connection fails over a certificate.

It is a command-line tool and a library. The library is what this package exports; ``docs/library.md`` shows it at work.
Everything is loaded when it is first used, so that the command line starts quickly.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from certdoctor.api import (
        diagnose,
        inspect,
        load,
        probe,
        read_log,
        save,
        to_json,
        to_text,
        verify,
    )
    from certdoctor.errors import CannotLook, CertdoctorError, UsageError
    from certdoctor.model.certificate import Certificate, Chain
    from certdoctor.model.evidence import Evidence
    from certdoctor.model.fact import Absent
    from certdoctor.model.files import FileFacts
    from certdoctor.model.log import LogEvent, LogFacts
    from certdoctor.model.report import Answer, ClientVerdict, Finding, Remedy, Report, Skipped, Verdict
    from certdoctor.model.rule import Owner, Rule, Severity
    from certdoctor.model.wire import Failure, FailureKind, Probe, Survey
    from certdoctor.session import Session

__all__ = [
    "Absent",
    "Answer",
    "CannotLook",
    "CertdoctorError",
    "Certificate",
    "Chain",
    "ClientVerdict",
    "Evidence",
    "Failure",
    "FailureKind",
    "FileFacts",
    "Finding",
    "LogEvent",
    "LogFacts",
    "Owner",
    "Probe",
    "Remedy",
    "Report",
    "Rule",
    "Session",
    "Severity",
    "Skipped",
    "Survey",
    "UsageError",
    "Verdict",
    "__version__",
    "diagnose",
    "inspect",
    "load",
    "probe",
    "read_log",
    "save",
    "to_json",
    "to_text",
    "verify",
]

_TYPES = {
    "errors": ("CannotLook", "CertdoctorError", "UsageError"),
    "model.certificate": ("Certificate", "Chain"),
    "model.evidence": ("Evidence",),
    "model.fact": ("Absent",),
    "model.files": ("FileFacts",),
    "model.log": ("LogEvent", "LogFacts"),
    "model.report": ("Answer", "ClientVerdict", "Finding", "Remedy", "Report", "Skipped", "Verdict"),
    "model.rule": ("Owner", "Rule", "Severity"),
    "model.wire": ("Failure", "FailureKind", "Probe", "Survey"),
    "session": ("Session",),
}
"""Modules and what is exported of them; all other names are those of the module ``api``."""

if not TYPE_CHECKING:  # a type checker knows the names from above, and is to know of no others

    def __getattr__(name: str) -> object:
        """Load what is asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - the version alone needs none of it

        module = next((module for module, names in _TYPES.items() if name in names), "api")
        return getattr(import_module(f"{__name__}.{module}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
