"""Which system this is, in the words of the remedies."""

from __future__ import annotations

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
        import platform  # noqa: PLC0415 - only Linux asks it, and only for a report with steps

        release = platform.freedesktop_os_release()
    except OSError:
        return "all"
    words = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    for family, ids in _LINUX.items():
        if any(word.startswith(ids) for word in words if word):
            return family
    return "all"


_NAMES = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "linuxmint": "Mint",
    "rhel": "RHEL",
    "fedora": "Fedora",
    "centos": "CentOS",
    "rocky": "Rocky",
    "almalinux": "Alma",
    "amzn": "Amazon Linux",
    "ol": "Oracle Linux",
    "sles": "SLES",
    "opensuse": "openSUSE",
    "alpine": "Alpine",
    "arch": "Arch",
    "manjaro": "Manjaro",
}


def name() -> str:
    """Return the short name of this system: "Debian", "Ubuntu", "Windows", "macOS"."""
    plain = {"win32": "Windows", "darwin": "macOS"}.get(sys.platform)
    if plain:
        return plain
    if sys.platform.startswith("freebsd"):
        return "FreeBSD"
    try:
        import platform  # noqa: PLC0415 - only Linux asks it, and only for a report with steps

        release = platform.freedesktop_os_release()
    except OSError:
        return "system"
    own = release.get("ID", "")
    return _NAMES.get(own.partition("-")[0], release.get("NAME", "system").partition(" ")[0])
