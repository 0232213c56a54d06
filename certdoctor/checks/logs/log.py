"""Findings from logs, and rules that only logs can show (CD8xx, and some of CD3xx, CD6xx and CD7xx).

Rules made with ``only_claimed`` have no function: ``diagnose`` turns a log event with their slug as its cause into
their finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from certdoctor.checks.rulebook import Check, check, only_claimed
from certdoctor.clients import named_in_logs, table
from certdoctor.clients.entry.modes import Checks, wanted
from certdoctor.model.evidence import CA_ALONE, ClientSettings, Evidence
from certdoctor.model.fact import Absent, NotObserved, Shade
from certdoctor.model.files import Role
from certdoctor.model.ids import ClientId, Database, Mode, Protocol
from certdoctor.model.log import LogEvent, LogFacts
from certdoctor.model.rule import Observation, Owner, Rule, Severity

if TYPE_CHECKING:
    from certdoctor.clients.entry.client import Client

_SELF_SIGNED = frozenset({"self-signed-leaf", "self-signed-in-chain"})
_OTHER_LOGINS = ("windows", "entra", "azure", "active")


@check(
    Rule(
        code="CD802",
        slug="hidden-by-retry",
        title="Hackolade tries again without encryption after a self-signed certificate",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "When a SQL Server connection fails with the words 'self signed certificate', Hackolade tries once "
            "more with encryption off, and says nothing. If the server allows that, the connection works, but the "
            "user name and the password cross the network in a form that anyone there can read. If the server "
            "demands encryption, the second error ('Server requires encryption') hides the first. Mend the "
            "certificate error; do not rest on the connection that works."
        ),
        confirm=("certdoctor probe HOST:PORT", "certdoctor log HackoladeRE.log"),
        remedies=("give-the-ca-file", "encrypt-the-connection", "verify-again"),
        references=("Hackolade SQL Server plug-in, clientManager", "MS-TDS 2.2.6.5"),
    )
)
def hidden_by_retry(evidence: Evidence) -> Iterator[Observation]:
    """Look for a hidden retry in the logs, else whether the server would lead to one."""
    found = tuple(_in_logs(evidence))
    yield from found or _would_retry(evidence)


def _would_retry(evidence: Evidence) -> Iterator[Observation]:
    """Report it if Hackolade would retry without encryption and the server would allow that."""
    probe, trust = evidence.probe, evidence.trust
    if isinstance(probe, Absent) or isinstance(trust, Absent) or probe.protocol is not Protocol.TDS:
        return
    clients = evidence.judged_clients
    asked = clients and not any(client.partition("@")[0] == ClientId.ELECTRON for client in clients)
    settings = evidence.settings
    other = settings.encrypt is False or settings.strict or settings.trust_server_certificate
    if asked or other or settings.application not in {None, "Hackolade"}:
        return
    if probe.forces_encryption is False and any(error.code in _SELF_SIGNED_CODES for error in trust.errors):
        yield Observation(
            detail='Hackolade refuses this certificate with the words "self signed certificate" and then tries '
            "once more without encryption. This server does not insist on it: the password would cross the "
            "network in clear.",
            facts={"forces_encryption": False},
        )


_SELF_SIGNED_CODES = frozenset({18, 19})
"""X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN."""


def _in_logs(evidence: Evidence) -> Iterator[Observation]:
    for log in evidence.logs:
        if log.application != "Hackolade":
            continue
        for event in log.events:
            settings = settings_of(event, log)
            if _other_login(settings):
                continue
            if event.cause in _SELF_SIGNED and _retried(event, settings):
                yield _retry(log, event, "After this error Hackolade tried once more without encryption.")
            elif event.cause == "encryption-required" and _only_second(event, log, settings):
                detail = (
                    "Encryption is on in the settings, yet the server asks for it: this was the second try, and the "
                    "first ended at a self-signed certificate."
                )
                yield _retry(log, event, detail)


def settings_of(event: LogEvent, log: LogFacts) -> dict[str, str]:
    """Return the event's settings; those of the log if none of its events has settings."""
    if event.settings or any(other.settings for other in log.events):
        return event.settings
    return log.settings


