"""Feed every reader of foreign input with mutated input, and keep what it does not survive.

    python tools/fuzz.py [TARGET...] [--runs N] [--seconds S] [--out DIR] [--plain] [--list]

Each target runs in a child process. With atheris (``pip install certdoctor[fuzz]``) the mutations follow the coverage
of certdoctor's own code; without it, or with ``--plain``, they are random ones of the seeds, and no coverage guides
them: the first line says which. Seeds are the fixtures of this repository and what its builders make.

A reader may raise the errors that it declares (``certdoctor.errors``), nothing else, and an input may take
``SLOWEST`` seconds. Anything else is a crash: the input is written to ``--out`` as ``crash-TARGET-DIGEST`` and the exit
code is 1. A last line for each target says how many inputs were executed.
"""

# ruff: noqa: PLC0415 - certdoctor is imported where atheris can instrument it
from __future__ import annotations

import argparse
import gzip
import importlib
import importlib.util
import io
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

LONGEST = 8192
"""Bytes of an input."""
SLOWEST = 20
"""Seconds that one input may take."""
FIXTURES = ROOT / "fixtures"
Target = Callable[[bytes], object]
PASSWORD = b"secret"
_INTERESTING = (
    b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"-----BEGIN CERTIFICATE-----\n", b"\n", b"'", b'"',
    b"password=", b"\\", b"%41", b"\x1b[31m", b"\xe2\x80\x8b", b"{", b"}", b"[", b";", b"=", b"://", b"@", b"\r\n",
)  # fmt: skip


def _text(work: Callable[[str], object]) -> Target:
    return lambda data: work(data.decode("utf-8", errors="replace"))


def targets() -> dict[str, Target]:
    """Return what is fuzzed, by its name. The imports stand here, so that atheris can instrument them."""
    from certdoctor.formats import evidence_file, files
    from certdoctor.formats.certificates import x509
    from certdoctor.formats.containers import jks, pkcs, windows_blob
    from certdoctor.formats.encodings import der, pem, recognise
    from certdoctor.formats.keys import private_keys, putty
    from certdoctor.formats.targets import connection_strings, target, target_lists
    from certdoctor.formats.text.limits import Limits
    from certdoctor.formats.text.redact import redact
    from certdoctor.formats.wire import greeting, handshake, mongodb, mysql, postgres, ssrp, tds, tls
    from certdoctor.gather.collected import evidence as collected
    from certdoctor.gather.logs import reading as archives
    from certdoctor.logs import reading
    from certdoctor.logs.stream import LogReader
    from certdoctor.model.files import Role
    from certdoctor.model.ids import Consumer
    from certdoctor.preflight import plan_file, prefill
    from certdoctor.privacy.log_copies import LogRedactor
    from certdoctor.privacy.names import Names
    from certdoctor.privacy.strict import Strict
    from certdoctor.repair.repair import RepairOptions, Source, repair_all

    limits = Limits(rounds=1000)

    def evidence(data: bytes) -> object:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return evidence_file.read(data)
        if isinstance(document, dict) and isinstance(document.get("content"), dict):
            try:  # past the digest, which is no secret
                document["digest"] = evidence_file.digest_of(document["content"])
            except (UnicodeEncodeError, RecursionError):
                return None
            data = json.dumps(document).encode()
        return evidence_file.read(data)

    def stream(data: bytes) -> object:
        reader = LogReader(path="x.log")
        for at in range(0, len(data), 100):
            reader.feed(data[at : at + 100])
        return reader.facts()

    def copy(data: bytes, *strict: Strict) -> str:
        redactor = LogRedactor(Counter(), Names(), *strict)
        return redactor.feed(data) + redactor.end()

    def archive(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "x.zip" if data[:1] == b"P" else "x.gz")
            path.write_bytes(data)
            return archives.read(str(path))

    def repair(data: bytes) -> object:
        options = RepairOptions(consumer=Consumer.NODE, password=PASSWORD, with_key=True, limits=limits)
        return repair_all((Source(path="x.pem", data=data),), options)

    return {
        "certificate": x509.parse,
        "certificate-name": x509.rfc4514,
        "der": der.whole,
        "pem": pem.scan,
        "form": lambda data: (recognise.by_magic(data), recognise.by_text(data), recognise.bare_base64(data)),
        "file": lambda data: files.examine(data, path="x", role=Role.CA, password=PASSWORD, limits=limits),
        "key": lambda data: private_keys.examine(data, PASSWORD),
        "putty": lambda data: putty.examine(data, PASSWORD),
        "pkcs12": lambda data: (pkcs.pkcs12_encryption(data, 1000), pkcs.open_pkcs12(data, PASSWORD)),
        "pkcs7": pkcs.open_pkcs7,
        "jks": lambda data: (jks.survey(data), jks.parse(data)),
        "windows-blob": lambda data: (windows_blob.certificate(data), list(windows_blob.exported(data))),
        "tds": lambda data: [
            _declared(one, data)
            for one in (tds.parse_header, tds.parse_prelogin, tds.parse_messages, tds.parse_login7)
        ],
        "tls": lambda data: [_declared(one, data) for one in (tls.parse_answer, tls.parse_client_hello)],
        "handshake": lambda data: (
            handshake.parse_flight(data),
            handshake.parse_flight(data, (bytes(32), bytes(32))),
        ),
        "collected": lambda data: collected.saved(data, "x.collected.json"),
        "postgresql": lambda data: (postgres.parse_error(data), postgres.parse_answer(data)),
        "mysql": lambda data: (mysql.parse_header(data[:4]), mysql.parse_hello(data)),
        "mongodb": mongodb.parse_header,
        "browser": lambda data: [
            _declared(one, data) for one in (ssrp.parse_reply, ssrp.parse_dac_reply, ssrp.parse_request)
        ],
        "greeting": lambda data: (greeting.recognise(data), greeting.printable(data)),
        "target": _text(target.parse),
        "connection-string": _text(
            lambda text: (connection_strings.pairs(text), connection_strings.words(text))
        ),
        "target-list": _text(lambda text: target_lists.parse(text, "x")),
        "prefill": _text(prefill.from_connection_string),
        "evidence": evidence,
        "log": lambda data: reading.parse(data, path="x.log"),
        "log-stream": stream,
        "redaction": _text(redact),
        "copy": copy,
        "strict-copy": lambda data: copy(data, Strict()),
        "repair": repair,
        "archive": archive,
        "plan": plan_file.read,
    }


