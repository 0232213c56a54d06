"""Evidence files on disk: written whole or not at all, read with bounds."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.errors import CannotLook, FormatError, UsageError
from certdoctor.formats import evidence_file as form
from certdoctor.gather.files import new_file, reading
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.saved import ENDING, Saved

_ELSEWHERE = "Give `save` another name"


def named(path: str) -> str:
    """Return the name under which evidence is written: without an ending it gets the usual one."""
    return path if path.lower().endswith(".json") else path + ENDING


def load(path: str) -> Saved:
    """Read an evidence file.

    Raises:
        CannotLook: it cannot be read, or is no evidence file that this version takes.

    """
    data = reading.load(path, max_size=form.MAX_SIZE)
    try:
        return form.read(data)
    except FormatError as error:
        raise CannotLook(f"{path} {error.problem}.", hint=error.hint) from error


def refuse_taken(path: str, *, force: bool) -> None:
    """Refuse a name that must not be written to, before anything is gathered.

    Raises:
        UsageError: something of that name is there, and ``force`` is not given or it is no file.

    """
    new_file.refuse_taken(path, force=force, elsewhere=_ELSEWHERE)


def save(saved: Saved, path: str, *, force: bool = False) -> None:
    """Write an evidence file that only its owner may read (mode 0600; on Windows as the folder has it).

    It takes its name when it is whole. A link of that name is replaced, not followed.

    Raises:
        UsageError: the name is taken and ``force`` is not given, or it cannot be written.

    """
    new_file.write_new(path, form.write(saved), force=force, elsewhere=_ELSEWHERE)


def refuse_with_redacted(path: str, run: Saved, *, given: bool) -> None:
    """Refuse to hold pseudonyms and facts against files and names of the reader's, if some are ``given``.

    Raises:
        UsageError: that, and the evidence is redacted.

    """
    if run.redacted and given:
        raise UsageError(
            f"{path} holds pseudonyms and the facts of certificates alone (`redact all`): nothing can be verified "
            "with it.",
            hint="Leave `ca`, `cert`, `key` and `host` out, or use the file as it was before.",
        )


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
