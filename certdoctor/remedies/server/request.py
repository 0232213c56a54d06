"""A certificate request with every name that a server needs: the openssl configuration and what to do with it.

Every name is checked before it is written: what gets through consists of letters, digits, dots, hyphens,
underscores, colons and a leading ``*.``, none of which openssl's configuration format gives a meaning to (a line
break would begin another setting, ``$ENV::NAME`` would be replaced by a variable; see config(5)).
"""

from __future__ import annotations

import ipaddress
import re

from certdoctor.errors import UsageError
from certdoctor.model.ids import Shell
from certdoctor.model.lean import dataclass
from certdoctor.remedies.commands import step
from certdoctor.remedies.quoting import path, visible

LONGEST_NAME = 253
"""Characters of a DNS name (RFC 1035 section 2.3.4, without the last dot)."""

LONGEST_COMMON_NAME = 64
"""Characters of a CN (RFC 5280, ub-common-name); openssl refuses a longer one."""

MOST_NAMES = 100
"""Names taken into one request; public CAs take as many."""

KEY_BITS = 2048
"""Length of a new RSA key: what SQL Server's requirements begin at, and every client accepts."""

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_SPECIAL_IN_TARGETS = re.compile(r"[\\,/:@]|^tcp:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of a request, checked, each once."""

    dns: tuple[str, ...]
    ip: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every name in the order in which it is written."""
        return (*self.dns, *self.ip)

    @property
    def common_name(self) -> str:
        """The first name that fits into a CN (SQL Server compares it with the machine's name)."""
        return next(n for n in (*self.dns, *self.ip) if len(n) <= LONGEST_COMMON_NAME and n[0] != "*")


def names(hosts: tuple[str, ...], addresses: tuple[str, ...] = ()) -> Names:
    """Check the names for a request; an IP address among the hosts counts as one.

    Raises:
        UsageError: a name that no certificate may hold, too many, or none that can be the subject.

    """
    dns: list[str] = []
    ip: list[str] = []
    for host in hosts:
        found = _address(host)
        if found:
            ip.append(found)
        else:
            dns.append(_dns_name(host))
    for text in addresses:
        found = _address(text)
        if not found:
            raise UsageError(
                f"{visible(text)} is no IP address.",
                hint="`ip` takes 10.1.2.3 or 2001:db8::1; names go to `host`.",
            )
        ip.append(found)
    checked = Names(dns=tuple(dict.fromkeys(dns)), ip=tuple(dict.fromkeys(ip)))
    if len(checked.all) > MOST_NAMES:
        raise UsageError(f"These are {len(checked.all)} names; {MOST_NAMES} fit into one request.")
    if not any(len(n) <= LONGEST_COMMON_NAME and n[0] != "*" for n in checked.all):
        raise UsageError(
            f"None of these names can be the subject: it takes one of {LONGEST_COMMON_NAME} characters at most, "
            "without *.",
            hint="Give the server's own name with `host` as well.",
        )
    return checked


def configuration(wanted: Names, *, comments: tuple[str, ...] = ()) -> str:
    """Return the configuration for ``openssl req`` (req(1), x509v3_config(5)), comments first.

    The key usages are those of both key exchanges: signing for ECDHE and TLS 1.3, encipherment for RSA,
    which SQL Server's requirements still ask for (KeySpec AT_KEYEXCHANGE).
    """
    lines = [f"# {visible(line)}".rstrip() for line in comments]
    lines += [
        "[req]",
        "prompt = no",
        "default_md = sha256",
        "string_mask = utf8only",
        "distinguished_name = subject",
        "req_extensions = server",
        "",
        "[subject]",
        f"CN = {wanted.common_name}",
        "",
        "[server]",
        "subjectAltName = @names",
        "basicConstraints = critical, CA:FALSE",
        "keyUsage = critical, digitalSignature, keyEncipherment",
        "extendedKeyUsage = serverAuth",
        "",
        "[names]",
        *(f"DNS.{number} = {name}" for number, name in enumerate(wanted.dns, 1)),
        *(f"IP.{number} = {address}" for number, address in enumerate(wanted.ip, 1)),
    ]
    return "\n".join(lines) + "\n"


def certreq_policy(wanted: Names, *, comments: tuple[str, ...] = ()) -> str:
    """Return the policy file for ``certreq -new`` on Windows (certreq reference, syntax of .inf files).

    KeySpec 1 is AT_KEYEXCHANGE, provider type 12 the Schannel provider: what SQL Server asks for.
    """
    lines = [f"; {visible(line)}".rstrip() for line in comments]
    lines += [
        "[Version]",
        'Signature = "$Windows NT$"',
        "",
        "[NewRequest]",
        f'Subject = "CN={wanted.common_name}"',
        "RequestType = PKCS10",
        "MachineKeySet = TRUE",
        "Exportable = FALSE",
        f"KeyLength = {KEY_BITS}",
        "KeySpec = 1",
        "KeyUsage = 0xa0",
        'ProviderName = "Microsoft RSA SChannel Cryptographic Provider"',
        "ProviderType = 12",
        "HashAlgorithm = SHA256",
        "",
        "[EnhancedKeyUsageExtension]",
        "OID = 1.3.6.1.5.5.7.3.1",
        "",
        "[Extensions]",
        '2.5.29.17 = "{text}"',
        *(f'_continue_ = "dns={name}&"' for name in wanted.dns),
        *(f'_continue_ = "ipaddress={address}&"' for address in wanted.ip),
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the parts of a request are."""

    configuration: str
    """The openssl configuration, or certreq's policy."""
    key: str
    key_exists: bool
    """Whether the key is there already, to be used rather than made."""
    request: str
    certificate: str
    """Where the CA's answer is going to be."""


def on_linux(wanted: Names, files: Files) -> tuple[str, ...]:
    """Give the steps from the configuration to the certificate, with openssl.

    Raises:
        CannotQuote: a path that no quotes can carry.

    """
    settings, key, request, answer = (
        path(Shell.POSIX, text) for text in (files.configuration, files.key, files.request, files.certificate)
    )
    if files.key_exists:
        make = step(
            "Make the request with the key that is there; it stays where it is.",
            f"openssl req -new -config {settings} -key {key} -out {request}",
        )
    else:
        make = step(
            "Make the key and the request on the server itself; the key stays there.",
            f"(umask 077; openssl req -new -config {settings} -newkey rsa:{KEY_BITS} -nodes -keyout {key} "
            f"-out {request})",
        )
    return (
        make,
        step("Look that every name is in it.", f"openssl req -in {request} -noout -verify -text"),
        f"Send {files.request}, not the key, to the CA, and ask for SHA-256 and the purpose server authentication.",
        step(
            f"Save its answer as {files.certificate} and look whether it fits the key and holds the names.",
            f"certdoctor match --cert {answer} --key {key}",
            _verify(wanted, answer),
        ),
    )


def on_windows(wanted: Names, files: Files) -> tuple[str, ...]:
    """Give the steps from the policy file to the certificate, with certreq; the key never leaves the machine.

    Raises:
        CannotQuote: a path that no quotes can carry.

    """
    policy, request, answer = (
        path(Shell.POWERSHELL, text) for text in (files.configuration, files.request, files.certificate)
    )
    return (
        step(
            "Make the key and the request as administrator on the server itself; the key stays in its store.",
            f"certreq -new {policy} {request}",
        ),
        step("Look that every name is in it.", f"certutil -dump {request}"),
        step(
            "Send it to the CA. An enterprise CA takes it directly, with the name of a template for servers:",
            f"certreq -submit -attrib CertificateTemplate:WebServer {request} {answer}",
        ),
        step(
            f"Save its answer as {files.certificate}, look whether it holds the names, and put it beside its key.",
            _verify(wanted, answer),
            f"certreq -accept -machine {answer}",
        ),
    )


def _verify(wanted: Names, answer: str) -> str:
    hosts = " ".join(f"--host {path(Shell.POSIX, name)}" for name in wanted.all if name[0] != "*")
    return f"certdoctor verify {answer} {hosts}"


def _address(text: str) -> str | None:
    """Return an IP address in its usual form, None when it is none; one with a zone is none."""
    try:
        found = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    return None if "%" in text else found.compressed


def _dns_name(text: str) -> str:
    name = text.strip().rstrip(".")
    shown = visible(text)
    if not name.isascii():
        raise UsageError(
            f"{shown} holds letters that a certificate cannot.", hint="Give the name in its xn-- form."
        )
    if _SPECIAL_IN_TARGETS.search(name):
        raise UsageError(
            f"{shown} is no plain name.",
            hint="A certificate holds host names: no port, no instance, no protocol.",
        )
    labels = name.removeprefix("*.").split(".")
    if not name or len(name) > LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise UsageError(
            f"{shown or 'An empty text'} is no host name.",
            hint="Letters, digits and hyphens between dots, 63 in a row at most; a * only as the first label.",
        )
    if name.startswith("*.") and len(labels) < 2:  # noqa: PLR2004 - a domain and something above it
        raise UsageError(f"{shown} would stand for a whole top-level domain, which no client accepts.")
    if labels[-1].isdigit():
        raise UsageError(f"{shown} looks like an IP address that is cut short.")
    return name
