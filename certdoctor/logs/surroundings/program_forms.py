"""The forms in which logs name programs: those that give a client away stand in its entry, all others here."""

from __future__ import annotations

from certdoctor.clients import programs
from certdoctor.clients.entry.in_logs import (
    ON_DOTNET,
    ON_JAVA,
    Form,
    nuget,
    pip,
    program,
)
from certdoctor.formats.text.gates import Later
from certdoctor.logs.signatures import Needle, needle_of
from certdoctor.logs.surroundings import applications

DEMANDS = Later(
    r"(?i)(?:\brequires?|\brequired|\bneeds?|\bminimum|\bat least|\bsupports?|\bsupported|\bupgrade to|\binstall|\btry|\buse"
    r"|[<>]=?|\bwanted:?|\bexpected|\"?engines?\"?:? ?\{?)[\s\"':{\[(=]*(?:the |an? |version |microsoft |node(?:\.js)? )*[\"'\[{(]*$",
)
"""Before a name: it is asked for or advised, not there."""
SERVERS = Later(r"(?i)(?:\bserver ?:|apache/|nginx/|haproxy|mod_ssl)[^\n]*$")
"""Before a library: it is that of a web server."""

OTHERS: tuple[Form, ...] = (
    *program("sqlcmd", {"sqlcmd: ": r"\b[Ss]qlcmd: "}, told=35),
    *program(
        "Java",
        {
            "java version": r"\bjava version \"(?P<v>\d[\d._]{0,20}\d)\"",
            "openjdk version": r"\bopenjdk version \"(?P<v>\d[\d._]{0,20})\"",
            "java.version": r"\bjava\.version[\"']? ?[=:] ?[\"']?(?P<v>\d[\d._]{0,20}\d)",
            "using java": r"\busing Java (?P<v>\d[\d._]{0,20}\d)",
            "java/": r"(?<![\w/.-])Java/(?P<v>\d[\d._]{0,20}\d)",
        },
        serves=ON_JAVA,
        told=45,
    ),
    *pip("pyodbc", "pyodbc", told=57),
    *program("pyodbc", {"pyodbc.": r"\bpyodbc(?=\.[A-Z]\w{0,20}Error)"}, told=57),
    # The assembly of 2.3.5 says 2.0.0.0.
    *nuget("MySqlConnector", r"\d{1,2}", told=83),
    *program(
        ".NET",
        {
            ".net": r"(?<![\w])\.NET(?: Core| Framework| Runtime version ?:)? (?P<v>\d{1,2}(?:\.\d{1,3}){1,2})(?![\w.]*\d)"
        },
        serves=ON_DOTNET,
        told=84,
    ),
    *program(
        "OpenSSL",
        {
            "openssl/": r"\bOpenSSL/(?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?![\w])",
            "openssl ": r"\bOpenSSL (?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?![\w])",
            "openssl": r"(?<![\w.-])[\"']?openssl[\"']?: ?[\"'](?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?=[+\"'-])",
        },
        told=170,
    ),
)
"""Programs that give no client away: runtimes, libraries, tools, drivers whose client is not known."""

_FORMS = sorted((*programs(), *OTHERS, *applications.OTHERS), key=lambda form: form.told or 0)

FORMS: tuple[tuple[Needle, Form], ...] = tuple((needle_of(form.needle), form) for form in _FORMS)
"""Every form with its needle, in the order in which programs are told: applications, drivers, runtimes, libraries."""

ORDER = {form.name: place for place, (_, form) in reversed(tuple(enumerate(FORMS)))}
"""Places of the programs among them."""
