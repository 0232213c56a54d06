"""The files that the examples of the library are about, in a folder of their own."""

from __future__ import annotations

from pathlib import Path

from tests import pki

LOG = """2026-05-30 10:12:01 Connecting to sql01.example:1433
Error: unable to get local issuer certificate
    at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34)
"""


def write(folder: Path) -> None:
    """Write ``leaf.pem``, ``chain.pem``, ``root.pem``, ``app.log`` and the folder ``corp-cas``."""
    leaf = pki.issue("sql01.example", pki.intermediate(), names=("sql01.example",), days=360)
    (folder / "leaf.pem").write_bytes(leaf.pem)
    (folder / "chain.pem").write_bytes(leaf.pem + pki.intermediate().pem)
    (folder / "root.pem").write_bytes(pki.root().pem)
    (folder / "app.log").write_text(LOG, encoding="utf-8")
    (folder / "corp-cas").mkdir()
    (folder / "corp-cas" / "root.pem").write_bytes(pki.root().pem)
