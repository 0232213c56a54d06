"""Compares two reports by their facts and findings. No I/O and no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.model.wire import Handshake, Offer, Probe, SurveyResult

_GRAVITY = {Severity.BLOCKS: 0, Severity.RISKS: 1, Severity.NOTES: 2}
_HOUR = timedelta(hours=1, seconds=1)
"""Dates of redacted evidence are rounded to the hour."""
_NOT_COMPARED = (
    "Names, addresses, keys and issuers were not compared: one file or both hold pseudonyms (--redact all). To compare "
    "all and hide it afterwards, give --redact all to diff."
)
_SHORT = 16
"""Digits of a fingerprint that suffice to distinguish two."""
_TLS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""OpenSSL's names of the versions, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not what it was."""

    slug: str
    """Stable word: "renewed", "other-key", "names-lost", …"""
    title: str
    """The same for people: "names lost"."""
    severity: Severity
    """RISKS where some client or administrator has to do something about it, else NOTES."""
    before: str | None
    """None where there was nothing."""
    after: str | None
    """None where there is nothing any more."""
    detail: str = ""
    """What the reader should know of it, a sentence; mostly nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports about the same subject."""

    before: Report
    after: Report
    changes: tuple[Change, ...]
    """The gravest first."""
    appeared: tuple[Finding, ...]
    """Findings that were not there before, or were less grave; the gravest first."""
    gone: tuple[Finding, ...]
    """Findings that are there no more, or are less grave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two runs, subject by subject."""

    pairs: tuple[Comparison, ...]
    only_before: tuple[Report, ...] = ()
    only_after: tuple[Report, ...] = ()
    not_compared: str | None = None
    """What was left out of the comparison and why, a sentence; None when nothing was."""


def difference(before: Sequence[Report], after: Sequence[Report]) -> Difference:
    """Compare two runs. Subjects are paired by name; if each run has only one, these two are a pair."""
    if len(before) == len(after) == 1:
        masked = _masked(before[0].evidence, after[0].evidence)
        return Difference(
            pairs=(compare(before[0], after[0]),), not_compared=_NOT_COMPARED if masked else None
        )
    old, new = {r.subject: r for r in before}, {r.subject: r for r in after}
    return Difference(
        pairs=tuple(compare(old[name], new[name]) for name in old if name in new),
        only_before=tuple(r for name, r in old.items() if name not in new),
        only_after=tuple(r for name, r in new.items() if name not in old),
    )


def compare(before: Report, after: Report) -> Comparison:
    """Return the changes of one subject."""
    changes = (
        *_certificate(before.evidence, after.evidence),
        *_chain(before.evidence, after.evidence),
        *_server(before.evidence, after.evidence),
        *_clients(before, after),
    )
    return Comparison(
        before=before,
        after=after,
        changes=tuple(sorted(changes, key=lambda change: _GRAVITY[change.severity])),
        appeared=tuple(_more_severe(after.findings, before.findings)),
        gone=tuple(_more_severe(before.findings, after.findings)),
    )


def _more_severe(these: Sequence[Finding], those: Sequence[Finding]) -> Iterator[Finding]:
    """Yield one finding for each rule that ``those`` lack or have with a lower severity."""
    known: dict[str, int] = {}
    for finding in those:
        gravity = _GRAVITY[finding.severity]
        known[finding.rule.code] = min(gravity, known.get(finding.rule.code, gravity))
    for finding in these:
        gravity = _GRAVITY[finding.severity]
        if gravity < known.get(finding.rule.code, len(_GRAVITY)):
            known[finding.rule.code] = gravity
            yield finding


def _masked(old: Evidence, new: Evidence) -> bool:
    """Whether a side has pseudonyms, which make names and fingerprints incomparable."""
    return old.redaction is not None or new.redaction is not None


# --- the certificate --------------------------------------------------------------------------------


