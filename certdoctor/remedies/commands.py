"""How a remedy is written: commands with every name quoted, a note for what cannot be."""

from __future__ import annotations

from certdoctor.model.ids import Protocol, ServerSystem, Shell
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies import quoting
from certdoctor.remedies.context import MASK, UNKNOWN_TARGET, RemedyContext
from certdoctor.remedies.quoting import CannotQuote

WHICH_SERVER = "The steps for one of the two systems, in full: add --server-os windows or --server-os linux."
"""Stands once, at the end of a remedy that tells both systems' steps because the server's is not known."""


AZURE = (
    "This is Azure SQL: Microsoft runs the server, its certificate and its settings, and you cannot change them. Connect by "
    "its own name (….database.windows.net); a certificate that is not Microsoft's was put there on the way."
)
"""All that is to be done at a server of Azure SQL."""


UNPACK = "Unpack "
"""How the step begins that says where the files lie."""
IN_POWERSHELL = "Paste the commands into PowerShell; cmd reads quotes and variables differently."
_POWERSHELL_ALONE = frozenset("'$|")
"""Signs that cmd takes otherwise."""


def step(sentence: str, *commands: str) -> str:
    """Return one step: a sentence, and each command alone on its line below it."""
    return "\n".join((sentence, *commands))


def under(label: str, text: str) -> str:
    """Put a step under a label: "On Linux: copy it …"; words in capitals keep them."""
    ordinary = len(text) > 1 and text[0].isupper() and (text[1].islower() or text[1] == " ")
    return f"{label}: {text[0].lower() + text[1:] if ordinary else text}"


ASK = "Give certdoctor the server as well, by name and port: then it prints the command that proves it."
"""In place of a command about a server that nothing names."""


def _without_server(text: str) -> str:
    """Return a step without the commands that would have to name the server."""
    sentence, *commands = text.split("\n")
    kept = [one for one in commands if UNKNOWN_TARGET not in one and MASK not in one]
    if kept == commands:
        return text
    return step(
        sentence
        if kept
        else f"{sentence.rstrip(':. ')} (certdoctor needs the server's name and port for it).",
        *kept,
    )


class Words:
    """Quotes words for commands. Those that no quotes can carry are replaced and listed."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each word that the reader has to fill in."""
        return tuple(self._notes.values())

    def path(self, text: str, stand_in: str, shell: Shell) -> str:
        """Return a path as one word; the stand-in, and a note, where it cannot be one."""
        try:
            return quoting.path(shell, text)
        except CannotQuote as problem:
            return self._note(stand_in, problem)

    def name(self, text: str, stand_in: str, shell: Shell) -> str:
        """Return a name as one word; the stand-in, and a note, where it cannot be one."""
        try:
            return quoting.quote(shell, text)
        except CannotQuote as problem:
            return self._note(stand_in, problem)

    def _note(self, stand_in: str, problem: CannotQuote) -> str:
        self._notes[stand_in] = f"Put the real name in place of {stand_in} yourself: {problem}"
        return stand_in


