"""Measures the client entries against a subset of the x509-limbo suite and what real clients said of it.

    python tools/score_limbo.py FOLDER [-v]

FOLDER holds ``limbo_subset.json.xz`` (testcases in the x509-limbo schema) and ``limbo_clients_truth.jsonl``
(one row per case: ``limbo_id``, ``host_given``, and per client an object with ``ok`` and its words).
"""

from __future__ import annotations

import argparse
import base64
import json
import lzma
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.clients import select  # noqa: E402
from certdoctor.clients.entry.client import Question  # noqa: E402
from certdoctor.errors import FormatError  # noqa: E402
from certdoctor.formats import quiet  # noqa: E402
from certdoctor.formats.certificates.x509 import parse  # noqa: E402
from certdoctor.model.certificate import Certificate, Chain  # noqa: E402
from certdoctor.model.names import is_ip  # noqa: E402
from certdoctor.model.report import Answer, ClientVerdict  # noqa: E402
from certdoctor.trust.judge import judge  # noqa: E402
from certdoctor.trust.paths import examine  # noqa: E402

ENTRIES = {
    "node20": "node@20",
    "python311": "python",
    "python313like": "python@3.13",
    "openssl_verify": "openssl",
    "curl": "curl",
    "gnutls": "gnutls",
    "java17": "java",
    "go119": "go",
}
"""Name in the truth to client id. The jdbc entry differs from java in names only, which limbo does not know."""


_NAME_IS_ADDRESS = {"node20", "curl"}


@dataclass(slots=True)
class Score:
    """How often an entry agreed."""

    cases: int = 0
    accept: int = 0
    refused: int = 0
    words: int = 0


def main() -> int:
    """Print a table; with -v every disagreement."""
    quiet.silence()
    parser = argparse.ArgumentParser(description="Measure the client entries against x509-limbo.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every disagreement")
    arguments = parser.parse_args()
    with lzma.open(arguments.folder / "limbo_subset.json.xz") as file:
        cases = {case["id"]: case for case in json.load(file)["testcases"]}
    scores = {client: Score() for client in ENTRIES}
    unread: list[str] = []
    asked = 0
    for row in _truth(arguments.folder / "limbo_clients_truth.jsonl"):
        case = cases.get(row["limbo_id"])
        question = _question(case, row["host"]) if case else None
        if question is None:
            unread.append(row["limbo_id"])
            continue
        asked += 1
        for client, entry in ENTRIES.items():
            if client in row:
                _judge(scores[client], row, client, entry, question, verbose=arguments.verbose)
    print(f"{asked} cases; {len(unread)} more are not in the subset or hold what the parser refuses\n")
    print(f"{'client':<15} {'entry':<12} {'cases':>6} {'accept or reject':>17} {'its words':>10}")
    for client, score in scores.items():
        accept = f"{score.accept / score.cases:.1%}" if score.cases else "-"
        words = f"{score.words / score.refused:.1%}" if score.refused else "-"
        print(f"{client:<15} {ENTRIES[client]:<12} {score.cases:>6} {accept:>17} {words:>10}")
    return 0


def _truth(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows that tell of accepting or refusing: with a host name and without revocation lists.

    The clients reached every server on the loopback address, so where the name is another address those
    that cannot be told a name apart from it (Node, curl) were asked about the wrong one.
    """
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if not row["host_given"] or row["crl"]:
            continue
        if is_ip(row["host"]):
            row = {key: value for key, value in row.items() if key not in _NAME_IS_ADDRESS}
        yield row


def _question(case: Mapping[str, Any], host: str) -> Question | None:
    at = datetime.now(UTC)
    if case["validation_time"]:
        at = datetime.fromisoformat(case["validation_time"]).astimezone(UTC)
    try:
        leaf = _read(case["peer_certificate"])
        rest = tuple(_read(pem) for pem in case["untrusted_intermediates"])
        trusted = [_read(pem) for pem in case["trusted_certs"]]
    except (FormatError, ValueError):
        return None
    chain = Chain(leaf, rest)
    return Question(chain=chain, trust=examine(chain, trusted, at), host=host, at=at)


def _read(pem: str) -> Certificate:
    return parse(base64.b64decode("".join(pem.strip().splitlines()[1:-1])))


def _judge(
    score: Score, row: Mapping[str, Any], client: str, entry: str, question: Question, *, verbose: bool
) -> None:
    (chosen,) = select((entry,))
    verdict = judge(chosen, question)
    accepted, said = _said(row[client])
    score.cases += 1
    agrees = (verdict.verdict is Answer.ACCEPTS) == accepted
    score.accept += agrees
    if not accepted and agrees:
        score.refused += 1
        score.words += _same_words(verdict, said)
    if verbose and (not agrees or (not accepted and not _same_words(verdict, said))):
        mark = "words" if agrees else "ACCEPT" if accepted else "REJECT"
        print(f"{client:<14} {mark:<6} {row['limbo_id']}\n    said  {said}\n    entry {verdict.message}")


def _said(answer: Mapping[str, Any]) -> tuple[bool, str]:
    """Return whether a client accepted, and all its words."""
    accepted = answer["ok"] if "ok" in answer else answer["rc"] == 0
    return bool(accepted), json.dumps({k: v for k, v in answer.items() if k != "ok"}, ensure_ascii=False)


def _same_words(verdict: ClientVerdict, said: str) -> bool:
    words = json.dumps(verdict.brief or "no words", ensure_ascii=False)[1:-1]
    return words in said


if __name__ == "__main__":
    sys.exit(main())
