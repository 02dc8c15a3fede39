"""Does the API's own description hold: its shape (OpenAPI 3.1), its examples, its problems, and the payload of each kind?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.app_parts import COOP_KEY, ORIGIN, World, running_world
from trace.ledger.statement import signed_statement

V1 = "/api/v1"
OPENING = {"genesis", "party_registered", "place_registered", "key_added", "key_revoked", "batch_opened"}
GROWING = {"planting", "input_use", "harvest", "primary_processing", "sample_taken", "lab_report", "retest_report"}
TRADING = {"packing", "labels_issued", "store_in", "dispatch", "receipt", "retail_sale", "market_admission", "loss"}
CHANGING_HANDS = {"transfer_offered", "transfer_accepted", "batch_split", "batch_merged"}
ANSWERING = {"hold_released", "flag_answered", "correction", "attachment_added"}
DERIVED = {"consumed", "verdict", "hold_placed", "flag_raised"}
OFFICES = {"founders_named", "office_given", "office_ended", "tables_adopted"}
OF_CASES = {"case_opened", "case_step", "document_served", "credit_opened", "record_entered", "record_ended"}
OF_CASES |= {"measure_started", "measure_ended", "listing_started", "listing_ended"}
KINDS = sorted(OFFICES | OPENING | GROWING | TRADING | CHANGING_HANDS | ANSWERING | DERIVED | OF_CASES)
READ_PROBLEMS = {"400", "401", "403", "404", "406", "414", "422", "431", "503"}
WRITE_PROBLEMS = READ_PROBLEMS | {"408", "409", "413", "415"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"{V1}/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


# ---- shape -----------------------------------------------------------------------------------------------------------


def test_the_document_is_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert set(document) <= {
        "openapi",
        "info",
        "servers",
        "paths",
        "components",
        "security",
        "tags",
        "jsonSchemaDialect",
    }
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert set(document["components"]) == {"schemas", "securitySchemes"}
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in document["components"]["schemas"])


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    found = list(operations(document))
    ids = [operation["operationId"] for _, _, operation in found]

    assert len(found) == 24
    assert len(set(ids)) == len(ids)
    for method, path, operation in found:
        assert path.startswith(f"{V1}/")
        assert method in ("get", "post")
        assert operation["description"]
        assert ("requestBody" in operation) == (method == "post")
        in_path = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path" and one["required"]}
        assert in_path == set(re.findall(r"{([a-z]+)}", path))
        named = [(one["in"], one["name"]) for one in operation.get("parameters", [])]
        assert len(set(named)) == len(named)


def test_every_reference_is_there(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))

    assert references
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_nothing_of_openapi_3_0_is_left(document: dict[str, Any]) -> None:
    assert not re.search(r'"(nullable|exclusiveMinimum|exclusiveMaximum)": (true|false)', json.dumps(document))


def test_a_write_asks_for_a_token_and_a_public_read_does_not(document: dict[str, Any]) -> None:
    asking = {(method, path) for method, path, operation in operations(document) if operation.get("security")}

    writes = {(method, path) for method, path, _ in operations(document) if method == "post"}
    reads = {("get", f"{V1}{path}") for path in ("/batches/{id}/downstream", "/cases", "/cases/{id}")}
    assert asking == {*writes, *reads}
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


# ---- examples and problems -------------------------------------------------------------------------------------------


def test_every_operation_has_an_example_of_its_answer(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        done = operation["responses"]["201" if method == "post" else "200"]
        assert [media for media in done["content"].values() if not media.get("example")] == [], path


def test_every_problem_has_an_example_with_its_own_status_and_both_sentences(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        problems = {status: one for status, one in operation["responses"].items() if status >= "400"}
        expected = WRITE_PROBLEMS if method == "post" else READ_PROBLEMS
        if (method, path) == ("post", f"{V1}/parties"):
            expected = expected | {"429"}  # who registers people could try whose numbers are known
        assert set(problems) == expected, path
        for status, response in problems.items():
            example = response["content"]["application/problem+json"]["example"]
            assert response["description"]
            assert set(example) == {"type", "title", "status", "detail", "instance", "code", "zh", "en", "errors"}
            assert example["status"] == int(status)
            assert example["type"] == f"/problems/{example['code']}"
            assert example["zh"] != example["en"] == example["detail"]


def test_the_example_of_a_problem_is_what_the_app_answers(world: World, document: dict[str, Any]) -> None:
    described = document["paths"][f"{V1}/batches/{{id}}"]["get"]["responses"]
    asked = {
        "404": world.get(f"{V1}/batches/nothing"),
        "422": world.get(f"{V1}/batches/{world.batch}?colour=white"),
        "406": world.get(f"{V1}/batches/{world.batch}", Accept="image/png"),
        "401": world.get(f"{V1}/batches/{world.batch}", Authorization="Bearer nothing"),
    }

    for status, answer in asked.items():
        example = described[status]["content"]["application/problem+json"]["example"]
        assert {**answer.json(), "instance": ""} == {**example, "instance": ""}


def test_lists_say_how_they_are_paged_and_writes_how_they_are_repeated(document: dict[str, Any]) -> None:
    told = {
        (method, path.removeprefix(V1)): {one["name"] for one in operation.get("parameters", []) if one["in"] != "path"}
        for method, path, operation in operations(document)
    }

    for path in ("/parties", "/places", "/batches", "/batches/{id}/events"):
        assert told["get", path] == {"limit", "cursor"}
        assert told["post", path] == {"wait", "Idempotency-Key"}
    assert told["get", "/cases"] == {"limit", "cursor"}
    assert told["get", "/entries"] == {"limit", "cursor", "from"}
    assert told["post", "/statements"] == {"wait"}
    assert told["get", "/batches/{id}"] == set()


def test_the_examples_of_answers_have_the_members_of_real_ones(world: World, document: dict[str, Any]) -> None:
    batch, coop = world.batch, world.parties["coop"]
    real = {
        "/parties/{id}": f"parties/{coop}",
        "/places/{id}": f"places/{world.place}",
        "/batches/{id}": f"batches/{batch}",
        "/batches/{id}/events": f"batches/{batch}/events",
        "/batches/{id}/bundle": f"batches/{batch}/bundle",
        "/parties": "parties",
        "/places": "places",
        "/batches": "batches",
    }

    for path, address in real.items():
        media = document["paths"][V1 + path]["get"]["responses"]["200"]["content"]["application/json"]
        answer = world.get(f"{V1}/{address}", "auditor").json()
        assert members(media["example"]) == members(answer), path


def members(value: Any) -> set[str]:
    """The names in an object; of a list those of its first item."""
    items = value.get("items")
    return set(items[0]) | {"items"} if items else set(value)


# ---- payloads --------------------------------------------------------------------------------------------------------


def test_every_kind_has_the_schema_of_its_payload(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert {name for name in schemas if name.startswith("payload.")} == {f"payload.{kind}" for kind in KINDS}
    for kind in KINDS:
        schema = schemas[f"payload.{kind}"]
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert set(schema.get("required", [])) <= set(schema["properties"])
        assert re.search("[\u4e00-\u9fff].* · [A-Za-z]", schema["title"])


def test_private_fields_are_marked(document: dict[str, Any]) -> None:
    dispatch = document["components"]["schemas"]["payload.dispatch"]["properties"]

    private = {name for name, field in dispatch.items() if "x-private" in field}
    assert private == {"buyer", "buyer_name", "carrier", "vehicle", "price"}


def test_the_request_of_an_event_names_every_kind_that_may_be_recorded(document: dict[str, Any]) -> None:
    of_batches = (GROWING | TRADING | CHANGING_HANDS | ANSWERING) - {"batch_merged", "hold_released"}
    for path, kinds in (("batches", of_batches), ("parties", {"key_added", "key_revoked"})):
        body = document["paths"][f"{V1}/{path}/{{id}}/events"]["post"]["requestBody"]
        options = body["content"]["application/json"]["schema"]["oneOf"]
        assert {one["properties"]["kind"]["const"] for one in options} == kinds
        assert all(
            one["properties"]["payload"]["$ref"].endswith(f"payload.{one['properties']['kind']['const']}")
            for one in options
            if one["properties"]["kind"]["const"] != "batch_split"  # the node makes ids that are left out
        )


def request(document: dict[str, Any], path: str) -> tuple[dict[str, Any], Any]:
    """The schema and the example of a write's body."""
    media = document["paths"][V1 + path]["post"]["requestBody"]["content"]["application/json"]
    return media["schema"], media["example"]


