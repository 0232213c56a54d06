"""Reports to the JSON document and to JSON Lines."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime

from certdoctor import __version__
from certdoctor.clients import read_by
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, Role
from certdoctor.model.log import LogCertificate, LogEvent, Program
from certdoctor.model.report import ClientVerdict, Comparison, Finding, Report
from certdoctor.model.store import Store, WantedCertificate
from certdoctor.render.machine import server
from certdoctor.render.machine.document import (
    CertificateDict,
    ChainEntryDict,
    ClientDict,
    ComparisonDict,
    Document,
    EventDict,
    EvidenceDict,
    FileDict,
    FindingDict,
    LogCertificateDict,
    LogDict,
    LookupDict,
    ObjectDict,
    ProgramDict,
    ReportDict,
    SoughtDict,
    StoreDict,
)

_READABLE = 500
"""Objects of files up to which a person may want to read the document."""


def document(reports: Sequence[Report], command: str) -> Document:
    """Return the JSON document of a run."""
    return {
        "schema": "certdoctor/1",
        "version": __version__,
        "command": command,
        "reports": [report_dict(r) for r in reports],
    }


def render_json(reports: Sequence[Report], command: str) -> str:
    """Return the document as JSON, in ASCII, so that it cannot control a terminal.

    It is indented if a person may read it. For a large bundle it is one line, since indenting makes the library
    five times slower.
    """
    count = sum(len(file.objects) for report in reports for file in report.evidence.files)
    return json.dumps(document(reports, command), indent=2 if count <= _READABLE else None) + "\n"


def render_jsonl(reports: Sequence[Report]) -> str:
    """Return one report a line."""
    return "".join(json.dumps(report_dict(r)) + "\n" for r in reports)


def instant(moment: datetime) -> str:
    """Return a UTC instant in the format of the document: ``2026-11-24T09:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def report_dict(report: Report) -> ReportDict:
    """Return one report of the document."""
    found: ReportDict = {
        "subject": report.subject,
        "observed_at": instant(report.evidence.observed_at),
        "verdict": report.verdict.value,
        "cause": report.cause,
        "findings": [_finding(f) for f in report.findings],
        "clients": [_client(c) for c in report.clients],
        "skipped": [
            {"code": s.rule.code, "slug": s.rule.slug, "reason": s.reason, "asked": s.asked}
            for s in report.skipped
        ],
        "agreements": [
            {"claim": a.claim, "source": a.source, "outcome": a.outcome.value, "detail": a.detail}
            for a in report.agreements
        ],
        "evidence": _evidence(report.evidence),
    }
    if report.comparison is not None:
        found["comparison"] = _comparison(report.comparison)
    return found


def _comparison(comparison: Comparison) -> ComparisonDict:
    return {
        "sides": [
            {
                "name": one.name,
                "client": one.client,
                "mode": one.mode.value,
                "settings": one.settings,
                "checks": one.checks,
                "trusts": one.trusts,
                "verdict": one.verdict.value,
                "cause": one.cause,
                "code": one.code,
                "message": one.message,
                "note": one.note,
                "connects_in": list(one.connects_in),
            }
            for one in comparison.sides
        ],
        "differences": [
            {"what": d.what, "first": d.first, "second": d.second} for d in comparison.differences
        ],
        "why": comparison.why,
    }


def _finding(finding: Finding) -> FindingDict:
    return {
        "code": finding.rule.code,
        "slug": finding.rule.slug,
        "severity": finding.severity.value,
        "owner": finding.rule.owner.value,
        "title": finding.rule.title,
        "subject": finding.subject,
        "detail": finding.detail,
        "facts": dict(finding.facts),
        "remedies": [
            {
                "summary": r.summary,
                "owner": r.owner.value,
                "steps": list(r.steps),
                "proof": r.proof,
                "weakens_security": r.weakens_security,
                "gives_up": r.gives_up,
            }
            for r in finding.remedies
        ],
    }


def _client(client: ClientVerdict) -> ClientDict:
    return {
        "client": client.client,
        "verdict": client.verdict.value,
        "cause": client.cause,
        "code": client.code,
        "message": client.message,
        "causes": list(client.causes),
        "basis": client.basis.value,
        "note": client.note,
        "because": client.because,
        "mode": None if client.mode is None else client.mode.value,
        "modes": [
            {
                "mode": one.mode.value,
                "settings": one.settings,
                "verdict": one.verdict.value,
                "cause": one.cause,
                "code": one.code,
                "message": one.message,
                "note": one.note,
            }
            for one in client.modes
        ],
    }


