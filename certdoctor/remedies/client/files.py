"""Remedies for certificate, key and CA files on the client's side."""

from __future__ import annotations

from certdoctor.model.ids import Shell, System
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client.foreign_keys import take_out
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext

_LEGACY = "-provider default -provider legacy"


def give_the_right_file(situation: RemedyContext) -> Remedy:
    """Name a file that exists and holds what the field is for."""
    page = Page(situation)
    return page.remedy(
        summary="Name the file that holds what this setting is for.",
        owner=Owner.CLIENT,
        steps=(
            step("See what the file really holds.", page.run(f"inspect {page.other}")),
            (
                "Certificate Authority takes the root (and intermediates), Client Certificate the client's own certificate "
                "and its intermediates, Client Private Key the key that belongs to it."
            ),
            (
                "Give the full path, and see that the user who runs the application may read the file and every folder above "
                "it."
            ),
        ),
        proof=page.run(f"inspect {page.other}"),
    )


def convert_to_pem(situation: RemedyContext) -> Remedy:
    """Turn DER, PKCS#7, PKCS#12 or UTF-16 into PEM."""
    page = Page(situation)
    if taken := take_out(page):
        return taken
    return page.remedy(
        summary="Write the file as PEM: text, in ASCII or UTF-8 without a byte order mark.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "certdoctor writes the corrected file into another folder; for a private key add --with-key.",
                page.run(f"repair {page.other} --out corrected"),
            ),
            *_by_hand(page),
            "Name the new file in the connection's settings.",
        ),
        proof=page.run("inspect corrected"),
    )


def _by_hand(page: Page) -> tuple[str, ...]:
    """Give the commands of other tools, those for the format of the file alone where that is known."""
    situation = page.situation
    name = page.path(situation.other_path, shell=Shell.POSIX)
    recipes: tuple[tuple[str, str], ...]
    if situation.os is System.WINDOWS:
        recipes = (
            (
                "DER certificate",
                step("Or by hand, a DER certificate:", f"certutil -f -encode {page.other} converted.pem"),
            ),
            (
                "UTF-16",
                step(
                    "Or by hand, text in UTF-16 (PowerShell's > or Notepad wrote it):",
                    f"Get-Content {page.other} | Set-Content -Encoding ascii converted.pem",
                ),
            ),
        )
    else:
        recipes = (
            (
                "DER certificate",
                step(
                    "Or by hand with OpenSSL, a DER certificate:",
                    f"openssl x509 -inform DER -in {name} -out converted.pem",
                ),
            ),
            (
                "PKCS#7",
                step(
                    "Or by hand with OpenSSL, PKCS#7 (.p7b); for one in text leave -inform DER out:",
                    f"openssl pkcs7 -inform DER -print_certs -in {name} -out converted.pem",
                ),
            ),
            (
                "PKCS#12",
                step(
                    "Or by hand with OpenSSL, PKCS#12 (.pfx, .p12), which asks for its password; the key is written encrypted again:",
                    f"openssl pkcs12 -in {name} -nokeys -out converted.pem",
                    f"openssl pkcs12 -in {name} -nocerts -out converted.key",
                ),
            ),
            (
                "UTF-16",
                step(
                    "Or by hand, text in UTF-16 (PowerShell's > or Notepad wrote it):",
                    f"iconv -f UTF-16 -t UTF-8 {name} > converted.pem",
                ),
            ),
        )
    if not situation.other_format:
        return tuple(recipe for _, recipe in recipes)
    known = situation.other_format.casefold()
    return tuple(recipe for form, recipe in recipes if form.casefold() in known)


def fetch_again(situation: RemedyContext) -> Remedy:
    """Replace a file that was damaged on its way."""
    page = Page(situation)
    return page.remedy(
        summary="Get the file again from where it came: this copy is damaged or incomplete.",
        owner=Owner.CLIENT,
        steps=(
            "Have it sent as an attachment or archive, not pasted into mail or chat, which change line ends and dashes.",
            "If it was downloaded, look whether a sign-in page was saved in its place.",
            step("Compare size and fingerprint with the sender.", page.run(f"inspect {page.other}")),
        ),
        proof=page.run(f"inspect {page.other}"),
    )


