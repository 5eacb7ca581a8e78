"""Asks the API as a program would."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.web.reading import PREFIX, Reader

V1 = "/api/v1"
OF_BETA = f"{V1}/milestones/45/beta"


def ask(reader: Reader, path: str) -> Any:
    """The answer at a path below the prefix."""
    response = reader.client.get(PREFIX + path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def refused(reader: Reader, path: str, *, method: str = "GET") -> Any:
    """The problem at a path below the prefix."""
    response = reader.client.request(method, PREFIX + path, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert (document["status"], document["type"]) == (response.status_code, "about:blank")
    assert "etag" not in response.headers
    return document


def follow(address: str) -> str:
    """The path below the prefix of an address in an answer."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "https://qa.fedoraproject.org"
    return f"{parts.path.removeprefix(PREFIX)}?{parts.query}"
