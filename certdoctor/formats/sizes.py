"""How large a file may be, and the sentence for a larger one. Apart, because it needs no cryptography."""

from __future__ import annotations

MAX_SIZE = 16 << 20
"""Bytes of a certificate or key file that are read; the largest public bundle has under 1 MiB."""


def too_large(path: str, size: int, limit: int = MAX_SIZE) -> str:
    """Return the sentence for a file that is refused for its size."""
    return (
        f"{path} has {size:,} bytes; certdoctor reads at most {limit:,}. "
        "Certificate and key files are far smaller: give the right file."
    )
