"""Steps that several remedies begin with: getting a root, an intermediate, a new certificate."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from urllib.parse import urlsplit

from certdoctor.model.ids import ServerSystem, Shell, System
from certdoctor.remedies.client import stores
from certdoctor.remedies.client.stores import CaFile
from certdoctor.remedies.commands import AZURE, WHICH_SERVER, Page, step, under
from certdoctor.remedies.context import RemedyContext

_FETCHED_AS = "issuing-ca.pem"
_KEY_ID_SHOWN = 40


def ca_file(situation: RemedyContext) -> CaFile:
    """Return what is known of the file that holds, or will hold, the root."""
    return CaFile(
        path=situation.ca_path,
        pem=situation.ca_is_pem,
        common_name=situation.root_common_name,
        sha256=situation.root_sha256,
        sha1=situation.root_sha1,
    )


def to_save(situation: RemedyContext) -> RemedyContext:
    """Return the situation with the file in which the root will be saved, unless it is at hand."""
    if situation.ca_found:
        return situation
    return replace(situation, ca_path=situation.saved_as, ca_is_pem=True)


def root(page: Page) -> tuple[str, ...]:
    """Give the steps that end with the root in the CA file and its fingerprint confirmed."""
    situation = page.situation
    if situation.ca_found:
        return (f"{situation.root_subject} is in {situation.ca_path} already.", confirm(page))
    known = f" (key id {situation.root_key_id[:_KEY_ID_SHOWN]})" if situation.root_key_id else ""
    ask = f"Ask your PKI team for {situation.root_subject}{known} as PEM, and save it as {situation.ca_path}."
    export: tuple[str, ...] = ()
    if situation.root_common_name and situation.os in {System.WINDOWS, System.ALL}:
        name = page.word(situation.root_common_name, "NAME", shell=Shell.POWERSHELL)
        pem = page.path(situation.ca_path, "CA-FILE", shell=Shell.POWERSHELL)
        export = (
            step(
                "Or take it, in PowerShell, from a Windows machine that trusts it, and write it as PEM:",
                f"certutil -store Root {name} root.cer",
                f"certutil -f -encode root.cer {pem}",
            ),
        )
    return (ask, *export, confirm(page))


def confirm(page: Page) -> str:
    """Give the step that compares the fingerprint of the root."""
    say = "Show its SHA-256 fingerprint and have the PKI team confirm it, by phone or another way that does not use this network"
    if page.situation.root_sha256:
        say += f"; it must be {stores.fingerprint(page.situation.root_sha256)}"
    return step(say + ".", page.run(f"inspect {page.ca}"))


def issuer(page: Page, *, shell: Shell | None = None) -> tuple[str, ...]:
    """Give the steps that end with the missing certificate in issuing-ca.pem.

    Only addresses with http or https are printed: they come out of a certificate that nobody vouches for.
    """
    situation = page.situation
    shell = shell or situation.shell
    steps = [f"Get {situation.missing_subject} from the CA that issued the certificate, as {_FETCHED_AS}."]
    address = next((a for a in situation.ca_issuers if _is_web(a)), None)
    if address is not None:
        word = page.word(address, "ADDRESS", shell=shell)
        fetch = (
            (
                f"Invoke-WebRequest -UseBasicParsing -Uri {word} -OutFile issuing-ca.cer",
                f"certutil -f -encode issuing-ca.cer {_FETCHED_AS}",
            )
            if shell is Shell.POWERSHELL
            else (
                f"curl -fsSL -o issuing-ca.cer {word}",
                f"openssl x509 -inform DER -in issuing-ca.cer -out {_FETCHED_AS}",
            )
        )
        steps.append(
            step(
                "Or fetch it from the address that the certificate itself names (it needs no confirming: it counts "
                "only when the root has signed it):",
                *fetch,
            )
        )
    return tuple(steps)


def joined(page: Page, files: tuple[str, ...], result: str) -> str:
    """Give the command that joins PEM files, each beginning on a line of its own."""
    if page.situation.shell is Shell.POWERSHELL:
        return f"Get-Content {', '.join(files)} | Set-Content -Encoding ascii {result}"
    return f"awk 1 {' '.join(files)} > {result}"


def _requirements(situation: RemedyContext) -> str:
    """Return what the server wants of its certificate, apart from the names.

    For SQL Server by Microsoft's certificate requirements; of others nothing is known that clients do not want too.
    """
    exchange = ", made for key exchange (KeySpec AT_KEYEXCHANGE in Windows)" if situation.speaks_tds else ""
    return (
        f"key of RSA, {situation.key_bits} bits or more{exchange}; SHA-256; "
        "purpose server authentication (1.3.6.1.5.5.7.3.1)"
    )


def request(page: Page, *, server_on: ServerSystem | None) -> tuple[str, ...]:
    """Give the steps that end with a certificate, for all names, on the server."""
    situation = page.situation
    names = ", ".join(situation.names)
    if server_on is ServerSystem.AZURE:
        return (AZURE,)
    order = (
        f"Order a certificate from your company's CA (or a public one) with these names in subjectAltName: {names}; "
        f"and with: {_requirements(situation)}."
    )
    if situation.lacks:
        order += f" The present one falls short of this: {'; '.join(situation.lacks)}."
    windows = (
        step(
            "Make the request on the server with certreq, from a file that certdoctor writes; its output has the commands:",
            page.run(f"trust csr {_csr_options(page)} --server-os windows --output server.inf"),
        ),
        step(
            "Until the CA's one is there, a self-signed one for tests can be made in PowerShell as administrator; "
            "its clients must be given it as CA:",
            f"New-SelfSignedCertificate {_powershell_names(page)} -KeyAlgorithm RSA -KeyLength {situation.key_bits} "
            "-KeySpec KeyExchange -HashAlgorithm SHA256 -Provider 'Microsoft RSA SChannel Cryptographic Provider' "
            r"-CertStoreLocation Cert:\LocalMachine\My",
        ),
    )
    linux = step(
        "Make the key and the request on the server, and send server.csr to the CA; the key stays there:",
        f"openssl req -new -newkey rsa:{situation.key_bits} -nodes -sha256 -keyout server.key -out server.csr "
        f"-subj {page.word(f'/CN={_first_plain(situation)}', '/CN=HOST', shell=Shell.POSIX)} "
        f"-addext {page.word(f'subjectAltName={_alternatives(situation)}', 'NAMES', shell=Shell.POSIX)} "
        "-addext keyUsage=critical,digitalSignature,keyEncipherment -addext extendedKeyUsage=serverAuth",
    )
    if not situation.speaks_tds:
        return (order, linux)
    either = (under("On Windows", windows[1]), under("On Linux", linux))
    return (order, *by_system(server_on, windows=windows, linux=(linux,), either=either))


def by_system(
    server_on: ServerSystem | None,
    *,
    windows: tuple[str, ...],
    linux: tuple[str, ...],
    either: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return the steps for the server's system; when it is not known ``either``, which is shorter.

    Without ``either`` these are the steps for both, labelled. Nobody but Microsoft changes an Azure SQL server.
    """
    match server_on:
        case ServerSystem.WINDOWS:
            return windows
        case ServerSystem.LINUX:
            return linux
        case ServerSystem.AZURE:
            return (AZURE,)
        case None:
            both = (*(under("On Windows", s) for s in windows), *(under("On Linux", s) for s in linux))
            return (*(either or both), WHICH_SERVER)


