"""Java key stores as the objects of a file, and whether a password fits them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from certdoctor.formats.certificates.objects import certificate_object
from certdoctor.formats.containers import jks
from certdoctor.formats.keys import near_misses
from certdoctor.model.files import NOT_OPENED, FileObject, KeyFacts, Lock

_REASON = (
    "Java's own encryption, in which OpenSSL and Node read no key"
    " (keytool -importkeystore -deststoretype PKCS12 makes a PKCS#12 of the store)"
)
_PROTECTIONS = {"JKS": "SHA-1 key stream", "JCEKS": "PBE with MD5 and 3DES"}


def open_store(data: bytes, password: bytes | None) -> Iterator[FileObject]:
    """Yield every certificate and private key of a JKS or JCEKS, the keys with their chains.

    Certificates need no password. A given password is checked against the digest of the store, as Java does.
    Keys are not decrypted: the public key is taken from their certificate.
    """
    kind = "JCEKS" if data.startswith(jks.MAGIC_JCEKS) else "JKS"
    store = jks.survey(data)
    fits = None if password is None or store.problem else jks.opens(data, password)
    near_miss = None
    if fits is False and password is not None:
        near_miss = near_misses.which_opens(password, lambda other: jks.opens(data, other))
    for entry in store.keys:
        chain = [certificate_object(der, encoding=kind) for der in entry.chain]
        own = chain[0].certificate if chain else None
        public = own.public_key if own else NOT_OPENED
        facts = KeyFacts(
            container=kind,
            lock=Lock.UNSUPPORTED,
            encryption=_PROTECTIONS[kind],
            public=public,
            reason=_REASON if fits is None else f"{_REASON}; the password given is that of the store",
        )
        if fits is False:
            facts = replace(facts, lock=Lock.WRONG_PASSWORD, reason=None, near_miss=near_miss)
        yield FileObject(kind="private key", encoding=kind, key=facts, name=entry.alias)
        yield from chain
    for anchor in store.trusted:
        yield replace(certificate_object(anchor.der, encoding=kind), name=anchor.alias)
    if fits is not None and not store.keys:
        lock = Lock.OPENED if fits else Lock.WRONG_PASSWORD
        facts = KeyFacts(
            container=kind,
            lock=lock,
            encryption="none; a digest keyed with the password",
            near_miss=near_miss,
        )
        yield FileObject(kind="key store", encoding=kind, key=facts)
    if store.problem:
        yield FileObject(
            kind="key store", encoding=kind, problem=f"it was read in part only: {store.problem}"
        )
