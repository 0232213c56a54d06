"""Evidence files on disk: written completely or not at all, and joined with what their reader gives besides."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.modes import brought_about
from certdoctor.errors import UsageError
from certdoctor.formats import evidence_file
from certdoctor.gather.files import new_file
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.saved import ENDING, Saved

_ELSEWHERE = "Give `save` another name"


def named(path: str) -> str:
    """Return the name of an evidence file, with the usual ending added unless it ends in .json."""
    return path if path.lower().endswith(".json") else path + ENDING


def refuse_taken(path: str, *, force: bool) -> None:
    """Raise UsageError for a name that must not be written to, before anything is gathered.

    Raises:
        UsageError: the name exists, and ``force`` is not given or it is not a file.

    """
    new_file.refuse_taken(path, force=force, elsewhere=_ELSEWHERE)


def save(saved: Saved, path: str, *, force: bool = False) -> None:
    """Write an evidence file that only its owner may read (mode 0600; on Windows with the folder's rights).

    The file gets its name once it is complete. A link of that name is replaced, not followed.

    Raises:
        UsageError: the name exists and ``force`` is not given, or the file cannot be written.

    """
    new_file.write_new(path, evidence_file.write(saved), force=force, elsewhere=_ELSEWHERE)


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
    """Return saved evidence joined with the evidence that the reader gave in addition.

    Files with a role (CA, certificate, key) replace the saved files with that role, logs are added, and ``hosts``
    and clients named by the reader replace the saved ones.
    """
    roles = {file.role for file in more.files}
    return replace(
        evidence,
        hosts=hosts or evidence.hosts,
        files=(*(f for f in evidence.files if f.role not in roles), *more.files),
        logs=(*evidence.logs, *more.logs),
        settings=_settings(evidence.settings, more.settings),
        clients=more.clients or evidence.clients,
        compared=more.compared or evidence.compared,
    )


def _settings(first: ClientSettings, more: ClientSettings) -> ClientSettings:
    if more.mode is not None:
        first = brought_about(first, more.mode)
    return replace(
        first,
        encrypt=more.encrypt if first.encrypt is None else first.encrypt,
        ca_path=first.ca_path or more.ca_path,
        ssl_type=first.ssl_type or more.ssl_type,
        application=first.application or more.application,
    )
