"""What is refused, for whose sake it may be looked into, is in the log."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bbconsumer.db.session import Database
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import PREFIX
from tests.web.signed_in import settings_with_sign_in, sign_in
from tests.web.world import NOW
from web.app import create_app
from web.limits import Limiter

SETTINGS = settings_with_sign_in()


def test_what_is_refused_is_in_the_log_with_who_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.app.Limiter", partial(Limiter, clock=lambda: 0.0))
    database = Database(make_url(f"sqlite:///{tmp_path / 'empty.sqlite'}"))
    make_schema(database)
    client = Client(create_app(SETTINGS, database, clock=lambda: NOW), follow_redirects=False)
    caplog.set_level(logging.INFO, logger="web")
    sign_in(client, SETTINGS, "bob")
    assert client.get(f"{PREFIX}/admin").status_code == 403
    assert client.post(f"{PREFIX}/logout", headers={"Origin": "https://evil.test"}).status_code == 403
    assert client.post(f"{PREFIX}/logout", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert client.post(f"{PREFIX}/logout", headers={"Origin": SETTINGS.origin}).status_code == 303
    assert any(client.get(f"{PREFIX}/search?q=x").status_code == 429 for _ in range(61))
    said = [record.getMessage() for record in caplog.records if not record.getMessage().startswith(("GET", "POST"))]
    assert said[:4] == [
        "refused: bob is no administrator",
        "refused: a request that may change something came from https://evil.test",
        "refused: a request that may change something came from same-site",
        "sign-in: bob signed out",
    ]
    assert set(said[4:]) == {"refused: person bob asks too often"}
    database.dispose()
