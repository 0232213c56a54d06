"""The scenarios of the practice server: one named fault each, in the order in which they are listed.

Data only: nothing here makes a certificate or opens a port, so that a list of them costs nothing.
"""

from __future__ import annotations

import difflib
from dataclasses import field
from enum import StrEnum

from certdoctor.errors import UsageError
from certdoctor.model.lean import dataclass


class Presents(StrEnum):
    """Which certificates the server shows and which one the CA file holds; made in ``identities``."""

    SOUND = "leaf and intermediate below a private root"
    LEAF_ONLY = "the leaf without its intermediate"
    WITH_ROOT = "leaf, intermediate and root"
    FALLBACK = "SQL Server's self-generated certificate"
    EXPIRED = "a leaf past its last day"
    NOT_YET_VALID = "a leaf before its first day"
    OTHER_NAME = "a leaf for another name"
    CLIENT_ONLY = "a leaf for client authentication only"
    SHA1 = "a leaf signed with SHA-1"
    RSA_1024 = "a leaf with an RSA key of 1024 bits"
    NOT_A_CA = "an intermediate that is no CA"
    EXPIRED_INTERMEDIATE = "an intermediate past its last day"
    TOO_LONG = "one CA more than the path length allows"
    NOT_PERMITTED = "a leaf outside the name constraints of its CA"
    INTERMEDIATE_AS_CA = "a sound chain; the CA file holds the intermediate instead of the root"
    SOUND_RSA = "a sound chain with RSA keys"
    HUNDRED = "a leaf and its intermediate, 99 times"
    CN_ONLY = "a leaf with its name in the CN alone"
    TWELVE_CAS = "a leaf below twelve intermediates"
    THIRTY_CAS = "a leaf below thirty intermediates"


class FirstMove(StrEnum):
    """What the server does with a new connection."""

    TDS = "wait for PRELOGIN or ClientHello"
    HTTP = "answer as an HTTP server"
    SSH = "greet as an SSH server"
    MYSQL = "greet as a MySQL server"
    SILENT = "stay silent"


class Policy(StrEnum):
    """How the server stands to encryption: the columns of the table in MS-TDS 2.2.6.5."""

    OFFERS = "encryption if the client wants it"
    FORCES = "encryption always (ForceEncryption)"
    CANNOT = "no encryption to be had"
    SHIRKS = "answers OFF whatever the client says, and takes a login in clear text"
    """No real SQL Server does: a faulty proxy or an attacker between the two."""


class ClientEncryption(StrEnum):
    """What the client of the scenario asks for."""

    ON = "yes"
    OFF = "no"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The server's side of the handshake. Versions are OpenSSL's names."""

    lowest: str = "TLSv1.2"
    highest: str = "TLSv1.2"
    """TDS 7 ends at TLS 1.2; the TLS-first form of TDS 8 offers 1.3 as well."""
    ciphers: str = "DEFAULT"
    """An OpenSSL cipher string; the security level is always 0, for the sake of weak certificates."""
    asks_client_certificate: bool = False
    hangs_up_after_hello: bool = False
    names_cas: int = 0
    """Asks for a client certificate of one of so many CAs, with names of about 1 KiB, and takes none as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the server behaves on the wire."""

    first_move: FirstMove = FirstMove.TDS
    policy: Policy = Policy.OFFERS
    tds7: bool = True
    """Whether it answers an ordinary PRELOGIN."""
    tds8: bool = False
    """Whether it answers a ClientHello (Encrypt=strict)."""
    version: tuple[int, int, int, int] = (15, 0, 2000, 5)
    """The product version in the PRELOGIN answer: SQL Server 2019."""
    tls: Tls = field(default_factory=Tls)
    whole_flights: bool = False
    """Whether its part of the handshake comes as one TDS message, however long. tedious reads one for each of its own."""
    two_faced: bool = False
    """Whether it shows another certificate when TLS comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault and what certdoctor ought to say of it."""

    name: str
    wrong: str
    """What is wrong, in one sentence."""
    cause: str | None
    """The cause that ``certdoctor probe`` gives for the command to try; None when nothing is wrong."""
    trusts_ca: bool = True
    """Whether the command to try carries the CA file."""
    presents: Presents = Presents.SOUND
    encrypt: ClientEncryption = ClientEncryption.ON
    """Anything but ON makes the target a connection string that says so."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    host: str = "localhost"


