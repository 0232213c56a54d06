"""The stores of scratch machines: who reads which, what was added, and what is wrong with them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from certdoctor.checks.stores import not_in_store, store_defect
from certdoctor.errors import CannotLook
from certdoctor.gather import stores
from certdoctor.gather.stores import machine as machines
from certdoctor.gather.stores import pem_files
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.programs import mozilla, node
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.model.rule import Severity
from certdoctor.model.store import Influence, Store, StoreKind, WantedCertificate
from tests import pki
from tests.machines import Scratch, ca, debian, subject_hash
from tests.pki import NOW, Issued

VENDOR = [ca("Vendor Root 1"), ca("Vendor Root 2")]
CORP = ca("Corp Root")
OTHER = ca("Other Root")


def prints(*issued: Issued) -> set[str]:
    """Return the SHA-256 of certificates."""
    return {hashlib.sha256(i.der).hexdigest() for i in issued}


def held(store: Store) -> set[str]:
    """Return the SHA-256 of what a store holds."""
    return {c.sha256 for c in store.known}


def read(machine: Machine) -> dict[str, Store]:
    """Return the stores by their ids."""
    found = stores.read(machine).stores
    assert len({s.id for s in found}) == len(found)
    return {s.id: s for s in found}


def defects(machine: Machine) -> dict[str, tuple[str | None, bool]]:
    """Return path and gravity of each defect by its slug."""
    return {d.slug: (d.path, d.loses) for s in read(machine).values() for d in s.defects}


def added(store: Store) -> set[str]:
    """Return the SHA-256 of what was added to a store."""
    assert not isinstance(store.added, Absent)
    return {c.sha256 for c in store.added}


def test_a_debian_machine_in_order(tmp_path: Path) -> None:
    """Bundle and folder hold all roots, the local one is told apart, nobody complains."""
    machine = debian(tmp_path, *VENDOR, local=[CORP]).machine()
    found = read(machine)
    bundle, folder = found["system-bundle"], found["hashed-directory"]
    assert bundle.title == "Debian bundle"
    assert bundle.path == "/etc/ssl/certs/ca-certificates.crt"
    assert held(bundle) == held(folder) == prints(*VENDOR, CORP)
    assert added(bundle) == added(folder) == prints(CORP)
    assert bundle.compared_with == "/usr/share/ca-certificates"
    assert set(bundle.clients) == {"go", "gnutls"}
    assert set(folder.clients) == {"openssl", "python", "odbc-linux", "sqlclient-linux", "go", "mongosh"}
    assert folder.aliases == ("/usr/lib/ssl/certs",)
    assert not defects(machine)
    assert isinstance(found["node"].certificates, Absent)


def test_openssl_reads_a_cert_pem_that_is_there(tmp_path: Path) -> None:
    """Newer Debians link OPENSSLDIR/cert.pem to the bundle: then OpenSSL reads both."""
    scratch = debian(tmp_path, *VENDOR)
    (tmp_path / "usr/lib/ssl/cert.pem").symlink_to("../../../etc/ssl/certs/ca-certificates.crt")
    assert {"openssl", "python", "odbc-linux"} <= set(read(scratch.machine())["system-bundle"].clients)


def test_a_file_without_a_hashed_name_is_read_by_go_alone(tmp_path: Path) -> None:
    """OpenSSL asks for HASH.0 and never sees it; Go reads every file of the folder."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write("/etc/ssl/certs/corp.pem", CORP.pem)
    found = read(scratch.machine())
    assert not prints(CORP) & held(found["hashed-directory"])
    unhashed = found["unhashed:/etc/ssl/certs"]
    assert held(unhashed) == prints(CORP)
    assert unhashed.clients == ("go",)
    assert defects(scratch.machine()) == {"unhashed": ("/etc/ssl/certs/corp.pem", True)}
    scratch.write(f"/etc/ssl/certs/{subject_hash(CORP)}.0", CORP.pem)
    assert not defects(scratch.machine())


