"""Names as people say them: a certificate by its common name, a key id by its ends. Programs get both in full."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.render.report.console import short_id

_KEY_ID = re.compile(r"(?<=key id )[0-9a-f]{40}\b")
_COMMON_NAME = "CN="


def common_name(subject: str) -> str:
    """Return the CN of an RFC 4514 name; the whole name where it has none, several, or needs unescaping."""
    found = [part for part in subject.split(",") if part.startswith(_COMMON_NAME)]
    return found[0][len(_COMMON_NAME) :] if len(found) == 1 and "\\" not in subject else subject


def said(text: str, evidence: Evidence) -> str:
    """Return a sentence with the names of the evidence's certificates shortened, where that tells them apart."""
    shown: dict[str, set[str]] = {}
    for name in set(_names(evidence)):
        shown.setdefault(common_name(name), set()).add(name)
    short = {names.pop(): own for own, names in shown.items() if len(names) == 1}
    for name in sorted(short, key=len, reverse=True):
        text = text.replace(name, short[name])
    return _KEY_ID.sub(lambda found: short_id(found[0]), text)


def _names(evidence: Evidence) -> Iterator[str]:
    chains = [] if isinstance(evidence.chain, Absent) else [*evidence.chain]
    if not isinstance(evidence.trust, Absent):
        chains += [*evidence.trust.path, *evidence.trust.strays]
        if evidence.trust.missing is not None:
            yield evidence.trust.missing.subject
    for certificate in (*chains, *(c for file in evidence.files for c in file.certificates)):
        yield certificate.subject
        yield certificate.issuer
