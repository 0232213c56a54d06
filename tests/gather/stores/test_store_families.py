"""Java, Windows, macOS, NSS and .NET stores on scratch machines.

Neither Windows nor macOS is run here. The registry's values are made after MS-GPEF 2.2.1.1.1.1 and laid out as in
Microsoft's "System Store Locations"; macOS's ``security find-certificate -a -p`` prints PEM (its manual page).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.errors import CannotLook
from certdoctor.gather import stores
from certdoctor.gather.stores import macos
from certdoctor.gather.stores.programs import java
from certdoctor.gather.stores.public import Public
from certdoctor.gather.stores.windows import stores as windows
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.model.store import Store
from tests import machines, pki
from tests.keystores import blob, jks_store
from tests.machines import Registry, Scratch, ca, debian

CORP = ca("Corp Root")
PUBLIC = ca("Public Root")


def read(scratch: Scratch) -> dict[str, Store]:
    """Return the stores by their ids."""
    return {s.id: s for s in stores.read(scratch.machine()).stores}


def labels(store: Store) -> list[str]:
    """Return the names of what a store holds."""
    return [c.label for c in store.known]


def trusting(*ders: bytes) -> bytes:
    """Return a JKS that trusts these certificates."""
    return jks_store(trusted=[(f"c{n}", der) for n, der in enumerate(ders)])


def java_home(scratch: Scratch, name: str, data: bytes, *, file: str = "lib/security/cacerts") -> None:
    """Install a Java with this trust store."""
    scratch.write(f"/usr/lib/jvm/{name}/{file}", data)
    scratch.write(f"/usr/lib/jvm/{name}/release", f'IMPLEMENTOR="X"\nJAVA_VERSION="{name}.0.1"\n'.encode())


@pytest.mark.unix
def test_every_java_is_found_once(tmp_path: Path) -> None:
    """Two that share a file are one store; JAVA_HOME elsewhere and Java 8's layout count too."""
    scratch = debian(tmp_path, PUBLIC)
    java_home(scratch, "17", trusting(PUBLIC.der))
    (tmp_path / "usr/lib/jvm/21/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/jvm/21/lib/security").symlink_to("../../17/lib/security")
    java_home(scratch, "8", trusting(PUBLIC.der, CORP.der), file="jre/lib/security/cacerts")
    scratch.write("/opt/my java/lib/security/cacerts", trusting(CORP.der))
    scratch.environment["JAVA_HOME"] = "/opt/my java"
    found = {i: s for i, s in read(scratch).items() if i.startswith("java:")}
    assert set(found) == {
        "java:/usr/lib/jvm/17/lib/security/cacerts",
        "java:/usr/lib/jvm/8/jre/lib/security/cacerts",
        "java:/opt/my java/lib/security/cacerts",
    }
    shared = found["java:/usr/lib/jvm/17/lib/security/cacerts"]
    assert shared.title == "Java 17.0.1, 21 cacerts"
    assert shared.clients == ("jdbc",)
    eight = found["java:/usr/lib/jvm/8/jre/lib/security/cacerts"]
    assert not isinstance(eight.added, Absent)
    assert [c.label for c in eight.added] == ["Corp Root"]


def test_jssecacerts_takes_the_place_of_cacerts(tmp_path: Path) -> None:
    """As JSSE does it."""
    scratch = debian(tmp_path)
    java_home(scratch, "17", trusting(PUBLIC.der))
    java_home(scratch, "17", trusting(CORP.der), file="lib/security/jssecacerts")
    (store,) = (s for i, s in read(scratch).items() if i.startswith("java:"))
    assert labels(store) == ["Corp Root"]


@pytest.mark.parametrize("variable", java.OPTION_VARIABLES)
def test_a_trust_store_option_replaces_cacerts_and_no_password_is_kept(tmp_path: Path, variable: str) -> None:
    """Of the options, only the path is shown anywhere."""
    scratch = debian(tmp_path)
    java_home(scratch, "17", trusting(PUBLIC.der))
    scratch.write("/corp store.jks", trusting(CORP.der))
    scratch.environment[variable] = (
        '-Xmx1g -Djavax.net.ssl.trustStore="/corp store.jks" -Djavax.net.ssl.trustStorePassword=hunter2'
    )
    found = stores.read(scratch.machine())
    by_id = {s.id: s for s in found.stores}
    assert by_id["java:/usr/lib/jvm/17/lib/security/cacerts"].clients == ()
    assert by_id["java:/corp store.jks"].clients == ("jdbc",)
    assert labels(by_id["java:/corp store.jks"]) == ["Corp Root"]
    assert [i.variable for i in found.influences] == [variable]
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(scratch.machine())