def test_gaps_and_dead_links_of_a_hashed_folder(tmp_path: Path) -> None:
    """HASH.1 without HASH.0 is never reached; a link to nothing is told."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"/etc/ssl/certs/{subject_hash(CORP)}.1", CORP.pem)
    (tmp_path / "etc/ssl/certs/0123abcd.0").symlink_to("gone.pem")
    found = defects(scratch.machine())
    assert found["hash-gap"] == (f"/etc/ssl/certs/{subject_hash(CORP)}.1", True)
    assert found["dangling-link"] == ("/etc/ssl/certs/0123abcd.0", False)


LOCAL = "/usr/local/share/ca-certificates"


@pytest.mark.parametrize(
    ("name", "data", "slug"),
    [
        ("corp.pem", CORP.pem, "wrong-ending"),
        ("corp.cer", CORP.der, "wrong-ending"),
        ("corp.crt", CORP.der, "der-file"),
        ("corp.crt", CORP.pem.decode().encode("utf-16"), "utf16-file"),
        ("corp.crt", CORP.pem, "not-taken-in"),
        ("corp.crt", CORP.pem + OTHER.pem, "several-in-one"),
        ("sub/server.crt", pki.leaf().pem, "leaf-as-root"),
        ("corp.crt", CORP.pem + pki.key_pem(CORP.key), "key-in-store"),
        ("corp.crt", pki.key_pem(CORP.key), "no-certificate"),
    ],
)
def test_what_update_ca_certificates_does_not_say(tmp_path: Path, name: str, data: bytes, slug: str) -> None:
    """Each mistake in the folder of local CAs is named, with its file."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"{LOCAL}/{name}", data)
    assert defects(scratch.machine())[slug][0] == f"{LOCAL}/{name}"


def test_a_certificate_that_waits_is_in_no_store(tmp_path: Path) -> None:
    """It is found in the folder, and found there it is trusted by nobody."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"{LOCAL}/corp.pem", CORP.pem)
    waiting = read(scratch.machine())["waiting"]
    assert held(waiting) == prints(CORP)
    assert not waiting.trusted
    assert not waiting.clients


def test_two_in_one_file_lose_only_where_hashes_count(tmp_path: Path) -> None:
    """Once in the bundle the second has no hashed name; with both hashed it is no loss."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"{LOCAL}/corp.crt", CORP.pem + OTHER.pem)
    bundle = b"".join(i.pem for i in (*VENDOR, CORP, OTHER))
    scratch.write("/etc/ssl/certs/ca-certificates.crt", bundle)
    assert defects(scratch.machine()) == {"several-in-one": (f"{LOCAL}/corp.crt", True)}
    for one in (CORP, OTHER):
        scratch.write(f"/etc/ssl/certs/{subject_hash(one)}.0", one.pem)
    assert defects(scratch.machine()) == {"several-in-one": (f"{LOCAL}/corp.crt", False)}


def test_der_bytes_in_the_bundle_are_seen_and_named(tmp_path: Path) -> None:
    """That is what update-ca-certificates makes of a DER file."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write("/etc/ssl/certs/ca-certificates.crt", VENDOR[0].pem + CORP.der + b"\n" + VENDOR[1].pem)
    found = read(scratch.machine())["system-bundle"]
    assert prints(VENDOR[0]) <= held(found)
    assert not prints(CORP) & held(found)
    (defect,) = (d for d in found.defects if d.slug == "der-in-bundle")
    assert "Corp Root" in defect.text
    assert defect.loses


def test_a_damaged_block_is_counted(tmp_path: Path) -> None:
    """The rest of the bundle is still read."""
    scratch = debian(tmp_path, *VENDOR)
    broken = CORP.pem.replace(b"\nMII", b"\n*!*", 1)
    scratch.write("/etc/ssl/certs/ca-certificates.crt", VENDOR[0].pem + broken + VENDOR[1].pem)
    found = read(scratch.machine())["system-bundle"]
    assert held(found) == prints(*VENDOR)
    assert [d.slug for d in found.defects] == ["damaged-block"]


def test_a_hand_edited_bundle_and_deselected_roots_are_notes(tmp_path: Path) -> None:
    """A root in the bundle that no file holds goes with the next update; a line with ! is told."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write("/etc/ssl/certs/ca-certificates.crt", b"".join(i.pem for i in (*VENDOR, CORP)))
    scratch.write("/etc/ca-certificates.conf", b"# a comment!\n!mozilla/vendor9.crt\nmozilla/vendor0.crt\n")
    found = defects(scratch.machine())
    assert found["without-source"] == ("/etc/ssl/certs/ca-certificates.crt", False)
    assert found["deselected"] == ("/etc/ca-certificates.conf", False)


