"""People who have signed in, without a provider: with a cookie as the service seals it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bbconsumer.config import Secret, Settings
from tests.web.client import Client
from tests.web.world import NOW
from web.sessions import Sessions

ADMINS = "qa-admin"


def settings_with_sign_in(**values: Any) -> Settings:
    """Settings with all that sign-in needs. At the issuer's address nothing listens."""
    client = {"oidc_client_id": "blockerbugs", "oidc_client_secret": Secret("hush")}
    needed = {"secret_key": Secret("k" * 32), "oidc_issuer": "http://127.0.0.1:1/openidc", **client}
    return Settings.of(**(needed | values))


def sign_in(
    client: Client,
    settings: Settings,
    name: str = "alice",
    groups: Iterable[str] = (),
    *,
    clock: Callable[[], datetime] = lambda: NOW,
) -> None:
    """Give a client the cookie of somebody who has just signed in."""
    sessions = Sessions(settings, clock)
    client.headers["Cookie"] = f"{sessions.cookie.name}={sessions.seal(name, groups)}"


def sign_out(client: Client) -> None:
    """Take it away again."""
    client.headers.pop("Cookie", None)
