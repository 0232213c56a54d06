"""Knowledge as data. Every file carries ``as_of``, the date on which it was true."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from certdoctor.model.ids import ClientId


@cache
def load(name: str) -> Any:  # noqa: ANN401 - JSON
    """Return a data file of the package by its name without the ending."""
    return json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))


def client_id(name: str, *, file: str, entry: str) -> ClientId:
    """Return the client that an entry of a data file names.

    Raises:
        ValueError: there is no such client: a mistake in the file, never of the user.

    """
    try:
        return ClientId(name)
    except ValueError:
        raise ValueError(f'data/{file}.json, entry "{entry}": there is no client "{name}"') from None
