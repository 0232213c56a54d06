"""All-clears that would be false: what was looked at could not have shown the fault, or shows it in other words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from certdoctor.checks.logs import claims
from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.search.search import Search
from certdoctor.lab import certificates as lab
from certdoctor.lab.scenarios import Behaviour, Presents, Tls
from certdoctor.logs import reading
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, Outcome, Report, Verdict
from certdoctor.model.rule import Owner, Severity
from certdoctor.model.trust import Trust
from tests import pki
from tests.checks import made_files
from tests.hostile.servers import find, serve

REQUIRED = (
    'psql: error: connection to server at "localhost", port 5432 failed: FATAL:  connection requires a valid client certificate',
    "asyncpg.exceptions.InvalidAuthorizationSpecificationError: connection requires a valid client certificate",
    "error: connection requires a valid client certificate\n    at Parser.parseErrorMessage (node_modules/pg-protocol/dist/parser.js:283:98)",
    "org.postgresql.util.PSQLException: FATAL: connection requires a valid client certificate",
    "psycopg.OperationalError: connection failed: FATAL:  connection requires a valid client certificate",
)


def server(name: str, scheme: str, *, asks: bool) -> Evidence:
    """Probe a database server that asks for a client certificate, or not, and takes none as well."""
    tls = Tls(names_cas=2) if asks else Tls()
    with serve(replace(find(name), behaviour=Behaviour(tls=tls))) as practice:
        target = f"{scheme}://localhost:{practice.port}/db"
        return gather(Request(target=target, cas=(str(practice.ca_path),), seconds=5.0), clock.now())


def judged(evidence: Evidence, words: str = "") -> Report:
    """Judge, with a log of these words besides."""
    if words:
        evidence = replace(evidence, logs=(reading.parse(words.encode(), path="app.log"),))
    return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)


@pytest.fixture(scope="module")
def asking() -> Evidence:
    """Return what is seen of a PostgreSQL server that asks."""
    return server("postgresql-with-tls", "postgres", asks=True)


@pytest.mark.parametrize("words", REQUIRED)
def test_a_demand_of_the_login_is_not_contradicted_by_a_handshake(asking: Evidence, words: str) -> None:
    """The server asked, went on without, and the log tells of the login that was refused."""
    report = judged(asking, words)
    assert (report.verdict, report.cause) == (Verdict.BROKEN, "client-cert-required")
    assert {a.outcome for a in report.agreements} <= {Outcome.CONFIRMED, Outcome.NOT_CHECKED}


@pytest.mark.parametrize(
    ("name", "scheme"), [("postgresql-with-tls", "postgres"), ("mariadb-with-tls", "mysql")]
)
def test_a_request_for_a_certificate_is_a_risk(name: str, scheme: str) -> None:
    """Which accounts need one is not to be seen, so that none of both is all right."""
    report = judged(server(name, scheme, asks=True))
    assert (report.verdict, report.cause) == (Verdict.AT_RISK, "client-cert-required")
    assert judged(server(name, scheme, asks=False)).verdict is Verdict.HEALTHY


def test_a_server_that_does_not_ask_contradicts_no_demand_either() -> None:
    """It may ask at another address or account: the log still tells of a failure."""
    report = judged(server("postgresql-with-tls", "postgres", asks=False), REQUIRED[0])
    assert (report.verdict, report.cause) == (Verdict.BROKEN, "client-cert-required")


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Error: getaddrinfo ENOTFOUND localhost", "dns-failure"),
        (
            'psql: error: connection to server at "localhost", port 5432 failed: Connection refused',
            "connection-refused",
        ),
        ("Error: connect ETIMEDOUT 127.0.0.1:5432", "timeout"),
    ],
)
def test_a_server_reached_from_here_contradicts_no_failure_on_the_way(words: str, cause: str) -> None:
    """Another machine, at another time, may ask another resolver and take another way."""
    report = judged(server("postgresql-with-tls", "postgres", asks=False), words)
    [agreement] = report.agreements
    assert (agreement.claim, agreement.outcome) == (cause, Outcome.NOT_CHECKED)
    assert agreement.detail.startswith("not seen from here: ")
    assert (report.verdict, report.cause) == (Verdict.BROKEN, cause)


def test_access_denied_beside_a_request_names_the_certificate() -> None:
    """MySQL's words for a certificate that is missing are those for a wrong password."""
    words = "ERROR 1045 (28000): Access denied for user 'app'@'localhost' (using password: YES)"
    report = judged(server("mariadb-with-tls", "mysql", asks=True), words)
    assert report.verdict is Verdict.BROKEN
    assert "client-cert-required" in {finding.rule.slug for finding in report.findings}


