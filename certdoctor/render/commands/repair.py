"""The text of ``certdoctor repair``: the files written, the changes, the parts left out, and the proof."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.render.report.console import Console
from certdoctor.repair.repair import Repaired


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """One written file, as it is shown."""

    path: str
    holds: str
    private: bool
    proof: str
    """The command that proves that the consumer reads it."""


def render_repair(
    done: Sequence[tuple[Repaired, Sequence[WrittenFile]]], reports: Sequence[Report], console: Console
) -> str:
    """Return the answer of ``certdoctor repair``."""
    blocks = [_file(repaired, written, console) for repaired, written in done]
    found = [f for report in reports for f in report.findings if f.severity is not Severity.NOTES]
    if found:
        blocks.append([line for f in found for line in console.wrap(console.word(f.detail), 2, "!")])
    return "\n".join("\n".join(lines) + "\n" for lines in blocks)


def _file(repaired: Repaired, written: Sequence[WrittenFile], console: Console) -> list[str]:
    lines = [console.paint(console.word(repaired.path), "bold")]
    for one in written:
        mode = ", mode 0600" if one.private else ""
        lines.append(f"{console.mark('good')} {console.word(one.path)}")
        lines += console.wrap(console.word(f"{one.holds}{mode}; read again and found correct"), 4)
        lines.append("    " + console.paint("Prove", "bold") + f"  {console.word(one.proof)}")
    if not written:
        lines.append(f"{console.mark('bad')} Nothing was written from it.")
    changes = repaired.changes or (("nothing",) if written else ())
    for change in changes:
        lines += console.wrap(console.word(change), 12, "  changed")
    for item in repaired.left_out:
        lines += console.wrap(console.word(item), 12, "  left out")
    for note in repaired.notes:
        lines += console.wrap(console.word(note), 12, "  note")
    return lines
