"""Remedies in the settings that a machine has for all of its programs."""

from __future__ import annotations

from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext


def fit_the_machine_policy(situation: RemedyContext) -> Remedy:
    """Have server and policy meet: the server rises to it, or one client gets a policy of its own."""
    page = Page(situation)
    return page.remedy(
        summary="Bring the server and this machine's OpenSSL policy together.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "See what the server accepts; best is a server that meets the policy as it stands.",
                page.run(f"probe {page.target} --ciphers -v"),
            ),
            (
                f"Where it cannot{' (SQL Server before TDS 8.0 ends at TLS 1.2)' if situation.speaks_tds else ''}, ask whoever "
                "set the policy which least version and groups clients of this server may use."
            ),
            (
                "Copy the file, change the setting in the copy alone, and start that one client with OPENSSL_CONF naming "
                "the copy; all other programs keep the policy. On Red Hat, update-crypto-policies changes it for all."
            ),
        ),
        proof=page.probe(),
    )


FAMILY = (fit_the_machine_policy,)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
