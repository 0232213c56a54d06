"""Python's ssl module, and what is built on it: PyMySQL, pymongo, asyncpg, requests."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    TLS_ALONE,
    Client,
    ClientStore,
    Complaint,
    MachineStore,
    Measured,
    OpenSslSettings,
    Question,
    UserSettings,
    Version,
)
from certdoctor.clients.entry.files import Reader, all_passable, all_sound, key
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, pip, program
from certdoctor.clients.entry.modes import Checks, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.model.files import Role
from certdoctor.model.ids import ClientId, Database, Mode, StoreId
from certdoctor.model.names import is_ip
from certdoctor.model.trust import PathError


def say_python(complaint: Complaint) -> ClientMessage:
    """Return what ``ssl.SSLCertVerificationError`` says."""
    error = complaint.error
    if error is None:
        what = "IP address" if is_ip(complaint.host or "") else "Hostname"
        detail = f"{what} mismatch, certificate is not valid for '{complaint.host}'."
    else:
        detail = verify_errors.words(error.code)
    return ClientMessage("CERTIFICATE_VERIFY_FAILED", f"certificate verify failed: {detail}", detail)


_MODES: Modes = {
    Mode.DEFAULT: Protection("ssl.create_default_context()", checks=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("check_hostname=False, verify_mode=CERT_NONE"),
    Mode.CA: Protection("check_hostname=False", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("ssl.create_default_context(cafile=…)", checks=Checks.CHAIN_AND_NAME),
}

PYTHON = Client(
    client=ClientId.PYTHON,
    title="python (ssl)",
    table=50,
    proof=Measured(source="Python 3.11 with OpenSSL 3.0 run on generated chains", by="tests/agreement"),
    opens=TLS_ALONE,
    modes={Database.OTHER: _MODES},
    # Since 3.10 the ssl module asks for level 2 (What's New in Python 3.10).
    verification=OpenSslSettings(security_level=2),
    say=say_python,
    names=NAMES,
    in_logs=InLogs(
        speaks=90,
        guessed=70,
        signs=(
            "(_ssl.c:",
            "ssl.sslcert",
            "sslcertverificationerror",
            "urllib3",
            "pymongo",
            "psycopg",
            "traceback (most recent",
        ),
        told=65,
        programs=(
            *program(
                "Python",
                {
                    "python": r"(?<![\w-])(?:C?Python[ /]|Python-urllib/|[Pp]ython(?=3\.\d{1,2}[\\/]))(?P<v>[23]\.\d{1,2}(?:\.\d{1,2})?)(?!\.?\d)"
                    r"|\bPython(?P<w>3\d{1,2})(?=[\\/])",
                },
                is_client=True,
                serves=ON_PYTHON,
                told=50,
            ),
            *pip("python-requests", "requests"),
        ),
    ),
    reads=(
        Reader(
            name="python",
            client=ClientId.PYTHON,
            listed=30,
            takes={Role.CA: all_passable, Role.CERTIFICATE: all_sound, Role.KEY: key},
        ),
    ),
    settings=UserSettings(
        crl="load_verify_locations takes it, with VERIFY_CRL_CHECK_LEAF in verify_flags.",
        ca="ssl.create_default_context takes it as cafile, requests as verify.",
    ),
    store=ClientStore(
        reads=frozenset({MachineStore.PYTHON, MachineStore.WINDOWS}),
        loads_intermediates=True,
        steps=StoreId.PYTHON,
        listed=50,
    ),
)

_NOT_CRITICAL = 89
_AFTER_IT = frozenset({25, 26, 85, 86, 93})
"""Errors that OpenSSL raises behind it at the same certificate; all others of the extensions come before."""
_OF_BUILDING = frozenset({2, 18, 19, 20, 22})
_OF_EXTENSIONS = frozenset({34, 79, 80, 81, 82, 83, 84, 88, 89, 90, 91, 92, 94}) | _AFTER_IT


def _strict(question: Question, found: list[Complaint]) -> list[Complaint]:
    """Add error 89, which the OpenSSL 3.0 of Python checks and OpenSSL 4 no longer does."""
    told = list(found)
    if any(c.error is not None and c.error.code == _NOT_CRITICAL for c in found):
        return told
    for depth, certificate in enumerate(question.trust.path):
        if not certificate.is_ca or certificate.constraints_critical:
            continue
        text = verify_errors.words(_NOT_CRITICAL)
        error = PathError(depth=depth, code=_NOT_CRITICAL, text=text, sha256=certificate.sha256)
        at = next((i for i, c in enumerate(told) if not _is_before(c, depth)), len(told))
        told.insert(at, Complaint(cause="invalid-ca", error=error, certificate=certificate))
    return told


def _is_before(complaint: Complaint, depth: int) -> bool:
    """Whether OpenSSL raises a complaint before error 89 at that depth."""
    error = complaint.error
    if error is None or error.code in _OF_BUILDING:
        return error is not None
    same = error.depth == depth and error.code not in _AFTER_IT
    return error.code in _OF_EXTENSIONS and (error.depth < depth or same)


PYTHON_3_13 = replace(
    PYTHON,
    title="python 3.13 (ssl)",
    verification=OpenSslSettings(security_level=2, partial_chain=True, strict=True),
    adjust=_strict,
    proof=replace(PYTHON.proof, source="Python 3.13 with OpenSSL 3.0 run on generated chains"),
)

ENTRY = replace(PYTHON, versions=(Version((0,), PYTHON), Version((3, 13), PYTHON_3_13)))
