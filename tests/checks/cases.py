"""The cases of the rules: evidence as it is gathered, and exactly the codes that fire on it.

Certificates and keys are made on the spot, servers are practice servers on this machine, and logs are texts that
clients wrote. Only what no test can have in truth is changed afterwards: the name of an Azure server, a second
address, a network without a way.
"""

from __future__ import annotations

import errno
import hashlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from cryptography import x509

from certdoctor.diagnosis import diagnose
from certdoctor.formats.wire import ssrp
from certdoctor.gather import clock, stores
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab import certificates as lab
from certdoctor.lab.scenarios import Behaviour, Presents
from certdoctor.logs import reading
from certdoctor.model.evidence import ClientSettings, Evidence, TlsSetting
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.model.plan import Policy
from certdoctor.model.report import Report
from certdoctor.model.store import WantedCertificate
from certdoctor.model.trust import Held, SystemTrust
from certdoctor.model.wire import AddressSeen, Probe, Survey
from tests import pki
from tests.checks.made_files import (
    HOST,
    Make,
    below,
    bundle_with_old_root,
    ca_as_der,
    chain,
    files,
    folder_of_pairs,
    no_file,
    shown,
    unreadable_extension,
    with_old_copy,
    with_wrong_signature,
)
from tests.checks.test_file_checks import CASES as FILES
from tests.hostile.browser import PracticeBrowser
from tests.hostile.servers import find, serve
from tests.machines import debian

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"


@dataclass(frozen=True, slots=True)
class Case:
    """Evidence, and the rules that fire on it."""

    name: str
    make: Make
    """Gathers the evidence; may write into the folder given."""
    fires: frozenset[str]
    """The codes of all findings, no more and no fewer."""
    judge_trust: bool = True
    """Whether the chain is verified; ``inspect`` leaves that out."""

    def report(self, folder: Path) -> Report:
        """Judge the evidence as the commands do."""
        return diagnose(
            self.make(folder), judge_trust=self.judge_trust, os_name=System.DEBIAN, with_remedies=False
        )


def case(name: str, make: Make, *fires: str, judge_trust: bool = True) -> Case:
    """Return a case; without codes, one on which nothing fires."""
    return Case(name, make, frozenset(fires), judge_trust)


def passing(report: Report) -> set[str]:
    """Return the codes of the rules that were looked for and not found.

    A rule that only logs can tell is looked for wherever a log is read.
    """
    told = {finding.rule.code for finding in report.findings}
    looked = {rule.code for rule in report.passed}
    if report.evidence.logs:
        looked |= {skip.rule.code for skip in report.skipped if skip.reason == "only a log can tell"}
    return looked - told


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")


# Servers


def server(name: str, *, form: str = "", survey: str = "none", **changes: object) -> Make:
    """Probe the practice server of a scenario; ``form`` is the target where it is not the scenario's own."""

    def make(_: Path) -> Evidence:
        with serve(replace(find(name), **changes)) as practice:  # type: ignore[arg-type]  # its own fields
            cas = (str(practice.ca_path),) if practice.scenario.trusts_ca else ()
            target = form.format(practice.port) if form else practice.target
            asked = Request(target=target, cas=cas, seconds=1.0, survey=Survey(survey))
            return gather(asked, clock.now())

    return make


def with_client_certificate(name: str) -> Make:
    """Probe with a client certificate of a CA that the server does not know."""

    def make(folder: Path) -> Evidence:
        (folder / "c.pem").write_bytes(pki.leaf().pem)
        (folder / "c.key").write_bytes(pki.leaf().key_pem)
        with serve(find(name)) as practice:
            asked = Request(
                target=practice.target,
                cas=(str(practice.ca_path),),
                certificate=str(folder / "c.pem"),
                key=str(folder / "c.key"),
                seconds=2.0,
            )
            return gather(asked, clock.now())

    return make


def unknown_instance(_: Path) -> Evidence:
    """Ask a SQL Server Browser that knows no instance of that name."""
    with (
        PracticeBrowser([ssrp.Entry(server="X", instance="OTHER", version="15.0.2000.5", port=1)]) as browser,
        patch.object(ssrp, "PORT", browser.port),
    ):
        return gather(Request(target=f"{HOST}\\NAME", seconds=1.0), clock.now())