def p12(*certificates: pki.Issued, password: bytes | None) -> bytes:
    """Return a PKCS#12 of certificates alone."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(
        b"corp", None, None, [c.certificate for c in certificates], encryption
    )


@pytest.mark.parametrize("password", [None, b"changeit"])
def test_pkcs12_trust_stores(tmp_path: Path, password: bytes | None) -> None:
    """Newer Javas have them, without a password or with Java's own."""
    file = tmp_path / "cacerts"
    file.write_bytes(p12(CORP, PUBLIC, password=password))
    found, defects = java.read(file, "cacerts")
    assert not isinstance(found, Absent)
    assert {c.label for c in found} == {"Corp Root", "Public Root"}
    assert not defects


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (p12(CORP, password=b"another"), "changeit"),
        (b"nonsense", "neither a JKS nor a PKCS#12"),
        (trusting(CORP.der)[:-40], "cut short"),
    ],
)
def test_a_java_store_that_does_not_open_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    """The store stays in the list."""
    file = tmp_path / "cacerts"
    file.write_bytes(data)
    found, _ = java.read(file, "cacerts")
    assert isinstance(found, Absent)
    assert reason in found.reason


def test_java_on_windows_is_found_below_program_files(tmp_path: Path) -> None:
    """Whatever the case in which the environment has the variable; nothing is looked for at the root of a drive."""
    made = machines.windows(
        tmp_path, {}, ProgramFiles=r"C:\Program Files", LOCALAPPDATA=r"C:\Users\ann\AppData\Local"
    )()
    for home in ("C/Program Files/Eclipse Adoptium/jdk-17", "usr/lib/jvm/java-17"):
        file = tmp_path / home / "lib/security/cacerts"
        file.parent.mkdir(parents=True)
        file.write_bytes(trusting(CORP.der))
    (store,) = java.stores(made, Public(prints=frozenset(), title=""))
    assert store.path == r"C:\Program Files\Eclipse Adoptium\jdk-17\lib\security\cacerts"
    assert labels(store) == ["Corp Root"]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (r"-Xmx1g -Djavax.net.ssl.trustStore=C:\certs\trust.jks", r"C:\certs\trust.jks"),
        (r'"-Djavax.net.ssl.trustStore=C:\my certs\trust.jks"', r"C:\my certs\trust.jks"),
        (r"-Djavax.net.ssl.trustStore='C:\it is\trust.jks' -Da=b", r"C:\it is\trust.jks"),
        (r"-Djavax.net.ssl.trustStore=\\share\c$\trust.jks", r"\\share\c$\trust.jks"),
    ],
)
def test_java_takes_no_backslash_for_an_escape(options: str, path: str) -> None:
    """On no system; quotes of both kinds group."""
    assert java.trust_store({"JAVA_TOOL_OPTIONS": options}) == ("JAVA_TOOL_OPTIONS", path)


def test_an_empty_cacerts_is_a_defect(tmp_path: Path) -> None:
    """Java then says "the trustAnchors parameter must be non-empty"."""
    scratch = debian(tmp_path)
    java_home(scratch, "17", trusting())
    (store,) = (s for i, s in read(scratch).items() if i.startswith("java:"))
    assert [(d.slug, d.loses) for d in store.defects] == [("empty", True)]


REGISTRY = {
    ("HKLM", r"SOFTWARE\Microsoft\SystemCertificates\ROOT\Certificates"): [blob((32, PUBLIC.der))],
    ("HKLM", r"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates"): [
        blob((3, b"\0" * 20), (32, CORP.der)),
        b"damaged",
    ],
    ("HKCU", r"SOFTWARE\Microsoft\SystemCertificates\Root\Certificates"): [blob((32, CORP.der))],
    ("HKLM", r"SOFTWARE\Microsoft\SystemCertificates\CA\Certificates"): [blob((32, pki.intermediate().der))],
    ("HKCU", r"SOFTWARE\Microsoft\SystemCertificates\CA\Certificates"): [],
}


def test_windows_keeps_machine_policy_and_user_apart(tmp_path: Path) -> None:
    """Each physical store is one store here; intermediates make nothing trusted; a closed key says so."""
    machine = Scratch(tmp_path).machine(System.WINDOWS, "Windows")
    registry = Registry(REGISTRY, denied=[r"EnterpriseCertificates\Root\Certificates"])
    found = {s.id: s for s in windows.stores(replace(machine, registry=registry), None)}
    assert set(found) == {
        "windows-machine",
        "windows-policy",
        "windows-enterprise",
        "windows-user",
        "windows-intermediates",
    }
    assert labels(found["windows-machine"]) == ["Public Root"]
    assert isinstance(found["windows-machine"].added, Absent)
    assert labels(found["windows-policy"]) == ["Corp Root"]
    assert found["windows-policy"].added == found["windows-policy"].certificates
    assert [d.slug for d in found["windows-policy"].defects] == ["damaged-block"]
    assert "Services" in (found["windows-user"].note or "")
    assert not found["windows-intermediates"].trusted
    denied = found["windows-enterprise"].certificates
    assert isinstance(denied, Absent)
    assert "Access is denied" in denied.reason
    assert {"odbc-windows", "sqlclient-windows"} <= set(found["windows-user"].clients)


