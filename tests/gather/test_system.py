"""Which system this is: fixture trees of real distributions, of what they run inside of, and of damage."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.gather import system
from certdoctor.gather.system import Inside, ThisSystem, recognise
from certdoctor.model.ids import System
from certdoctor.remedies.client import stores
from tests import pki

UBUNTU = 'PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n'
DEBIAN = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
WSL2 = "5.15.153.1-microsoft-standard-WSL2\n"
WSL1 = "4.4.0-19041-Microsoft\n"


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Lay out files below a root."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def linux(root: Path, release: str, environment: Mapping[str, str] | None = None, **more: str) -> ThisSystem:
    """Recognise a Linux with this os-release and more files ("proc__1__cgroup" for proc/1/cgroup)."""
    files = {"etc/os-release": release, **{n.replace("__", "/"): text for n, text in more.items()}}
    return recognise("linux", tree(root, files), environment or {})


@pytest.mark.parametrize(
    ("release", "family", "title"),
    [
        (UBUNTU, "debian", "Ubuntu 22.04"),
        (DEBIAN, "debian", "Debian 12"),
        (
            'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21.3"\nNAME="Linux Mint"\n',
            "debian",
            "Mint 21.3",
        ),
        ('ID=kali\nID_LIKE=debian\nNAME="Kali GNU/Linux"\nVERSION_ID="2026.1"\n', "debian", "Kali 2026.1"),
        ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n', "rhel", "RHEL 9.4"),
        ("ID=fedora\nVERSION_ID=43\n", "rhel", "Fedora 43"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', "rhel", "Rocky 9.4"),
        ('ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n', "rhel", "Amazon Linux 2023"),
        ('ID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n', "rhel", "Oracle Linux 9.4"),
        ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\n', "suse", "SLES 15.6"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n', "suse", "openSUSE 15.6"),
        ("ID=alpine\nVERSION_ID=3.20.1\n", "alpine", "Alpine 3.20.1"),
        ("ID=arch\nNAME='Arch Linux'\n", "arch", "Arch"),
        ("ID=manjaro\nID_LIKE=arch\n", "arch", "Manjaro"),
        ('ID=nixos\nVERSION_ID="24.05"\n', "nixos", "NixOS 24.05"),
        ('ID=void\nNAME="Void"\n', "all", "Void"),
        ("", "all", "system"),
        ("ID=older\nID_LIKE=archaic\n", "all", "system"),
    ],
)
def test_distributions(tmp_path: Path, release: str, family: str, title: str) -> None:
    """Each by its os-release: its own id first, then those it is like; names that only begin alike are none."""
    found = linux(tmp_path, release)
    assert (found.family, found.title) == (family, title)
    assert not found.inside


def test_os_release_is_looked_for_in_both_places(tmp_path: Path) -> None:
    """/etc comes first (os-release(5)); without either it is nobody's."""
    assert recognise("linux", tree(tmp_path, {"usr/lib/os-release": DEBIAN}), {}).name == "Debian"
    tree(tmp_path, {"etc/os-release": UBUNTU})
    assert recognise("linux", tmp_path, {}).name == "Ubuntu"
    assert recognise("linux", tmp_path / "nowhere", {}).family == "all"