def closed_port(_: Path) -> Evidence:
    """Knock where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return gather(Request(target=f"127.0.0.1:{taken.getsockname()[1]}", seconds=1.0), clock.now())


def broken_network(function: str, error: OSError) -> Make:
    """Probe while a function of the socket module answers as it does in a network that is not whole."""

    def make(_: Path) -> Evidence:
        with patch(f"certdoctor.gather.server.transport.socket.{function}", side_effect=error):
            return gather(Request(target="db01.corp.example:1433", seconds=1.0), clock.now())

    return make


def changed(make: Make, change: Callable[[Probe], Probe]) -> Make:
    """Change what was learnt of a server where no practice server can be like that."""

    def changing(folder: Path) -> Evidence:
        evidence = make(folder)
        assert not isinstance(evidence.probe, Absent)
        return replace(evidence, probe=change(evidence.probe))

    return changing


def as_azure(probe: Probe) -> Probe:
    """Give the server a name of Azure SQL."""
    return replace(probe, host="sales.database.windows.net")


def with_a_dead_address(probe: Probe) -> Probe:
    """Add an address to the name, where nothing answers."""
    alive = AddressSeen(address="192.0.2.1", problem=None)
    return replace(
        probe, addresses=(alive, AddressSeen(address="192.0.2.2", problem="no answer", silent=True))
    )


def under_policy(make: Make, **settings: str) -> Make:
    """Look from a machine whose openssl.cnf has these settings."""

    def make_it(folder: Path) -> Evidence:
        told = tuple(
            TlsSetting(name=name, value=value, file="/etc/ssl/openssl.cnf", line=9)
            for name, value in settings.items()
        )
        return replace(make(folder), tls_policy=told)

    return make_it


def demanding(make: Make, **demands: object) -> Make:
    """Judge the same evidence by a policy."""

    def make_it(folder: Path) -> Evidence:
        return replace(make(folder), policy=Policy(**demands))  # type: ignore[arg-type]  # its own fields

    return make_it


def ending_client_certificate(folder: Path) -> Evidence:
    """Give a client certificate with three days left."""
    own = pki.issue("client", pki.root(), days=3)
    (folder / "c.pem").write_bytes(own.pem)
    (folder / "c.key").write_bytes(own.key_pem)
    asked = Request(certificate=str(folder / "c.pem"), key=str(folder / "c.key"))
    return replace(gather(asked, pki.NOW), policy=Policy(minimum_days=30))


# Stores

CORP = lab.root(name="Corp Root", at=pki.NOW)


def machine(*local: str, sought: bool = False) -> Make:
    """Read the stores of a Debian machine with these names for a company's root, perhaps in search of another."""

    def make(folder: Path) -> Evidence:
        vendor = pki.issue("Vendor Root", ca=True)
        scratch = debian(folder, vendor)
        for name in local:
            scratch.write(f"/usr/local/share/ca-certificates/{name}", CORP.pem)
        read = stores.read(scratch.machine())
        wanted = CORP.der if sought else vendor.der
        return Evidence(
            subject="this machine",
            observed_at=pki.NOW,
            stores=read.stores,
            sought=(WantedCertificate(name="x.pem", sha256=hashlib.sha256(wanted).hexdigest()),),
        )

    return make


def on_windows(*, refused: bool = False) -> Make:
    """Look at a sound chain on a Windows machine, which perhaps has the leaf among its untrusted certificates."""

    def make(folder: Path) -> Evidence:
        evidence = chain(shown(Presents.SOUND))(folder)
        assert not isinstance(evidence.chain, Absent)
        readers = ("odbc-windows",)
        leaf = Held(certificate=evidence.chain.leaf, stores=("Windows machine list",), clients=readers)
        system = SystemTrust(readers=readers, distrusted=(leaf,) if refused else ())
        return replace(evidence, system_trust=system)

    return make


# Logs


def log(words: str, *, settings: ClientSettings | None = None) -> Make:
    """Read a log of a few words."""

    def make(_: Path) -> Evidence:
        facts = reading.parse(words.encode(), path="app.log")
        return Evidence(
            subject="app.log", observed_at=pki.NOW, logs=(facts,), settings=settings or ClientSettings()
        )

    return make


