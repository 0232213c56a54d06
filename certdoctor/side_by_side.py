"""Two clients side by side: what each does with one server, in what they differ, and why one connects.

"It works in SSMS, not in Hackolade" is answered here. The verdicts are those of ``certdoctor.trust.modes``; what each
client is set to follows from the mode that is named with it, else from the settings that are known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from certdoctor.clients import entries, named_in_logs, select
from certdoctor.clients.entry.client import Client, DefaultTrust, MachineStore
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection, wanted
from certdoctor.clients.entry.products import product
from certdoctor.errors import UsageError
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.ids import Database, Mode
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, ClientVerdict, Comparison, Difference, ModeVerdict, Side

_STORES = {
    MachineStore.OPENSSL: "the store of the system's OpenSSL",
    MachineStore.PYTHON: "the store of Python's ssl",
    MachineStore.GO: "the system's bundle and folders",
    MachineStore.BUNDLE: "the system's bundle",
    MachineStore.NODE: "the list built into it",
    MachineStore.JAVA: "Java's cacerts",
    MachineStore.DOTNET: "the store of .NET",
    MachineStore.WINDOWS: "the Windows certificate store",
    MachineStore.KEYCHAIN: "the keychains of macOS",
}
_ABOUT_TRUST = frozenset({"missing-issuer", "incomplete-chain", "self-signed-leaf", "self-signed-in-chain"})
"""Causes that another set of roots takes away."""

_NOT_LOOKED = "no server and no chain was looked at"


def clients_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the clients in words such as "ssms=require", without the modes.

    Raises:
        UsageError: these are not two, a client is not known, or a mode is none.

    """
    if len(words) != 2 or words[0] == words[1]:  # noqa: PLR2004 - a comparison has two sides
        raise UsageError(
            "A comparison takes two clients.",
            hint="Name them with a comma between, as ssms,hackolade; a mode may follow each: ssms=require,hackolade.",
        )
    for word in words:
        name, equals, mode = word.partition("=")
        select((name,))
        if equals and mode not in set(Mode):
            raise UsageError(f"{mode[:40]} is no mode.", hint=f"There are {', '.join(Mode)}.")
        entry = select((name,))[0]
        having = dict.fromkeys(one for database in (None, *Database) for one in entry.modes_on(database))
        if equals and mode not in having:
            raise UsageError(f"{entry.title} has no mode {mode}.", hint=f"It has {', '.join(having)}.")
    return tuple(dict.fromkeys(select((word.partition("=")[0],))[0].id for word in words))