def _is_web(address: str) -> bool:
    try:
        return urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _first_plain(situation: RemedyContext) -> str:
    """Return the name for the CN; a slash or plus would begin another attribute (openssl req, -subj)."""
    return re.sub(r"[/+\\=]", "", situation.names[0])


def _alternatives(situation: RemedyContext) -> str:
    """Return the value of subjectAltName; a comma would begin another name (x509v3_config)."""
    return ",".join(
        f"{'IP' if _is_address(name) else 'DNS'}:{re.sub(r'[,;]', '', name)}" for name in situation.names
    )


def _csr_options(page: Page) -> str:
    return " ".join(
        f"--host {page.word(name, 'NAME', shell=Shell.POWERSHELL)}" for name in page.situation.names
    )


def _powershell_names(page: Page) -> str:
    """Return the options with the names; -DnsName would make a DNS name of an IP address, which clients ignore."""
    names = page.situation.names
    if not any(map(_is_address, names)):
        return "-DnsName " + ", ".join(page.word(name, "NAME", shell=Shell.POWERSHELL) for name in names)
    parts = "&".join(
        f"{'IPAddress' if _is_address(name) else 'DNS'}={re.sub('[&=]', '', name)}" for name in names
    )
    subject = page.word(f"CN={_first_plain(page.situation)}", "'CN=HOST'", shell=Shell.POWERSHELL)
    extension = page.word("2.5.29.17={text}" + parts, "NAMES", shell=Shell.POWERSHELL)
    return f"-Subject {subject} -TextExtension {extension}"
