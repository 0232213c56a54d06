"""The session of the library, and what it is asked about one subject or several.

A :class:`Session` keeps what is the same for many subjects: the instant, the folders that are searched, and the trust
stores of this machine, which are read once. Its methods may be called from several threads: looking is done side by
side, judging one at a time, which is faster.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from os import fspath
from types import TracebackType
from typing import TYPE_CHECKING, Self

from certdoctor import arguments
from certdoctor.arguments import Path
from certdoctor.diagnosis import Search
from certdoctor.diagnosis import diagnose as judged
from certdoctor.diagnosis import watch as watched
from certdoctor.errors import UsageError
from certdoctor.formats.quiet import silenced
from certdoctor.formats.text.limits import MAX_SIZE, Limits
from certdoctor.gather import clock, system
from certdoctor.gather.evidence import Request, gather, with_settings_file
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import NOT_ASKED, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.log import LogFacts
from certdoctor.model.report import ClientVerdict, Report
from certdoctor.model.saved import Saved
from certdoctor.model.store import Store, StoreKind, WantedCertificate
from certdoctor.model.trust import SystemTrust, Trust
from certdoctor.model.wire import Probe, Survey

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import LogCopy
    from certdoctor.gather.search.search import Search as Folders
    from certdoctor.gather.stores import Stores
    from certdoctor.gather.things.sorting import Sorted

THIS_MACHINE = "this machine"
"""Subject of a report about trust stores; one machine, one report."""


def _among(stores: tuple[Store, ...]) -> Search:
    """Return what looks for a missing certificate in the stores of saved evidence: those here say nothing of it."""
    from certdoctor.gather.search.search import Search as Folders  # noqa: PLC0415 - only where chains are judged

    return Folders((), lambda: stores)


class Session:
    """Looks at one subject after the other as of the same instant, and reads folders and trust stores once.

    >>> with Session(at="2026-06-01", search=["corp-cas"]) as session:
    ...     report = session.diagnose("127.0.0.1:9", timeout=1)
    >>> str(report.verdict), report.cause
    ('broken', 'connection-refused')
    """

    def __init__(
        self,
        *,
        at: datetime | str | None = None,
        os: str | None = None,
        server_os: str | None = None,
        search: Path | Sequence[Path] = (),
        fetch_aia: bool = False,
        fetch_from: str | Sequence[str] = (),
    ) -> None:
        """Judge as of ``at``, by default now.

        ``os`` says whose steps the remedies print ("windows", "macos", "debian", …, "all"; by default this
        machine's), ``server_os`` what the servers run on ("windows", "linux"; None leaves it to what they tell).
        A certificate that a chain lacks is looked for in the trust stores of this machine, in the folders of
        ``search`` (2,000 files, 5 s) and, with ``fetch_aia``, over http at the address that the certificate below it
        names, if that is public; ``fetch_from`` names hosts where it may be private.

        Raises:
            UsageError: the instant or a system is none, or one of the folders is none.

        """
        self._given_at = arguments.instant(at)
        self.at = self._given_at or clock.now()
        """The instant as of which is judged."""
        self._given_os = None if os is None else arguments.member(System, os)
        self._server_os = None if server_os is None else arguments.member(ServerSystem, server_os)
        self._search_in = arguments.paths(search)
        self._fetch_from = arguments.texts(fetch_from)
        self._fetch = fetch_aia or bool(self._fetch_from)
        self._judging = threading.Lock()
        if self._search_in or self._fetch:
            _ = self._folders  # a folder that is none is refused before any work is done

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the folders and stores that were read; they are read again if the session goes on."""
        for name in ("_folders", "_system_stores", "stores"):
            self.__dict__.pop(name, None)

    @property
    def os(self) -> System:
        """Whose steps the remedies print: "windows", "macos", a Linux family, "freebsd" or "all"."""
        return self._given_os or system.current()

    @cached_property
    def stores(self) -> Stores:
        """The trust stores of this machine and what influences them, read when they are first asked for."""
        from certdoctor.gather import stores  # noqa: PLC0415 - most runs never come here
        from certdoctor.gather.stores import machine  # noqa: PLC0415 - as above

        with silenced():
            return stores.read(machine.current())

    @cached_property
    def _system_stores(self) -> tuple[Store, ...]:
        """The stores of Windows; none on another system."""
        if "stores" in self.__dict__:
            return tuple(store for store in self.stores.stores if store.kind is StoreKind.WINDOWS)
        from certdoctor.gather.stores import machine, of_system  # noqa: PLC0415 - most runs never come here

        return of_system(machine.current())

    def _in_system_stores(self, chain: Chain, trust: Trust) -> SystemTrust | Absent:
        if system.current() is not System.WINDOWS:
            return NOT_ASKED
        from certdoctor.gather.stores.windows.trust import of_chain  # noqa: PLC0415 - as above

        return of_chain(self._system_stores, chain, trust)

    @cached_property
    def _folders(self) -> Folders:
        from certdoctor.gather.search.search import Search as Folders  # noqa: PLC0415 - only where chains are judged

        fetch = None
        if self._fetch:
            from certdoctor.gather.search.issuers import Issuers  # noqa: PLC0415 - only where it is wanted

            fetch = Issuers(self._fetch_from)
        return Folders(self._search_in, lambda: self.stores.stores, fetch=fetch)

    def read_stores(self, wanted: tuple[WantedCertificate, ...] = ()) -> Report:
        """Judge the trust stores of this machine, and say in which of them the certificates wanted are."""
        evidence = Evidence(
            subject=THIS_MACHINE,
            observed_at=self.at,
            stores=self.stores.stores,
            influences=self.stores.influences,
            sought=wanted,
        )
        return self.judge(evidence, judge_trust=False)

    def look(self, request: Request) -> Evidence:
        """Gather the facts about one subject and judge nothing.

        Raises:
            UsageError: the target cannot be read, or is an evidence file.
            CannotLook: a log cannot be read.

        """
        with silenced():
            return gather(request, self.at)

    def judge(
        self,
        evidence: Evidence,
        *,
        judge_trust: bool = True,
        with_remedies: bool = True,
        said: tuple[ClientVerdict, ...] = (),
    ) -> Report:
        """Judge facts; ``judge_trust`` has the chain verified and every client asked about it.

        ``with_remedies`` and ``said`` are as for :func:`certdoctor.diagnosis.diagnose`.

        Raises:
            UsageError: the evidence names a client that is not known.

        """
        with self._judging, silenced():
            return judged(
                evidence,
                judge_trust=judge_trust,
                os_name=self.os,
                server_os=self._server_os,
                search=self._search(evidence) if judge_trust else None,
                system_stores=None if evidence.redaction else self._in_system_stores,
                said=said,
                with_remedies=with_remedies,
            )

    def _search(self, evidence: Evidence) -> Search:
        """Return what looks for the certificates that the chain lacks: nowhere in the chain's own file."""
        own = tuple(file.path for file in evidence.files if file.role is Role.CHAIN)
        return lambda top: self._folders(top, leave_out=own)

    def judge_again(
        self, run: Saved, more: Request | None = None, *, judge_trust: bool | None = None
    ) -> tuple[Report, ...]:
        """Judge the subjects of an evidence file as this version does, without looking at anything.

        As of the session's instant, if it was given one, else as of when each was looked at. ``more`` is what is
        given besides: files, logs, host names, clients. ``judge_trust`` None has each subject judged as far as it was.

        Raises:
            UsageError: redacted evidence is to be held against files or names; a client is not known.
            CannotLook: a log of ``more`` cannot be read.

        """
        from certdoctor.gather.files import evidence_files  # noqa: PLC0415 - it needs a library of its own

        more = replace(more or Request(), target=None, follow_log=False)
        evidence_files.refuse_with_redacted("The evidence", run, given=more.verifies)
        found: list[Report] = []
        for one in run.subjects:
            moment = self._given_at or one.evidence.observed_at
            with silenced(), self._judging:
                evidence = evidence_files.joined(
                    replace(one.evidence, observed_at=moment), gather(more, moment), hosts=more.hosts
                )
                found.append(
                    judged(
                        evidence,
                        judge_trust=one.judged if judge_trust is None else judge_trust,
                        os_name=self._given_os or run.os,
                        server_os=self._server_os,
                        search=None if isinstance(evidence.stores, Absent) else _among(evidence.stores),
                        said=one.clients,
                    )
                )
        return tuple(found)

    def watch(self, evidence: Evidence) -> Report:
        """Judge the dates and nothing else; ``evidence.soon_days`` says how many days left are too few."""
        with self._judging, silenced():
            return watched(evidence, os_name=self.os, server_os=self._server_os)

    def read_logs(self, path: Path, *, copy: LogCopy | None = None) -> tuple[LogFacts, ...]:
        """Read the logs that a name stands for: one file (``.gz`` too), or those of a folder or archive.

        Raises:
            CannotLook: nothing of that name could be read.

        """
        from certdoctor.gather.logs.reading import read  # noqa: PLC0415 - the signatures are worth loading only for logs

        with silenced():
            return read(fspath(path), copy)

    def inspect(self, path: Path, *, password: bytes | str | None = None, max_size: int = MAX_SIZE) -> Report:
        """Say what is in a file: certificates, keys, requests, and everything odd about them.

        ``password`` opens encrypted keys and containers; a file of more than ``max_size`` bytes is not read.
        Whether a file can be read is told in ``report.evidence.files[0].unreadable``.

        >>> report = Session(at="2026-06-01").inspect("leaf.pem")
        >>> report.evidence.files[0].certificates[0].common_name
        'sql01.example'
        """
        request = Request(
            files=(fspath(path),), password=arguments.secret(password), limits=Limits(size=max_size)
        )
        return self.judge(self.look(request), judge_trust=False)

    def read_log(self, path: Path) -> LogFacts:
        """Say what failed by what one log tells: a file, ``.gz`` too. For folders and archives: ``read_logs``.

        Raises:
            UsageError: the name stands for several logs.
            CannotLook: there is no such file, or it is no log.

        >>> Session().read_log("app.log").events[0].cause
        'missing-issuer'
        """
        found = self.read_logs(path)
        if len(found) != 1:
            raise UsageError(f"{fspath(path)} holds {len(found)} logs.", hint="Read them with read_logs.")
        return found[0]

    def probe(
        self,
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
        """Look at a server: its greeting, the TLS handshake, its certificates. There is no login.

        The arguments are those of ``diagnose``. What goes wrong is in ``failure`` of the answer.

        Raises:
            UsageError: the target, protocol, survey or a time makes no sense.

        >>> Session().probe("127.0.0.1:9", timeout=1).failure.kind
        <FailureKind.REFUSED: 'connection-refused'>
        """
        request = arguments.request(
            target=target,
            protocol=protocol,
            timeout=timeout,
            connect_timeout=connect_timeout,
            cert=cert,
            key=key,
            password=password,
            survey=survey,
        )
        found = self.look(request).probe
        if isinstance(found, Absent):  # pragma: no cover - a target is always probed
            raise UsageError(f"There is no server to look at: {found.reason}.")
        return found

    def verify(
        self,
        chain: Path | Chain,
        *,
        host: str | Sequence[str] = (),
        ca: Path | Sequence[Path] = (),
        clients: str | Sequence[str] = (),
        mode: str | None = None,
    ) -> tuple[ClientVerdict, ...]:
        """Say what each client would do with a chain: a file as the server sends it, or ``probe(…).chain``.

        ``host``, ``ca``, ``clients`` and ``mode`` are those of ``diagnose``. For a file without a certificate there is no answer.

        Raises:
            UsageError: a client is not known.

        >>> [one] = Session(at="2026-06-01").verify("chain.pem", host="other.example", ca="root.pem", clients="go")
        >>> str(one.verdict), one.cause
        ('rejects', 'hostname-mismatch')
        """
        return self.diagnose(chain=chain, host=host, ca=ca, clients=clients, mode=mode).clients

    def sort(
        self, *things: Path, password: bytes | str | None = None, limits: Limits | None = None
    ) -> Sorted:
        """Sort things of any kind by their content: what ``diagnose`` does first.

        A thing is the name of a file, folder or archive (ZIP, tar, gzip, mail), a server, a URL, a connection string,
        or the text of an error. ``given`` of the answer says how each was understood.

        Raises:
            CannotLook: a name is that of a file that is not there.
            UsageError: a thing is none of these.

        >>> [one.understood for one in Session().sort("app.log").given]
        ['log: 1 failure, sql01.example:1433']
        """
        from certdoctor.gather.things import sorting  # noqa: PLC0415 - it loads what reads each kind

        with silenced():
            return sorting.sort(
                [fspath(thing) for thing in things], password=arguments.secret(password), limits=limits
            )

    def cases(self, found: Sorted, asked: Request) -> tuple[Report, ...]:
        """Judge sorted things with what was named besides: a report for each server, one where none was given.

        Evidence and preflight files are left to ``judge_again`` and ``preflight``.

        Raises:
            CannotLook: nothing that was given can be looked into.
            UsageError: a client is not known.

        """
        from certdoctor.gather.things.case import requests  # noqa: PLC0415 - as above

        return tuple(self.judge(self.look(one)) for one in requests(found, asked))

    def prove(self, found: Sorted, asked: Request) -> tuple[Report, ...]:
        """Judge sorted things with what each client trusts on this machine: a report for each set of stores.

        These are its stores, or the CA file that its settings name. A client whose store is not here is inconclusive.

        Raises:
            UsageError: no server was given and no log names one, or a CA file was given, which proves nothing.
            CannotLook: nothing that was given can be looked into.

        """
        from certdoctor import proof  # noqa: PLC0415 - the other methods need nothing of it
        from certdoctor.gather.things.case import requests  # noqa: PLC0415 - as above

        reports: list[Report] = []
        for request in requests(found, asked):
            evidence = self.look(request)
            if isinstance(evidence.probe, Absent):
                raise UsageError("No server is given.", hint="Give its name and port beside the rest.")
            if any(file.role is Role.CA for file in request.examined):
                raise UsageError(
                    "A CA file on the command line proves nothing about the client, which reads its own.",
                    hint="Leave it out; whether it is the right one, certdoctor verify says.",
                )
            evidence = with_settings_file(evidence, request)
            seen = (proof.seen_by(evidence, one) for one in proof.trusting(evidence, self.stores.stores))
            reports += [proof.settled(self.judge(one)) for one in seen]
        return tuple(reports)

    def diagnose(
        self,
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
    ) -> Report:
        r"""Find out why a connection fails: server, logs and files in one report.

        ``things`` are sorted by their content (see ``sort``); what is named by keyword is taken for what it is named.
        A server is looked at where one was given. ``target`` is a host with or without a port (``sql01``, ``sql01,1433``, ``sql01\SALES``), a URL, or a connection
        string. Without it ``chain`` may be what the server sends, leaf first: a file, or ``probe(…).chain``; or
        ``follow_log`` has the server looked at that the logs name. ``ca`` are the CA files that the client was given,
        ``cert`` and ``key`` its own, ``host`` the names by which it calls the server (by default the target's),
        ``clients`` those that have to accept ("node@20", "jdbc"; by default all are asked). ``mode`` is the one in which they
        connect ("default", "off", "require", "ca", "verify", "strict"), by default that of the settings that are known.

        ``protocol`` is "auto", "tds", "tds8", "tls", "postgres", "mysql" or "mongodb". ``timeout`` is for everything that
        is done on the network, ``connect_timeout`` for each TCP connection within it. ``survey`` asks which TLS versions
        ("versions"), and which cipher suites ("ciphers"), are accepted, a connection each.

        Raises:
            UsageError: the target, protocol, client, survey or a time makes no sense, or nothing at all was named, or
                several servers or subjects were.
            CannotLook: a log cannot be read, or a file is not there.

        >>> report = Session(at="2026-06-01").diagnose("app.log", "root.pem")
        >>> report.cause, report.findings[0].rule.code
        ('missing-issuer', 'CD301')
        >>> [(one.name, one.understood) for one in report.evidence.given]
        [('app.log', 'log: 1 failure, sql01.example:1433'), ('root.pem', 'CA certificate "Test Root"')]
        """
        found = self.sort(*things, password=password) if things else None
        if found is None and target is None and chain is None and not (logs or ca or cert or key):
            raise UsageError("There is nothing to diagnose.", hint="Name a server, a chain, logs or files.")
        request = arguments.request(
            target=target,
            chain=None if isinstance(chain, Chain) else chain,
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
        if found is not None:
            reports = self._of_things(found, request)
            if len(reports) != 1:
                raise UsageError(
                    f"These things are about {len(reports)} subjects, and one report is about one.",
                    hint="Give one server or one case at a time.",
                )
            return reports[0]
        evidence = self.look(request)
        if isinstance(chain, Chain):
            evidence = replace(evidence, subject=chain.leaf.label, chain=chain)
        return self.judge(evidence)

    def _of_things(self, found: Sorted, request: Request) -> tuple[Report, ...]:
        if not found.evidence:
            return self.cases(found, request)
        from certdoctor.gather import saved  # noqa: PLC0415 - it needs a library of its own
        from certdoctor.gather.things.case import besides  # noqa: PLC0415 - as above

        more = besides(found, request)
        with silenced():
            runs = [saved.load(path) for path in found.evidence]
        return tuple(report for run in runs for report in self.judge_again(run, more))
