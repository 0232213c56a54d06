"""Evidence and finding to the Situation that the remedies fill in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from certdoctor.clients.entry.spoken import protocol_of, with_port
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.log import GIVEN_TEXT
from certdoctor.model.plan import Policy
from certdoctor.model.report import Finding
from certdoctor.model.store import Lookup
from certdoctor.model.trust import Trust
from certdoctor.remedies.context import MASK, UNKNOWN_TARGET, RemedyContext
from certdoctor.remedies.server import requirements
from certdoctor.remedies.server.system import instance, server_system

_MEMBER = re.compile(
    r"(?P<archive>.*\.(?:zip|tar|tgz|gz|bz2|xz|eml|ya?ml|json))/(?:.*/)?(?P<name>[^/]+)$", re.IGNORECASE
)
"""A file in an archive, under the name by which certdoctor reads it; no other program does."""
_QUOTED_FILE = re.compile(r"'([^'\n]{1,400}\.(?:pem|crt|cer|der|key|pfx|p12|p7b))'", re.IGNORECASE)
"""A file that a program could not read, in its words."""


def remedy_context(
    evidence: Evidence, finding: Finding | None, os_name: System, server_os: ServerSystem | None = None
) -> RemedyContext:
    """Fill in what is known; what is not known keeps its generic words.

    ``finding`` is what the remedy is for, None where it is for the subject as a whole. ``server_os`` is the server's system as the reader gave it.
    """
    server = server_system(evidence, server_os)
    situation = RemedyContext(
        os=os_name,
        clients=_clients(evidence),
        application=evidence.settings.application,
        server_on=server.name,
        server_because=server.because,
        instance=instance(evidence),
        clients_named=bool(evidence.clients)
        or any(event.named_by for log in evidence.logs for event in log.events if event.client),
    )
    if isinstance(evidence.probe, Absent):
        situation = _with_logged(
            replace(situation, target=UNKNOWN_TARGET, host="HOST", ca_given=False), evidence
        )
    else:
        host = f"[{evidence.probe.host}]" if ":" in evidence.probe.host else evidence.probe.host
        situation = replace(
            situation, target=f"{host}:{evidence.probe.port}", protocol=evidence.probe.protocol
        )
    if not isinstance(evidence.chain, Absent):
        leaf = evidence.chain.leaf
        names = (*leaf.dns_names, *leaf.ip_addresses) or ((leaf.common_name,) if leaf.common_name else ())
        situation = replace(situation, host=names[0] if names else "HOST", certificate_names=names)
        situation = replace(
            situation,
            leaf_subject=leaf.subject,
            covered_names=(*leaf.dns_names, *leaf.ip_addresses),
        )
    if evidence.hosts:
        situation = replace(situation, host=evidence.hosts[0], certificate_names=evidence.hosts)
    if not isinstance(evidence.policy, Absent):
        situation = _with_demands(situation, evidence.policy)
    if not isinstance(evidence.trust, Absent):
        situation = _with_root(situation, evidence.trust)
    if isinstance(evidence.chain, Absent):
        situation = _with_told(situation, evidence)
    situation = _with_lacks(situation, evidence)
    stage = finding.facts.get("stage") if finding else None
    if isinstance(stage, str):
        situation = replace(situation, failed_stage=stage)
    about = finding.subject if finding else evidence.subject
    situation = _with_matching(
        _with_files(situation, evidence, about, finding.detail if finding else ""), evidence, finding
    )
    if not isinstance(evidence.lookup, Absent):
        situation = _with_found(situation, evidence.lookup)
    situation = _with_system(situation, evidence, finding)
    return _with_sought(situation, evidence, about)


def _with_logged(situation: RemedyContext, evidence: Evidence) -> RemedyContext:
    """Take the server that the logs name, and its protocol, where they agree on one."""
    events = [event for log in evidence.logs for event in log.events]
    endpoints = {with_port(event) for event in events if event.endpoint}
    if len(endpoints) == 1:
        (target,) = endpoints
        situation = replace(situation, target=target, host=_host(target))
    protocols = {protocol for event in events if (protocol := protocol_of(event))}
    if len(protocols) == 1:
        (protocol,) = protocols
        situation = replace(situation, protocol=protocol)
    return situation


def _host(endpoint: str) -> str:
    r"""Return the host of "host:port" or "host\instance"."""
    return re.split(r"\\|:\d{1,5}$", endpoint, maxsplit=1)[0].strip("[]")


def _with_told(situation: RemedyContext, evidence: Evidence) -> RemedyContext:
    """Take the names that a log tells of the server's certificate, where it tells of one only."""
    told = [certificate for log in evidence.logs for certificate in log.certificates]
    if len(told) != 1:
        return situation
    certificate = told[0]
    situation = replace(situation, leaf_subject=certificate.subject or situation.leaf_subject)
    if certificate.self_issued or not certificate.issuer:
        return situation
    return replace(situation, missing_subject=certificate.issuer)


