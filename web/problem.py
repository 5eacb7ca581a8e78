"""Says no in the format that an address asks for: whoever wants JSON or CSV has no use for a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from web.api.answers.parts import Problem
from web.api.schemas import as_json
from web.lists import FORMATS
from web.lists.query import FORMAT

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


def asked_format(request: Request) -> str:
    """The format for programs that a request asks for; empty for a page, and where it names none or several."""
    asked = {name for name in request.query_params.getlist(FORMAT) if name}
    return asked.pop() if len(asked) == 1 and asked <= FORMATS.keys() else ""


def refuse(form: str, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal for programs: a problem for who asks for JSON, else the sentence alone."""
    if form == "json":
        return problem(status, detail, headers=headers)
    return PlainTextResponse(f"{detail}\n", status, headers)


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A problem. It has no tag: that something is wrong is never confirmed.

    Source: https://www.rfc-editor.org/rfc/rfc9457
    """
    told = Problem("about:blank", HTTPStatus(status).phrase, status, detail)
    return Response(json.dumps(as_json(told)) + "\n", status, headers, PROBLEM_MEDIA_TYPE)
