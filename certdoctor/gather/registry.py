"""What is read of Windows' registry, and how that of this machine is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Protocol

_MOST = 5000
"""Subkeys that are read of one key."""


class Registry(Protocol):
    """What is read of Windows' registry. A hive is "HKLM" or "HKCU".

    Both raise OSError if the key may not be read, FileNotFoundError if it does not exist.
    """

    def blobs(self, hive: str, key: str) -> Iterator[bytes]:
        """Yield the "Blob" values of a key's subkeys."""

    def subkeys(self, hive: str, key: str) -> Iterator[str]:
        """Yield the names of a key's subkeys."""


def this() -> Registry | None:
    """Return the registry of this machine; None where there is none."""
    if sys.platform == "win32":
        return ThisRegistry()
    return None


if sys.platform == "win32":
    import winreg

    _HIVES = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
    _READ = winreg.KEY_READ | winreg.KEY_WOW64_64KEY

    class ThisRegistry:
        """Reads keys, in the view of 64-bit programs."""

        def blobs(self, hive: str, key: str) -> Iterator[bytes]:
            """Yield the "Blob" values of a key's subkeys."""
            with winreg.OpenKey(_HIVES[hive], key, 0, _READ) as opened:
                for name in _names(opened):
                    with winreg.OpenKey(opened, name) as entry:
                        try:
                            value, kind = winreg.QueryValueEx(entry, "Blob")
                        except FileNotFoundError:
                            continue
                        if kind == winreg.REG_BINARY and isinstance(value, bytes):
                            yield value

        def subkeys(self, hive: str, key: str) -> Iterator[str]:
            """Yield the names of a key's subkeys."""
            with winreg.OpenKey(_HIVES[hive], key, 0, _READ) as opened:
                yield from _names(opened)

    def _names(opened: winreg.HKEYType) -> list[str]:
        count = min(winreg.QueryInfoKey(opened)[0], _MOST)
        return [winreg.EnumKey(opened, index) for index in range(count)]
