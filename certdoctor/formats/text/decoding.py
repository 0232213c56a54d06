"""The text of files that people write: lists, plans, passwords, in what Windows' editors and shells make of them.

Notepad and Windows PowerShell 5.1 (``>``, ``Out-File``, ``Set-Content -Encoding``) write UTF-16 or UTF-8 with a byte
order mark (Microsoft Learn, about_Character_Encoding).
"""

from __future__ import annotations

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4096


def decoded(data: bytes, errors: str = "strict") -> str:
    """Return the text by its byte order mark, as UTF-16 where every other byte is zero, else as UTF-8.

    Raises:
        UnicodeDecodeError: with ``errors`` "strict", bytes fit none of these.

    """
    sample = data[:_SAMPLE]
    encoding = marked(data) or "utf-8"
    if encoding == "utf-8" and sample.count(0) > len(sample) // 4:
        encoding = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
    return data.decode(encoding, errors).removeprefix("\ufeff")


def marked(data: bytes) -> str | None:
    """Return the encoding that a byte order mark names; None without one."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
