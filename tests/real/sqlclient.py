"""Makes one connection with Microsoft.Data.SqlClient, inside the root that tests/real/modes.py tells of.

Input: a JSON object on standard input, ``{"connection", "timeout"}``. Output: ``{"ok", "message"}``.
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOM = 4000
"""UTF-16 units for the exception's text."""


def main() -> None:
    """Copy one row into a table that is not there, and print how that ended."""
    job = json.load(sys.stdin)
    (library,) = HERE.glob("*/purelib/arrowsqlbcpy/lib/ArrowSqlBulkCopyNet.so")
    write = ctypes.CDLL(str(library)).write
    number, text = ctypes.c_int, ctypes.c_char_p
    write.argtypes = [text, number, text, text, number, ctypes.c_void_p, number]
    table = (HERE / "arrow.bin").read_bytes()
    said = ctypes.create_string_buffer(2 * ROOM)
    done = write(table, len(table), job["connection"].encode(), b"t", job["timeout"], said, ROOM)
    message = said.raw.decode("utf-16-le", "replace").split("\0")[0].strip()
    print(json.dumps({"ok": done == 0, "message": message}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
