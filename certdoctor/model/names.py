"""Which names a certificate covers (RFC 9525 section 6, with the deviations of real clients)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from certdoctor.model.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """Where a client departs from RFC 9525."""

    cn_fallback: bool = True
    """Reads the subject's CN when there is no DNS name in subjectAltName (RFC 6125 allowed it)."""
    partial_wildcard: bool = False
    """Takes ``g*d.example`` for ``good.example`` (RFC 6125 section 6.4.3; RFC 9525 forbids it)."""


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


def is_ip(host: str) -> bool:
    """Whether the client would look for an IP address rather than a DNS name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def covers(certificate: Certificate, host: str, rules: NameRules) -> bool:
    """Whether the certificate is good for that host under the client's rules.

    An IP address is looked for in subjectAltName only: Node, Java, Python and Go all refuse one in CN.
    """
    if is_ip(host):
        wanted = ip_address(host.strip("[]"))
        return any(ip_address(ip) == wanted for ip in certificate.ip_addresses if is_ip(ip))
    names = presented(certificate, rules)
    return any(_matches(name, host.rstrip("."), rules) for name in names)


def presented(certificate: Certificate, rules: NameRules) -> tuple[str, ...]:
    """Return the DNS names that the client would compare with."""
    if certificate.dns_names:
        return certificate.dns_names
    # An IP address in subjectAltName also ends the fallback (OpenSSL, Node).
    if rules.cn_fallback and certificate.common_name and not certificate.ip_addresses:
        return (certificate.common_name,)
    return ()


def _matches(pattern: str, host: str, rules: NameRules) -> bool:
    pattern, host = pattern.rstrip(".").lower(), host.lower()
    if "*" not in pattern:
        return pattern == host
    first, _, parent = pattern.partition(".")
    host_first, _, host_parent = host.partition(".")
    if parent != host_parent or "." not in parent or "*" in parent or first.count("*") != 1:
        return False
    if first == "*":
        return bool(host_first)
    if not rules.partial_wildcard or first.startswith("xn--"):
        return False
    before, after = first.split("*")
    return (
        len(host_first) >= len(before) + len(after)
        and host_first.startswith(before)
        and host_first.endswith(after)
    )
