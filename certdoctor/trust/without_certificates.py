"""Verdicts for evidence without its certificates (``--redact all``): those reached before they were left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from certdoctor.clients import select
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence, Redaction
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.model.trust import Trust

NOT_JUDGED = Absent(
    "the certificates were left out (--redact all) before they were verified", Shade.NOT_OBTAINED
)


def examined(evidence: Evidence) -> Trust | Absent:
    """Return the path as it was judged before; absent where none was, since none can be judged any more."""
    if isinstance(evidence.chain, Absent):
        return evidence.chain
    return NOT_JUDGED if isinstance(evidence.trust, Absent) else evidence.trust


def verdicts(
    evidence: Evidence, redaction: Redaction, said: Sequence[ClientVerdict]
) -> tuple[ClientVerdict, ...]:
    """Return the verdicts reached before, of the clients asked for by name if there are any.

    They hold for another instant of judgement too, as long as no certificate began or ended in between;
    otherwise every client is unknown.
    """
    known = {one.client: one for one in said}
    if evidence.clients:
        asked = tuple(
            _asked(known.get(one.id)) or _unknown(one.id, one.title) for one in select(evidence.clients)
        )
    else:
        asked = tuple(said)
    changed = _changed_validity(evidence, redaction.at)
    return (
        asked
        if changed is None
        else tuple(replace(_unknown(one.client, one.title), message=changed) for one in asked)
    )


def _asked(said: ClientVerdict | None) -> ClientVerdict | None:
    """Return the verdict without the log that named the client: it is asked for by name now."""
    return said and replace(said, because=None)


def _unknown(client: str, title: str) -> ClientVerdict:
    return ClientVerdict(
        client=client,
        title=title,
        verdict=Answer.UNKNOWN,
        message="was not asked before the certificates were left out (--redact all)",
    )


def _changed_validity(evidence: Evidence, judged_at: datetime) -> str | None:
    """Return a sentence about a certificate that began or ended between two instants, None without one."""
    for certificate in _certificates(evidence):
        for moment, word in ((certificate.not_before, "begins"), (certificate.not_after, "ends")):
            if (moment < evidence.observed_at) is not (moment < judged_at):
                return (
                    f'"{certificate.label}" {word} between the two days, and without the certificates '
                    "nobody can be asked anew"
                )
    return None


def _certificates(evidence: Evidence) -> Iterator[Certificate]:
    if not isinstance(evidence.chain, Absent):
        yield from evidence.chain
    if not isinstance(evidence.trust, Absent):
        yield from evidence.trust.path
        yield from evidence.trust.given
