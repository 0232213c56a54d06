"""Go's crypto/x509 as crypto/tls uses it: tries every path, and reports why the first candidate failed.

Follows the order of Certificate.Verify: the leaf itself, then the host name, then the paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.clients.entry.client import Complaint, Question
from certdoctor.clients.sql_server.go import UNKNOWN_AUTHORITY, name_words
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.lean import dataclass
from certdoctor.model.names import NameRules, covers, is_ip
from certdoctor.model.trust import PathError
from certdoctor.trust import errors
from certdoctor.trust.building import Anchors, outside, signed_by

_MOST_CHECKS = 100
"""Signatures that Go checks before it gives up (maxChainSignatureChecks)."""

_UNABLE = "x509: invalid signature: parent certificate cannot sign this kind of certificate"
_HANDLED = {"DNS", "IP", "RFC822Name", "UniformResourceIdentifier"}
_WEAK = {"md2", "md4", "md5", "sha1"}


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why Go refuses: the cause, its words, and the certificate concerned."""

    cause: str
    words: str
    certificate: Certificate


class _Search:
    """One search for paths (Certificate.buildChains)."""

    def __init__(self, question: Question, anchors: Anchors) -> None:
        self.question = question
        self.anchors = anchors
        self.checks = 0

    def paths(self, path: tuple[Certificate, ...]) -> tuple[list[tuple[Certificate, ...]], _Reason | None]:
        """Return every path that goes on from here, or the reason why there is none."""
        found: list[tuple[Certificate, ...]] = []
        reason: _Reason | None = None
        hint: tuple[str, str, Certificate] | None = None
        top = path[-1]
        for candidate, root in self._candidates(top):
            if any(_same(candidate, seen) for seen in path):
                continue
            self.checks += 1
            if self.checks > _MOST_CHECKS:
                words = "x509: signature check attempts limit reached while verifying certificate chain"
                return [], _Reason("validation-failed", words, top)
            refused = _signature(top, candidate)
            if refused is not None:
                hint = hint or (*refused, candidate)
                continue
            reason = _invalid(candidate, path, self.question, root=root)
            if reason is not None:
                continue
            if root:
                found.append((*path, candidate))
            else:
                more, reason = self.paths((*path, candidate))
                found.extend(more)
        if found:
            return found, None
        return [], reason or self._unknown(top, hint)

    def _candidates(self, child: Certificate) -> Iterator[tuple[Certificate, bool]]:
        # A pool holds a certificate once, however often it was sent (CertPool.AddCert).
        sent = {c.sha256: c for c in self.question.chain.rest if c.subject_der == child.issuer_der}.values()
        for pool, root in ((self.anchors.named(child.issuer_der), True), (sent, False)):
            for candidate in sorted(pool, key=lambda c: _rank(child, c)):
                yield candidate, root

    def _unknown(self, top: Certificate, hint: tuple[str, str, Certificate] | None) -> _Reason:
        if hint is None:
            return _Reason(errors.open_end(self.question.trust), UNKNOWN_AUTHORITY, top)
        cause, why, candidate = hint
        name = candidate.common_name or candidate.subject
        words = (
            f'{UNKNOWN_AUTHORITY} (possibly because of "{why}" while trying to verify candidate authority '
            f'certificate "{name}")'
        )
        return _Reason(cause, words, candidate)


_PARSED = {
    "1.3.6.1.5.5.7.1.1": "authority info access",
    "2.5.29.15": "key usage",
    "2.5.29.17": "subject alternative names",
    "2.5.29.19": "basic constraints a",  # sic
    "2.5.29.31": "CRL distribution points",
    "2.5.29.32": "certificate policies",
    "2.5.29.37": "extended key usages",
}
"""Extensions without which Go does not parse a certificate, and what it says of them (Go 1.19, measured)."""


def complain(names: NameRules, question: Question) -> list[Complaint]:
    """Return Go's one complaint, or nothing."""
    reason = _judge(names, question)
    if reason is None:
        return []
    depth = next((d for d, c in enumerate(question.chain) if c.sha256 == reason.certificate.sha256), 0)
    error = PathError(depth=depth, code=1, text=reason.words, sha256=reason.certificate.sha256)
    return [Complaint(cause=reason.cause, error=error, certificate=reason.certificate, words=reason.words)]


def _unparsed(chain: Chain) -> _Reason | None:
    """Return why a certificate is refused when it is parsed, before anything is judged."""
    for certificate in chain:
        if certificate.serial < 0:  # since Go 1.23
            return _Reason("malformed-certificate", "x509: negative serial number", certificate)
        for extension in certificate.unread_extensions:
            if extension.oid in _PARSED:
                return _Reason("unreadable-extension", f"x509: invalid {_PARSED[extension.oid]}", certificate)
    return None


