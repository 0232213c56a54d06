"""Which names a certificate covers (RFC 9525 section 6, with the deviations of real clients)."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address

from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass

_LDH = re.compile(r"[0-9a-z-]+")
"""Letters, digits, hyphens: what a host name may consist of (RFC 952, RFC 1123)."""

_MOST_LABELS_WITH_STAR = 64
"""Far more than any name has; keeps a hostile certificate from costing time."""


class Star(StrEnum):
    """Where in a label a wildcard may stand."""

    WHOLE = "whole"
    """``*.example.com`` only (RFC 9525)."""
    ANYWHERE = "anywhere"
    """``g*d.example.com`` as well (RFC 6125 section 6.4.3 allowed it)."""
    ENDS = "ends"
    """``g*`` and ``*d``, not ``g*d``: OpenSSL."""
    START = "start"
    """``*d``: GnuTLS."""
    EVERY_LABEL = "every-label"
    """In any label, any number of times: Java."""
    AS_TEXT = "as-text"
    """Anything before the first dot of a host of three labels: mssql-jdbc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """Where a client departs from RFC 9525."""

    cn_fallback: bool = True
    """Reads the subject's CN when there is no DNS name in subjectAltName (RFC 6125 allowed it)."""
    partial_wildcard: bool = False
    """Takes ``g*d.example.com`` for ``good.example.com``: the same as ``star=Star.ANYWHERE``."""
    star: Star = Star.WHOLE
    cn_beside_addresses: bool = True
    """Whether that fallback happens although subjectAltName holds IP addresses."""
    cn_always: bool = False
    """Whether the CN counts beside DNS names too."""
    cn_addresses: bool = False
    """Whether the CN may hold the IP address that is looked for."""
    san_addresses: bool = True
    """Whether IP addresses in subjectAltName are read at all."""
    address_as_text: bool = False
    """Whether an IP address is compared with the DNS names like any text."""
    labels_below: int = 2
    """How many labels a name with a wildcard needs behind the first."""
    star_is_ldh: bool = False
    """Whether a wildcard stands for letters, digits and hyphens only (not for an underscore)."""
    host_is_ldh: bool = False
    """Whether a host name with an underscore or a dot at its end is refused whatever the certificate says."""
    trims_host: bool = True
    """Whether a dot at the end of the host is left out."""
    trims_name: bool = True
    """Whether a dot at the end of a name in the certificate is left out."""


STRICT = NameRules(cn_fallback=False)


_AZURE = (
    ".database.windows.net",
    ".database.usgovcloudapi.net",
    ".database.chinacloudapi.cn",
    ".database.cloudapi.de",
    ".database.fabric.microsoft.com",
    ".datawarehouse.fabric.microsoft.com",
)
"""The names of Azure SQL, in the list of Microsoft.Data.SqlClient (AdapterUtil)."""


def is_azure(host: str) -> bool:
    """Whether the name is one of Azure SQL, which reports version 12 whatever it is."""
    return ("." + host.lower().rstrip(".")).endswith(_AZURE)


def azure_name(host: str, leaf: Certificate | None) -> str | None:
    """Return the name that shows a server to be Azure SQL: its own, or for an alias one of its certificate."""
    names = (host, *(leaf.dns_names if leaf is not None else ()))
    return next((name for name in names if is_azure(name)), None)


def is_ip(host: str) -> bool:
    """Whether the client would look for an IP address rather than a DNS name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def covers(certificate: Certificate, host: str, rules: NameRules) -> bool:
    """Whether the certificate is good for that host under the client's rules."""
    if is_ip(host):
        return _covers_address(certificate, host.strip("[]"), rules)
    if rules.host_is_ldh and not all(_LDH.fullmatch(label) for label in host.lower().split(".")):
        return False
    wanted = host.rstrip(".") if rules.trims_host else host
    return any(_matches(name, wanted, rules) for name in presented(certificate, rules))


def presented(certificate: Certificate, rules: NameRules) -> tuple[str, ...]:
    """Return the DNS names that the client would compare with."""
    common = (certificate.common_name,) if certificate.common_name else ()
    if rules.cn_always:
        return (*common, *certificate.dns_names)
    if certificate.dns_names:
        return certificate.dns_names
    if rules.cn_fallback and (rules.cn_beside_addresses or not certificate.ip_addresses):
        return common
    return ()


