"""``certdoctor trust steps``: how to give a CA to systems and applications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from certdoctor.cli import completion
from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering, Redact, command, with_flags
from certdoctor.cli.output import answer, console, save, write
from certdoctor.cli.run import judged
from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.gather import system
from certdoctor.gather.evidence import Request
from certdoctor.gather.system import Inside, ThisSystem
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import DEFAULT_PORT, Target
from certdoctor.model.files import FileFacts
from certdoctor.model.ids import StoreId, System
from certdoctor.model.store import StoreSteps
from certdoctor.privacy.reports import pseudonymous
from certdoctor.remedies.client import stores
from certdoctor.remedies.client.stores import CaFile
from certdoctor.render.commands.trust.steps import markdown_steps, text_steps
from certdoctor.repair.repair import stem_of
from certdoctor.verdict import BLOCKS, NOTHING_BLOCKS


@command(
    "certdoctor trust steps corp-root.pem --for hackolade --for java   # for two applications",
    "certdoctor trust steps corp-root.pem --os windows   # for a system",
    without=("for_customer", "lang", "fail_on", "server_os"),
)
def steps(
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The CA certificate to be trusted.")],
    consumer: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="ID",
            help="System or application (hackolade, node, …); repeatable.",
            autocompletion=completion.stores,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="The server, for the commands that prove it."),
    ] = None,
    answering: Answering,
) -> int:
    """Print the steps that make a CA trusted. Nothing is run."""
    server = targets.parse(target) if target else None
    found = judged([Request(cas=(file,))], answering)
    save(found, answering, "trust steps")
    if answering.redact is Redact.ALL:
        found = pseudonymous(found)
    # Of an archive the file that holds a root, else one that holds any CA; a leaf is told of as what it is.
    facts = _with_the_ca(file, found[0].evidence.files)
    file = facts.path
    if answering.format not in {Format.TEXT, Format.MARKDOWN}:
        raise UsageError(
            "trust steps writes text or Markdown.",
            hint="For facts about the file: certdoctor inspect --format json",
        )
    if not facts.certificates:
        return answer(found, replace(answering, save=None), "trust steps")
    here = system.this()
    os_name = answering.os or here.family
    consumers = consumer or _usual(os_name, here)
    about = (
        ()
        if answering.os not in {None, System.ALL}
        else (_whose(here, os_name), *map(with_flags, here.notes))
    )
    # The root is what a store wants; a file may hold intermediates beside it.
    chosen = max(facts.certificates, key=_worth)
    ca = _ca_file(facts, chosen)
    if answering.os is None:
        ca = replace(ca, folder=str(Path.cwd()))
    told = [_steps(one, ca, os_name, server) for one in consumers]
    if answering.format is Format.MARKDOWN:
        write(markdown_steps(file, chosen.label, chosen.sha256, told, about=about), answering)
    else:
        write(text_steps(file, chosen.label, chosen.sha256, told, console(answering), about=about), answering)
    return NOTHING_BLOCKS if any(not s.refusal for s in told) else BLOCKS


def _worth(certificate: Certificate) -> tuple[bool, bool]:
    """Rank a certificate by how likely it is the one to be trusted: a root, another CA, any other."""
    # One of version 1 does not say whether it is a CA.
    root = certificate.self_issued and certificate.is_ca is not False
    return root, certificate.self_issued or bool(certificate.is_ca)


def _with_the_ca(named: str, files: Sequence[FileFacts]) -> FileFacts:
    """Return the file that holds what is to be trusted.

    Raises:
        UsageError: several hold a CA of the same kind, and which is meant only its reader knows.

    """
    highest = max(map(_rank, files))
    best = [file for file in files if _rank(file) == highest]
    if len(best) > 1 and highest[0]:
        raise UsageError(
            f"{named} holds {len(best)} files with a CA.",
            hint=f"Name the one to be trusted: {', '.join(file.path for file in best[:8])}",
        )
    return best[0]


def _rank(file: FileFacts) -> tuple[bool, tuple[bool, bool]]:
    return bool(file.certificates), max(map(_worth, file.certificates), default=(False, False))


def _steps(consumer: str, ca: CaFile, os_name: System, server: Target | None) -> StoreSteps:
    if server is None:
        return stores.steps(consumer, ca, os=os_name)
    if server.guessed and server.port == DEFAULT_PORT and not server.ask_browser:
        # No port was named: the store knows that of its kind of server.
        return stores.steps(consumer, ca, os=os_name, host=server.host)
    return stores.steps(consumer, ca, os=os_name, host=server.host, port=server.port, target=server.endpoint)


def _usual(os_name: System, here: ThisSystem) -> tuple[str, ...]:
    """Return the stores to tell of when none is named: this machine's first, with "all" then the rest."""
    if os_name not in {System.ALL, here.family}:
        return (os_name, StoreId.HACKOLADE)
    own = (*_own(here), StoreId.HACKOLADE)
    return tuple(dict.fromkeys((*own, *stores.consumers()))) if os_name is System.ALL else own


def _own(here: ThisSystem) -> tuple[str, ...]:
    """Return the stores of this very machine."""
    if here.family is System.ALL:
        return ()
    if Inside.WSL in here.inside:
        return (StoreId.WSL,) if here.family is System.DEBIAN else (here.family,)
    around = {Inside.CONTAINER: StoreId.DOCKER, Inside.KUBERNETES: StoreId.KUBERNETES}
    return (here.family, *(around[one] for one in here.inside if one in around))


def _whose(here: ThisSystem, os_name: System) -> str:
    if os_name is System.ALL:
        return f"This machine is {here.title}: its steps come first."
    return f"Steps for this machine, {here.title}. For another system: --os NAME; for all of them: --os all."


def _ca_file(file: FileFacts, chosen: Certificate) -> CaFile:
    others = tuple(_others(file))
    refused = any(oddity.refused_by for oddity in file.oddities)
    return CaFile(
        rewritten=stem_of(file.path) if others or refused else None,
        path=file.path,
        pem=all(o.encoding == "PEM" for o in file.objects if o.certificate is not None),
        count=len(file.certificates),
        common_name=chosen.common_name,
        sha256=chosen.sha256,
        sha1=chosen.sha1,
        is_ca=chosen.is_ca,
        self_signed=chosen.self_signed,
        problems=(*(oddity.text for oddity in file.oddities), *others),
    )


def _others(file: FileFacts) -> Iterator[str]:
    """Yield what makes the file one that no store takes, apart from the way in which it is written."""
    encodings = {o.encoding for o in file.objects if o.certificate is not None}
    for encoding in sorted(encodings - {"PEM", "DER"}):
        yield f"It is {encoding}, not a plain certificate."
    if any(o.kind == "private key" for o in file.objects):
        yield (
            "It holds a private key as well: that must never get into a store or to a client. If the file was sent "
            "around, the key counts as known."
        )
