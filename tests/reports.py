"""Reports made by hand, with stable bytes: what renderers are tested on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from certdoctor.checks import CHECKS, rule_for
from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import Mode, Protocol, System
from certdoctor.model.log import Confidence, LogEvent, LogFacts
from certdoctor.model.report import (
    Agreement,
    Answer,
    Basis,
    ClientVerdict,
    Finding,
    ModeVerdict,
    Outcome,
    Report,
    Skipped,
    Verdict,
)
from certdoctor.model.rule import Rule, Severity
from certdoctor.model.trust import MissingIssuer, PathError, Trust
from certdoctor.model.wire import Encryption, Handshake, Prelogin, Probe, Product, Stage, Wrapping
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROOT = "CN=Corp Root CA 2020,O=Corp"
ISSUING = "CN=Corp Issuing CA 3,O=Corp"


def certificate(name: str, issuer: str, number: int, *, names: tuple[str, ...] = ()) -> Certificate:
    """Return the facts of a certificate that need not exist."""
    subject = f"CN={name},O=Corp"
    return Certificate(
        der=bytes([number]) * 8,
        sha256=f"{number:02x}" * 32,
        sha1=f"{number:02x}" * 20,
        subject=subject,
        issuer=issuer,
        subject_der=subject.encode(),
        issuer_der=issuer.encode(),
        common_name=name,
        serial=4096 + number,
        version=3,
        not_before=NOW - timedelta(days=100),
        not_after=NOW + timedelta(days=265 + 1000 * number),
        has_san=bool(names),
        dns_names=names,
        ip_addresses=(),
        public_key=PublicKey(algorithm="EC", bits=256, curve="secp256r1", spki_sha256=f"{number:02x}" * 32),
        signature_algorithm="ecdsa-with-SHA256",
        signature_digest="sha256",
        is_ca=not names,
        path_length=None,
        key_usage=None,
        extended_key_usage=("serverAuth",) if names else None,
        subject_key_id=f"{number:02x}" * 20,
        authority_key_id=f"{number + 1:02x}" * 20,
    )


LEAF = certificate("sql01.corp.example", ISSUING, 0, names=("sql01.corp.example", "sql01", "sqlprod"))
INTERMEDIATE = certificate("Corp Issuing CA 3", ROOT, 1)
TOP = certificate("Corp Root CA 2020", ROOT, 2)
CHAIN = Chain(LEAF, (INTERMEDIATE,))

PROBE = Probe(
    host="sql01.corp.example",
    port=1433,
    address="192.0.2.10",
    protocol=Protocol.TDS,
    stages=(Stage(name="name", milliseconds=1.5, detail="1 address"), Stage(name="tcp", milliseconds=2.0)),
    prelogin=Prelogin(version=(15, 0, 4382, 0), encryption=0, options=((0, bytes(6)), (1, b"\x00"))),
    product=Product(
        title="SQL Server 2019 (15.0.4382)",
        name="SQL Server 2019",
        support_ends=None,
        speaks_tds8=False,
    ),
    forces_encryption=False,
    encryption_offered=Encryption.ON,
    handshake=Handshake(wrapping=Wrapping.TDS7, protocol="TLSv1.2", cipher="ECDHE-ECDSA-AES256-GCM-SHA384"),
    chain=CHAIN,
    strict=Absent("SQL Server 2019 is older than TDS 8.0"),
    strict_chain=Absent("SQL Server 2019 is older than TDS 8.0"),
    failure=None,
)

TRUST = Trust(
    path=(LEAF, INTERMEDIATE),
    sent=frozenset({LEAF.sha256, INTERMEDIATE.sha256}),
    anchored=False,
    anchor_source=None,
    missing=MissingIssuer(subject=ROOT, key_id="02" * 20, ca_issuers=(), wanted_by=INTERMEDIATE),
    errors=(
        PathError(
            depth=1,
            code=20,
            text="unable to get local issuer certificate",
            sha256=INTERMEDIATE.sha256,
            cause="missing-issuer",
        ),
    ),
    roots="certifi 2026.1.1",
)

LOG = LogFacts(
    path="HackoladeRE.log",
    lines=40,
    events=(
        LogEvent(
            line=14,
            cause="missing-issuer",
            confidence=Confidence.LIKELY,
            client="electron",
            endpoint="sql01.corp.example:1433",
            text="Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate",
            times=3,
        ),
    ),
    application="Hackolade",
    settings={"sslType": "SYSTEMCA"},
    masked=1,
)

EVIDENCE = Evidence(
    subject="sql01.corp.example:1433",
    observed_at=NOW,
    hosts=("sql01.corp.example",),
    probe=PROBE,
    chain=CHAIN,
    trust=TRUST,
    logs=(LOG,),
    settings=ClientSettings(application="Hackolade", ssl_type="SYSTEMCA"),
)

SITUATION = RemedyContext(
    target="sql01.corp.example:1433",
    host="sql01.corp.example",
    root_subject=ROOT,
    root_common_name="Corp Root CA 2020",
    root_key_id="02" * 20,
    application="Hackolade",
    os=System.WINDOWS,
)


def the_rule(slug: str) -> Rule:
    """Return a rule that must exist."""
    rule = rule_for(slug)
    assert rule is not None
    return rule


def finding(slug: str, severity: Severity, detail: str, **facts: str | int | None) -> Finding:
    """Return a finding of the rule with that slug and with its real remedies."""
    rule = the_rule(slug)
    return Finding(
        rule=rule,
        severity=severity,
        detail=detail,
        facts=dict(facts),
        subject="sql01.corp.example",
        remedies=tuple(remedy(name, SITUATION) for name in rule.remedies),
    )


def _client(
    name: str,
    title: str,
    verdict: Answer,
    message: str | None = None,
    modes: tuple[ModeVerdict, ...] = (),
) -> ClientVerdict:
    rejected = verdict is Answer.REJECTS
    return ClientVerdict(
        client=name,
        title=title,
        verdict=verdict,
        cause="missing-issuer" if rejected else None,
        causes=("missing-issuer",) if rejected else (),
        code="UNABLE_TO_GET_ISSUER_CERT_LOCALLY" if rejected else None,
        message=message,
        brief=message,
        basis=Basis.MEASURED,
        mode=Mode.VERIFY,
        modes=modes,
    )


IN_MODES = (
    ModeVerdict(
        mode=Mode.DEFAULT,
        settings="nothing set: only the login is encrypted",
        verdict=Answer.ACCEPTS,
        note="checks nothing of the certificate",
    ),
    ModeVerdict(
        mode=Mode.VERIFY,
        settings="encrypt=true;TrustServerCertificate=false",
        verdict=Answer.REJECTS,
        cause="missing-issuer",
        code="UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        message="unable to get local issuer certificate",
        brief="unable to get local issuer certificate",
        causes=("missing-issuer",),
    ),
)
"""Two modes of a client that refuses only where it is told to check."""

BROKEN = Report(
    evidence=EVIDENCE,
    verdict=Verdict.BROKEN,
    cause="missing-issuer",
    findings=(
        finding(
            "missing-issuer",
            Severity.BLOCKS,
            f'The chain ends at "{ROOT}" (key id {"02" * 20}), which is not among the public roots.',
            missing_subject=ROOT,
        ),
        finding(
            "expires-soon",
            Severity.RISKS,
            '"sql01.corp.example" expires on 2026-06-21, in 20 days.',
            days_left=20,
            not_after="2026-06-21T12:00:00Z",
        ),
        finding("odd-certificate", Severity.NOTES, '"sql01.corp.example": a long name.'),
    ),
    clients=(
        _client(
            "electron",
            "electron (Hackolade)",
            Answer.REJECTS,
            "unable to get local issuer certificate",
            IN_MODES,
        ),
        _client("freetds", "freetds (pymssql)", Answer.ACCEPTS),
        _client(
            "sqlclient-windows",
            "sqlclient-windows",
            Answer.UNKNOWN,
            "yes, if its store holds that root: not looked at",
        ),
    ),
    skipped=(Skipped(rule=the_rule("key-mismatch"), reason="no key was given", asked=False),),
    agreements=(
        Agreement(
            claim="missing-issuer",
            source="HackoladeRE.log:14",
            outcome=Outcome.CONFIRMED,
            detail="what was looked at shows missing-issuer as well",
        ),
    ),
    passed=(CHECKS[0].rule,),
)

HEALTHY = Report(
    evidence=replace(
        EVIDENCE,
        trust=replace(
            TRUST,
            path=(LEAF, INTERMEDIATE, TOP),
            anchored=True,
            anchor_source="ca-file",
            missing=None,
            errors=(),
        ),
    ),
    verdict=Verdict.HEALTHY,
    cause=None,
    findings=(),
    clients=(_client("node", "node (tedious)", Answer.ACCEPTS),),
    passed=(the_rule("hostname-mismatch"), the_rule("expired")),
)

INCONCLUSIVE = Report(
    evidence=Evidence(
        subject="chain.pem",
        observed_at=NOW,
        chain=Absent("chain.pem holds no certificate that can be read", Shade.NOT_OBTAINED),
    ),
    verdict=Verdict.INCONCLUSIVE,
    cause=None,
    findings=(),
    skipped=(
        Skipped(
            rule=the_rule("expired"), reason="chain.pem holds no certificate that can be read", asked=True
        ),
    ),
)
