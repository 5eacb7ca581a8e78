"""The OpenAPI document is valid, complete, and what the service does; Schemathesis asks everything that it allows."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.web import crowd
from tests.web.api.asking import V1, ask
from tests.web.reading import PREFIX, Reader
from tests.web.signed_in import ADMINS, settings_with_sign_in, sign_in
from web.api.operations import LIST_BUGS, LIST_EVENTS, LIST_UPDATES, OPERATIONS, READ_BUG, READ_MILESTONE, Operation
from web.api.schemas import Schemas, as_json, one_of

EXAMPLES = 12
# What there is in the world, so that not everything that is asked for is missing.
FILLED = {"release": "45", "name": "beta", "bug_id": 4}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Reads one world that no test changes."""
    with crowd.opened(tmp_path_factory.mktemp("crowd")) as (reader, _):
        yield reader


@pytest.fixture(scope="module")
def signed_in_reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Reads the same as an administrator."""
    settings = settings_with_sign_in()
    with crowd.opened(
        tmp_path_factory.mktemp("crowd"), **{each.name: getattr(settings, each.name) for each in fields(settings)}
    ) as (reader, _):
        sign_in(reader.client, settings, groups=[ADMINS])
        yield reader


@pytest.fixture(scope="module")
def document(reader: Reader) -> Any:
    """The document as it is served."""
    return ask(reader, f"{V1}/openapi.json")


def _asked(reader: Reader, document: Any, operation: Operation, mode: GenerationMode, **known: object) -> Counter[int]:
    """Ask what the document allows, or what it forbids, and judge the answers by it; how often each status came."""
    of_document = schemathesis.openapi.from_dict(document)[operation.path]["GET"]
    statuses: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, database=None)
    @given(of_document.as_strategy(generation_mode=mode, path_parameters=known))
    def ask_and_judge(case: Case[Any]) -> None:
        sent = case.as_transport_kwargs(base_url=f"http://127.0.0.1{PREFIX}{V1}")
        headers = dict(sent["headers"])
        response = reader.client.request(sent["method"], sent["url"], params=sent["params"], headers=headers)
        statuses[response.status_code] += 1
        case.validate_response(response)

    ask_and_judge()
    return statuses


def _known(operation: Operation) -> dict[str, object]:
    return {name: value for name, value in FILLED.items() if f"{{{name}}}" in operation.path}


def test_the_document_is_valid_and_has_every_operation(document: Any) -> None:
    schemathesis.openapi.from_dict(document).validate()
    assert document["openapi"].startswith("3.1.")
    assert set(document["paths"]) == {operation.path for operation in OPERATIONS}
    assert document["servers"] == [{"url": "https://qa.fedoraproject.org/blockerbugs/api/v1"}]
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_everything_that_may_be_asked_is_answered_as_documented(
    reader: Reader, document: Any, operation: Operation
) -> None:
    assert set(_asked(reader, document, operation, POSITIVE, **_known(operation))) == {200}


@pytest.mark.parametrize("operation", [READ_MILESTONE, LIST_BUGS, READ_BUG], ids=lambda operation: operation.id)
def test_what_is_not_there_is_answered_as_documented(reader: Reader, document: Any, operation: Operation) -> None:
    statuses = _asked(reader, document, operation, POSITIVE) + _asked(reader, document, operation, NEGATIVE)
    assert set(statuses) - {200, 400} == {404}


@pytest.mark.parametrize("operation", [LIST_BUGS, LIST_UPDATES, LIST_EVENTS], ids=lambda operation: operation.id)
def test_what_may_not_be_asked_is_refused(reader: Reader, document: Any, operation: Operation) -> None:
    assert 400 in _asked(reader, document, operation, NEGATIVE, **_known(operation))


@pytest.mark.parametrize("operation", [LIST_BUGS, READ_BUG, LIST_EVENTS], ids=lambda operation: operation.id)
def test_who_is_signed_in_is_answered_the_same_and_nobody_keeps_it(
    signed_in_reader: Reader, document: Any, operation: Operation
) -> None:
    assert set(_asked(signed_in_reader, document, operation, POSITIVE, **_known(operation))) == {200}
    path = f"{PREFIX}{V1}{operation.path.format(**FILLED)}"
    mine = signed_in_reader.client.get(path)
    assert (mine.headers["cache-control"], "etag" in mine.headers) == ("private, no-store", False)
    cookie = signed_in_reader.client.headers.pop("Cookie")
    assert signed_in_reader.client.get(path).content == mine.content
    signed_in_reader.client.headers["Cookie"] = cookie


def test_a_document_that_says_something_else_is_found_out(reader: Reader, document: Any) -> None:
    wrong = copy.deepcopy(document)
    wrong["components"]["schemas"]["Milestone"]["properties"]["release"] = {"type": "integer"}
    with pytest.raises(FailureGroup):
        _asked(reader, wrong, READ_MILESTONE, POSITIVE, **_known(READ_MILESTONE))


@dataclass(frozen=True, slots=True)
class Leaf:
    """Holds   a value\n    of some kind."""

    kind: Annotated[str, one_of(("a", "b"))] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Tree:
    """Has leaves."""

    leaves: tuple[Leaf, ...]


def test_a_schema_and_its_json_are_made_of_the_same_type() -> None:
    schemas = Schemas()
    assert schemas.of(Tree) == schemas.of(Tree) == {"$ref": "#/components/schemas/Tree"}
    assert schemas.by_name["Leaf"] == {
        "type": "object",
        "description": "Holds a value of some kind.",
        "properties": {
            "kind": {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]},
            "at": {"type": "string", "format": "date-time"},
        },
        "required": ["kind", "at"],
    }
    assert schemas.by_name["Tree"]["properties"] == {
        "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}}
    }
    at = datetime.fromisoformat("2026-11-23T13:00:00+01:00")
    assert as_json(Tree((Leaf(None, at),))) == {"leaves": [{"kind": None, "at": "2026-11-23T12:00:00Z"}]}


@pytest.mark.parametrize("kind", [float, dict[str, str], tuple[int, str], object])
def test_a_type_that_answers_do_not_have_is_no_schema(kind: object) -> None:
    with pytest.raises(TypeError, match="answers have no values of the type"):
        Schemas().of(kind)