_SQL_2022 = (16, 0, 1000, 6)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="healthy",
        wrong="Nothing: the CA file holds the root of its chain.",
        cause=None,
    ),
    Scenario(
        name="healthy-strict",
        wrong="Nothing: as SQL Server 2022 it takes strict and TDS 7.",
        cause=None,
        behaviour=Behaviour(tds8=True, version=_SQL_2022),
    ),
    Scenario(
        name="missing-issuer",
        wrong="The client does not know the server's private root.",
        cause="missing-issuer",
        trusts_ca=False,
    ),
    Scenario(
        name="incomplete-chain",
        wrong="The server does not send its intermediate.",
        cause="incomplete-chain",
        presents=Presents.LEAF_ONLY,
    ),
    Scenario(
        name="self-signed-leaf",
        wrong="The server made its certificate itself.",
        cause="self-signed-leaf",
        trusts_ca=False,
        presents=Presents.FALLBACK,
    ),
    Scenario(
        name="self-signed-in-chain",
        wrong="The server sends its root, which no client trusts.",
        cause="self-signed-in-chain",
        trusts_ca=False,
        presents=Presents.WITH_ROOT,
    ),
    Scenario(
        name="intermediate-as-ca",
        wrong="The CA file holds the intermediate, not the root.",
        cause="missing-issuer",
        presents=Presents.INTERMEDIATE_AS_CA,
    ),
    Scenario(
        name="expired",
        wrong="The server's certificate is past its last day.",
        cause="expired",
        presents=Presents.EXPIRED,
    ),
    Scenario(
        name="expired-intermediate",
        wrong="The certificate is valid, its issuer has expired.",
        cause="expired",
        presents=Presents.EXPIRED_INTERMEDIATE,
    ),
    Scenario(
        name="not-yet-valid",
        wrong="The server's certificate begins in the future.",
        cause="not-yet-valid",
        presents=Presents.NOT_YET_VALID,
    ),
    Scenario(
        name="hostname-mismatch",
        wrong="The certificate names sql01.corp.example only.",
        cause="hostname-mismatch",
        presents=Presents.OTHER_NAME,
    ),
    Scenario(
        name="wrong-purpose",
        wrong="The certificate is for client authentication only.",
        cause="wrong-purpose",
        presents=Presents.CLIENT_ONLY,
    ),
    Scenario(
        name="weak-digest",
        wrong="The certificate is signed with SHA-1.",
        cause="weak-digest",
        presents=Presents.SHA1,
    ),
    Scenario(
        name="weak-key",
        wrong="RSA with 1024 bits: newer clients refuse it.",
        cause="weak-key",
        presents=Presents.RSA_1024,
    ),
    Scenario(
        name="invalid-ca",
        wrong="The issuer of the certificate is not a CA.",
        cause="invalid-ca",
        presents=Presents.NOT_A_CA,
    ),
    Scenario(
        name="path-length-exceeded",
        wrong="One intermediate more than the upper CA allows.",
        cause="path-length-exceeded",
        presents=Presents.TOO_LONG,
    ),
    Scenario(
        name="name-constraint-violated",
        wrong="The CA may issue for corp.example only.",
        cause="name-constraint-violated",
        presents=Presents.NOT_PERMITTED,
    ),
    Scenario(
        name="client-cert-required",
        wrong="The server insists on a client certificate.",
        cause="client-cert-required",
        behaviour=Behaviour(tls=Tls(asks_client_certificate=True)),
    ),
    Scenario(
        name="protocol-mismatch",
        wrong="TLS 1.3 only, which does not work inside TDS 7.",
        cause="protocol-mismatch",
        behaviour=Behaviour(tls=Tls(lowest="TLSv1.3", highest="TLSv1.3")),
    ),
    Scenario(
        name="legacy-tls",
        wrong="The server speaks nothing newer than TLS 1.0.",
        cause="protocol-mismatch",
        presents=Presents.SOUND_RSA,
        behaviour=Behaviour(tls=Tls(lowest="TLSv1", highest="TLSv1", ciphers="ALL")),
    ),
    Scenario(
        name="cipher-mismatch",
        wrong="The only cipher suite is one that no client offers.",
        cause="cipher-mismatch",
        presents=Presents.SOUND_RSA,
        behaviour=Behaviour(tls=Tls(ciphers="NULL-SHA256")),
    ),
    Scenario(
        name="encryption-required",
        wrong="The server forces encryption, the client has it off.",
        cause="encryption-required",
        encrypt=ClientEncryption.OFF,
        behaviour=Behaviour(policy=Policy.FORCES),
    ),
    Scenario(
        name="encryption-unsupported",
        wrong="The server has no encryption to offer.",
        cause="encryption-unsupported",
        behaviour=Behaviour(policy=Policy.CANNOT),
    ),
    Scenario(
        name="silent-plaintext",
        wrong="Encryption is declined; some log in without it.",
        cause="silent-plaintext",
        behaviour=Behaviour(policy=Policy.SHIRKS),
    ),
    Scenario(
        name="strict-only",
        wrong="The server takes Encrypt=strict (TDS 8.0) only.",
        cause="strict-only",
        behaviour=Behaviour(tds7=False, tds8=True, version=_SQL_2022),
    ),
    Scenario(
        name="handshake-interrupted",
        wrong="The server hangs up in the middle of the handshake.",
        cause="handshake-interrupted",
        behaviour=Behaviour(tls=Tls(hangs_up_after_hello=True)),
    ),
    Scenario(
        name="not-tls-or-wrong-port",
        wrong="An HTTP server answers on this port.",
        cause="not-tls-or-wrong-port",
        behaviour=Behaviour(first_move=FirstMove.HTTP),
    ),
    Scenario(
        name="ssh-on-this-port",
        wrong="An SSH server answers on this port.",
        cause="not-tls-or-wrong-port",
        behaviour=Behaviour(first_move=FirstMove.SSH),
    ),
    Scenario(
        name="mysql-on-this-port",
        wrong="A MySQL server answers on this port.",
        cause="not-tls-or-wrong-port",
        behaviour=Behaviour(first_move=FirstMove.MYSQL),
    ),
    Scenario(
        name="timeout",
        wrong="The server takes connections and never says a word.",
        cause="timeout",
        behaviour=Behaviour(first_move=FirstMove.SILENT),
    ),
)


def find(name: str) -> Scenario:
    """Return the scenario of that name.

    Raises:
        UsageError: there is none; the message names the nearest.

    """
    everything = {scenario.name: scenario for scenario in SCENARIOS}
    if name in everything:
        return everything[name]
    near = difflib.get_close_matches(name, everything, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"There is no scenario {name[:80]!r}.", hint=f"{question}All of them: certdoctor lab --list"
    )
