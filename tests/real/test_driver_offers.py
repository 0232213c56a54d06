"""What is said of real drivers' offers, against what these do: versions and suites cut down one way at a time."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest

from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import Behaviour, ClientEncryption, Presents, Tls, find
from certdoctor.lab.server import Practice
from certdoctor.model.wire import Probe, Survey
from tests.programs import need_nothing_missing
from tests.real.clients import CLIENTS, Client

pytestmark = pytest.mark.real

SETTINGS = {
    "a current suite": Tls(ciphers="ECDHE-RSA-AES256-GCM-SHA384"),
    "key exchange with RSA": Tls(ciphers="AES128-SHA256"),
    "Camellia alone": Tls(ciphers="CAMELLIA128-SHA"),
    "TLS 1.1 alone": Tls(lowest="TLSv1.1", highest="TLSv1.1", ciphers="ALL"),
}


def entry(client: Client) -> str:
    """Return the entry of the data that tells of a driver as it runs here."""
    if client.name != "mssql-jdbc":
        return {"mssql": "node-20", "tedious": "node-22", "mssql-python": "odbc-18"}.get(
            client.name, client.name
        )
    said = subprocess.run(
        [shutil.which("java") or "java", "-version"], capture_output=True, text=True, check=True
    )
    major = int(said.stderr.split('"')[1].split(".")[0])
    return "jdbc-25" if major >= 24 else "jdbc-17"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_driver_gets_through_where_it_is_said_to(settings: str, client: Client) -> None:
    """A login that reaches the practice server means a finished handshake."""
    need_nothing_missing(client.missing())
    behaviour = Behaviour(tls=SETTINGS[settings])
    with Practice(replace(find("healthy"), presents=Presents.SOUND_RSA, behaviour=behaviour)) as server:
        evidence = gather(Request(target=server.target, survey=Survey.CIPHERS), clock.now())
        server.settle()
        before = len(server.events)
        client.connect(server, ca=True, encrypt=ClientEncryption.ON, seconds=10)
        server.settle()
        through = any("login of" in event for event in server.events[before:])
    assert isinstance(evidence.probe, Probe)
    assert evidence.probe.accepts is not None
    (said,) = [one for one in evidence.probe.accepts.reach if one.client == entry(client)]
    assert said.connects is through, said.why
