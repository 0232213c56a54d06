"""``certdoctor repair``: the corrected files, in another folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, PasswordSource, command, with_flags
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import limits_of, password_of, session
from certdoctor.gather.files import reading, repaired
from certdoctor.gather.files.budget import files_of
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.ids import Consumer, Shell
from certdoctor.remedies import quoting
from certdoctor.remedies.quoting import CannotQuote
from certdoctor.render.commands.repair import WrittenFile, render_repair
from certdoctor.repair.repair import Repaired, RepairOptions, Source, is_missing_something, repair_all
from certdoctor.verdict import BLOCKS


@command(
    "certdoctor repair chain.p7b --out corrected   # PEM for OpenSSL and most others",
    "certdoctor repair ca.cer --out corrected --for debian   # one .crt a certificate",
    "certdoctor repair client.pfx --out corrected --with-key   # certificate and key apart",
    "certdoctor repair old.pfx --pfx --with-key --out new   # current encryption",
)
def repair(
    *,
    file: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files, folders and archives to repair; - is stdin."),
    ],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Write there; made if missing.")],
    consumer: Annotated[Consumer, typer.Option("--for", help="Who is to read the files.")] = Consumer.OPENSSL,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Write private keys too: mode 0600, encrypted.")
    ] = False,
    decrypt_key: Annotated[
        bool, typer.Option("--decrypt-key", help="With --with-key: write them without encryption.")
    ] = False,
    pfx: Annotated[
        bool, typer.Option("--pfx", help="With --with-key: key and certificates as one PKCS#12 (AES-256).")
    ] = False,
    join: Annotated[bool, typer.Option("--join", help="Make one chain of all the files.")] = False,
    password: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Write files as the client reads them; never in place.

    That is PEM, leaf to root, without duplicates and strays, one .pem a file; a key, if asked for, goes to a .key.
    For debian, rhel, macos and windows there is one .crt a certificate, for java a PKCS#12 trust store, for
    sqlserver-linux mssql.pem and mssql.key. What was written is read again to prove it.
    """
    wish = RepairOptions(
        consumer=consumer,
        with_key=with_key,
        decrypt_key=decrypt_key,
        pfx=pfx,
        join=join,
    )
    wish.refuse_contradictions()
    wish = replace(wish, password=password_of(password), limits=limits_of(bounds))
    here = session(answering)
    with progress("Reading the files"):
        names = [path for name in file for path in files_of(name)]
        sources = [Source(path=name, data=reading.load(name, max_size=wish.limits.size)) for name in names]
        results = repair_all(sources, wish)
    written = repaired.write(
        [piece for result in results for piece in result.pieces], out, sources=names, force=answering.force
    )
    reports = [
        here.judge(
            Evidence(subject=one.path, observed_at=here.at, files=(_wanted(one.facts),)), judge_trust=False
        )
        for one in written
    ]
    told = _told(results, written, here.os.shell, here.at)
    code = answer(reports, answering, "repair", partial(render_repair, told))
    return BLOCKS if is_missing_something(results, wish) else code


def _wanted(facts: FileFacts) -> FileFacts:
    """Return a written file as one in the form that its reader asked for: that it is no PEM is no fault of it."""
    return facts if facts.format == Form.PEM else replace(facts, role=Role.CHAIN)


def _told(
    results: Sequence[Repaired], written: Sequence[repaired.Written], shell: Shell, at: datetime
) -> list[tuple[Repaired, list[WrittenFile]]]:
    waiting = iter(written)
    told: list[tuple[Repaired, list[WrittenFile]]] = []
    for result in results:
        own = [next(waiting) for _ in result.pieces]
        notes = (*result.notes, *_ended([one.facts for one in own], at))
        shown = replace(result, left_out=tuple(map(with_flags, result.left_out)), notes=notes)
        told.append((shown, [_tell(one, shell) for one in own]))
    return told


def _ended(files: Sequence[FileFacts], at: datetime) -> tuple[str, ...]:
    """Say which certificates no repair helps: their time is over."""
    ended = {c.sha256: c for file in files for c in file.certificates if c.not_after < at}
    return tuple(
        f'"{c.label}" expired on {c.not_after:%Y-%m-%d}: it has to be renewed.' for c in ended.values()
    )


def _tell(one: repaired.Written, shell: Shell) -> WrittenFile:
    try:
        proof = one.piece.proof.format(path=quoting.path(shell, one.path))
    except CannotQuote:
        proof = one.piece.proof.format(path="FILE")
    return WrittenFile(path=one.path, holds=one.piece.holds, private=one.piece.private, proof=proof)
