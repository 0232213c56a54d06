"""Redacts certificates: the facts that can be judged stay, identifying facts become pseudonyms.

A certificate names its owner in a dozen places, and one that is publicly logged can be found by its fingerprint,
serial number, key, or the second at which it begins. So redacted evidence keeps none of these and not the
certificate itself: only its shape, its dates to the hour, and pseudonyms.

New certificates with pseudonyms in them, which could be verified again, were considered. But a new signature hides
the very faults that a case is about (a bad signature, an odd encoding, a weak key), and such a certificate would be
taken for one that exists. What cannot be judged again is reported as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import MAXYEAR, datetime, timedelta

from certdoctor.formats.text.redact import MASK
from certdoctor.model.certificate import Certificate
from certdoctor.model.log import LogCertificate
from certdoctor.privacy.fingerprints import serials
from certdoctor.privacy.names import Names

_HOUR = timedelta(hours=1)
_URL = re.compile(r"(?P<start>[A-Za-z][A-Za-z0-9+.-]*://(?:[^/]*))/.+", re.DOTALL)
_PRIVATE_ARC = "1.3.6.1.4.1."
"""The arc of the enterprise numbers (IANA)."""
_MICROSOFT = "1.3.6.1.4.1.311."
_TEMPLATES = "1.3.6.1.4.1.311.21.8."
"""Microsoft's CAs append the number of the Active Directory forest to it."""


def keep(certificate: Certificate, names: Names) -> None:
    """Keep everything in the certificate of a public CA, which is no secret."""
    for name in (certificate.subject, certificate.issuer):
        names.keep(*names.words(name))
    names.keep(certificate.common_name)
    names.keep_encoded(certificate.subject_der, certificate.issuer_der)
    names.fingerprints.keep(*_identifiers(certificate), *serials(certificate.serial))


def learn(certificate: Certificate, names: Names, at: datetime) -> None:
    """Learn everything that identifies this certificate. ``at`` is the instant of judgement."""
    _learn_names(certificate, names)
    for digits in (*_identifiers(certificate), *serials(certificate.serial)):
        names.fingerprints.of(digits)
    unread = (extension.oid for extension in certificate.unread_extensions)
    for oid in (*(certificate.extended_key_usage or ()), *certificate.unknown_critical, *unread):
        if oid.startswith(_TEMPLATES) or (oid.startswith(_PRIVATE_ARC) and not oid.startswith(_MICROSOFT)):
            names.word(oid, "oid")
    for address in certificate.ca_issuers:
        names.text(address)
        names.instead(address, _address(address, names))
    _learn_dates((certificate.not_before, certificate.not_after), names, at)


def learn_logged(certificate: LogCertificate, names: Names, at: datetime) -> None:
    """Learn everything that identifies a certificate that a log describes. ``at`` is the instant of judgement."""
    for name in (
        certificate.host,
        *certificate.dns_names,
        *certificate.ip_addresses,
        certificate.common_name,
    ):
        if name:
            names.host(name)
    for name in (certificate.subject, certificate.issuer):
        names.distinguished(name)
    _learn_dates((certificate.not_before, certificate.not_after), names, at)


def _learn_dates(moments: Iterable[datetime | None], names: Names, at: datetime) -> None:
    for moment in filter(None, moments):
        for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M"):  # as findings and clients write it
            names.instead(moment.strftime(form), to_the_hour(moment, at).strftime(form))


def _learn_names(certificate: Certificate, names: Names) -> None:
    for name in (*certificate.dns_names, *certificate.ip_addresses):
        names.host(name)
    if certificate.common_name and not certificate.is_ca:
        names.host(certificate.common_name)
    for constraint in (*certificate.permitted_names, *certificate.excluded_names):
        _learn_constraint(constraint, names)
    for name in (certificate.subject, certificate.issuer):
        names.distinguished(name)
    for name in (*certificate.dns_names, certificate.common_name or ""):
        names.word(name, "name")  # whatever is no host name


def _identifiers(certificate: Certificate) -> tuple[str, ...]:
    return (
        certificate.sha256,
        certificate.sha1,
        certificate.public_key.spki_sha256,
        certificate.subject_key_id or "",
        certificate.authority_key_id or "",
    )


def redacted_facts(certificate: Certificate, hidden: Certificate, names: Names, at: datetime) -> Certificate:
    """Return the redacted facts of a certificate that was learnt.

    ``hidden`` is the same certificate with pseudonyms in all of its texts. ``at`` is the instant of judgement.
    """
    of = names.fingerprints.of
    return replace(
        hidden,
        der=b"",
        sha256=of(certificate.sha256),
        sha1=of(certificate.sha1),
        subject_der=names.encoded(certificate.subject_der),
        issuer_der=names.encoded(certificate.issuer_der),
        serial=(certificate.serial > 0) - (certificate.serial < 0),  # a negative one is a finding
        not_before=to_the_hour(certificate.not_before, at),
        not_after=to_the_hour(certificate.not_after, at),
        subject_key_id=certificate.subject_key_id and of(certificate.subject_key_id),
        authority_key_id=certificate.authority_key_id and of(certificate.authority_key_id),
    )


def redacted_logged(hidden: LogCertificate, at: datetime) -> LogCertificate:
    """Return a certificate that a log describes, with dates to the hour; ``hidden`` already has pseudonyms."""
    begin, end = hidden.not_before, hidden.not_after
    return replace(
        hidden,
        not_before=begin and to_the_hour(begin, at),
        not_after=end and to_the_hour(end, at),
    )


def to_the_hour(moment: datetime, at: datetime) -> datetime:
    """Round to the beginning of the hour, or to its end if that keeps the number of whole days from ``at``.

    A moment that is whole days away from ``at`` stays: it reveals nothing that ``at`` does not.
    """
    hour = moment.replace(minute=0, second=0, microsecond=0)
    apart = (moment - at).days, (at - moment).days
    ends = (hour,) if hour.year == MAXYEAR else (hour, hour + _HOUR)
    return next((end for end in ends if ((end - at).days, (at - end).days) == apart), moment)


def _learn_constraint(constraint: str, names: Names) -> None:
    value = constraint.partition(":")[2]
    names.host(value.lstrip(".").partition("/")[0])
    if value and names.hide(value) == value:
        names.word(value, "name")


def _address(address: str, names: Names) -> str:
    """Return the address without the part after the host, which may name CAs and folders."""
    found = _URL.fullmatch(address)
    return f"{names.hide(found['start'])}/{MASK}" if found else names.hide(address)