def recorded(name: str) -> Make:
    """Read a recorded log."""
    return log((LOGS / name).read_text("utf-8"))


CASES: tuple[Case, ...] = (
    *(
        case(name, files(*given), *(code for code, _ in expected))
        for name, (given, expected) in FILES.items()
    ),
    case("a CA file that is not there", no_file, "CD101"),
    case("a folder of a pair", folder_of_pairs()),
    case("a key that nothing in the folder belongs to", folder_of_pairs(lonely=True), "CD204"),
    case("a folder too large to look into", folder_of_pairs(lonely=True, most_files=2), "CD205"),
    # Chains
    case("a sound chain", chain(shown(Presents.SOUND))),
    case("no CA file", chain(shown(Presents.SOUND), ca=False), "CD301"),
    case("the intermediate is not there", chain(shown(Presents.LEAF_ONLY)), "CD302"),
    case("SQL Server's own certificate", chain(shown(Presents.FALLBACK)), "CD303", "CD401", "CD512"),
    case("the root is sent and not trusted", chain(shown(Presents.WITH_ROOT), ca=False), "CD304"),
    case("an intermediate that is no CA", chain(shown(Presents.NOT_A_CA)), "CD305"),
    case("a CA too many", chain(shown(Presents.TOO_LONG)), "CD306"),
    case("a name that the CA may not issue for", chain(shown(Presents.NOT_PERMITTED)), "CD307"),
    case("a certificate for clients", chain(shown(Presents.CLIENT_ONLY)), "CD308"),
    case("an issuer that inspects", chain(below("Zscaler Intermediate Root CA"), ca=pki.root().pem), "CD312"),
    case("an extension that nobody knows", chain(below(add=(lab.Extra(UNKNOWN, critical=True),))), "CD314"),
    case("an old copy of the intermediate", chain(with_old_copy), "CD315", "CD318"),
    case("a changed certificate", chain(with_wrong_signature), "CD317"),
    case("a CA file that Node passes over", ca_as_der, "CD102", "CD319"),
    case("another name", chain(shown(Presents.OTHER_NAME)), "CD401"),
    case("a name in the CN alone", chain(below(names=(), addresses=(), common_name=HOST)), "CD402"),
    case("a second name that is not covered", chain(shown(Presents.SOUND), HOST, "sql02"), "CD403"),
    case("an expired certificate", chain(shown(Presents.EXPIRED)), "CD501"),
    case("a certificate of next week", chain(shown(Presents.NOT_YET_VALID)), "CD502"),
    case("a certificate with ten days left", chain(below(ends=10)), "CD503"),
    case("an old root in a bundle", bundle_with_old_root, "CD504", judge_trust=False),
    case("RSA 1024", chain(shown(Presents.RSA_1024)), "CD510"),
    case("SHA-1", chain(shown(Presents.SHA1)), "CD511"),
    case("an extension that cannot be read", unreadable_extension, "CD513"),
    # Stores
    case("a root in the store", machine()),
    case("a root in no store", machine(sought=True), "CD320"),
    case("a root under a name that is not read", machine("corp.pem", sought=True), "CD320", "CD321"),
    case("a chain to which Windows has no objection", on_windows()),
    case("a certificate that Windows refuses", on_windows(refused=True), "CD322"),
    # Servers
    case("a healthy server", server("healthy")),
    case("a healthy server, asked about everything", server("healthy", survey="versions")),
    case("TLS 1.3 alone", server("protocol-mismatch"), "CD601"),
    case("a cipher suite that no client offers", server("cipher-mismatch"), "CD602"),
    case("hung up in the handshake", server("handshake-interrupted"), "CD603"),
    case("an internal error of TLS", server("alert-internal-error"), "CD604"),
    case("an HTTP server", server("not-tls-or-wrong-port"), "CD605"),
    case("encryption is forced", server("encryption-required"), "CD606"),
    case("no encryption", server("encryption-unsupported"), "CD607", "CD609"),
    case("strict alone", server("strict-only"), "CD608"),
    case("a login in clear", server("silent-plaintext"), "CD609"),
    case("a client certificate is demanded", server("client-cert-required"), "CD610"),
    case("another client certificate", with_client_certificate("client-cert-required"), "CD611", "CD624"),
    case("a client certificate that nobody wants", with_client_certificate("healthy"), "CD623"),
    case("another instance", server("other-instance"), "CD614"),
    case("an error in place of an answer", server("error-token"), "CD615"),
    case(
        "SQL Server 2012",
        server("healthy", behaviour=Behaviour(version=(11, 0, 7001, 0))),
        "CD616",
    ),
    case("strict without a certificate", server("strict-without-certificate"), "CD617"),
    case("two certificates", server("certificates-differ"), "CD618"),
    case("an answer without a version", server("no-version"), "CD619"),
    case("a server of Azure", changed(server("healthy"), as_azure), "CD620"),
    case("old TLS is taken", server("legacy-tls", survey="versions"), "CD601", "CD621", "CD622"),
    case(
        "a policy that the server does not meet",
        under_policy(server("healthy"), MinProtocol="TLSv1.3"),
        "CD703",
    ),
    case(
        "a policy of key lengths", under_policy(server("healthy"), CipherString="DEFAULT@SECLEVEL=4"), "CD703"
    ),
    case("a policy of groups", under_policy(server("healthy"), Groups="X25519"), "CD703"),
    case(
        "a policy as usual",
        under_policy(
            server("healthy"), MinProtocol="TLSv1.2", CipherString="DEFAULT@SECLEVEL=2", MaxProtocol="TLSv1.3"
        ),
    ),
    # The network
    case(
        "an unknown name",
        broken_network("getaddrinfo", socket.gaierror(socket.EAI_NONAME, "unknown")),
        "CD901",
    ),
    case("a closed port", closed_port, "CD902"),
    case("a silent server", server("timeout"), "CD903"),
    case(
        "no way to the server",
        broken_network("getaddrinfo", OSError(errno.ENETUNREACH, "Network is unreachable")),
        "CD904",
    ),
    case("an unknown instance", unknown_instance, "CD905"),
    case("a dead second address", changed(server("healthy"), with_a_dead_address), "CD906"),
    # Policies
    case(
        "a policy that is met",
        demanding(
            server("healthy", survey="versions"),
            minimum_days=30,
            rsa_bits=2048,
            ec_bits=256,
            digests=("sha256",),
            tls_versions=("1.2",),
            required_names=(HOST,),
        ),
    ),
    case("a name that is demanded", demanding(server("healthy"), required_names=("sql02",)), "CD431"),
    case("more days are demanded", demanding(server("healthy"), minimum_days=500), "CD531"),
    case("a longer key is demanded", demanding(server("healthy"), ec_bits=384), "CD532"),
    case("another digest is demanded", demanding(server("healthy"), digests=("sha384",)), "CD533"),
    case("a client certificate that ends", ending_client_certificate, "CD534"),
    case("TLS 1.3 is demanded", demanding(server("healthy"), tls_versions=("1.3",)), "CD631"),
    # Logs
    case("a log without a failure", log("2026-06-01 12:00:00 connected to sql01:1433 in 20 ms\n")),
    case("a certificate that was revoked", log("SSL routines: certificate revoked"), "CD309"),
    case("no answer on revocation", log("CRYPT_E_NO_REVOCATION_CHECK (0x80092012)"), "CD310"),
    case("a failure without a reason", log("ORA-29024: Certificate validation failure"), "CD311"),
    case(
        "a store without a root",
        log("java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty"),
        "CD313",
    ),
    case(
        "a certificate that was not loaded",
        log("2026-11-20 03:12:45.11 Server      Unable to load user-specified certificate"),
        "CD612",
    ),
    case("a trust that verifies nothing", recorded("hackolade-trust-all.log"), "CD701", "CD803"),
    case(
        "Hackolade's SYSTEMCA",
        log("x", settings=ClientSettings(ssl_type="SYSTEMCA", application="Hackolade")),
        "CD702",
    ),
    case(
        "a second try",
        recorded("hackolade-self-signed-then-encryption-required.log"),
        "CD303",
        "CD606",
        "CD702",
        "CD802",
    ),
    case("a login that failed", log("Login failed for user 'sa'."), "CD803"),
    case(
        "a failure of another kind",
        log("Can't reach database server at sql01"),
        "CD804",
    ),
    case("words that nobody knows", log("all is well\nERROR the TLS session quux failed\n"), "CD805"),
)
