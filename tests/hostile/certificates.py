"""Certificates that no honest CA issues, made when a test needs their key."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certdoctor.formats.encodings import der

FOLDER = Path(__file__).parents[2] / "fixtures" / "hostile"
_NAME = b"sql01.corp.example"
_BIT_STRING, _UTF8_STRING = b"\x03", b"\x0c"


def bit_string_name() -> bytes:
    """Return a certificate whose common name is a BIT STRING, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _NAME.decode())])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    plain = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    length = bytes([len(_NAME)])
    # Its first octet says how many bits at the end are unused.
    changed = plain.replace(_UTF8_STRING + length + _NAME, _BIT_STRING + length + b"\0" + _NAME[1:])
    signed, algorithm, _ = der.read(changed).children()
    signature = b"\0" + key.sign(signed.encoded, ec.ECDSA(hashes.SHA256()))
    encoded = der.write(der.SEQUENCE, signed.encoded, algorithm.encoded, der.write(_BIT_STRING[0], signature))
    pem = ssl.DER_cert_to_PEM_cert(encoded).encode()
    return pem + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextmanager
def tls_server(certificate_and_key: Path) -> Iterator[int]:
    """Serve bare TLS with these on a port of 127.0.0.1, and yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_and_key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # it is closed when the test ends
                while True:
                    connection, _ = listening.accept()
                    with (
                        connection,
                        suppress(OSError),
                        context.wrap_socket(connection, server_side=True) as tls,
                    ):
                        tls.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