@pytest.mark.parametrize(
    "words",
    [
        'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "app", database "db", no encryption',
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: protocol_version",
        "sslv3 alert handshake failure: no shared cipher",
    ],
)
def test_what_the_probe_cannot_show_is_not_healthy(words: str) -> None:
    """The probe offers encryption and every version: what a client does not offer shows in its log alone."""
    report = judged(server("postgresql-with-tls", "postgres", asks=False), words)
    assert report.verdict is Verdict.BROKEN


@pytest.mark.parametrize("sends_root", [True, False])
def test_interception_is_confirmed_by_the_words_that_clients_have_for_it(
    tmp_path: Path, *, sends_root: bool
) -> None:
    """The finding names the product, the client's words name what is wrong with the path."""
    top = pki.issue("Zscaler Root CA", ca=True)
    leaf = pki.issue("db.example", top)
    (tmp_path / "chain.pem").write_bytes(leaf.pem + (top.pem if sends_root else b""))
    evidence = gather(Request(chain_file=str(tmp_path / "chain.pem"), hosts=("localhost",)), pki.NOW)
    words = (
        "Error: self-signed certificate in certificate chain"
        if sends_root
        else "Error: unable to verify the first certificate"
    )
    report = judged(evidence, words)
    assert (report.verdict, report.cause) == (Verdict.BROKEN, "tls-interception")
    assert [a.outcome for a in report.agreements] == [Outcome.CONFIRMED]


def test_a_ca_file_that_node_passes_over_confirms_its_words(tmp_path: Path) -> None:
    """The reference run reads the file; the client that complained does not."""
    evidence = made_files.ca_as_der(tmp_path)
    report = judged(evidence, "Error: unable to verify the first certificate\n    at node:internal/x")
    assert [a.outcome for a in report.agreements] == [Outcome.CONFIRMED]
    assert report.verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    ("source", "claim", "expected"),
    [
        ("public", "unable to get local issuer certificate", Outcome.NOT_CHECKED),
        ("public", "certificate has expired", Outcome.CONTRADICTED),
        ("ca-file", "unable to get local issuer certificate", Outcome.RESOLVED),
    ],
)
def test_a_public_root_says_nothing_of_the_store_of_a_client(
    tmp_path: Path, source: str, claim: str, expected: Outcome
) -> None:
    """An old machine lacks a root that others have; that a certificate is valid shows on its own."""
    evidence = judged(made_files.chain(made_files.shown(Presents.SOUND))(tmp_path)).evidence
    assert isinstance(evidence.trust, Trust)
    trust = replace(evidence.trust, anchor_source=source)
    log = reading.parse(f"Error: {claim}".encode(), path="app.log")
    (agreement,) = claims.compare(replace(evidence, trust=trust, logs=(log,)), ())
    assert agreement.outcome is expected


def searched(tmp_path: Path, leaf: pki.Issued) -> Report:
    """Verify a lone leaf, with a folder searched that holds the root and the intermediate."""
    (tmp_path / "leaf.pem").write_bytes(leaf.pem)
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "found" / "issuing.pem").write_bytes(pki.intermediate().pem)
    search = Search((str(tmp_path / "found"),), tuple)
    evidence = gather(Request(chain_file=str(tmp_path / "leaf.pem"), hosts=("localhost",)), pki.NOW)
    return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN, search=search)


def test_an_issuer_that_is_found_to_be_a_root_is_missing_at_the_client(tmp_path: Path) -> None:
    """Nothing is missing that the server would send; every client is told so as well."""
    report = searched(tmp_path, pki.issue("direct.example", pki.root()))
    (found,) = (f for f in report.findings if f.severity is Severity.BLOCKS)
    assert (report.cause, found.rule.owner) == ("missing-issuer", Owner.CLIENT)
    assert "incomplete-chain" not in {cause for client in report.clients for cause in client.causes}
    again = diagnose(report.evidence, judge_trust=True, os_name=System.DEBIAN)
    assert again.cause == "missing-issuer"


