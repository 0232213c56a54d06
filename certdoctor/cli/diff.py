"""``certdoctor diff``: what has changed between two looks, or between two certificates."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, CaOption, ClientOption, HostOption, command


@command(
    "certdoctor diff before.certdoctor.json after.certdoctor.json",
    "certdoctor diff old.pem new.pem --host sql01.corp.example --ca corp-root.pem",
)
def diff(
    *,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Evidence file or certificate file.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Evidence file or certificate file.")],
    ca: CaOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    answering: Answering,
) -> int:
    """Say what has changed: renewed, other key, other issuer, names lost, chain shorter, TLS versions.

    A certificate file beside an evidence file is judged for the same
    names and CAs. The exit code is 1 when something blocks that did not
    before, with --fail-on risks also when something is newly at risk.
    """
    from certdoctor.cli.comparing import compare  # noqa: PLC0415 - start-up: other commands need none of it
    from certdoctor.gather.evidence import Request  # noqa: PLC0415

    more = Request(cas=tuple(ca or ()), hosts=tuple(host or ()), clients=tuple(client or ()))
    return compare(before, after, more, answering)
