"""Finds out which of several files is whose: the CA, the server's certificate, the client's certificate and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.lean import dataclass
from certdoctor.model.names import is_ip

_CONTAINERS = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS, Form.SSO, Form.SST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Files with the roles that they have among each other."""

    files: tuple[FileFacts, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    """Names of a certificate's file and of that of its key."""
    chain: Chain | None = None
    """What the server sends, if one of the files is its certificate; completed by the others."""


def joined(files: Sequence[FileFacts], hosts: Sequence[str], *, any_format: bool = False) -> Joined:
    """Give each file its role.

    ``hosts`` are the names by which the client calls the server. With ``any_format`` the client reads more than PEM
    (Java, Windows), so that rules about PEM do not apply.
    """
    rest = [one for one in files if one.objects]
    containers = [one for one in rest if one.format in _CONTAINERS]
    plain = [one for one in rest if one.format not in _CONTAINERS]
    keys = [one for one in plain if one.keys]
    leaves = [one for one in plain if _leaf(one) is not None]
    cas = [one for one in plain if one.certificates and not one.keys and _leaf(one) is None]
    pairs = [(c.path, k.path) for c in leaves for k in keys if _belong(_leaf(c), k)]
    free = [key for key in keys if all(key.path != path for _, path in pairs)]
    with_key = [
        one for one in leaves if _in(one, pairs) or (free and (len(leaves) == 1 or _same_stem([one], free)))
    ]
    server = next((one for one in leaves if _is_servers(one, hosts, paired=one in with_key)), None)
    client, key = _clients(leaves, keys, pairs, server)
    given: list[FileFacts] = []
    for one in files:
        roles = [
            role
            for role, here in (
                (Role.CHAIN, one is server),
                (Role.CERTIFICATE, one is client),
                (Role.KEY, one is key),
                (Role.CA, one in cas),
            )
            if here
        ]
        given += [replace(one, role=role, any_format=any_format) for role in roles]
        if not roles:
            given.append(replace(one, any_format=True))
    certificates = [c for one in (*cas, *leaves, *containers) for c in one.certificates]
    leaf = _leaf(server) if server is not None else None
    return Joined(
        files=tuple(given),
        pairs=tuple(pairs),
        chain=None if server is None or leaf is None else _chain(server, leaf, certificates),
    )


def _leaf(file: FileFacts | None) -> Certificate | None:
    """Return the first certificate of a file that is no CA's; None if all are."""
    if file is None:
        return None
    return next((one for one in file.certificates if not _is_ca(one)), None)


def _is_ca(certificate: Certificate) -> bool:
    if certificate.is_ca is not None:
        return certificate.is_ca
    # Old roots have version 1 and no extensions at all.
    return certificate.self_issued and not certificate.has_san and certificate.extended_key_usage is None


def _belong(leaf: Certificate | None, file: FileFacts) -> bool:
    wanted = leaf.public_key.spki_sha256 if leaf is not None else ""
    return bool(wanted) and any(
        isinstance(key.public, PublicKey) and key.public.spki_sha256 == wanted for key in file.keys
    )


def _in(file: FileFacts, pairs: Sequence[tuple[str, str]]) -> bool:
    return any(certificate == file.path for certificate, _ in pairs)


def _is_servers(file: FileFacts, hosts: Sequence[str], *, paired: bool) -> bool:
    """Whether a file holds the server's certificate: by its names, its purpose, and whether the key was sent along."""
    leaf = _leaf(file)
    if leaf is None:
        return False
    if any(host.casefold() in {name.casefold() for name in _names(leaf)} for host in hosts):
        return True
    usage = leaf.extended_key_usage
    if usage is not None and "clientAuth" in usage:
        # Many CAs issue for both: with its key and without a host's name it is the client's.
        return "serverAuth" in usage and not paired and bool(leaf.dns_names or leaf.ip_addresses)
    if usage is not None:
        return "serverAuth" in usage or "anyExtendedKeyUsage" in usage
    return not paired and (_looks_like_host(leaf) or leaf.self_issued)


def _names(leaf: Certificate) -> tuple[str, ...]:
    common = (leaf.common_name,) if leaf.common_name else ()
    return (*leaf.dns_names, *leaf.ip_addresses, *common)


def _looks_like_host(leaf: Certificate) -> bool:
    return bool(leaf.dns_names or leaf.ip_addresses) or any(
        " " not in name and ("." in name or is_ip(name)) for name in _names(leaf)
    )


def _clients(
    leaves: Sequence[FileFacts],
    keys: Sequence[FileFacts],
    pairs: Sequence[tuple[str, str]],
    server: FileFacts | None,
) -> tuple[FileFacts | None, FileFacts | None]:
    """Return the client's certificate and key: those that belong together, else those that are left over."""
    by_path = {one.path: one for one in (*leaves, *keys)}
    own = next((pair for pair in pairs if server is None or pair[0] != server.path), None)
    if own is not None:
        return by_path[own[0]], by_path[own[1]]
    paired_keys = {key for _, key in pairs}
    alone = [one for one in leaves if not _in(one, pairs) and one is not server]
    free = [one for one in keys if one.path not in paired_keys]
    certificate = _same_stem(alone, free) or next(iter(alone), None)
    if certificate is None and server is not None and free and not _in(server, pairs):
        # A key and a certificate, and nothing else they could belong to: whether they do is what is asked.
        certificate = server
    return certificate, _same_stem(free, [certificate] if certificate else []) or next(iter(free), None)


def _same_stem(these: Sequence[FileFacts], those: Sequence[FileFacts]) -> FileFacts | None:
    stems = {_stem(one.path) for one in those}
    return next((one for one in these if _stem(one.path) in stems), None)


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].partition(".")[0].casefold()


def _chain(file: FileFacts, leaf: Certificate, known: Sequence[Certificate]) -> Chain:
    """Return the chain of the file; of a file with the leaf alone the one that the other files complete."""
    own = [one for one in file.certificates if one is not leaf]
    if own:
        return Chain(file.certificates[0], file.certificates[1:])
    rest: list[Certificate] = []
    below = leaf
    while len(rest) < len(known):
        above = next(
            (
                one
                for one in known
                if one.subject_der == below.issuer_der and not one.self_issued and one not in rest
            ),
            None,
        )
        if above is None or above is leaf:
            break
        rest.append(above)
        below = above
    return Chain(leaf, tuple(rest))
