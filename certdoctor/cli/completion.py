"""The words that a shell completes, besides names of commands, options and their choices.

Each list is loaded when a shell asks for it, and at no other start.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable

Words = Iterable[tuple[str, str]]
"""Words, each with what a shell may show beside it. Typer leaves out those that do not begin as what was typed."""


def asked(commands: Container[str]) -> list[str] | None:
    """Return the words behind the program's name that a shell wants completed, None where it asks for nothing.

    Where the first is none of the commands, the words are those of ``diagnose``, and the shell's question is changed to that.
    """
    name = next((one for one in ("_TYPER_COMPLETE_ARGS", "COMP_WORDS") if os.environ.get(one)), None)
    if name is None or not any(one.endswith("_COMPLETE") and one.startswith("_") for one in os.environ):
        return None
    os.environ["COLUMNS"] = (
        "1000"  # Typer wraps what stands beside a word to the terminal; shells take lines for words
    )
    line = os.environ[name]
    words = line.split()[1:]
    begun = len(words) > 1 or line[-1:].isspace() or os.environ.get("COMP_CWORD", "1") not in {"0", "1"}
    if not words or words[0] in commands or words[0].startswith("-") or not begun:
        return words
    program, _, rest = line.partition(words[0])
    os.environ[name] = f"{program}diagnose {words[0]}{rest}"
    if os.environ.get("COMP_CWORD", "").isdigit():
        os.environ["COMP_CWORD"] = str(int(os.environ["COMP_CWORD"]) + 1)
    return ["diagnose", *words]


def clients(incomplete: str) -> Words:
    """Return the clients, and the products by which they go too; behind @ nothing, where a version stands."""
    from certdoctor.clients.entry.products import PRODUCTS  # noqa: PLC0415 - see above
    from certdoctor.model.ids import ClientId  # noqa: PLC0415 - as above

    if "@" in incomplete:
        return []
    return [(str(one), one.label) for one in ClientId] + [
        (one.name, f"{one.title}: {one.client}") for one in PRODUCTS if one.name not in set(ClientId)
    ]


def products(incomplete: str) -> Words:
    """Return the applications that a mail to a customer can be about."""
    from certdoctor.clients.entry.products import PRODUCTS  # noqa: PLC0415 - as above

    del incomplete
    return [(one.name, one.title) for one in PRODUCTS]


def stores(incomplete: str) -> Words:
    """Return the systems and applications that have steps for trusting a CA."""
    from certdoctor.clients.entry.products import PRODUCTS  # noqa: PLC0415 - as above
    from certdoctor.remedies.client.stores import consumers  # noqa: PLC0415 - as above

    del incomplete
    own = [str(one) for one in consumers()]
    return [(one, "") for one in own] + [
        (one.name, one.title) for one in PRODUCTS if one.store in own and one.name not in own
    ]


def scenarios(incomplete: str) -> Words:
    """Return the faults of the practice server."""
    from certdoctor.lab.scenarios import SCENARIOS  # noqa: PLC0415 - as above

    del incomplete
    return [(one.name, one.wrong) for one in SCENARIOS]


def explained(incomplete: str) -> Words:
    """Return the codes and causes of the rules, and the schemas; numbers are too many to be chosen from."""
    from certdoctor.checks import CHECKS, RETIRED  # noqa: PLC0415 - as above
    from certdoctor.explain import SCHEMAS  # noqa: PLC0415 - as above

    del incomplete
    rules = [check.rule for check in CHECKS]
    return [
        *((rule.slug, rule.title) for rule in rules),
        *((rule.code, rule.title) for rule in rules),
        *((code, "retired") for code in RETIRED),
        *((name, "JSON Schema") for name in SCHEMAS),
    ]
