"""The schemas of what certdoctor prints, each read and checked once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((files("certdoctor.data") / name).read_text("utf-8"))
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def fits(document: Any, name: str = "schema.json") -> None:  # noqa: ANN401 - what JSON can hold
    """Hold a document against a schema of the package; raises ValidationError where it differs."""
    _validator(name).validate(document)


@cache
def _of_a_report() -> Draft202012Validator:
    schema: Any = _validator("schema.json").schema
    one = {**schema, **schema["$defs"]["ReportDict"]}
    one.pop("$id", None)  # it is no longer the document of that name
    return Draft202012Validator(one)


def report_fits(report: Any) -> None:  # noqa: ANN401 - what JSON can hold
    """Hold one report, such as a line of JSON Lines is, against its part of the schema."""
    _of_a_report().validate(report)