WRITES = ["/parties", "/places", "/batches", "/batches/{id}/events", "/parties/{id}/events", "/statements"]


@pytest.mark.parametrize("path", WRITES)
def test_the_example_of_a_request_fits_its_schema_and_a_wrong_one_does_not(document: dict[str, Any], path: str) -> None:
    schema, example = request(document, path)

    assert fits(example, schema, document)
    assert not fits({**example, "nonsense": 1}, schema, document)
    for name in schema.get("required", []):
        assert not fits({key: value for key, value in example.items() if key != name}, schema, document), name


def test_the_examples_of_requests_are_taken(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> None:
    """With the ids of this world in the place of those that a document can only make up."""
    with running_world(tmp_path_factory.mktemp("node")) as world:
        example = {path: request(document, path)[1] for path in WRITES}
        party = world.made(f"{V1}/parties", example["/parties"], "official")["id"]
        world.add_token("its member", "member", party=party)
        place = world.made(f"{V1}/places", {**example["/places"], "party": party}, "its member")["id"]
        batch = world.made(f"{V1}/batches", {**example["/batches"], "party": party, "place": place}, "its member")["id"]
        world.made(f"{V1}/batches/{batch}/events", example["/batches/{id}/events"], "its member")
        key = {
            **example["/parties/{id}/events"]["payload"],
            "key": "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        }
        world.made(f"{V1}/parties/{party}/events", {**example["/parties/{id}/events"], "payload": key}, "official")
        own = {"origin": ORIGIN, "chain": world.batch, "actor": world.parties["coop"]}
        signed = signed_statement({**example["/statements"]["statement"], **own}, [COOP_KEY], "2026-09-10T00:06:00Z")
        world.made(f"{V1}/statements", {**example["/statements"], "statement": json.loads(signed)}, "coop")


# ---- as much of JSON Schema 2020-12 as the document uses -------------------------------------------------------------


def fits(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    if "$ref" in schema:
        return fits(value, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "oneOf" in schema:
        return sum(fits(value, one, document) for one in schema["oneOf"]) == 1
    if "anyOf" in schema:
        return any(fits(value, one, document) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    match schema.get("type"):
        case "object":
            return isinstance(value, dict) and _members_fit(value, schema, document)
        case "array":
            sized = isinstance(value, list) and schema.get("minItems", 0) <= len(value) <= schema.get(
                "maxItems", len(value)
            )
            return sized and all(fits(item, schema["items"], document) for item in value)
        case "string":
            long_enough = isinstance(value, str) and schema.get("minLength", 0) <= len(value) <= schema.get(
                "maxLength", 10**6
            )
            return long_enough and re.search(schema.get("pattern", ""), value) is not None
        case "integer":
            return type(value) is int and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        case "boolean":
            return isinstance(value, bool)
    return schema == {}


def _members_fit(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any]) -> bool:
    declared = schema.get("properties", {})
    if schema.get("additionalProperties") is False and not set(value) <= set(declared):
        return False
    if not set(schema.get("required", [])) <= set(value):
        return False
    return all(fits(part, declared[name], document) for name, part in value.items() if name in declared)
