"""The mail to the customer. To accept a change of the golden ones: CERTDOCTOR_WRITE_GOLDEN=1 pytest."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from certdoctor.clients import select
from certdoctor.clients.entry.products import PRODUCTS, client_of, product
from certdoctor.model.ids import Protocol, ServerSystem, Shell, System
from certdoctor.model.report import Report
from certdoctor.privacy.reports import pseudonymous
from certdoctor.remedies.commands import IN_POWERSHELL, UNPACK
from certdoctor.render.letter import own_tools, written
from certdoctor.render.letter.letter import letters
from certdoctor.session import Session
from tests import reports as made
from tests.checks.cases import CASES

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "letters"
HOST = "sql01.corp.example:1433"

TEXTS: dict[str, tuple[str, str | None]] = {
    "missing-issuer": (f"Failed to connect to {HOST} - unable to get local issuer certificate", "hackolade"),
    "incomplete-chain": (f"Failed to connect to {HOST} - unable to verify the first certificate", "hackolade"),
    "self-signed-leaf": (f"Failed to connect to {HOST} - self signed certificate", "hackolade"),
    "self-signed-in-chain": (f"Failed to connect to {HOST} - self signed certificate in certificate chain", "dbeaver"),
    "expired": (f"Failed to connect to {HOST} - certificate has expired", "hackolade"),
    "hostname-mismatch": (
        (
            f"Failed to connect to {HOST} - Hostname/IP does not match certificate's altnames: Host: "
            "sql01.corp.example. is not in the cert's altnames: DNS:sqlprod.corp.example"
        ),
        "hackolade",
    ),
    "connection-refused": (f"Failed to connect to {HOST} - connect ECONNREFUSED 192.0.2.7:1433", "ssms"),
    "timeout": (f"Failed to connect to {HOST} in 15000ms", "hackolade"),
    "dns-failure": ("getaddrinfo ENOTFOUND sql01.corp.example", None),
    "authentication-failed": ("Login failed for user 'loader'. (Microsoft SQL Server, Error: 18456)", "ssms"),
    "wrong-password": ("error:1C800064:Provider routines::bad decrypt", "hackolade"),
    "key-mismatch": ("error:05800074:x509 certificate routines::key values mismatch", "hackolade"),
    "protocol-mismatch": ("write EPROTO error:0A000102:SSL routines::unsupported protocol", "hackolade"),
}  # fmt: skip
"""Words of clients, by the cause that each is about, and the application."""


def mail(report: Report, application: str | None, os_name: System = System.WINDOWS) -> str:
    """Return the mail as text."""
    return written.text(letters(report, application, os=os_name, server_os=ServerSystem.WINDOWS))


def of_text(text: str) -> Report:
    """Diagnose the text of an error."""
    return Session(at="2026-06-01", os="windows", server_os="windows").diagnose(text)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """Judge the case of every rule once."""
    return {case.name: case.report(tmp_path_factory.mktemp("case")) for case in CASES}


@pytest.mark.parametrize("cause", TEXTS)
def test_the_mail_is_as_it_was_read(cause: str) -> None:
    """Every character."""
    text, application = TEXTS[cause]
    report = of_text(text)
    assert report.cause == cause
    told, file = mail(report, application), GOLDEN / f"{cause}.txt"
    if os.environ.get("CERTDOCTOR_WRITE_GOLDEN") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("os_name", [System.WINDOWS, System.DEBIAN, System.MACOS])
def test_no_mail_asks_for_certdoctor(os_name: System, judged: Mapping[str, Report]) -> None:
    """The reader does not have it; nor do codes of rules mean anything to them."""
    for name, report in judged.items():
        for application in (None, "hackolade", "dbeaver"):
            told = mail(report, application, os_name)
            assert "certdoctor" not in told, (name, application, told)
            assert not re.search(r"\bCD\d{3}\b|--[a-z]+-os\b", told), (name, application, told)
            assert "HOST:PORT" not in told, (name, application, told)


def test_every_mail_says_what_to_do(judged: Mapping[str, Report]) -> None:
    """A heading without anything below it says nothing."""
    for name, report in judged.items():
        for part in letters(report, "hackolade", os=System.WINDOWS).sections:
            assert part.paragraphs or part.steps or part.points or part.quoted, (name, part.heading)


def test_the_files_of_the_reader_have_their_own_names() -> None:
    """The folders and archives are ours."""
    report = made.BROKEN
    assert "fixtures/" not in mail(report, "hackolade")


def test_a_mail_about_pseudonyms_holds_no_name() -> None:
    """``--redact all`` comes first."""
    report = of_text(TEXTS["missing-issuer"][0])
    [hidden] = pseudonymous([report])
    assert "sql01.corp.example" not in mail(hidden, "hackolade")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onload"}

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def test_the_page_and_the_markdown_say_the_same() -> None:
    """The three forms hold the same words, and foreign ones are no markup."""
    report = of_text(
        f"Failed to connect to {HOST} - unable to get local issuer certificate <script>alert(1)</script>"
    )
    told = letters(report, "hackolade", os=System.WINDOWS)
    page = _Texts()
    page.feed(written.html(told))
    assert "script" not in page.tags
    words = " ".join(" ".join(page.found).split())
    for section in told.sections:
        for text in (*section.paragraphs, *section.points, *section.quoted):
            assert " ".join(text.split()) in words
        assert f"## {section.heading}" in written.markdown(told)


def test_every_product_names_a_client_that_is_known() -> None:
    """Names of products stand for clients, however they are written."""
    for one in PRODUCTS:
        assert select((one.name,))[0].client == one.client
        assert product(one.title) is one
    assert client_of("Azure Data Studio") == client_of("azuredatastudio") == "electron"
    assert client_of("sql01") is None


def test_a_sentence_begins_with_a_capital_where_no_program_is_named() -> None:
    """Of a mail without an application."""
    text = mail(of_text(f"Failed to connect to {HOST} - unable to get local issuer certificate"), None)
    assert "The program\ncannot tell" in text or "The program cannot tell" in text
    assert not re.search(r"[.] the program", text)


def test_how_to_paste_is_told_where_something_is_to_be_pasted() -> None:
    """Not where certdoctor's own command was all that there was; nor where the reader's archive lies."""
    reader = own_tools.Reader(shell=Shell.POWERSHELL, protocol=Protocol.TDS, certificate="c.crt", key="c.key")
    given = (f"{UNPACK}c.zip: the files are in it.", IN_POWERSHELL, "Tell the network team.")
    assert own_tools.steps(given, reader) == ("Tell the network team.",)
    kept = own_tools.steps((*given, "Add it.\ncertutil -addstore -f Root a.pem"), reader)
    assert kept[0] == IN_POWERSHELL
