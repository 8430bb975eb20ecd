"""The OpenAPI document tells a reader what each call, place, field and body is for."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tertulia.gateway.examples import EXAMPLES

pytestmark = pytest.mark.integration
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    ended = subprocess.run((sys.executable, "-m", "tertulia.cli", "openapi"), stdout=subprocess.PIPE, check=True)
    read: Document = json.loads(ended.stdout)
    return read


def operations(document: Document) -> list[Document]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_every_call_is_described(document: Document) -> None:
    """By a name of its own, a summary, a sentence or two, and what each of its parameters means."""
    named = [one["operationId"] for one in operations(document)]
    assert len(set(named)) == len(named)
    assert not [one["operationId"] for one in operations(document) if not one.get("summary") or not one["description"]]
    bare = [
        f"{one['operationId']}: {parameter['name']}"
        for one in operations(document)
        for parameter in one.get("parameters", [])
        if not parameter.get("description")
    ]
    assert not bare


def test_every_field_is_described(document: Document) -> None:
    """Beside the field, or in the words that all types share."""
    schemas = document["components"]["schemas"].items()
    bare = [
        f"{name}.{field}"
        for name, schema in schemas
        for field, described in schema.get("properties", {}).items()
        if not described.get("description")
    ]
    assert not bare


def test_every_body_has_an_example_that_fits(document: Document) -> None:
    """All that is required, and nothing that is not there; an upload's body is a form."""
    schemas = document["components"]["schemas"]
    shown = set()
    for one in operations(document):
        body = one.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None or "multipart/form-data" in one["requestBody"]["content"]:
            continue
        shown.add(one["operationId"])
        choices = [body["schema"], *body["schema"].get("anyOf", [])]
        for named in [choice["$ref"] for choice in choices if "$ref" in choice]:
            schema, example = schemas[named.rpartition("/")[2]], body["example"].keys()
            assert set(schema.get("required", [])) <= example <= schema["properties"].keys(), one["operationId"]
    assert shown == EXAMPLES.keys()