def _covers_address(certificate: Certificate, host: str, rules: NameRules) -> bool:
    if rules.address_as_text:
        return any(_matches(name, host, rules) for name in presented(certificate, rules))
    wanted = ip_address(host)
    listed = certificate.ip_addresses if rules.san_addresses else ()
    if any(ip_address(ip) == wanted for ip in listed if is_ip(ip)):
        return True
    return rules.cn_addresses and not certificate.has_san and certificate.common_name == host


def _matches(pattern: str, host: str, rules: NameRules) -> bool:
    pattern, host = pattern.lower(), host.lower()
    if rules.trims_name:
        pattern = pattern.rstrip(".")
    if "*" not in pattern:
        return pattern == host
    if rules.star is Star.AS_TEXT:
        return _matches_as_text(pattern, host)
    if rules.star is Star.EVERY_LABEL:
        return _matches_every_label(pattern, host)
    return _matches_first_label(pattern, host, rules)


def _matches_first_label(pattern: str, host: str, rules: NameRules) -> bool:
    """Compare with a name that has a wildcard, which may stand in its first label only."""
    first, _, parent = pattern.partition(".")
    host_first, _, host_parent = host.partition(".")
    below = parent.count(".") + 1 if parent else 0
    if parent != host_parent or below < rules.labels_below or "*" in parent or first.count("*") != 1:
        return False
    if rules.star_is_ldh and not _LDH.fullmatch(host_first):
        return False
    if first == "*":
        return bool(host_first)
    international = "xn--" in first or (rules.star_is_ldh and host_first.startswith("xn--"))
    return not international and _star_allowed(first, rules) and _fits(first, host_first)


def _star_allowed(label: str, rules: NameRules) -> bool:
    star = Star.ANYWHERE if rules.partial_wildcard else rules.star
    match star:
        case Star.ANYWHERE:
            return True
        case Star.ENDS:
            return label.startswith("*") or label.endswith("*")
        case Star.START:
            return label.startswith("*")
        case Star.WHOLE | Star.EVERY_LABEL | Star.AS_TEXT:
            return False


def _fits(label: str, host_label: str) -> bool:
    """Whether a label with one star in it fits."""
    before, _, after = label.partition("*")
    return (
        len(host_label) >= len(before) + len(after)
        and host_label.startswith(before)
        and host_label.endswith(after)
    )


def _matches_every_label(pattern: str, host: str) -> bool:
    """Compare label by label (Java's HostnameChecker); a name that is nothing but a star is none."""
    labels, host_labels = pattern.split("."), host.split(".")
    if len(labels) != len(host_labels) or len(labels) < 2 or len(labels) > _MOST_LABELS_WITH_STAR:  # noqa: PLR2004 - a star alone
        return False
    return all(
        _fits_with_stars(label, host_label) for label, host_label in zip(labels, host_labels, strict=True)
    )


def _fits_with_stars(label: str, host_label: str) -> bool:
    first, *rest = label.split("*")
    if not rest:
        return label == host_label
    # Java compares the Unicode form, so that what begins with xn-- is never seen.
    if label.strip("*") and "xn--" in (label[:4], host_label[:4]):
        return False
    if not host_label.startswith(first):
        return False
    at = len(first)
    for part in rest:
        found = host_label.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not rest[-1] or host_label.endswith(rest[-1])


def _matches_as_text(pattern: str, host: str) -> bool:
    """Compare as SQLServerCertificateUtils of mssql-jdbc does.

    Letter by letter; a star takes in what follows up to the host's first dot, and the host must have two.
    """
    if pattern.startswith("xn--"):
        return False
    at = in_pattern = dots = 0
    star = taken = -1
    while at < len(host):
        dots += host[at] == "."
        if in_pattern < len(pattern) and host[at] == pattern[in_pattern]:
            at, in_pattern = at + 1, in_pattern + 1
        elif in_pattern < len(pattern) and pattern[in_pattern] == "*":
            star, taken, in_pattern = in_pattern, at, in_pattern + 1
        elif star >= 0 and not dots:
            taken += 1
            at, in_pattern = taken, star + 1
        else:
            return False
    return in_pattern == len(pattern) and dots > 1
