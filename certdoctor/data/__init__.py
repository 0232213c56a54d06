"""Knowledge as data. Every file carries ``as_of``, the date on which it was true."""

from __future__ import annotations

import json
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from certdoctor.model.ids import ClientId

Id = TypeVar("Id", bound=Enum)


@cache
def load(name: str) -> Any:  # noqa: ANN401 - JSON
    """Return a data file of the package by its name without the ending."""
    return json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))


def known(ids: type[Id], word: object, place: str) -> Id:
    """Return the member that a word in a data file names; ``place`` is the file and the entry.

    Raises:
        ValueError: there is no such id: a mistake in the file, never of the user.

    """
    try:
        return ids(word)
    except ValueError:
        raise ValueError(f'{place}: there is no {ids.__name__} "{word}"') from None


def client_id(name: str, *, file: str, entry: str) -> ClientId:
    """Return the client that an entry of a data file names.

    Raises:
        ValueError: there is no such client: a mistake in the file, never of the user.

    """
    try:
        return ClientId(name)
    except ValueError:
        raise ValueError(f'data/{file}.json, entry "{entry}": there is no client "{name}"') from None
