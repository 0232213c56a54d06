"""``certdoctor trust list``: what is in the trust stores of this machine."""

from __future__ import annotations

from certdoctor.cli.options import Answering, command
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import session
from certdoctor.model.report import Report
from certdoctor.model.store import WantedCertificate
from certdoctor.render.commands.trust.stores import render_list


@command(
    "certdoctor trust list   # a table",
    "certdoctor trust list --format json   # for programs",
    without=("for_customer", "lang", "server_os"),
)
def list_(*, answering: Answering) -> int:
    """List the trust stores of this machine, and who reads each."""
    return answer([stores_report(answering)], answering, "trust list", render_list)


def stores_report(answering: Answering, wanted: tuple[WantedCertificate, ...] = ()) -> Report:
    """Return the report on the stores, and on which of the certificates wanted is in them."""
    here = session(answering)
    with progress("Reading the trust stores"):
        return here.read_stores(wanted)
