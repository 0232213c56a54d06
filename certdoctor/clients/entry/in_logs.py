"""How logs name a client: words that only it writes, and the forms in which programs are named.

A form is an expression with a literal that must occur for it to match. Its group "v" is the version, its group
"w" a version without the dot (Python311), its group "t" what of it is shown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass

VERSION = r"(?P<v>\d{1,4}(?:\.\d{1,5}){1,3}(?:-(?:rc|beta|alpha|pre|preview)[.\d]{0,6})?)(?![\w.]*\d)"
VERSION_OF_THREE = (
    r"(?P<v>\d{1,4}\.\d{1,5}\.\d{1,6}(?:-(?:rc|beta|alpha|pre|preview)[.\d]{0,6})?)(?![\w.]*\d)"
)

ON_NODE = frozenset({ClientId.NODE, ClientId.ELECTRON})
ON_JAVA = frozenset({ClientId.JDBC, ClientId.JAVA})
ON_DOTNET = frozenset({ClientId.SQLCLIENT_LINUX, ClientId.SQLCLIENT_WINDOWS})
ON_PYTHON = frozenset({ClientId.PYTHON, ClientId.PYTDS})
ON_GO = frozenset({ClientId.GO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form in which logs name a program."""

    needle: str
    """Lower-case literal that must occur for the expression to match."""
    expression: str
    name: str
    """As people write it: "Node.js"."""
    is_client: bool = False
    """Whether the version of the client id (``node@20``) is that of this program."""
    serves: frozenset[ClientId] = frozenset()
    """Clients that run on this program or beside it."""
    told: int | None = None
    """The program's place where several are told, smaller first; None: that of the client's programs."""
    client: ClientId | None = None
    """The client that the program gives away; in the client's own file, nobody has to say so."""
    application: bool = False
    """Whether it is an application: it is told for every failure of a log that names no other."""
    beneath: bool = False
    """Whether programs in other languages stand on it and pass its words on: it is the client where none is named."""
    language: bool = False
    """Whether it is a language whose drivers are no clients of their own here."""
    server: bool = False
    """Whether it is a server: it is told for the failures that a server wrote down, and for no others."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression, compiled at its first use: of a hundred a log needs a few."""
        return _compiled(self.expression)

    def version(self, match: re.Match[str]) -> str | None:
        """Return the version of a match, None where there is none."""
        groups = match.groupdict()
        if joined := groups.get("w"):
            return f"{joined[0]}.{joined[1:]}"
        return groups.get("v")

    def words(self, match: re.Match[str]) -> str:
        """Return the words of a match that name the program, on one line."""
        return " ".join((match.groupdict().get("t") or match[0]).split())


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@dataclass(frozen=True, slots=True, kw_only=True)
class InLogs:
    """How logs name a client."""

    speaks: int
    """Its place where a failure names several, smaller first: a driver before the language that called it."""
    signs: tuple[str, ...] = ()
    """Words of its failures, in lower case. Of ODBC and SqlClient, the words on Windows too."""
    writes: str | None = None
    """An expression of words of its failures, in lower case, where a part of them alone would be anybody's."""
    guessed: int = 1000
    """Its place where the words of several are there, smaller first."""
    programs: tuple[Form, ...] = ()
    """Programs that give it away."""
    runs_on: frozenset[ClientId] = frozenset()
    """Runtimes whose words it passes on: where it is named beside them, it is the client."""
    told: int = 1000
    """The place of its programs where several are told, smaller first."""


@dataclass(frozen=True, slots=True)
class NotNamed:
    """No log names this client."""

    reason: str


def driver(*forms: Form, beneath: bool = False) -> tuple[Form, ...]:
    """Return the forms, as of a client of its own: their version is the client's."""
    return tuple(replace(form, is_client=True, serves=frozenset(), beneath=beneath) for form in forms)


