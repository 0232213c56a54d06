"""The pipelines against the schemas of those who run them, and the hooks with pre-commit itself."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.output.test_pipelines import ROOT, examples
from tests.cli.test_expiry import certificate
from tests.programs import clean_environment, need, need_nothing_missing

pytestmark = pytest.mark.real

SCHEMAS = {
    "GitHub Actions": ("vendor.github-workflows",),
    "GitLab CI": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
    # Its schema has escapes that only the older JavaScript expressions allow.
    "Azure Pipelines": (
        "vendor.azure-pipelines",
        "--data-transform",
        "azure-pipelines",
        "--regex-variant",
        "nonunicode",
    ),
}
"""What check-jsonschema has to be told, by heading."""


def need_module(name: str) -> None:
    """Skip, or fail where that is demanded, when a Python module is not installed."""
    need_nothing_missing(None if find_spec(name) else f"{name} is not installed (pip install -e '.[dev]')")


@pytest.mark.parametrize("heading", SCHEMAS)
def test_an_example_follows_the_schema_of_its_service(heading: str, tmp_path: Path) -> None:
    """As check-jsonschema carries it."""
    (text,) = (text for where, _, text in examples() if where == heading)
    file = tmp_path / "pipeline.yml"
    file.write_text(text, encoding="utf-8")
    must_follow(file, *SCHEMAS[heading])


def test_the_workflow_of_this_repository_follows_the_schema() -> None:
    """It runs on another machine, where a slip would be seen late."""
    must_follow(ROOT / ".github" / "workflows" / "test.yml", *SCHEMAS["GitHub Actions"])


def must_follow(file: Path, *schema: str) -> None:
    """Fail unless a file follows a schema that check-jsonschema carries."""
    need_module("check_jsonschema")
    read = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", str(file), "--builtin-schema", *schema],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stdout + read.stderr


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, with a user of its own."""
    subprocess.run(
        [need("git"), "-c", "user.name=test", "-c", "user.email=test@example.com", *arguments],
        cwd=folder,
        env=clean_environment() | {"HOME": str(folder)},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which pre-commit keeps what it installs, so that it does so once."""
    return tmp_path_factory.mktemp("pre-commit")


def hook(name: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run one hook of this repository on all files of a folder."""
    need_module("pre_commit")
    git(folder, "init", "-q", ".")
    git(folder, "add", "-A")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", name, "--all-files", "--verbose"],
        cwd=folder,
        env=clean_environment() | {"PRE_COMMIT_HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a repository with what pre-commit takes from this one: pre-commit clones what it runs."""
    folder = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        [
            need("git"),
            "ls-files",
            "certdoctor",
            "pyproject.toml",
            "README.md",
            "LICENSE",
            ".pre-commit-hooks.yaml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "init", "-q", "-b", "main", ".")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as it is")
    git(folder, "tag", "v0.1.0")
    return str(folder)


def configure(folder: Path, repository: str) -> None:
    """Write the configuration of the page, pointed at the repository."""
    (text,) = (text for where, _, text in examples() if where == "pre-commit")
    text = text.replace("https://git.example/certdoctor", repository)
    (folder / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")


def test_the_hooks_pass_what_is_sound_and_stop_what_is_not(
    repository: str, home: Path, tmp_path: Path
) -> None:
    """Installed by pre-commit as the page has it; an expired certificate and a broken file are stopped."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        configure(folder, repository)
    (good / "server.pem").write_bytes(certificate("good", 36500))
    (good / "notes.txt").write_text("no certificate", encoding="utf-8")
    (bad / "old.pem").write_bytes(certificate("old", -300))
    (bad / "broken.crt").write_bytes(certificate("good", 36500)[:200])
    passed = hook("certdoctor-expiry", good, home)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "certificates last for another 30 days" in passed.stdout
    stopped = hook("certdoctor-expiry", bad, home)
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "1 expired" in stopped.stdout
    sound = hook("certdoctor-inspect", bad, home)
    assert sound.returncode == 1, sound.stdout + sound.stderr
    assert "broken.crt" in sound.stdout
