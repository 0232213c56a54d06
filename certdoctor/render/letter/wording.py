"""The sentences of the mail: what is wrong, by cause, for readers who administer databases and not certificates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from certdoctor.model.lean import dataclass
from certdoctor.model.rule import Owner

_SENTENCE_END = re.compile(r"(?<=[.!?:]) ")
_OURS = re.compile(r"\bcertdoctor\b|(?<!\S)--[a-z]+-[a-z]")


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of one cause. ``{client}`` and ``{server}`` are filled in."""

    subject: str
    """Behind "Connection to SERVER: "."""
    what: str
    """What is wrong and why the connection fails over it."""


def wording(slug: str, title: str, explanation: str) -> Wording:
    """Return the sentences for a cause; those of its rule where there are none of its own."""
    return WORDINGS.get(slug) or Wording(_lower(title), without_us(f"{title}. {explanation}"))


def without_us(text: str) -> str:
    """Return a text without its sentences about certdoctor and its options, which the reader does not have."""
    return " ".join(one for one in _SENTENCE_END.split(text) if not _OURS.search(one))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


OWNERS: Mapping[Owner, str] = MappingProxyType(
    {
        Owner.CLIENT: "This can be put right where {client} is installed; the database server needs no change.",
        Owner.SERVER: "This can be put right by the administrator of the database server.",
        Owner.CA: "This can be put right by your PKI team, or by whoever issued the certificate.",
        Owner.NETWORK: "This can be put right by your network team.",
    }
)

