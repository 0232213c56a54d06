"""The work of ``certdoctor trust steps``: look into the file, then print what each store wants."""

from __future__ import annotations

from certdoctor.cli.answer import BLOCKS, NOTHING_BLOCKS, answer, paper, write
from certdoctor.cli.connection import reports
from certdoctor.cli.options import Answering, Format, Redact
from certdoctor.errors import UsageError
from certdoctor.gather import system
from certdoctor.gather.evidence import Asked
from certdoctor.model.certificate import Certificate
from certdoctor.model.files import FileFacts
from certdoctor.pseudonyms import pseudonymous
from certdoctor.remedies import stores
from certdoctor.remedies.stores import CaFile
from certdoctor.render.steps import markdown_steps, text_steps


def trust_steps(path: str, wanted: tuple[str, ...], answering: Answering) -> int:
    """Print the steps for each consumer wanted, or for this system and Hackolade.

    A file that is no CA certificate gets the report of ``inspect`` instead: its findings say why.
    """
    found = reports([Asked(cas=(path,))], answering, judge_trust=False)
    if answering.redact is Redact.ALL:
        found = pseudonymous(found)
        path = found[0].evidence.files[0].path
    file = found[0].evidence.files[0]
    if answering.format in {Format.JSON, Format.JSONL}:
        raise UsageError(
            "trust steps writes text or Markdown.",
            hint="For facts about the file: certdoctor inspect --format json",
        )
    if not file.certificates:
        return answer(found, answering, "trust steps")
    os_name = str(answering.os) if answering.os else system.current()
    consumers = wanted or _usual(os_name)
    # The root is what a store wants; a file may hold intermediates beside it.
    chosen = next((c for c in file.certificates if c.self_issued), file.certificates[0])
    ca = _ca_file(file, chosen)
    steps = [stores.steps(consumer, ca, os=os_name) for consumer in consumers]
    if answering.format is Format.MARKDOWN:
        write(markdown_steps(path, chosen.label, chosen.sha256, steps), answering)
    else:
        write(text_steps(path, chosen.label, chosen.sha256, steps, paper(answering)), answering)
    return NOTHING_BLOCKS if any(not s.refusal for s in steps) else BLOCKS


def _usual(os_name: str) -> tuple[str, ...]:
    if os_name == "all":
        return stores.consumers()
    return (os_name, "hackolade")


def _ca_file(file: FileFacts, chosen: Certificate) -> CaFile:
    return CaFile(
        path=file.path,
        pem=all(o.encoding == "PEM" for o in file.objects if o.certificate is not None),
        count=len(file.certificates),
        common_name=chosen.common_name,
        sha256=chosen.sha256,
        sha1=chosen.sha1,
        is_ca=chosen.is_ca,
        self_signed=chosen.self_signed,
        problems=tuple(oddity.text for oddity in file.oddities),
    )
