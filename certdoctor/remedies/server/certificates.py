"""Remedies that end with another certificate on the server: new, renewed, reissued."""

from __future__ import annotations

from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server import binding

_MADE_AT_START = (
    "Do not import the present one into clients: if SQL Server made it itself (SSL_Self_Signed_Fallback), it holds no name "
    "of the server, and the next start makes another."
)


def install_a_real_certificate(situation: RemedyContext) -> Remedy:
    """Replace the certificate that the server made itself."""
    page = Page(situation)
    return page.remedy(
        summary=f"Give {situation.host} a certificate from a CA that the clients know, in place of {situation.leaf_subject}.",
        owner=Owner.SERVER,
        steps=(
            *((_MADE_AT_START,) if situation.speaks_tds else ()),
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def renew_the_certificate(situation: RemedyContext) -> Remedy:
    """Replace a certificate that has expired or is about to."""
    page = Page(situation)
    return page.remedy(
        summary=f"Renew {situation.leaf_subject} and put the new one in its place.",
        owner=Owner.SERVER,
        steps=(
            step(
                "Look which certificate of the chain it is: if it is the CA's own, the CA has to be renewed first.",
                page.probe(),
            ),
            f"Renew it at the CA that issued it, with the same names: {', '.join(situation.covered_names or situation.names)}.",
            (
                "The renewed one has another thumbprint: SQL Server keeps using the old one until it is bound anew."
                if situation.speaks_tds
                else "The old one stays in use until the server has read the renewed one."
            ),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def reissue_with_names(situation: RemedyContext) -> Remedy:
    """Get a certificate that holds the names in use."""
    page = Page(situation)
    return page.remedy(
        summary=f"Have the server's certificate issued again with every name that clients use: {', '.join(situation.names)}.",
        owner=Owner.SERVER,
        steps=(
            (
                "List all names in use: full name, short name, alias, availability group listener, virtual name of a cluster "
                "(on every node), and IP addresses if clients connect by them."
            ),
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def reissue_with_server_auth(situation: RemedyContext) -> Remedy:
    """Get a certificate made for servers."""
    page = Page(situation)
    return page.remedy(
        summary="Have the server's certificate issued again for the purpose server authentication.",
        owner=Owner.SERVER,
        steps=(
            (
                "At a Windows CA use a template with Server Authentication (1.3.6.1.5.5.7.3.1), such as Web Server; a template "
                "for users or clients only does not do."
            ),
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def reissue_the_ca(situation: RemedyContext) -> Remedy:
    """Mend a CA certificate, and everything below it."""
    page = Page(situation)
    return page.remedy(
        summary="Have the CA's own certificate reissued as a CA certificate, then everything that it issued.",
        owner=Owner.CA,
        steps=(
            (
                "The CA's certificate needs basicConstraints CA:TRUE (critical) and keyUsage keyCertSign; a path length, if "
                "any, that allows the CAs below it; and name constraints, if any, that allow the server's names "
                "(RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.10)."
            ),
            step("Show how the present one departs from that.", page.run(f"inspect {page.ca}")),
            (
                "Issue it again with the same key and name where that is allowed: certificates below it then stay good. With "
                "a new key, issue those again too."
            ),
            "Give the new one to the clients (a root) or to the server (an intermediate).",
        ),
        proof=page.verify(),
    )


def reissue_stronger(situation: RemedyContext) -> Remedy:
    """Replace short keys and old digests."""
    page = Page(situation)
    return page.remedy(
        summary=f"Have the weak certificate issued again: RSA of {situation.key_bits} bits or more, signed with SHA-256.",
        owner=Owner.CA,
        steps=(
            step(
                "See which certificate of the chain is weak; a root's own signature is not checked by anybody.",
                page.probe(),
            ),
            "If it is an intermediate, the CA renews that one first; set the CA to sign with SHA-256.",
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def issue_readable(situation: RemedyContext) -> Remedy:
    """Replace a certificate that is not written as the standard says."""
    page = Page(situation)
    return page.remedy(
        summary="Have the certificate issued again without the extension that cannot be read.",
        owner=Owner.CA,
        steps=(
            (
                "Show the CA the extension's number and what is wrong with it: a template or a program of theirs writes it so, "
                "and every certificate of that template has the same fault."
            ),
            "If it is a CA's own certificate, that one is to be issued again first.",
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


def replace_the_revoked_certificate(situation: RemedyContext) -> Remedy:
    """Replace a certificate that its CA has withdrawn."""
    page = Page(situation)
    return page.remedy(
        summary=f"Replace {situation.leaf_subject}: its CA has revoked it.",
        owner=Owner.SERVER,
        steps=(
            "Ask the CA why. If the key was or may have been stolen, treat passwords sent to this server as known.",
            "If it is a CA's own certificate, that one is to be issued again first, then what it issued.",
            "Make a new key: a new certificate over the old key would be worth nothing.",
            *obtaining.request(page, server_on=situation.server_on),
            *binding.steps(page),
        ),
        proof=page.verify(),
    )


FAMILY = (
    install_a_real_certificate,
    renew_the_certificate,
    reissue_with_names,
    reissue_with_server_auth,
    reissue_the_ca,
    reissue_stronger,
    issue_readable,
    replace_the_revoked_certificate,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
