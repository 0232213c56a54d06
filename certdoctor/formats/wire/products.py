"""PRELOGIN versions to products, from a dated table (data/sqlserver.json)."""

from __future__ import annotations

from datetime import date
from typing import Any

from certdoctor.data import load
from certdoctor.model.names import is_azure
from certdoctor.model.wire import Prelogin, Product

_AZURE_MAJOR = 12


def product(prelogin: Prelogin, host: str) -> Product:
    """Return the product that reports this PRELOGIN version.

    Azure SQL always reports version 12; a major version newer than the table is named "newer than" its last entry.
    """
    major, minor, build, _ = prelogin.version
    if major == _AZURE_MAJOR and is_azure(host):
        return Product(
            title=f"Azure SQL ({prelogin.version_text})",
            name="Azure SQL",
            support_ends=None,
            speaks_tds8=True,
        )
    products = load("sqlserver")["products"]
    entry: dict[str, Any] | None = next(
        (p for p in reversed(products) if p["major"] == major and p["minor"] <= minor), None
    )
    if entry is None:
        newer = major > products[-1]["major"]
        words = f"newer than {products[-1]['name']}" if newer else "unknown version"
        return Product(
            title=f"SQL Server, {words} ({prelogin.version_text})",
            name="SQL Server",
            support_ends=None,
            speaks_tds8=None,
        )
    levels = [name for least, name in entry["builds"] if build >= least]
    level = f" {levels[-1]}" if levels and levels[-1] != "RTM" and minor == entry["minor"] else ""
    return Product(
        title=f"{entry['name']}{level} ({prelogin.version_text})",
        name=str(entry["name"]),
        support_ends=date.fromisoformat(entry["support_ends"]),
        speaks_tds8=bool(entry["strict"]),
    )
