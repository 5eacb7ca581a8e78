"""Reads the `client_secrets.json` that whoever runs the issuer of sign-ins hands out for a client.

It is a mounted secret; what is wrong with it is told without a word of what is in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OpenIDClient:
    """What an issuer knows this service by. `issuer` is empty where the file names none."""

    id: str
    secret: str = field(repr=False)
    issuer: str


def read_client(path: str) -> OpenIDClient:
    """The client in a file of the form ``{"web": {"client_id": …, "client_secret": …, "issuer": …}}``.

    Raises:
        OSError: the file cannot be read.
        ValueError: its content cannot be used; the text says what it must be.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError("JSON") from None
    web = content.get("web") if isinstance(content, dict) else None
    if not isinstance(web, dict):
        raise ValueError('an object with an object "web"')
    texts = {key: web.get(key, "") for key in ("client_id", "client_secret", "issuer")}
    if not all(isinstance(text, str) for text in texts.values()) or not (texts["client_id"] and texts["client_secret"]):
        raise ValueError('an object whose "web" has the texts "client_id" and "client_secret"')
    return OpenIDClient(id=texts["client_id"], secret=texts["client_secret"], issuer=texts["issuer"])
