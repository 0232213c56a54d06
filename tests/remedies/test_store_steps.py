"""Steps per trust store: complete, filled in, quoted, and refused where they would only mislead."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest

from certdoctor.errors import UsageError
from certdoctor.model.ids import SYSTEMS, Protocol, System
from certdoctor.model.store import StoreSteps
from certdoctor.remedies.client import stores
from certdoctor.remedies.client.stores import CaFile, steps
from certdoctor.remedies.context import RemedyContext

ROOT = CaFile(path="corp root.pem", common_name="Corp Root CA 2020", sha256="ab" * 32, sha1="cd" * 20)
PARTS = ("notes", "prepare", "check", "add", "prove", "undo", "restart", "mistakes")


def everything(found: StoreSteps) -> str:
    """Join all that a reader sees."""
    return "\n".join(text for part in PARTS for text in getattr(found, part))


def commands(*parts: tuple[str, ...]) -> list[str]:
    """Return the command lines of the steps."""
    return [line for part in parts for text in part for line in text.split("\n")[1:]]


def test_the_stores_are_known() -> None:
    """Operating systems and applications, each with a title and a source."""
    systems = {*SYSTEMS, "windows-user", "wsl", "docker", "service", "kubernetes"}
    applications = {
        *("hackolade", "node", "electron", "java", "python", "odbc-linux", "dotnet-linux", "go", "freetds"),
        *("psql", "mysql", "mongodb", "openssl", "curl", "git", "firefox-nss", "ssms"),
        *(f"hackolade-{plugin}" for plugin in ("postgresql", "mysql", "documentdb", "cassandra")),
    }
    assert set(stores.consumers()) == systems | applications
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", stores.as_of())
    assert all(steps(c, ROOT).title and steps(c, ROOT).source for c in stores.consumers())
    assert stores.title("suse") == "SLES, openSUSE"


@pytest.mark.parametrize("os", list(System))
@pytest.mark.parametrize("consumer", stores.consumers())
def test_every_store_is_complete(consumer: str, os: System) -> None:
    """Check, add, prove, restart and mistakes are told, whatever the file is; nothing is left unfilled."""
    files = (ROOT, CaFile(), replace(ROOT, count=2), replace(ROOT, pem=False, path="corp.der"))
    for ca in files:
        found = steps(consumer, ca, os=os)
        assert not found.refusal
        assert found.check
        assert found.add
        assert found.prove
        assert found.restart
        assert found.mistakes
        assert found.undo or "certdoctor trust steps" in found.add[0]
        assert not re.search(r"\{[a-z_]+\}", everything(found)), everything(found)
        assert "None" not in everything(found)
        for part in PARTS:
            for text in getattr(found, part):
                assert text.split("\n")[0][-1] in ".:", text
                assert all(line.strip() for line in text.split("\n"))


def test_an_unknown_store_is_named_with_the_known_ones() -> None:
    """The error names what was asked for and lists what there is."""
    with pytest.raises(UsageError, match="There is no store named debain") as caught:
        steps("debain", ROOT)
    assert "debian" in caught.value.hint


@pytest.mark.parametrize(
    ("ca", "reason"),
    [
        (CaFile(common_name="sql01", is_ca=False, self_signed=False), "sql01 is the certificate of a server"),
        (CaFile(common_name="sql01", is_ca=None, self_signed=False), "sql01 is the certificate of a server"),
        (CaFile(common_name="Issuing 3", is_ca=True, self_signed=False), "Issuing 3 is an intermediate CA"),
        (CaFile(path="empty.pem", count=0), "empty.pem holds no certificate"),
    ],
)
@pytest.mark.parametrize("consumer", stores.consumers())
def test_what_would_not_help_is_refused(consumer: str, ca: CaFile, reason: str) -> None:
    """A leaf, an intermediate, an empty file: the reason and no step."""
    found = steps(consumer, ca)
    assert found.refusal.startswith(reason)
    assert not any(getattr(found, part) for part in PARTS)


def test_a_servers_own_certificate_is_taken_with_a_warning() -> None:
    """Self-signed and no CA: it can be pinned, and the reader is told what that is worth."""
    found = steps("node", replace(ROOT, is_ca=None, problems=("The file is old.",)))
    assert found.add
    assert found.notes[0] == "The file is old."
    assert "not marked as a CA" in found.notes[1]
    assert not steps("node", ROOT).notes


def test_der_is_converted_where_it_is_not_read() -> None:
    """The conversion comes before all else, and what follows uses its result."""
    der = replace(ROOT, pem=False, path="corp root.cer")
    debian = steps("debian", der)
    assert commands(debian.prepare) == ["openssl x509 -inform DER -in 'corp root.cer' -out 'corp root.pem'"]
    assert "cp 'corp root.pem' /usr/local/share/ca-certificates/corp-root-ca-2020-abababab.crt" in everything(
        debian
    )
    windows = steps("node", der, os=System.WINDOWS)
    assert commands(windows.prepare) == ["certutil -f -encode 'corp root.cer' 'corp root.pem'"]
    for consumer in ("windows", "rhel", "java"):
        assert not steps(consumer, der).prepare


def test_what_no_store_takes_is_written_anew_first() -> None:
    """PKCS#7, UTF-16 or a key in it: certdoctor repair comes first, and all that follows uses its result."""
    odd = replace(ROOT, path="my ca.p7b", pem=False, count=2, rewritten="my_ca")
    debian = steps("debian", odd)
    assert (
        commands(debian.prepare)[0]
        == "certdoctor repair 'my ca.p7b' --out corp-root-ca-2020-abababab-repaired"
    )
    assert commands(debian.prepare)[1].endswith(" corp-root-ca-2020-abababab-repaired/my_ca.pem")
    assert len(commands(debian.prepare)) == 2, "written anew, then split; nothing is converted"
    windows = commands(steps("windows", replace(odd, count=1)).add)
    assert r"certutil -addstore -f Root corp-root-ca-2020-abababab-repaired\my_ca.pem" in windows


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("a.der", "a.pem"),
        ("a.crt", "a.pem"),
        ("a.pem", "a-converted.pem"),
        ("a", "a-converted.pem"),
        ("x.y/a", "x.y/a-converted.pem"),
        (".der", ".der-converted.pem"),
    ],
)
def test_the_converted_file_never_is_the_original(path: str, result: str) -> None:
    """A DER file that is already called .pem gets another name."""
    found = steps("curl", replace(ROOT, pem=False, path=path))
    assert commands(found.prepare)[0].endswith(f" -out {result}")