def _evidence(evidence: Evidence) -> EvidenceDict:
    at = evidence.observed_at
    probe = None if isinstance(evidence.probe, Absent) else evidence.probe
    once: dict[str, CertificateDict] = {}

    def known(cert: Certificate) -> CertificateDict:
        """Return one shared object for a certificate that occurs several times: a bundle may hold 100,000."""
        if cert.sha256 not in once:
            once[cert.sha256] = certificate(cert, at)
        return once[cert.sha256]

    found: EvidenceDict = {
        "hosts": list(evidence.hosts),
        "chain": _chain(evidence),
        "sent": [] if isinstance(evidence.chain, Absent) else [known(c) for c in evidence.chain],
        "verify_errors": []
        if isinstance(evidence.trust, Absent)
        else [f"{e.code} at depth {e.depth}: {e.text}" for e in evidence.trust.errors],
        "prelogin": server.prelogin(probe) if probe else None,
        "handshake": server.handshake(probe.handshake) if probe else None,
        "strict": server.handshake(probe.strict) if probe else None,
        "accepts": server.accepts(probe.accepts) if probe else None,
        "protocol": probe.protocol if probe else None,
        "software": probe.software if probe else None,
        "instance": server.instance(probe.instance) if probe else None,
        "addresses": [server.address(a) for a in (probe.addresses if probe else ())],
        "trace_id": probe.trace_id if probe else None,
        "stages": [
            {"name": s.name, "milliseconds": s.milliseconds, "detail": s.detail}
            for s in (probe.stages if probe else ())
        ],
        "failure": server.failure(probe) if probe else None,
        "log": _log(evidence),
        "files": [_file(f, known) for f in evidence.files],
        "stores": _stores(evidence),
        "influences": [
            {"variable": i.variable, "value": i.value, "effect": i.effect, "loses": i.loses}
            for i in evidence.influences
        ],
        "sought": [_wanted(s, evidence) for s in evidence.sought],
        "lookup": _lookup(evidence),
    }
    if evidence.given:
        found["things"] = [{"name": one.name, "understood": one.understood} for one in evidence.given]
    return found


def _chain(evidence: Evidence) -> list[ChainEntryDict]:
    if isinstance(evidence.trust, Absent):
        return []
    trust = evidence.trust
    return [
        {
            "certificate": certificate(c, evidence.observed_at),
            "sent": c.sha256 in trust.sent,
            "trusted": trust.anchored and c is trust.path[-1],
        }
        for c in trust.path
    ]


def certificate(cert: Certificate, at: datetime) -> CertificateDict:
    """Return one certificate of the document, with its days left counted from ``at``."""
    key = cert.public_key
    return {
        "subject": cert.subject,
        "issuer": cert.issuer,
        "common_name": cert.common_name,
        "dns_names": list(cert.dns_names),
        "ip_addresses": list(cert.ip_addresses),
        "not_before": instant(cert.not_before),
        "not_after": instant(cert.not_after),
        "days_left": cert.days_left(at),
        "serial": f"{cert.serial:x}",
        "version": cert.version,
        "public_key": {
            "algorithm": key.algorithm,
            "bits": key.bits,
            "curve": key.curve,
            "sha256": key.spki_sha256,
        },
        "signature_algorithm": cert.signature_algorithm,
        "is_ca": cert.is_ca,
        "path_length": cert.path_length,
        "key_usage": None if cert.key_usage is None else sorted(cert.key_usage),
        "extended_key_usage": None if cert.extended_key_usage is None else list(cert.extended_key_usage),
        "subject_key_id": cert.subject_key_id,
        "authority_key_id": cert.authority_key_id,
        "ca_issuers": list(cert.ca_issuers),
        "self_signed": cert.self_signed,
        "oddities": list(cert.oddities),
        "sha256": cert.sha256,
        "sha1": cert.sha1,
        "der": b64encode(cert.der).decode("ascii"),
    }


def _log(evidence: Evidence) -> LogDict:
    return {
        "files": [
            {
                "path": log.path,
                "lines": log.lines,
                "application": log.application,
                "settings": dict(log.settings),
                "masked": log.masked,
                "left_out": log.left_out,
                "certificates": [_logged(certificate) for certificate in log.certificates],
            }
            for log in evidence.logs
        ],
        "events": [_event(e, log.path) for log in evidence.logs for e in log.events],
    }


def _logged(certificate: LogCertificate) -> LogCertificateDict:
    """Return the facts that a log states about a certificate; names are None if the log leaves them out."""
    begin, end = certificate.not_before, certificate.not_after
    return {
        "line": certificate.line,
        "host": certificate.host,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_before": instant(begin) if begin else None,
        "not_after": instant(end) if end else None,
        "dns_names": list(certificate.dns_names) if certificate.has_san else None,
        "ip_addresses": list(certificate.ip_addresses) if certificate.has_san else None,
    }