def program(
    name: str,
    expressions: dict[str, str],
    *,
    is_client: bool = False,
    serves: frozenset[ClientId] = frozenset(),
    told: int | None = None,
    application: bool = False,
    server: bool = False,
    language: bool = False,
) -> tuple[Form, ...]:
    """Return the forms of a program; ``expressions`` by their literals."""
    return tuple(
        Form(
            needle=needle,
            expression=expression,
            name=name,
            is_client=is_client,
            serves=serves,
            told=told,
            application=application,
            server=server,
            language=language,
        )
        for needle, expression in expressions.items()
    )


def npm(*packages: str) -> tuple[Form, ...]:
    """Return the forms of packages of npm: of pnpm, npm ls, a lock file, a package.json of its own, a stack."""
    return tuple(form for package in packages for form in _npm(package))


def _npm(package: str) -> tuple[Form, ...]:
    quoted = re.escape(package)
    return program(
        package,
        {
            f"{package}@": rf"(?<![\w@.-]){quoted}@(?:npm:)?v?{VERSION_OF_THREE}",
            f"{package}-npm-": rf"(?<![\w@.-]){quoted}-npm-{VERSION_OF_THREE}",
            f'"{package}"': rf'"name": ?"{quoted}",[^{{}}]{{0,300}}?"version": ?"{VERSION_OF_THREE}"',
            f"node_modules/{package}": rf'node_modules/{quoted}(?:": ?\{{\s{{0,40}}"version": ?"{VERSION_OF_THREE}"|(?=/))',
            f"node_modules\\{package}": rf"node_modules\\{{1,2}}{quoted}(?=\\)",
        },
        serves=ON_NODE,
    )


def pip(package: str, name: str, *, told: int | None = None) -> tuple[Form, ...]:
    """Return the forms of a Python package: pip freeze, its folders, a user agent."""
    quoted = re.escape(package)
    return program(
        name,
        {
            f"{package}": rf"(?<![\w.-])(?i:{quoted})(?:==|[/ -]v?|, version ){VERSION}"
            rf"|(?:site|dist)-packages[\\/]{{1,4}}(?i:{quoted})(?=[\\/.])"
        },
        serves=ON_PYTHON,
        told=told,
    )


def jar(artifact: str, name: str, *, is_client: bool = False) -> tuple[Form, ...]:
    """Return the forms of a Java archive: its file, its coordinates."""
    quoted = re.escape(artifact)
    return program(
        name,
        {artifact: rf"(?<![\w-]){quoted}[-:_ /]v?(?P<v>\d{{1,3}}\.\d{{1,3}}\.\d{{1,5}})(?=[-.:\s\"'\])!]|$)"},
        is_client=is_client,
        serves=ON_JAVA,
    )


def go_module(path: str, name: str) -> tuple[Form, ...]:
    """Return the forms of a Go module: go.sum, a stack."""
    quoted = re.escape(path)
    return program(
        name,
        {path.lower(): rf"{quoted}(?:/v\d)?(?:@v{VERSION_OF_THREE}|(?=[./(\s]))"},
        serves=ON_GO,
    )


def nuget(name: str, assembly: str, *, told: int | None = None) -> tuple[Form, ...]:
    """Return the forms of a .NET package; ``assembly`` says how much of an assembly's version is the package's."""
    quoted = re.escape(name)
    return program(
        name,
        {
            f"{name.lower()}, version=": rf"\b{quoted}, Version=(?P<v>{assembly})(?=\.)",
            f"{name.lower()}/": rf"(?i:\b{quoted})/{VERSION_OF_THREE}",
            f"{name.lower()}\\": rf"(?i:\b{quoted})\\{{1,2}}{VERSION_OF_THREE}",
            f"{name.lower()} ": rf"\b{quoted} (?:version:? )?v?{VERSION_OF_THREE}",
            f"{name.lower()}.": rf"\b{quoted}(?=\.[A-Z])",
        },
        serves=ON_DOTNET,
        told=told,
    )
