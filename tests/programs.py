"""The real programs that tests measure certdoctor against, and the environment to start them in."""

from __future__ import annotations

import os
import shutil

import pytest

_MISLEADING = (
    "SSL_CERT",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "OPENSSL_",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


_ADMINISTRATORS = "/usr/sbin:/sbin"
"""Where programs are that an ordinary user's PATH may not name."""


def need(program: str) -> str:
    """Return the path of a program; skip the test without it, or fail if CERTDOCTOR_REQUIRE_REAL=1."""
    found = shutil.which(program) or shutil.which(program, path=_ADMINISTRATORS)
    if found is not None:
        return found
    if os.environ.get("CERTDOCTOR_REQUIRE_REAL") == "1":
        pytest.fail(f"{program} is not installed, and CERTDOCTOR_REQUIRE_REAL=1 demands it")
    pytest.skip(f"{program} is not installed")


def clean_environment() -> dict[str, str]:
    """Return the environment without the variables that change which certificates a program trusts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}


def need_nothing_missing(reason: str | None) -> None:
    """Skip the test for a reason, if there is one, or fail it if CERTDOCTOR_REQUIRE_REAL=1."""
    if reason is None:
        return
    if os.environ.get("CERTDOCTOR_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