def _certificate(old: Evidence, new: Evidence) -> Iterator[Change]:
    if isinstance(old.chain, Absent) or isinstance(new.chain, Absent):
        if isinstance(old.chain, Absent) != isinstance(new.chain, Absent):
            yield _change("certificate", Severity.RISKS, _leaf_name(old), _leaf_name(new))
        return
    was, is_ = old.chain.leaf, new.chain.leaf
    if _masked(old, new):
        if str(was.public_key) != str(is_.public_key):
            yield _change("other-key", Severity.NOTES, str(was.public_key), str(is_.public_key))
        yield from _names_in(was, is_)
        yield from _validity(was, is_, apart=_HOUR)
        yield from _marks(was, is_)
        return
    if was.sha256 == is_.sha256:
        return
    same = was.subject_der == is_.subject_der and was.issuer_der == is_.issuer_der
    yield _change("renewed" if same else "replaced", Severity.NOTES, was.sha256[:_SHORT], is_.sha256[:_SHORT])
    if was.subject_der != is_.subject_der:
        yield _change("other-subject", Severity.NOTES, was.subject, is_.subject)
    yield from _key(was, is_)
    yield from _issuer(was, is_)
    yield from _names(was, is_)
    yield from _validity(was, is_)
    yield from _marks(was, is_)


def _key(was: Certificate, is_: Certificate) -> Iterator[Change]:
    if was.public_key.spki_sha256 != is_.public_key.spki_sha256:
        yield _change(
            "other-key",
            Severity.NOTES,
            f"{was.public_key}, {was.public_key.spki_sha256[:_SHORT]}",
            f"{is_.public_key}, {is_.public_key.spki_sha256[:_SHORT]}",
            "Clients that pin the key refuse the new one; the server needs the private key that belongs to it.",
        )


def _issuer(was: Certificate, is_: Certificate) -> Iterator[Change]:
    if was.issuer_der != is_.issuer_der:
        yield _change(
            "other-issuer",
            Severity.RISKS,
            was.issuer,
            is_.issuer,
            "Clients need the CA behind the new issuer, and the server has to send the intermediates that "
            "lead to it.",
        )
    elif was.authority_key_id != is_.authority_key_id:
        yield _change(
            "other-issuer-key",
            Severity.RISKS,
            was.authority_key_id,
            is_.authority_key_id,
            "The issuer goes by the same name and signs with another key: clients need its new certificate.",
        )


def _names(was: Certificate, is_: Certificate) -> Iterator[Change]:
    old, new = _covered(was), _covered(is_)
    if lost := [name for name in old if name not in new]:
        yield _change(
            "names-lost",
            Severity.RISKS,
            ", ".join(lost),
            None,
            "Whoever connects by such a name is refused.",
        )
    if gained := [name for name in new if name not in old]:
        yield _change("names-gained", Severity.NOTES, None, ", ".join(gained))
    yield from _names_in(was, is_)


def _names_in(was: Certificate, is_: Certificate) -> Iterator[Change]:
    if was.has_san != is_.has_san:
        yield _change(
            "names-in",
            Severity.NOTES if is_.has_san else Severity.RISKS,
            "subjectAltName" if was.has_san else "CN only",
            "subjectAltName" if is_.has_san else "CN only",
        )


def _covered(certificate: Certificate) -> dict[str, None]:
    """Return the names of a certificate, in order and in lower case."""
    names = (*certificate.dns_names, *certificate.ip_addresses)
    if not names and certificate.common_name:
        names = (certificate.common_name,)
    return dict.fromkeys(name.lower() for name in names)


def _validity(
    was: Certificate, is_: Certificate, apart: timedelta = timedelta(seconds=1)
) -> Iterator[Change]:
    if was.not_after.date() != is_.not_after.date() and abs(was.not_after - is_.not_after) >= apart:
        earlier = is_.not_after < was.not_after
        yield _change(
            "ends-earlier" if earlier else "ends-later",
            Severity.RISKS if earlier else Severity.NOTES,
            f"{was.not_after:%Y-%m-%d}",
            f"{is_.not_after:%Y-%m-%d}",
        )


def _marks(was: Certificate, is_: Certificate) -> Iterator[Change]:
    if was.signature_algorithm != is_.signature_algorithm:
        yield _change("other-signature", Severity.NOTES, was.signature_algorithm, is_.signature_algorithm)
    if was.extended_key_usage != is_.extended_key_usage:
        yield _change("other-purpose", Severity.NOTES, _purposes(was), _purposes(is_))
    if was.is_ca is not is_.is_ca and True in {was.is_ca, is_.is_ca}:
        yield _change("ca-or-not", Severity.RISKS, _ca(was), _ca(is_))