def test_an_issuer_that_is_found_to_be_an_intermediate_is_missing_at_the_server(tmp_path: Path) -> None:
    """Even though the root is found as well."""
    assert searched(tmp_path, pki.leaf()).cause == "incomplete-chain"


def test_a_root_by_name_alone_decides_nothing(tmp_path: Path) -> None:
    """Without a search, and for a lone leaf, the server is asked first."""
    (tmp_path / "leaf.pem").write_bytes(pki.issue("direct.example", pki.root()).pem)
    evidence = gather(Request(chain_file=str(tmp_path / "leaf.pem"), hosts=("localhost",)), pki.NOW)
    assert judged(evidence).cause == "incomplete-chain"


@pytest.mark.parametrize(
    ("target", "client", "setting"),
    [
        (
            "jdbc:sqlserver://localhost:{};encrypt=true;trustServerCertificate=true",
            "jdbc",
            "trustServerCertificate=false",
        ),
        (
            "Server=localhost,{};Encrypt=yes;TrustServerCertificate=yes",
            "odbc-linux",
            "TrustServerCertificate=no",
        ),
        (
            "Server=localhost,{};Encrypt=True;TrustServerCertificate=True",
            "sqlclient-linux",
            "TrustServerCertificate=False",
        ),
        (
            "Server=localhost,{};Encrypt=True;TrustServerCertificate=True",
            "node",
            "trustServerCertificate: false",
        ),
    ],
)
def test_the_remedy_of_a_trust_in_anything_switches_it_off(target: str, client: str, setting: str) -> None:
    """After the trust is right, with the client's own setting, and with a proof in which every client checks."""
    with serve(find("healthy")) as practice:
        asked = Request(target=target.format(practice.port), cas=(str(practice.ca_path),), clients=(client,))
        report = judged(gather(asked, clock.now()))
    assert (report.verdict, report.cause) == (Verdict.AT_RISK, "verification-disabled")
    first = report.findings[0].remedies[0]
    text = "\n".join(first.steps)
    assert setting in text
    assert text.index("verify localhost") < text.index(setting) < text.index("must fail")
    assert "trustServerCertificate" not in first.proof
    assert first.proof.startswith("certdoctor verify localhost:")


@pytest.mark.parametrize(
    ("scheme", "name", "query", "told"),
    [
        ("postgres", "postgresql-with-tls", "sslmode=require", True),
        ("postgres", "postgresql-with-tls", "sslmode=no-verify", True),
        ("postgres", "postgresql-with-tls", "sslmode=verify-full", False),
        ("postgres", "postgresql-with-tls", "sslmode=require&sslrootcert=root.pem", False),
        ("mysql", "mariadb-with-tls", "ssl-mode=REQUIRED", True),
        ("mysql", "mariadb-with-tls", "ssl-mode=VERIFY_IDENTITY", False),
    ],
)
def test_a_mode_that_takes_any_certificate_is_a_risk(
    scheme: str, name: str, query: str, *, told: bool
) -> None:
    """The words of the connection string stand in the finding, those of the database's drivers in its remedy."""
    with serve(find(name)) as practice:
        target = f"{scheme}://localhost:{practice.port}/db?{query}"
        report = judged(gather(Request(target=target, cas=(str(practice.ca_path),)), clock.now()))
    found = [f for f in report.findings if f.rule.slug == "verification-disabled"]
    assert bool(found) is told
    if told:
        assert query.partition("=")[2] in found[0].detail
        wanted = "verify-full" if scheme == "postgres" else "VERIFY_IDENTITY"
        assert wanted in "\n".join(found[0].remedies[0].steps)


@pytest.mark.parametrize(
    ("name", "target", "client", "told"),
    [
        ("postgresql-with-tls", "postgres://localhost:{}/db?sslmode=require", "node-postgres", False),
        ("postgresql-with-tls", "postgres://localhost:{}/db?sslmode=no-verify", "node-postgres", True),
        (
            "postgresql-with-tls",
            "postgres://localhost:{}/db?sslmode=require&uselibpqcompat=true",
            "node-postgres",
            True,
        ),
        ("postgresql-with-tls", "postgres://localhost:{}/db?sslmode=require", "psql", True),
        ("mariadb-with-tls", "mysql://localhost:{}/db?ssl-mode=REQUIRED", "mysql-cli", True),
    ],
)
def test_the_client_says_what_its_word_means(name: str, target: str, client: str, *, told: bool) -> None:
    """One word of sslmode has several meanings: the finding and the client's own verdict agree."""
    with serve(find(name)) as practice:
        request = Request(target=target.format(practice.port), clients=(client,))
        report = judged(gather(request, clock.now()))
    assert any(f.rule.slug == "verification-disabled" for f in report.findings) is told
    assert (report.clients[0].mode is Mode.REQUIRE) is told