WORDINGS: Mapping[str, Wording] = MappingProxyType(
    {
        "missing-issuer": Wording(
            "the server's certificate authority is not trusted",
            "The certificate of {server} was issued by a certificate authority (CA) that {client} does not know. {client} "
            "cannot tell whether the server is genuine, and ends the connection. It needs the root certificate of that CA.",
        ),
        "self-signed-in-chain": Wording(
            "the server's certificate authority is not trusted",
            "The certificate of {server} was issued by a certificate authority (CA) of a company, and {client} does not "
            "trust the root certificate of that CA. It cannot tell whether the server is genuine, and ends the connection.",
        ),
        "incomplete-chain": Wording(
            "the server does not send its intermediate certificate",
            "Between the certificate of {server} and the root CA there is an intermediate certificate, and the server does "
            "not send it. Programs that have met it before connect all the same; {client} does not, since it cannot follow "
            "the chain from the server's certificate to a root that it trusts.",
        ),
        "self-signed-leaf": Wording(
            "the server uses a certificate that it made itself",
            "{server} presents a certificate that no certificate authority has issued: the server made it itself. SQL Server "
            "does so when no other certificate was given to it. {client} has no means to tell it from a forged one, and "
            "ends the connection.",
        ),
        "expired": Wording(
            "a certificate has expired",
            "A certificate that is needed for the connection to {server} is past its last day. {client} refuses it, as every "
            "program that checks certificates does.",
        ),
        "not-yet-valid": Wording(
            "a certificate is not valid yet",
            "A certificate that is needed for the connection to {server} is valid only from a later time on. Either it was "
            "installed too early, or a clock is wrong: that of the computer, or that of the CA.",
        ),
        "hostname-mismatch": Wording(
            "the certificate is for another name",
            "{client} connects to {server}, and the server's certificate does not hold this name. Programs must refuse that: "
            "otherwise any server with a certificate of its own could pose as this one.",
        ),
        "wrong-purpose": Wording(
            "the certificate is not made for servers",
            "The certificate of {server} was issued for another purpose than to identify a server (extended key usage "
            "without Server Authentication). {client} refuses it for this use.",
        ),
        "weak-key": Wording(
            "a key is too short",
            "A certificate of {server} has a key that is too short by today's rules. {client} refuses it.",
        ),
        "weak-digest": Wording(
            "a certificate is signed with an outdated method",
            "A certificate of {server} is signed with SHA-1 or MD5, which can be forged. {client} refuses it.",
        ),
        "not-a-pem": Wording(
            "a certificate file has another format than the program reads",
            "One of the files is right in its content, but written in another format than {client} reads there: it wants "
            'PEM, which is text that begins with "-----BEGIN". Some programs say nothing of this and act as if '
            "no file had been given.",
        ),
        "file-unreadable": Wording(
            "a file that the settings name cannot be read",
            "The settings of the connection name a file that {client} cannot read: it is not at that place, or the user who "
            "runs the program may not read it.",
        ),
        "key-mismatch": Wording(
            "private key and certificate do not belong together",
            "The private key is not the one that the certificate was issued for. Together they cannot be used: the server "
            "would see that {client} does not own the certificate.",
        ),
        "password-required": Wording(
            "the private key needs its password",
            "The private key is encrypted, and its password was not given. {client} cannot use the key without it.",
        ),
        "wrong-password": Wording(
            "the password of the private key is not the right one",
            "The private key is encrypted, and the password that was given does not open it.",
        ),
        "client-cert-required": Wording(
            "the server asks for a certificate of the client",
            "{server} lets only those in who present a certificate of their own, and {client} presented none.",
        ),
        "client-cert-rejected": Wording(
            "the server refuses the client's certificate",
            "{client} presented a certificate, and {server} did not accept it: it expects one of another CA, for another "
            "purpose or of a later date.",
        ),
        "protocol-mismatch": Wording(
            "client and server share no version of TLS",
            "{client} and {server} have no version of the TLS protocol in common. Mostly the server offers TLS 1.0 or 1.1 "
            "only, which current programs refuse.",
        ),
        "cipher-mismatch": Wording(
            "client and server share no cipher suite",
            "{client} and {server} have no cipher suite in common, so that no encryption can be agreed on.",
        ),
        "encryption-required": Wording(
            "the server demands an encrypted connection",
            "{server} accepts encrypted connections only, and encryption is switched off in the settings of {client}.",
        ),
        "encryption-unsupported": Wording(
            "the server offers no encryption",
            "{client} asks for an encrypted connection, and {server} offers none.",
        ),
        "strict-only": Wording(
            "the server accepts strict connections only",
            '{server} accepts only connections that begin with TLS ("strict", TDS 8.0), and {client} began in the older way.',
        ),
        "not-tls-or-wrong-port": Wording(
            "something else answers at this port",
            "What answers at {server} is not the database, or does not speak TLS. Mostly the port is another one.",
        ),
        "tls-interception": Wording(
            "a security product opens the connection",
            "The certificate that {client} gets is not that of the database server: a security product on the way opens "
            "encrypted connections and presents a certificate of its own. {client} does not trust its issuer.",
        ),
        "server-cert-not-loaded": Wording(
            "the server could not load its certificate",
            "SQL Server could not use the certificate that was chosen for it, and works with a makeshift one or not at all.",
        ),
        "validation-failed": Wording(
            "the server's certificate was refused",
            "{client} refused the certificate of {server}, and its message does not say why. An unknown CA, a past date and a "
            "wrong name all read the same.",
        ),
        "dns-failure": Wording(
            "the server's name is not known in the network",
            "The name of {server} has no address in the network of the computer that connects. Certificates have no part in it.",
        ),
        "connection-refused": Wording(
            "nothing listens at this port",
            "The computer of {server} answers, but no program listens at this port. Certificates have no part in it.",
        ),
        "timeout": Wording(
            "the server does not answer",
            "{server} does not answer in time. Mostly a firewall holds the connection back. Certificates have no part in it.",
        ),
        "authentication-failed": Wording(
            "the login was refused",
            "The encrypted connection to {server} works. What was refused is the login: user name, password or "
            "permission. Certificates have no part in it.",
        ),
    }
)
"""By the slugs of the causes."""
