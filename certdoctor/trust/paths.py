"""Path building and verification by OpenSSL itself, with every error of every certificate kept.

pyOpenSSL's ``X509StoreContext`` stops at the first error. A TLS client, however, verifies the server's
chain as soon as it has read the Certificate message, before it needs any signature of the server, and
its verify callback may let every error pass. So a client that talks to nobody is given a ServerHello
and a Certificate message made from the chain: OpenSSL builds the path, reports each (depth, error) to
the callback, and no private key is needed. Nothing is sent anywhere.
"""

from __future__ import annotations

import secrets
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass as mutable_dataclass
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

import certifi
from OpenSSL import SSL, crypto

from certdoctor.clients.entry.client import OpenSslSettings
from certdoctor.clients.entry.verify_errors import no_anchor, words
from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import x509
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.lean import dataclass
from certdoctor.model.trust import MissingIssuer, PathError, Trust
from certdoctor.trust import errors, interception

_ECDHE_RSA, _ECDHE_ECDSA = 0xC02F, 0xC02B


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one run."""

    path: tuple[str, ...]
    """SHA-256 of the certificates that OpenSSL put in line, the leaf first."""
    ders: tuple[bytes, ...]
    errors: tuple[PathError, ...]
    """In the order in which OpenSSL raised them, each once."""
    raised: tuple[PathError, ...] = ()
    """The same with repetitions, as the callback heard them."""


@dataclass(frozen=True, slots=True)
class Roots:
    """A set of trusted certificates."""

    given: tuple[bytes, ...] = ()
    """DER of certificates from a CA file."""
    public: bool = False
    """Whether the public (Mozilla) list counts as trusted too."""


def public_roots_title() -> str:
    """Return the name and version of the list that stands for the public roots."""
    return f"certifi {certifi.__version__}"


@mutable_dataclass(slots=True)
class _Run:
    """What the callback collects during one verification."""

    by_depth: dict[int, bytes]
    errors: list[PathError]


_current = threading.local()


def _collect(_: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
    run: _Run = _current.run
    der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
    run.by_depth[depth] = der
    if not ok:
        run.errors.append(PathError(depth=depth, code=code, text=words(code), sha256=sha256(der).hexdigest()))
    return True


@lru_cache(maxsize=64)
def _context(roots: Roots, settings: OpenSslSettings, at: datetime) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    # Set, not left to the machine's openssl.cnf, which may forbid TLS 1.2: then nothing would be verified.
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(f"ALL:@SECLEVEL={settings.security_level}".encode())
    context.set_verify(SSL.VERIFY_PEER, _collect)
    if roots.public:
        context.load_verify_locations(certifi.where())
    store = context.get_cert_store()
    if store is None:  # pragma: no cover - a context always has one
        raise RuntimeError("OpenSSL gave no certificate store")
    for der in roots.given:
        # What OpenSSL does not read is no root to a client that verifies with OpenSSL.
        with suppress(FormatError), foreign.parser("certificate"):
            store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
    store.set_time(at)
    flags = 0
    if settings.partial_chain:
        flags |= crypto.X509StoreFlags.PARTIAL_CHAIN
    if settings.strict:
        flags |= crypto.X509StoreFlags.X509_STRICT
    if flags:
        store.set_flags(flags)
    return context


def verify(chain: Chain, roots: Roots, settings: OpenSslSettings, at: datetime) -> Verification:
    """Let OpenSSL verify a chain as a TLS client does, server purpose, and keep every error.

    ``at`` is the instant of judgement. Names are not checked here: clients differ in that.
    """
    rsa = chain.leaf.public_key.algorithm.startswith("RSA")
    return _verify(tuple(c.der for c in chain), rsa, roots, settings, at)


@lru_cache(maxsize=128)
def _verify(
    chain: tuple[bytes, ...],
    rsa: bool,  # noqa: FBT001 - the cache wants hashable positions
    roots: Roots,
    settings: OpenSslSettings,
    at: datetime,
) -> Verification:
    """Verify once what several clients ask alike."""
    connection = SSL.Connection(_context(roots, settings, at), None)
    connection.set_connect_state()
    run = _Run({}, [])
    _current.run = run
    try:
        for incoming in (b"", _server_flight(chain, rsa=rsa)):
            if incoming:
                connection.bio_write(incoming)
            try:
                connection.do_handshake()
            except SSL.WantReadError:
                continue  # it waits for the server's next message, which never comes
            except SSL.Error as error:
                # OpenSSL could not even read the leaf's key: one error more, at the leaf.
                leaf = sha256(chain[0]).hexdigest()
                run.errors.append(PathError(depth=0, code=1, text=_reason(error), sha256=leaf))
    finally:
        del _current.run
    ders = tuple(run.by_depth[depth] for depth in sorted(run.by_depth))
    # A certificate raises the same error once, however often the callback hears of it.
    unique = tuple(dict.fromkeys(run.errors))
    path = tuple(sha256(der).hexdigest() for der in ders)
    return Verification(path, ders, unique, tuple(run.errors))


def examine(chain: Chain, given: Iterable[Certificate], at: datetime) -> Trust:
    """Say how far the chain can be built, and what stands against it, under the reference settings.

    The reference is OpenSSL at security level 1 with the certificates given as the only roots, or
    with the public roots when none were given.
    """
    given = tuple(given)
    roots = Roots(tuple(c.der for c in given), public=not given)
    outcome = verify(chain, roots, OpenSslSettings(), at)
    known = {c.sha256: c for c in (*given, *chain)}
    path = tuple(
        known.get(print_) or x509.parse(der) for print_, der in zip(outcome.path, outcome.ders, strict=True)
    ) or (chain.leaf,)
    sent = frozenset(c.sha256 for c in chain)
    top = path[-1]
    broken = any(no_anchor(e) for e in outcome.errors)
    missing = None
    if broken and not top.self_issued:
        missing = MissingIssuer(
            subject=top.issuer, key_id=top.authority_key_id, ca_issuers=top.ca_issuers, wanted_by=top
        )
    in_path = {c.sha256 for c in path}
    trust = Trust(
        path=path,
        sent=sent & in_path,
        anchored=not broken,
        anchor_source=None if broken else ("ca-file" if given else "public"),
        missing=missing,
        roots="ca-file" if given else public_roots_title(),
        errors=outcome.errors,
        given=given,
        strays=tuple(c for c in chain if c.sha256 not in in_path),
        interceptor=interception.recognise(path),
    )
    if missing is not None and errors.refused_issuer(trust):
        trust = replace(trust, missing=None)
    return replace(trust, errors=tuple(replace(e, cause=errors.cause(e, trust)) for e in outcome.errors))


def _server_flight(chain: tuple[bytes, ...], *, rsa: bool) -> bytes:
    """Return a ServerHello and a Certificate message (RFC 5246 sections 7.4.1.3 and 7.4.2) in records."""
    suite = _ECDHE_RSA if rsa else _ECDHE_ECDSA
    extensions = struct.pack(">HHB", 0xFF01, 1, 0)  # renegotiation_info (RFC 5746), which OpenSSL demands
    hello = b"\x03\x03" + secrets.token_bytes(32) + b"\x00" + struct.pack(">HB", suite, 0)
    hello += struct.pack(">H", len(extensions)) + extensions
    listed = b"".join(_length24(der) + der for der in chain)
    certificate = _length24(listed) + listed
    messages = b"\x02" + _length24(hello) + hello + b"\x0b" + _length24(certificate) + certificate
    limit = 1 << 14  # a TLS record holds no more (RFC 5246 section 6.2.1)
    return b"".join(
        b"\x16\x03\x03" + struct.pack(">H", len(part)) + part
        for part in (messages[at : at + limit] for at in range(0, len(messages), limit))
    )


def _length24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big")


def _reason(error: SSL.Error) -> str:
    details = error.args[0] if error.args else ()
    return str(details[-1][-1]) if details else "the handshake broke off"
