"""The real clients: how each is found, run over all chains at once, and how its answer is read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.agreement.scenarios import Scenario
from tests.programs import clean_environment

HERE = Path(__file__).parent
RUNTIMES = Path(os.environ.get("CERTDOCTOR_AGREEMENT_DIR") or HERE).resolve() / "node_modules"
"""Where ``npm ci`` with this folder's package.json has put Node in several versions, and Bun."""

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a real client said of one chain."""

    ok: bool
    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """One chain being served."""

    name: str
    host: str
    port: int
    folder: Path

    @property
    def line(self) -> str:
        """The job as the programs here read it."""
        return f"{self.name}\t{self.host}\t{self.port}\t{self.folder}\n"


@dataclass(frozen=True, slots=True)
class Real:
    """A real client and the entry that is to say the same."""

    name: str
    entry: str
    """Client id, with a version where the entry has several."""
    missing: Callable[[], str | None]
    """Why it cannot be run here, None when it can."""
    run: Callable[[list[Job]], dict[str, Said]]
    optional: bool = False
    """Whether there are systems whose packages do not have it, so that it may be missing everywhere."""


@contextmanager
def serving(scenarios: Iterable[Scenario]) -> Iterator[list[Job]]:
    """Write every chain to a folder of its own and serve it."""
    with tempfile.TemporaryDirectory() as place:
        by_name = {scenario.name: scenario for scenario in scenarios}
        for name, scenario in by_name.items():
            folder = Path(place, name)
            folder.mkdir()
            rest = "".join(made.pem for made in scenario.sent[1:])
            (folder / "leaf.pem").write_text(scenario.sent[0].pem)
            (folder / "rest.pem").write_text(rest)
            (folder / "chain.pem").write_text(scenario.sent[0].pem + rest)
            (folder / "key.pem").write_text(scenario.sent[0].key_pem)
            (folder / "ca.pem").write_text("".join(made.pem for made in scenario.trusted))
        with subprocess.Popen(
            [sys.executable, str(HERE / "serve.py"), place],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        ) as server:
            if server.stdout is None or server.stdin is None:
                raise RuntimeError("the server has no pipes")
            ports: dict[str, int] = json.loads(server.stdout.readline())
            try:
                yield [Job(n, s.host, ports[n], Path(place, n)) for n, s in by_name.items()]
            finally:
                server.stdin.close()
                server.wait(10)


def _all_at_once(*command: str) -> Callable[[list[Job]], dict[str, Said]]:
    """Run a program that takes all jobs on standard input."""

    def run(jobs: list[Job]) -> dict[str, Said]:
        done = subprocess.run(
            command,
            input="".join(job.line for job in jobs),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env=clean_environment(),
        )
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(jobs):
            raise RuntimeError(f"{command[0]} answered {len(answers)} of {len(jobs)}: {done.stderr[-800:]}")
        return {a["name"]: Said(a["ok"], a["code"], a["message"]) for a in answers}

    return run


def _one_by_one(
    command: Callable[[Job], list[str]], read: Callable[[subprocess.CompletedProcess[str]], Said]
) -> Callable[[list[Job]], dict[str, Said]]:
    """Run a program once for each job, a few at a time."""

    def one(job: Job) -> Said:
        done = subprocess.run(
            command(job),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            env=clean_environment(),
        )
        return read(done)

    def run(jobs: list[Job]) -> dict[str, Said]:
        with ThreadPoolExecutor(3) as pool:
            return dict(zip((job.name for job in jobs), pool.map(one, jobs), strict=True))

    return run


def _openssl(job: Job) -> list[str]:
    folder, name = job.folder, "-verify_ip" if re.fullmatch(r"[\d.]+", job.host) else "-verify_hostname"
    untrusted = ["-untrusted", str(folder / "rest.pem")] if (folder / "rest.pem").stat().st_size else []
    return [
        *("openssl", "verify", "-no-CApath", "-no-CAstore", "-purpose", "sslserver"),
        *("-CAfile", str(folder / "ca.pem"), *untrusted, name, job.host, str(folder / "leaf.pem")),
    ]


def _read_openssl(done: subprocess.CompletedProcess[str]) -> Said:
    found = re.search(r"^error (\d+) at \d+ depth lookup: .*$", done.stderr, re.MULTILINE)
    return Said(done.returncode == 0, found[1] if found else None, found[0] if found else done.stderr)


def _curl(job: Job) -> list[str]:
    return [
        *("curl", "-sS", "--noproxy", "*", "-o", os.devnull, "--cacert", str(job.folder / "ca.pem")),
        *("--capath", str(job.folder / "none")),
        *("--resolve", f"{job.host}:{job.port}:127.0.0.1", f"https://{job.host}:{job.port}/"),
    ]


def _read_curl(done: subprocess.CompletedProcess[str]) -> Said:
    message = next(iter(done.stderr.splitlines()), "")
    return Said(done.returncode == 0, str(done.returncode) if done.returncode else None, message)


def _gnutls(job: Job) -> list[str]:
    return [
        *("gnutls-cli", "--x509cafile", str(job.folder / "ca.pem"), "--port", str(job.port)),
        *("--verify-hostname", job.host, "--no-ocsp", "127.0.0.1"),
    ]


def _read_gnutls(done: subprocess.CompletedProcess[str]) -> Said:
    told = re.findall(r"^(?:- Status: |\*\*\* )(.*)$", done.stdout + done.stderr, re.MULTILINE)
    return Said(done.returncode == 0, None, "" if done.returncode == 0 else " ".join(told))


def _program(name: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        return None if shutil.which(name) else f"{name} is not installed"

    return missing


def _runtime(name: str, program: str) -> tuple[str, Callable[[], str | None]]:
    path = RUNTIMES / name / "bin" / program

    def missing() -> str | None:
        if path.exists():
            return None
        return f"the npm package {name} is not in {RUNTIMES}: npm ci there, see tests/agreement/package.json"

    return str(path), missing


def _run_go(jobs: list[Job]) -> dict[str, Said]:
    environment = clean_environment() | {"GO111MODULE": "off", "GOFLAGS": ""}
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder, "judge"))
        subprocess.run(["go", "build", "-o", program, str(HERE / "judge.go")], check=True, env=environment)
        return _all_at_once(program)(jobs)


_BORING_HEADERS = Path("/usr/include/android/openssl/ssl.h")
"""Of Debian's android-libboringssl-dev; its libraries are in a folder of their own, too."""


