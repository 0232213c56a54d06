"""The operating system of a SQL Server, which its own log names when it starts."""

from __future__ import annotations

import re

_BANNER = re.compile(r"\bEdition\b[\w: -]{0,50}\(64-bit\) on (Linux|Windows)\b")
"""The end of @@VERSION, which begins every error log: "Developer Edition (64-bit) on Linux (Ubuntu …"."""

_LOADED = {
    "windows": re.compile(r"certificate \[Cert Hash\(sha1\)"),
    "linux": re.compile(r"certificate \[Certificate File:"),
}
"""Messages 26013 and 26014: on Windows a certificate is named by its thumbprint, on Linux by its file."""


def server_system(text: str) -> str | None:
    """Return "windows" or "linux" if the log names it; None if it names neither or both."""
    found = {match[1].lower() for match in _BANNER.finditer(text)} if "(64-bit) on " in text else set()
    found |= {system for system, line in _LOADED.items() if line.search(text)}
    return found.pop() if len(found) == 1 else None