def _event(event: LogEvent, path: str) -> EventDict:
    return {
        "file": path,
        "line": event.line,
        "cause": event.cause,
        "also": list(event.also),
        "confidence": event.confidence.value,
        "client": event.client,
        "endpoint": event.endpoint,
        "code": event.code,
        "times": event.times,
        "last_line": event.last_line,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "side": event.side,
        "note": event.note,
        "text": event.text,
        "client_version": event.client_version,
        "programs": [_program(program) for program in event.programs],
        "settings": dict(event.settings),
        "language": event.language,
        "english": event.english,
    }


def _program(program: Program) -> ProgramDict:
    return {
        "name": program.name,
        "version": program.version,
        "client": program.client,
        "line": program.line,
        "text": program.text,
    }


def _file(file: FileFacts, known: Callable[[Certificate], CertificateDict]) -> FileDict:
    return {
        "path": file.path,
        "role": file.role.value,
        "size": file.size,
        "format": file.format,
        "objects": [_object(o, known) for o in file.objects],
        "oddities": [o.slug for o in file.oddities],
        "read_as_ca_by": list(read_by(file, Role.CA)),
        "read_as_key_by": list(read_by(file, Role.KEY)),
        "unreadable": file.unreadable,
    }


def _object(found: FileObject, known: Callable[[Certificate], CertificateDict]) -> ObjectDict:
    key = found.key
    return {
        "kind": found.kind,
        "encoding": found.encoding,
        "line": found.line,
        "name": found.name,
        "problem": found.problem,
        "sha256": found.sha256,
        "certificate": None if found.certificate is None else known(found.certificate),
        "key": None
        if key is None
        else {
            "container": key.container,
            "lock": key.lock.value,
            "encryption": key.encryption,
            "algorithm": None if isinstance(key.public, Absent) else str(key.public),
            "public_sha256": None if isinstance(key.public, Absent) else key.public.spki_sha256,
        },
    }


def _stores(evidence: Evidence) -> list[StoreDict]:
    """Return the roots with which the chain was judged, then the stores of the machine."""
    found: list[StoreDict] = []
    if not isinstance(evidence.trust, Absent):
        trust = evidence.trust
        found.append(_judged_by(trust.roots, len(trust.given) or None))
    if not isinstance(evidence.stores, Absent):
        found += [_store(s, evidence.observed_at) for s in evidence.stores]
    return found


def _judged_by(name: str, certificates: int | None) -> StoreDict:
    return {
        "name": name,
        "certificates": certificates,
        "id": "judged-by",
        "kind": "judged-by",
        "path": None,
        "aliases": [],
        "clients": [],
        "readers": [],
        "trusted": True,
        "not_read": None,
        "added": None,
        "compared_with": None,
        "expired": None,
        "defects": [],
        "note": None,
    }


def _store(store: Store, at: datetime) -> StoreDict:
    unread = store.certificates if isinstance(store.certificates, Absent) else None
    return {
        "name": store.title,
        "certificates": None if unread else len(store.known),
        "id": store.id,
        "kind": store.kind.value,
        "path": store.path,
        "aliases": list(store.aliases),
        "clients": list(store.clients),
        "readers": list(store.readers),
        "trusted": store.trusted,
        "not_read": unread.reason if unread else None,
        "added": None
        if isinstance(store.added, Absent)
        else [
            {"subject": c.subject, "sha256": c.sha256, "not_after": instant(c.not_after)} for c in store.added
        ],
        "compared_with": store.compared_with,
        "expired": None if unread else len(store.expired(at)),
        "defects": [
            {"slug": d.slug, "path": d.path, "loses": d.loses, "text": d.text} for d in store.defects
        ],
        "note": store.note,
    }


def _wanted(wanted: WantedCertificate, evidence: Evidence) -> SoughtDict:
    stores = () if isinstance(evidence.stores, Absent) else evidence.stores
    holding = [s for s in stores if any(wanted.is_(c) for c in s.known)]
    seeing = dict.fromkeys(client for s in holding if s.trusted for client in s.clients)
    return {
        "name": wanted.name,
        "subject": wanted.certificate.subject if wanted.certificate else None,
        "sha256": wanted.sha256,
        "sha1": wanted.sha1,
        "stores": [s.id for s in holding],
        "seen_by": list(seeing),
    }


def _lookup(evidence: Evidence) -> LookupDict | None:
    lookup = evidence.lookup
    if isinstance(lookup, Absent):
        return None
    return {
        "found": [
            {
                "certificate": certificate(c.certificate, evidence.observed_at),
                "wanted_by": c.wanted_by,
                "places": [
                    {
                        "title": p.title,
                        "path": p.path,
                        "clients": list(p.clients),
                        "trusted": p.trusted,
                        "is_file": p.is_file,
                        "fetched": p.fetched,
                    }
                    for p in c.places
                ],
            }
            for c in lookup.candidates
        ],
        "stores": lookup.stores,
        "files": lookup.files,
        "cut_short": lookup.cut_short,
        "unfetched": [{"address": address, "reason": reason} for address, reason in lookup.unfetched],
    }
