"""The JSON Schema of a payload."""

import re
from typing import Any

import pytest

from trace.events import KINDS
from trace.payload import json_schema

from .good_payloads import FULL


def same(key: str) -> str:
    """A title that is its own key."""
    return key


def test_a_retail_sale_looks_like_this() -> None:
    assert json_schema(KINDS["retail_sale"], same) == {
        "type": "object",
        "title": "kind.retail_sale",
        "properties": {
            "quantity": {
                "title": "field.retail_sale.quantity",
                "type": "object",
                "properties": {
                    "value": {"type": "string", "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?$"},
                    "unit": {"type": "string", "enum": ["kg", "g", "t", "mL", "L", "head", "jin"]},
                },
                "required": ["value", "unit"],
                "additionalProperties": False,
            },
            "township": {"title": "field.retail_sale.township", "type": "string", "minLength": 1, "maxLength": 200},
            "packs": {"title": "field.retail_sale.packs", "type": "integer", "minimum": 1, "maximum": 1_000_000_000},
            "sold_out": {"title": "field.retail_sale.sold_out", "type": "boolean"},
            "price": {
                "title": "field.retail_sale.price",
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?$",
                "x-private": "always",
            },
        },
        "additionalProperties": False,
        "required": ["quantity"],
    }


def test_what_is_private_for_some_and_owed_by_some_is_marked() -> None:
    properties = json_schema(KINDS["party_registered"], same)["properties"]

    assert properties["name"]["x-private"] == "natural-person"
    assert properties["uscc"]["x-owed-by-legal-form"] == "code_rules.csv"
    assert properties["roles"]["items"]["enum"][0] == "grower"


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_schema_names_every_field_and_every_member_that_is_taken(kind: str) -> None:
    _assert_described(FULL[kind], json_schema(KINDS[kind], same))


def _assert_described(value: Any, schema: dict[str, Any]) -> None:
    """Every member of the value stands in the schema, down to the leaves, with the type that JSON gives it."""
    match value:
        case dict() if schema.get("title") == "field.restated.payload":
            assert schema["type"] == "object"  # after the rows of whichever kind is restated
        case dict() if "propertyNames" in schema:
            assert all(re.fullmatch(schema["propertyNames"]["pattern"], name) for name in value)
            for part in value.values():
                _assert_described(part, schema["additionalProperties"])
        case dict():
            assert schema["type"] == "object"
            assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
            for name, part in value.items():
                _assert_described(part, schema["properties"][name])
        case list():
            assert schema["type"] == "array"
            for item in value:
                _assert_described(item, schema["items"])
        case bool():
            assert schema["type"] == "boolean"
        case int():
            assert schema["type"] == "integer"
        case str():
            assert schema.get("type", "string") == "string"
