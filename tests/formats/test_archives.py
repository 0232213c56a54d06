"""Archives of strangers: what is in them is found, and what cannot be unpacked is told."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from email.message import EmailMessage

import pytest

from certdoctor.formats.archives import members
from certdoctor.formats.archives.unpack import Member, Shut, is_archive, unpack


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    """Return a tar archive of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def mail(attachments: dict[str, bytes], text: str = "See below") -> bytes:
    """Return a mail with these attachments."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@corp.example", "b@corp.example", "TLS"
    message.set_content(text)
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def found(data: bytes, name: str = "sent") -> dict[str, bytes]:
    """Return the files in an archive."""
    return {one.name: one.data for one in unpack(data, name) if isinstance(one, Member)}


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (zipped({"b/x.pem": b"2", "a.log": b"1"}), "c.zip", {"a.log": b"1", "b/x.pem": b"2"}),
        (tarred({"./certs/x.pem": b"1"}), "c.tar", {"certs/x.pem": b"1"}),
        (gzip.compress(tarred({"x.pem": b"1"})), "c.tgz", {"x.pem": b"1"}),
        (bz2.compress(tarred({"x.pem": b"1"})), "c.tar.bz2", {"x.pem": b"1"}),
        (lzma.compress(b"line\n"), "logs/app.log.xz", {"app.log": b"line\n"}),
        (gzip.compress(b"line\n"), "app.log.gz", {"app.log": b"line\n"}),
        (zipped({"in.zip": zipped({"x.pem": b"1"})}), "c.zip", {"in.zip/x.pem": b"1"}),
    ],
    ids=["zip", "tar", "tgz", "tar.bz2", "xz", "gz", "zip in zip"],  # packed bytes hold the time
)  # fmt: skip
def test_what_is_packed_is_found(data: bytes, name: str, expected: dict[str, bytes]) -> None:
    """What is packed is found."""
    assert is_archive(data)
    assert found(data, name) == expected


def test_a_mail_holds_its_text_and_its_attachments() -> None:
    """A mail holds its text and its attachments."""
    inside = found(mail({"wurzel ä.cer": b"\x30\x82", "all.zip": zipped({"x.pem": b"1"})}, "it fails"))
    assert inside["text"].strip() == b"it fails"
    assert inside["wurzel ä.cer"] == b"\x30\x82"
    assert inside["all.zip/x.pem"] == b"1"


@pytest.mark.parametrize("indent", [None, 2])
def test_a_secret_in_json_holds_its_values(indent: int | None) -> None:
    """A secret in json holds its values."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db-tls"},
        "data": {"tls.crt": base64.b64encode(b"one").decode()},
        "stringData": {"note": "plain"},
    }
    assert found(json.dumps(secret, indent=indent).encode()) == {"tls.crt": b"one", "note": b"plain"}


_YAML = """\
apiVersion: v1
items:
- apiVersion: v1
  data:
    ca.crt: b25l
    "tls.key": |
      dHdv
  kind: Secret
  metadata:
    annotations:
      name: not-this
    name: db-tls
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: ca
  data:
    bundle.pem: |-
      -----BEGIN CERTIFICATE-----
      AAAA
      -----END CERTIFICATE-----
kind: List
"""


def test_a_list_of_secrets_in_yaml_holds_their_values() -> None:
    """A list of secrets in yaml holds their values."""
    inside = found(_YAML.encode())
    assert inside == {
        "db-tls/ca.crt": b"one",
        "db-tls/tls.key": b"two",
        "ca/bundle.pem": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    }


@pytest.mark.parametrize(
    "data",
    [
        b"-----BEGIN CERTIFICATE-----\nAAAA\n",
        b"2026-06-01 09:00:00 kind: Secret\n",
        b'{"level": "error", "kind": "Secretary"}',
        b"Error: unable to get local issuer certificate\nFrom: here\n",
        zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
    ],
    ids=["certificate", "log", "JSON", "error", "document"],
)
def test_what_is_no_archive_is_taken_for_none(data: bytes) -> None:
    """What is no archive is taken for none."""
    assert not is_archive(data)


def test_what_cannot_be_unpacked_is_told() -> None:
    """What cannot be unpacked is told."""
    cut = zipped({"x.pem": b"1" * 5000})[:60]
    assert [one.reason for one in unpack(cut, "c.zip") if isinstance(one, Shut)] == [
        "is a damaged or cut off ZIP archive: ask for it again"
    ]
    in_it = list(unpack(zipped({"a.7z": b"7z\xbc\xaf\x27\x1c...", "x": b"1"}), "c.zip"))
    assert [one.name for one in in_it if isinstance(one, Shut)] == ["a.7z"]
    assert found(zipped({"a.7z": b"7z\xbc\xaf\x27\x1c...", "x": b"1"})) == {"x": b"1"}


def test_a_bomb_is_not_unpacked() -> None:
    """A bomb is not unpacked."""
    bomb = gzip.compress(b"\0" * (members.FREE + (8 << 20)))
    [shut] = unpack(bomb, "bomb.gz")
    assert isinstance(shut, Shut)
    assert "unpacks to more than" in shut.reason


def test_archives_within_archives_end() -> None:
    """Archives within archives end."""
    data = b"x"
    for _ in range(8):
        data = zipped({"in.zip": data})
    [shut] = unpack(data, "c.zip")
    assert isinstance(shut, Shut)
    assert "too many archives" in shut.reason


def test_names_lead_nowhere_and_move_no_cursor() -> None:
    """Names lead nowhere and move no cursor."""
    assert set(found(zipped({"../../etc/x.pem": b"1", "a\x1b[2Jb.pem": b"2"}))) == {
        "etc/x.pem",
        "a\\x1b[2Jb.pem",
    }
