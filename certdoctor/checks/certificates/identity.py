"""Names, CD4xx: whether the certificate is for the server to which the client connects."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import observed
from certdoctor.model.names import STRICT, NameRules, covers, is_ip
from certdoctor.model.rule import Observation, Owner, Rule, Severity


def names_of(certificate: Certificate) -> str:
    """Return the names that a certificate covers, for a sentence."""
    names = (*certificate.dns_names, *certificate.ip_addresses)
    if names:
        shown = ", ".join(names[:6])
        return shown + (f" and {len(names) - 6} more" if len(names) > 6 else "")  # noqa: PLR2004
    if certificate.common_name:
        return f"{certificate.common_name} (in its CN, without subjectAltName)"
    return "no name at all"


@check(
    Rule(
        code="CD401",
        slug="hostname-mismatch",
        title="The certificate does not cover the name that the client uses",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "A client compares the name that it was told to connect to with the names in the certificate. A "
            "short name, an alias, a listener or an IP address that is not listed there does not match, even "
            "if it leads to the right server. Hackolade compares the text of its Host field."
        ),
        confirm=(
            "openssl x509 -in SERVER.pem -noout -ext subjectAltName",
            "certdoctor verify HOST:PORT --host NAME",
        ),
        remedies=(
            "use-a-covered-name",
            "reissue-with-names",
            "set-host-name-in-certificate",
            "trust-server-certificate",
        ),
        judged_by_clients=True,
        references=("RFC 9525 section 6", "Node ERR_TLS_CERT_ALTNAME_INVALID"),
    )
)
def hostname_mismatch(evidence: Evidence) -> Iterator[Observation]:
    """Look for the name that the client uses among those of the leaf."""
    leaf = observed(evidence.chain).leaf
    for host in evidence.hosts[:1]:
        if covers(leaf, host, NameRules()):
            continue
        what = "IP address" if is_ip(host) else "name"
        yield Observation(
            detail=f"The client uses the {what} {host}; the certificate covers {names_of(leaf)}.",
            facts={
                "host": host,
                "names": ", ".join((*leaf.dns_names, *leaf.ip_addresses)),
                "common_name": leaf.common_name,
            },
            subject=leaf.label,
        )


@check(
    Rule(
        code="CD402",
        slug="common-name-only",
        title="The certificate carries its name in the CN only, not in subjectAltName",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation=(
            "Node, Java, Python and ODBC still read the CN of such a certificate; Go and browsers no longer "
            "do. The next renewal should list the names in subjectAltName."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -subject -ext subjectAltName",),
        remedies=("reissue-with-names",),
        references=("RFC 9525 section 2",),
    )
)
def common_name_only(evidence: Evidence) -> Iterator[Observation]:
    """Look for a leaf that matches only by its CN."""
    leaf = observed(evidence.chain).leaf
    if any(extension.name == "subjectAltName" for extension in leaf.unread_extensions):
        return  # it has a subjectAltName, but an unreadable one
    if not evidence.hosts and _for_servers(leaf) and not leaf.has_san and leaf.common_name:
        yield Observation(
            detail=f'"{leaf.common_name}" stands in the CN only; Go clients refuse it.',
            facts={"common_name": leaf.common_name, "host": None},
            subject=leaf.label,
        )
    for host in evidence.hosts[:1]:
        if covers(leaf, host, NameRules()) and not covers(leaf, host, STRICT):
            yield Observation(
                detail=f'"{leaf.common_name}" stands in the CN only; Go clients refuse it.',
                facts={"common_name": leaf.common_name, "host": host},
                subject=leaf.label,
            )


def _for_servers(leaf: Certificate) -> bool:
    """Whether a certificate is meant for a server, by its purposes, or else by a CN that is a host's full name."""
    if leaf.is_ca or leaf.self_issued:
        return False
    if leaf.extended_key_usage is not None:
        return "serverAuth" in leaf.extended_key_usage
    return (
        "." in (leaf.common_name or "")
        and " " not in (leaf.common_name or "")
        and "@" not in (leaf.common_name or "")
    )


@check(
    Rule(
        code="CD403",
        slug="other-name-not-covered",
        title="The certificate does not contain another name that clients use for the server",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation="Clients that use that name will refuse the certificate although others connect.",
        confirm=("openssl x509 -in SERVER.pem -noout -ext subjectAltName",),
        remedies=("use-a-covered-name", "reissue-with-names"),
        references=("RFC 9525 section 6",),
    )
)
def other_name_not_covered(evidence: Evidence) -> Iterator[Observation]:
    """Look for further requested names among those of the leaf."""
    leaf = observed(evidence.chain).leaf
    for host in evidence.hosts[1:]:
        if not covers(leaf, host, NameRules()):
            yield Observation(
                detail=f"{host} is not covered; the certificate covers {names_of(leaf)}.",
                facts={"host": host, "names": ", ".join((*leaf.dns_names, *leaf.ip_addresses))},
                subject=leaf.label,
            )


CHECKS: tuple[Check, ...] = (hostname_mismatch, common_name_only, other_name_not_covered)
