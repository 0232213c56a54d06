"""What tells Electron's BoringSSL from Bun's fork, without either: both were measured by the agreement tests."""

from __future__ import annotations

import pytest

from certdoctor.clients import select
from certdoctor.clients.entry.client import Question
from certdoctor.formats.certificates.x509 import parse
from certdoctor.model.certificate import Chain
from certdoctor.model.report import Answer
from certdoctor.trust.judge import judge
from certdoctor.trust.paths import examine
from tests import pki


@pytest.mark.parametrize(("client", "answer"), [("electron", Answer.ACCEPTS), ("bun", Answer.REJECTS)])
def test_the_extensions_of_what_is_trusted_itself(client: str, answer: Answer) -> None:
    """A root that says it is no CA: BoringSSL does not look, Bun does."""
    root = pki.issue("No CA", ca=False)
    leaf = parse(pki.issue("leaf.example", root).der)
    chain = Chain(leaf)
    trust = examine(chain, (parse(root.der),), pki.NOW)
    question = Question(chain=chain, trust=trust, host=None, at=pki.NOW)
    assert judge(select((client,))[0], question).verdict is answer
