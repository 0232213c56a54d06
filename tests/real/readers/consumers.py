"""Asks real programs which files of the matrix they read; one process for all files wherever that can be."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from certdoctor.model.files import Role
from tests.programs import clean_environment, need
from tests.real.readers.matrix import Case

HERE = Path(__file__).parent
_JAVA = ("--add-opens", "java.base/sun.security.tools.keytool=ALL-UNNAMED", "-XX:TieredStopAtLevel=1")

Answers = dict[str, bool]
"""Name of a case to whether the program reads its file for its use."""


def _run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**clean_environment(), **more},
        stdin=subprocess.DEVNULL,
    )


def _side_by_side(some: Sequence[Case], reads: Callable[[Case], bool]) -> Answers:
    with ThreadPoolExecutor(4) as pool:
        return dict(zip((c.name for c in some), pool.map(reads, some), strict=True))


def node(cases: Sequence[Case], folder: Path) -> Answers:
    """Node's options ca, cert and key."""
    questions = [
        {"use": c.use, "file": str(c.path), "own_cert": str(c.own_cert), "own_key": str(c.own_key)}
        for c in cases
    ]
    (folder / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    done = _run(need("node"), str(HERE / "ask.js"), str(folder / "questions.json"))
    assert done.returncode == 0, done.stderr
    return dict(zip((c.name for c in cases), json.loads(done.stdout), strict=True))


def node_extra(cases: Sequence[Case], folder: Path) -> Answers:
    """NODE_EXTRA_CA_CERTS, which Node reads once when it starts."""
    del folder
    program = need("node")

    def reads(case: Case) -> bool:
        own = (str(case.own_cert), str(case.own_key))
        done = _run(program, str(HERE / "ask.js"), "", *own, NODE_EXTRA_CA_CERTS=str(case.path))
        return done.stdout == "true"

    return _side_by_side([c for c in cases if c.role is Role.CA], reads)


def openssl(cases: Sequence[Case], folder: Path) -> Answers:
    """``openssl verify -CAfile``, ``openssl x509`` and ``openssl pkey`` as `-inform PEM` has them."""
    del folder
    program = need("openssl")

    def reads(case: Case) -> bool:
        command: tuple[str, ...] = ("verify", "-CAfile", str(case.path), str(case.own_cert))
        if case.role is Role.CERTIFICATE:
            command = ("x509", "-inform", "PEM", "-in", str(case.path), "-noout")
        elif case.role is Role.KEY:
            command = ("pkey", "-inform", "PEM", "-in", str(case.path), "-noout", "-passin", "pass:")
        return _run(program, *command).returncode == 0

    return _side_by_side(cases, reads)


def python(cases: Sequence[Case], folder: Path) -> Answers:
    """``load_verify_locations`` and ``load_cert_chain`` of Python's ssl."""
    del folder

    def reads(case: Case) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if case.role is Role.CA:
                context.load_verify_locations(cafile=case.path)
                return bool(context.get_ca_certs())
            pair = (case.path, case.own_key) if case.role is Role.CERTIFICATE else (case.own_cert, case.path)
            context.load_cert_chain(*pair, password=str)
        except (ssl.SSLError, ValueError):
            return False
        return True

    return {c.name: reads(c) for c in cases}


def go(cases: Sequence[Case], folder: Path) -> Answers:
    """``AppendCertsFromPEM`` and ``X509KeyPair`` of Go."""
    program = folder / "reader"
    made = _run(need("go"), "build", "-o", str(program), str(HERE / "reader.go"), GO111MODULE="off")
    assert made.returncode == 0, made.stderr
    lines = ("\t".join((c.use, str(c.path), str(c.own_cert), str(c.own_key))) for c in cases)
    (folder / "list").write_text("\n".join(lines), encoding="utf-8")
    done = _run(str(program), str(folder / "list"))
    assert done.returncode == 0, done.stderr
    return dict(zip((c.name for c in cases), (x == "true" for x in done.stdout.split()), strict=True))


def keytool(cases: Sequence[Case], folder: Path) -> Answers:
    """``keytool -importcert``, as people use it to trust a CA; its own code, in one JVM."""
    some = [c for c in cases if c.role is Role.CA]
    need("javac")
    command = (need("java"), *_JAVA, str(HERE / "Importer.java"), str(folder / "store.jks"))
    done = _run(*command, *(str(c.path) for c in some))
    assert done.returncode == 0, done.stderr
    return dict(zip((c.name for c in some), (x == "true" for x in done.stdout.split()), strict=True))


def update_ca_certificates(cases: Sequence[Case], folder: Path) -> Answers:
    """Look which CAs OpenSSL finds by their hash after ``update-ca-certificates`` in a root of its own."""
    some = [c for c in cases if c.role is Role.CA]
    local, etc = folder / "local", folder / "etc"
    local.mkdir()
    etc.mkdir()
    (folder / "ca-certificates.conf").touch()
    for case in some:
        (local / case.path.name).write_bytes(case.path.read_bytes())
    _run(
        *(need("update-ca-certificates"), "--etccertsdir", str(etc), "--localcertsdir", str(local)),
        *("--certsconf", str(folder / "ca-certificates.conf"), "--hooksdir", str(folder / "none")),
    )
    program = need("openssl")

    def reads(case: Case) -> bool:
        return _run(program, "verify", "-CApath", str(etc), str(case.own_cert)).returncode == 0

    return _side_by_side(some, reads)


CONSUMERS: Mapping[str, Callable[[Sequence[Case], Path], Answers]] = {
    "openssl": openssl,
    "node": node,
    "NODE_EXTRA_CA_CERTS": node_extra,
    "python": python,
    "go": go,
    "keytool": keytool,
    "update-ca-certificates": update_ca_certificates,
}
"""Every real program by its name here."""
