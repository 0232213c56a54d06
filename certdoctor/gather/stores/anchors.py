"""The folder in which an administrator puts local CAs, and whether its files reached the system's stores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from certdoctor.formats.encodings import oddities
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.pem_files import examine, unique
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Form
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Store, StoreDefect, StoreKind

_MAX_FILES = 500
_MAX_CONF = 1 << 20
_SILENT_UPDATE = "update-ca-certificates says nothing about it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The facts of the folder."""

    path: str
    update: str
    """The command that rebuilds the bundle."""
    certificates: tuple[Certificate, ...] = ()
    """Certificates in the folder that are not in the bundle."""
    defects: tuple[StoreDefect, ...] = ()


def local(machine: Machine, family: dict[str, Any], stores: list[Store]) -> Local:
    """Compare the folder of local CAs with the stores made from it."""
    shown = str(family["local"])
    bundle = next((s for s in stores if s.kind is StoreKind.BUNDLE), None)
    hashed = next((s for s in stores if s.kind is StoreKind.DIRECTORY), None)
    in_bundle = {c.sha256 for c in bundle.known} if bundle else set()
    in_hashed = {c.sha256 for c in hashed.known} if hashed and hashed.known else None
    defects = [*_deselected(machine, family)]
    waiting: list[Certificate] = []
    sources: set[str] = set()
    for path in _files(machine.at(shown)):
        facts = examine(path, machine.shown(path))
        sources |= {c.sha256 for c in facts.certificates}
        missing = [c for c in facts.certificates if c.sha256 not in in_bundle]
        waiting += missing
        defects += _of_file(facts, family, missing=bool(missing), hashed=in_hashed)
    if bundle and not isinstance(bundle.added, Absent) and bundle.compared_with in family["vendor"]:
        defects += _without_source(bundle, sources, shown, str(family["update"]))
    return Local(
        path=shown, update=str(family["update"]), certificates=unique(waiting), defects=tuple(defects)
    )


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for where, _, names in os.walk(folder, followlinks=False):
        found += [Path(where, name) for name in sorted(names)]
        if len(found) >= _MAX_FILES:
            break
    return [path for path in found[:_MAX_FILES] if path.is_file()]


def _of_file(
    facts: FileFacts, family: dict[str, Any], *, missing: bool, hashed: set[str] | None
) -> Iterator[StoreDefect]:
    for defect in _seen_in(facts, family, missing=missing, hashed=hashed):
        yield replace(defect, concerns=tuple(c.sha256 for c in facts.certificates))


def _seen_in(
    facts: FileFacts, family: dict[str, Any], *, missing: bool, hashed: set[str] | None
) -> Iterator[StoreDefect]:
    path, update = facts.path, str(family["update"])
    if not facts.certificates and not any(o.kind == "certificate" for o in facts.objects):
        if facts.unreadable or any(o.kind == "private key" for o in facts.objects):
            yield _defect(
                "no-certificate", path, f"{path} holds no certificate: nothing is taken from it.", loses=False
            )
        return
    if any(o.kind == "private key" for o in facts.objects):
        yield _defect(
            "key-in-store",
            path,
            f"{path} holds a private key beside the certificate: remove it, everyone on the machine may read it.",
            loses=False,
        )
    if family["endings"] and not path.endswith(tuple(family["endings"])):
        yield _defect(
            "wrong-ending",
            path,
            f"{path} does not end in {' or '.join(family['endings'])}, so it is ignored, and {_SILENT_UPDATE}: "
            f"rename it and run {update}.",
            loses=missing,
        )
        return
    yield from _content(facts, family, hashed=hashed)
    if missing and facts.format == Form.PEM:
        yield _defect(
            "not-taken-in",
            path,
            f'{path} is not in the bundle ("{facts.certificates[0].label}"): run {update}.',
        )


def _content(facts: FileFacts, family: dict[str, Any], *, hashed: set[str] | None) -> Iterator[StoreDefect]:
    path = facts.path
    if facts.format == Form.DER_CERTIFICATE and not family["takes_der"]:
        yield _defect(
            "der-file",
            path,
            f"{path} is DER: update-ca-certificates says that it was added, and puts bytes into the bundle "
            "that nobody can read. Write it as PEM under the same name.",
        )
    elif any(o.slug == oddities.UTF16 for o in facts.oddities):
        yield _defect("utf16-file", path, f"{path} is UTF-16: OpenSSL finds nothing in it. Write it as PEM.")
    count = len(facts.certificates)
    if family["one_each"] and count > 1:
        unlinked = hashed is not None and any(c.sha256 not in hashed for c in facts.certificates)
        yield _defect(
            "several-in-one",
            path,
            f"{path} holds {count} certificates: they come into the bundle, but get no hashed name, so what looks "
            "in the hashed directory does not find them. Put each into a file of its own.",
            loses=unlinked,
        )
    for certificate in facts.certificates:
        if not certificate.is_ca and not certificate.self_signed:
            yield _defect(
                "leaf-as-root",
                path,
                f'{path} holds "{certificate.label}", which is no CA: trusting it helps few clients, and none after '
                "it is renewed. Put its root there.",
            )
            break


def _deselected(machine: Machine, family: dict[str, Any]) -> Iterator[StoreDefect]:
    """Report the roots that ca-certificates.conf deselects with ! (update-ca-certificates(8))."""
    if not family["deselected"]:
        return
    conf = machine.at(str(family["deselected"]))
    try:
        with conf.open("rb") as file:
            text = file.read(_MAX_CONF).decode("utf-8", "replace")
    except OSError:
        return  # not every image has this file; without it nothing is deselected
    names = [line[1:].strip() for line in text.splitlines() if line.startswith("!")]
    if names:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
        yield _defect(
            "deselected",
            str(family["deselected"]),
            f"{family['deselected']} switches {len(names)} of the vendor's roots off with !: {shown}.",
            loses=False,
        )


def _without_source(bundle: Store, sources: set[str], folder: str, update: str) -> Iterator[StoreDefect]:
    added = () if isinstance(bundle.added, Absent) else bundle.added
    for certificate in added:
        if certificate.sha256 not in sources:
            yield _defect(
                "without-source",
                bundle.path or "",
                f'"{certificate.label}" is in the bundle, but no file of {folder} holds it: the next {update} '
                "drops it. Put its file there.",
                loses=False,
            )


def _defect(slug: str, path: str, text: str, *, loses: bool = True) -> StoreDefect:
    return StoreDefect(slug=slug, text=text, path=path, loses=loses)