def _judge(names: NameRules, question: Question) -> _Reason | None:
    leaf = question.chain.leaf
    reason = _unparsed(question.chain) or _invalid(leaf, (), question, root=False)
    if reason is not None:
        return reason
    host = question.host
    if host is not None and not covers(leaf, host, names):
        return _Reason("hostname-mismatch", name_words(leaf, host), leaf)
    given = question.trust.given
    anchors = Anchors(given, public=not given)
    paths: list[tuple[Certificate, ...]] = [(leaf,)]
    if leaf not in anchors:
        paths, reason = _Search(question, anchors).paths((leaf,))
        if reason is not None:
            return reason
    if any(_serves(path) for path in paths):
        return None
    return _Reason("wrong-purpose", "x509: certificate specifies an incompatible key usage", leaf)


def _invalid(  # noqa: PLR0911 - one return for each thing that Go looks at, in its order
    certificate: Certificate, below: Sequence[Certificate], question: Question, *, root: bool
) -> _Reason | None:
    """Return what Certificate.isValid finds wrong; without certificates below it is the leaf."""
    if certificate.unknown_critical or _odd_limits(certificate):
        return _Reason("unknown-critical-extension", "x509: unhandled critical extension", certificate)
    at = question.at
    expired = "x509: certificate has expired or is not yet valid: current time"
    now = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    if at < certificate.not_before:
        limit = f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}"
        return _Reason("not-yet-valid", f"{expired} {now} is before {limit}", certificate)
    if at > certificate.not_after:
        limit = f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}"
        return _Reason("expired", f"{expired} {now} is after {limit}", certificate)
    if not below:
        return None
    bad = outside(certificate, [name for c in below for name in (*c.dns_names, *c.ip_addresses)])
    if bad is not None:
        return _Reason("name-constraint-violated", _constraint_words(certificate, *bad), certificate)
    if not root and not certificate.is_ca:
        words = "x509: certificate is not authorized to sign other certificates"
        return _Reason("invalid-ca", words, certificate)
    if certificate.path_length is not None and len(below) - 1 > certificate.path_length:
        words = "x509: too many intermediates for path length constraint"
        return _Reason("path-length-exceeded", words, certificate)
    return None


def _odd_limits(certificate: Certificate) -> bool:
    """Whether its name constraints hold a kind that Go cannot handle, such as directory names."""
    limits = (*certificate.permitted_names, *certificate.excluded_names)
    return any(limit.partition(":")[0] not in _HANDLED for limit in limits)


def _signature(child: Certificate, parent: Certificate) -> tuple[str, str] | None:
    """Return cause and words when the parent did not, or may not, sign (CheckSignatureFrom)."""
    may_not = parent.is_ca is False or (parent.version == 3 and parent.is_ca is None)  # noqa: PLR2004
    if may_not or (parent.key_usage and "keyCertSign" not in parent.key_usage):
        return "invalid-ca", _UNABLE
    kind = "ECDSA" if child.signature_algorithm.lower().startswith("ecdsa") else "RSA"
    if child.signature_digest in _WEAK:
        digest = child.signature_digest.upper()
        name = f"{kind}-{digest}" if kind == "ECDSA" else f"{digest}-{kind}"
        again = " (temporarily override with GODEBUG=x509sha1=1)" if digest == "SHA1" else ""
        return "weak-digest", f"x509: cannot verify signature: insecure algorithm {name}{again}"
    if signed_by(child.der, parent.der):
        return None
    if kind == "ECDSA" and parent.public_key.algorithm == "RSA":
        words = (
            "signature algorithm specifies an ECDSA public key, but have public key of type *rsa.PublicKey"
        )
        return "bad-signature", f"x509: {words}"
    failed = "x509: ECDSA verification failure" if kind == "ECDSA" else "crypto/rsa: verification error"
    return "bad-signature", failed


def _serves(path: Sequence[Certificate]) -> bool:
    """Whether every certificate that lists purposes lists servers (checkChainForKeyUsage)."""
    purposes = (c.extended_key_usage for c in path if c.extended_key_usage)
    return all({"serverAuth", "anyExtendedKeyUsage"} & set(p) for p in purposes)


def _same(one: Certificate, other: Certificate) -> bool:
    """Whether two certificates stand for the same subject and key (alreadyInChain)."""
    return (
        one.subject_der == other.subject_der
        and one.public_key.spki_sha256 == other.public_key.spki_sha256
        and one.dns_names == other.dns_names
    )


def _rank(child: Certificate, candidate: Certificate) -> int:
    """Put matching key ids first, then those that say nothing (findPotentialParents)."""
    wanted, has = child.authority_key_id, candidate.subject_key_id
    return 0 if wanted and wanted == has else (2 if wanted and has else 1)


def _constraint_words(ca: Certificate, name: str, excluded: bool) -> str:  # noqa: FBT001 - as outside() gives it
    kind = "IP address" if is_ip(name) else "DNS name"
    words = (
        f'x509: a root or intermediate certificate is not authorized to sign for this name: {kind} "{name}"'
    )
    if not excluded:
        return f"{words} is not permitted by any constraint"
    which = next((s.partition(":")[2] for s in ca.excluded_names), "")
    return f'{words} is excluded by constraint "{which}"'
