"""A matrix of files, each written for one use: a CA, a certificate or a private key in every odd form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs7

from certdoctor.model.files import Role
from tests import pki
from tests.formats.test_pem import WAYS
from tests.keystores import jks_store, sst_store

Make = Callable[[pki.Issued], bytes]

_EACH = {Role.CA: "ca", Role.CERTIFICATE: "cert", Role.KEY: "key"}


@dataclass(frozen=True, slots=True)
class Case:
    """One file, and what real programs need beside it to show that they read it."""

    name: str
    role: Role
    path: Path
    own_cert: Path
    """Of a CA, a server's certificate that it issued; else the certificate that goes with the key."""
    own_key: Path

    @property
    def use(self) -> str:
        """What the file is for, in a word."""
        return _EACH[self.role]


def _der(encoding: serialization.Encoding) -> Make:
    return lambda issued: pkcs7.serialize_certificates([issued.certificate], encoding)


def _between(text: bytes) -> Make:
    return lambda issued: text + issued.pem + text


def _html(text: bytes) -> bytes:
    return b"<html><body><pre>\n" + text + b"</pre></body></html>\n"


ANY_USE: dict[str, Callable[[bytes], bytes]] = {
    "no END line": lambda pem: b"\n".join(pem.splitlines()[:-1]) + b"\n",
    "no BEGIN line": lambda pem: b"\n".join(pem.splitlines()[1:]) + b"\n",
    "half of it": lambda pem: pem[: len(pem) // 2],
    "a line lost": lambda pem: b"\n".join(pem.splitlines()[:2] + pem.splitlines()[3:]) + b"\n",
    "foreign character": lambda pem: pem.replace(b"MI", b"M!I", 1),
    "comment in the body": lambda pem: pem.replace(b"-----\nMI", b"-----\n# mine\nMI"),
    "in base64 once more": base64.b64encode,
    "in JSON": lambda pem: json.dumps({"pem": pem.decode()}).encode(),
    "in a web page": _html,
    "in a code block": lambda pem: b"```\n" + pem + b"```\n",
    "zero bytes behind it": lambda pem: pem + bytes(16),
    "form feed before it": lambda pem: b"\f" + pem,
    "empty": lambda _: b"",
    "a log": lambda _: b"2026-06-01 12:00:00 [error] unable to get local issuer certificate\n",
    "an image": lambda _: b"\x89PNG\r\n\x1a\n" + bytes(64),
    "a sign-in page": lambda _: b"<!DOCTYPE html><html><body>Sign in</body></html>\n",
}
"""Changes to the PEM of a certificate or a key."""

CERTIFICATES: dict[str, Make] = {
    "DER": lambda issued: issued.der,
    "DER and rubbish": lambda issued: issued.der + b"\r\n",
    "DER cut short": lambda issued: issued.der[:-5],
    "PKCS#7 in PEM": _der(serialization.Encoding.PEM),
    "PKCS#7 in DER": _der(serialization.Encoding.DER),
    "base64 without lines": lambda issued: base64.b64encode(issued.der),
    "hexadecimal": lambda issued: issued.der.hex().encode(),
    "PKCS#12": lambda issued: pki.pfx(issued, None),
    "JKS": lambda issued: jks_store(trusted=[("a", issued.der)]),
    "SST": lambda issued: sst_store(issued.der),
    "label X509 CERTIFICATE": lambda issued: issued.pem.replace(b"CERT", b"X509 CERT"),
    "label TRUSTED CERTIFICATE": lambda issued: issued.pem.replace(b"CERT", b"TRUSTED CERT"),
    "twice": lambda issued: issued.pem * 2,
    "glued": lambda issued: issued.pem.rstrip() + issued.pem,
    "another before it": lambda issued: pki.issue("other", ca=True).pem + issued.pem,
    "its key before it": lambda issued: issued.key_pem + issued.pem,
    "its key behind it": lambda issued: issued.pem + issued.key_pem,
    "text around it": _between(b"subject=CN = x\n"),
    "a private key": lambda issued: issued.key_pem,
    "a request": lambda issued: pki.request_pem(issued.key),
    "a revocation list": lambda _: pki.crl().public_bytes(serialization.Encoding.PEM),
    "a public key": lambda issued: pki.public_pem(issued.key),
    "bytes behind the DER in it": lambda issued: _armoured("CERTIFICATE", issued.der + b"\0\0"),
    "its DER cut short in it": lambda issued: _armoured("CERTIFICATE", issued.der[:-5]),
    "broken, then whole": lambda issued: _armoured("CERTIFICATE", issued.der[:-5]) + issued.pem,
    "whole, then broken": lambda issued: issued.pem + _armoured("CERTIFICATE", issued.der[:-5]),
}
"""Forms of a CA or certificate file."""

KEYS: dict[str, Make] = {
    "PKCS#8 in DER": lambda issued: pki.key_der(issued.key),
    "SEC 1": lambda issued: pki.key_pem(issued.key, None, PrivateFormat.TraditionalOpenSSL),
    "SEC 1 in DER": lambda issued: pki.key_der(issued.key, None, PrivateFormat.TraditionalOpenSSL),
    "OpenSSH": lambda issued: pki.key_pem(issued.key, None, PrivateFormat.OpenSSH),
    "SEC 1 with its parameters before it": lambda issued: (
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        + pki.key_pem(issued.key, None, PrivateFormat.TraditionalOpenSSL)
    ),
    "encrypted": lambda issued: pki.key_pem(issued.key, b"x"),
    "encrypted SEC 1": lambda issued: pki.key_pem(issued.key, b"x", PrivateFormat.TraditionalOpenSSL),
    "its certificate before it": lambda issued: issued.pem + issued.key_pem,
    "its certificate behind it": lambda issued: issued.key_pem + issued.pem,
    "SEC 1 under the label PRIVATE KEY": lambda issued: pki.key_pem(
        issued.key, None, PrivateFormat.TraditionalOpenSSL
    ).replace(b"EC PRIVATE", b"PRIVATE"),
    "PKCS#8 under the label EC PRIVATE KEY": lambda issued: issued.key_pem.replace(b"PRIVATE", b"EC PRIVATE"),
    "PKCS#12": lambda issued: pki.pfx(issued, None),
    "base64 without lines": lambda issued: base64.b64encode(pki.key_der(issued.key)),
    "glued to its certificate": lambda issued: issued.pem.rstrip() + issued.key_pem,
    "a certificate": lambda issued: issued.pem,
    "a request": lambda issued: pki.request_pem(issued.key),
    "a public key": lambda issued: pki.public_pem(issued.key),
    "its DER cut short in it": lambda issued: _armoured("PRIVATE KEY", pki.key_der(issued.key)[:-5]),
    "bytes behind the DER in it": lambda issued: _armoured("PRIVATE KEY", pki.key_der(issued.key) + b"\0\0"),
    "two keys": lambda issued: issued.key_pem + pki.key_pem(ec.generate_private_key(ec.SECP256R1())),
}
"""Forms of a key file."""


def _armoured(label: str, der: bytes) -> bytes:
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def write(folder: Path) -> list[Case]:
    """Write every file; each CA is another one, so that none is trusted by way of a neighbour."""
    cases: list[Case] = []
    for number, (role, name, make) in enumerate(_all()):
        root = pki.issue(f"Root {number}", ca=True, with_key=pki.key("matrix root"))
        leaf = pki.issue("localhost", root)
        stem = folder / f"{number:03}"
        cert, key, file = stem.with_suffix(".own"), stem.with_suffix(".key"), stem.with_suffix(".crt")
        cert.write_bytes(leaf.pem)
        key.write_bytes(leaf.key_pem)
        file.write_bytes(make(root if role is Role.CA else leaf))
        cases.append(Case(f"{role.value}: {name}", role, file, cert, key))
    return cases


def _all() -> Iterator[tuple[Role, str, Make]]:
    for role in _EACH:
        for name, (change, _) in WAYS.items():
            yield role, name, _changing(role, partial(_decoded, change))
        for name, edit in ANY_USE.items():
            yield role, name, _changing(role, edit)
        for name, make in (KEYS if role is Role.KEY else CERTIFICATES).items():
            if (role, name) != (Role.CERTIFICATE, "another before it"):  # which belongs to no key
                yield role, name, make


def _decoded(change: Callable[[str], bytes], pem: bytes) -> bytes:
    return change(pem.decode())


def _changing(role: Role, change: Callable[[bytes], bytes]) -> Make:
    return lambda issued: change(issued.key_pem if role is Role.KEY else issued.pem)
