"""``--redact all``: no name of a host, user or address in any output, the same pseudonym for the same name."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.logs import reading
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.privacy.names import Names
from certdoctor.privacy.reports import pseudonymous
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine import junit, nagios, prometheus, sarif
from certdoctor.render.machine.json import render_json, render_jsonl
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.page.html import render as render_html
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render as render_text
from tests import pki
from tests.reports import BROKEN, CHAIN, EVIDENCE, LEAF, LOG, NOW, PROBE, TRUST

LABEL = st.from_regex(r"q[a-z]{3}x[0-9]{2}", fullmatch=True)
"""A name that no sentence of ours holds."""
ADDRESS = st.ip_addresses(v=4, network="198.51.100.0/24") | st.ip_addresses(v=6, network="2001:db8::/32")

FORMS = (
    "Failed to connect to {host}:1433 - certificate has expired",
    "Failed to connect to {host}\\PROD - self signed certificate",
    "Failed to connect to {host}.{domain}.example:1433 - certificate has expired",
    "Hostname/IP does not match certificate's altnames: Host: {host}.{domain}.example. is not in the cert's altnames: DNS:*.{domain}.example, DNS:{host}, IP Address:{ip}",
    "Hostname/IP does not match certificate's altnames: IP: {ip} is not in the cert's list: ",
    'connection to server at "{host}" ({ip}), port 5432 failed: FATAL:  password authentication failed for user "{user}"',
    "Server=tcp:{host}.{domain}.example,1433;User ID={user};Password=x; The certificate chain was issued by an authority that is not trusted",
    "jdbc:sqlserver://{host}:1433;user={user};encrypt=true PKIX path building failed",
    "postgres://{user}:pw@{host}.{domain}.example:5432/db certificate has expired",
    "Access denied for user '{user}'@'{host}' (using password: YES)",
    "Login failed for user '{DOMAIN}\\{user}'. [CLIENT: {ip}]",
    "getaddrinfo ENOTFOUND {host}.{domain}.example",
    "x509: certificate is valid for {host}.{domain}.example, not {domain}.example",
    "ENOENT: no such file or directory, open 'C:\\Users\\{user}\\certs\\ca.pem'",
    'could not open certificate file "/home/{user}/.postgresql/postgresql.crt": Permission denied',
    "dial tcp {ip}: connect: connection refused by {host}.{domain}.example",
    '{{"host": "{host}", "userName": "{user}", "sslType": "SYSTEMCA", "message": "certificate has expired"}}',
    "subject=/C=BE/O=Big/CN={host}.{domain}.example issuer=CN=x,DC={domain},DC=example certificate has expired",
    "http: TLS handshake error from {ip}: remote error: tls: bad certificate",
)  # fmt: skip


def outputs(reports: list[Report]) -> Iterator[str]:
    """Yield the reports in every format."""
    yield render_text(reports, Console(width=80))
    yield render_text(reports, Console(width=100, verbose=True))
    yield render_log(reports, Console(width=200))
    yield render_json(reports, "diagnose")
    yield render_jsonl(reports)
    yield render_markdown(reports)
    yield render_html(reports)
    yield junit.render(reports, failing=frozenset({Severity.BLOCKS}))
    yield sarif.render(reports)
    yield prometheus.render(reports)
    yield nagios.render(reports, examined=True)


def report(text: str) -> Report:
    """Return the report about a log that is that text."""
    facts = reading.parse(text.encode(), path="HackoladeRE.log")
    return diagnose(
        Evidence(subject="HackoladeRE.log", observed_at=NOW, logs=(facts,)),
        judge_trust=False,
        os_name=System.DEBIAN,
    )


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None)
@given(st.tuples(LABEL, LABEL, LABEL), ADDRESS, st.booleans())
def test_planted_names_are_gone(
    form: str,
    names: tuple[str, str, str],
    ip: object,
    upper: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever names a log holds, and in whatever form a client prints them, no output shows one."""
    host, domain, user = names[0], names[1] + "d", names[2] + "u"
    given_names = {
        "host": host.upper() if upper else host,
        "domain": domain,
        "user": user,
        "DOMAIN": domain.upper(),
        "ip": ip,
    }
    for output in outputs(pseudonymous([report(form.format(**given_names))])):
        lowered = output.lower()
        for name in (host, domain, user, str(ip)):
            assert name.lower() not in lowered


