"""What language a log writes, with its words in English."""

from __future__ import annotations

from certdoctor.logs.translations.languages import NAMES
from certdoctor.model.log import LogEvent


def in_english(event: LogEvent) -> str:
    """Return the language of an event's text and its English: "In English, from German: password authentication failed …"; "" for English."""
    if event.language is None:
        return ""
    name = NAMES.get(event.language, "another language")
    return f"In English, from {name}: {event.english}" if event.english else f"The language is {name}."
