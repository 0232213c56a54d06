"""The work of ``certdoctor trust list`` and ``trust find``: read the stores, judge them, answer."""

from __future__ import annotations

from certdoctor.cli.answer import BLOCKS, NOTHING_BLOCKS, answer
from certdoctor.cli.connection import refuse_taken
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.diagnose import diagnose
from certdoctor.gather import clock, stores, system
from certdoctor.gather.stores import machine
from certdoctor.gather.stores import wanted as sought
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from certdoctor.model.store import WantedCertificate
from certdoctor.render.commands.trust_stores import render_find, render_list

SUBJECT = "this machine"
"""Subject of a report about stores; one machine, one report."""


def trust_list(answering: Answering) -> int:
    """List the stores."""
    return answer([_report(answering, ())], answering, "trust list", render_list)


def trust_find(what: str, answering: Answering) -> int:
    """Look for certificates in the stores; 0 when each is trusted in one of them, else 1.

    Raises:
        CannotLook: the file cannot be read or holds no certificate.
        UsageError: a fingerprint of the wrong length.

    """
    report = _report(answering, sought.read(what))
    answer([report], answering, "trust find", render_find)
    nowhere = any(f.rule.slug == "not-in-store" for f in report.findings)
    return BLOCKS if nowhere else NOTHING_BLOCKS


def _report(answering: Answering, wanted: tuple[WantedCertificate, ...]) -> Report:
    refuse_taken(answering)
    at = clock.instant(answering.at)
    os_name = answering.os or system.current()
    with progress("Reading the trust stores"):
        found = stores.read(machine.current())
    evidence = Evidence(
        subject=SUBJECT,
        observed_at=at,
        stores=found.stores,
        influences=found.influences,
        sought=wanted,
    )
    return diagnose(evidence, judge_trust=False, os_name=os_name)
