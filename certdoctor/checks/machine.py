"""The machine's own TLS policy, CD703: what keeps its clients from a server that others reach."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence, TlsSetting
from certdoctor.model.fact import Absent, observed
from certdoctor.model.rule import Observation, Owner, Rule, Severity

_VERSIONS = ("sslv3", "tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3")
_LEVEL = re.compile(r"@SECLEVEL=([0-5])")
_BITS = {1: 1024, 2: 2048, 3: 3072, 4: 7680, 5: 15360}
"""Least bits of RSA, by OpenSSL's security level (SSL_CTX_set_security_level(3)); of EC a tenth or so, see below."""
_EC_BITS = {1: 160, 2: 224, 3: 256, 4: 384, 5: 512}
_USUAL_LEVEL = 2


@check(
    Rule(
        code="CD703",
        slug="machine-tls-policy",
        title="This machine's OpenSSL policy narrows what its clients offer",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "openssl.cnf, or the file that OPENSSL_CONF names, can demand versions, suites, groups and signatures of every "
            "program that uses OpenSSL: ODBC, Python, libpq, PHP, Ruby, curl; not Java, Go, and Node only in part. Such a "
            "client then fails where others connect, with 'unsupported protocol', 'no suitable signature algorithm' or a "
            "handshake failure. certdoctor itself looks at servers without that policy, so that it sees all of them."
        ),
        confirm=(
            "openssl version -d",
            "grep -nE 'MinProtocol|CipherString|Groups|SignatureAlgorithms' OPENSSL.CNF",
        ),
        remedies=("fit-the-machine-policy", "allow-tls12"),
        references=("OpenSSL: config(5), SSL_CONF_cmd(3)",),
    )
)
def machine_tls_policy(evidence: Evidence) -> Iterator[Observation]:
    """Hold the settings of this machine against what was seen of the server."""
    observed(evidence.probe)
    for setting in evidence.tls_policy:
        conflict = _conflict(setting, evidence)
        if conflict is None and not _unusual(setting):
            continue
        named = f", which {setting.variable} names" if setting.variable else ""
        effect = conflict or "programs here that use OpenSSL offer less than others"
        yield Observation(
            detail=f"{setting.file}, line {setting.line}{named}: {setting.name} = {setting.value}: {effect}.",
            facts={
                "file": setting.file,
                "line": setting.line,
                "setting": setting.name,
                "value": setting.value,
            },
            subject=setting.file,
            severity=None if conflict else Severity.NOTES,
        )


def _conflict(setting: TlsSetting, evidence: Evidence) -> str | None:
    """Return why the setting keeps clients from this server; None where it does not, or where that is not known."""
    probe = observed(evidence.probe)
    spoken = None if isinstance(probe.handshake, Absent) else probe.handshake.protocol
    name, value = setting.name.lower(), setting.value
    if name == "minprotocol" and spoken is not None and _rank(spoken) < _rank(value):
        return f"this server was seen with {spoken}, which they refuse"
    if (
        name == "cipherstring"
        and (level := _level(value)) > _USUAL_LEVEL
        and not isinstance(evidence.chain, Absent)
    ):
        short = next((c for c in evidence.chain if _too_short(c, level)), None)
        if short is not None:
            return f'"{short.label}" has a key of {short.public_key.bits} bits, too few for security level {level}'
    return None


def _unusual(setting: TlsSetting) -> bool:
    """Whether a setting asks for more than OpenSSL 3 and the distributions do by themselves."""
    name = setting.name.lower()
    if name == "minprotocol":
        return _rank(setting.value) > _rank("TLSv1.2")
    if name == "cipherstring":
        return _level(setting.value) > _USUAL_LEVEL or not setting.value.upper().startswith("DEFAULT")
    return not (name == "maxprotocol" and _rank(setting.value) == len(_VERSIONS) - 1)


def _rank(version: str) -> int:
    """Return the place of a version among all; unknown words, such as None, allow everything."""
    lowered = version.lower()
    return _VERSIONS.index(lowered) if lowered in _VERSIONS else -1


def _level(ciphers: str) -> int:
    found = _LEVEL.search(ciphers)
    return int(found[1]) if found else 0


def _too_short(certificate: Certificate, level: int) -> bool:
    key = certificate.public_key
    if key.bits is None:
        return False
    least = _BITS if key.algorithm.startswith("RSA") else _EC_BITS
    return key.bits < least[level]


CHECKS: tuple[Check, ...] = (machine_tls_policy,)
