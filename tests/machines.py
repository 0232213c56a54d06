"""Scratch machines: trust stores made below a folder of the test, in the layout of a distribution."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from OpenSSL import crypto

from certdoctor.errors import CannotLook
from certdoctor.gather.stores.machine import Machine, Variables
from certdoctor.model.ids import System
from tests import pki
from tests.pki import Issued

NODE_VERSION = "v22.15.0"

RECORDED = Path(__file__).parents[1] / "fixtures/windows"


class Scratch:
    """A machine below ``root``; everything is written with relative links, so that it works anywhere."""

    def __init__(self, root: Path) -> None:
        """Begin with an empty machine."""
        self.root = root
        self.environment: dict[str, str] = {"PATH": str(root / "bin")}
        self.asked: list[tuple[list[str], dict[str, str]]] = []
        self.node_roots: Sequence[Issued] = ()

    def write(self, path: str, data: bytes) -> Path:
        """Write one file of the machine."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def install_node(self, *roots: Issued) -> None:
        """Put a program named node on PATH that ``run`` answers for."""
        self.write("/bin/node", b"#!/bin/false\n").chmod(0o755)
        self.node_roots = roots

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> bytes:
        """Answer as the program would; only Node and macOS's security are known."""
        assert seconds > 0
        self.asked.append((list(arguments), dict(environment)))
        if arguments[0].endswith("node"):
            return json.dumps(
                {"version": NODE_VERSION, "roots": [r.pem.decode() for r in self.node_roots]}
            ).encode()
        raise CannotLook(f"{arguments[0]} could not be started.")

    def machine(self, system: System = System.DEBIAN, name: str = "Debian") -> Machine:
        """Return the machine as the stores see it."""
        return Machine(
            system=system,
            name=name,
            root=self.root,
            home=self.root / "home/user",
            environment=self.environment,
            run=self.run,
            python_paths=("/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs"),
        )


class Registry:
    """A registry of Windows with these blobs, by hive and key; names are looked up in any case, as Windows does."""

    def __init__(self, blobs: Mapping[tuple[str, str], Sequence[bytes]], denied: Sequence[str] = ()) -> None:
        """Hold them; a key that ends like one of ``denied`` may not be read."""
        self._blobs = {(hive, key.casefold()): tuple(found) for (hive, key), found in blobs.items()}
        self._keys = list(blobs)
        self._denied = tuple(key.casefold() for key in denied)

    def blobs(self, hive: str, key: str) -> Iterator[bytes]:
        """Yield the blobs of a key."""
        if self._denied and key.casefold().endswith(self._denied):
            raise PermissionError(5, "Access is denied")
        if (hive, key.casefold()) not in self._blobs:
            raise FileNotFoundError(key)
        yield from self._blobs[hive, key.casefold()]

    def subkeys(self, hive: str, key: str) -> Iterator[str]:
        """Yield the names of a key's subkeys."""
        below = f"{key}\\".casefold()
        inside = [k[len(below) :] for h, k in self._keys if h == hive and k.casefold().startswith(below)]
        names = {name.partition("\\")[0] for name in inside}
        if not names:
            raise FileNotFoundError(key)
        yield from sorted(names)


def windows(
    root: Path, registry: Mapping[tuple[str, str], Sequence[bytes]], **environment: str
) -> Callable[[], Machine]:
    """Return a Windows machine below ``root``: drive C is the folder C."""
    scratch = Scratch(root)
    environment = {"ProgramFiles": r"C:\Program Files", "USERPROFILE": r"C:\Users\ann", **environment}
    made = Machine(
        system=System.WINDOWS,
        name="Windows",
        root=root,
        home=root / "C/Users/ann",
        environment=Variables({"Path": str(root / "bin"), **environment}),
        run=scratch.run,
        registry=Registry(registry),
    )
    return lambda: made


def recorded_registry() -> dict[tuple[str, str], list[bytes]]:
    """Return what CryptoAPI wrote into a registry (``fixtures/windows``)."""
    found: dict[tuple[str, str], list[bytes]] = {}
    for one in json.loads((RECORDED / "registry.json").read_text()):
        found.setdefault((one["hive"], one["key"]), []).append(base64.b64decode(one["blob"]))
    return found


def subject_hash(issued: Issued) -> str:
    """Return the name under which OpenSSL looks for this subject."""
    return f"{crypto.X509.from_cryptography(issued.certificate).subject_name_hash():08x}"


def debian(root: Path, *vendor: Issued, local: Sequence[Issued] = ()) -> Scratch:
    """Make a Debian machine: the vendor's roots, local ones, and the bundle and folder made of both."""
    scratch = Scratch(root)
    everything: list[tuple[str, Issued]] = []
    for number, one in enumerate(vendor):
        everything.append((f"/usr/share/ca-certificates/mozilla/vendor{number}.crt", one))
    for number, one in enumerate(local):
        everything.append((f"/usr/local/share/ca-certificates/local{number}.crt", one))
    (root / "etc/ssl/certs").mkdir(parents=True)
    for path, one in everything:
        scratch.write(path, one.pem)
        name = Path(path).stem + ".pem"
        (root / "etc/ssl/certs" / name).symlink_to(Path("../../..") / path.lstrip("/"))
        (root / "etc/ssl/certs" / f"{subject_hash(one)}.0").symlink_to(name)
    scratch.write("/etc/ssl/certs/ca-certificates.crt", b"".join(one.pem for _, one in everything))
    (root / "usr/lib/ssl").mkdir(parents=True)
    (root / "usr/lib/ssl/certs").symlink_to("../../../etc/ssl/certs")
    return scratch


def ca(name: str) -> Issued:
    """Return a root of that name."""
    return pki.issue(name, ca=True)
