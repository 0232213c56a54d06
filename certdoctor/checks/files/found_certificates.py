"""Sentences about where a certificate was found and who reads it there. This module has no rules."""

from __future__ import annotations

from collections.abc import Iterable

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ClientId, client_label
from certdoctor.model.store import Candidate, Lookup, Place

_USUAL = (ClientId.ELECTRON.value, ClientId.NODE.value, ClientId.JDBC.value)
"""Clients with their own stores, which people expect to read the system's store."""

_MOST_PLACES = 3


def joined(words: Iterable[str], last: str = "and") -> str:
    """Join words as in "a, b and c"."""
    listed = list(words)
    if len(listed) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def client_names(ids: Iterable[str]) -> list[str]:
    """Return the names of clients, for sentences."""
    return [client_label(i) for i in ids]


def concerned(evidence: Evidence) -> tuple[str, ...]:
    """Return the ids of the clients of interest: those named, those in the logs, or the usual ones."""
    if evidence.judged_clients:
        return tuple(dict.fromkeys(c.partition("@")[0] for c in evidence.judged_clients))
    if (evidence.settings.application or "").casefold() == "hackolade":
        return (ClientId.ELECTRON.value,)
    in_log = [e.client for log in evidence.logs for e in log.events if e.client]
    return tuple(dict.fromkeys(c.partition("@")[0] for c in in_log)) or _USUAL


def lookup_sentence(evidence: Evidence) -> str:
    """Return the sentences about the search for missing certificates; "" if there was none."""
    lookup = evidence.lookup
    if isinstance(lookup, Absent):
        return ""
    if not lookup.candidates:
        files = f" nor in the {lookup.files:,} files searched" if lookup.files else ""
        words = f"It is in none of the {lookup.stores} trust stores of this machine{files}."
    else:
        words = " ".join([*(_candidate(c, evidence) for c in lookup.candidates), *_still_missing(lookup)])
    words = " ".join([words, *(f"{address} did not give it: {why}." for address, why in lookup.unfetched)])
    return words + (f" ({lookup.cut_short}.)" if lookup.cut_short else "")


def lookup_facts(evidence: Evidence) -> dict[str, str | int | bool | None]:
    """Return the facts of the search for programs: the places, the fingerprint, the file to give."""
    if isinstance(evidence.lookup, Absent):
        return {}
    candidates = evidence.lookup.candidates
    places = [p.title for c in candidates for p in c.places]
    return {
        "found_in": "; ".join(dict.fromkeys(places)) or None,
        "found_sha256": candidates[-1].certificate.sha256 if candidates else None,
        "fetched_from": next((p.title for c in candidates for p in c.places if p.fetched), None),
        "found_file": next((f for c in reversed(candidates) if (f := file_of(c))), None),
    }


def file_of(candidate: Candidate) -> str | None:
    """Return the ordinary file that holds the certificate; None if only stores hold it."""
    return next((p.path for p in candidate.places if p.is_file), None)


def _candidate(candidate: Candidate, evidence: Evidence) -> str:
    kind = "" if candidate.certificate.self_issued else "the intermediate "
    name = f'{kind}"{candidate.certificate.label}"'
    stores = [p for p in candidate.places if not p.is_file and p.trusted]
    idle = [p for p in candidate.places if not p.is_file and not p.trusted and not p.fetched]
    fetched = [p for p in candidate.places if p.fetched]
    files = [p for p in candidate.places if p.is_file]
    parts: list[str] = []
    if stores:
        parts.append(f"in {_titles(stores)}{_not_read(stores, evidence)}")
    if idle:
        parts.append(f"in {_titles(idle)}, where it makes nothing trusted")
    if fetched:
        parts.append(f"at {joined(p.title for p in fetched)}")
    if files:
        more = f" and {len(files) - _MOST_PLACES} more files" if len(files) > _MOST_PLACES else ""
        give = (
            "give it with --ca" if candidate.certificate.self_issued else "give it with --ca beside the root"
        )
        parts.append(f"in {joined(p.title for p in files[:_MOST_PLACES])}{more} ({give})")
    text = f"{name} was found {'; and '.join(parts)}."
    return text[:1].upper() + text[1:]


def _titles(places: list[Place]) -> str:
    named = [f"the {p.title}" for p in places[:_MOST_PLACES]]
    more = len(places) - len(named)
    return joined([*named, *([f"{more} more"] if more > 0 else [])])


def _not_read(places: list[Place], evidence: Evidence) -> str:
    read = {client for place in places for client in place.clients}
    without = [c for c in concerned(evidence) if c not in read]
    if not without:
        return ""
    verb = "does" if len(without) == 1 else "do"
    return f", which {joined(client_names(without))} {verb} not read"


def _still_missing(lookup: Lookup) -> list[str]:
    """Return a sentence about the missing root, if only intermediates were found."""
    if any(c.certificate.self_issued for c in lookup.candidates):
        return []
    return [f'The CA above it, "{lookup.candidates[-1].certificate.issuer}", was not found.']
