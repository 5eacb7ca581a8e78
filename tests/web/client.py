"""A client in the process of the web, under a name to which it answers."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient
from starlette.types import ASGIApp


class Client(TestClient):
    """Starlette's, which would call itself ``testserver``."""

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        super().__init__(app, base_url="http://127.0.0.1", **options)
