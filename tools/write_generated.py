"""Write what is generated from the code: docs/rules, the JSON Schema. With --check, only compare.

The schema is made from the types in certdoctor/render/document.py, the pages from the rule book, so that
neither can say anything else than the program does.
"""

from __future__ import annotations

import json
import sys
import typing
from pathlib import Path

import typing_extensions
from pydantic import TypeAdapter

# Pydantic reads a TypedDict of Python 3.11 only in the form that typing_extensions gives it; the package
# itself does not need that library.
typing.TypedDict = typing_extensions.TypedDict

from certdoctor.checks import CHECKS  # noqa: E402
from certdoctor.explain import pages  # noqa: E402
from certdoctor.render.document import Document  # noqa: E402

ROOT = Path(__file__).parent.parent


def schema() -> str:
    """Return the JSON Schema of ``--format json``."""
    made = TypeAdapter(Document).json_schema()
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:certdoctor:schema:1",
        **made,
    }
    return json.dumps(made, indent=2) + "\n"


def index() -> str:
    """Return the table of all rules."""
    rows = [
        f"| [{c.rule.code}]({c.rule.code}.md) | {c.rule.slug} | {c.rule.title} | {c.rule.owner.value} |"
        for c in sorted(CHECKS, key=lambda c: c.rule.code)
    ]
    return (
        "\n".join(["# Rules", "", "| code | cause | | whose job |", "| --- | --- | --- | --- |", *rows])
        + "\n"
    )


def generated() -> dict[Path, str]:
    """Return every generated file with its content."""
    rules = ROOT / "docs" / "rules"
    files = {rules / f"{code}.md": text for code, text in pages().items()}
    files[rules / "README.md"] = index()
    files[ROOT / "certdoctor" / "data" / "schema.json"] = schema()
    return files


def main() -> int:
    """Write the files, or with --check name those that are stale."""
    files = generated()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    strays = [p for p in (ROOT / "docs" / "rules").glob("*.md") if p not in files]
    if "--check" in sys.argv[1:]:
        for path in (*stale, *strays):
            print(f"not up to date: {path.relative_to(ROOT)} (run python tools/write_generated.py)")
        return bool(stale or strays)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in strays:
        path.unlink()
    print(f"{len(stale)} written, {len(strays)} removed, {len(files)} in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