def put_the_leaf_first(situation: RemedyContext) -> Remedy:
    """Order a chain file."""
    page = Page(situation)
    return page.remedy(
        summary="Put the certificates in order: the leaf first, then each issuer; the root may be left out.",
        owner=Owner.CLIENT,
        steps=(
            step("See the order now.", page.run(f"inspect {page.other}")),
            step(
                "certdoctor writes the ordered file into another folder.",
                page.run(f"repair {page.other} --out corrected"),
            ),
            "Or move the blocks from BEGIN CERTIFICATE to END CERTIFICATE, whole, into that order in a text editor.",
            "Name the new file in the connection's settings.",
        ),
        proof=page.run(f"inspect {page.other}"),
    )


def renew_the_bundle(situation: RemedyContext) -> Remedy:
    """Replace an old list of CAs."""
    page = Page(situation)
    return page.remedy(
        summary="Replace the CA bundle with a current one; chains that end at an expired CA are refused.",
        owner=Owner.CLIENT,
        steps=(
            "Where it came with the system or a program, update that package: ca-certificates, certifi, Java, Node.",
            "Where it was put together by hand, get the renewed CA certificate and put it in the old one's place.",
            "A program that has loaded the list sees the new one after a restart.",
        ),
        proof=page.run(f"expiry {page.other}"),
    )


def use_the_matching_key(situation: RemedyContext) -> Remedy:
    """Find the key that belongs to the certificate."""
    page = Page(situation)
    return page.remedy(
        summary="Use the private key from which this certificate was requested.",
        owner=Owner.CLIENT,
        steps=(
            step("Let certdoctor pair up the certificates and keys of a folder.", page.run("match .")),
            "Look in the folder where the request was made; a renewal often comes with a new key.",
            "If the key is lost, make a new key and request, and have the certificate issued again.",
        ),
        proof=page.run(f"match --cert {page.cert} --key {page.key}"),
    )


def _folder(page: Page) -> str:
    """Return the folder in which the key lies, as one word."""
    path = page.situation.key_path
    end = max(path.rfind("/"), path.rfind("\\"))
    return page.path(path[: end or 1]) if end >= 0 else "."


def find_the_certificate(situation: RemedyContext) -> Remedy:
    """Find what was issued for a key that stands alone."""
    page = Page(situation)
    return page.remedy(
        summary="Find the certificate that was issued for this key, or have one issued.",
        owner=Owner.CLIENT,
        steps=(
            step("Look below this folder too.", page.run(f"match {_folder(page)} --recursive")),
            "Look at what the CA sent in answer to the request: mail, download page, archive.",
            step(
                "If there is none, make a request with this key and send it to the CA.",
                f"openssl req -new -key {page.key} -out client.csr",
            ),
        ),
        proof=page.run(f"match --cert {page.cert} --key {page.key}"),
    )


def pair_a_smaller_folder(situation: RemedyContext) -> Remedy:
    """Look again where not everything was looked into."""
    page = Page(situation)
    return page.remedy(
        summary="Copy the certificates and keys into a folder of their own, and match that folder.",
        owner=Owner.CLIENT,
        steps=(
            "Leave out everything else; one folder below another can also be given by itself.",
            step("Pair what is in it.", page.run("match FOLDER")),
        ),
        proof=page.run("match FOLDER"),
    )


def give_both_files(situation: RemedyContext) -> Remedy:
    """Complete a certificate without a key, or the reverse."""
    page = Page(situation)
    return page.remedy(
        summary="Give both the client certificate and its private key: with only one of them, nothing is sent.",
        owner=Owner.CLIENT,
        steps=(
            f"Name {situation.cert_path} as client certificate and {situation.key_path} as client private key.",
            "If the server asks for no client certificate, leave both empty.",
        ),
        proof=page.run(f"match --cert {page.cert} --key {page.key}"),
    )


