"""The page: nothing is left out, nothing from outside becomes markup, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.report import Report
from certdoctor.render.page.html import MOST_IN_FULL, render
from certdoctor.render.report import lifetimes
from certdoctor.render.report.lifetimes import Life, Phase
from tests.fleet import fleet
from tests.render.test_hostile_text import NASTY, poisoned, unsafe
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE, LEAF, NOW

HOSTILE = (
    "<script>window.hostile=1</script>",
    '"><img src=x onerror=window.hostile=1>',
    "'><svg onload=window.hostile=1>",
    "</title></style><script>window.hostile=1</script>",
    "{{ 7*7 }}{% raw %}<b>",
    "javascript:window.hostile=1",
    "-->]]><!--",
    "\x1b[31m\u202eevil\u2066",
    "&lt;b&gt;&#60;",
    "w" * 10_000,
)


class Reader(HTMLParser):
    """Keeps what a browser would see: tags with their attributes, and the text outside style and script."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str]] = []
        self.inside: list[str] = []
        self.words: list[str] = []
        self.code: dict[str, list[str]] = {"style": [], "script": []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.attributes += [(name, value or "") for name, value in attrs]
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag, and those in it that need no end."""
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if self.inside and self.inside[-1] in self.code:
            self.code[self.inside[-1]].append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words of the page with single blanks."""
        return " ".join("".join(self.words).split())


def read(page: str) -> Reader:
    """Read a page."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def said(text: str) -> str:
    """Return words as ``Reader.text`` has them."""
    return " ".join(text.split())


@pytest.mark.parametrize("reports", [[BROKEN], [BROKEN, HEALTHY, INCONCLUSIVE], fleet(MOST_IN_FULL + 1)])
def test_every_finding_and_every_step_is_on_the_page(reports: list[Report]) -> None:
    """Subject, verdict, detail, title and owner of every finding; the steps of every rule."""
    text = read(render(reports)).text
    for report in reports:
        assert report.subject in text
        for finding in report.findings:
            assert said(finding.detail) in text
            assert f"{finding.rule.title}." in text
    for remedy in (r for f in reports[0].findings for r in f.remedies):
        assert said(remedy.summary) in text
        assert said(remedy.proof) in text
        assert all(said(step) in text for step in remedy.steps)
    for client in reports[0].clients:
        assert (client.title if len(reports) < MOST_IN_FULL else client.client) in text
        assert said(client.message or "") in text
    if len(reports) > 1:
        assert "1 inconclusive" in text or "11 broken" in text


def test_two_hundred_servers_fit_in_300_kb() -> None:
    """With three findings on each, and every one of them in the text."""
    reports = fleet()
    page = render(reports)
    assert len(page) < 300_000
    text = read(page).text
    for report in reports:
        assert all(f.detail in text for f in report.findings)


def test_what_is_known_without_a_cause_is_said() -> None:
    """Healthy counts the clients, inconclusive gives the reason."""
    assert (
        "Healthy: the chain is complete, to Corp Root CA 2020; name and dates fit; 1 of 1 clients would connect"
        in read(render([HEALTHY])).text
    )
    text = read(render([INCONCLUSIVE])).text
    assert "Inconclusive: chain.pem holds no certificate that can be read" in text
    assert "0 reports" in read(render([])).text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_words(text: str) -> None:
    """The same tags with the same attributes as for a harmless name, whatever the name."""
    for count in (1, MOST_IN_FULL + 1):
        harmless = read(render([poisoned("x")] * count))
        hostile = read(render([poisoned(text)] * count))
        assert hostile.tags == harmless.tags
        assert hostile.code == harmless.code


@settings(max_examples=30, deadline=None)
@given(NASTY)
def test_nothing_hides_or_reorders(text: str) -> None:
    """The page is plain ASCII; what it stands for holds no control or format character either."""
    page = render([poisoned(text)])
    assert page.isascii()
    reader = read(page)
    assert not unsafe(reader.text)
    assert not any(unsafe(value) for _, value in reader.attributes)


def test_the_page_needs_nothing_and_runs_nothing_but_its_own() -> None:
    """No address to fetch from, no handler in an attribute, and the policy names style and script by hash."""
    reader = read(render([BROKEN, HEALTHY]))
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in {"src", "style"}]
    assert all(value.startswith("#") for name, value in reader.attributes if name == "href")
    assert "url(" not in "".join(reader.code["style"])
    policy = next(value for _, value in reader.attributes if value.startswith("default-src"))
    for kind, source in reader.code.items():
        digest = base64.b64encode(hashlib.sha256("".join(source).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert dict(reader.attributes)["lang"] == "en"


def test_ids_are_used_once_and_links_lead_somewhere() -> None:
    """The overview points at the report below it."""
    attributes = read(render([BROKEN, HEALTHY, INCONCLUSIVE])).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert ids == ["validity", "r1", "r2", "r3"]
    assert {value for name, value in attributes if name == "href"} == {"#r1", "#r2", "#r3"}
    attributes = read(render(fleet(MOST_IN_FULL + 1))).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert [f"#{value}" for value in ids] == ["#validity", "#findings", "#words"]
    assert {value for name, value in attributes if name == "href"} == {f"#{value}" for value in ids}


def life(days: int, *, begun: int = 400) -> Life:
    """Return a life that ends so many days from now."""
    certificate = replace(LEAF, not_before=NOW - timedelta(days=begun), not_after=NOW + timedelta(days=days))
    phase = lifetimes.phase(certificate, NOW)
    return Life(certificate=certificate, phase=phase, days_left=days, subjects=())


@pytest.mark.parametrize(
    ("days", "begun", "phase"),
    [
        (-1, 400, Phase.OVER),
        (0, 400, Phase.SOON),
        (29, 400, Phase.SOON),
        (30, 400, Phase.VALID),
        (30, -1, Phase.NOT_YET),
    ],
)
def test_phases(days: int, begun: int, phase: Phase) -> None:
    """Soon is less than 30 days."""
    assert life(days, begun=begun).phase is phase


@given(st.lists(st.integers(-3000, 9000), max_size=5))
def test_now_and_every_end_that_matters_lie_in_the_window(days: list[int]) -> None:
    """Now is never at the edge; ends of the last ten and the next three years can be told from the edges."""
    found = [life(d, begun=9999) for d in days]
    window = lifetimes.window(found, NOW)
    assert 0.05 < window.place(NOW) < 0.95
    for one in found:
        if one.days_left < 3 * 365 - 31:
            assert 0 < window.place(one.certificate.not_after) < 1
    assert all(0 <= place <= 1 for _, place in window.years())


def test_a_certificate_without_end_breaks_no_calendar() -> None:
    """99991231235959Z (RFC 5280 section 4.1.2.5), and a clock set to the last day there is."""
    endless = replace(life(1).certificate, not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    one = replace(life(1), certificate=endless)
    for at in (NOW, endless.not_after, datetime(1, 1, 1, tzinfo=UTC)):
        window = lifetimes.window([one], at)
        assert window.first <= at <= window.last
        assert 0 <= window.place(endless.not_after) <= 1


def test_the_common_timeline_says_whose_certificate_it_is() -> None:
    """One of many servers; with a single report the heading says it."""
    reports = fleet(MOST_IN_FULL + 1)
    text = read(render(reports)).text
    assert "sql000.corp.example expired sql000.corp.example:1433 2026-04-02 -60" in text
    assert "sql000.corp.example expired 2026-04-02 -60" in read(render(reports[:1])).text


def test_days_are_counted_as_in_the_sentences() -> None:
    """475 and a half days ago is -475 for readers and machines alike, which see a minus at once."""
    hours = (12 * 24, 1, -1, -30, -475 * 24 - 12)
    moments = [LEAF.not_after - timedelta(hours=one) for one in hours]
    assert [LEAF.days_left(one) for one in moments] == [12, 0, -1, -1, -475]


def test_what_is_no_chain_is_not_drawn_as_one() -> None:
    """No arrow between certificates that have not issued each other, and no word of a chain."""
    stranger = replace(LEAF, common_name="stranger", subject_der=b"x", sha256="aa" * 32)
    evidence = replace(BROKEN.evidence, chain=Chain(LEAF, (stranger,)), trust=NOT_ASKED)
    page = render([replace(BROKEN, evidence=evidence)])
    assert '<path class="arrow' not in page
    assert "<h3>Certificates</h3>" in page
    assert "sql01.corp.example and 1 more" in read(render([replace(BROKEN, evidence=evidence)] * 11)).text


def test_the_drawing_says_what_is_missing_and_what_is_not_a_chain() -> None:
    """Three boxes with two arrows; certificates that have not issued each other get none."""
    page = render([BROKEN])
    assert len(re.findall('<rect class="box', page)) == 3
    assert len(re.findall('<path class="arrow', page)) == 2
    assert '<rect class="box bad missing"' in page
    assert "From the top: Corp Root CA 2020: not sent, not among the public roots" in page
