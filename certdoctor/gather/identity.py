"""The client certificate and key for a handshake, if both were given and fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from certdoctor.gather.tls import Identity
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Lock, Role


def client_identity(
    certificate: str | None, key: str | None, password: bytes | None, read: Sequence[FileFacts]
) -> Identity | None:
    """Return what to present to a server that asks; None when the files cannot serve.

    Why they cannot is a finding of the file checks, so nothing is raised here.
    """
    certificates = next((f for f in read if f.role is Role.CERTIFICATE), None)
    keys = next((f for f in read if f.role is Role.KEY), None)
    if certificate is None or key is None or certificates is None or keys is None:
        return None
    if not certificates.certificates or not keys.keys:
        return None
    private = keys.keys[0]
    if private.lock not in {Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED}:
        return None
    if isinstance(private.public, Absent) or private.public != certificates.certificates[0].public_key:
        return None
    return Identity(
        certificate_pem=Path(certificate).read_bytes(),
        key_pem=Path(key).read_bytes(),
        password=password if private.lock is Lock.OPENED else None,
    )
