"""What does the payload of a kind look like to a machine? JSON Schema 2020-12, as OpenAPI 3.1 takes it. (pure)"""

from collections.abc import Callable
from typing import Any

from .. import reference
from ..events.kind import Field, Kind, Privacy, Required
from ..fieldtype import (
    Amount,
    ChainRef,
    Choice,
    Code,
    CodeRule,
    FieldType,
    ListOf,
    Members,
    Named,
    Number,
    Plain,
    Text,
    Township,
    Whole,
)
from ..quantity import DECIMAL_PATTERN, Unit
from ..texts import MAX_CHARACTERS
from .value import READING_PATTERN, READING_WORDS

Title = Callable[[str], str]
"""Gives the title for a catalogue key, as `field.harvest.quantity`; where a kind has no word of its own, the caller
says the common one (`field.quantity`)."""

Schema = dict[str, Any]

_DECIMAL = f"^{DECIMAL_PATTERN}$"
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_CHAIN: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,43}$"}
_CODES: dict[CodeRule, Schema] = {
    CodeRule.USCC: {"type": "string", "pattern": "^[0-9A-HJ-NP-RTUW-Y]{18}$", "description": "GB 32100-2015"},
    CodeRule.RESIDENT_ID: {"type": "string", "pattern": "^[0-9]{17}[0-9X]$", "description": "GB 11643"},
    CodeRule.LABEL: {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$"},
    CodeRule.REGION: {"type": "string", "pattern": "^[0-9]{6}([0-9]{3})?$", "description": "GB/T 2260"},
    CodeRule.PROCESS: {"type": "string", "pattern": "^PR-"},
    CodeRule.TABLE: {"type": "string", "pattern": "^[A-Z][A-Z0-9-]{1,31}$"},
}


def json_schema(kind: Kind, title: Title) -> Schema:
    """The schema of the opened payload: private fields plain, marked `x-private` ("always" or "natural-person").

    It says what one value may be; what only two values together show (a township in a region, a unit for a product) and
    check characters are judged by `check_payload` alone. Titles: `kind.<kind>`, `field.<kind>.<field>`,
    `field.<field>.<member>`.
    """
    required = [name for name, field in kind.fields.items() if field.required is Required.YES]
    schema: Schema = {
        "type": "object",
        "title": title(f"kind.{kind.name}"),
        "properties": {name: _field_schema(kind, field, title) for name, field in kind.fields.items()},
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def _field_schema(kind: Kind, field: Field, title: Title) -> Schema:
    schema: Schema = {"title": title(f"field.{kind.name}.{field.name}"), **_type_schema(field.type, field.name, title)}
    match field.privacy:
        case Privacy.COMMIT:
            schema["x-private"] = "always"
        case Privacy.COMMIT_FOR_NATURAL_PERSON:
            schema["x-private"] = "natural-person"
        case Privacy.OPEN:
            pass
    if field.required is Required.BY_LEGAL_FORM:
        schema["x-owed-by-legal-form"] = field.source
    return schema


def _type_schema(type: FieldType, name: str, title: Title) -> Schema:
    match type:
        case Text(max_characters):
            return {"type": "string", "minLength": 1, "maxLength": max_characters}
        case Township():
            return {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS}
        case Choice(values):
            return {"type": "string", "enum": list(values)}
        case Code(rule):
            return dict(_CODES[rule])
        case Number():
            return {"type": "string", "pattern": _DECIMAL}
        case Whole(least, most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case Amount():
            return _quantity_schema(type)
        case ChainRef():
            return dict(_CHAIN)
        case ListOf(item, least, most):
            return {"type": "array", "items": _type_schema(item, name, title), "minItems": least, "maxItems": most}
        case Members():
            return _members_schema(type, name, title)
        case Named(value, most):
            return {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,39}$"},
                "additionalProperties": _type_schema(value, name, title),
                "maxProperties": most,
            }
        case Plain():
            return _plain_schema(type)


def _members_schema(type: Members, name: str, title: Title) -> Schema:
    return {
        "type": "object",
        "properties": {
            member.name: {
                "title": title(f"field.{name}.{member.name}"),
                **_type_schema(member.type, member.name, title),
            }
            for member in type.members
        },
        "required": [member.name for member in type.members if member.required],
        "additionalProperties": False,
    }


def _quantity_schema(type: Amount) -> Schema:
    return {
        "type": "object",
        "properties": {
            "value": {"type": "string", "pattern": _DECIMAL},
            "unit": {"type": "string", "enum": [unit.value for unit in Unit if unit.dimension in type.allowed]},
        },
        "required": ["value", "unit"],
        "additionalProperties": False,
    }


def _plain_schema(type: Plain) -> Schema:
    match type:
        case Plain.BOOLEAN:
            return {"type": "boolean"}
        case Plain.DATE:
            return {"type": "string", "format": "date"}
        case Plain.TIME:
            return {"type": "string", "format": "date-time"}
        case Plain.HASH:
            return dict(_HASH)
        case Plain.DID_KEY:
            return {"type": "string", "pattern": "^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+$"}
        case Plain.PRODUCT:
            return {"type": "string", "enum": list(reference.products())}
        case Plain.READING:
            return {"anyOf": [{"type": "string", "pattern": f"^({READING_PATTERN})$"}, {"enum": sorted(READING_WORDS)}]}
        case Plain.RULE_CODE:
            return {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+){0,15}$"}
        case Plain.WORD:
            return {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
        case Plain.OBJECT:
            return {"type": "object"}
        case Plain.ENTRY:
            return {
                "type": "object",
                "properties": {"chain": dict(_CHAIN), "seq": {"type": "integer", "minimum": 0}, "leaf": dict(_HASH)},
                "required": ["chain", "seq", "leaf"],
                "additionalProperties": False,
            }
