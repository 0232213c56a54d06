"""What language a log writes, with its words in English."""

from __future__ import annotations

from certdoctor.logs.translations.languages import NAMES
from certdoctor.model.log import LogEvent


def in_english(event: LogEvent) -> str:
    """Return the language of an event's text and its English: "German: password authentication failed …"; "" for English."""
    if event.language is None:
        return ""
    name = NAMES.get(event.language, event.language)  # evidence from elsewhere may name any
    return f"{name}, in English: {event.english}" if event.english else f"in {name}"