@settings(max_examples=25, deadline=None)
@given(LABEL, LABEL, ADDRESS)
def test_a_whole_report_names_nobody(host: str, domain: str, ip: object) -> None:
    """Target, certificate, address, findings, remedies and the client's own words: all of it."""
    name = f"{host}.{domain}d.example"
    swap = {
        "sql01.corp.example": name,
        "192.0.2.10": str(ip),
        "corp.example": f"{domain}d.example",
        "sql01": host,
        "sqlprod": f"{host}b",
    }
    planted = _swapped(BROKEN, swap)
    for output in outputs(pseudonymous([planted])):
        for secret in (host, f"{domain}d", str(ip)):
            assert secret not in output


def _swapped(given_report: Report, swap: dict[str, str]) -> Report:
    """Return the report with other names, wherever they stand."""

    def other(text: str) -> str:
        for old, new in swap.items():
            text = text.replace(old, new)
        return text

    leaf = replace(
        LEAF,
        subject=other(LEAF.subject),
        common_name=other("sql01.corp.example"),
        dns_names=tuple(map(other, LEAF.dns_names)),
    )
    chain = Chain(leaf, CHAIN.rest)
    event = replace(LOG.events[0], text=other(LOG.events[0].text), endpoint=other("sql01.corp.example:1433"))
    evidence = replace(
        EVIDENCE,
        subject=other(EVIDENCE.subject),
        hosts=tuple(map(other, EVIDENCE.hosts)),
        probe=replace(PROBE, host=other(PROBE.host), address=other(PROBE.address or "")),
        chain=chain,
        trust=replace(TRUST, path=(leaf, *CHAIN.rest)),
        logs=(replace(LOG, events=(event,), settings={k: other(v) for k, v in LOG.settings.items()}),),
    )
    findings = tuple(
        replace(
            f,
            detail=other(f.detail),
            subject=other(f.subject),
            facts={k: other(v) if isinstance(v, str) else v for k, v in f.facts.items()},
            remedies=tuple(
                replace(r, summary=other(r.summary), steps=tuple(map(other, r.steps)), proof=other(r.proof))
                for r in f.remedies
            ),
        )
        for f in given_report.findings
    )
    clients = tuple(
        replace(c, message=other(c.message or ""), brief=other(c.brief or "")) for c in given_report.clients
    )
    agreements = tuple(replace(a, detail=other(a.detail)) for a in given_report.agreements)
    return replace(given_report, evidence=evidence, findings=findings, clients=clients, agreements=agreements)


def test_the_same_name_has_the_same_pseudonym_everywhere() -> None:
    """Within a run, over all reports; and the shape of names stays, so that a mismatch can be seen."""
    names = Names()
    reports = pseudonymous(
        [
            report("Failed to connect to sql01.corp.example:1433 - certificate has expired"),
            report("Host: SQL01. is not in the cert's altnames: DNS:sql02.corp.example, DNS:*.corp.example"),
        ],
        names,
    )
    assert reports[0].evidence.logs[0].events[0].text == (
        "Failed to connect to host-1.domain-1.example:1433 - certificate has expired"
    )
    assert (
        "Host: host-1. is not in the cert's altnames: DNS:host-2.domain-1.example, DNS:*.domain-1.example"
        in (reports[1].evidence.logs[0].events[0].text)
    )


