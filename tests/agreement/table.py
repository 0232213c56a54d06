"""Prints how far the entries agree with the real clients that are here: ``python -m tests.agreement.table``."""

from __future__ import annotations

import sys
from time import perf_counter

from tests.agreement import measure
from tests.agreement.clients import CLIENTS, serving


def main() -> None:
    """Run every client once."""
    asked = measure.questions()
    print(f"{len(asked.scenarios)} chains\n")  # noqa: T201 - a script that prints
    print(f"{'client':<12} {'entry':<12} {'accepts':>8} {'code':>8} {'words':>8} {'seconds':>8}")  # noqa: T201
    with serving(asked.scenarios) as jobs:
        for real in CLIENTS:
            reason = real.missing()
            if reason is not None:
                print(f"{real.name:<12} {real.entry:<12} {reason}")  # noqa: T201
                continue
            began = perf_counter()
            rows = measure.compare(real, asked, real.run(jobs))
            share = measure.shares(rows)
            seconds = perf_counter() - began
            code = f"{share.code:.1%}" if rows[0].with_code else "-"
            print(  # noqa: T201
                f"{real.name:<12} {real.entry:<12} {share.accept:>8.1%} {code:>8} {share.words:>8.1%} {seconds:>8.1f}"
            )
            if "-v" in sys.argv:
                for row in rows:
                    if not row.agrees:
                        print(f"  {row.name}\n    entry {row.verdict}\n    said  {row.said}")  # noqa: T201


if __name__ == "__main__":
    main()
