"""The formats besides text, JSON and Markdown: each renderer is loaded only when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certdoctor.cli.options import Answering, FailOn, Format
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity

_FAILING = {
    FailOn.BLOCKS: frozenset({Severity.BLOCKS}),
    FailOn.RISKS: frozenset({Severity.BLOCKS, Severity.RISKS}),
}


def _html(reports: Sequence[Report], _: Answering) -> str:
    from certdoctor.render.page.html import render  # noqa: PLC0415

    return render(reports)


def _junit(reports: Sequence[Report], answering: Answering) -> str:
    from certdoctor.render.machine.junit import render  # noqa: PLC0415

    return render(reports, failing=_FAILING[answering.fail_on])


def _sarif(reports: Sequence[Report], _: Answering) -> str:
    from certdoctor.render.machine.sarif import render  # noqa: PLC0415

    return render(reports)


def _csv(reports: Sequence[Report], _: Answering) -> str:
    from certdoctor.render.machine.csv import render  # noqa: PLC0415

    return render(reports)


def _prometheus(reports: Sequence[Report], _: Answering) -> str:
    from certdoctor.render.machine.prometheus import render  # noqa: PLC0415

    return render(reports)


def _nagios(reports: Sequence[Report], _: Answering) -> str:
    from certdoctor.cli.answer import anything_examined  # noqa: PLC0415 - answer writes what this makes
    from certdoctor.render.machine.nagios import render  # noqa: PLC0415

    return render(reports, examined=anything_examined(reports))


WRITERS: dict[Format, Callable[[Sequence[Report], Answering], str]] = {
    Format.HTML: _html,
    Format.JUNIT: _junit,
    Format.SARIF: _sarif,
    Format.CSV: _csv,
    Format.PROMETHEUS: _prometheus,
    Format.NAGIOS: _nagios,
}
"""Format to the function that writes it."""