def give_the_password(situation: RemedyContext) -> Remedy:
    """Open a key for which no password, or a wrong one, was given."""
    page = Page(situation)
    return page.remedy(
        summary="Enter the password of the private key in the field for it.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "Try it here first; it is asked for and not shown.",
                page.run(f"password {page.key} --ask-password"),
            ),
            (
                "Type it into the application's field for the key's password; if you paste it, make sure that no space "
                "and no line break comes with it."
            ),
            "It is the password of this file, not the one of the database account.",
        ),
        proof=page.run(f"password {page.key} --ask-password"),
    )


def ask_for_the_password(situation: RemedyContext) -> Remedy:
    """Nobody here knows the password."""
    page = Page(situation)
    return page.remedy(
        summary="Ask whoever made the key for its password; it cannot be had from the file.",
        owner=Owner.CLIENT,
        steps=(
            "Ask for it by another way than the file came (phone, password manager), not in the same mail.",
            "If nobody knows it, make a new key and have a new certificate issued.",
            step("Try it; it is asked for and not shown.", page.run(f"password {page.key} --ask-password")),
        ),
        proof=page.run(f"password {page.key} --ask-password"),
    )


def leave_the_password_out(situation: RemedyContext) -> Remedy:
    """Take back a password given for a key that has none."""
    page = Page(situation)
    return page.remedy(
        summary="Leave the field for the key's password empty: this key is not encrypted.",
        owner=Owner.CLIENT,
        steps=(
            step("See for yourself.", page.run(f"inspect {page.key}")),
            "Empty the field. If the key ought to be protected, encrypt it and give that password instead.",
        ),
        proof=page.run(f"match --cert {page.cert} --key {page.key}"),
    )


def re_encrypt_the_key(situation: RemedyContext) -> Remedy:
    """Write the key in an encryption that current programs read."""
    page = Page(situation)
    if taken := take_out(page):
        return taken
    return page.remedy(
        summary="Write the key again with a current encryption (PKCS#8, AES-256), keeping it protected.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "With OpenSSL 3; it asks for the old password, then twice for the new one.",
                f"openssl pkcs8 -topk8 -v2 aes-256-cbc {_LEGACY} -in {page.key} -out new.key",
            ),
            step(
                "A PKCS#12 file with old encryption: take the key out first, then encrypt it as above.",
                f"openssl pkcs12 -legacy -in {page.path('old.pfx')} -nocerts -out old.key",
            ),
            "Name new.key in the connection's settings; keep the old file until it works, then delete it.",
        ),
        proof=page.run(f"match --cert {page.cert} --key new.key --ask-password"),
    )


def restrict_the_key_file(situation: RemedyContext) -> Remedy:
    """Close a key that others may read (libpq refuses such a file)."""
    page = Page(situation)
    key = page.path(situation.key_path, "KEY-FILE")
    how = (
        step(
            "In PowerShell:", f'icacls {key} /inheritance:r /grant:r "$($env:USERDOMAIN)\\$($env:USERNAME):M"'
        )
        if situation.shell is Shell.POWERSHELL
        else step("Take the rights away from everybody else.", f"chmod 600 {key}")
    )
    return page.remedy(
        summary="Let only the user who runs the application read the private key.",
        owner=Owner.CLIENT,
        steps=(how, "If others could read it for long, have a certificate over a new key issued."),
        proof=page.run(f"inspect {page.key}"),
    )


FAMILY = (
    give_the_right_file,
    convert_to_pem,
    fetch_again,
    put_the_leaf_first,
    renew_the_bundle,
    use_the_matching_key,
    find_the_certificate,
    pair_a_smaller_folder,
    give_both_files,
    give_the_password,
    ask_for_the_password,
    leave_the_password_out,
    re_encrypt_the_key,
    restrict_the_key_file,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