def _no_boringssl() -> str | None:
    if not _BORING_HEADERS.exists():
        return "the package android-libboringssl-dev is not installed"
    return _program("gcc")() or _program("node")()


def _run_boringssl(jobs: list[Job]) -> dict[str, Said]:
    """Verify with BoringSSL; where it accepts, compare names with Node's own function, which Electron has as it is."""
    libraries = next(Path("/usr/lib").glob("*/android/libssl.so")).parent
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder, "judge"))
        build = [
            "gcc",
            "-O1",
            f"-I{_BORING_HEADERS.parent.parent}",
            "-o",
            program,
            str(HERE / "judge_boringssl.c"),
        ]
        link = [f"-L{libraries}", "-lssl", "-lcrypto", f"-Wl,-rpath,{libraries}"]
        subprocess.run([*build, *link], check=True, env=clean_environment())
        said = _all_at_once(program)(jobs)
    named = _all_at_once("node", str(HERE / "judge_names.js"))([job for job in jobs if said[job.name].ok])
    return said | named


def _works(*command: str) -> Callable[[], str | None]:
    """Whether a program is there and starts (a version manager leaves empty shells on the path)."""

    @cache
    def missing() -> str | None:
        if shutil.which(command[0]) is None:
            return f"{command[0]} is not installed"
        done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE)
        return None if done.returncode == 0 else f"{command[0]} does not start"

    return missing


def _node(name: str, entry: str) -> Real:
    path, missing = _runtime(name, "node")
    return Real(name, entry, missing, _all_at_once(path, str(HERE / "judge.js")))


_JAVA = ("java", "--add-exports", "java.base/sun.security.util=ALL-UNNAMED", str(HERE / "Judge.java"))
_DRIVER = RUNTIMES / "liquibase/dist/liquibase/internal/lib/mssql-jdbc.jar"
"""mssql-jdbc 12.6, which liquibase carries."""


def _no_driver() -> str | None:
    if not _DRIVER.exists():
        return f"the npm package liquibase, which carries mssql-jdbc, is not in {RUNTIMES}"
    return _program("java")()


_BUN, _NO_BUN = _runtime("@oven/bun-linux-x64", "bun")

CLIENTS: tuple[Real, ...] = (
    Real("node", "node@20", _program("node"), _all_at_once("node", str(HERE / "judge.js"))),
    _node("node18", "node@18"),
    _node("node22", "node@22"),
    _node("node24", "node@24"),
    _node("node26", "node@26"),
    Real("bun", "bun", _NO_BUN, _all_at_once(_BUN, str(HERE / "judge.js"))),
    Real("boringssl", "electron", _no_boringssl, _run_boringssl),
    # Whatever Python runs the tests: since 3.13 it judges more strictly, so its version decides on the entry.
    Real(
        "python",
        f"python@{sys.version_info.major}.{sys.version_info.minor}",
        lambda: None,
        _all_at_once(sys.executable, str(HERE / "judge.py")),
    ),
    Real(
        "python3.13",
        "python@3.13",
        _works("python3.13", "-c", "import ssl"),
        _all_at_once("python3.13", str(HERE / "judge.py")),
        optional=True,
    ),
    Real("openssl", "openssl", _program("openssl"), _one_by_one(_openssl, _read_openssl)),
    Real("curl", "curl", _program("curl"), _one_by_one(_curl, _read_curl)),
    Real("gnutls-cli", "gnutls", _program("gnutls-cli"), _one_by_one(_gnutls, _read_gnutls)),
    Real("java", "java", _program("java"), _all_at_once(*_JAVA)),
    Real("mssql-jdbc", "jdbc", _no_driver, _all_at_once(*_JAVA[:-1], "-cp", str(_DRIVER), _JAVA[-1], "jdbc")),
    Real("go", "go", _program("go"), _run_go),
)
