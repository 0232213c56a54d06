"""A Windows machine whose stores were read: they are the trust of Schannel, Go and Python, and of Node where it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from certdoctor import Session
from certdoctor.gather import system
from certdoctor.gather.stores import machine
from certdoctor.gather.stores.windows import stores as windows
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.ids import System
from certdoctor.model.report import Answer, Report
from tests import keystores, machines, pki
from tests.pki import Issued, oid, tlv

NAMES = ("sql01.example",)
LEAF = pki.issue("sql01.example", pki.intermediate(), names=NAMES)
_SYSTEM = r"SOFTWARE\Microsoft\SystemCertificates"
ROOTS = rf"{_SYSTEM}\ROOT\Certificates"
POLICY = r"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates"
BETWEEN, DISALLOWED = rf"{_SYSTEM}\CA\Certificates", rf"{_SYSTEM}\Disallowed\Certificates"
PEOPLE = rf"{_SYSTEM}\TrustedPeople\Certificates"
SERVICE = r"SOFTWARE\Microsoft\Cryptography\Services\MSSQLSERVER\SystemCertificates\Root\Certificates"
BY_SYSTEM = {"odbc-windows", "sqlclient-windows", "go", "python"}


def blob(issued: Issued, *purposes: str, limited: bool = False) -> bytes:
    """Return the value that CryptoAPI writes; ``purposes`` limit the certificate, or ``limited`` to none."""
    limit = [(9, tlv(0x30, *map(oid, purposes)))] if purposes or limited else []
    return keystores.blob((3, b"\0" * 20), *limit, (32, issued.der))


class Here:
    """Makes the session see one Windows machine, and asks it about the usual chain."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Write the chain below the folder."""
        self.folder, self.patch = folder, patch
        patch.setattr(system, "current", lambda: System.WINDOWS)

    def ask(
        self,
        registry: Mapping[tuple[str, str], Sequence[bytes]],
        *sent: Issued,
        clients: Sequence[str] = (),
        host: str = "sql01.example",
        ca: Issued | None = None,
        **environment: str,
    ) -> Report:
        """Return the report about the chain that was sent, by default leaf and intermediate."""
        chain = self.folder / "chain.pem"
        chain.write_bytes(b"".join(one.pem for one in sent or (LEAF, pki.intermediate())))
        given: tuple[str, ...] = ()
        if ca is not None:
            (self.folder / "ca.pem").write_bytes(ca.pem)
            given = (str(self.folder / "ca.pem"),)
        there = machines.windows(self.folder / "machine", registry, **environment)
        self.patch.setattr(machine, "current", there)
        with Session(at=pki.NOW) as session:
            return session.diagnose(chain=str(chain), clients=clients, host=host, ca=given)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Return a Windows machine to ask."""
    return Here(tmp_path, monkeypatch)


def said(report: Report) -> dict[str, tuple[str, str | None]]:
    """Return the verdict and cause of every client."""
    return {one.client: (one.verdict.value, one.cause) for one in report.clients}


def accepting(report: Report) -> set[str]:
    """Return the clients that would connect."""
    return {one.client for one in report.clients if one.verdict is Answer.ACCEPTS}


def test_a_root_in_the_machine_store_is_trusted_by_who_reads_it(here: Here) -> None:
    """Not by Electron, Node and Java, which bring their own; nor are the clients of Linux asked."""
    report = here.ask({("HKLM", ROOTS): [blob(pki.root())]})
    assert accepting(report) >= BY_SYSTEM
    assert {"electron", "node", "jdbc"}.isdisjoint(accepting(report))
    assert {"odbc-linux", "sqlclient-linux"}.isdisjoint(said(report))
    notes = {one.client: one.note for one in report.clients}
    assert notes["odbc-windows"] == '"Test Root" is in the Windows machine store'
    (finding,) = (one for one in report.findings if one.rule.slug == "missing-issuer")
    steps = "\n".join(step for remedy in finding.remedies for step in remedy.steps)
    assert "addstore" not in steps
    assert "cacerts" in steps


@pytest.mark.parametrize("client", sorted(BY_SYSTEM))
def test_who_reads_the_store_has_nothing_to_mend(here: Here, client: str) -> None:
    """The verdict is healthy, and so is one that evidence is judged again for."""
    report = here.ask({("HKCU", ROOTS): [blob(pki.root())]}, clients=[client])
    assert (str(report.verdict), report.cause) == ("healthy", None)
    again = Session(at=pki.NOW).judge(report.evidence)
    assert said(again) == said(report)


@pytest.mark.parametrize("key", [(hive, key) for hive in ("HKLM", "HKCU") for key in (ROOTS, POLICY)])
def test_without_the_root_the_clients_of_windows_say_so(here: Here, key: tuple[str, str]) -> None:
    """Every store was read and none holds it: they refuse, in Schannel's words."""
    report = here.ask({key: [blob(pki.issue("Other Root", ca=True))]})
    (odbc,) = (one for one in report.clients if one.client == "odbc-windows")
    assert (odbc.verdict, odbc.cause, odbc.code) == (Answer.REJECTS, "missing-issuer", "0x80090325")
    assert str(report.verdict) == "broken"


