"""Secrets and ConfigMaps of Kubernetes, as YAML or JSON: their values are files.

Only what ``kubectl get -o yaml`` and people write is read: mappings of one value a line, and block scalars. Values of
a Secret's ``data`` are base64 (Kubernetes documentation, "Secrets").
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from certdoctor.formats.archives.packed import Packed

_MAX = 8 << 20
_KIND = re.compile(
    rb"(?m)^[ \t{,-]*\"?kind\"?\s?:\s?[\"']?(?:Secret|ConfigMap|List|SecretList|ConfigMapList)\b"
)
_API = re.compile(rb"(?m)^[ \t{,-]*\"?apiVersion\"?\s?:\s?[\"']?v1\b")
_ONE_LINE = re.compile(rb"\"kind\"\s{0,9}:\s{0,9}\"(?:Secret|ConfigMap|List)\"")
_HEAD = 1 << 20
_LINE = re.compile(r"(?P<indent> *)(?P<dash>- )?(?P<key>\"[^\"]*\"|'[^']*'|[\w.-]+):(?: (?P<value>.*))?$")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?\s*")
_TABLES = ("data", "stringData", "binaryData")


def is_manifest(data: bytes) -> bool:
    """Whether these bytes hold a Secret or a ConfigMap, or a list of them."""
    if len(data) > _MAX:
        return False
    head = data[:_HEAD]
    if head.lstrip().startswith(b"{"):
        return _ONE_LINE.search(head) is not None and b'"apiVersion"' in head
    return _KIND.search(head) is not None and _API.search(head) is not None


def values(data: bytes) -> Iterator[Packed]:
    """Yield the values, each by its key; behind the name of its object where there are several objects."""
    text = data.decode("utf-8", "replace")
    found = list(_of_json(text) if text.lstrip().startswith("{") else _of_yaml(text))
    several = len({name for name, *_ in found}) > 1
    for name, secret, key, value in found:
        shown = f"{name}/{key}" if several and name else key
        encoded = value.encode()
        if secret:
            try:
                encoded = base64.b64decode("".join(value.split()), validate=True)
            except (binascii.Error, ValueError):
                yield Packed(shown, b"", "is not the base64 that Kubernetes wants: encode it once more")
                continue
        yield Packed(shown, encoded)


_Value = tuple[str, bool, str, str]
"""Name of the object, whether the value is base64, key, value."""


def _of_json(text: str) -> Iterator[_Value]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = whole.get("items") if isinstance(whole, dict) else None
    for one in items if isinstance(items, list) else [whole]:
        if not isinstance(one, dict) or one.get("kind") not in {"Secret", "ConfigMap"}:
            continue
        about = one.get("metadata")
        name = str(about.get("name", "")) if isinstance(about, dict) else ""
        for table in _TABLES:
            yield from _table(one.get(table), name, table, one["kind"])


def _table(given: Any, name: str, table: str, kind: str) -> Iterator[_Value]:  # noqa: ANN401 - foreign JSON
    if isinstance(given, dict):
        for key, value in given.items():
            if isinstance(value, str):
                yield name, _is_base64(kind, table), str(key), value


def _is_base64(kind: str, table: str) -> bool:
    return table == "binaryData" or (table == "data" and kind == "Secret")


def _of_yaml(text: str) -> Iterator[_Value]:
    for document in re.split(r"(?m)^---.*$", text):
        yield from _objects(document.expandtabs(2).splitlines())


def _objects(lines: list[str]) -> Iterator[_Value]:
    """Yield the values of one document; an object of a list begins with the dash before its first key."""
    held: list[tuple[str, str, str]] = []
    name, kind = "", ""
    at = 0
    table, table_indent = "", -1
    above: list[tuple[int, str]] = []
    while at < len(lines):
        line = _LINE.match(lines[at])
        at += 1
        if line is None:
            continue
        indent = len(line["indent"]) + (2 if line["dash"] else 0)
        key, value = line["key"].strip("\"'"), (line["value"] or "").strip()
        above = [(depth, word) for depth, word in above if depth < indent]
        if line["dash"] and above and above[-1][1] == "items":
            yield from _told(held, name, kind)
            held, name, kind = [], "", ""
        if _BLOCK.fullmatch(value):
            value, at = _block(lines, at, indent)
        if indent <= table_indent:
            table, table_indent = "", -1
        if table:
            held.append((table, key, _plain(value)))
        elif key in _TABLES and not value:
            table, table_indent = key, indent
        elif key == "kind" and value in {"Secret", "ConfigMap", '"Secret"', '"ConfigMap"'}:
            kind = value.strip('"')
        elif key == "name" and above and above[-1][1] == "metadata":
            name = _plain(value)
        above.append((indent, key))
    yield from _told(held, name, kind)


def _told(held: list[tuple[str, str, str]], name: str, kind: str) -> Iterator[_Value]:
    for table, key, value in held if kind else ():
        yield name, _is_base64(kind, table), key, value


def _block(lines: list[str], at: int, indent: int) -> tuple[str, int]:
    """Return the text of a block scalar and the line behind it."""
    taken: list[str] = []
    while at < len(lines):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            break
        taken.append(line.strip())
        at += 1
    return "\n".join(taken) + "\n", at


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].replace("\\n", "\n") if value[0] == '"' else value[1:-1]
    return value