def _with_lacks(situation: RemedyContext, evidence: Evidence) -> RemedyContext:
    """Hold the certificate of a SQL Server against what it should be."""
    if isinstance(evidence.probe, Absent) or isinstance(evidence.chain, Absent) or not situation.speaks_tds:
        return situation
    found = requirements.lacks(evidence.chain.leaf, evidence.hosts, evidence.observed_at)
    return replace(situation, leaf_sha1=evidence.chain.leaf.sha1, lacks=found)


def _with_demands(situation: RemedyContext, policy: Policy) -> RemedyContext:
    bits = max(situation.key_bits, policy.rsa_bits or 0)
    situation = replace(situation, tls_versions=policy.tls_versions, key_bits=bits)
    if not policy.required_names:
        return situation
    names = (*(situation.certificate_names or (situation.host,)), *policy.required_names)
    return replace(situation, certificate_names=tuple(dict.fromkeys(names)))


def _with_found(situation: RemedyContext, lookup: Lookup) -> RemedyContext:
    """Take the root that was searched for and found, and its file if it is in one."""
    found = next((c for c in reversed(lookup.candidates) if c.certificate.self_issued), None)
    if found is None:
        return situation
    situation = _with_known_root(situation, found.certificate)
    file = next((p for p in found.places if p.is_file and p.path), None)
    if file is None or file.path is None:
        return situation
    return replace(situation, ca_path=file.path, ca_found=True, ca_is_pem=file.pem)


def _with_system(situation: RemedyContext, evidence: Evidence, finding: Finding | None) -> RemedyContext:
    """Take what the stores of Windows hold: the root that was searched for, and the thumbprint of what they refuse."""
    if isinstance(evidence.system_trust, Absent):
        return situation
    roots = {one.certificate.sha256 for one in evidence.system_trust.roots}
    refused = finding.facts.get("sha1") if finding and finding.rule.slug == "distrusted-by-system" else None
    return replace(
        situation,
        root_in_windows=situation.root_sha256 in roots,
        refused_sha1=refused if isinstance(refused, str) else situation.refused_sha1,
    )


def _with_sought(situation: RemedyContext, evidence: Evidence, subject: str) -> RemedyContext:
    """Take the certificate that was looked for in the stores: it is at hand."""
    sought = next((s for s in evidence.sought if s.name == subject), None)
    if sought is None or sought.certificate is None:
        return situation
    situation = _with_known_root(situation, sought.certificate)
    if sought.path is None:
        return situation
    return replace(situation, ca_path=sought.path, ca_found=True, ca_is_pem=sought.pem)


def _with_root(situation: RemedyContext, trust: Trust) -> RemedyContext:
    missing, top = trust.missing, trust.path[-1]
    if missing is not None:
        situation = replace(situation, missing_subject=missing.subject, ca_issuers=missing.ca_issuers)
        if len(trust.path) == 1:
            return situation  # above a lone leaf there may be an intermediate: the root is not known
        return replace(
            situation,
            root_subject=missing.subject,
            root_key_id=missing.key_id,
            root_common_name=_common_name(missing.subject),
        )
    return _with_known_root(situation, top) if top.self_issued and len(trust.path) > 1 else situation


