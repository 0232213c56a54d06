"""certdoctor as a library: what the command line does, with plain arguments and answers that are data.

Paths are texts or ``os.PathLike``, "-" is standard input; times are seconds; instants are aware ``datetime`` (a naive
one counts as UTC) or ISO 8601 texts. Where several may be given, one alone may stand without a list.

Nothing that a server does or that a file holds raises: it is in the answer. What raises is wrong usage
(:class:`~certdoctor.errors.UsageError`: a target, instant or client that makes no sense, a folder that is none) and a
log or an evidence file that cannot be read at all (:class:`~certdoctor.errors.CannotLook`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from os import fspath

from certdoctor import __version__
from certdoctor.arguments import Path, member
from certdoctor.formats.quiet import silenced
from certdoctor.formats.text.limits import MAX_SIZE
from certdoctor.gather import clock, system
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.ids import System
from certdoctor.model.log import LogFacts
from certdoctor.model.report import ClientVerdict, Report
from certdoctor.model.saved import Saved, SavedSubject
from certdoctor.model.wire import Probe, Survey
from certdoctor.session import Session


def inspect(
    path: Path,
    *,
    password: bytes | str | None = None,
    max_size: int = MAX_SIZE,
    at: datetime | str | None = None,
) -> Report:
    """Say what is in a file, as of ``at`` or now; see :meth:`Session.inspect`.

    Raises:
        UsageError: the instant is none.

    >>> report = inspect("leaf.pem", at="2026-06-01")
    >>> [certificate.common_name for certificate in report.evidence.files[0].certificates]
    ['sql01.example']
    """
    return Session(at=at).inspect(path, password=password, max_size=max_size)


def read_log(path: Path) -> LogFacts:
    """Say what failed by what one log tells; see :meth:`Session.read_log`.

    Raises:
        UsageError: the name stands for several logs.
        CannotLook: there is no such file, or it is no log.

    >>> read_log("app.log").events[0].text
    'Error: unable to get local issuer certificate'
    """
    return Session().read_log(path)


def probe(
    target: str,
    *,
    protocol: str = "auto",
    timeout: float = 10.0,
    connect_timeout: float | None = None,
    cert: Path | None = None,
    key: Path | None = None,
    password: bytes | str | None = None,
    survey: Survey | str = Survey.NONE,
) -> Probe:
    """Look at a server, without a login; see :meth:`Session.probe`.

    Raises:
        UsageError: the target, protocol, survey or a time makes no sense.

    >>> seen = probe("127.0.0.1:9", timeout=1)
    >>> [stage.name for stage in seen.stages], seen.failure.stage
    (['name'], 'tcp')
    """
    return Session().probe(
        target,
        protocol=protocol,
        timeout=timeout,
        connect_timeout=connect_timeout,
        cert=cert,
        key=key,
        password=password,
        survey=survey,
    )


def verify(
    chain: Path | Chain,
    *,
    host: str | Sequence[str] = (),
    ca: Path | Sequence[Path] = (),
    clients: str | Sequence[str] = (),
    mode: str | None = None,
    at: datetime | str | None = None,
) -> tuple[ClientVerdict, ...]:
    """Say what each client would do with a chain, as of ``at`` or now; see :meth:`Session.verify`.

    Raises:
        UsageError: the instant is none, or a client is not known.

    >>> verdicts = verify("chain.pem", host="sql01.example", ca="root.pem", clients=["go", "jdbc"], at="2026-06-01")
    >>> {one.client: str(one.verdict) for one in verdicts}
    {'go': 'accepts', 'jdbc': 'accepts'}
    """
    return Session(at=at).verify(chain, host=host, ca=ca, clients=clients, mode=mode)


def diagnose(
    *things: Path,
    target: str | None = None,
    chain: Path | Chain | None = None,
    logs: Path | Sequence[Path] = (),
    ca: Path | Sequence[Path] = (),
    cert: Path | None = None,
    key: Path | None = None,
    password: bytes | str | None = None,
    host: str | Sequence[str] = (),
    clients: str | Sequence[str] = (),
    mode: str | None = None,
    follow_log: bool = False,
    protocol: str = "auto",
    timeout: float = 10.0,
    connect_timeout: float | None = None,
    survey: Survey | str = Survey.NONE,
    search: Path | Sequence[Path] = (),
    at: datetime | str | None = None,
) -> Report:
    """Find out why one connection fails; see :meth:`Session.diagnose`, and :class:`Session` for several.

    ``search`` and ``at`` are those of a session.

    Raises:
        UsageError: an argument makes no sense, or nothing at all was named.
        CannotLook: a log cannot be read.

    >>> report = diagnose(chain="chain.pem", host="sql01.example", ca="root.pem", at="2026-06-01")
    >>> str(report.verdict), report.cause
    ('healthy', None)
    """
    with Session(at=at, search=search) as session:
        return session.diagnose(
            *things,
            target=target,
            chain=chain,
            logs=logs,
            ca=ca,
            cert=cert,
            key=key,
            password=password,
            host=host,
            clients=clients,
            mode=mode,
            follow_log=follow_log,
            protocol=protocol,
            timeout=timeout,
            connect_timeout=connect_timeout,
            survey=survey,
        )


def to_json(reports: Report | Sequence[Report], *, command: str = "diagnose") -> str:
    """Return the JSON document that ``--format json`` prints; its schema is ``certdoctor explain schema``.

    ``command`` is what the document calls the run.

    >>> import json
    >>> document = json.loads(to_json(inspect("leaf.pem", at="2026-06-01"), command="inspect"))
    >>> document["schema"], document["reports"][0]["verdict"]
    ('certdoctor/1', 'healthy')
    """
    from certdoctor.render.machine.json import render_json  # noqa: PLC0415 - for those who want it

    return render_json(_reports(reports), command)


def to_text(
    reports: Report | Sequence[Report],
    *,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
    verbose: bool = False,
) -> str:
    """Return the reports as they stand on a terminal of ``width`` columns; ``verbose`` adds all that was seen.

    >>> print(to_text(inspect("leaf.pem", at="2026-06-01")).splitlines()[0])
    ✓ HEALTHY   Nothing wrong was found in PEM, 1 certificate.
    """
    from certdoctor.render.report.console import Console  # noqa: PLC0415 - as above
    from certdoctor.render.report.text import render  # noqa: PLC0415 - as above

    return render(_reports(reports), Console(width=width, colour=colour, unicode=unicode, verbose=verbose))


def save(
    reports: Report | Sequence[Report],
    path: Path,
    *,
    command: str = "diagnose",
    force: bool = False,
    os: str | None = None,
) -> str:
    """Write the evidence of these reports, to be judged again elsewhere or later, and return the file's name.

    A name without an ending gets ``.certdoctor.json``. Only the owner may read the file. ``force`` replaces one that
    is there; ``os`` is whose steps are shown when it is read, by default this machine's.

    Raises:
        UsageError: the name is taken and ``force`` is not given, or it cannot be written.

    >>> save(inspect("leaf.pem", at="2026-06-01"), "leaf", command="inspect")
    'leaf.certdoctor.json'
    """
    from certdoctor.gather.files import evidence_files  # noqa: PLC0415 - it needs a library of its own

    name = evidence_files.named(fspath(path))
    evidence_files.save(to_saved(reports, command=command, os=os), name, force=force)
    return name


def to_saved(reports: Report | Sequence[Report], *, command: str, os: str | None = None) -> Saved:
    """Return what an evidence file holds of these reports."""
    return Saved(
        version=__version__,
        command=command,
        saved_at=clock.now(),
        os=member(System, os) if os else system.current(),
        subjects=tuple(
            SavedSubject(evidence=r.evidence, judged=r.evidence.trust != NOT_ASKED, clients=r.clients)
            for r in _reports(reports)
        ),
    )


def load(path: Path, *, at: datetime | str | None = None) -> tuple[Report, ...]:
    """Judge an evidence file as this version does: a report for each subject that is in it.

    As of ``at``, or as of when each was looked at.

    Raises:
        CannotLook: it cannot be read, or is no evidence file.
        UsageError: the instant is none.

    >>> _ = save(inspect("leaf.pem"), "kept")
    >>> [report] = load("kept.certdoctor.json", at="2099-01-01")
    >>> report.cause
    'expired'
    """
    from certdoctor.gather import saved  # noqa: PLC0415 - it needs a library of its own

    with silenced():
        run = saved.load(fspath(path))
    return Session(at=at).judge_again(run)


def _reports(given: Report | Sequence[Report]) -> tuple[Report, ...]:
    return (given,) if isinstance(given, Report) else tuple(given)
