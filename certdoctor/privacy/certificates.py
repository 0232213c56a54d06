"""Certificates without what identifies them: the facts that can be judged, with pseudonyms for the rest.

A certificate that is publicly logged is found by its fingerprint, serial number, key, or the second at which it
begins. So none of them is left, nor the certificate itself: only its shape, its dates to the hour, and pseudonyms.
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
"""Under it stand the numbers of enterprises (IANA)."""
_MICROSOFT = "1.3.6.1.4.1.311."
_TEMPLATES = "1.3.6.1.4.1.311.21.8."
"""Behind it Microsoft's CAs put the number of the Active Directory forest."""


def keep(certificate: Certificate, names: Names) -> None:
    """Learn that this is the certificate of a public CA: what it says is no secret."""
    for name in (certificate.subject, certificate.issuer):
        names.keep(*names.words(name))
    names.keep(certificate.common_name)
    names.keep_encoded(certificate.subject_der, certificate.issuer_der)
    names.fingerprints.keep(*_identifiers(certificate), *serials(certificate.serial))


def learn(certificate: Certificate, names: Names, at: datetime) -> None:
    """Learn what gives this certificate away. ``at`` is the instant of judgement."""
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
    """Learn what gives away a certificate that a log tells of. ``at`` is the instant of judgement."""
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


def disguised(certificate: Certificate, hidden: Certificate, names: Names, at: datetime) -> Certificate:
    """Return the facts of a certificate whose names were learnt, without what identifies it.

    ``hidden`` is the same with pseudonyms in all of its texts. ``at`` is the instant of judgement.
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


def disguised_logged(hidden: LogCertificate, at: datetime) -> LogCertificate:
    """Return what a log tells of a certificate, its names hidden already, with dates to the hour."""
    begin, end = hidden.not_before, hidden.not_after
    return replace(
        hidden,
        not_before=begin and to_the_hour(begin, at),
        not_after=end and to_the_hour(end, at),
    )


def to_the_hour(moment: datetime, at: datetime) -> datetime:
    """Return the beginning of the hour, or its end where else another number of days would lie up to ``at``.

    What is whole days away stays as it is: it tells nothing that ``at`` does not tell.
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
    """Return the address without what follows the host: names of CAs and of folders stand there."""
    found = _URL.fullmatch(address)
    return f"{names.hide(found['start'])}/{MASK}" if found else names.hide(address)
