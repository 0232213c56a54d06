"""Where the translated messages come from, and how each source keeps them.

Every source is taken from a package registry by its ordinary client. A template is normalised: its places are
``{1}``, ``{2}``, … in the order of the English text, and runs of blanks are one blank.
"""

from __future__ import annotations

import gettext
import re
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from tools.translations import dotnet, java

Texts = dict[str, dict[str, list[str]]]
"""English template → language → templates."""


class Normaliser(Protocol):
    """What turns a text of a source into a template."""

    def __call__(self, text: str) -> str:
        """Return the template of a text."""
        ...


_C_PLACE = re.compile(r"%(?:(\d+)\$)?[-+ #0]*\d*(?:\.\d+)?(?:ll|l|z|h)?([sdiucxXm%])")
_NET_PLACE = re.compile(r"\{(\d+)(?::[^}]*)?\}")
_PGJDBC = "package/dist/liquibase/internal/lib/postgresql.jar"
_MSSQL_JDBC = (
    "package/dist/liquibase/internal/lib/mssql-jdbc.jar",
    "package/dist/drivers/mssql-jdbc-7.4.1.jre8.jar",
)
"""A new and an old version: wordings changed."""
_LANGUAGES = {"zh_CN": "zh-Hans", "zh_TW": "zh-Hant", "pt_BR": "pt"}
_DOTNET_ORDER = ("en", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh-Hans", "zh-Hant")
"""The order of the satellite assemblies in the image, by the names of their cultures."""


@dataclass(frozen=True)
class Package:
    """A package of a registry."""

    fetch: tuple[str, ...]
    """The command that brings it into the current folder."""
    files: str
    """Pattern of its name there."""


PACKAGES = {
    "postgresql": Package(("apt-get", "download", "-qq", "postgresql-15"), "postgresql-15_*.deb"),
    "libpq": Package(("apt-get", "download", "-qq", "libpq5"), "libpq5_*.deb"),
    "liquibase": Package(("npm", "pack", "--silent", "liquibase@4.28.1"), "liquibase-*.tgz"),
    "arrowsqlbcpy": Package(
        (
            "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--platform=manylinux_2_17_x86_64",
            "--python-version=3.11", "arrowsqlbcpy==0.2.1",
        ),
        "arrowsqlbcpy-*.whl",
    ),
}  # fmt: skip


def fetch(folder: Path) -> dict[str, Path]:
    """Bring the packages that are not in ``folder`` yet there, and return the path of each."""
    found: dict[str, Path] = {}
    for name, package in PACKAGES.items():
        if not list(folder.glob(package.files)):
            subprocess.run(package.fetch, cwd=folder, check=True)
        found[name] = max(folder.glob(package.files))
    return found


def read(packages: dict[str, Path], work: Path) -> dict[str, Texts]:
    """Return the texts of each source by its id in ``messages.json``."""
    with tarfile.open(packages["liquibase"]) as archive:
        for name in (_PGJDBC, *_MSSQL_JDBC):
            archive.extract(name, work, filter="data")
    return {
        "postgresql": _gettext(packages["postgresql"], "postgres-15.mo", work / "postgresql"),
        "libpq": _gettext(packages["libpq"], "libpq5-15.mo", work / "libpq"),
        "pgjdbc": _pgjdbc(work / _PGJDBC),
        "mssql-jdbc": _merged(_mssql_jdbc(work / name) for name in _MSSQL_JDBC),
        "sqlclient": _sqlclient(packages["arrowsqlbcpy"]),
    }


def _add(texts: Texts, english: str, language: str, translated: str) -> None:
    if translated and translated != english:
        texts.setdefault(english, {}).setdefault(language, []).append(translated)


def _merged(parts: Iterable[Texts]) -> Texts:
    texts: Texts = {}
    for part in parts:
        for english, languages in part.items():
            for language, forms in languages.items():
                texts.setdefault(english, {}).setdefault(language, []).extend(forms)
    return texts


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _from_c(text: str) -> str:
    count = 0

    def place(match: re.Match[str]) -> str:
        nonlocal count
        if match[2] == "%":
            return "%"
        count += 1
        return f"{{{match[1] or count}}}"

    return _one_line(_C_PLACE.sub(place, text))


def _from_net(text: str) -> str:
    return _one_line(_NET_PLACE.sub(lambda match: f"{{{int(match[1]) + 1}}}", text))


def _from_java(text: str) -> str:
    return _from_net(text.replace("''", "'"))


def _gettext(package: Path, file: str, work: Path) -> Texts:
    subprocess.run(("dpkg-deb", "-x", str(package), str(work)), check=True)
    texts: Texts = {}
    for path in sorted(work.glob(f"usr/share/locale/*/LC_MESSAGES/{file}")):
        code = path.parent.parent.name
        with path.open("rb") as stream:
            catalogue: dict[object, str] = vars(gettext.GNUTranslations(stream))["_catalog"]
        for message, translated in catalogue.items():
            if isinstance(message, str) and message:
                _add(texts, _from_c(message), _LANGUAGES.get(code, code), _from_c(translated))
    return texts


def _pgjdbc(jar: Path) -> Texts:
    texts: Texts = {}
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            match = re.fullmatch(r"org/postgresql/translation/messages_(\w+)\.class", name)
            if match:
                loaded = java.loaded_strings(archive.read(name))
                for english, translated in zip(loaded[::2], loaded[1::2], strict=False):
                    if english:
                        language = _LANGUAGES.get(match[1], match[1])
                        _add(texts, _from_java(english), language, _from_java(translated))
    return texts


def _mssql_jdbc(jar: Path) -> Texts:
    bundles: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(jar) as archive:
        for name in sorted(archive.namelist()):
            match = re.fullmatch(r"com/microsoft/sqlserver/jdbc/SQLServerResource(?:_(\w+))?\.class", name)
            if match:
                loaded = java.loaded_strings(archive.read(name))
                pairs = pairwise(loaded)
                bundles[match[1] or "en"] = {key: text for key, text in pairs if key.startswith("R_")}
    return _by_key(bundles, _from_java)


def _sqlclient(wheel: Path) -> Texts:
    with zipfile.ZipFile(wheel) as archive:
        image = archive.read(next(name for name in archive.namelist() if name.endswith(".so")))
    found = [strings for strings in dotnet.sets(image) if "SNI_PN7" in strings]
    if len(found) != len(_DOTNET_ORDER):
        raise ValueError(f"{wheel.name} holds {len(found)} sets of SqlClient's strings")
    return _by_key(dict(zip(_DOTNET_ORDER, found, strict=True)), _from_net)


def _by_key(bundles: dict[str, dict[str, str]], normalised: Normaliser) -> Texts:
    texts: Texts = {}
    for key, english in bundles.pop("en").items():
        for language, strings in bundles.items():
            _add(
                texts,
                normalised(english),
                _LANGUAGES.get(language, language),
                normalised(strings.get(key, "")),
            )
    return texts