def sides_of(evidence: Evidence) -> tuple[str, ...]:
    """Return the two that are compared: those asked for, or the one that a log names and the other that the user names.

    Evidence files are made by anybody: what they ask for counts only if it can be compared.
    """
    if evidence.compared:
        try:
            clients_of(evidence.compared)
        except UsageError:
            return ()
        return evidence.compared
    logged = tuple(evidence.clients_in_logs)
    if len(logged) != 1 or len(evidence.clients) != 1:
        return ()
    in_log, named = named_in_logs(logged[0]), named_in_logs(evidence.clients[0])
    if in_log is None or named is None or in_log.client is named.client:
        return ()
    return (*logged, *evidence.clients)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One side, and what its entry says of it."""

    side: Side
    modes: Modes

    @property
    def unencrypted(self) -> bool:
        """Whether it offers no encryption."""
        return self.modes[self.side.mode].encrypts is Encrypts.NEVER

    @property
    def way_in(self) -> str:
        """In which mode that checks less it connects all the same, as a sentence; empty where in none."""
        side = self.side
        for mode, what in ((Mode.REQUIRE, "checking nothing"), (Mode.OFF, "without encryption")):
            if mode is not side.mode and mode.value in side.connects_in:
                how = self.modes[mode].settings
                return f"Where {side.name} is seen to connect, look whether it is set to {mode.value} ({how}), {what}."
        return ""


def compare(evidence: Evidence, clients: Sequence[ClientVerdict]) -> Comparison | None:
    """Return the comparison of the two that are asked about; None where none is.

    None too where a client does not have its mode with this database. Without a server and a chain the log tells of the
    client that it names, and the other is open.
    """
    words = sides_of(evidence)
    if not words:
        return None
    one, other = (_judged(word, evidence, clients) for word in words)
    if one is None or other is None:
        return None
    if one.side.name == other.side.name:
        one, other = (
            replace(each, side=replace(each.side, name=f"{each.side.name} ({each.side.mode})"))
            for each in (one, other)
        )
    first, second = one.side, other.side
    rows = [
        ("client", first.client, second.client),
        ("mode", first.mode.value, second.mode.value),
        ("settings", first.settings, second.settings),
        ("checks", first.checks, second.checks),
        ("trusts", first.trusts, second.trusts),
    ]
    if clients:
        among, others = (", ".join(side.connects_in) or "no mode" for side in (first, second))
        rows.append(("connects in", among, others))
    return Comparison(
        sides=(first, second),
        differences=tuple(Difference(what=what, first=a, second=b) for what, a, b in rows if a != b),
        why=_why(one, other),
    )


def _judged(word: str, evidence: Evidence, clients: Sequence[ClientVerdict]) -> _Judged | None:
    name, _, mode_named = word.partition("=")
    entry = named_in_logs(name) or select((name,))[0]
    database = None if isinstance(evidence.probe, Absent) else evidence.probe.protocol.database
    modes = entry.modes_on(database)
    mode = Mode(mode_named) if mode_named else _own(entry, evidence)
    known = product(name)
    title = known.title if known else entry.title
    if mode not in modes:
        return None
    verdict = next((v for v in clients if v.client == entry.id), None)
    each = () if verdict is None else verdict.modes
    said = next((one for one in each if one.mode is mode), None) or _by_log(entry, mode, modes, evidence)
    protection = modes[mode]
    given = mode is not Mode.DEFAULT and any(file.role is Role.CA for file in evidence.files)
    side = Side(
        name=title,
        client=entry.id,
        mode=mode,
        settings=protection.settings,
        checks=_checked(protection, evidence, ca_given=given).value,
        trusts=_trusts(entry, ca_given=given),
        verdict=said.verdict,
        cause=said.cause,
        code=said.code,
        message=said.brief or said.message,
        note=said.note,
        connects_in=tuple(one.mode.value for one in each if one.verdict is Answer.ACCEPTS),
    )
    return _Judged(side, modes)


def _by_log(entry: Client, mode: Mode, modes: Modes, evidence: Evidence) -> ModeVerdict:
    """Say what a log tells of the client: its last failure; nothing is known of one that no log names."""
    settings = modes[mode].settings
    failures = [
        event
        for log in evidence.logs
        for event in log.events
        if event.side == "client" and event.client == entry.client and event.cause != "no-problem"
    ]
    if failures:
        last = failures[-1]
        return ModeVerdict(
            mode=mode,
            settings=settings,
            verdict=Answer.REJECTS,
            cause=last.cause,
            code=last.code,
            message=last.text,
        )
    return ModeVerdict(mode=mode, settings=settings, verdict=Answer.UNKNOWN, message=_NOT_LOOKED)


def _own(entry: Client, evidence: Evidence) -> Mode:
    """Return the mode that is known of a client: the settings in a log are those of the client that it names."""
    logged = {found.client for name in evidence.clients_in_logs if (found := named_in_logs(name)) is not None}
    if logged and entry.client not in logged:
        return Mode.VERIFY
    return wanted(evidence.settings, entry.mode_words) or Mode.VERIFY


def _checked(protection: Protection, evidence: Evidence, *, ca_given: bool) -> Checks:
    if protection.encrypts is Encrypts.NEVER:
        return Checks.NOTHING
    forced = not isinstance(evidence.probe, Absent) and evidence.probe.forces_encryption is True
    if protection.encrypts is Encrypts.LOGIN and forced and protection.forced is not None:
        return protection.forced
    return protection.checked(ca_given=ca_given)


def _trusts(entry: Client, *, ca_given: bool) -> str:
    """Return what a client trusts; a driver reads what its runtime reads."""
    reads = entry.store.reads
    if not reads and entry.store.steps is not None:
        same = (e.store.reads for e in entries().values() if e.store.steps is entry.store.steps)
        reads = next((found for found in same if found), reads)
    own = " and ".join(text for store, text in _STORES.items() if store in reads)
    if ca_given and (entry.ca_file_replaces or not own):
        return "the CA file given"
    # A store that was not looked at decides, whatever file is at hand.
    added = ca_given and entry.default_trust is not DefaultTrust.UNKNOWN
    return f"{own} and the CA file given" if added else own or "the CA file that it is given"


def _why(one: _Judged, other: _Judged) -> str:
    first, second = one.side, other.side
    order = (Answer.ACCEPTS, Answer.UNKNOWN, Answer.REJECTS)
    if first.verdict is second.verdict:
        return _alike(one, other)
    better, worse = sorted((one, other), key=lambda judged: order.index(judged.side.verdict))
    connects, refuses = better.side, worse.side
    if connects.verdict is Answer.UNKNOWN:
        return " ".join(filter(None, (_open(connects, refuses), better.way_in)))
    if refuses.verdict is Answer.UNKNOWN:
        return f"{connects.name} connects. Whether {refuses.name} does is open: {refuses.message}."
    since = f"{connects.name} connects{_since(better, refuses)}"
    proves = better.unencrypted or connects.checks == Checks.NOTHING
    caution = f" That {connects.name} connects says nothing of the certificate." if proves else ""
    return f"{since}; {refuses.name} {_refuses(refuses)}.{caution}"


def _alike(one: _Judged, other: _Judged) -> str:
    """Say why both connect, or both do not."""
    first, second = one.side, other.side
    match first.verdict:
        case Answer.ACCEPTS:
            loose = [
                judged.side.name
                for judged in (one, other)
                if judged.unencrypted or judged.side.checks == Checks.NOTHING
            ]
            caution = f" Nothing of the certificate is checked by {' and '.join(loose)}." if loose else ""
            return f"Both connect.{caution}"
        case Answer.REJECTS:
            each = f"{first.name} for {first.cause}, {second.name} for {second.cause}"
            fault = f"for the same cause, {first.cause}" if first.cause == second.cause else each
            return " ".join(filter(None, (f"Both refuse, {fault}.", one.way_in, other.way_in)))
        case Answer.UNKNOWN:
            ways = (one.way_in, other.way_in)
            return " ".join(filter(None, (f"Nothing can be said of either: {first.message}.", *ways)))


def _open(side: Side, refuses: Side) -> str:
    """Say on what it depends whether one connects where the other does not."""
    if side.message == _NOT_LOOKED:
        return f"{refuses.name} {_refuses(refuses)}, as the log says. Of {side.name} nothing is known: {_NOT_LOOKED}."
    if refuses.cause in _ABOUT_TRUST:
        depends = f"{side.name} connects if {side.trusts} holds the root, which was not looked at"
        return f"{depends}; {refuses.name} trusts {refuses.trusts}, {_refuses(refuses)}."
    return f"{refuses.name} {_refuses(refuses)}. Whether {side.name} does is open: {side.message}."


def _since(judged: _Judged, refuses: Side) -> str:
    """Return the reason for which a client connects where another does not."""
    side, protection = judged.side, judged.modes[judged.side.mode]
    if judged.unencrypted:
        return f" without encryption ({side.settings}), where no certificate comes up"
    if side.note and "clear text" in side.note:
        when = "fails" if protection.clear_text is ClearText.IF_TLS_FAILS else "is not offered"
        reason = f"it goes on in clear text where TLS {when}"
    elif side.checks == Checks.NOTHING:
        reason = f"it checks nothing of the certificate ({side.settings})"
    elif refuses.cause == "hostname-mismatch" and side.checks == Checks.CHAIN:
        reason = f"it checks the chain and not the name ({side.settings})"
    elif refuses.cause in _ABOUT_TRUST and side.trusts != refuses.trusts:
        reason = f"it trusts {side.trusts}, and {refuses.name} {refuses.trusts}"
    else:
        reason = f"{refuses.cause} is no reason for it to refuse"
    return f" since {reason}"


def _refuses(side: Side) -> str:
    checks = f"checks {side.checks} and " if side.checks != Checks.NOTHING else ""
    return f"{checks}refuses: {side.cause}"
