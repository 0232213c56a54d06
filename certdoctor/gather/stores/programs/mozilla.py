"""Mozilla's list of public roots in the certifi package: a store, and the list with which others are compared.

It also stands for the list built into Node and Electron, from which it differs by at most a version; reports
name it.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import metadata
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.gather.files.reading import load
from certdoctor.gather.stores import pem_files
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Store, StoreDefect, StoreKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Mozilla:
    """The list of public roots."""

    version: str
    path: str
    certificates: tuple[Certificate, ...] | Absent
    edited: bool
    """Whether the file differs from the one that the package installed."""

    def store(self) -> Store:
        """Return the list as a store of this machine."""
        defects: tuple[StoreDefect, ...] = ()
        if self.edited:
            defects = (
                StoreDefect(
                    slug="certifi-edited",
                    text=(
                        f"{self.path} was changed by hand: the next upgrade of certifi undoes that. Name a file of your "
                        "own in REQUESTS_CA_BUNDLE or SSL_CERT_FILE instead."
                    ),
                    path=self.path,
                ),
            )
        return Store(
            id="certifi",
            title=f"certifi {self.version} list",
            kind=StoreKind.BUILT_IN,
            path=self.path,
            readers=("requests", "httpx", "pip"),
            certificates=self.certificates,
            defects=defects,
            note="The copy beside certdoctor; every Python environment has its own.",
        )


def read() -> Mozilla:
    """Return the list of the certifi package beside certdoctor."""
    import certifi  # noqa: PLC0415 - only for those who look at stores

    path = certifi.where()
    read_bundle = pem_files.bundle(Path(path), path)
    return Mozilla(
        version=certifi.__version__,
        path=path,
        certificates=read_bundle if isinstance(read_bundle, Absent) else read_bundle.certificates,
        edited=_edited(path),
    )


def _edited(path: str) -> bool:
    """Whether the file differs from the digest recorded at installation (PEP 376, RECORD)."""
    try:
        recorded = next(
            (f.hash for f in metadata.files("certifi") or () if f.name == "cacert.pem" and f.hash), None
        )
        data = load(path)
    except (metadata.PackageNotFoundError, CannotLook):
        return False
    if recorded is None or recorded.mode != "sha256":
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return digest != recorded.value.rstrip("=")