def _declared(parse: Target, data: bytes) -> object:
    """Let each of several parsers refuse the same bytes."""
    from certdoctor.errors import CertdoctorError

    try:
        return parse(data)
    except CertdoctorError as error:
        return error


def seeds(name: str) -> Iterator[bytes]:
    """Yield inputs to begin with."""
    from tests.formats.secret_shapes import SHAPES

    logs = [path.read_bytes() for path in sorted((FIXTURES / "logs").iterdir())]
    logs += [
        json.loads(line)["excerpt"].encode()
        for line in (FIXTURES / "excerpts" / "known.jsonl").read_text("utf-8").splitlines()[::8]
    ]
    if name in {"log", "log-stream", "redaction", "copy", "strict-copy"}:
        yield from logs
        yield from (shape.encode() for shapes in SHAPES.values() for shape in shapes[::4])
    elif name == "archive":
        for log in logs[::6]:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
                made.writestr("a/x.log", log)
            yield packed.getvalue()
            yield gzip.compress(log)
    elif name == "evidence":
        yield from (path.read_bytes() for path in sorted((FIXTURES / "evidence").iterdir()))
    elif name in {"collected", "handshake"}:
        yield from _recorded(name)
    elif name in {"target", "connection-string", "target-list", "prefill"}:
        yield from _targets()
    elif name == "plan":
        yield from (
            b'[[connection]]\nname = "x"\ntarget = "sql01:1433"\nclients = ["node"]\ndays = 30\n',
            b"[policy]\n",
        )
        yield from re.findall(rb"```toml\n(.*?)```", (ROOT / "docs" / "preflight.md").read_bytes(), re.DOTALL)
    elif name in {"tds", "tls", "postgresql", "mysql", "mongodb", "browser", "greeting"}:
        yield from _wire()
    else:
        yield from _files()