@pytest.mark.parametrize(
    "text",
    [
        "Failed to connect to localhost:1433 - certificate has expired",
        "connect ECONNREFUSED 127.0.0.1:1433",
        "at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34) at com.microsoft.sqlserver.jdbc.SQLServerException: error",
        "javax.net.ssl.SSLHandshakeException: sun.security.validator.ValidatorException: PKIX path building failed",
        "error:0A000086:SSL routines:tls_process_server_certificate:certificate verify failed:../ssl/statem.c:1889:",
        "2026-11-24T09:00:00.123Z ERROR certificate has expired 12:30:45",
        "[Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: The target principal name is incorrect.",
        "psql: error: could not open certificate file: No such file or directory",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    """Loopback, classes, files, times and the words of clients are no names: a search still finds them."""
    names = Names()
    names.text(text)
    assert names.hide(text) == text


def test_pseudonyms_are_not_named_again() -> None:
    """A text that was cleaned once stays as it is."""
    names = Names()
    text = "Failed to connect to host-1.domain-1.example:1433 - user 'user-1' at 0.0.0.1"
    names.text(text)
    assert names.hide(text) == text


def test_the_option_works_for_every_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, logs, servers and their JSON: the option is one of all commands that report."""
    made = pki.issue("qhost77.qcorp88.example")
    path = tmp_path / "c.pem"
    path.write_bytes(made.pem)
    text = tmp_path / "x.log"
    text.write_text("Failed to connect to qhost77.qcorp88.example:1433 - certificate has expired\n")
    for arguments in (
        ["inspect", str(path)],
        ["verify", str(path), "--host", "qhost77.qcorp88.example"],
        ["log", str(text)],
        ["diagnose", "--log", str(text), "--ca", str(path)],
    ):
        for form in ("text", "json", "jsonl", "markdown", "html", "junit", "sarif", "prometheus", "nagios"):
            run([*arguments, "--redact", "all", "--format", form])
            shown = capsys.readouterr()
            assert not re.search("qhost77|qcorp88", shown.out + shown.err), (arguments, form)
    run(["inspect", str(path), "--format", "json", "--redact", "all"])
    found = json.loads(capsys.readouterr().out)["reports"][0]["evidence"]["sent"][0]
    assert found["der"] == ""
    assert found["common_name"] == "host-1.domain-1.example"


@pytest.mark.parametrize(
    "arguments",
    [
        ["probe", "qhost77.qcorp88.example:notaport"],
        ["log", "/home/qjdoe99/qhost77.log"],
    ],
)
def test_complaints_name_nobody(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be done is said without the names that the command line gave."""
    assert run([*arguments, "--redact", "all"]) in {2, 3}
    shown = capsys.readouterr()
    assert shown.err
    assert not re.search("qcorp88|qjdoe99", shown.out + shown.err)
    assert run(arguments) in {2, 3}
    assert re.search("qcorp88|qjdoe99", capsys.readouterr().err)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "1.",
        ":",
        "fe80:",
        "a@",
        "@a.",
        "CN=a.",
        "user='",
        "://",
        "Server=a;",
        "A\\",
        "DC=a,",
        "x" * 60 + ".",
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """Nothing in the search for names gets slow by repetition (the limit is one that only a fault exceeds)."""
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    names = Names()
    names.text(text)
    names.hide(text)
    assert time.process_time() - started < 10


def test_both_sides_of_a_difference_share_their_pseudonyms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compared is what really is, before any."""
    for number, name in enumerate(("qhost77.qcorp88.example", "qhost78.qcorp88.example")):
        (tmp_path / f"{number}.pem").write_bytes(pki.issue(name).pem)
    first, second = str(tmp_path / "0.pem"), str(tmp_path / "1.pem")
    for form in ("text", "json"):
        run(["diff", first, second, "--redact", "all", "--format", form])
        shown = capsys.readouterr()
        assert not re.search("qhost7|qcorp88", shown.out + shown.err), form
        assert "host-2.domain-1.example" in shown.out
