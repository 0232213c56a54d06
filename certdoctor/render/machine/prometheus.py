"""Reports as Prometheus text (exposition format 0.0.4), for the textfile collector of the node exporter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Answer, Report, Verdict
from certdoctor.model.rule import Severity
from certdoctor.render.report import lifetimes

_Labels = tuple[tuple[str, str], ...]
_Sample = tuple[str, _Labels, int]

_HELP = {
    "certdoctor_verdict": "1 for the verdict that the subject has, 0 for the others.",
    "certdoctor_cause": "1 for the cause name of what is to be fixed first; absent where nothing is.",
    "certdoctor_findings": "Number of findings by severity.",
    "certdoctor_observed_timestamp_seconds": "Unix time as of which the subject was judged.",
    "certdoctor_certificate_not_before_timestamp_seconds": "Unix time at which the certificate begins to be valid.",
    "certdoctor_certificate_not_after_timestamp_seconds": "Unix time at which the certificate ends.",
    "certdoctor_days_left": "Whole days until the first certificate of the subject ends; negative afterwards.",
    "certdoctor_client_accepts": "1 if the client would connect, 0 if it would refuse; absent where not known.",
}
"""The metrics, all gauges, with their meaning; the names do not change."""


def render(reports: Sequence[Report]) -> str:
    """Return all samples by metric. Of a subject that was named twice, the last report counts."""
    found: dict[tuple[str, _Labels], int] = {}
    for report in reports:
        for name, labels, value in _samples(report):
            found[name, labels] = value
    lines: list[str] = []
    for name, meaning in _HELP.items():
        of_this = [(labels, value) for (metric, labels), value in found.items() if metric == name]
        if of_this:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{_written(labels)}}} {value}" for labels, value in of_this]
    return "".join(f"{line}\n" for line in lines)


def _samples(report: Report) -> Iterator[_Sample]:
    subject = (("subject", report.subject),)
    for verdict in Verdict:
        labels = (*subject, ("verdict", verdict.value))
        yield "certdoctor_verdict", labels, int(report.verdict is verdict)
    if report.cause:
        yield "certdoctor_cause", (*subject, ("cause", report.cause)), 1
    for severity in Severity:
        count = sum(f.severity is severity for f in report.findings)
        yield "certdoctor_findings", (*subject, ("severity", severity.value)), count
    yield "certdoctor_observed_timestamp_seconds", subject, int(report.evidence.observed_at.timestamp())
    lives = lifetimes.lives([report])
    for life in lives:
        certificate = life.certificate
        which = (*subject, ("certificate", certificate.label), ("sha256", certificate.sha256))
        for name, moment in (("not_before", certificate.not_before), ("not_after", certificate.not_after)):
            yield f"certdoctor_certificate_{name}_timestamp_seconds", which, int(moment.timestamp())
    if lives:
        yield "certdoctor_days_left", subject, lives[0].days_left
    for client in report.clients:
        if client.verdict is not Answer.UNKNOWN:
            labels = (*subject, ("client", client.client))
            yield "certdoctor_client_accepts", labels, int(client.verdict is Answer.ACCEPTS)


def _written(labels: _Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(value: str) -> str:
    r"""Return a label's value with backslashes and quotation marks escaped, and line feeds made printable."""
    return printable(value, limit=300).replace("\\", "\\\\").replace('"', '\\"')
