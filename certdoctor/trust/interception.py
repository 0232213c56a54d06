"""Security products that put their own certificate in place of a server's, recognised by the issuer's name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from certdoctor.model.certificate import Certificate


def recognise(path: Iterable[Certificate]) -> str | None:
    """Return the product whose name stands in an issuer of the path, None when there is none."""
    names = " \n".join(certificate.issuer.lower() for certificate in path)
    return next((product for word, product in _words() if word in names), None)


@lru_cache(maxsize=1)
def _words() -> tuple[tuple[str, str], ...]:
    text = resources.files("certdoctor").joinpath("data", "interception.json").read_text(encoding="utf-8")
    return tuple((word, one["name"]) for one in json.loads(text)["products"] for word in one["words"])