def test_without_a_client_those_that_take_the_word_otherwise_are_named() -> None:
    """node-postgres checks chain and name with sslmode=require."""
    with serve(find("postgresql-with-tls")) as practice:
        target = f"postgres://localhost:{practice.port}/db?sslmode=require"
        report = judged(gather(Request(target=target), clock.now()))
    [found] = [f for f in report.findings if f.rule.slug == "verification-disabled"]
    assert "Not so node-postgres" in found.detail


def test_a_tool_that_reads_no_connection_string_checks_all_the_same() -> None:
    """`openssl verify` is not told to trust anything."""
    with serve(find("missing-issuer")) as practice:
        target = f"jdbc:sqlserver://localhost:{practice.port};encrypt=true;trustServerCertificate=true"
        report = judged(gather(Request(target=target), clock.now()))
    answers = {client.client: client.verdict for client in report.clients}
    assert answers["openssl"] is Answer.REJECTS
    assert answers["jdbc"] is Answer.ACCEPTS


def test_a_server_certificate_without_names_is_a_risk_without_a_host_too(tmp_path: Path) -> None:
    """Go refuses it whatever the host is called; a client's certificate needs no such names."""
    for common_name, expected in (("db.corp.example", Verdict.AT_RISK), ("app user", Verdict.HEALTHY)):
        own = lab.leaf(
            lab.root(at=pki.NOW), at=pki.NOW, names=(), addresses=(), common_name=common_name, purposes=()
        )
        (tmp_path / "one.pem").write_bytes(own.pem)
        evidence = gather(Request(files=(str(tmp_path / "one.pem"),)), pki.NOW)
        assert diagnose(evidence, judge_trust=False, os_name=System.DEBIAN).verdict is expected


def test_a_log_without_a_failure_is_not_called_healthy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log never proves health; what was not compared is said."""
    (tmp_path / "app.log").write_text("connected\n", encoding="utf-8")
    assert run(["diagnose", "--log", str(tmp_path / "app.log")]) == 0
    shown = capsys.readouterr().out
    assert "HEALTHY" not in shown
    assert "NO FAILURE" in shown
    (tmp_path / "chain.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (tmp_path / "root.pem").write_bytes(pki.root().pem)
    chain, root = str(tmp_path / "chain.pem"), str(tmp_path / "root.pem")
    assert run(["verify", chain, "--ca", root, "--at", "2026-06-01"]) == 0
    assert "no name was compared" in " ".join(capsys.readouterr().out.split())
    assert run(["verify", chain, "--ca", root, "--at", "2026-06-01", "--host", "localhost"]) == 0
    assert "no name was compared" not in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("days", "expected"),
    [((-9, -9), Verdict.BROKEN), ((-9, 900), Verdict.AT_RISK), ((900, 900), Verdict.HEALTHY)],
)
def test_a_ca_file_that_has_ended_is_not_all_right(
    tmp_path: Path, days: tuple[int, int], expected: Verdict
) -> None:
    """Given by itself, without a server whose chain would tell."""
    given = b"".join(lab.root(name=f"Root {n}", at=pki.NOW, starts=-3000, ends=n).pem for n in days)
    (tmp_path / "ca.pem").write_bytes(given)
    assert judged(gather(Request(cas=(str(tmp_path / "ca.pem"),)), pki.NOW)).verdict is expected


def test_a_list_of_cas_that_have_all_ended_is_broken(tmp_path: Path) -> None:
    """As `inspect` sees it."""
    old = (lab.root(name=name, at=pki.NOW, starts=-3000, ends=-9).pem for name in "ABC")
    (tmp_path / "bundle.pem").write_bytes(b"".join(old))
    evidence = gather(Request(files=(str(tmp_path / "bundle.pem"),)), pki.NOW)
    assert diagnose(evidence, judge_trust=False, os_name=System.DEBIAN).verdict is Verdict.BROKEN