def _retried(event: LogEvent, settings: dict[str, str]) -> bool:
    """Whether the message and the settings cause a second try."""
    words = event.text.lower()
    return (
        "self signed certificate" in words
        and ("failed to connect" in words or "encryptConnection" in settings)
        and settings.get("encryptConnection", "true").lower() == "true"
    )


def _only_second(event: LogEvent, log: LogFacts, settings: dict[str, str]) -> bool:
    first = any(earlier.cause in _SELF_SIGNED for earlier in log.events if earlier.line < event.line)
    return not first and settings.get("encryptConnection", "").lower() == "true"


def _other_login(settings: dict[str, str]) -> bool:
    """Whether the login ignores encryptConnection, so that a second try changes nothing."""
    method = settings.get("authMethod", "").lower()
    return any(word in method for word in _OTHER_LOGINS)


def _retry(log: LogFacts, event: LogEvent, detail: str) -> Observation:
    return Observation(
        detail=f"{log.path}:{event.line}: {detail}",
        facts={"line": event.line, "cause": event.cause, "endpoint": event.endpoint},
        subject=log.path,
    )


@check(
    Rule(
        code="CD701",
        slug="verification-disabled",
        title="The client is told to trust every certificate",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "TrustServerCertificate=true, Hackolade's 'Trust server certificates', sslmode=require without a CA file, "
            "ssl-mode=REQUIRED and rejectUnauthorized: false encrypt the connection but check nothing. Anyone on the way can pose as the server with a certificate of their own and read "
            "the password and the data. The setting also hides every fault of the certificate until another "
            "client meets it."
        ),
        confirm=("certdoctor verify HOST:PORT --ca CA.pem",),
        remedies=("switch-verification-on", "give-the-ca-file", "trust-the-root"),
        references=("MS-TDS 2.2.6.5",),
    )
)
def verification_disabled(evidence: Evidence) -> Iterator[Observation]:
    """Look for disabled verification in the client's settings and in those that logs mention."""
    settings = evidence.settings
    if settings.trust_server_certificate or settings.ssl_type == "TRUST_ALL_CERTIFICATES":
        said = "SSL option TRUST_ALL_CERTIFICATES" if settings.ssl_type else "TrustServerCertificate is on"
        said = settings.any_certificate or said
        yield Observation(detail=f"The client's settings: {said}.", facts={"setting": said})
        return
    if settings.mode is Mode.REQUIRE or settings.mode_word is not None:
        yield from _by_word(evidence)
        return
    for log in evidence.logs:
        for at, said in _trusting(log):
            yield Observation(
                detail=f"{log.path} shows the setting {said}{at}.", facts={"setting": said}, subject=log.path
            )


def _by_word(evidence: Evidence) -> Iterator[Observation]:
    """Ask the clients what sslmode and its kin say: one word has several meanings (``Client.mode_words``).

    Without a client that is named, the word counts where it says so by its name, and those who take it otherwise are
    told.
    """
    settings = evidence.settings
    names = evidence.judged_clients
    named = [client for name in names if (client := named_in_logs(name)) is not None]
    database = None if isinstance(evidence.probe, Absent) else evidence.probe.protocol.database
    if not named and settings.any_certificate is None:
        return
    said = settings.any_certificate or _word(settings)
    if named:
        taking = [one for one in named if _takes_any(one, evidence, database)]
        if taking:
            detail = f"The client's settings: {said}. With that {_titles(taking)} checks nothing of the certificate."
            yield Observation(detail=detail, facts={"setting": said})
        return
    others = [
        one
        for one in table()
        if database in one.modes and wanted(settings, one.mode_words) is not Mode.REQUIRE
    ]
    otherwise = f" Not so {_titles(others)}, which checks more with that." if others else ""
    yield Observation(detail=f"The client's settings: {said}.{otherwise}", facts={"setting": said})