def test_a_bundle_is_split_where_one_per_file_is_needed() -> None:
    """update-ca-certificates and keytool take one certificate per file; Node takes them all."""
    bundle = replace(ROOT, count=3)
    assert commands(steps("debian", bundle).prepare)[0].startswith("awk ")
    assert "keytool" in everything(steps("java", bundle, os=System.DEBIAN))
    assert commands(steps("java", bundle, os=System.DEBIAN).prepare)[0].startswith("awk ")
    assert not steps("node", bundle).prepare
    assert not steps("debian", ROOT).prepare


def test_the_name_for_update_ca_certificates_ends_in_crt() -> None:
    """A .pem would be ignored without a word."""
    for consumer in ("debian", "alpine", "wsl", "docker"):
        assert "corp-root-ca-2020-abababab.crt" in everything(steps(consumer, ROOT))
        assert "/usr/local/share/ca-certificates/corp-root-ca-2020-abababab.pem" not in everything(
            steps(consumer, ROOT)
        )


@pytest.mark.parametrize(
    ("ca", "name"),
    [
        (ROOT, "corp-root-ca-2020-abababab"),
        (replace(ROOT, sha256=None), "corp-root-ca-2020"),
        (CaFile(common_name="Zürcher «CA»; rm -rf /"), "zurcher-ca-rm-rf"),
        (CaFile(common_name="証明書", path="/x/My CA.v2.pem"), "my-ca"),
        (CaFile(common_name=None, path="証明書.pem"), "company-ca"),
        (CaFile(common_name="--help"), "help"),
        (CaFile(common_name="x" * 200), "x" * 60),
        (replace(ROOT, sha256="AB:CD:EF:01:23:45"), "corp-root-ca-2020-abcdef01"),
    ],
)
def test_the_plain_name(ca: CaFile, name: str) -> None:
    """File names and aliases need no quotes, and differ for roots that share a name."""
    assert stores.plain_name(ca) == name


def test_windows_is_quoted_for_powershell() -> None:
    """A quote in a path is doubled, and thumbprints have no blanks."""
    found = steps("windows", replace(ROOT, path=r"C:\it's here\root.cer"))
    assert r"certutil -addstore -f Root 'C:\it''s here\root.cer'" in commands(found.add)
    assert f"certutil -delstore Root {'CD' * 20}" in commands(found.undo)
    unknown = steps("windows", CaFile())
    assert 'THUMBPRINT is its "Cert Hash(sha1)"' in everything(unknown)


