"""What findings, skipped rules and clients come to, by themselves."""

from __future__ import annotations

import pytest

from certdoctor.model.report import Answer, Basis, ClientVerdict, Verdict
from certdoctor.verdict import conclude, unsure


def said(client: str, verdict: Answer) -> ClientVerdict:
    """Return a client's verdict, in words of its own."""
    return ClientVerdict(
        client=client, title=client, verdict=verdict, message=f"{client} says so", basis=Basis.MEASURED
    )


YES, NO, OPEN = (said(answer.value, answer) for answer in (Answer.ACCEPTS, Answer.REJECTS, Answer.UNKNOWN))


@pytest.mark.parametrize(
    ("clients", "named", "verdict"),
    [
        ((), False, Verdict.HEALTHY),
        ((YES,), True, Verdict.HEALTHY),
        ((YES, NO, OPEN), False, Verdict.HEALTHY),
        ((YES, OPEN), True, Verdict.INCONCLUSIVE),
        ((OPEN,), False, Verdict.INCONCLUSIVE),
        ((NO,), False, Verdict.INCONCLUSIVE),
        ((NO, OPEN), False, Verdict.INCONCLUSIVE),
    ],
)
def test_no_verdict_is_healthy_that_no_client_bears_out(
    clients: tuple[ClientVerdict, ...],
    named: bool,  # noqa: FBT001 - a case
    verdict: Verdict,
) -> None:
    """It takes one that would connect, and an answer about each that was named."""
    assert conclude((), (), clients, named=named) == (verdict, None)
    assert (unsure(clients, named=named) is None) is (verdict is Verdict.HEALTHY)


def test_the_reason_is_in_the_clients_words() -> None:
    """Whoever reads INCONCLUSIVE is told which client, and what it would say."""
    assert unsure((OPEN,), named=True) == "unknown: unknown says so"
    assert unsure((NO,), named=False) == "no client would connect, rejects for one says: rejects says so"