def _purposes(certificate: Certificate) -> str:
    usage = certificate.extended_key_usage
    return "any" if usage is None else ", ".join(usage) or "none"


def _ca(certificate: Certificate) -> str:
    return "a CA" if certificate.is_ca else "no CA"


def _leaf_name(evidence: Evidence) -> str | None:
    return None if isinstance(evidence.chain, Absent) else evidence.chain.leaf.label


# --- the chain --------------------------------------------------------------------------------------


def _chain(old: Evidence, new: Evidence) -> Iterator[Change]:
    if isinstance(old.chain, Absent) or isinstance(new.chain, Absent):
        return
    was, is_ = old.chain, new.chain
    if len(is_) != len(was):
        shorter = len(is_) < len(was)
        yield _change(
            "chain-shorter" if shorter else "chain-longer",
            Severity.RISKS if shorter else Severity.NOTES,
            _count(len(was)),
            _count(len(is_)),
            "Clients that do not have what is missing cannot build the chain." if shorter else "",
        )
    if _masked(old, new):
        return
    above, now = {c.sha256: c for c in was.rest}, {c.sha256: c for c in is_.rest}
    lost = [_identity(c) for sha256, c in above.items() if sha256 not in now]
    gained = [_identity(c) for sha256, c in now.items() if sha256 not in above]
    if lost or gained:
        yield _change("other-chain", Severity.NOTES, ", ".join(lost) or None, ", ".join(gained) or None)
    yield from _root(old, new)


def _root(old: Evidence, new: Evidence) -> Iterator[Change]:
    if isinstance(old.trust, Absent) or isinstance(new.trust, Absent):
        return
    top, now = old.trust.path[-1], new.trust.path[-1]
    if old.trust.anchored and new.trust.anchored and top.sha256 != now.sha256:
        yield _change(
            "other-root",
            Severity.RISKS,
            _identity(top),
            _identity(now),
            "Every client that was given the old root needs the new one.",
        )


def _identity(certificate: Certificate) -> str:
    return f"{certificate.label} ({certificate.sha256[:_SHORT]})"


def _count(number: int) -> str:
    return f"{number} certificate{'' if number == 1 else 's'}"


# --- the server -------------------------------------------------------------------------------------


def _server(old: Evidence, new: Evidence) -> Iterator[Change]:
    if isinstance(old.probe, Absent) or isinstance(new.probe, Absent):
        return
    was, is_ = old.probe, new.probe
    plain = (
        ("other-address", was.address, is_.address),
        ("other-software", _software(was), _software(is_)),
        ("encryption", _forces(was), _forces(is_)),
    )
    for slug, before, after in plain[1:] if _masked(old, new) else plain:
        if before != after and before is not None and after is not None:
            yield _change(slug, Severity.NOTES, before, after)
    yield from _accepted(was.accepts, is_.accepts)
    yield from _handshake("", was.handshake, is_.handshake)
    yield from _handshake("strict-", was.strict, is_.strict)


def _accepted(was: SurveyResult | None, is_: SurveyResult | None) -> Iterator[Change]:
    """Compare the accepted versions and suites, if both servers were surveyed."""
    if was is None or is_ is None:
        return
    yield from _offers("versions", was.versions, is_.versions)
    if was.ciphers is not None and is_.ciphers is not None and was.complete and is_.complete:
        yield from _offers("ciphers", was.ciphers, is_.ciphers)


def _offers(what: str, was: Sequence[Offer], is_: Sequence[Offer]) -> Iterator[Change]:
    """Yield the names that are no longer accepted and those that now are; unknown ones are left out."""
    for slug, here, there, severity in (
        (f"{what}-lost", was, is_, Severity.RISKS),
        (f"{what}-gained", is_, was, Severity.NOTES),
    ):
        unknown = {o.name for o in there if o.accepted is None}
        taken = {o.name for o in there if o.accepted}
        only = [o.name for o in here if o.accepted and o.name not in taken | unknown]
        if only:
            names = ", ".join(dict.fromkeys(only))
            lost = slug.endswith("lost")
            yield _change(slug, severity, names if lost else None, None if lost else names)


def _software(probe: Probe) -> str | None:
    if probe.product is not None:
        return probe.product.title
    return probe.software


