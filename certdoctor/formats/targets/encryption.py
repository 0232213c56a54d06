"""What a connection string or URL says about encryption: the mode, and the files that it names.

Drivers spell the same setting in many ways: ``sslmode`` (libpq), ``SSL Mode`` (Npgsql), ``ssl-mode`` (mysql),
``ssl_mode`` (mysqlclient), ``sslMode`` (Connector/J), ``tls`` (MongoDB, go-sql-driver/mysql), ``useSSL``. Keys come in
lower case and without blanks and underscores (``connection_strings.key``); hyphens are left out here.
"""

from __future__ import annotations

from collections.abc import Mapping

from certdoctor.model.evidence import CA_ALONE, ClientSettings
from certdoctor.model.ids import Mode

_YES = frozenset({"yes", "true", "mandatory", "strict", "1", "on"})
_NO = frozenset({"no", "false", "optional", "0", "disable", "off"})

_ENCRYPT = ("encrypt", "tls", "ssl", "usessl")
_TRUST = (
    "trustservercertificate",
    "tlsinsecure",
    "tlsallowinvalidcertificates",
    "sslallowinvalidcertificates",
)
_ANY_HOST = ("tlsallowinvalidhostnames", "sslallowinvalidhostnames", "disablesslhostnameverification")
_CHECK = ("verifyservercertificate", "sslverifycert", "sslverifyservercert")
_CHECK_NAME = ("sslverifyidentity", "verifyidentity")
_CA = (
    "sslrootcert",
    "tlscafile",
    "sslca",
    "serversslcert",
    "rootcertificate",
    "sslcafile",
    "sslcertificateauthorityfile",
)
_CERTIFICATE = (
    "sslcert",
    "tlscertificatekeyfile",
    "sslcertificate",
    "sslclientcertificatekeyfile",
    "sslcertfile",
)
_CRL = ("sslcrl", "tlscrlfile")
_KEY = ("sslkey", "tlscertificatekeyfile", "sslkeyfile")

_MODES = {
    "disable": Mode.OFF,
    "disabled": Mode.OFF,
    "none": Mode.OFF,
    "allow": Mode.DEFAULT,
    "prefer": Mode.DEFAULT,
    "preferred": Mode.DEFAULT,
    "require": Mode.REQUIRE,
    "required": Mode.REQUIRE,
    "no-verify": Mode.REQUIRE,
    "skip-verify": Mode.REQUIRE,
    "trust": Mode.REQUIRE,
    "verify-ca": Mode.CA,
    "verifyca": Mode.CA,
    "verify-full": Mode.VERIFY,
    "verify-identity": Mode.VERIFY,
    "verifyfull": Mode.VERIFY,
}
"""What a word of libpq's sslmode or MySQL's ssl-mode says; clients that take one otherwise have it in their entry."""

_ENCRYPTS = {
    Mode.DEFAULT: None,
    Mode.OFF: False,
    Mode.REQUIRE: True,
    Mode.CA: True,
    Mode.VERIFY: True,
    Mode.STRICT: True,
}
"""Whether a mode encrypts; None where the server chooses."""

_NO_FILES = frozenset({"system"})
"""Words of libpq in place of a file: the roots of the system."""


def settings(given: Mapping[str, str]) -> ClientSettings:
    """Return what the options of a connection string say about encryption.

    A mode is there only where an option names it; what the fields ``encrypt`` and ``trust_server_certificate`` amount
    to is for each client to say.
    """
    options = {name.replace("-", ""): value.strip() for name, value in given.items()}
    encrypt = _first(options, _ENCRYPT).lower()
    word = options.get("sslmode", "").lower().replace("_", "-") or (encrypt if encrypt in _MODES else "")
    known = _MODES.get(word)
    wanted = True if encrypt in _YES else False if encrypt in _NO else None
    if word and encrypt not in _NO:
        wanted = None if known is None else _ENCRYPTS[known]
    trust = _flag(options, _TRUST)
    if known is None:
        known = _told_by_checks(options, trust=trust)
    # node-postgres takes libpq's words as libpq does only when told to.
    as_libpq = options.get("uselibpqcompat", "").lower() in _YES
    mode_word = word if word in _MODES and not as_libpq else None
    ca = _file(options, _CA)
    said_nothing = known is None and wanted is None and trust is None and not word
    return ClientSettings(
        encrypt=wanted,
        any_certificate=None if trust or ca else _any_certificate(given, known),
        strict=encrypt == "strict",
        trust_server_certificate=True if word in {"no-verify", "skip-verify"} else trust,
        mode=known,
        mode_word=CA_ALONE if ca and said_nothing else mode_word,
        ca_path=ca,
        crl_path=_file(options, _CRL),
        certificate_path=_file(options, _CERTIFICATE),
        key_path=_file(options, _KEY),
    )


def _told_by_checks(options: Mapping[str, str], *, trust: bool | None) -> Mode | None:
    """Return the mode that switches for single checks amount to, None where there are none."""
    if trust is not True and _flag(options, _ANY_HOST):
        return Mode.CA
    check, name = _flag(options, _CHECK), _flag(options, _CHECK_NAME)
    if name:
        return Mode.VERIFY
    return None if check is None else Mode.CA if check else Mode.REQUIRE


def _any_certificate(given: Mapping[str, str], mode: Mode | None) -> str | None:
    """Return the option, as it stands there, by which any certificate is taken; None where none says so.

    libpq checks the chain with sslmode=require where a root file is given (its documentation, table 34.1).
    """
    if mode is not Mode.REQUIRE:
        return None
    asked = {
        name: value.strip() for name, value in given.items() if name.replace("-", "") in {"sslmode", *_CHECK}
    }
    harmless = (
        f"{name}={value}"
        for name, value in asked.items()
        if value.replace("_", "-").replace("-", "").isalnum()
    )
    return next(harmless, None)


def _first(options: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((options[name] for name in names if options.get(name)), "")


def _flag(options: Mapping[str, str], names: tuple[str, ...]) -> bool | None:
    """Return whether one of these options is on; None where none is given."""
    words = [options[name].lower() for name in names if name in options]
    if any(word in _YES for word in words):
        return True
    return False if any(word in _NO for word in words) else None


def _file(options: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    found = _first(options, names).removeprefix("file://").removeprefix("file:")
    return None if not found or found.lower() in _NO_FILES else found
