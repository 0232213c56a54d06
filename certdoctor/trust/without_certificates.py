"""What clients say where the certificates were left out (``--redact all``): what they said, as long as it holds."""

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
    """Return the path as it was judged; where none was, that none can be any more."""
    if isinstance(evidence.chain, Absent):
        return evidence.chain
    return NOT_JUDGED if isinstance(evidence.trust, Absent) else evidence.trust


def verdicts(
    evidence: Evidence, redaction: Redaction, said: Sequence[ClientVerdict]
) -> tuple[ClientVerdict, ...]:
    """Return what the clients said, of those asked for by name.

    It holds for another instant of judgement too, as long as no certificate has begun or ended in between.
    """
    known = {one.client: one for one in said}
    if evidence.clients:
        asked = tuple(
            _asked(known.get(one.id)) or _unknown(one.id, one.title) for one in select(evidence.clients)
        )
    else:
        asked = tuple(said)
    turned = _turned(evidence, redaction.at)
    return (
        asked
        if turned is None
        else tuple(replace(_unknown(one.client, one.title), message=turned) for one in asked)
    )


def _asked(said: ClientVerdict | None) -> ClientVerdict | None:
    """Return what a client said that is asked for by name now, whether or not a log had named it."""
    return said and replace(said, because=None)


def _unknown(client: str, title: str) -> ClientVerdict:
    return ClientVerdict(
        client=client,
        title=title,
        verdict=Answer.UNKNOWN,
        message="was not asked before the certificates were left out (--redact all)",
    )


def _turned(evidence: Evidence, judged_at: datetime) -> str | None:
    """Return which certificate has begun or ended between two instants, None when there is none."""
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
