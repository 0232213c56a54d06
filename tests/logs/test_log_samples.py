"""Every signature has a sample: a line of the fixtures that it is found in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from certdoctor.logs import signatures
from certdoctor.logs.lines import text as logtext

FIXTURES = Path(__file__).parents[2] / "fixtures"


@cache
def found() -> frozenset[str]:
    """Return the ids of the signatures that are found in the excerpts and the logs."""
    excerpts = (FIXTURES / "excerpts").glob("*.jsonl")
    lines = [line for file in excerpts for line in file.read_text(encoding="utf-8").splitlines()]
    samples = [json.loads(line)["excerpt"].encode() for line in lines]
    samples += [path.read_bytes() for path in sorted((FIXTURES / "logs").glob("*.log"))]
    vocabulary = signatures.catalogue().vocabulary
    texts = (logtext.read(sample, vocabulary=vocabulary).text for sample in samples)
    return frozenset(hit.signature.id for text in texts for hit in signatures.search(text))


@pytest.mark.parametrize(
    "signature", [one.id for one in signatures.catalogue().signatures if one.alert is None]
)
def test_every_signature_has_a_sample(signature: str) -> None:
    """Without one, nothing shows that its words are those that a program writes: add it to fixtures/excerpts."""
    assert signature in found()


def test_a_client_that_is_none_is_refused() -> None:
    """When the signatures are loaded, with the file and the entry."""
    entry = {"id": "x", "cause": "expired", "rank": "verification", "confidence": "likely", "patterns": []}
    data = {"as_of": "2026-11-24", "signatures": [entry | {"client": "rust"}], "alerts": []}
    with pytest.raises(ValueError, match=r'data/signatures\.json, entry "x": there is no client "rust"'):
        signatures.compile_catalogue(data)
