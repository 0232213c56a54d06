"""The same case with what each client trusts on this machine: its own store, or the CA file of its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from certdoctor.clients import entries, named_in_logs, select, table
from certdoctor.clients.entry.client import Client, DefaultTrust
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import FileFacts, FileObject, Role
from certdoctor.model.ids import Protocol
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, ClientVerdict, Report
from certdoctor.model.store import Store
from certdoctor.verdict import conclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusting:
    """Clients that trust the same certificates."""

    clients: tuple[str, ...]
    """Their ids, with the versions asked for."""
    source: str
    """Where these stand: the names of the stores, or the file that the settings name."""
    certificates: tuple[Certificate, ...] | Absent


def trusting(evidence: Evidence, stores: Sequence[Store]) -> tuple[Trusting, ...]:
    """Return what each client of the case trusts, those with the same stores together.

    These are the clients asked for or named by the log, else those that people read of.
    """
    named = [file for file in evidence.files if file.role is Role.CA]
    clients = _clients(evidence)
    if named:
        held = tuple(certificate for file in named for certificate in file.certificates)
        source = " and ".join(file.path for file in named)
        return (Trusting(clients=tuple(c.id for c in clients), source=source, certificates=held),)
    if evidence.settings.ca_path:
        path = evidence.settings.ca_path
        away = Absent(f"{path}, which the settings name, is not on this machine", Shade.NOT_OBTAINED)
        return (Trusting(clients=tuple(c.id for c in clients), source=path, certificates=away),)
    groups: dict[tuple[str, ...], list[Client]] = {}
    read = {store.id: store for store in stores if store.trusted}
    for client in clients:
        ids = tuple(store.id for store in read.values() if _store_of(client) in store.clients)
        groups.setdefault(ids, []).append(client)
    return tuple(_of([read[id_] for id_ in ids], found) for ids, found in groups.items())


def _of(stores: Sequence[Store], clients: Sequence[Client]) -> Trusting:
    unread = [store for store in stores if isinstance(store.certificates, Absent)]
    certificates: tuple[Certificate, ...] | Absent = tuple(one for store in stores for one in store.known)
    if not stores:
        certificates = Absent("its trust store is not on this machine", Shade.NOT_OBTAINED)
    elif unread and len(unread) == len(stores):
        certificates = Absent(f"the {unread[0].title} could not be read", Shade.NOT_OBTAINED)
    elif not certificates:
        certificates = Absent(f"the {stores[0].title} is empty", Shade.NOT_OBTAINED)
    return Trusting(
        clients=tuple(client.id for client in clients),
        source=", ".join(store.title for store in stores),
        certificates=certificates,
    )


def _clients(evidence: Evidence) -> tuple[Client, ...]:
    if evidence.clients:
        return select(evidence.clients)
    in_logs = tuple(client for name in evidence.clients_in_logs if (client := named_in_logs(name)))
    protocol = Protocol.TDS if isinstance(evidence.probe, Absent) else evidence.probe.protocol
    return in_logs or tuple(client for client in table() if client.judges(protocol))


def _store_of(client: Client) -> str:
    """Return the id of the client whose store it reads: a driver leaves that to its runtime."""
    if client.store.reads or client.store.steps is None:
        return client.client.value
    runtimes = (
        one for one in entries().values() if one.store.reads and one.store.steps is client.store.steps
    )
    return next((one.client.value for one in runtimes), client.client.value)


def seen_by(evidence: Evidence, one: Trusting) -> Evidence:
    """Return the evidence as these clients see it, with what they trust in place of a CA file."""
    others = tuple(file for file in evidence.files if file.role is not Role.CA)
    evidence = replace(evidence, clients=one.clients)
    if isinstance(one.certificates, Absent):
        return replace(evidence, files=others, chain=one.certificates)
    if any(file.role is Role.CA for file in evidence.files):
        return evidence
    known = () if isinstance(evidence.chain, Absent) else tuple(evidence.chain)
    # A list of all public roots is of no use in a report; the first stands for one that holds none that matters.
    held = _issuers(known, one.certificates) or one.certificates[:1]
    file = FileFacts(
        path=one.source,
        role=Role.CA,
        size=sum(len(certificate.der) for certificate in held),
        format="trust store",
        objects=tuple(FileObject(kind="certificate", encoding="PEM", certificate=c) for c in held),
        any_format=True,
    )
    return replace(evidence, files=(*others, file))


def _issuers(chain: Iterable[Certificate], held: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return those that can stand above the chain, by their names."""
    found: dict[str, Certificate] = {}
    wanted = {certificate.issuer_der for certificate in chain}
    while new := [c for c in held if c.subject_der in wanted and c.sha256 not in found]:
        found.update((c.sha256, c) for c in new)
        wanted = {c.issuer_der for c in new}
    return tuple(found.values())


def settled(report: Report) -> Report:
    """Return the report with the clients decided whose store is read here and not where others judge."""
    trust = report.evidence.trust
    if isinstance(trust, Absent) or not trust.given:
        return report
    clients = tuple(_settled(report, client, anchored=trust.anchored) for client in report.clients)
    verdict, cause = conclude(report.findings, report.skipped, clients, named=True)
    return replace(report, clients=clients, verdict=verdict, cause=cause)


def _settled(report: Report, client: ClientVerdict, *, anchored: bool) -> ClientVerdict:
    entry = named_in_logs(client.client)
    open_ = client.verdict is Answer.UNKNOWN and not isinstance(report.evidence.chain, Absent)
    if not open_ or entry is None or entry.default_trust is not DefaultTrust.UNKNOWN:
        return client
    if anchored:
        return replace(client, verdict=Answer.ACCEPTS, message=None, brief=None)
    return replace(
        client,
        verdict=Answer.REJECTS,
        cause="missing-issuer",
        causes=("missing-issuer",),
        message="its store does not hold the root",
        brief="its store does not hold the root",
    )


def tests(clients: Iterable[str]) -> Iterator[str]:
    """Yield how people see in each client itself whether it connects."""
    from certdoctor.clients.entry.products import PRODUCTS  # noqa: PLC0415 - where nothing can be read here

    for client in clients:
        used = next((one for one in PRODUCTS if one.client == client.partition("@")[0]), None)
        entry = named_in_logs(client)
        yield f"in {used.title}, {used.test}" if used else f"connect with {entry.title if entry else client}"
