"""The machine as the readers of its stores see it: files, variables, programs. Nothing is written."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath, PureWindowsPath

from certdoctor.errors import CannotLook
from certdoctor.gather import registry, system
from certdoctor.gather.registry import Registry
from certdoctor.model.ids import System
from certdoctor.model.lean import dataclass

PROGRAM_SECONDS = 5.0
"""Deadline for one program that prints its list."""

MAX_OUTPUT = 16 << 20
"""Bytes read from one program."""

MAX_ENTRIES = 5000
"""Names read in one folder; a hashed directory has under 400."""

TRUST_VARIABLES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_USE_SYSTEM_CA",
    "NODE_USE_ENV_PROXY",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "NODE_TLS_REJECT_UNAUTHORIZED",
)
"""Variables that would change the list that a program prints, or make it warn."""

# fmt: off
_NEEDED = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "JAVA_HOME", "PATHEXT", "COMSPEC", "SYSTEMROOT", "SYSTEMDRIVE",
    "WINDIR", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
    "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "ALLUSERSPROFILE", "PSMODULEPATH",
})
# fmt: on
_NEEDED_BY_MANAGERS = (
    "LC_",
    "XDG_",
    "ASDF_",
    "FNM_",
    "MISE_",
    "NODENV_",
    "NVM_",
    "SDKMAN_",
    "VOLTA_",
    "__CF_",
)
"""Beginnings of variables by which managers of versions find the program that their shim stands for."""

Runner = Callable[[Sequence[str], Mapping[str, str], float], bytes]


class Variables(Mapping[str, str]):
    """The environment of Windows, where the case of a name does not matter; ``os.environ`` there has capitals alone."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Hold these values."""
        self._values = {name.upper(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        """Return the value of a variable, however its name is written."""
        return self._values[name.upper()]

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in capitals."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many variables there are."""
        return len(self._values)


def run(arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> bytes:
    """Run a program that only reads, without standard input, and return its standard output.

    Raises:
        CannotLook: it cannot be started, fails, takes longer than ``seconds`` or prints too much.

    """
    name = Path(arguments[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - a program found by its full path, no shell
            list(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=dict(environment),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotLook(f"{name} did not answer within {seconds:g} seconds.") from error
    except (OSError, ValueError) as error:
        raise CannotLook(f"{name} could not be started.") from error
    if done.returncode != 0:
        raise CannotLook(f"{name} ended with exit code {done.returncode}.")
    if len(done.stdout) > MAX_OUTPUT:
        raise CannotLook(f"{name} printed over {MAX_OUTPUT:,} bytes.")
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine; tests build others below a folder."""

    system: System
    name: str
    """"Debian", "Ubuntu", "Windows"."""
    root: Path = Path("/")
    """The folder that holds the machine's files."""
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    run: Runner = run
    python_paths: tuple[str, str] = ("", "")
    """Default CA file and directory of this Python's OpenSSL; empty if it has none."""
    registry: Registry | None = None
    """The registry of Windows; None elsewhere."""

    @property
    def separator(self) -> str:
        """What stands between the folders of a list: a variable's, or PATH's."""
        return ";" if self.system is System.WINDOWS else ":"

    def at(self, path: str) -> Path:
        """Return the real location of an absolute path of the machine."""
        if self.root == Path("/"):
            return Path(path)
        if self.system is System.WINDOWS:
            pure = PureWindowsPath(path)
            return self.root.joinpath(pure.drive.rstrip(":"), *pure.parts[1:])
        return self.root / path.lstrip("/")

    def is_absolute(self, path: str) -> bool:
        """Whether a path begins with a drive or at the root, as this system writes it."""
        pure = PureWindowsPath(path) if self.system is System.WINDOWS else PurePosixPath(path)
        return pure.is_absolute()

    def named(self, path: str) -> Path:
        """Return the real location of a path as a variable or option names it; a relative one starts from here."""
        return self.at(path) if self.is_absolute(path) else Path(path)

    def shown(self, path: Path) -> str:
        """Return a path as the machine's user would write it."""
        if self.root == Path("/") or not path.is_relative_to(self.root):
            return str(path)
        inside = path.relative_to(self.root)
        if self.system is System.WINDOWS:
            return str(PureWindowsPath(f"{inside.parts[0]}:\\", *inside.parts[1:]))
        return f"/{inside.as_posix()}"

    def program(self, name: str) -> str | None:
        """Return the full path of a program on PATH; None if there is none.

        Programs in the current folder are ignored: people run certdoctor among files of customers.
        """
        found = shutil.which(name, path=self.environment.get("PATH", os.defpath))
        if found is None or not Path(found).is_absolute() or Path(found).parent == _here():
            return None
        return found

    def clean_environment(self) -> dict[str, str]:
        """Return of the environment what a program needs to run.

        Left out is what would change a program's own list, and everything else: the variable of ``--password-env``
        and other secrets are nothing to a program that is asked for a list.
        """
        return {
            n: v
            for n, v in self.environment.items()
            if n.upper() in _NEEDED or n.upper().startswith(_NEEDED_BY_MANAGERS)
        }

    def glob(self, pattern: str) -> Iterator[Path]:
        """Yield the paths that match an absolute pattern, sorted; nothing if a folder may not be read."""
        base = Path(self.root.anchor) if self.root == Path("/") else self.root
        yield from _glob(base, pattern.lstrip("/"))

    def glob_below(self, folder: str, pattern: str) -> Iterator[Path]:
        """Yield the paths below an absolute folder of the machine that match a pattern, sorted."""
        yield from _glob(self.at(folder), pattern)

    def home_glob(self, pattern: str) -> Iterator[Path]:
        """Yield the paths below the user's home that match a pattern, sorted."""
        yield from _glob(self.home, pattern)


def _glob(base: Path, pattern: str) -> Iterator[Path]:
    try:
        yield from sorted(base.glob(pattern))[:MAX_ENTRIES]
    except OSError:
        return  # a folder that may not be read, such as another user's


def current() -> Machine:
    """Return this machine."""
    paths = ssl.get_default_verify_paths()
    windows = system.current() is System.WINDOWS
    return Machine(
        system=system.current(),
        name=system.name(),
        root=Path("/"),
        home=_home(),
        environment=Variables(os.environ) if windows else dict(os.environ),
        python_paths=(paths.openssl_cafile or "", paths.openssl_capath or ""),
        registry=registry.this(),
    )


def _here() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # the current folder was removed
        return None


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")
