"""The sections that ``-v`` adds: fingerprints, every PRELOGIN option, timings, passed and skipped rules."""

from __future__ import annotations

from certdoctor.data import load
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Protocol
from certdoctor.model.report import Report
from certdoctor.model.wire import Encryption, Handshake, Prelogin, Probe
from certdoctor.render.report import survey
from certdoctor.render.report.console import Console, short_id

_MEANINGS = {
    0x00: "OFF: encrypt the login packet only",
    0x01: "ON: encrypt everything",
    0x02: "NOT_SUP: no encryption",
    0x03: "REQ: encryption is demanded",
}


def details(report: Report, console: Console) -> list[str]:
    """Return the extra sections."""
    evidence = report.evidence
    lines: list[str] = []
    if isinstance(evidence.probe, Probe):
        lines += _probe(evidence.probe, console)
    if not isinstance(evidence.chain, Absent):
        path = tuple(evidence.chain) if isinstance(evidence.trust, Absent) else evidence.trust.path
        lines += _section("Certificates", console)
        for certificate in path:
            lines += _certificate(certificate, console)
    return [*lines, *_rules(report, console)]


def _section(title: str, console: Console) -> list[str]:
    return ["", console.paint(title, "bold")]


def _row(name: str, text: str, console: Console) -> list[str]:
    return console.row(f"  {name}", console.word(text), 22)


def _probe(probe: Probe, console: Console) -> list[str]:
    lines: list[str] = []
    if probe.stages:
        lines += _section("Stages", console)
        for stage in probe.stages:
            lines += _row(stage.name, f"{stage.milliseconds:.1f} ms  {stage.detail}".rstrip(), console)
    if not isinstance(probe.prelogin, Absent):
        lines += _section("PRELOGIN answer to ENCRYPT_OFF", console)
        lines += _prelogin(probe.prelogin, console)
        if not isinstance(probe.encryption_offered, Absent):
            offered = probe.encryption_offered
            lines += _row("ENCRYPTION", f"{_MEANINGS[offered]} (answer to ENCRYPT_ON)", console)
            lines += _what_drivers_do(probe.prelogin, offered, console)
        if probe.trace_id is not None:
            lines += _row("TRACEID sent", f"{probe.trace_id} (the server's extended events know it)", console)
    return [*lines, *_handshakes(probe, console), *_survey(probe, console)]


def _what_drivers_do(prelogin: Prelogin, offered: Encryption, console: Console) -> list[str]:
    answer = prelogin.encryption_answer
    if answer is None or offered is Encryption.OFF:
        # No SQL Server answers OFF to a client that asks for encryption: a finding covers that case.
        return []
    sentences = load("encryption")["answers"][answer.name]
    return [line for text in sentences for line in _row("  drivers", text, console)]


def _handshakes(probe: Probe, console: Console) -> list[str]:
    lines: list[str] = []
    for title, handshake in (("Handshake", probe.handshake), ("Handshake, TLS first", probe.strict)):
        if isinstance(handshake, Handshake):
            lines += _section(title, console)
            lines += _handshake(handshake, console)
    if isinstance(probe.strict, Absent) and probe.protocol is Protocol.TDS:
        lines += ["", *_row("TDS 8.0", probe.strict.reason, console)]
    return lines


def _survey(probe: Probe, console: Console) -> list[str]:
    lines: list[str] = []
    if probe.accepts is not None:
        lines += _section("Accepts", console)
        lines += survey.full_lines(probe.accepts, console)
    if probe.addresses:
        lines += _section("Addresses", console)
        for seen in probe.addresses:
            said = seen.problem or f"certificate {short_id(seen.leaf_sha256 or '')}  {seen.version or ''}"
            lines += _row(seen.address, said.rstrip(), console)
    return lines


def _prelogin(prelogin: Prelogin, console: Console) -> list[str]:
    from certdoctor.formats.wire.tds import Token  # noqa: PLC0415 - inspect shows certificates alone

    names = {int(t): t.name for t in Token}
    lines: list[str] = []
    for token, data in prelogin.options:
        if token == Token.VERSION:
            text = f"{prelogin.version_text}.{prelogin.version[3]}"
        elif token == Token.ENCRYPTION:
            text = (
                _MEANINGS.get(prelogin.encryption & 0x3F, "not in MS-TDS") + f" (0x{prelogin.encryption:02x})"
            )
        else:
            text = data[:40].hex(" ") or "(empty)"
        lines += _row(names.get(token, f"0x{token:02x}"), text, console)
    return lines


def _handshake(handshake: Handshake, console: Console) -> list[str]:
    lines = _row("protocol", handshake.protocol, console) + _row(
        "cipher", handshake.cipher or "none", console
    )
    if handshake.alpn:
        lines += _row("ALPN", handshake.alpn, console)
    asked = "asked for" if handshake.client_certificate_requested else "not asked for"
    if handshake.client_certificate_presented:
        asked += ", shown and taken" if handshake.completed else ", shown and refused"
    lines += _row("client certificate", asked, console)
    for name in handshake.acceptable_cas:
        lines += _row("  accepted CA", name, console)
    return lines


def _certificate(certificate: Certificate, console: Console) -> list[str]:
    lines = [f"  {console.paint(console.word(certificate.label), 'bold')}"]
    for name, text in certificate_rows(certificate):
        lines += _row(name, text, console)
    return lines


def key_rows(key: PublicKey) -> list[tuple[str, str]]:
    """Return the facts of a public key, as rows of name and text."""
    return [("key", str(key)), ("key SHA-256", key.spki_sha256)]


def certificate_rows(certificate: Certificate) -> list[tuple[str, str]]:
    """Return all facts of a certificate, as rows of name and text."""
    names = ", ".join((*certificate.dns_names, *certificate.ip_addresses)) or "none"
    purposes = ", ".join(certificate.extended_key_usage or ("any",))
    return [
        ("subject", certificate.subject),
        ("issuer", certificate.issuer),
        ("names", names),
        ("valid", f"{certificate.not_before:%Y-%m-%d %H:%M} to {certificate.not_after:%Y-%m-%d %H:%M} UTC"),
        *key_rows(certificate.public_key),
        ("signature", certificate.signature_algorithm),
        ("purposes", purposes),
        ("CA", _ca(certificate)),
        ("key id", certificate.subject_key_id or "none"),
        ("issuer's key id", certificate.authority_key_id or "none"),
        ("serial", f"{certificate.serial:x}"),
        ("SHA-256", certificate.sha256),
        ("SHA-1", certificate.sha1),
        *(("issuer's file", address) for address in certificate.ca_issuers),
        *(("unreadable", f"{extension}: {extension.why}") for extension in certificate.unread_extensions),
        *(("odd", oddity) for oddity in certificate.oddities),
    ]


def _ca(certificate: Certificate) -> str:
    if certificate.is_ca is None:
        return "not said"
    if not certificate.is_ca:
        return "no"
    length = certificate.path_length
    return "yes" if length is None else f"yes, at most {length} CAs below it"


def _rules(report: Report, console: Console) -> list[str]:
    passed = [rule.slug for rule in report.passed]
    lines = _section("Rules", console)
    lines += _row("passed", ", ".join(passed) or "none", console)
    by_reason: dict[str, list[str]] = {}
    for skip in report.skipped:
        by_reason.setdefault(skip.reason, []).append(skip.rule.slug)
    for reason, slugs in by_reason.items():
        lines += _row("not checked", f"{', '.join(slugs)}: {reason}", console)
    return lines
