"""Steps for trust stores, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.model.store import StoreSteps
from certdoctor.render.markdown.report import block, escape
from certdoctor.render.report.console import Console

_PARTS = (
    ("Prepare", "prepare"),
    ("Check", "check"),
    ("Add", "add"),
    ("Prove", "prove"),
    ("Restart", "restart"),
    ("Undo", "undo"),
    ("Beware", "mistakes"),
)


def _parts(steps: StoreSteps) -> Iterator[tuple[str, tuple[str, ...]]]:
    for title, field in _PARTS:
        found: tuple[str, ...] = getattr(steps, field)
        if found:
            yield title, found


def text_steps(
    path: str,
    name: str,
    sha256: str,
    steps: Sequence[StoreSteps],
    console: Console,
    *,
    about: Sequence[str] = (),
) -> str:
    """Return the steps as text, below the fingerprint to compare and the sentences ``about`` the system."""
    lines = [console.word(f"{path}: {name}"), f"SHA-256 {_pairs(sha256)}"]
    lines.append("Compare the fingerprint with the one your PKI team gives you before you trust it.")
    for number, sentence in enumerate(about):
        lines += console.wrap(console.word(sentence), 2, console.mark("risk" if number else "none"))
    for one in steps:
        lines += ["", console.paint(console.word(one.title), "bold")]
        if one.refusal:
            lines += console.wrap(console.word(one.refusal), 2, console.mark("bad"))
            continue
        for note in one.notes:
            lines += console.wrap(console.word(note), 2, console.mark("risk"))
        for title, found in _parts(one):
            for number, step in enumerate(found):
                lines += _step(title if number == 0 else "", step, console)
        if console.verbose:
            lines += _step("Source", one.source, console)
    return "\n".join(lines) + "\n"


def _step(title: str, step: str, console: Console) -> list[str]:
    sentence, *commands = step.split("\n")
    lines = console.wrap(console.word(sentence), 10, f"  {title}")
    return [*lines, *(" " * 10 + console.paint(console.word(c), "bold") for c in commands)]


def markdown_steps(
    path: str, name: str, sha256: str, steps: Sequence[StoreSteps], *, about: Sequence[str] = ()
) -> str:
    """Return the steps as Markdown."""
    lines = [f"# Trust {escape(name)}", "", f"File {escape(path)}"]
    lines += ["", "SHA-256:", "", block(_pairs(sha256))]
    lines += ["", *(f"- {escape(sentence)}" for sentence in about)] if about else []
    for one in steps:
        lines += ["", f"## {escape(one.title)}", ""]
        if one.refusal:
            lines.append(escape(one.refusal))
            continue
        lines += [f"- {escape(note)}" for note in one.notes]
        for title, found in _parts(one):
            lines += ["", f"### {title}", ""]
            for step in found:
                sentence, *commands = step.split("\n")
                lines.append(escape(sentence))
                lines += ["", block("\n".join(commands)), ""] if commands else [""]
        lines += ["### Source", "", escape(one.source)]
    return "\n".join(lines).rstrip() + "\n"


def _pairs(hexadecimal: str) -> str:
    clean = hexadecimal.replace(":", "").upper()
    return ":".join(clean[i : i + 2] for i in range(0, len(clean), 2))
