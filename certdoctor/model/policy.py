"""What a machine demands of the TLS of all its programs."""

from __future__ import annotations

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSetting:
    """One setting of openssl.cnf that narrows what programs offer."""

    name: str
    """As it is written: "MinProtocol"."""
    value: str
    file: str
    line: int
    """Counted from 1."""
    variable: str | None = None
    """The variable that names the file; None for the machine's own."""
