"""Build certdoctor/data/translations.json: what databases and drivers print in other languages, and the English of it.

    python tools/write_translations.py FOLDER

Packages that are not in FOLDER yet are fetched into it, with apt, npm and pip (``translations/sources.py``). Which
messages are kept, and the cause of each, is told by ``translations/messages.json``; ``translations/observed.json``
has the few texts of Windows that no free source holds in translation. Every English sentence must be read by the
signatures as the cause told for it, or nothing is written.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from certdoctor.logs import signatures
from certdoctor.logs.translations import templates
from certdoctor.model.log import Confidence
from tools.translations import gate, sources

HERE = Path(__file__).parent / "translations"
DATA = HERE.parent.parent / "certdoctor" / "data"
AS_OF = "2026-11-24"
_PLACE = re.compile(r"\{\d+\}")
_SENTENCE = re.compile(r"(?<=[a-z\u00a1-\uffff)\"'}][.!?])\s+(?=\S)|(?<=。)\s*(?=\S)")
_SHORT = 25
"""Letters of an English sentence that is too short to stand alone."""
_GIVEN = {
    "postgresql": "PostgreSQL 15, messages of the server (Debian package postgresql-15)",
    "libpq": "PostgreSQL 15, messages of libpq (Debian package libpq5)",
    "pgjdbc": "PostgreSQL JDBC Driver 42.7.3 (in the npm package liquibase 4.28.1)",
    "mssql-jdbc": "Microsoft JDBC Driver for SQL Server 12.6.1 and 7.4.1 (in the npm package liquibase 4.28.1)",
    "sqlclient": "Microsoft.Data.SqlClient (in the PyPI package arrowsqlbcpy 0.2.1)",
}


def cause_of(english: str) -> str | None:
    """Return the cause that the signatures read in an English sentence."""
    hits = [hit for hit in signatures.search(_PLACE.sub("x", english)) if hit.signature.cause != "no-problem"]
    best = min(
        hits,
        key=lambda hit: (hit.signature.rank, hit.signature.confidence is Confidence.POSSIBLE, -hit.start),
        default=None,
    )
    return best.signature.cause if best else None


def kept(texts: dict[str, sources.Texts]) -> dict[str, dict[str, Any]]:
    """Return the sentences that are kept, by their English, with their texts by language.

    Raises:
        SystemExit: a message is not in its source any more, or its English is read as another cause.

    """
    found: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    for source, causes in json.loads((HERE / "messages.json").read_text(encoding="utf-8")).items():
        for cause, messages in causes.items():
            for english in messages:
                if english not in texts[source]:
                    wrong.append(f"{source} has no message {english!r}")
                elif cause and cause_of(english) != cause:
                    wrong.append(f"{english!r} is read as {cause_of(english)}, not {cause}")
                else:
                    _add(found, source, english, texts[source][english])
    observed = json.loads((HERE / "observed.json").read_text(encoding="utf-8"))
    for message in observed["messages"]:
        if cause_of(message["english"]) != message["cause"]:
            wrong.append(f"{message['english']!r} is read as {cause_of(message['english'])}")
        _add(found, "observed", message["english"], message["texts"])
    if wrong:
        raise SystemExit("\n".join(wrong))
    return found


def _add(found: dict[str, dict[str, Any]], source: str, english: str, texts: dict[str, list[str]]) -> None:
    for language, forms in texts.items():
        for form in forms:
            for part, translated in _sentences(english, form):
                entry = found.setdefault(part, {"english": part, "sources": [], "texts": {}})
                if templates.usable(translated) and translated not in entry["texts"].get(language, ()):
                    entry["texts"].setdefault(language, []).append(translated)
                    if source not in entry["sources"]:
                        entry["sources"].append(source)


def _sentences(english: str, translated: str) -> list[tuple[str, str]]:
    """Return the pairs of sentences; one pair where their numbers differ."""
    ours, theirs = _SENTENCE.split(english), _SENTENCE.split(translated)
    if len(ours) != len(theirs):
        return [(english, translated)]
    pairs = list(zip(ours, theirs, strict=True))
    return [pair for pair in pairs if pair is pairs[0] or _letters(pair[0]) >= _SHORT]


def _letters(english: str) -> int:
    return sum(map(str.isalpha, _PLACE.sub("", english)))


def main() -> None:
    """Write the data files."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        texts = sources.read(sources.fetch(folder), Path(work))
    found = [entry for entry in kept(texts).values() if entry["texts"]]
    licences = json.loads((HERE / "licences.json").read_text(encoding="utf-8"))
    document: dict[str, Any] = {
        "as_of": AS_OF,
        "about": "What databases and drivers print in other languages, with its English. {1}, {2} … are places that "
        "the program fills. Made by tools/write_translations.py; the licence of each source stands below.",
        "sources": [{"id": name, **licences[name], "from": _GIVEN.get(name)} for name in licences],
        "messages": sorted(found, key=lambda entry: entry["english"]),
    }
    _write("translations", document)
    every = templates.compiled(document)
    keys = templates.keyed(every)
    written = (
        text for message in document["messages"] for texts in message["texts"].values() for text in texts
    )
    looked_for = gate.chosen(zip(every, written, strict=True))
    _write(
        "translation-words",
        {
            "as_of": AS_OF,
            "about": "Words of the texts of translations.json, in lower case: keys, of which a text that is to be read must "
            "hold one, and searched, for which large logs are searched. Made by tools/write_translations.py.",
            "keys": sorted(keys),
            "searched": looked_for,
        },
    )
    lost = sum(1 for one in every if not any(key.template is one for ones in keys.values() for key in ones))
    print(f"{lost} translations have no word of their own")
    forms = sum(len(one) for entry in found for one in entry["texts"].values())
    print(f"{len(found)} sentences, {forms} translations, {len(keys)} keys, {len(looked_for)} texts searched")


def _write(name: str, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (DATA / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
