"""Which system this is, in the words of the remedies."""

from __future__ import annotations

import platform
import sys

_LINUX = {
    "debian": ("debian", "ubuntu", "linuxmint", "raspbian"),
    "rhel": ("rhel", "fedora", "centos", "rocky", "almalinux", "amzn", "ol"),
    "suse": ("suse", "sles", "opensuse"),
    "alpine": ("alpine",),
    "arch": ("arch", "manjaro"),
}


def current() -> str:
    """Return "windows", "macos", a Linux family, "freebsd", or "all" when it is none of them."""
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    if sys.platform.startswith("freebsd"):
        return "freebsd"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "all"
    words = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    for family, ids in _LINUX.items():
        if any(word.startswith(ids) for word in words if word):
            return family
    return "all"
