"""How a remedy is put on paper: commands with every name quoted, a note for what cannot be."""

from __future__ import annotations

from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies import quoting
from certdoctor.remedies.quoting import CannotQuote, Shell
from certdoctor.remedies.situation import Situation


def step(sentence: str, *commands: str) -> str:
    """Return one step: a sentence, and each command alone on its line below it."""
    return "\n".join((sentence, *commands))


def under(label: str, text: str) -> str:
    """Put a step under a label: "On Linux: copy it …"; words in capitals keep them."""
    ordinary = len(text) > 1 and text[0].isupper() and (text[1].islower() or text[1] == " ")
    return f"{label}: {text[0].lower() + text[1:] if ordinary else text}"


class Words:
    """Quotes words for commands. Those that no quotes can carry are replaced and listed."""

    def __init__(self) -> None:
        """Begin without notes."""
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

    def __init__(self, situation: Situation) -> None:
        """Write for this situation."""
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
    def target(self) -> str:
        """The server as one word."""
        return self.word(self.situation.target, "HOST:PORT")

    def run(self, words: str) -> str:
        """Return a command line of certdoctor."""
        return f"{self.situation.program} {words}"

    def verify(self) -> str:
        """Return the command that judges the server against the CA file."""
        return self.run(f"verify {self.target} --ca {self.ca}")

    def probe(self) -> str:
        """Return the command that shows what the server says."""
        return self.run(f"probe {self.target}")

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
        return Remedy(
            summary=summary,
            owner=owner,
            steps=(*self._words.notes, *steps),
            proof=proof,
            weakens_security=bool(gives_up),
            gives_up=gives_up,
        )
