"""Knowledge as data. Every file carries ``as_of``, the date on which it was true."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> Any:  # noqa: ANN401 - JSON
    """Return a data file of the package by its name without the ending."""
    return json.loads((files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
