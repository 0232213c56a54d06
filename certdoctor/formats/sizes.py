"""The sentence for a file that is too large. Apart, because it needs no cryptography."""

from __future__ import annotations

from certdoctor.formats.limits import MAX_SIZE


def too_large(path: str, size: int, limit: int = MAX_SIZE) -> str:
    """Return the sentence for a file that is refused for its size."""
    return (
        f"{path} has {size:,} bytes; certdoctor reads at most {limit:,}. "
        "Certificate and key files are far smaller: give the right file, or raise --max-size."
    )
