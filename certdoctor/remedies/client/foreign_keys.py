"""Keys that other programs keep in formats of their own: only those programs take them out."""

from __future__ import annotations

from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.commands import Page, step

_JAVA = frozenset({"JKS", "JCEKS"})


def take_out(page: Page) -> Remedy | None:
    """Return how the key of the file in question becomes one that OpenSSL reads, None if it is such a key."""
    container = page.situation.key_container
    name = page.other
    steps: tuple[str, ...]
    if container in _JAVA:
        steps = (
            step(
                "Make a PKCS#12 of the store with Java's keytool; it asks for the passwords.",
                f"keytool -importkeystore -srckeystore {name} -srcstoretype {container} -destkeystore new.p12 "
                "-deststoretype PKCS12",
            ),
            step(
                "Take the key out of it, encrypted.",
                page.run("repair new.p12 --out corrected --with-key --ask-password"),
            ),
        )
        proof = page.run("inspect corrected/new.key")
    elif container == "PuTTY":
        steps = (
            step("Convert it with PuTTY's own tool.", f"puttygen {name} -O private-openssh -o new.key"),
            "On Windows: open the file in PuTTYgen, then Conversions > Export OpenSSH key.",
            step(
                "An Ed25519 key comes out in OpenSSH's format; this makes PKCS#8 of it.",
                page.run("repair new.key --out corrected --with-key"),
            ),
        )
        proof = page.run("inspect new.key")
    elif container == "OpenSSH":
        steps = (
            step(
                "Take its password off in a copy, with OpenSSH's own tool.",
                f"cp {name} new.key",
                "ssh-keygen -p -N '' -f new.key",
            ),
            step(
                "Write that as PKCS#8, encrypted with a new password.",
                page.run("repair new.key --out corrected --with-key --ask-password"),
            ),
            "Delete the copy: it is not encrypted.",
        )
        proof = page.run("inspect corrected/new.key")
    else:
        return None
    return page.remedy(
        summary="Take the key out with the program that made the file: no other reads its format.",
        owner=Owner.CLIENT,
        steps=(*steps, "Name the new file in the connection's settings."),
        proof=proof,
    )
