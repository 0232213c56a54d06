"""`prove`: the case again, with what each client trusts on this machine."""

from __future__ import annotations

import ssl
from dataclasses import replace
from unittest.mock import patch

import pytest

from certdoctor import proof
from certdoctor.cli.app import run
from certdoctor.formats.certificates import x509
from certdoctor.gather import stores as reading
from certdoctor.gather.stores import Stores
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.report import Answer
from certdoctor.model.store import Store, StoreKind
from tests import pki
from tests.reports import BROKEN, TOP


def store(*certificates: Certificate, clients: tuple[str, ...] = ("node",)) -> Store:
    """Return a store that these clients read."""
    return Store(
        id=clients[0],
        title=f"list of {clients[0]}",
        kind=StoreKind.BUILT_IN,
        clients=clients,
        certificates=certificates,
    )


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was printed, on one line."""
    return " ".join(capsys.readouterr().out.split())


def test_the_clients_own_store_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """The same server is refused, and accepted once the store holds the root; a file that was given proves nothing."""
    other = x509.parse(pki.root().der)
    with Practice(find("missing-issuer")) as server:
        root = x509.parse(ssl.PEM_cert_to_DER_cert(server.ca_path.read_text("ascii")))
        for held, code, words in (
            ((other,), 1, "Practice Root CA is not among what these clients trust"),
            ((other, root), 0, "node (tedious): would connect now. trusting what is in list of node"),
        ):
            with patch.object(reading, "read", return_value=Stores(stores=(store(*held),), influences=())):
                assert run(["prove", server.target, "--client", "node"]) == code
                assert words in shown(capsys)
                assert run(["prove", server.target, "--client", "odbc-windows"]) == 3
                assert "Test in Excel, refresh the data connection." in shown(capsys)
        assert run(["prove", server.target, str(server.ca_path)]) == 2
        assert "proves nothing about the client" in capsys.readouterr().err


def test_the_file_of_the_settings_goes_before_the_stores() -> None:
    """It is what the client reads; where it is on another machine, nothing is proven."""
    evidence = replace(BROKEN.evidence, clients=("node",))
    settings = replace(evidence.settings, ca_path=r"C:\certs\root.pem")
    (away,) = proof.trusting(replace(evidence, settings=settings), (store(TOP),))
    assert isinstance(away.certificates, Absent)
    assert "which the settings name, is not on this machine" in away.certificates.reason
    assert isinstance(proof.seen_by(evidence, away).chain, Absent)


def test_a_store_that_was_not_read_proves_nothing() -> None:
    """Neither does an empty one; a driver reads what its runtime reads."""
    evidence = replace(BROKEN.evidence, clients=("node-postgres",))
    (found,) = proof.trusting(evidence, (store(TOP),))
    assert found.certificates == (TOP,)
    shut = replace(store(TOP), certificates=Absent("permission denied", Shade.NOT_OBTAINED))
    for one in (shut, store()):
        (found,) = proof.trusting(evidence, (one,))
        assert isinstance(found.certificates, Absent)


@pytest.mark.parametrize(("anchored", "answer"), [(True, Answer.ACCEPTS), (False, Answer.REJECTS)])
def test_a_windows_store_that_was_read_decides(answer: Answer, *, anchored: bool) -> None:
    """What other commands can only guess: SqlClient accepts what its store holds, and refuses the rest."""
    trust = BROKEN.evidence.trust
    assert not isinstance(trust, Absent)
    evidence = replace(BROKEN.evidence, trust=replace(trust, anchored=anchored, given=(TOP,)))
    report = replace(BROKEN, evidence=evidence, clients=(BROKEN.clients[2],), findings=())
    assert proof.settled(report).clients[0].verdict is answer
