"""What each consumer of repaired files reads: one entry a consumer, and nothing else knows them by name.

What they read was measured (see ``formats.oddities``): all take PEM in ASCII with LF. Node, OpenSSL and
Hackolade take a whole chain from one file; ``update-ca-certificates``, ``security`` and certutil take one
certificate a file; Java keeps what it trusts in a PKCS#12.
"""

from __future__ import annotations

from enum import StrEnum

from certdoctor.model.ids import Consumer
from certdoctor.model.lean import dataclass


class Shape(StrEnum):
    """How certificates are laid out in files."""

    CHAIN = "chain"
    """All in one PEM file, leaf to root."""
    EACH = "each"
    """One PEM file a certificate."""
    LEAF_AND_EACH = "leaf and each"
    """The leaf alone, and one file for each CA above it."""
    STORE = "store"
    """In a PKCS#12 trust store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one consumer wants its files."""

    shape: Shape
    proof: str
    """The command that shows that a file of certificates is read; "{path}" stands for the file."""
    anchors: bool = False
    """The files say whom to trust, so that a certificate that can vouch for nobody is left out."""
    authorities: bool = False
    """The CAs above a client's certificate go into a file of their own too: there is a field for them."""
    packed: bool = False
    """A key is read only together with its certificates, from a PKCS#12."""
    plain_key: bool = False
    """There is nowhere to give a password, so the key has to be plain."""
    stem: str | None = None
    """The name of the files, where the consumer's documentation has one."""
    pack_proof: str = "openssl pkcs12 -in {path} -info -noout"
    """The command that shows that a PKCS#12 with a key is read; it asks for the password."""
    note: str | None = None
    """What the reader has to know to use the files, a sentence."""


_NODE = 'node -e "tls.createSecureContext({{cert: fs.readFileSync(process.argv[1])}})" {path}'
_X509 = "openssl x509 -in {path} -noout -subject -issuer"

STORE_PASSWORD = "changeit"  # noqa: S105 - what Java itself ships with; a list of CAs is no secret
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
"""What each consumer reads."""
