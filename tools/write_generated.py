"""Write what is generated from the code: docs/rules, the JSON Schema. With --check, only compare.

The schema is made from the types in certdoctor/render/machine/document.py, the pages from the rule book, so that
neither can say anything else than the program does.
"""

from __future__ import annotations

import json
import sys
import tomllib
import typing
from dataclasses import fields
from pathlib import Path
from typing import Any

import typing_extensions
from pydantic import TypeAdapter

# Pydantic reads a TypedDict of Python 3.11 only in the form that typing_extensions gives it; the package
# itself does not need that library.
typing.TypedDict = typing_extensions.TypedDict

from certdoctor.checks import CHECKS  # noqa: E402
from certdoctor.explain import pages  # noqa: E402
from certdoctor.model.plan import MAX_CONNECTIONS, Connection, Defaults, Demands, Key, key_of  # noqa: E402
from certdoctor.preflight.plan_file import MAX_ITEMS  # noqa: E402
from certdoctor.render.commands.diff import DifferenceDocument  # noqa: E402
from certdoctor.render.machine.document import Document  # noqa: E402

ROOT = Path(__file__).parent.parent


def schema(kind: Any, name: str) -> str:  # noqa: ANN401 - any type
    """Return the JSON Schema of a type, under an id of its own."""
    made = TypeAdapter(kind).json_schema()
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:certdoctor:{name}",
        **made,
    }
    return json.dumps(made, indent=2) + "\n"


def plan_schema() -> str:
    """Return the JSON Schema of preflight files, made from what the model knows of each key."""
    defaults, connection = table(Defaults), table(Connection)
    connection["required"] = ["name", "target"]
    connection["properties"]["policy"] = table(Demands)
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:certdoctor:preflight:1",
        "title": "certdoctor preflight file",
        "type": "object",
        "additionalProperties": False,
        "required": ["connection"],
        "properties": {
            "policy": table(Demands),
            "defaults": defaults,
            "connection": {"type": "array", "minItems": 1, "maxItems": MAX_CONNECTIONS, "items": connection},
        },
    }
    return json.dumps(made, indent=2) + "\n"


def table(kind: type[Demands | Defaults]) -> dict[str, Any]:
    """Return the schema of one table."""
    hints = typing.get_type_hints(kind)
    known = [f.name for f in fields(kind) if "key" in f.metadata]
    return {
        "type": "object",
        "additionalProperties": False,
        "description": " ".join((kind.__doc__ or "").replace("``", "").split()),
        "properties": {name: value(key_of(kind, name), hints[name]) for name in known},
    }


def value(key: Key, hint: object) -> dict[str, Any]:
    """Return the schema of one key's value."""
    inner = typing.get_args(hint) or (hint,)
    about = {"description": key.text, "examples": [tomllib.loads(f"x = {key.example}")["x"]]}
    word: dict[str, Any] = {"type": "string", "minLength": 1}
    if key.values:
        word = {"enum": list(key.values)}
    if bool in inner:
        return {**about, "type": "boolean"}
    if int in inner:
        return {**about, "type": "integer", "minimum": key.least, "maximum": key.most}
    if str in inner:
        return (
            {**about, "enum": [*key.values, True, False]} if key.values[:1] == ("yes",) else {**about, **word}
        )
    return {**about, "anyOf": [word, {"type": "array", "items": word, "maxItems": MAX_ITEMS}]}


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
    data = ROOT / "certdoctor" / "data"
    files[data / "schema.json"] = schema(Document, "schema:1")
    files[data / "preflight-schema.json"] = plan_schema()
    files[data / "diff-schema.json"] = schema(DifferenceDocument, "diff:1")
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
    for path in strays:
        print(
            f"{path.relative_to(ROOT)} is the page of no rule: list its code in RETIRED, or remove the file"
        )
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    print(f"{len(stale)} written, {len(files)} in all")
    return bool(strays)


if __name__ == "__main__":
    sys.exit(main())