def _forces(probe: Probe) -> str | None:
    if isinstance(probe.forces_encryption, Absent):
        return None
    return "forced" if probe.forces_encryption else "as the client asks"


def _handshake(prefix: str, was: Handshake | Absent, is_: Handshake | Absent) -> Iterator[Change]:
    if isinstance(was, Absent) or isinstance(is_, Absent):
        if isinstance(was, Absent) != isinstance(is_, Absent):
            lost = isinstance(is_, Absent)
            yield _change(
                f"{prefix}tls-{'lost' if lost else 'gained'}",
                Severity.RISKS if lost else Severity.NOTES,
                _protocol(was),
                _protocol(is_),
            )
        return
    if was.protocol != is_.protocol:
        lower = was.protocol in _TLS and is_.protocol in _TLS[: _TLS.index(was.protocol)]
        yield _change(
            f"{prefix}tls-version", Severity.RISKS if lower else Severity.NOTES, was.protocol, is_.protocol
        )
    if was.cipher != is_.cipher:
        yield _change(f"{prefix}cipher", Severity.NOTES, was.cipher, is_.cipher)
    if was.client_certificate_requested != is_.client_certificate_requested:
        asked = is_.client_certificate_requested
        yield _change(
            f"{prefix}client-certificate",
            Severity.RISKS if asked else Severity.NOTES,
            "not asked for" if asked else "asked for",
            "asked for" if asked else "not asked for",
        )


def _protocol(handshake: Handshake | Absent) -> str | None:
    return None if isinstance(handshake, Absent) else handshake.protocol


def _clients(before: Report, after: Report) -> Iterator[Change]:
    old = {c.client: c.verdict for c in before.clients}
    now = {c.client: c.verdict for c in after.clients}
    for slug, was, is_, severity in (
        ("refused-by", Answer.ACCEPTS, Answer.REJECTS, Severity.RISKS),
        ("accepted-by", Answer.REJECTS, Answer.ACCEPTS, Severity.NOTES),
    ):
        turned = [client for client, verdict in now.items() if (old.get(client), verdict) == (was, is_)]
        if turned:
            yield _change(slug, severity, None, ", ".join(turned))


def _change(slug: str, severity: Severity, before: str | None, after: str | None, detail: str = "") -> Change:
    title = slug.replace("-", " ").replace("tls", "TLS").replace("ca or", "CA or")
    return Change(slug=slug, title=title, severity=severity, before=before, after=after, detail=detail)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The summary of a difference."""

    mark: Literal["bad", "risk", "good"]
    title: str
    """"WORSE", "CHANGED" or "SAME"."""
    words: str
    worst: Finding | None = None
    """The finding that blocks now and did not before."""


def judge(difference: Difference) -> Judgement:
    """Summarise the difference."""
    appeared = [f for pair in difference.pairs for f in pair.appeared]
    blocking = next((f for f in appeared if f.severity is Severity.BLOCKS), None)
    changes = [c for pair in difference.pairs for c in pair.changes]
    if blocking is not None:
        words = f"{blocking.rule.slug} ({blocking.rule.code}) was not there before"
        return Judgement("bad", "WORSE", words, blocking)
    if difference.only_before or any(_risks(appeared, changes)):
        return Judgement("risk", "CHANGED", "nothing blocks; what is marked ! needs somebody to act")
    if changes or appeared or difference.only_after:
        return Judgement("good", "CHANGED", "nothing blocks, nothing is at risk")
    gone = any(pair.gone for pair in difference.pairs)
    return Judgement("good", "SAME", "better judged" if gone else "no difference")


def _risks(appeared: Sequence[Finding], changes: Sequence[Change]) -> Iterator[bool]:
    yield from (f.severity is Severity.RISKS for f in appeared)
    yield from (c.severity is Severity.RISKS for c in changes)


def blocks(difference: Difference) -> bool:
    """Whether a finding blocks that did not before."""
    return any(f.severity is Severity.BLOCKS for pair in difference.pairs for f in pair.appeared)


def risks(difference: Difference) -> bool:
    """Whether something is at risk that was not before, or a subject is missing."""
    appeared = [f for pair in difference.pairs for f in pair.appeared]
    changes = [c for pair in difference.pairs for c in pair.changes]
    return bool(difference.only_before) or any(_risks(appeared, changes))
