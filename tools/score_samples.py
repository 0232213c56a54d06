"""Score the reading of logs against a JSONL file of samples with known causes.

    python tools/score_samples.py SAMPLES.jsonl [--quiet]

Each line is an object with ``excerpt`` and ``expected_codes`` (the accepted causes, the primary
first). Two vocabularies differ: a sample's ``no-problem`` means "no TLS problem" and accepts
authentication-failed, other-failure and no event at all; ``weak-key-or-digest`` accepts either.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from certdoctor.logs import reading
from tests.logs.root_cause import primary

_MEANS = {
    "no-problem": {"no-problem", "authentication-failed", "other-failure", "none"},
    "weak-key-or-digest": {"weak-key", "weak-digest"},
}


def accepted(expected: list[str]) -> set[str]:
    """Return the cause names that count as right."""
    return {cause for name in expected for cause in _MEANS.get(name, {name})}


def main(arguments: list[str]) -> int:
    """Print the figures and the misses."""
    right = first = total = 0
    misses: list[str] = []
    for number, line in enumerate(Path(arguments[0]).read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        sample = json.loads(line)
        facts = reading.parse(sample["excerpt"].encode(), path="sample")
        event = primary(facts)
        cause = event.cause if event else "none"
        total += 1
        right += cause in accepted(sample["expected_codes"])
        first += cause in accepted(sample["expected_codes"][:1])
        if cause not in accepted(sample["expected_codes"]):
            misses.append(
                f"{number}: {cause}, expected {sample['expected_codes']}\n    {sample['excerpt'][:300]!r}"
            )
    if "--quiet" not in arguments:
        print("\n".join(misses))
    print(f"{right} of {total} accepted ({right / max(total, 1):.1%}); {first} name the first cause")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
