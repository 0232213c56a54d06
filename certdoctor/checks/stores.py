"""Trust stores, CD320 to CD322: what this machine's stores lack, their defects, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, NotObserved, Shade, observed
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.store import StoreDefect


@check(
    Rule(
        code="CD320",
        slug="not-in-store",
        title="The certificate is in no trust store of this machine",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A client trusts a CA because the CA's certificate is in the list that this client reads. This one is "
            "in none of the lists on this machine, so no client here trusts it unless its own settings name a file. "
            "A certificate of the same name with another key does not help: a CA that was renewed has to be added "
            "again."
        ),
        confirm=("certdoctor trust list", "openssl verify -CApath /etc/ssl/certs ROOT.pem"),
        remedies=("trust-the-root", "give-the-ca-file"),
        references=("RFC 5280 section 6.1.1 (d)",),
    )
)
def not_in_store(evidence: Evidence) -> Iterator[Observation]:
    """Look for each wanted certificate in each store that could be read."""
    stores = observed(evidence.stores)
    if evidence.sought and all(isinstance(s.certificates, Absent) for s in stores):
        raise NotObserved(Absent("no trust store of this machine could be read", Shade.NOT_OBTAINED))
    unread = [
        s.title
        for s in stores
        if isinstance(s.certificates, Absent) and s.certificates.shade is Shade.NOT_OBTAINED
    ]
    for wanted in evidence.sought:
        holding = [s for s in stores if any(wanted.is_(c) for c in s.known)]
        if any(s.trusted for s in holding):
            continue
        name = wanted.certificate.subject if wanted.certificate else wanted.name
        idle = f" It is in the {holding[0].title}, where it makes nothing trusted." if holding else ""
        alike = next(((s, c) for s in stores for c in s.known if wanted.resembles(c)), None)
        other = (
            f" The {alike[0].title} holds another certificate of that name (SHA-256 {alike[1].sha256[:16]}…)."
            if alike
            else ""
        )
        read = sum(1 for s in stores if s.known)
        more = f" Not read: {', '.join(unread)}." if unread else ""
        yield Observation(
            detail=f"{name} is in none of the {read} trust stores that were read.{idle}{other}{more}",
            facts={
                "subject": wanted.certificate.subject if wanted.certificate else None,
                "sha256": wanted.sha256,
                "sha1": wanted.sha1,
                "stores": read,
                "unread": ", ".join(unread) or None,
                "same_name_in": alike[0].title if alike else None,
            },
            subject=wanted.name,
        )


@check(
    Rule(
        code="CD321",
        slug="store-defect",
        title="A trust store does not pass on everything that was added to it",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "Stores are built by tools that say little: update-ca-certificates ignores names that do not end in "
            ".crt, takes DER files and writes bytes into the bundle that nobody can read, and gives no hashed name "
            "to the second certificate of a file, all with exit code 0. A file put into /etc/ssl/certs by hand is "
            "found by some programs and not by others. A Java with an empty cacerts refuses every server "
            '("the trustAnchors parameter must be non-empty").'
        ),
        confirm=("certdoctor trust list -v", "openssl verify -CApath /etc/ssl/certs ROOT.pem"),
        remedies=("rebuild-the-store",),
        references=("update-ca-certificates(8)", "OpenSSL X509_LOOKUP_hash_dir(3)"),
    )
)
def store_defect(evidence: Evidence) -> Iterator[Observation]:
    """Report the defects of stores and variables."""
    for store in observed(evidence.stores):
        for defect in store.defects:
            if evidence.sought and not _concerns(defect, evidence):
                continue
            yield Observation(
                detail=defect.text,
                facts={"store": store.id, "defect": defect.slug, "path": defect.path},
                subject=store.title,
                severity=Severity.RISKS if defect.loses else Severity.NOTES,
            )
    for influence in () if evidence.sought else evidence.influences:
        if influence.loses:
            yield Observation(
                detail=f"{influence.variable}={influence.value}: {influence.effect}",
                facts={"variable": influence.variable, "value": influence.value, "defect": "variable"},
                subject=influence.variable,
            )


def _concerns(defect: StoreDefect, evidence: Evidence) -> bool:
    """Whether the defect concerns one of the wanted certificates."""
    return any(wanted.sha256 in defect.concerns for wanted in evidence.sought if wanted.sha256)


@check(
    Rule(
        code="CD322",
        slug="distrusted-by-system",
        title="Windows refuses a certificate of this chain by its own settings",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A certificate in the store Disallowed (Untrusted Certificates in certlm.msc) is refused by every program "
            "that leaves the verdict to Windows, whoever signed it and wherever else it is. A root whose purposes were "
            "limited in its properties vouches for no server unless server authentication is among them. Policy, "
            "an administrator or a security product sets both. Node, Java and, for the first, Python do not look there, "
            "so that they connect where SSMS and ODBC do not."
        ),
        confirm=(
            "certutil -store Disallowed",
            r"Get-ChildItem Cert:\LocalMachine\Disallowed, Cert:\CurrentUser\Disallowed",
            "certutil -v -store Root THUMBPRINT",
        ),
        remedies=("install-a-real-certificate", "allow-in-windows"),
        judged_by_clients=True,
        references=("Microsoft Learn, System Store Locations", "CertGetEnhancedKeyUsage"),
    )
)
def distrusted_by_system(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates of the chain that the stores of Windows refuse."""
    system = observed(evidence.system_trust)
    for held, why in (
        *((one, "which Windows refuses in every chain") for one in system.distrusted),
        *((one, "so that it vouches for no server") for one in system.disabled),
    ):
        yield Observation(
            detail=f'"{held.certificate.label}" is in the {held.stores[0]}, {why}.',
            facts={
                "subject": held.certificate.subject,
                "sha256": held.certificate.sha256,
                "sha1": held.certificate.sha1,
                "store": held.stores[0],
            },
            subject=held.certificate.label,
        )


CHECKS: tuple[Check, ...] = (not_in_store, store_defect, distrusted_by_system)
