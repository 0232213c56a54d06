"""Notes to events: what settings and the behaviour of clients add to the cause."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.model.ids import ClientId
from certdoctor.model.log import LogEvent

_SELF_SIGNED = frozenset({"self-signed-leaf", "self-signed-in-chain"})
_UNTRUSTED = frozenset({"missing-issuer", "incomplete-chain"}) | _SELF_SIGNED
_CERTIFICATE = _UNTRUSTED | {"expired", "not-yet-valid", "hostname-mismatch", "wrong-purpose", "invalid-ca"}
_OWN_LISTS = frozenset({"", "SYSTEMCA"})
_NODE = frozenset({ClientId.NODE, ClientId.ELECTRON})

RETRIED = (
    "After this error Hackolade tries once more without encryption: a connection that then works is not "
    "encrypted, and the login could be read on the network."
)
RETRY = (
    "Encryption is on in the settings, so this is Hackolade's second try, without encryption. It hides the "
    "first error: a self-signed certificate."
)
SECOND = "This was the second try, without encryption; the certificate error before it is the cause."
SENT_MORE = "Node says this when the server sent two certificates or more."
SENT_ONE = "Node says this when the server sent exactly one certificate."
BUNDLED = (
    "SYSTEMCA means the list of public CAs built into Hackolade, not the store of the operating system: a "
    "company's CA is not in it."
)
CA_FILE = (
    "A CA file was given, and it replaces the built-in list. Look at that file first: an unreadable one (DER, "
    "UTF-16, a key, empty) is passed over without a word."
)
TRUST_ALL = (
    "The settings say that all certificates are trusted, so this error is from another attempt, or from a "
    "connection to which the setting was not passed on."
)


def add(
    events: list[LogEvent],
    *,
    settings: dict[str, str],
    application: str | None,
    code_page: str | None = None,
) -> list[LogEvent]:
    """Return the events with their notes; ``code_page`` is that in which the log was read, where it is a guess.

    ``settings`` serve for events without settings, unless the other events have different ones.
    """
    alike = len({tuple(sorted(event.settings.items())) for event in events if event.settings}) <= 1
    seen: set[str] = set()
    noted: list[LogEvent] = []
    for event in events:
        notes = [event.note] if event.note else []
        if code_page and not noted:
            notes.append(f"The log is in none of Unicode's encodings; it was read in code page {code_page}.")
        if event.side == "client":
            own = event.settings or (settings if alike else {})
            notes.extend(_node(event))
            notes.extend(_settings(event, own, application))
            if application == "Hackolade":
                notes.extend(_retry(event, own, seen))
        seen.add(event.cause)
        noted.append(replace(event, note=" ".join(dict.fromkeys(notes)) or None))
    return noted


def retries_in_clear(event: LogEvent, settings: dict[str, str]) -> bool:
    """Whether Hackolade's SQL Server plugin retries without encryption after this error.

    It does so if the message contains "self signed certificate" in the old spelling (BoringSSL, OpenSSL 1.1),
    for SQL logins, with encryption on.
    """
    words = event.text.lower()
    return (
        event.cause in _SELF_SIGNED
        and "self signed certificate" in words
        and ("failed to connect" in words or "encryptConnection" in settings)
        and settings.get("encryptConnection", "true").lower() == "true"
        and not _other_login(settings)
    )


def _other_login(settings: dict[str, str]) -> bool:
    """Whether the login is of a kind that ignores encryptConnection (Windows, Entra)."""
    method = settings.get("authMethod", "").lower()
    return "windows" in method or "entra" in method or "azure" in method or "active" in method


def _node(event: LogEvent) -> list[str]:
    if event.client not in _NODE:
        return []
    if event.cause == "missing-issuer" and "local" in (event.text + (event.code or "")).lower():
        return [SENT_MORE]
    return [SENT_ONE] if event.cause == "incomplete-chain" else []


def _settings(event: LogEvent, settings: dict[str, str], application: str | None) -> list[str]:
    kind = settings.get("sslType", "")
    if settings.get("certAuthority") and kind not in {"SYSTEMCA", "TRUST_ALL_CERTIFICATES"}:
        return [CA_FILE] if event.cause in _UNTRUSTED else []
    if kind == "TRUST_ALL_CERTIFICATES":
        return [TRUST_ALL] if event.cause in _CERTIFICATE else []
    if application == "Hackolade" and kind in _OWN_LISTS and event.cause in _UNTRUSTED:
        return [BUNDLED]
    return []


def _retry(event: LogEvent, settings: dict[str, str], seen: set[str]) -> list[str]:
    if retries_in_clear(event, settings):
        return [RETRIED]
    if event.cause != "encryption-required" or _other_login(settings):
        return []
    if seen & _SELF_SIGNED:
        return [SECOND]
    return [RETRY] if settings.get("encryptConnection", "").lower() == "true" else []
