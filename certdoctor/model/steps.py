"""Steps for one trust store."""

from __future__ import annotations

from certdoctor.model.ids import StoreId
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSteps:
    """What to do with one CA file at one store, in this order.

    A step is a sentence, with its command lines below it.
    """

    consumer: StoreId
    title: str
    source: str = ""
    """Where the knowledge comes from, and the day on which it was last checked."""
    refusal: str = ""
    """Why the file must not be added; everything else is then empty."""
    notes: tuple[str, ...] = ()
    """Warnings about this file, and words that the reader has to fill in."""
    prepare: tuple[str, ...] = ()
    """Makes the file one that this store reads: ``add`` needs it done."""
    check: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    prove: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
