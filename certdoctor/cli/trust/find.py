"""``certdoctor trust find``: in which trust stores of this machine a certificate is."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command
from certdoctor.cli.output import answer
from certdoctor.cli.trust.list import stores_report
from certdoctor.gather.stores.wanted import read
from certdoctor.render.commands.trust.stores import render_find
from certdoctor.verdict import found_code


@command(
    "certdoctor trust find corp-root.pem   # a certificate file",
    "certdoctor trust find 5F:0A:…:9C   # a fingerprint",
    without=("for_customer", "lang", "server_os", "fail_on"),
)
def find(
    *,
    what: Annotated[
        str, typer.Argument(metavar="FILE|FINGERPRINT", help="A certificate file, or a SHA-256 or SHA-1.")
    ],
    answering: Answering,
) -> int:
    """Say in which trust stores of this machine a certificate is.

    The exit code is 0 when each certificate of the file is trusted somewhere, 1 when one is nowhere, 3 when no store
    could be read.
    """
    report = stores_report(answering, read(what))
    answer([report], answering, "trust find", render_find)
    return found_code(report)