def test_the_fingerprint_is_shown_in_every_store() -> None:
    """The reader compares it before trusting anything."""
    for consumer in stores.consumers():
        assert ":".join(["AB"] * 32) in steps(consumer, ROOT).check[0]
        assert "have your PKI team confirm it" in steps(consumer, CaFile()).check[0]


def test_the_system_decides_where_a_store_is_on_several() -> None:
    """Only the steps of the system named; all of them, labelled, when it is not known."""
    windows = everything(steps("node", ROOT, os=System.WINDOWS))
    assert "SetEnvironmentVariable('NODE_EXTRA_CA_CERTS'" in windows
    assert "export" not in windows
    linux = everything(steps("node", ROOT, os=System.RHEL))
    assert "export NODE_EXTRA_CA_CERTS=\"$PWD\"/'corp root.pem'" in linux
    assert "SetEnvironmentVariable" not in linux
    both = everything(steps("node", ROOT))
    assert "On Windows, in PowerShell: set" in both
    assert "On Linux and macOS: set" in both
    assert "launchctl setenv" in everything(steps("electron", ROOT, os=System.MACOS))
    assert "launchctl" not in everything(steps("electron", ROOT, os=System.DEBIAN))


def test_a_driver_on_the_systems_store_gets_the_systems_steps() -> None:
    """The ODBC driver on Debian reads Debian's store; on an unknown system the reader is told where to look."""
    found = steps("odbc-linux", ROOT, os=System.DEBIAN)
    assert "sudo update-ca-certificates" in commands(found.add)
    assert len([text for text in found.check if "SHA-256" in text]) == 1
    assert commands(steps("odbc-linux", ROOT).add) == ["certdoctor trust steps 'corp root.pem' --for debian"]
    assert "certutil -addstore -f Root" in everything(steps("ssms", ROOT, os=System.DEBIAN))


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (RemedyContext(application="Hackolade", clients=("node",)), ("hackolade",)),
        (RemedyContext(application="Hackolade", protocol=Protocol.POSTGRES), ("hackolade-postgresql",)),
        (RemedyContext(application="Hackolade", protocol=Protocol.MONGODB), ("hackolade-documentdb",)),
        (RemedyContext(clients=("node@20",)), ("node",)),
        (RemedyContext(clients=("odbc-windows", "jdbc"), os=System.WINDOWS), ("windows", "java")),
        (RemedyContext(clients=("openssl",), os=System.RHEL), ("rhel",)),
        (RemedyContext(os=System.MACOS), ("macos",)),
        (RemedyContext(), ("windows", "debian")),
    ],
)
def test_which_stores_matter(situation: RemedyContext, expected: tuple[str, ...]) -> None:
    """The application first, then its drivers, then the system."""
    assert stores.consumers_for(situation) == expected


def test_a_line_that_no_shell_reads_has_the_whole_path() -> None:
    """freetds.conf knows no folder to count from: that of this machine, or one to be filled in."""
    assert "ca file = /home/me/ca/corp root.pem" in everything(
        steps("freetds", replace(ROOT, folder="/home/me/ca"))
    )
    assert "ca file = /full/path/of/corp root.pem" in everything(steps("freetds", ROOT))
    assert "ca file = /x/y.pem" in everything(
        steps("freetds", replace(ROOT, path="/x/y.pem", folder="/home"))
    )


def test_the_port_is_that_of_the_kind_of_server() -> None:
    """SQL Server's where nothing else is meant, and the one given before all."""
    assert "-p 5432 " in everything(steps("psql", ROOT))
    assert ":1433" in everything(steps("node", ROOT))
    assert "-p 7 " in everything(steps("psql", ROOT, port=7))


def test_hostile_names_stay_names() -> None:
    """A common name, path or host can neither add a line nor leave its quotes."""
    evil = replace(ROOT, common_name="x\nrm -rf /", path="p'; touch pwned #")
    seen = 0
    for consumer in set(stores.consumers()) - {"freetds"}:  # its lines are read by no shell
        found = steps(consumer, evil, os=System.DEBIAN, host="h'; touch pwned", target="t\nrm -rf /")
        for line in commands(*(getattr(found, p) for p in PARTS)):
            assert "rm -rf" not in line
            if "touch pwned" in line and consumer not in {"windows", "windows-user", "ssms"}:
                assert "touch" not in shlex.split(line), line
                seen += 1
    assert seen > 30


def test_no_password_and_no_switch_that_checks_nothing() -> None:
    """Not even in what is said about mistakes."""
    for consumer in stores.consumers():
        text = everything(steps(consumer, ROOT))
        assert not re.search(
            r"changeit|storepass|NODE_TLS_REJECT|rejectUnauthorized|curl -k|TrustServerC", text
        )