def test_a_rhel_machine(tmp_path: Path) -> None:
    """OpenSSL's cert.pem leads to the extracted bundle; DER anchors are taken; anchors not taken in are told."""
    scratch = Scratch(tmp_path)
    bundle = b"".join(i.pem for i in (*VENDOR, CORP))
    scratch.write("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", b"# made by p11-kit\n" + bundle)
    scratch.write(
        "/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit",
        b"[p11-kit-object-v1]\ntrusted: true\n" + b"\n[p11-kit-object-v1]\n".join(i.pem for i in VENDOR),
    )
    scratch.write("/etc/pki/ca-trust/source/anchors/corp.der", CORP.der)
    scratch.write("/etc/pki/ca-trust/source/anchors/other.pem", OTHER.pem)
    (tmp_path / "etc/pki/tls/certs").mkdir(parents=True)
    (tmp_path / "etc/pki/tls/cert.pem").symlink_to("../ca-trust/extracted/pem/tls-ca-bundle.pem")
    found = read(scratch.machine(System.RHEL, "Rocky"))
    store = found["system-bundle"]
    assert store.title == "Rocky bundle"
    assert {"openssl", "odbc-linux", "sqlclient-linux", "go"} <= set(store.clients)
    assert added(store) == prints(CORP)
    assert [d.slug for d in store.defects] == ["not-taken-in"]
    assert held(found["waiting"]) == prints(OTHER)
    assert "/etc/pki/tls/cert.pem" in store.aliases


def test_an_unknown_system_has_what_files_it_has(tmp_path: Path) -> None:
    """Without a family nothing is said about folders of local CAs; bundles are still read."""
    scratch = Scratch(tmp_path)
    scratch.write("/etc/ssl/cert.pem", CORP.pem)
    found = read(scratch.machine(System.ALL, "system"))
    (bundle,) = (s for s in found.values() if s.kind is StoreKind.BUNDLE)
    assert {"openssl", "go"} <= set(bundle.clients)
    assert added(bundle) == prints(CORP)
    assert "certifi" in (bundle.compared_with or "")


def test_a_machine_with_nothing_has_certifi(tmp_path: Path) -> None:
    """An empty image: Node's absence is said, certifi is there."""
    found = read(Scratch(tmp_path).machine())
    assert set(found) == {"node", "certifi"}
    assert isinstance(found["node"].certificates, Absent)


def test_a_bundle_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    """A giant file stands for any that cannot be read: the store stays in the list with its reason."""
    scratch = debian(tmp_path, *VENDOR)
    with (tmp_path / "etc/ssl/certs/ca-certificates.crt").open("r+b") as file:
        file.truncate(17 << 20)
    store = read(scratch.machine())["system-bundle"]
    assert isinstance(store.certificates, Absent)
    assert "reads at most" in store.certificates.reason


def test_node_is_asked_with_a_clean_environment(tmp_path: Path) -> None:
    """What would change or spoil its answer is left out; the rest is passed on."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.install_node(*VENDOR)
    scratch.environment |= {"NODE_OPTIONS": "--use-openssl-ca", "NODE_EXTRA_CA_CERTS": "/x", "HOME": "/h"}
    found = read(scratch.machine())["node"]
    assert found.title == "Node 22.15.0 list"
    assert held(found) == prints(*VENDOR)
    ((arguments, environment),) = scratch.asked
    assert arguments[0] == str(tmp_path / "bin/node")
    assert not {"NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"} & set(environment)
    assert environment["HOME"] == "/h"


@pytest.mark.parametrize("said", [b"", b"[]", b"null", b'{"version": 1}', b'{"version": "v1", "roots": 3}'])
def test_a_node_that_answers_nonsense_is_not_read(tmp_path: Path, said: bytes) -> None:
    """No exception: a reason."""
    scratch = debian(tmp_path)
    scratch.install_node()
    machine = replace(scratch.machine(), run=lambda *_: said)
    assert isinstance(node.ask(machine).store.certificates, Absent)


def test_programs_have_a_deadline(tmp_path: Path) -> None:
    """One that hangs is given up, one that fails is no answer, one that is not there is said."""
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 30\n", encoding="ascii")
    slow.chmod(0o755)
    with pytest.raises(CannotLook, match="did not answer within"):
        machines.run([str(slow)], {"PATH": "/usr/bin:/bin"}, 0.1)
    with pytest.raises(CannotLook, match="could not be started"):
        machines.run([str(tmp_path / "none")], {}, 1)


def test_a_program_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of customers' files may hold anything."""
    scratch = debian(tmp_path)
    scratch.install_node()
    assert scratch.machine().program("node")
    monkeypatch.chdir(tmp_path / "bin")
    assert scratch.machine().program("node") is None