def test_a_store_that_may_not_be_read_leaves_it_open(here: Here) -> None:
    """Silence is not health, nor is it a fault."""
    there = machines.windows(here.folder, {})()
    there = replace(there, registry=machines.Registry({}, denied=[ROOTS]))
    here.patch.setattr(machines, "windows", lambda *_, **__: lambda: there)
    assert said(here.ask({}))["odbc-windows"] == ("unknown", None)


def test_an_intermediate_of_the_store_makes_up_for_one_not_sent(here: Here) -> None:
    """Schannel and Python take it from the list of intermediates; Node, which reads roots alone, does not."""
    registry = {("HKLM", ROOTS): [blob(pki.root())], ("HKCU", BETWEEN): [blob(pki.intermediate())]}
    report = here.ask(registry, LEAF, NODE_USE_SYSTEM_CA="1")
    assert accepting(report) >= BY_SYSTEM
    assert "electron" not in accepting(report)


def test_an_intermediate_alone_trusts_nothing(here: Here) -> None:
    """Where only the store of intermediates holds a root, or a root store only the intermediate."""
    for key, one in ((BETWEEN, pki.root()), (ROOTS, pki.intermediate())):
        assert accepting(here.ask({("HKLM", key): [blob(one)]})).isdisjoint({"odbc-windows", "go"})


def test_what_is_disallowed_is_refused_wherever_else_it_is(here: Here) -> None:
    """Python does not look there; a disallowed intermediate or leaf counts as well."""
    roots = {("HKLM", ROOTS): [blob(pki.root())]}
    for one in (pki.root(), pki.intermediate(), LEAF):
        report = here.ask({**roots, ("HKCU", DISALLOWED): [blob(one)]})
        found = said(report)
        assert found["odbc-windows"] == found["go"] == ("rejects", "distrusted-by-system")
        assert found["python"] == ("accepts", None)
        (finding,) = (f for f in report.findings if f.rule.slug == "distrusted-by-system")
        assert "list of untrusted certificates" in finding.detail
        assert "-delstore Disallowed" in "\n".join(s for r in finding.remedies for s in r.steps)


def test_disabled_purposes_leave_a_root_out(here: Here) -> None:
    """None, or others than for servers; a limit that has servers in it limits nothing here."""
    for blobs in ([blob(pki.root(), limited=True)], [blob(pki.root(), "1.3.6.1.5.5.7.3.2")]):
        report = here.ask({("HKLM", ROOTS): blobs})
        (odbc,) = (one for one in report.clients if one.client == "odbc-windows")
        assert (odbc.verdict, odbc.code) == (Answer.REJECTS, "0x80090349")
        assert said(report)["python"] == ("rejects", "missing-issuer")
        assert "distrusted-by-system" in {f.rule.slug for f in report.findings}
    fit = [blob(pki.root(), "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")]
    assert accepting(here.ask({("HKLM", ROOTS): fit})) >= BY_SYSTEM


