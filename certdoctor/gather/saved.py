"""Evidence files on disk: written whole or not at all, read with bounds."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import replace
from pathlib import Path

from certdoctor.errors import CannotLook, FormatError, UsageError
from certdoctor.formats import saved as form
from certdoctor.gather import files
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.saved import ENDING, Saved

_OWNER_ONLY = 0o600


def named(path: str) -> str:
    """Return the name under which evidence is written: without an ending it gets the usual one."""
    return path if path.lower().endswith(".json") else path + ENDING


def load(path: str) -> Saved:
    """Read an evidence file.

    Raises:
        CannotLook: it cannot be read, or is no evidence file that this version takes.

    """
    data = files.load(path, max_size=form.MAX_SIZE)
    try:
        return form.read(data)
    except FormatError as error:
        raise CannotLook(f"{path} {error.problem}.", hint=error.hint) from error


def refuse_taken(path: str, *, force: bool) -> None:
    """Refuse a name that must not be written to, before anything is gathered.

    Raises:
        UsageError: something of that name is there, and ``force`` is not given or it is no file.

    """
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return  # what else is wrong with the name shows when it is written
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise UsageError(f"{path} is no file, so no evidence is saved there.", hint="Give another name.")
    if not force:
        raise UsageError(
            f"{path} is there already.", hint="Give --save another name, or --force to replace it."
        )


def save(saved: Saved, path: str, *, force: bool = False) -> None:
    """Write an evidence file that only its owner may read (mode 0600; on Windows as the folder has it).

    It takes its name when it is whole. A link of that name is replaced, not followed.

    Raises:
        UsageError: the name is taken and ``force`` is not given, or it cannot be written.

    """
    refuse_taken(path, force=force)
    data = form.write(saved)
    reserved = False
    part = Path(path).with_name(f".certdoctor-{secrets.token_hex(8)}")
    try:
        if not force:
            os.close(_create(Path(path)))
            reserved = True
        with os.fdopen(_create(part), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        reserved = False
    except (OSError, ValueError) as error:
        if isinstance(error, FileExistsError):  # it came there in the meantime
            refuse_taken(path, force=force)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no valid file name"
        raise UsageError(f"{path} cannot be written ({reason}).", hint="Give --save another name.") from error
    finally:
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)
        if reserved:
            with contextlib.suppress(OSError):
                Path(path).unlink()


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _OWNER_ONLY)


def joined(evidence: Evidence, more: Evidence, *, hosts: tuple[str, ...]) -> Evidence:
    """Return saved evidence with what the reader gave besides.

    Files in a role (the CA, the certificate, the key) take the place of the saved ones in that role, logs
    come on top, and ``hosts`` and clients named by the reader count instead of the saved ones.
    """
    roles = {file.role for file in more.files}
    return replace(
        evidence,
        hosts=hosts or evidence.hosts,
        files=(*(f for f in evidence.files if f.role not in roles), *more.files),
        logs=(*evidence.logs, *more.logs),
        settings=_settings(evidence.settings, more.settings),
        clients=more.clients or evidence.clients,
    )


def _settings(first: ClientSettings, more: ClientSettings) -> ClientSettings:
    return replace(
        first,
        encrypt=more.encrypt if first.encrypt is None else first.encrypt,
        ca_path=first.ca_path or more.ca_path,
        ssl_type=first.ssl_type or more.ssl_type,
        application=first.application or more.application,
    )
