"""``certdoctor diagnose``: all that is known about one failed connection, joined into one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from certdoctor.cli import completion
from certdoctor.cli.evidence import answer_again
from certdoctor.cli.help import MORE
from certdoctor.cli.options import (
    Answering,
    CaOption,
    CertificateOption,
    ClientOption,
    CompareOption,
    ConnectTimeoutOption,
    HostOption,
    KeyOption,
    ModeOption,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    Seeking,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import LAB_CA, clients_asked, password_of, practice, session, sides_of
from certdoctor.errors import UsageError
from certdoctor.gather.evidence import Request, is_evidence_file
from certdoctor.gather.files import reading
from certdoctor.gather.files.opening import STDIN
from certdoctor.gather.things.case import besides
from certdoctor.gather.things.sorting import Sorted
from certdoctor.preflight.run import CONCURRENCY


@command(
    "certdoctor diagnose customer.zip   # what a customer sent",
    "certdoctor diagnose sql01.corp.example HackoladeRE.log root.pem   # the whole",
    "certdoctor diagnose case.certdoctor.json --at +90d   # kept with --save",
)
def diagnose(
    *,
    thing: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[THING]...",
            help="Logs, certificate and key files, folders, archives, mails, evidence files, servers, connection "
            "strings, or the text of an error in quotes; - is stdin.",
        ),
    ] = None,
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="FILE", help="Log excerpt; - is stdin; repeatable.")
    ] = None,
    lab: Annotated[
        str | None,
        typer.Option(
            "--lab",
            metavar="SCENARIO",
            autocompletion=completion.scenarios,
            help="Diagnose the practice server with that fault; --ca lab gives its CA file.",
            rich_help_panel=MORE,
        ),
    ] = None,
    ca: CaOption = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    compare: CompareOption = None,
    mode: ModeOption = None,
    probe: Annotated[bool, typer.Option("--probe", help="Connect to the server that the log names.")] = False,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    seeking: Seeking,
    password: PasswordSource,
    answering: Answering,
) -> int:
    """Find out why a connection fails: log, server, files in one report.

    Things are told apart by their content, keys are paired with
    certificates, and the CA is found among them; a server is looked at
    where one was given, or with --probe. An evidence file (from --save) is
    judged again, without a network.
    """
    if not (thing or lab or log or ca or cert or key):
        raise UsageError(
            "There is nothing to diagnose.",
            hint="Name a server, a log, certificate files, or the archive that holds them.",
        )
    secret = password_of(password)
    sides = sides_of(compare)
    asked = Request(
        logs=tuple(log or ()),
        certificate=cert,
        key=key,
        password=secret,
        hosts=tuple(host or ()),
        clients=clients_asked(client, sides),
        compared=sides,
        mode=mode,
        follow_log=probe,
        protocol=protocol.protocol,
        seconds=timeout,
        connect_seconds=connect_timeout,
    )
    here = session(answering, seeking)
    live = probe or seeking != Seeking()
    _refuse_live([one for one in thing or () if is_evidence_file(one)], live=live)
    found = here.sort(*(thing or ()), password=secret)
    _refuse_live(found.evidence, live=live)  # evidence under another name, or in an archive
    if found.evidence:
        more = besides(found, replace(asked, cas=tuple(ca or ()), follow_log=False))
        return answer_again(found.evidence, more, answering, command="diagnose")
    reading.refuse_missing(*asked.logs, *(ca or ()), *filter(None, (cert, key)), but=(STDIN, LAB_CA))
    if found.plans:
        return _planned(found, answering)
    if lab and found.servers:
        raise UsageError("Give a server or --lab, not both.")
    with practice(lab, None, ca or ()) as (server, cas):
        with progress("Looking"):
            reports = here.cases(found, replace(asked, target=server, cas=tuple(cas)))
        return answer(reports, answering, "diagnose")


def _refuse_live(saved: Sequence[str], *, live: bool) -> None:
    """Refuse to connect or to search while saved evidence is judged.

    Raises:
        UsageError: both are asked for.

    """
    if saved and live:
        raise UsageError(
            f"{saved[0]} holds evidence: with it nothing is connected to and nothing searched.",
            hint="Leave --probe, --search and --fetch-aia out; a CA file can be given with --ca.",
        )


def _planned(found: Sorted, answering: Answering) -> int:
    """Check the connections of preflight files.

    Raises:
        UsageError: something else was given too.

    """
    from certdoctor.cli.commands.preflight import check  # noqa: PLC0415 - few runs give such a file

    if len(found.given) > 1:
        raise UsageError(
            f"{found.plans[0]} is a preflight file, which names its servers and files itself.",
            hint=f"Check it alone:  certdoctor preflight {found.plans[0]}",
        )
    return check(found.plans[0], (), CONCURRENCY, answering)