def test_trusted_people_and_service_stores_trust_nothing_for_schannel(here: Here) -> None:
    """Its chain engine looks at neither; Node takes trusted people of the machine for roots."""
    own = pki.issue("sql01.example", names=NAMES)
    for key in (PEOPLE, SERVICE):
        report = here.ask({("HKLM", key): [blob(own)]}, own, NODE_USE_SYSTEM_CA="1")
        assert BY_SYSTEM.isdisjoint(accepting(report))
        assert ("electron" in accepting(report)) is (key == PEOPLE)
    there = machines.windows(here.folder, {("HKLM", SERVICE): [blob(own)]})()
    (store,) = windows.stores(there, None)
    assert (store.id, store.trusted) == ("windows-service:MSSQLSERVER", False)


def test_node_reads_the_store_when_told_to(here: Here) -> None:
    """By option or variable, from the versions on that know it; Electron by the variable."""
    there = {("HKLM", ROOTS): [blob(pki.root())]}
    assert "electron" in accepting(here.ask(there, NODE_USE_SYSTEM_CA="1"))
    for version, environment, reads in (
        ("v23.8.0", {"NODE_OPTIONS": "--use-system-ca"}, True),
        ("v23.7.0", {"NODE_OPTIONS": "--use-system-ca"}, False),
        ("v22.19.0", {"NODE_USE_SYSTEM_CA": "1"}, True),
        ("v22.18.0", {"NODE_USE_SYSTEM_CA": "1"}, False),
        ("v24.6.0", {}, False),
    ):
        made = replace(machines.windows(here.folder, there)(), environment=environment)
        (store,) = windows.stores(made, version)
        assert ("node" in store.clients) is reads


@pytest.mark.parametrize(
    ("sent", "host", "cause", "code"),
    [
        (LEAF, "other.example", "hostname-mismatch", "0x80090322"),
        (
            pki.issue("late", pki.intermediate(), names=NAMES, days=-1),
            "sql01.example",
            "expired",
            "0x80090328",
        ),
    ],
)
def test_a_trusted_root_mends_no_other_fault(
    here: Here, sent: Issued, host: str, cause: str, code: str
) -> None:
    """Names and dates are looked at all the same."""
    report = here.ask({("HKLM", ROOTS): [blob(pki.root())]}, sent, pki.intermediate(), host=host)
    (odbc,) = (one for one in report.clients if one.client == "odbc-windows")
    assert (odbc.verdict, odbc.cause, odbc.code) == (Answer.REJECTS, cause, code)


def test_a_ca_file_takes_the_place_of_the_store_where_it_does(here: Here) -> None:
    """For Python and Go it does; Schannel's clients take no file."""
    report = here.ask({("HKLM", ROOTS): [blob(pki.root())]}, ca=pki.issue("Other Root", ca=True))
    assert {"odbc-windows", "sqlclient-windows"} <= accepting(report)
    assert {"python", "go"}.isdisjoint(accepting(report))


def test_what_cryptoapi_wrote_is_read(here: Here) -> None:
    """Recorded: friendly names, limits, and who is trusted by them."""
    there = machines.windows(here.folder, machines.recorded_registry())()
    found = {s.id: [c.common_name for c in s.known] for s in windows.stores(there, None)}
    assert found == {
        "windows-machine": ["Machine Root"],
        "windows-machine-disabled": ["Root Without Purposes", "Root For Clients"],
        "windows-user": ["User Root"],
        "windows-intermediates": ["Machine Issuing CA"],
        "windows-machine-disallowed": ["Disallowed Root"],
        "windows-people": ["sql02.example"],
    }
    here.patch.setattr(machine, "current", lambda: there)
    with Session(at=pki.NOW) as session:
        report = session.diagnose(chain=str(machines.RECORDED / "server.pem"), host="sql01.example")
    assert accepting(report) >= BY_SYSTEM


def test_another_system_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evidence then says that the stores of Windows were not looked at."""
    monkeypatch.setattr(system, "current", lambda: System.DEBIAN)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(LEAF.pem)
    assert Session(at=pki.NOW).diagnose(chain=str(chain)).evidence.system_trust == NOT_ASKED
