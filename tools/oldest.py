"""Print the requirements of certdoctor with every one at the oldest release that pyproject.toml allows.

    pip install $(python tools/oldest.py)

The tests are run with them, so that the lower bounds are no guesses.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def oldest(requirement: Requirement) -> str | None:
    """Return the requirement at its lower bound; None where it is for another system or Python.

    Raises:
        ValueError: it has no lower bound.

    """
    if requirement.marker is not None and not requirement.marker.evaluate():
        return None
    for specifier in requirement.specifier:
        if specifier.operator == ">=":
            return f"{requirement.name}=={specifier.version}"
    raise ValueError(f"{requirement} has no lower bound")


def main() -> None:
    """Print one a line."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    for text in project["dependencies"]:
        if found := oldest(Requirement(text)):
            print(found)


if __name__ == "__main__":
    main()
