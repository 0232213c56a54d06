"""What is about to be deployed, and what is demanded of it: the content of a preflight file, key by key.

Each field carries what a person needs to know of its key. The reader's checks, the JSON Schema and the
example that ``preflight --init`` writes are all made from it.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

from certdoctor.model.ids import AUTO, Protocol
from certdoctor.model.lean import dataclass

DIGESTS = ("sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512")
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
MAX_CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is known of one key of the file."""

    text: str
    """A sentence for people."""
    example: str
    """A value, as TOML."""
    values: tuple[str, ...] = ()
    """The words that it takes; empty: any text."""
    least: int = 0
    most: int = 0
    """Bounds of a number."""
    shown: bool = False
    """Whether the example of ``--init`` sets it, rather than showing it behind a #."""


def _key(text: str, example: str, *, default: object = None, **more: Any) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=default, metadata={"key": Key(text=text, example=example, **more)})


def key_of(kind: type, name: str) -> Key:
    """Return what is known of a key of a table."""
    found: Key = next(f.metadata["key"] for f in fields(kind) if f.name == name)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """The table ``[policy]``, and ``[connection.policy]`` for a single connection."""

    minimum_days: int | None = _key(
        "Fewest days that every certificate must still be valid.", "30", most=36_500, shown=True
    )
    rsa_bits: int | None = _key("Fewest bits of an RSA key.", "2048", least=512, most=16_384, shown=True)
    ec_bits: int | None = _key(
        "Fewest bits of an elliptic-curve key.", "256", least=160, most=521, shown=True
    )
    digests: tuple[str, ...] | None = _key(
        "Digests with which certificates may be signed.",
        '["sha256", "sha384", "sha512"]',
        values=DIGESTS,
        shown=True,
    )
    tls_versions: tuple[str, ...] | None = _key(
        "TLS versions that the server may take.", '["1.2", "1.3"]', values=TLS_VERSIONS, shown=True
    )
    required_names: tuple[str, ...] | None = _key(
        "Names that the server's certificate must cover, besides the one that is connected to.",
        '["sql.corp.example"]',
    )
    clients: tuple[str, ...] | None = _key(
        "Clients that must accept the server; a version may follow.", '["electron", "node@20", "jdbc"]'
    )
    may_be_offline: bool | None = _key("Whether a server that cannot be reached is no fault.", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The table ``[defaults]``: what holds for every connection that does not say otherwise."""

    protocol: str | None = _key("How the server is spoken to.", '"auto"', values=(AUTO, *Protocol))
    hosts: tuple[str, ...] | None = _key(
        "Names by which the clients call the server, where it is not the one in the target.",
        '["sql01.corp.example"]',
    )
    ca: tuple[str, ...] | None = _key("CA file that the clients are given, or several.", '"corp-root.pem"')
    certificate: str | None = _key("The client's certificate, where the server asks for one.", '"client.crt"')
    key: str | None = _key("Its private key.", '"client.key"')
    password_env: str | None = _key("The variable that holds the key's password.", '"CLIENT_KEY_PASSWORD"')
    password_file: str | None = _key("The file that holds it instead.", '"client.password"')
    clients: tuple[str, ...] | None = _key(
        "The clients that connect, with a version where it matters; each must accept.", '["electron@27"]'
    )
    encrypt: str | None = _key(
        "Whether the clients ask for encryption.", '"yes"', values=("yes", "no", "strict")
    )
    trust_server_certificate: bool | None = _key(
        "Whether the clients are told to trust any certificate. It gives up all protection.", "false"
    )
    timeout: int | None = _key("Seconds after which a server counts as silent.", "10", least=1, most=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Defaults):
    """One table ``[[connection]]``."""

    name: str = _key("What the table, and --only, call it.", '"orders"', default="", shown=True)
    target: str = _key(
        "Server, as certdoctor probe takes it; without user and password.",
        '"sql01.corp.example:1433"',
        default="",
        shown=True,
    )
    policy: Demands = field(default_factory=Demands)
    """What differs from ``[policy]``."""
    line: int = field(default=0, compare=False)
    """The line of the file on which it begins, counted from 1; 0 where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole file."""

    policy: Demands = field(default_factory=Demands)
    defaults: Defaults = field(default_factory=Defaults)
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Demands; None and empty mean that nothing is demanded."""

    minimum_days: int | None = None
    """Fewest days that every certificate must still be valid."""
    rsa_bits: int | None = None
    """Fewest bits of RSA and DSA keys."""
    ec_bits: int | None = None
    """Fewest bits of elliptic-curve keys."""
    digests: tuple[str, ...] = ()
    """Digests with which certificates may be signed ("sha256")."""
    tls_versions: tuple[str, ...] = ()
    """Versions that the server may take ("1.2", "1.3")."""
    required_names: tuple[str, ...] = ()
    """Names that the server's certificate must cover, besides the one that is connected to."""
    may_be_offline: bool = False
    """Whether a server that cannot be reached is no fault."""
