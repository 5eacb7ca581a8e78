"""The OpenAPI 3.1 document of `/api/v1`, made of the table of operations and of the types of their answers.

Source: https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

from bbconsumer.domain.trackers import MilestoneName
from web.api.answers.parts import Problem
from web.api.operations import OPERATIONS, Operation
from web.api.parameters import Number
from web.api.schemas import Schema, Schemas, about
from web.bug_ids import MAX_BUG_ID
from web.lists import Filter, Sort
from web.lists.query import SORT
from web.lists.spec import LONGEST_VALUE, MOST_VALUES
from web.problem import PROBLEM_MEDIA_TYPE

_ABOUT: Final = (
    "Which bugs block a Fedora release, and whether it can ship. Every answer tells how far it can be trusted: "
    "`checked_at`, `sources` and `notices`. Times are UTC. Answers have an `ETag`; who sends it back in "
    "`If-None-Match` is answered with 304 while nothing has changed. There is no `Last-Modified`: answers also change "
    "as data become old, and several times within one second. What is not public does not exist here. Reading needs "
    "no key and may be done by scripts of any site."
)
_PATH_PARAMETERS: Final[dict[str, Schema]] = {
    "release": {"description": "A release of Fedora.", "schema": {"type": "string", "minLength": 1}, "example": "45"},
    "name": {
        "description": "One of its milestones.",
        "schema": {"type": "string", "enum": [str(name) for name in MilestoneName]},
    },
    "bug_id": {
        "description": "The number of a bug in Bugzilla.",
        "schema": {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_BUG_ID},
    },
}
# No control characters: nothing has them in its name.
_TEXT: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_VALUE,
    "pattern": r"^[^\x00-\x1f\x7f-\x9f]+$",
}
_PROBLEMS: Final = {
    HTTPStatus.BAD_REQUEST: "There is no such parameter, or it has no such value; `detail` says what there is.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address that may be known.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A fault of this service.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database cannot be reached; `Retry-After` says when to try again.",
}
_TAG: Final = {"ETag": {"description": "The tag of the answer.", "schema": {"type": "string"}}}


def make_document(url: str) -> dict[str, Any]:
    """The document of the API at that address."""
    schemas = Schemas()
    paths = {operation.path: {"get": _operation(operation, schemas)} for operation in OPERATIONS}
    problem = {PROBLEM_MEDIA_TYPE: {"schema": schemas.of(Problem)}}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Blocker Bugs", "version": "1", "description": _ABOUT},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.by_name.items())),
            "responses": {
                status.name.title().replace("_", ""): {"description": told, "content": problem}
                for status, told in _PROBLEMS.items()
            },
        },
    }


def _operation(operation: Operation, schemas: Schemas) -> Schema:
    in_path = re.findall(r"{(\w+)}", operation.path)
    left_out = set() if in_path else {HTTPStatus.NOT_FOUND}
    return {
        "operationId": operation.id,
        "summary": operation.about,
        "description": about(operation.answer),
        "parameters": [
            *({"name": name, "in": "path", "required": True} | _PATH_PARAMETERS[name] for name in in_path),
            *_query(operation),
        ],
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": _TAG,
                "content": {"application/json": {"schema": schemas.of(operation.answer)}},
            },
            "304": {"description": "It is as it was when it had the tag that was sent.", "headers": _TAG},
            **{str(int(status)): _refusal(status) for status in _PROBLEMS if status not in left_out},
        },
    }


def _refusal(status: HTTPStatus) -> Schema:
    return {"$ref": f"#/components/responses/{status.name.title().replace('_', '')}"}


def _query(operation: Operation) -> Iterator[Schema]:
    if operation.spec:
        yield from map(_filter, operation.spec.filters)
        yield _sort(operation.spec.sorts)
    yield from map(_number, operation.numbers)


def _filter(each: Filter[Any]) -> Schema:
    """A parameter that may be given several times."""
    value = {"type": "string", "enum": list(each.choices)} if each.choices else dict(_TEXT)
    if each.pattern:
        value["pattern"] = each.pattern
    return _in_query(each.name, each.title, {"type": "array", "items": value, "maxItems": MOST_VALUES})


def _sort(sorts: Iterable[Sort[Any]]) -> Schema:
    values = [value for sort in sorts for value in (sort.name, f"-{sort.name}")]
    return _in_query(SORT, "What to sort by, descending with a - before it.", {"type": "string", "enum": values})


def _number(number: Number) -> Schema:
    limits = {"minimum": number.least, "maximum": number.most, "default": number.default}
    return _in_query(number.name, number.about, {"type": "integer", "format": "int64"} | limits)


def _in_query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}
