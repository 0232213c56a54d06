"""What a file is called in sentences, who reads a form that is no PEM, and the command that makes PEM of it. No rules."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from certdoctor.clients import read_by, tried_for
from certdoctor.model.files import FileFacts, FileObject, Form, Lock, Oddity, Role
from certdoctor.model.ids import ClientId
from certdoctor.model.rule import Observation

FIELDS = {
    Role.CA: ("certificate", "the CA field"),
    Role.CERTIFICATE: ("certificate", "the certificate field"),
    Role.KEY: ("private key", "the key field"),
}
"""The kind of object that each PEM-only field wants, and the field's name."""

_REWRITE = {
    "utf16": "iconv -f UTF-16 -t UTF-8 {file} > {out}",
    "cr-line-ends": "tr '\\r' '\\n' < {file} > {out}",
    "indented-end": "sed 's/^[ \\t]*//' {file} > {out}",
    "indented-armour": "sed 's/^[ \\t]*//' {file} > {out}",
    "literal-newlines": "printf '%b' \"$(cat {file})\" > {out}",
    "glued-blocks": "sed 's/----------BEGIN/-----\\n-----BEGIN/g' {file} > {out}",
    "openssh-key": "cp {file} {out} && ssh-keygen -p -m PKCS8 -f {out}",
    "encoded-twice": "base64 -d {file} > {out}",
    "blank-lines": "sed '/^[ \\t\\r]*$/d' {file} > {out}",
}

_CONVERT: dict[str, dict[Role | None, str]] = {
    Form.DER_CERTIFICATE: {None: "openssl x509 -inform DER -in {file} -out {out}"},
    Form.DER_KEY: {None: "openssl pkey -inform DER -in {file} -out {out}"},
    Form.PKCS7: {None: "openssl pkcs7 -inform DER -in {file} -print_certs -out {out}"},
    Form.PKCS12: {
        Role.CA: "openssl pkcs12 -in {file} -nokeys -cacerts -out {out}",
        Role.CERTIFICATE: "openssl pkcs12 -in {file} -nokeys -clcerts -out {out}",
        Role.KEY: "openssl pkcs12 -in {file} -nocerts -out {out}",
    },
    Form.JKS: {
        None: "keytool -importkeystore -srckeystore {file} -destkeystore {store} -deststoretype PKCS12"
    },
    Form.JCEKS: {
        None: "keytool -importkeystore -srckeystore {file} -srcstoretype JCEKS -destkeystore {store}"
        " -deststoretype PKCS12"
    },
    Form.PVK: {None: "openssl rsa -inform PVK -in {file} -out {out}"},
    Form.PUTTY: {None: "puttygen {file} -O private-openssh -o {out}"},
}


_OPENED = frozenset({Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED})
_TAKEN_BY: dict[str, str] = {
    Form.PKCS12: " Windows, .NET and Java (keyStore, trustStore) take PKCS#12.",
    Form.JKS: " Java takes it as its keyStore or trustStore.",
    Form.JCEKS: " Java takes it as its keyStore or trustStore.",
    Form.PKCS7: " Windows imports it into its stores.",
    Form.SST: " Windows imports it into its stores.",
    Form.DER_CERTIFICATE: " Windows imports it into its stores.",
}
"""Who takes a form besides PEM, as the documentation of certutil, keytool and X509Certificate2 has it."""


def is_identity(file: FileFacts) -> bool:
    """Return whether a file is a container of a key with its certificates, which some programs take whole."""
    return file.format in {Form.PKCS12, Form.JKS, Form.JCEKS} and bool(file.keys)