@given(st.binary(max_size=200))
def test_a_damaged_os_release_is_no_failure(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever is in the file, there is an answer of one line."""
    root = tmp_path_factory.getbasetemp() / "damaged"
    tree(root, {"etc/os-release": data, "proc/sys/kernel/osrelease": data, "proc/1/cgroup": data})
    assert recognise("linux", root, {}).family in {*(s for s in System if s.is_linux), System.ALL}


@pytest.mark.parametrize(
    ("more", "environment", "inside"),
    [
        ({"proc__sys__kernel__osrelease": WSL2}, {}, (Inside.WSL,)),
        ({"proc__sys__kernel__osrelease": WSL1}, {}, (Inside.WSL,)),
        ({"proc__sys__kernel__osrelease": "6.1.0-18-amd64\n"}, {}, ()),
        ({".dockerenv": ""}, {}, (Inside.CONTAINER,)),
        ({"run__.containerenv": "engine=podman\n"}, {}, (Inside.CONTAINER,)),
        ({}, {"container": "systemd-nspawn"}, (Inside.CONTAINER,)),
        ({"proc__1__cgroup": "12:cpu:/docker/0123\n"}, {}, (Inside.CONTAINER,)),
        ({"proc__1__cgroup": "0::/init.scope\n"}, {}, ()),
        ({".dockerenv": "", "proc__sys__kernel__osrelease": WSL2}, {}, (Inside.CONTAINER,)),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, (Inside.KUBERNETES,)),
        ({"var__run__secrets__kubernetes.io__token": "x"}, {}, (Inside.KUBERNETES,)),
        ({}, {"SNAP": "/snap/certdoctor/1", "SNAP_NAME": "certdoctor"}, (Inside.SNAP,)),
        ({".flatpak-info": "[Application]\n"}, {}, (Inside.FLATPAK,)),
        (
            {"proc__sys__kernel__osrelease": WSL2},
            {"SNAP": "/snap/x/1", "SNAP_NAME": "x"},
            (Inside.SNAP, Inside.WSL),
        ),
    ],
)
def test_what_it_runs_inside_of(
    tmp_path: Path, more: Mapping[str, str], environment: Mapping[str, str], inside: tuple[Inside, ...]
) -> None:
    """By the marks that each leaves; a container on Docker Desktop has WSL's kernel and is a container."""
    found = linux(tmp_path, DEBIAN, environment, **more)
    assert found.inside == inside
    assert len(found.notes) == len(inside)
    assert found.title == " in ".join(("Debian 12", *inside))


@pytest.mark.parametrize(
    ("registry", "title", "note"),
    [
        (
            {"ProductName": "Windows 10 Pro", "CurrentBuild": "22631", "DisplayVersion": "23H2"},
            "Windows 11 Pro 23H2",
            "",
        ),
        ({"ProductName": "Windows 10 Enterprise", "CurrentBuild": "19045"}, "Windows 10 Enterprise", ""),
        (
            {
                "ProductName": "Windows Server 2022 Standard",
                "CurrentBuild": "20348",
                "InstallationType": "Server Core",
            },
            "Windows Server 2022 Standard (Server Core)",
            "no certlm.msc",
        ),
        (
            {"ProductName": "Windows 10 Home", "CurrentBuild": "19045", "EditionID": "Core"},
            "Windows 10 Home",
            "Home edition",
        ),
        ({}, "Windows", ""),
    ],
)
def test_windows_editions(tmp_path: Path, registry: Mapping[str, str], title: str, note: str) -> None:
    """By the registry, which calls Windows 11 Windows 10."""
    found = recognise("win32", tmp_path, {}, registry)
    assert (found.family, found.title) == ("windows", title)
    assert note in " ".join(found.notes)
    assert bool(note) == bool(found.notes)


def test_macos_and_freebsd(tmp_path: Path) -> None:
    """MacOS by its property list, whatever state that is in; FreeBSD by Python's word for it."""
    path = "System/Library/CoreServices/SystemVersion.plist"
    assert recognise("darwin", tmp_path, {}).title == "macOS"
    tree(tmp_path, {path: plistlib.dumps({"ProductVersion": "14.5"})})
    assert recognise("darwin", tmp_path, {}).title == "macOS 14.5"
    for damage in (b"<plist>", b"", b"bplist00\xff", plistlib.dumps(["a list"])):
        tree(tmp_path, {path: damage})
        assert recognise("darwin", tmp_path, {}).title == "macOS"
    assert recognise("freebsd14", tmp_path, {}).title == "FreeBSD 14"


@pytest.fixture
def root_file(tmp_path: Path) -> str:
    """Write a root and return its path."""
    file = tmp_path / "root.pem"
    file.write_bytes(pki.root().pem)
    return str(file)


def titles(text: str) -> list[str]:
    """Return the titles of stores in the order in which they are printed."""
    known = {stores.title(consumer): consumer for consumer in stores.consumers()}
    return [known[line] for line in text.splitlines() if line in known]


def pretend(monkeypatch: pytest.MonkeyPatch, **facts: object) -> None:
    """Make this machine another one."""
    there = ThisSystem(**{**facts, "family": System(facts["family"])})  # type: ignore[arg-type]  # as given
    monkeypatch.setattr(system, "this", lambda: there)


@pytest.mark.parametrize(
    ("family", "inside", "own"),
    [
        ("debian", (), ["debian"]),
        ("debian", (Inside.WSL,), ["wsl"]),
        ("rhel", (Inside.WSL,), ["rhel"]),
        ("alpine", (Inside.CONTAINER,), ["alpine", "docker"]),
        ("debian", (Inside.KUBERNETES,), ["debian", "kubernetes"]),
        ("windows", (), ["windows"]),
    ],
)
def test_this_machine_comes_first(
    family: str,
    inside: tuple[Inside, ...],
    own: list[str],
    *,
    root_file: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By itself without --os, before all the others with --os all, and not at all with another's name."""
    pretend(monkeypatch, family=family, name="Test", version="7", inside=inside, notes=("Mind this.",))
    assert run(["trust", "steps", root_file]) == 0
    alone = capsys.readouterr().out
    assert titles(alone) == [*own, "hackolade"]
    assert f"Steps for this machine, {' in '.join(('Test 7', *inside))}." in alone
    assert "Mind this." in alone
    assert run(["trust", "steps", root_file, "--os", "all", "--format", "text"]) == 0
    everything = capsys.readouterr().out
    assert titles(everything)[: len(own) + 1] == [*own, "hackolade"]
    assert sorted(titles(everything)) == sorted(stores.consumers())
    assert run(["trust", "steps", root_file, "--os", "suse"]) == 0
    other = capsys.readouterr().out
    assert titles(other) == ["suse", "hackolade"]
    assert "Test 7" not in other


def test_markdown_says_whose_steps_these_are(
    root_file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words in a ticket."""
    pretend(
        monkeypatch, family="debian", name="Ubuntu", version="22.04", inside=(Inside.WSL,), notes=("So.",)
    )
    assert run(["trust", "steps", root_file, "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert "- Steps for this machine, Ubuntu 22.04 in WSL." in text
    assert "- So." in text


def test_the_proofs_name_the_server(root_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--target takes whatever other commands take; without a port each kind of server has its own."""

    def printed(target: str) -> str:
        arguments = ["trust", "steps", root_file, "--for", "psql", "--for", "node", "--target", target]
        assert run(arguments) == 0
        return capsys.readouterr().out

    assert "psql -h db7 -p 5432 " in printed("db7")
    assert "certdoctor verify db7:1433 " in printed("db7")
    assert "psql -h db7 -p 6000 " in printed("db7:6000")
    assert "certdoctor verify '[::1]:1433' " in printed("::1")
    assert "certdoctor verify 'db7\\PROD' " in printed("db7\\PROD")
    assert "s3cret" not in printed("Server=db7;User Id=me;Password=s3cret")
    assert run(["trust", "steps", root_file, "--target", "a b c"]) == 2


def test_an_unknown_machine_gets_everything(
    root_file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is guessed."""
    pretend(monkeypatch, family="all", name="Void")
    assert run(["trust", "steps", root_file]) == 0
    assert set(titles(capsys.readouterr().out)) == set(stores.consumers())
