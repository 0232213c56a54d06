"""The work of ``certdoctor repair``: read, repair, write, prove, answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from certdoctor.cli.answer import BLOCKS, answer
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.diagnose import diagnose
from certdoctor.errors import CannotLook
from certdoctor.formats.repair import Consumer, Repaired
from certdoctor.formats.repair import repair as repaired
from certdoctor.gather import clock, files, system, writing
from certdoctor.model.evidence import Evidence
from certdoctor.remedies import quoting
from certdoctor.remedies.quoting import CannotQuote, Shell
from certdoctor.render.repair import Told, render_repair

_PROOFS = {
    Consumer.NODE: 'node -e "tls.createSecureContext({{cert: fs.readFileSync(process.argv[1])}})" {path}',
    Consumer.HACKOLADE: 'node -e "tls.createSecureContext({{cert: fs.readFileSync(process.argv[1])}})" {path}',
    Consumer.JAVA: "keytool -printcert -file {path}",
    Consumer.DEBIAN: "openssl x509 -in {path} -noout -subject -issuer",
    Consumer.OPENSSL: "openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -noout",
    Consumer.WINDOWS: "certutil -dump {path}",
}
_KEY_PROOF = "openssl pkey -in {path} -noout"


def write_repaired(
    named: Sequence[str],
    folder: str,
    answering: Answering,
    *,
    consumer: str,
    password: bytes | None,
    with_key: bool,
    decrypt_key: bool,
    force: bool,
) -> int:
    """Write the repaired files; 0 when all that was asked for could be written, else 1.

    Raises:
        CannotLook: a file cannot be read, or nothing in any of them can be written.
        UsageError: a file is in the folder already, or the folder cannot be written to.

    """
    at, reader = clock.instant(answering.at), Consumer(consumer)
    os_name = str(answering.os) if answering.os else system.current()
    with progress("Reading the files"):
        results = [
            repaired(
                files.load(name),
                path=name,
                consumer=reader,
                password=password,
                with_key=with_key,
                decrypt_key=decrypt_key,
            )
            for name in named
        ]
    if not any(result.pieces for result in results):
        reasons = "; ".join(dict.fromkeys(reason for result in results for reason in result.left_out))
        raise CannotLook(
            f"Nothing was written: there is nothing to write in {', '.join(named)}"
            f"{f' ({reasons})' if reasons else ''}.",
            hint=f"certdoctor inspect {named[0]}",
        )
    written = writing.write(
        writing.named_apart(piece for result in results for piece in result.pieces),
        folder,
        sources=named,
        force=force,
        password=None if decrypt_key else password,
    )
    reports = [
        diagnose(
            Evidence(subject=one.path, observed_at=at, files=(one.facts,)), judge_trust=False, os_name=os_name
        )
        for one in written
    ]
    shell = Shell.POWERSHELL if os_name == "windows" else Shell.POSIX
    code = answer(
        reports, answering, "repair", partial(render_repair, _told(results, written, reader, shell))
    )
    no_key = with_key and not any(one.piece.private for one in written)
    return BLOCKS if no_key or any(result.missed for result in results) else code


def _told(
    results: Sequence[Repaired], written: Sequence[writing.Written], reader: Consumer, shell: Shell
) -> list[tuple[Repaired, list[Told]]]:
    waiting = iter(written)
    return [(result, [_tell(next(waiting), reader, shell) for _ in result.pieces]) for result in results]


def _tell(one: writing.Written, reader: Consumer, shell: Shell) -> Told:
    template = _KEY_PROOF if one.piece.private else _PROOFS[reader]
    try:
        proof = template.format(path=quoting.path(shell, one.path))
    except CannotQuote:
        proof = template.format(path="FILE")
    return Told(path=one.path, holds=one.piece.holds, private=one.piece.private, proof=proof)