def no_pem(file: FileFacts) -> Iterator[Observation]:
    """Say who reads a file whose certificates or keys are in no PEM block; the rules for PEM-only fields tell of theirs."""
    if file.role is not Role.ANY or is_identity(file):
        return
    for role, kind in ((Role.CA, "certificate"), (Role.KEY, "private key")):
        held = [item for item in file.objects if item.kind == kind and item.problem is None]
        if any(item.key is not None and item.key.lock not in _OPENED for item in held):
            continue
        if not held or any(item.encoding == "PEM" for item in held):
            continue
        readers = read_by(file, role)
        others = ", ".join(name for name in tried_for(role) if name not in readers)
        form = name_of(file) if file.format != Form.PEM else f"{held[0].encoding} in PEM armour"
        use = "a CA file" if role is Role.CA else "a key file"
        read = f"read by {', '.join(readers)}, not by {others}" if readers else f"read by none of {others}"
        convert = conversion(file)
        taken, step = _TAKEN_BY.get(file.format, ""), f" Convert it:  {convert}" if convert else ""
        yield Observation(
            detail=f"{file.path} is {form}. As {use} it is {read}.{taken}{step}",
            facts={
                "file": file.path,
                "format": str(file.format),
                "read_by": ", ".join(readers) or None,
                "not_read_by": others,
                "convert": convert,
            },
            subject=file.path,
        )
        return


def objects_wanted(file: FileFacts) -> tuple[FileObject, ...]:
    """Return the objects of the kind that the file's field wants, including unreadable ones."""
    wanted = FIELDS[file.role][0] if file.role in FIELDS else ""
    return tuple(item for item in file.objects if item.kind == wanted)


def blinding(file: FileFacts, item: FileObject) -> tuple[Oddity, ...]:
    """Return the oddities because of which Node does not read this object."""
    return tuple(o for o in file.oddities if o.slug in item.oddities and ClientId.NODE in o.refused_by)


def name_of(file: FileFacts) -> str:
    """Return what a file without the PEM that was wanted is, for a sentence."""
    if file.format == Form.UNKNOWN:
        return f"no certificate or key in any form that certdoctor knows ({file.size:,} bytes)"
    if file.format in {Form.EMPTY, Form.ZEROS, Form.TEXT, Form.LOG, Form.PKCS7, Form.PKCS12}:
        return str(file.format)
    return with_article(file.format)


def with_article(kind: str) -> str:
    """Return the words with their article."""
    return (
        f"an {kind}" if kind[:1].lower() in tuple("aeio") or kind.startswith(("HTML", "XML")) else f"a {kind}"
    )


def conversion(file: FileFacts) -> str | None:
    """Return the command that converts the file to PEM; None if no single command can."""
    commands = _CONVERT.get(file.format, {})
    template = commands.get(file.role) or commands.get(None) or _rewriting(file)
    if template is None:
        return None
    name = "converted" if file.path == "-" else file.path
    cut = name.rfind(".")
    stem = name[:cut] if cut > max(name.rfind("/"), name.rfind("\\")) + 1 else name
    suffix = "-converted.pem" if name == f"{stem}.pem" else ".pem"
    return template.format(
        file=shlex.quote(file.path), out=shlex.quote(stem + suffix), store=shlex.quote(f"{stem}.p12")
    )


def _rewriting(file: FileFacts) -> str | None:
    """Return the command that rewrites a text file as PEM; None if it has several oddities."""
    wanted = objects_wanted(file)
    if not wanted or file.format == Form.JSON:
        return None
    if wanted[0].encoding == "PKCS#7":
        return "openssl pkcs7 -in {file} -print_certs -out {out}"
    if file.format == Form.BARE_BASE64:
        tool = "pkey" if file.keys else "x509"
        return f"openssl base64 -d -A -in {{file}} | openssl {tool} -inform DER -out {{out}}"
    slugs = {oddity.slug for item in wanted for oddity in blinding(file, item)}
    if slugs == {"openssh-key"} and "Ed25519" in [str(key.public) for key in file.keys]:
        return None  # ssh-keygen 9.2 writes Ed25519 in its own format only
    return _REWRITE.get(slugs.pop()) if len(slugs) == 1 else None