@pytest.mark.parametrize(
    ("environment", "version", "reads"),
    [
        ({"NODE_OPTIONS": "--use-system-ca"}, "v22.15.0", True),
        ({"NODE_OPTIONS": "--use-system-ca"}, "v22.14.0", False),
        ({"NODE_OPTIONS": "--use-system-ca"}, "v23.8.0", False),
        ({"NODE_OPTIONS": "--use-system-ca"}, "v23.9.0", True),
        ({"NODE_OPTIONS": "--use-system-ca"}, "v20.20.2", False),
        ({"NODE_USE_SYSTEM_CA": "1"}, "v22.18.0", False),
        ({"NODE_USE_SYSTEM_CA": "1"}, "v22.19.0", True),
        ({"NODE_USE_SYSTEM_CA": "1"}, "v24.5.0", False),
        ({"NODE_USE_SYSTEM_CA": "1"}, "v24.6.0", True),
        ({"NODE_USE_SYSTEM_CA": "0"}, "v24.6.0", False),
        ({}, "v24.6.0", False),
        ({"NODE_USE_SYSTEM_CA": "1"}, None, False),
    ],
)
def test_which_node_reads_the_system(
    environment: dict[str, str], version: str | None, *, reads: bool
) -> None:
    """The first versions that know the option or the variable."""
    assert node.reads_system(environment, version, System.DEBIAN) is reads


def test_node_told_to_read_the_system_is_a_reader(tmp_path: Path) -> None:
    """On Linux it then reads /etc/ssl/certs."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.install_node(*VENDOR)
    scratch.environment["NODE_OPTIONS"] = "--use-system-ca --max-old-space-size=100"
    found = stores.read(scratch.machine())
    (influence,) = found.influences
    assert influence.value == "--use-system-ca"
    assert not influence.loses
    assert "node" in next(s for s in found.stores if s.id == "hashed-directory").clients


def test_variables_turn_the_readers_round(tmp_path: Path) -> None:
    """SSL_CERT_FILE and SSL_CERT_DIR take the place of the system's; NODE_EXTRA_CA_CERTS adds."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write("/corp.pem", CORP.pem)
    scratch.write(f"/corp/{subject_hash(CORP)}.0", CORP.pem)
    scratch.environment |= {
        "SSL_CERT_FILE": "/corp.pem",
        "SSL_CERT_DIR": "/corp",
        "NODE_EXTRA_CA_CERTS": "/corp.pem",
    }
    found = read(scratch.machine())
    assert found["system-bundle"].clients == ("gnutls",)
    named = found["bundle:/corp.pem"]
    assert named.title == "bundle of SSL_CERT_FILE"
    assert {"openssl", "python", "odbc-linux", "go", "node", "electron"} <= set(named.clients)
    (folder,) = (s for s in found.values() if s.kind is StoreKind.DIRECTORY)
    assert folder.path == "/corp"
    assert "openssl" in folder.clients
    assert {i.variable for i in stores.read(scratch.machine()).influences} == set(scratch.environment) - {
        "PATH"
    }


def test_variables_that_do_nothing_are_named(tmp_path: Path) -> None:
    """A missing file, a DER file that Node passes over in silence, an option that this Node ignores."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.install_node(*VENDOR)
    scratch.write("/corp.der", CORP.der)
    scratch.environment |= {
        "SSL_CERT_FILE": "/gone.pem",
        "NODE_EXTRA_CA_CERTS": "/corp.der",
        "NODE_USE_SYSTEM_CA": "1",
        "REQUESTS_CA_BUNDLE": "/gone.pem",
        "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    }
    found = stores.read(scratch.machine())
    lost = {i.variable for i in found.influences if i.loses}
    assert lost == set(scratch.environment) - {"PATH", "NODE_EXTRA_CA_CERTS"}
    extra = next(s for s in found.stores if s.id == "variable:NODE_EXTRA_CA_CERTS")
    assert [d.slug for d in extra.defects] == ["empty"]
    assert "Node says nothing" in extra.defects[0].text


def test_certifi_changed_by_hand_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The digest that pip recorded tells."""
    assert not mozilla.read().edited
    other = tmp_path / "cacert.pem"
    other.write_bytes(CORP.pem)
    monkeypatch.setattr("certifi.where", lambda: str(other))
    read_again = mozilla.read()
    assert read_again.edited
    assert [d.slug for d in read_again.store().defects] == ["certifi-edited"]


