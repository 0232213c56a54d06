"""The consumers of repaired files and the layouts that they read: one entry for each, and no other module names them.

The layouts were measured (see ``formats/encodings/oddities.py``): all consumers read PEM in ASCII with LF. Node,
OpenSSL and Hackolade read a whole chain from one file; ``update-ca-certificates``, ``security`` and certutil read
one certificate per file; Java reads trusted certificates from a PKCS#12.
"""

from __future__ import annotations

from enum import StrEnum

from certdoctor.model.ids import Consumer
from certdoctor.model.lean import dataclass


class Shape(StrEnum):
    """The distribution of certificates over files."""

    CHAIN = "chain"
    """All certificates in one PEM file, leaf to root."""
    EACH = "each"
    """One PEM file for each certificate."""
    LEAF_AND_EACH = "leaf and each"
    """One file for the leaf, and one for each CA above it."""
    STORE = "store"
    """A PKCS#12 trust store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files that one consumer reads."""

    shape: Shape
    proof: str
    """The command that proves that a file of certificates can be read; "{path}" stands for the file."""
    anchors: bool = False
    """Whether the files hold trust anchors, so that certificates that cannot be issuers are left out."""
    authorities: bool = False
    """Whether the CAs above a client's certificate also get a separate file, because the consumer has a field for it."""
    packed: bool = False
    """Whether a key is read only together with its certificates, from a PKCS#12."""
    plain_key: bool = False
    """Whether the consumer takes no password, so that the key must be plain."""
    stem: str | None = None
    """The name of the files, if the consumer's documentation prescribes one."""
    pack_proof: str = "openssl pkcs12 -in {path} -info -noout"
    """The command that proves that a PKCS#12 with a key can be read; it prompts for the password."""
    note: str | None = None
    """A sentence that the reader needs to use the files."""


_NODE = 'node -e "tls.createSecureContext({{cert: fs.readFileSync(process.argv[1])}})" {path}'
_X509 = "openssl x509 -in {path} -noout -subject -issuer"

STORE_PASSWORD = "changeit"  # noqa: S105 - Java's own default; a list of CAs is not secret
"""The password of a trust store."""

LAYOUTS: dict[Consumer, Layout] = {
    Consumer.NODE: Layout(shape=Shape.CHAIN, proof=_NODE, authorities=True),
    Consumer.HACKOLADE: Layout(shape=Shape.CHAIN, proof=_NODE, authorities=True),
    Consumer.JAVA: Layout(
        shape=Shape.STORE,
        proof=f"keytool -list -keystore {{path}} -storepass {STORE_PASSWORD}",
        anchors=True,
        packed=True,
        pack_proof="keytool -list -keystore {path}",
        note=(
            f"The trust store has Java's usual password, {STORE_PASSWORD}; it holds no secret. Java 8 before update"
            " 301 reads no PKCS#12 of this kind (AES-256)."
        ),
    ),
    Consumer.DEBIAN: Layout(shape=Shape.EACH, proof=_X509, anchors=True),
    Consumer.RHEL: Layout(shape=Shape.EACH, proof=_X509, anchors=True),
    Consumer.MACOS: Layout(shape=Shape.EACH, proof=_X509, anchors=True),
    Consumer.WINDOWS: Layout(
        shape=Shape.EACH,
        proof="certutil -dump {path}",
        packed=True,
        pack_proof="certutil -dump {path}",
        note="Roots belong into the store Root, intermediates into CA.",
    ),
    Consumer.SQLSERVER_LINUX: Layout(
        shape=Shape.LEAF_AND_EACH,
        proof=_X509,
        plain_key=True,
        stem="mssql",
        note=(
            "network.tlscert wants mssql.pem, network.tlskey mssql.key, both readable by the user mssql alone. SQL"
            " Server on Linux sends the leaf alone from that file: the CAs go into the trust store of its system."
        ),
    ),
    Consumer.OPENSSL: Layout(
        shape=Shape.CHAIN,
        proof="openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -noout",
    ),
}
"""The layout of each consumer."""