def _takes_any(client: Client, evidence: Evidence, database: Database | None) -> bool:
    """Whether the settings put the client into its mode that encrypts and checks nothing."""
    own = wanted(evidence.settings, client.mode_words)
    protection = client.modes_on(database).get(own) if own is Mode.REQUIRE else None
    given = evidence.settings.ca_path is not None or any(file.role is Role.CA for file in evidence.files)
    return protection is not None and protection.checked(ca_given=given) is Checks.NOTHING


def _word(settings: ClientSettings) -> str:
    """Return what the settings say where no option is at hand as it stands there."""
    word = settings.mode_word
    return f"mode {settings.mode}" if word is None else word if word == CA_ALONE else f"the mode {word}"


def _titles(clients: Sequence[Client]) -> str:
    return ", ".join(one.title for one in clients)


def _trusting(log: LogFacts) -> Iterator[tuple[str, str]]:
    """Yield the place and the setting by which a log shows that nothing is verified; once if all settings are alike."""
    if len({tuple(sorted(event.settings.items())) for event in log.events}) <= 1:
        if said := _trusts_all(log.settings):
            yield "", said
        return
    for event in log.events:
        if said := _trusts_all(event.settings):
            yield f" (line {event.line}{f', {event.endpoint}' if event.endpoint else ''})", said


def _trusts_all(told: dict[str, str]) -> str:
    settings = {name: value.lower() for name, value in told.items()}
    if settings.get("sslType") == "trust_all_certificates":
        return "sslType TRUST_ALL_CERTIFICATES"
    if settings.get("trustServerCertificate") in {"true", "yes", "1"}:
        return "trustServerCertificate true"
    if settings.get("rejectUnauthorized") == "false":
        return "rejectUnauthorized false"
    return "disableStrictSsl true" if settings.get("disableStrictSsl") == "true" else ""


@check(
    Rule(
        code="CD702",
        slug="systemca-is-bundled",
        title="SYSTEMCA is the list built into Hackolade, not the operating system's store",
        severity=Severity.NOTES,
        owner=Owner.CLIENT,
        explanation=(
            "With the SSL option SYSTEMCA, Hackolade trusts the public CAs that come with Electron. It does not "
            "look at the Windows certificate store, the macOS keychain or /etc/ssl. A company's own CA that every "
            "other program on the machine trusts is unknown to it; give that CA as a file under 'Server validation'."
        ),
        confirm=("certdoctor verify HOST:PORT --client electron",),
        remedies=("give-the-ca-file",),
        references=("Node.js documentation, tls.rootCertificates",),
    )
)
def systemca_is_bundled(evidence: Evidence) -> Iterator[Observation]:
    """Report it once, if Hackolade was used with SYSTEMCA or without an SSL option."""
    settings = evidence.settings
    if settings.application == "Hackolade" and settings.ssl_type in {None, "SYSTEMCA"}:
        yield _bundled(settings.ssl_type, "")
        return
    if settings.application is not None:
        return
    for log in evidence.logs:
        kind = log.settings.get("sslType")
        if log.application == "Hackolade" and kind in {None, "", "SYSTEMCA"}:
            yield _bundled(kind, log.path)
            return


def _bundled(kind: str | None, subject: str) -> Observation:
    said = "The SSL option is SYSTEMCA" if kind else "No SSL option is set, which means SYSTEMCA"
    return Observation(
        detail=f"{said}: Hackolade trusts its built-in list only.", facts={"sslType": kind}, subject=subject
    )