@pytest.mark.parametrize(
    "text",
    [
        CORP.pem,
        CORP.pem.replace(b"\n", b"\r\n"),
        b"# a comment\n" + CORP.pem,
        CORP.pem.rstrip(),
        CORP.pem.replace(b"CERTIFICATE-----", b"TRUSTED CERTIFICATE-----"),
    ],
)
def test_the_short_way_through_a_bundle_finds_what_the_long_one_does(text: bytes) -> None:
    """Ordinary files are not given to the tolerant scanner; the certificates are the same."""
    assert pem_files.ders(text) == [CORP.der]


def evidence(
    *found: Store, sought: tuple[WantedCertificate, ...] = (), influences: tuple[Influence, ...] = ()
) -> Evidence:
    """Return evidence about these stores."""
    return Evidence(
        subject="this machine", observed_at=NOW, stores=found, sought=sought, influences=influences
    )


def test_not_in_store_fires_unless_a_store_trusts_it(tmp_path: Path) -> None:
    """Found where it makes nothing trusted is not found; a namesake is mentioned."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"{LOCAL}/corp.pem", CORP.pem)
    found = stores.read(scratch.machine()).stores
    vendor, corp, unknown = (
        next(WantedCertificate(name="x", sha256=p) for p in prints(i)) for i in (VENDOR[0], CORP, OTHER)
    )
    assert not_in_store.run(evidence(*found, sought=(vendor,))) == ((), None)
    (seen,), _ = not_in_store.run(evidence(*found, sought=(corp,)))
    assert "makes nothing trusted" in seen.detail
    (missing,), _ = not_in_store.run(evidence(*found, sought=(unknown,)))
    assert missing.facts["stores"] == sum(1 for s in found if s.known)
    certificate = found[0].known[0]
    namesake = WantedCertificate(
        name="y", sha256="ab" * 32, certificate=replace(certificate, sha256="ab" * 32)
    )
    (alike,), _ = not_in_store.run(evidence(*found, sought=(namesake,)))
    assert alike.facts["same_name_in"] == "Debian bundle"


def test_store_defects_are_findings(tmp_path: Path) -> None:
    """What loses a certificate is a risk, the rest a note; asked about one, only its own are told."""
    scratch = debian(tmp_path, *VENDOR)
    scratch.write(f"{LOCAL}/corp.pem", CORP.pem)
    scratch.write("/etc/ca-certificates.conf", b"!mozilla/x.crt\n")
    scratch.environment["SSL_CERT_FILE"] = "/gone.pem"
    found = stores.read(scratch.machine())
    sightings, _ = store_defect.run(evidence(*found.stores, influences=found.influences))
    assert {(s.facts["defect"], s.severity) for s in sightings} == {
        ("wrong-ending", Severity.RISKS),
        ("deselected", Severity.NOTES),
        ("variable", None),
    }
    (corp,) = prints(CORP)
    about, _ = store_defect.run(evidence(*found.stores, sought=(WantedCertificate(name="c", sha256=corp),)))
    assert [s.facts["defect"] for s in about] == ["wrong-ending"]
    missing = store_defect.run(Evidence(subject="x", observed_at=NOW))[1]
    assert missing is not None


def test_programs_are_not_given_the_secrets_of_the_environment() -> None:
    """A program that is asked for its list has what it needs to run, and not the variable of a password."""
    machine = replace(
        machines.current(), environment={"PATH": "/bin", "KEY_PASSWORD": "x", "NVM_DIR": "/n", "Path": "C:"}
    )
    assert set(machine.clean_environment()) == {"PATH", "Path", "NVM_DIR"}
