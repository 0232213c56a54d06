"""What a log tells of the system on which a SQL Server runs. Its own log says so when it starts."""

from __future__ import annotations

import re

from certdoctor.model.ids import ServerSystem

_BANNER = re.compile(r"\bEdition\b[\w: -]{0,50}\(64-bit\) on (Linux|Windows)\b")
"""The end of @@VERSION, which begins every error log: "Developer Edition (64-bit) on Linux (Ubuntu …"."""

_LOADED = {
    ServerSystem.WINDOWS: re.compile(r"certificate \[Cert Hash\(sha1\)"),
    ServerSystem.LINUX: re.compile(r"certificate \[Certificate File:"),
}
"""Messages 26013 and 26014: on Windows a certificate is named by its thumbprint, on Linux by its file."""


def server_system(text: str) -> ServerSystem | None:
    """Return the system if the log says so, None when it says nothing or both."""
    found = (
        {ServerSystem(match[1].lower()) for match in _BANNER.finditer(text)}
        if "(64-bit) on " in text
        else set()
    )
    found |= {system for system, line in _LOADED.items() if line.search(text)}
    return found.pop() if len(found) == 1 else None