def _recorded(name: str) -> Iterator[bytes]:
    for path in sorted((FIXTURES / "collected").iterdir()):
        document = json.loads(path.read_bytes())
        [server] = document["servers"]
        for connection in server["connections"]:
            received = b64decode(connection["received"])
            if name == "handshake" and b"\x16\x03" in received:
                yield received[received.find(b"\x16\x03") :]
            elif name == "collected":
                # A connection at a time: the inputs are short.
                small = {**document, "files": [], "servers": [{**server, "connections": [connection]}]}
                yield json.dumps(small, separators=(",", ":")).encode()


def _targets() -> Iterator[bytes]:
    yield from (
        b"sql01,1433", b"tcp:sql01\\INST,1433", b"[2001:db8::1]:1433", b"postgres://u:p@h:5432/db?sslmode=verify-full",
        b"Server=tcp:sql01,1433;User ID=sa;Password={a;b}}c};Encrypt=strict;TrustServerCertificate=no",
        b"jdbc:sqlserver://h:1433;encrypt=true;trustServerCertificate={x;y}", b"mongodb+srv://u:p@h/?tls=true",
        b"host=h port=5432 password='a b' sslmode=require", b"# list\nsql01\nsql02:1434 # two\n", b"mysql://h/?ssl-mode=REQUIRED",
    )  # fmt: skip


def _wire() -> Iterator[bytes]:
    from certdoctor.formats.wire import mysql, postgres, ssrp, tds, tls

    yield tds.build_done(error=True)
    yield tds.build_packets(4, b"\xaa" + b"\x10\x00" * 20)
    yield bytes.fromhex(
        "00001a000601002000010200210001030022000404002600 01ff1000000000000000000000".replace(" ", "")
    )
    yield postgres.build_error(postgres.ServerError(sqlstate="28000", text="no pg_hba.conf entry"))[5:]
    yield mysql.build_ssl_request()
    yield ssrp.build_dac_reply(1434)
    yield b"\x05\x3f\x00ServerName;SQL01;InstanceName;X;IsClustered;No;Version;16.0;tcp;1433;;"
    yield tls.build_records(21, b"\x02\x28") + tls.build_records(22, b"\x02\x00\x00\x26\x03\x03" + bytes(36))
    yield b"J\x00\x00\x00\x0a8.0.36\x00" + bytes(60)
    yield from (b"SSH-2.0-x\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 smtp\r\n", b"N", b"S")


def _files() -> Iterator[bytes]:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

    from certdoctor.formats.certificates.x509 import parse
    from certdoctor.formats.containers import packing
    from tests import pki

    yield from (path.read_bytes() for path in sorted((FIXTURES / "hostile").iterdir()))
    leaf = pki.leaf()
    certificate = leaf.certificate
    der = certificate.public_bytes(forms.Encoding.DER)
    yield from (der, leaf.pem, certificate.subject.public_bytes())
    for form in (forms.PrivateFormat.PKCS8, forms.PrivateFormat.TraditionalOpenSSL):
        for encoding in (forms.Encoding.DER, forms.Encoding.PEM):
            yield leaf.key.private_bytes(encoding, form, forms.NoEncryption())
    protection = forms.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(10).build(PASSWORD)
    yield pkcs12.serialize_key_and_certificates(b"x", leaf.key, certificate, None, protection)
    yield pkcs7.serialize_certificates([certificate], forms.Encoding.DER)
    yield packing.trust_store((parse(der),), PASSWORD)
    yield b"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n"


class Outcome:
    """What one target did with its inputs."""

    def __init__(self, name: str, out: Path) -> None:
        from certdoctor.errors import CertdoctorError

        self.name = name
        self.out = out
        self.run = targets()[name]
        self.declared = (CertdoctorError,)
        self.crashed = False

    def one(self, data: bytes) -> None:
        """Run one input; write it down and raise again if it is a crash."""
        started = time.process_time()
        try:
            self.run(data)
        except self.declared:
            pass
        except BaseException:
            self._keep(data, traceback.format_exc())
            raise
        taken = time.process_time() - started
        if taken > SLOWEST:
            self._keep(data, f"{taken:.1f} s")
            raise TimeoutError(f"{self.name}: {taken:.1f} s")

    def _keep(self, data: bytes, why: str) -> None:
        self.crashed = True
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"crash-{self.name}-{sha256(data).hexdigest()[:12]}"
        path.write_bytes(data)
        print(f"{self.name}: {path}\n{why}", file=sys.stderr, flush=True)


