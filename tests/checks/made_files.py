"""Evidence about files and chains, made for the cases of the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.files import pairing
from certdoctor.lab import certificates as lab
from certdoctor.lab.certificates import Issued
from certdoctor.lab.identities import Identity, identity
from certdoctor.lab.scenarios import Presents
from certdoctor.model.evidence import Evidence
from tests import pki
from tests.checks.test_file_checks import Given
from tests.formats.certificates.test_unread_extensions import leaf as malformed_leaf

HOST = "localhost"

Make = Callable[[Path], Evidence]
"""Gathers evidence; may write into the folder given."""


def files(*given: Given) -> Make:
    """Read files in the roles that they are given in."""

    def make(_: Path) -> Evidence:
        return Evidence(subject="case", observed_at=pki.NOW, files=tuple(one.facts() for one in given))

    return make


def no_file(folder: Path) -> Evidence:
    """Name a CA file that is not there."""
    return gather(Request(cas=(str(folder / "none.pem"),)), pki.NOW)


def folder_of_pairs(*, lonely: bool = False, most_files: int = 100) -> Make:
    """Pair up a folder with a certificate and its key, perhaps another key, and perhaps too many files."""

    def make(folder: Path) -> Evidence:
        (folder / "a.crt").write_bytes(pki.leaf().pem)
        (folder / "a.key").write_bytes(pki.leaf().key_pem)
        if lonely:
            (folder / "b.key").write_bytes(pki.key_pem(pki.key("lonely")))
        with patch("certdoctor.gather.files.budget.MAX_FILES", most_files):
            return pairing.gather([str(folder)], pki.NOW)

    return make


def chain(made: Callable[[], Identity], *hosts: str, ca: bool | bytes = True, soon: int = 30) -> Make:
    """Verify a chain of this identity against its CA file, another one, or none."""

    def make(folder: Path) -> Evidence:
        who = made()
        (folder / "chain.pem").write_bytes(who.chain_pem)
        (folder / "ca.pem").write_bytes(who.ca_pem if ca is True else ca or b"")
        cas = (str(folder / "ca.pem"),) if ca else ()
        asked = Request(chain_file=str(folder / "chain.pem"), cas=cas, hosts=hosts or (HOST,))
        return replace(gather(asked, pki.NOW), soon_days=soon)

    return make


def shown(presents: Presents) -> Callable[[], Identity]:
    """Return the maker of a practice identity."""
    return lambda: identity(presents, at=pki.NOW)


def below(issuing: str = "Practice Issuing CA", **leaf: object) -> Callable[[], Identity]:
    """Return the maker of a sound chain but for what is said of its leaf."""

    def make() -> Identity:
        top = lab.root(at=pki.NOW)
        ca = lab.intermediate(top, name=issuing, at=pki.NOW)
        own = lab.leaf(ca, at=pki.NOW, **leaf)  # type: ignore[arg-type]  # keywords of that builder
        return Identity(leaf=own, rest=(ca.certificate,), ca=top.certificate, root=top)

    return make


def with_wrong_signature() -> Identity:
    """Return a chain whose leaf was changed after it was signed."""
    sound = identity(Presents.SOUND, at=pki.NOW)
    changed = bytearray(sound.leaf.der)
    changed[-1] ^= 1
    return replace(sound, leaf=Issued(x509.load_der_x509_certificate(bytes(changed)), sound.leaf.key))


def with_old_copy() -> Identity:
    """Return a chain with an expired certificate of its intermediate, for the same key, beside the valid one."""
    sound = lab.root(at=pki.NOW)
    ca = lab.intermediate(sound, at=pki.NOW)
    old = lab.intermediate(sound, at=pki.NOW, key=ca.key, starts=-900, ends=-9)
    return Identity(
        leaf=lab.leaf(ca, at=pki.NOW),
        rest=(old.certificate, ca.certificate),
        ca=sound.certificate,
        root=sound,
    )


def unreadable_extension(folder: Path) -> Evidence:
    """Verify a certificate of which one extension is no DER of its kind."""
    (folder / "chain.der").write_bytes(malformed_leaf("2.5.29.31"))
    (folder / "ca.pem").write_bytes(pki.root().pem)
    asked = Request(
        chain_file=str(folder / "chain.der"), cas=(str(folder / "ca.pem"),), hosts=("db.corp.example",)
    )
    return gather(asked, pki.NOW)


def ca_as_der(folder: Path) -> Evidence:
    """Verify a sound chain with a CA file in DER, which Node passes over."""
    evidence = chain(shown(Presents.SOUND))(folder)
    root = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    (folder / "ca.der").write_bytes(root.public_bytes(Encoding.DER))
    return gather(
        Request(chain_file=str(folder / "chain.pem"), cas=(str(folder / "ca.der"),), hosts=evidence.hosts),
        pki.NOW,
    )


def bundle_with_old_root(folder: Path) -> Evidence:
    """Look into a file of CAs, one of which has ended."""
    old = lab.root(name="Old Root", at=pki.NOW, starts=-3000, ends=-9)
    (folder / "bundle.pem").write_bytes(
        old.pem + lab.root(at=pki.NOW).pem + lab.root(name="B", at=pki.NOW).pem
    )
    return gather(Request(files=(str(folder / "bundle.pem"),)), pki.NOW)
