"""The openssl tool, ``openssl verify``, on OpenSSL 3.0."""

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
    UserSettings,
)
from certdoctor.clients.entry.files import (
    Items,
    Reader,
    all_passable,
    all_sound,
    any_passable,
    key_or_lenient,
)
from certdoctor.clients.entry.in_logs import InLogs
from certdoctor.clients.entry.modes import Checks, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import ClientId, Database, Mode
from certdoctor.model.names import NameRules, Star, is_ip

NAMES = NameRules(star_is_ldh=True, trims_host=False, trims_name=False)
"""X509_check_host without partial wildcards."""


def say_openssl(complaint: Complaint) -> ClientMessage:
    """Return what ``openssl verify`` prints."""
    error = complaint.error
    if error is None:
        number = 64 if is_ip(complaint.host or "") else 62
        words, depth = verify_errors.words(number), 0
    else:
        number, words, depth = error.code, verify_errors.words(error.code), error.depth
    return ClientMessage(str(number), f"error {number} at {depth} depth lookup: {words}", words)


def _linked(file: FileFacts, seen: Items) -> bool:
    """Take a file of exactly one certificate: only such a file gets the link under its hash."""
    blocks = [item for item in file.objects if item.kind == "certificate"]
    return len(blocks) == 1 and all_sound(file, seen)


_MODES: Modes = {
    Mode.REQUIRE: Protection("s_client as it comes"),
    Mode.CA: Protection("verify -CAfile FILE", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("verify -CAfile FILE -verify_hostname HOST", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = Client(
    client=ClientId.OPENSSL,
    title="openssl verify",
    table=70,
    proof=Measured(source="openssl verify 3.0 run on generated chains", by="tests/agreement"),
    opens=TLS_ALONE,
    modes={Database.OTHER: _MODES},
    # The tool ignores the security level unless -auth_level is given.
    verification=OpenSslSettings(security_level=0),
    say=say_openssl,
    curves=None,
    names=replace(NAMES, star=Star.ENDS),
    in_logs=InLogs(
        speaks=120,
        guessed=100,
        signs=(
            "s_client",
            "verify error:num=",
            "verify return code",
            "verify return:",
            "curl:",
            "verify result",
        ),
    ),
    reads=(
        Reader(
            name="openssl",
            client=ClientId.OPENSSL,
            listed=10,
            takes={Role.CA: all_passable, Role.CERTIFICATE: any_passable, Role.KEY: key_or_lenient},
        ),
        Reader(name="update-ca-certificates", client=ClientId.OPENSSL, listed=60, takes={Role.CA: _linked}),
    ),
    settings=UserSettings(crl="openssl verify takes it as -CRLfile, with -crl_check."),
    store=ClientStore(reads=frozenset({MachineStore.OPENSSL}), listed=70),
)