def _with_known_root(situation: RemedyContext, root: Certificate) -> RemedyContext:
    return replace(
        situation,
        root_subject=root.subject,
        root_common_name=root.common_name,
        root_key_id=root.subject_key_id,
        root_sha256=root.sha256,
        root_sha1=root.sha1,
    )


def _common_name(subject: str) -> str | None:
    """Return the CN of an RFC 4514 name, None when it has none or needs unescaping."""
    parts = [part for part in subject.split(",") if part.startswith("CN=")]
    return parts[0][3:] if len(parts) == 1 and "\\" not in subject else None


def _with_matching(situation: RemedyContext, evidence: Evidence, finding: Finding | None) -> RemedyContext:
    """Take the key that does belong to the certificate, where one was found beside the wrong one."""
    matching = finding.facts.get("matching") if finding else None
    if isinstance(matching, str) and evidence.fitting_keys:
        return replace(situation, key_path=matching)
    return situation


def _at_hand(path: str | None) -> str:
    """Return a path that a log names as the reader may have it: one of which a part is masked, by its last part."""
    if not path or MASK not in path:
        return path or ""
    return re.split(r"[\\\\/]", path)[-1]


def _free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return the name, or one like it where a file of the reader's has it."""
    names = {re.split(r"[\\/]", path)[-1].casefold() for path in taken}
    return wanted if wanted not in names else wanted.replace(".pem", "-new.pem")


def _is_a_file(path: str) -> bool:
    """Whether it can be named on a command line again: neither stdin nor words nor in an archive."""
    return path not in {"-", GIVEN_TEXT} and _MEMBER.match(path) is None


def _with_files(
    situation: RemedyContext, evidence: Evidence, subject: str, detail: str = ""
) -> RemedyContext:
    paths = {f.role: f.path for f in reversed(evidence.files) if f.path != "-"}
    about = next((f for f in evidence.files if f.path == subject), None)
    if about is not None and about.role in {Role.ANY, Role.CHAIN}:
        # Nobody said for which field the file is: its content does.
        paths.setdefault(Role.KEY if about.keys else Role.CERTIFICATE, about.path)
    quoted = _QUOTED_FILE.search(detail) if about is None else None
    inside = [match for path in paths.values() if (match := _MEMBER.match(path))]
    paths = {role: match["name"] if (match := _MEMBER.match(path)) else path for role, path in paths.items()}
    # Evidence masks the names of users in paths: of such a file the last part is what can be pasted.
    paths = {role: _at_hand(path) for role, path in paths.items()}
    return replace(
        situation,
        ca_path=paths.get(Role.CA) or _at_hand(evidence.settings.ca_path) or situation.ca_path,
        cert_path=paths.get(Role.CERTIFICATE, situation.cert_path),
        key_path=paths.get(Role.KEY, situation.key_path),
        chain_path=paths.get(Role.CHAIN) if isinstance(evidence.probe, Absent) else None,
        chain_host=next(iter(evidence.hosts), None),
        ca_given=Role.CA in paths,
        saved_as=_free_name(situation.saved_as, (*paths.values(), evidence.settings.ca_path or "")),
        log_path=_at_hand(next((log.path for log in evidence.logs if log.path != "-"), situation.log_path)),
        log_given=len(evidence.logs) == 1 and _is_a_file(evidence.logs[0].path),
        # What was piped in has no name by which it could be looked at again.
        other_path=("FILE" if about.path == "-" else _at_hand(about.path))
        if about
        else _at_hand(quoted[1])
        if quoted
        else situation.other_path,
        other_format=f"{about.format}: {'; '.join(oddity.slug for oddity in about.oddities)}"
        if about
        else "",
        key_container=next((key.container for key in about.keys), None) if about else None,
        packed_in=inside[0]["archive"] if inside else None,
    )


def _clients(evidence: Evidence) -> tuple[str, ...]:
    seen = tuple(
        f"{e.client}@{e.client_version}" if e.client_version else e.client
        for log in evidence.logs
        for e in log.events
        if e.client
    )
    return tuple(dict.fromkeys((*evidence.clients, *seen)))