class Page:
    """One remedy being written for one situation."""

    def __init__(self, situation: RemedyContext) -> None:
        self.situation = situation
        self._words = Words()

    def path(self, text: str, stand_in: str = "FILE", *, shell: Shell | None = None) -> str:
        """Return a path as one word of the reader's shell, or of the one named."""
        return self._words.path(text, stand_in, shell or self.situation.shell)

    def word(self, text: str, stand_in: str, *, shell: Shell | None = None) -> str:
        """Return a name as one word of the reader's shell, or of the one named."""
        return self._words.name(text, stand_in, shell or self.situation.shell)

    @property
    def ca(self) -> str:
        """The CA file as one word."""
        return self.path(self.situation.ca_path, "CA-FILE")

    @property
    def cert(self) -> str:
        """The client certificate file as one word."""
        return self.path(self.situation.cert_path, "CERT-FILE")

    @property
    def key(self) -> str:
        """The private key file as one word."""
        return self.path(self.situation.key_path, "KEY-FILE")

    @property
    def other(self) -> str:
        """The file in question as one word."""
        return self.path(self.situation.other_path)

    @property
    def log(self) -> str:
        """The log as one word."""
        return self.path(self.situation.log_path, "LOG-FILE")

    @property
    def target(self) -> str:
        """The server as one word, with its protocol where that is not SQL Server's: a port alone does not tell it."""
        scheme = "" if self.situation.speaks_tds else f"{self.situation.protocol}://"
        return self.word(f"{scheme}{self.situation.target}", f"{scheme}HOST:PORT")

    @property
    def endpoint(self) -> str:
        """The server as one word, without a protocol."""
        return self.word(self.situation.target, "HOST:PORT")

    def run(self, words: str) -> str:
        """Return a command line of certdoctor."""
        return f"{self.situation.program} {words}"

    def prove(self) -> str:
        """Return the command that repeats the case with what the client trusts where it runs.

        A log names the client and its settings, and goes along. A file that was looked at in the server's place is
        judged against the CA file.
        """
        situation = self.situation
        if situation.chain_path is not None:
            return self.verify()
        about = f" {self.log}" if situation.log_given else ""
        if not about and situation.client_ids:
            about = f" --client {self.word(situation.client_ids[0], 'CLIENT')}"
        return self.run(f"prove {self.target}{about}{self._strictly}")

    def verify(self, *, ca: str | None = None, host: str | None = None) -> str:
        """Return the command that judges the server, or the file looked at in its place, against a CA file.

        ``ca`` and ``host`` are words, ready to paste; without them these are the CA file of the situation, and the
        name for which a file was judged.
        """
        situation = self.situation
        if situation.chain_path is not None and host is None and situation.chain_host:
            host = self.word(situation.chain_host, "HOST")
        subject = self.target if situation.chain_path is None else self.path(situation.chain_path)
        name = f" --host {host}" if host else ""
        known = situation.ca_given or situation.ca_found or situation.chain_path is not None
        ca = ca or (self.ca if known else None)
        return self.run(f"verify {subject}{name}{self._strictly}{f' --ca {ca}' if ca else ''}")

    def probe(self) -> str:
        """Return the command that shows what the server says."""
        return self.run(f"probe {self.target}{self._strictly}")

    @property
    def _strictly(self) -> str:
        """The option without which a target means both ways of TDS."""
        strict = self.situation.protocol is Protocol.TDS8 and self.situation.chain_path is None
        return " --protocol tds8" if strict else ""

    def _of_the_instance(self, text: str) -> str:
        """Return a step with the names of a named instance in place of those of the default one."""
        name = self.situation.instance
        if name is None:
            return text
        for ordinary, own in (
            (" (a named instance is called MSSQL$NAME)", ""),
            (r"NT SERVICE\MSSQLSERVER", rf"NT SERVICE\MSSQL${name}"),
            ("-Name MSSQLSERVER", f"-Name 'MSSQL${name}'"),
            ("Protocols for the instance", f"Protocols for {name}"),
        ):
            text = text.replace(ordinary, own)
        return text

    def _about_the_server(self, owner: Owner) -> tuple[str, ...]:
        """Say for which system the steps at the server are, where the evidence decided it."""
        match self.situation.server_on:
            case ServerSystem.WINDOWS:
                name = "Windows"
            case ServerSystem.LINUX:
                name = "Linux"
            case ServerSystem.AZURE | None:
                return ()
        if not self.situation.server_because or owner in {Owner.CLIENT, Owner.NETWORK}:
            return ()
        return (f"The server runs on {name}: {self.situation.server_because}.",)

    def _about_the_shell(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """Say which shell of Windows takes the commands, where the two differ and no step says it."""
        if self.situation.shell is not Shell.POWERSHELL or any("PowerShell" in one for one in steps):
            return ()
        commands = [line for one in steps[:-1] for line in one.split("\n")[1:]]
        return (IN_POWERSHELL,) if any(_POWERSHELL_ALONE & {*line} for line in commands) else ()

    def remedy(
        self,
        *,
        summary: str,
        owner: Owner,
        steps: tuple[str, ...],
        proof: str,
        gives_up: str = "",
    ) -> Remedy:
        """Return the remedy; it weakens security exactly when it gives something up."""
        if AZURE in steps:
            steps = (AZURE,)
        hint = (WHICH_SERVER,) if WHICH_SERVER in steps else ()
        steps = tuple(self._of_the_instance(one) for one in steps)
        archive = self.situation.packed_in
        if not self.situation.is_named:
            steps = tuple(map(_without_server, steps))
            proof = ASK if UNKNOWN_TARGET in proof or MASK in proof else proof
        names = (self.situation.ca_path, self.situation.cert_path, self.situation.key_path)
        unpack = bool(archive) and any(name in one for name in names for one in (*steps, proof))
        return Remedy(
            summary=summary,
            owner=owner,
            steps=(
                *self._words.notes,
                *((f"{UNPACK}{archive}: the files are in it.",) if unpack else ()),
                *self._about_the_server(owner),
                *self._about_the_shell((*steps, proof)),
                *(s for s in steps if s != WHICH_SERVER),
                *hint,
            ),
            proof=proof,
            weakens_security=bool(gives_up),
            gives_up=gives_up,
        )
