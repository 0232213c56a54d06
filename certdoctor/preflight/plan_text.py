"""Writes preflight files: the commented example, filled in with known connections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields

from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import MASK
from certdoctor.model.plan import Connection, Demands, Key, key_of

_HEAD = """\
# What is about to be deployed. Check it with:  certdoctor preflight FILE.toml
# Files are looked for beside this one. Passwords never stand here.
# For completion in an editor:  certdoctor preflight --schema > preflight.schema.json, and above all
# else in this file:  #:schema ./preflight.schema.json
"""
_DEFAULTS = """\
# What holds for every connection that does not say otherwise: any key of a connection but name and target.
# [defaults]
# ca = "corp-root.pem"
# clients = ["electron"]
"""
_OWN_POLICY = """\
# Demands of this connection alone: any key of [policy].
# [connection.policy]
# may_be_offline = true
"""
_ORDER = (
    "name",
    "target",
    "protocol",
    "hosts",
    "ca",
    "certificate",
    "key",
    "password_env",
    "password_file",
    "clients",
    "encrypt",
    "trust_server_certificate",
    "timeout",
)


def write(connections: Sequence[Connection] = ()) -> str:
    """Return a file with these connections, or the example if there are none."""
    parts = [_HEAD, _policy(), _DEFAULTS]
    if not connections:
        parts += [_connection(None), _OWN_POLICY]
    parts += [_connection(connection, commented=n == 0) for n, connection in enumerate(connections)]
    return "\n".join(parts)


def _policy() -> str:
    lines = ["[policy]"]
    for field in fields(Demands):
        key = key_of(Demands, field.name)
        lines += [f"# {key.text}", f"{'' if key.shown else '# '}{field.name} = {key.example}"]
    return "\n".join(lines) + "\n"


def _connection(connection: Connection | None, *, commented: bool = True) -> str:
    lines = ["[[connection]]"]
    for name in _ORDER:
        key = key_of(Connection, name)
        value = None if connection is None else getattr(connection, name)
        if value is None and not commented:
            continue
        if commented:
            lines.append(f"# {key.text}{_words(key)}")
        lines += _assignment(name, key, value, example=connection is None)
    return "\n".join(lines) + "\n"


def _words(key: Key) -> str:
    return f" One of: {', '.join(key.values)}." if key.values else ""


def _assignment(name: str, key: Key, value: object, *, example: bool) -> Iterator[str]:
    if value is None:
        yield f"{'' if example and key.shown else '# '}{name} = {key.example}"
        return
    text = _toml(value)
    if MASK in text:
        yield f"# {name} = {text}  # part of it was not shown in the log: write it whole"
    else:
        yield f"{name} = {text}"


def _toml(value: object) -> str:
    """Return a value as TOML; texts are made printable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return _toml(value[0]) if len(value) == 1 else f"[{', '.join(map(_toml, value))}]"
    # JSON's escapes are valid in TOML; only U+007F needs one that JSON does not write.
    return json.dumps(printable(str(value), limit=1000), ensure_ascii=False).replace("\x7f", "\\u007f")
