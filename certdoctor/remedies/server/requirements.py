"""What SQL Server asks of its certificate, held against one that was seen.

Source: Microsoft, "Certificate requirements for SQL Server" and "Configure SQL Server Database Engine for encrypting
connections"; the lengths and digests are those that current clients want. What only a look at the server itself can
tell is listed too, as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass
from certdoctor.model.names import STRICT, covers, is_ip

LEAST_BITS = 2048
"""RSA; OpenSSL's security level 2, which Node 24, Python and most Linux distributions have."""

SOON = timedelta(days=30)
_OLD_DIGESTS = frozenset({"md2", "md4", "md5", "sha1"})
_USAGES = ("digitalSignature", "keyEncipherment")


class Met(StrEnum):
    """Whether a requirement is met."""

    YES = "yes"
    NO = "no"
    UNSEEN = "unseen"
    """Nothing on the wire or in the file tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that SQL Server asks, and what there is."""

    name: str
    """"Names", "Purpose", "Key": a word for the margin."""
    wanted: str
    """A phrase."""
    found: str
    """A phrase; for ``UNSEEN`` how to look."""
    met: Met
    lack: str = ""
    """For ``NO``: what is amiss, a phrase that stands by itself ("it does not hold the name sql01")."""


def judge(leaf: Certificate, names: tuple[str, ...], at: datetime) -> tuple[Requirement, ...]:
    """Hold a server's certificate against each requirement, in the order in which a reader mends them."""
    return (
        _names(leaf, names),
        _common_name(leaf, names),
        _purpose(leaf),
        _usage(leaf),
        _key(leaf),
        _digest(leaf),
        _validity(leaf, at),
        _issuer(leaf),
        *_unseen(leaf),
    )


def lacks(leaf: Certificate, names: tuple[str, ...], at: datetime) -> tuple[str, ...]:
    """Return what is amiss, as phrases; empty when nothing that can be seen is."""
    return tuple(one.lack for one in judge(leaf, names, at) if one.met is Met.NO)


def _names(leaf: Certificate, names: tuple[str, ...]) -> Requirement:
    held = (*leaf.dns_names, *leaf.ip_addresses)
    missing = tuple(name for name in names if not covers(leaf, name, STRICT))
    return Requirement(
        name="Names",
        wanted="every name that clients use, in subjectAltName" + (f": {', '.join(names)}" if names else ""),
        found=f"holds {', '.join(held) or 'none'}",
        met=Met.NO if missing or not held else Met.YES,
        lack=f"it does not hold {', '.join(missing) or 'any name'} in subjectAltName",
    )


def _common_name(leaf: Certificate, names: tuple[str, ...]) -> Requirement:
    """Compare the CN, by which SQL Server Configuration Manager chose until 2019."""
    own = (*leaf.dns_names, *(n for n in names if not is_ip(n)))
    good = leaf.common_name is not None and leaf.common_name.lower() in {n.lower() for n in own}
    return Requirement(
        name="Subject",
        wanted="CN = the server's full name or host name (those of a cluster: its virtual name)",
        found=f"CN = {leaf.common_name or 'none'}",
        met=Met.YES if good else Met.NO,
        lack=f"its CN, {leaf.common_name or 'none'}, is no name of the server",
    )


def _purpose(leaf: Certificate) -> Requirement:
    listed = leaf.extended_key_usage
    return Requirement(
        name="Purpose",
        wanted="server authentication (1.3.6.1.5.5.7.3.1), listed as such",
        found=f"lists {', '.join(listed)}" if listed else "lists no purpose",
        met=Met.YES if listed and "serverAuth" in listed else Met.NO,
        lack="server authentication is not among its purposes" if listed else "it lists no purpose",
    )


def _usage(leaf: Certificate) -> Requirement:
    allowed = leaf.key_usage
    missing = () if allowed is None else tuple(usage for usage in _USAGES if usage not in allowed)
    if leaf.public_key.algorithm != "RSA":
        missing = tuple(
            usage for usage in missing if usage == _USAGES[0]
        )  # nothing is enciphered with other keys
    return Requirement(
        name="Key usage",
        wanted="digitalSignature, and keyEncipherment for an RSA key",
        found="not limited" if allowed is None else f"allows {', '.join(sorted(allowed)) or 'nothing'}",
        met=Met.NO if missing else Met.YES,
        lack=f"its key usage lacks {' and '.join(missing)}",
    )


def _key(leaf: Certificate) -> Requirement:
    key = leaf.public_key
    wanted = f"RSA, {LEAST_BITS} bits or more"
    if key.algorithm != "RSA":
        found = f"{key}; Microsoft names no kind but RSA: that this server takes it, its error log must say"
        return Requirement(name="Key", wanted=wanted, found=found, met=Met.UNSEEN)
    return Requirement(
        name="Key",
        wanted=wanted,
        found=str(key),
        met=Met.YES if (key.bits or 0) >= LEAST_BITS else Met.NO,
        lack=f"its key has {key.bits} bits",
    )


def _digest(leaf: Certificate) -> Requirement:
    return Requirement(
        name="Signature",
        wanted="SHA-256 or stronger",
        found=leaf.signature_algorithm,
        met=Met.NO if leaf.signature_digest in _OLD_DIGESTS else Met.YES,
        lack=f"it is signed with {leaf.signature_algorithm}",
    )


def _validity(leaf: Certificate, at: datetime) -> Requirement:
    if at < leaf.not_before:
        lack = f"it begins on {leaf.not_before:%Y-%m-%d}"
    elif at > leaf.not_after:
        lack = f"it ended on {leaf.not_after:%Y-%m-%d}"
    elif leaf.not_after - at < SOON:
        lack = f"it ends on {leaf.not_after:%Y-%m-%d}, in {(leaf.not_after - at).days} days"
    else:
        lack = ""
    return Requirement(
        name="Dates",
        wanted="valid now, and for another month",
        found=f"{leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}",
        met=Met.NO if lack else Met.YES,
        lack=lack,
    )


def _issuer(leaf: Certificate) -> Requirement:
    return Requirement(
        name="Issuer",
        wanted="a CA that the clients know",
        found="itself" if leaf.self_issued else leaf.issuer,
        met=Met.NO if leaf.self_issued else Met.YES,
        lack="it is signed by itself, not by a CA",
    )


def _unseen(leaf: Certificate) -> Iterator[Requirement]:
    yield Requirement(
        name="KeySpec",
        wanted="on Windows AT_KEYEXCHANGE (1), in a legacy provider",
        found=f"certutil -v -store My {leaf.sha1.upper()} on the server shows it",
        met=Met.UNSEEN,
    )
    yield Requirement(
        name="Store",
        wanted="on Windows Local Computer > Personal; on Linux the files of network.tlscert and network.tlskey",
        found="certlm.msc, or /var/opt/mssql/mssql.conf, shows it",
        met=Met.UNSEEN,
    )
    yield Requirement(
        name="Key access",
        wanted="the service's account may read the key (on Linux: owner mssql, mode 400, no password)",
        found="the error log names it: 33565, 26010 or 26014 where it may not",
        met=Met.UNSEEN,
    )
