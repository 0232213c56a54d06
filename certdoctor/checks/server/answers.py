"""A server's answers apart from its certificates, CD618 and following: malformed and differing answers."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.names import azure_name
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import FailureKind


@check(
    Rule(
        code="CD619",
        slug="malformed-answer",
        title="The server's answer breaks the protocol",
        severity=Severity.BLOCKS,
        owner=Owner.NETWORK,
        explanation=(
            "What answers begins as a database server would and then sends what no such server sends: impossible "
            "lengths, a handshake that cannot be read or never ends. The usual reasons, in order: a proxy, load "
            "balancer or firewall that changes or cuts what passes through it; a service of another kind behind "
            "this port; a server that is broken."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor probe HOST:PORT -v on the server itself"),
        remedies=("check-the-port", "read-the-server-log", "look-closer"),
        references=("MS-TDS 2.2.3.1", "MS-TDS 2.2.6.5", "RFC 5246 section 7.4"),
    )
)
def malformed_answer(evidence: Evidence) -> Iterator[Observation]:
    """Look for an answer that could not be read."""
    failure = observed(evidence.probe).failure
    if failure is not None and failure.kind is FailureKind.MALFORMED:
        yield Observation(
            detail=f"{failure.detail[:1].upper()}{failure.detail[1:]}.",
            facts={"stage": failure.stage, "detail": failure.detail},
        )


@check(
    Rule(
        code="CD618",
        slug="certificates-differ",
        title="The server shows strict clients a different certificate than ordinary ones",
        severity=Severity.RISKS,
        owner=Owner.NETWORK,
        explanation=(
            "One SQL Server has one certificate, whether TLS comes first (TDS 8.0) or inside TDS 7. Devices that "
            "inspect TLS understand only the former: a different certificate there is their mark, or that of a load "
            "balancer with different servers behind one name. Whoever holds the other certificate can read what "
            "strict clients send."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor probe HOST:PORT --protocol tds8 -v"),
        remedies=("bypass-interception", "bind-the-certificate"),
        references=("MS-TDS 3.3.5",),
    )
)
def certificates_differ(evidence: Evidence) -> Iterator[Observation]:
    """Compare the certificates of the two handshakes."""
    probe = observed(evidence.probe)
    if isinstance(probe.chain, Absent) or isinstance(probe.strict_chain, Absent):
        return
    wrapped, strict = probe.chain.leaf, probe.strict_chain.leaf
    if wrapped.sha256 != strict.sha256:
        yield Observation(
            detail=f'Inside TDS 7 it is "{wrapped.label}", issued by {wrapped.issuer}; with TLS first it is '
            f'"{strict.label}", issued by {strict.issuer}.',
            facts={
                "tds7_sha256": wrapped.sha256,
                "tds7_issuer": wrapped.issuer,
                "tds8_sha256": strict.sha256,
                "tds8_issuer": strict.issuer,
            },
        )


@check(
    Rule(
        code="CD621",
        slug="legacy-tls-accepted",
        title="The server still accepts TLS versions or cipher suites that are outdated",
        severity=Severity.NOTES,
        owner=Owner.SERVER,
        explanation=(
            "TLS 1.0 and 1.1 are deprecated (RFC 8996), and suites with RC4, DES, 3DES, export strength, no "
            "encryption or no certificate are refused by OpenSSL 3, Java and current Windows. As long as something "
            "better is accepted too, current clients connect all the same; an auditor will mind. Where nothing "
            "better is accepted, they do not connect."
        ),
        confirm=("certdoctor probe HOST:PORT --ciphers -v",),
        remedies=("allow-tls12", "allow-ciphers"),
        references=("RFC 8996", "RFC 7465", "RFC 9325 section 4.2"),
    )
)
def legacy_tls_accepted(evidence: Evidence) -> Iterator[Observation]:
    """Look for old versions and weak suites among those that the server accepts."""
    accepts = observed(evidence.probe).accepts
    if accepts is None:
        return
    taken = [version.name for version in accepts.versions if version.accepted]
    old = [name for name in taken if name in {"TLSv1", "TLSv1.1"}]
    if old:
        only = len(old) == len(taken)
        yield Observation(
            detail=f"It accepts {' and '.join(old)}" + (" and nothing newer." if only else "."),
            facts={"versions": ", ".join(taken)},
            severity=Severity.RISKS if only else None,
        )
    suites = {suite.name: suite.detail for suite in accepts.ciphers or ()}
    weak = [name for name, why in suites.items() if why]
    if weak:
        only = len(weak) == len(suites) and accepts.complete
        shown = ", ".join(weak[:5]) + (f" and {len(weak) - 5} more" if len(weak) > 5 else "")  # noqa: PLR2004 - a line's worth
        yield Observation(
            detail=f"It accepts {shown}" + (" and no suite that current clients take." if only else "."),
            facts={"suites": ", ".join(weak)},
            severity=Severity.RISKS if only else None,
        )
    if accepts.secure_renegotiation is False:
        yield Observation(
            detail="It does not know secure renegotiation (RFC 5746): clients on OpenSSL 3 refuse it, with "
            '"unsafe legacy renegotiation disabled".',
            facts={"secure_renegotiation": False},
            severity=Severity.RISKS,
        )


@check(
    Rule(
        code="CD622",
        slug="clients-left-out",
        title="Some clients have no TLS version or cipher suite in common with this server",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation=(
            "What a client offers depends on its TLS library and system: OpenSSL's security level and the driver's own "
            "list, Java's jdk.tls.disabledAlgorithms, Schannel's defaults for that Windows. The clients named would "
            "end in a handshake failure whatever the certificate. Others, and those whose settings were changed, get "
            "through. What each offers was measured or is documented; the JSON names the source of each."
        ),
        confirm=("certdoctor probe HOST:PORT --ciphers -v",),
        remedies=("allow-tls12", "allow-ciphers", "upgrade-the-driver"),
        references=(
            "RFC 8446 section 4.1.1",
            "Microsoft: TLS Cipher Suites in Windows",
            "OpenSSL: SSL_CTX_set_security_level",
        ),
    )
)
def clients_left_out(evidence: Evidence) -> Iterator[Observation]:
    """Look for clients without a version and a suite that the server accepts."""
    accepts = observed(evidence.probe).accepts
    if accepts is None:
        return
    asked = {client.partition("@")[0] for client in evidence.judged_clients}
    reasons: dict[str, dict[str, list[str]]] = {}
    for one in accepts.reach:
        if one.connects is False and (not asked or asked & set(one.clients)):
            reasons.setdefault(one.why, {}).setdefault(one.drivers, []).append(one.system)
    for why, systems in reasons.items():
        named = "; ".join(
            f"{drivers} on {', '.join(where)}" if drivers else ", ".join(where)
            for drivers, where in systems.items()
        )
        yield Observation(
            detail=f"No handshake, since each {why}: {named}.", facts={"clients": named, "why": why}
        )


@check(
    Rule(
        code="CD620",
        slug="azure-redirect",
        title="Azure SQL may send the client on to another port",
        severity=Severity.NOTES,
        owner=Owner.NETWORK,
        explanation=(
            "The gateway on port 1433 sends clients inside Azure, and those whose server is set to Redirect, on to a "
            "worker on ports 11000 to 11999, after the login. Where a firewall lets 1433 through alone, the login "
            "works and the connection then hangs. Nobody sees that without logging in, certdoctor included."
        ),
        confirm=("nc -vz HOST 11000",),
        remedies=("open-the-firewall",),
        references=("Microsoft: Azure SQL connectivity architecture",),
    )
)
def azure_redirect(evidence: Evidence) -> Iterator[Observation]:
    """Report the redirection if the server is Azure SQL."""
    probe = observed(evidence.probe)
    name = azure_name(probe.host, None if isinstance(probe.chain, Absent) else probe.chain.leaf)
    if name is not None:
        yield Observation(
            detail=f"{name} is Azure SQL: besides 1433, TCP 11000 to 11999 may be needed.",
            facts={"name": name},
        )


@check(
    Rule(
        code="CD906",
        slug="addresses-differ",
        title="The addresses of the name do not all lead to the same server",
        severity=Severity.RISKS,
        owner=Owner.NETWORK,
        explanation=(
            "The name has several addresses, and clients choose among them in ways of their own. Where one does not "
            "answer, clients wait for it before they try the next (SQL Server's drivers need MultiSubnetFailover for "
            "the addresses of an availability group listener). Where one shows another certificate, the connection "
            "works on some days and fails on others. Only the chain of the first was judged."
        ),
        confirm=("nslookup HOST", "certdoctor probe ADDRESS:PORT --host HOST"),
        remedies=("look-at-each-address", "bind-the-certificate", "open-the-firewall"),
    )
)
def addresses_differ(evidence: Evidence) -> Iterator[Observation]:
    """Compare each further address with the probed one."""
    probe = observed(evidence.probe)
    if not probe.addresses:
        return
    first, *others = probe.addresses
    for other in others:
        facts: dict[str, str | int | bool | None] = {"address": other.address, "compared_with": first.address}
        if other.problem is not None:
            if first.problem is None and not _loopback(other.address):
                yield Observation(
                    detail=f"{first.address} answers; {other.address} does not ({other.problem}).",
                    facts=facts | {"problem": other.problem},
                    severity=None if other.silent else Severity.NOTES,
                )
        elif first.leaf_sha256 is not None and other.leaf_sha256 != first.leaf_sha256:
            versions = ""
            if other.version != first.version:
                versions = f" ({other.version or 'no version'} instead of {first.version or 'none'})"
            yield Observation(
                detail=f"{other.address} shows another certificate than {first.address}{versions}.",
                facts=facts | {"leaf_sha256": other.leaf_sha256, "version": other.version},
            )


def _loopback(address: str) -> bool:
    """Whether it is a loopback address; it is normal for a program to listen on only one of them."""
    return address == "::1" or address.startswith("127.")


BEFORE_CERTIFICATES: tuple[Check, ...] = (malformed_answer,)
AFTER_CERTIFICATES: tuple[Check, ...] = (
    certificates_differ,
    addresses_differ,
    azure_redirect,
    legacy_tls_accepted,
    clients_left_out,
)
