"""Names that Windows takes for something else than a file of that name (Microsoft Learn, Naming Files, Paths, and Namespaces)."""

from __future__ import annotations

import sys
from pathlib import PureWindowsPath

_PORTS = tuple(f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³")
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS})


def odd(path: str, platform: str = sys.platform) -> str | None:
    """Return what the name stands for on Windows in place of a file or folder, as a clause; None for any other.

    None on other systems, where such names are ordinary.
    """
    if platform != "win32":
        return None
    pure = PureWindowsPath(path)
    for part in (one for one in pure.parts if one != pure.anchor):
        if ":" in part:
            return f'"{part}" names a stream inside the file "{part.partition(":")[0]}"'
        if part.partition(".")[0].rstrip(" ").lower() in _DEVICES:
            return f'"{part}" is the name of a device'
        if part not in {".", ".."} and part != part.rstrip(" ."):
            return f'the end of "{part}" is dropped'
    return None
