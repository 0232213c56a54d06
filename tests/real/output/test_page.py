"""The page in Chromium: at two widths, light and dark, with and without script, judged by axe-core."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from certdoctor.render.page.html import render
from tests.fleet import fleet
from tests.programs import clean_environment, need, need_nothing_missing
from tests.render.test_hostile_text import poisoned
from tests.render.test_html import HOSTILE
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE

pytestmark = pytest.mark.real

CONSUMERS = Path(__file__).parents[1] / "consumers"
PAGES = {
    "one.html": [BROKEN],
    "healthy.html": [HEALTHY],
    "three.html": [BROKEN, HEALTHY, INCONCLUSIVE],
    "fleet.html": fleet(12),
    "hostile.html": [poisoned(text) for text in HOSTILE],
}


@cache
def look() -> tuple[dict[str, Any], ...]:
    """Return what Chromium saw of every page."""
    node = need("node")
    browser = shutil.which("chromium") or need("chromium-browser")
    need_nothing_missing(
        None
        if (CONSUMERS / "node_modules" / "axe-core").is_dir()
        else "axe-core and puppeteer-core are not here (.ci/install-counterparts)"
    )
    folder = CONSUMERS / "node_modules" / ".pages"
    folder.mkdir(exist_ok=True)
    files = []
    for name, reports in PAGES.items():
        (folder / name).write_text(render(reports), encoding="ascii")
        files.append(str(folder / name))
    run = subprocess.run(
        [node, "page.mjs", browser, *files],
        cwd=CONSUMERS,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return tuple(found)


def views(name: str) -> list[dict[str, Any]]:
    """Return the views of one page with script."""
    found = [v for v in look() if v["file"] == name and v["script"]]
    assert len(found) == 2
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_nothing_against_it(name: str) -> None:
    """No violation of any rule, everything unfolded, at both widths and in both colour schemes."""
    for view in views(name):
        assert view["violations"] == []
        assert len(set(view["backgrounds"])) == 2


@pytest.mark.parametrize("name", PAGES)
def test_it_is_quiet_and_fits(name: str) -> None:
    """Nothing is fetched, nothing is complained about (a breach of the policy would be), nothing sticks out."""
    for view in views(name):
        assert view["complaints"] == []
        assert len(view["requests"]) == 1
        assert view["overflow"] <= 0
        assert view["svgs"] > 0


def test_hostile_names_run_nothing() -> None:
    """Not even with the policy's help: no handler and no script came to life."""
    assert not any(view["hostile"] for view in views("hostile.html"))


def test_every_command_can_be_copied() -> None:
    """A button for each, which says that it did."""
    for view in views("one.html"):
        assert view["buttons"] == view["commands"] > 3
        assert view["copied"] == "Copied"


@pytest.mark.parametrize("name", PAGES)
def test_it_reads_without_script(name: str) -> None:
    """Every finding is there, and no button that would do nothing."""
    (view,) = [v for v in look() if v["file"] == name and not v["script"]]
    assert view["buttons"] == 0
    if name != "hostile.html":
        assert all(f.detail in view["text"] for r in PAGES[name] for f in r.findings)


@pytest.mark.parametrize("name", PAGES)
def test_print_shows_what_is_folded_in_dark_ink(name: str) -> None:
    """Without script, and whatever the colours of the screen."""
    (view,) = [v for v in look() if v["file"] == name and not v["script"]]
    assert view["hidden"] == 0
    assert view["ink"] == "rgb(27, 31, 36)"
