"""Identifies this system for the remedies: its family, name and version, and the container or sandbox it runs in.

``recognise`` reads only files below a root that the caller names; ``this`` calls it for this machine.
Sources: os-release(5); the kernel's name in WSL (microsoft/WSL issues 423 and 4071); the files that Docker, Podman,
systemd-nspawn and Kubernetes leave inside; snapcraft and Flatpak documentation; the keys of Windows' CurrentVersion.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from certdoctor.model.ids import System
from certdoctor.model.lean import dataclass

_MOST = 1 << 16
"""Bytes read from one file; the largest, /proc/1/cgroup, has a few hundred."""

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
    "nixos": "NixOS",
}
_FIRST_BUILD_OF_11 = 22000
"""Windows 11 still calls itself Windows 10 in ProductName."""


class Inside(StrEnum):
    """The environments inside which a system may run and that change who sees its stores."""

    WSL = "WSL"
    CONTAINER = "a container"
    KUBERNETES = "a Kubernetes pod"
    SNAP = "a snap"
    FLATPAK = "a Flatpak"


_NOTES = {
    Inside.WSL: "WSL and Windows do not see each other's stores: a program on Windows needs the CA there (`os windows`).",
    Inside.CONTAINER: "What is added inside a container is gone with it: add it to the image, or mount it (`for docker`).",
    Inside.KUBERNETES: "What is added inside a pod is gone with it: mount it (`for kubernetes`).",
    Inside.SNAP: "certdoctor runs inside a snap and sees the files of that, not all of the machine's.",
    Inside.FLATPAK: "certdoctor runs inside a Flatpak and sees the files of that, not all of the machine's.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThisSystem:
    """One system."""

    family: System
    """ALL when it is none of them."""
    name: str
    """The short name: "Ubuntu", "Windows", "macOS"; "system" if unknown."""
    version: str = ""
    """"22.04", "14.5", "Server 2022 Standard 21H2"."""
    inside: tuple[Inside, ...] = ()
    """The innermost first."""
    notes: tuple[str, ...] = ()
    """Sentences about the consequences for adding a CA."""

    @property
    def title(self) -> str:
        """The name to show: "Ubuntu 22.04 in WSL"."""
        return " in ".join((f"{self.name} {self.version}".strip(), *self.inside))


def recognise(
    platform: str, root: Path, environment: Mapping[str, str], registry: Mapping[str, str] | None = None
) -> ThisSystem:
    r"""Recognise the system whose files lie below ``root``.

    ``platform`` is its ``sys.platform``; ``registry`` holds, for Windows, the values of
    ``SOFTWARE\Microsoft\Windows NT\CurrentVersion``. Unreadable files are ignored.
    """
    if platform == "win32":
        return _windows(registry or {})
    if platform == "darwin":
        return _macos(root)
    if platform.startswith("freebsd"):
        version = platform.removeprefix("freebsd")
        return ThisSystem(family=System.FREEBSD, name=System.FREEBSD.label, version=version)
    release = _os_release(root)
    inside = _inside(root, environment)
    own = release.get("ID", "").partition("-")[0]
    return ThisSystem(
        family=_family(release),
        name=_NAMES.get(own, release.get("NAME", "system").partition(" ")[0]),
        version=release.get("VERSION_ID", ""),
        inside=inside,
        notes=tuple(_NOTES[one] for one in inside),
    )


@cache
def this() -> ThisSystem:
    """Return the system on which certdoctor runs."""
    import os  # noqa: PLC0415 - needed once, for a report with steps

    registry = _registry() if sys.platform == "win32" else {}
    return recognise(sys.platform, Path("/"), os.environ, registry)


def current() -> System:
    """Return the system on which certdoctor runs, ALL when it is none of those that are told apart."""
    return this().family


def name() -> str:
    """Return the short name of this system: "Debian", "Ubuntu", "Windows", "macOS"."""
    return this().name


def _family(release: Mapping[str, str]) -> System:
    words = (release.get("ID", ""), *release.get("ID_LIKE", "").split())
    for word in words:
        for system in System:
            if word.partition("-")[0] in system.distributions:
                return system
    return System.ALL


def _os_release(root: Path) -> dict[str, str]:
    """Return the settings of os-release; values are quoted as in a shell, damaged lines are ignored."""
    text = _text(root / "etc/os-release") or _text(root / "usr/lib/os-release")
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if not equals or not key.isidentifier():
            continue
        try:
            found[key] = "".join(shlex.split(value)[:1])
        except ValueError:  # an unclosed quote
            continue
    return found


def _inside(root: Path, environment: Mapping[str, str]) -> tuple[Inside, ...]:
    found: list[Inside] = []
    if "SNAP_NAME" in environment and "SNAP" in environment:
        found.append(Inside.SNAP)
    if _exists(root / ".flatpak-info"):
        found.append(Inside.FLATPAK)
    if "KUBERNETES_SERVICE_HOST" in environment or _exists(root / "var/run/secrets/kubernetes.io"):
        found.append(Inside.KUBERNETES)
    elif _in_container(root, environment):
        found.append(Inside.CONTAINER)
    elif "microsoft" in _text(root / "proc/sys/kernel/osrelease").lower():
        # Checked last: a container of Docker Desktop has this kernel too.
        found.append(Inside.WSL)
    return tuple(found)


def _in_container(root: Path, environment: Mapping[str, str]) -> bool:
    if environment.get("container") or _exists(root / ".dockerenv") or _exists(root / "run/.containerenv"):
        return True
    marks = ("docker", "kubepods", "containerd", "libpod", "/lxc/")
    return any(mark in _text(root / "proc/1/cgroup") for mark in marks)


def _macos(root: Path) -> ThisSystem:
    import plistlib  # noqa: PLC0415 - macOS alone has such files

    try:
        settings = plistlib.loads(_bytes(root / "System/Library/CoreServices/SystemVersion.plist"))
    except Exception:  # noqa: BLE001 - the parser raises many kinds of errors for a damaged list
        settings = None
    version = settings.get("ProductVersion", "") if isinstance(settings, dict) else ""
    return ThisSystem(family=System.MACOS, name=System.MACOS.label, version=str(version))


def _windows(registry: Mapping[str, str]) -> ThisSystem:
    product = registry.get("ProductName", "").removeprefix("Windows ")
    build = registry.get("CurrentBuild", "")
    if build.isdigit() and int(build) >= _FIRST_BUILD_OF_11 and product.startswith("10 "):
        product = f"11 {product.removeprefix('10 ')}"
    version = f"{product} {registry.get('DisplayVersion', '')}".strip()
    notes: tuple[str, ...] = ()
    if registry.get("InstallationType") == "Server Core":
        version += " (Server Core)"
        notes = ("Server Core has no certlm.msc: use certutil or PowerShell, as below.",)
    elif registry.get("EditionID", "").startswith("Core"):
        notes = ("This is a Home edition: it takes no group policy of a domain.",)
    return ThisSystem(family=System.WINDOWS, name=System.WINDOWS.label, version=version, notes=notes)


def _registry() -> dict[str, str]:  # pragma: no cover - only on Windows
    import winreg  # noqa: PLC0415 - only Windows has it

    found: dict[str, str] = {}
    path = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:  # type: ignore[attr-defined]  # Windows alone
            for wanted in ("ProductName", "CurrentBuild", "DisplayVersion", "InstallationType", "EditionID"):
                try:
                    found[wanted] = str(winreg.QueryValueEx(key, wanted)[0])  # type: ignore[attr-defined]  # Windows alone
                except OSError:
                    continue  # older versions lack some
    except OSError:
        return found
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError:
        return b""