def mutated(chance: random.Random, corpus: list[bytes]) -> bytes:
    """Return a seed with some of its bytes changed, inserted, removed, repeated or taken from another."""
    data = bytearray(chance.choice(corpus)[:LONGEST])
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 64))
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = chance.choice(_INTERESTING)
            case 3:
                data[at:at] = data[at : at + length] * chance.choice((1, 2, 40))
            case 4:
                other = chance.choice(corpus)
                start = chance.randrange(len(other) + 1)
                data[at : at + length] = other[start : start + length * 4]
            case _:
                if at < len(data):
                    data[at] ^= 1 << chance.randrange(8)
    return bytes(data[:LONGEST])


def by_chance(name: str, runs: int, seconds: float, out: Path) -> int:
    """Run a target on random mutations of its seeds; return the number of inputs, negative after a crash."""
    corpus = list(seeds(name))
    outcome = Outcome(name, out)
    chance = random.Random(name)  # noqa: S311 - the same inputs every time
    started = time.monotonic()
    done = 0
    for done in range(1, runs + 1):
        data = corpus[done - 1] if done <= len(corpus) else mutated(chance, corpus)
        try:
            outcome.one(data)
        except Exception:  # noqa: BLE001 - written down; the count says where it stopped
            return -done
        if seconds and time.monotonic() - started > seconds:
            break
    return done


def by_coverage(name: str, runs: int, seconds: float, out: Path) -> None:
    """Run a target under atheris, which ends the process."""
    atheris: Any = importlib.import_module("atheris")

    with atheris.instrument_imports(include=["certdoctor"]):
        outcome = Outcome(name, out)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(name)):
            Path(corpus, str(number)).write_bytes(seed[:LONGEST])
        atheris.Setup(
            [
                name, corpus, f"-runs={runs}", f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", "-print_final_stats=1",
                f"-timeout={SLOWEST}", "-seed=1", "-rss_limit_mb=2048", f"-artifact_prefix={out}/libfuzzer-{name}-", "-verbosity=0",
            ],
            outcome.one,
        )  # fmt: skip
        atheris.Fuzz()


def _child(name: str, options: argparse.Namespace) -> tuple[int, bool]:
    """Run one target in a process of its own; return the inputs executed and whether it crashed."""
    command = [
        sys.executable, __file__, name, "--child", "--runs", str(options.runs), "--seconds", str(options.seconds), "--out", str(options.out),
        *(["--plain"] if options.plain else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = re.findall(r"(?:stat::number_of_executed_units|executed): +(-?\d+)", done.stdout + done.stderr)
    count = int(told[-1]) if told else 0
    crashed = done.returncode != 0 or count < 0
    if crashed:
        sys.stderr.write(done.stderr[-4000:])
    return abs(count), crashed


def main() -> int:
    """Print how many inputs each target survived."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of foreign input.")
    parser.add_argument("target", nargs="*")
    parser.add_argument("--runs", type=int, default=10_000, help="inputs of each target")
    parser.add_argument("--seconds", type=float, default=0, help="at most, of each target; 0 for no limit")
    parser.add_argument("--out", type=Path, default=Path("fuzz-crashes"), help="folder for crashes")
    parser.add_argument("--plain", action="store_true", help="random mutations, without atheris")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.plain = options.plain or importlib.util.find_spec("atheris") is None
    if options.child:
        name = options.target[0]
        if not options.plain:
            by_coverage(name, options.runs, options.seconds, options.out)
            return 0
        print(f"executed: {by_chance(name, options.runs, options.seconds, options.out)}")
        return 0
    every = targets()
    if options.list:
        print("\n".join(every))
        return 0
    if unknown := set(options.target) - set(every):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    print(
        "Random mutations, without coverage."
        if options.plain
        else "Mutations that follow coverage (atheris)."
    )
    failed = False
    for name in options.target or every:
        started = time.monotonic()
        count, crashed = _child(name, options)
        failed |= crashed
        print(
            f"{name:20} {count:>9,} executed in {time.monotonic() - started:6.1f} s{'  CRASHED' if crashed else ''}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