AUTHENTICATION_FAILED = only_claimed(
    Rule(
        code="CD803",
        slug="authentication-failed",
        title="The login was refused; the TLS part worked",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "The server answered the login and refused it: user name, password, domain or the right to open the "
            "database. The log shows that the connection got that far, so certificates and TLS are not the cause. "
            "SQL Server writes the true reason, as a state number, only into its own log."
        ),
        confirm=('sqlcmd -S HOST,PORT -U USER -Q "SELECT 1"',),
        remedies=("fix-the-login", "read-the-server-log"),
        references=("SQL Server error 18456",),
    )
)

OTHER_FAILURE = only_claimed(
    Rule(
        code="CD804",
        slug="other-failure",
        title="Something failed that has nothing to do with TLS, or the text says too little",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "The log shows an error that is not one of names, certificates, keys, encryption or the network: a "
            "statement, a missing file of another kind, a limit. Or the words do not say what happened. Read the "
            "line in the log, and the server's log at the same minute."
        ),
        confirm=("certdoctor probe HOST:PORT",),
        remedies=("read-the-server-log",),
    )
)


@check(
    Rule(
        code="CD805",
        slug="unknown-failure",
        title="Something failed, and the error text is not a known one",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The line names TLS, a certificate or a connection and says that something failed, and no known message "
            "fits it. Nothing is guessed of it: read the line and those around it, and look at the server itself."
        ),
        confirm=("certdoctor probe HOST:PORT",),
        remedies=("look-closer", "read-the-server-log"),
    )
)
def unknown_failure(evidence: Evidence) -> Iterator[Observation]:
    """Look for logs of which a part, or all, was not read: their silence proves nothing."""
    for log in evidence.logs:
        if log.left_out is not None:
            raise NotObserved(Absent(log.left_out, Shade.NOT_OBTAINED))
    raise NotObserved(Absent("only a log can tell"))
    yield  # a check is a generator


VALIDATION_FAILED = only_claimed(
    Rule(
        code="CD311",
        slug="validation-failed",
        title="The certificate was refused, and the text does not say why",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "Some programs (libpq, MySQL, .NET's outer error) say only that verification failed. Unknown CA, "
            "expired, wrong name and revoked all read the same. Looking at the server's chain tells them apart."
        ),
        confirm=("certdoctor verify HOST:PORT --ca CA.pem", "certdoctor probe HOST:PORT"),
        remedies=("find-the-reason", "give-the-ca-file", "read-the-server-log"),
    )
)

SERVER_CERT_NOT_LOADED = only_claimed(
    Rule(
        code="CD612",
        slug="server-cert-not-loaded",
        title="The server could not load its own certificate",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "At its start the server found the configured certificate missing, expired, without private key, or "
            "its service account without the right to read that key. It then does not start, or makes a "
            "self-signed certificate instead, which verifying clients refuse."
        ),
        confirm=("certutil -store My", "Get-WinEvent -LogName Application -MaxEvents 50"),
        remedies=(
            "look-at-the-server",
            "bind-the-certificate",
            "renew-the-certificate",
            "read-the-server-log",
        ),
        references=("SQL Server errors 26010, 26014, 26015, 33565, 17182",),
    )
)

STORE_PROBLEM = only_claimed(
    Rule(
        code="CD313",
        slug="store-problem",
        title="The client's own store of trusted CAs is missing, empty or unreadable",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Before any server is judged, the client needs its list of trusted CAs. Java's 'trustAnchors parameter "
            "must be non-empty' means that the trust store file does not exist, is empty, or could not be opened."
        ),
        confirm=("certdoctor trust list", "keytool -list -keystore STORE"),
        remedies=("trust-the-root", "give-the-ca-file"),
    )
)

CHECKS: tuple[Check, ...] = (
    hidden_by_retry,
    AUTHENTICATION_FAILED,
    OTHER_FAILURE,
    unknown_failure,
    verification_disabled,
    systemca_is_bundled,
    VALIDATION_FAILED,
    SERVER_CERT_NOT_LOADED,
    STORE_PROBLEM,
)
"""Every rule of this family, the most useful to the reader first."""