def test_other_systems_have_no_registry_and_no_keychain(tmp_path: Path) -> None:
    """Nothing pretends."""
    machine = Scratch(tmp_path).machine()
    assert windows.stores(replace(machine, registry=Registry(REGISTRY)), None) == []
    assert macos.stores(machine, None) == []
    assert windows.stores(replace(machine, system=System.WINDOWS), None) == []  # no registry on this system


def test_macos_keychains_as_security_prints_them(tmp_path: Path) -> None:
    """One call for each keychain; one that fails says so; what an administrator added is told apart."""

    def run(arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> bytes:
        assert arguments[:4] == ["/usr/bin/security", "find-certificate", "-a", "-p"]
        assert seconds <= 10
        assert "SSL_CERT_FILE" not in environment
        if arguments[4].startswith("/System"):
            return PUBLIC.pem + CORP.pem.replace(b"MII", b"", 1)
        if arguments[4] == "/Library/Keychains/System.keychain":
            return CORP.pem
        raise CannotLook("security ended with exit code 50.")

    machine = replace(Scratch(tmp_path).machine(System.MACOS, "macOS"), run=run)
    apple, system, login = macos.stores(machine, None)
    assert labels(apple) == ["Public Root"]
    assert isinstance(apple.added, Absent)
    assert labels(system) == ["Corp Root"]
    assert system.added == system.certificates
    assert "trust settings" in (system.note or "")
    assert isinstance(login.certificates, Absent)
    assert login.path == f"{machine.home}/Library/Keychains/login.keychain-db"


def nss(folder: Path, *entries: tuple[bytes, bytes]) -> None:
    """Make a cert9.db of (DER, trust for servers), with the columns that are read."""
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "cert9.db")
    connection.execute("CREATE TABLE nssPublic (id PRIMARY KEY, a0, a11, ace536358, ace5363b4)")
    for number, (der, trust) in enumerate(entries):
        sha1 = hashlib.sha1(der, usedforsecurity=False).digest()
        rows = (
            (2 * number, bytes.fromhex("00000001"), der, None, None),
            (2 * number + 1, bytes.fromhex("ce534353"), None, trust, sha1),
        )
        connection.executemany("INSERT INTO nssPublic VALUES (?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()


def test_nss_databases_show_what_is_trusted_for_servers(tmp_path: Path) -> None:
    """A certificate that is merely there does not count; an ordinary profile is no store; nonsense says so."""
    scratch = debian(tmp_path)
    home = tmp_path / "home/user"
    nss(home / ".pki/nssdb", (CORP.der, bytes.fromhex("ce534352")), (PUBLIC.der, bytes.fromhex("ce534353")))
    nss(home / ".mozilla/firefox/abc.default", (PUBLIC.der, bytes.fromhex("ce534353")))
    scratch.write("/home/user/.mozilla/firefox/bad.default/cert9.db", b"nonsense" * 100)
    before = sorted(p.name for p in (home / ".pki/nssdb").iterdir())
    found = {i: s for i, s in read(scratch).items() if i.startswith("nss:")}
    chromium = found["nss:/home/user/.pki/nssdb"]
    assert labels(chromium) == ["Corp Root"]
    assert chromium.readers == ("Chromium",)
    assert not chromium.clients
    assert "nss:/home/user/.mozilla/firefox/abc.default" not in found
    assert isinstance(found["nss:/home/user/.mozilla/firefox/bad.default"].certificates, Absent)
    assert sorted(p.name for p in (home / ".pki/nssdb").iterdir()) == before


def test_dotnets_store_of_the_user(tmp_path: Path) -> None:
    """One PKCS#12 without a password for each certificate; one that stays shut is counted."""
    scratch = debian(tmp_path)
    folder = "/home/user/.dotnet/corefx/cryptography/x509stores/root"
    scratch.write(f"{folder}/AB12.pfx", p12(CORP, password=None))
    scratch.write(f"{folder}/CD34.pfx", p12(PUBLIC, password=b"secret"))
    store = read(scratch)["dotnet-user"]
    assert labels(store) == ["Corp Root"]
    assert store.clients == ("sqlclient-linux",)
    assert [d.slug for d in store.defects] == ["damaged-block"]
