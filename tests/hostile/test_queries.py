"""Addresses that ask for nasty texts are answered as others are: found or not, refused with a sentence, never 500."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.hostile.corpus import TEXTS, TEXTS_BY_KIND
from tests.hostile.pages import Tokens, known_attributes
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import BETA, OVERVIEW, PREFIX
from tests.web.world import NOW, World
from web.api.operations import OPERATIONS
from web.app import create_app
from web.assets import Assets
from web.lists import BadQuery, ListSpec
from web.lists.bugs import BUGS
from web.lists.decisions import DECISIONS
from web.lists.updates import UPDATES
from web.lists.waiting import WAITING
from web.own_paths import own_path
from web.templating import Renderer

# Each asks from an address of its own: nobody may ask as often as this.
SETTINGS = Settings.of(proxies_in_front=1)
_addresses = (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in count(1))
KNOWN = known_attributes()
LISTS: dict[str, ListSpec[Any]] = {
    BETA: BUGS,
    f"{OVERVIEW}/updates": UPDATES,
    f"{OVERVIEW}/decisions": DECISIONS,
    "/user/maintainer": WAITING,
}
# Where a text is only compared with what there is, some are as good as all.
SOME = TEXTS[::3]
IN_PATHS = (
    "/milestone/{}/beta",
    "/milestone/45/{}/buglist",
    "/milestone/45/beta/{}.txt",
    "/milestone/45/beta/{}",
    "/bug/{}",
    "/bug/{}/feed.atom",
    "/user/{}",
    "/package/{}",
    "/release/{}/dates.ics",
    "/badge/45/{}.svg",
    "/static/{}",
    "/api/v0/bugimg/{}",
    "/api/v0/milestones/{}/beta/bugs",
    "/api/v1/bugs/{}",
    "/api/v1/milestones/45/{}",
    "/{}",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A small world."""
    with _asking(f"sqlite:///{tmp_path_factory.mktemp('queries') / 'world.sqlite'}") as client:
        yield client


@contextmanager
def _asking(database_url: str) -> Iterator[Client]:
    database = Database(make_url(database_url))
    make_schema(database)
    world = World(database)
    world.milestone()
    world.nominated(7)
    world.synced()
    with Client(create_app(SETTINGS, database, clock=lambda: NOW), follow_redirects=False) as client:
        yield client


def _ask(client: Client, address: str, statuses: set[int]) -> None:
    """Ask, and see that the answer is one of ours, and of the kind that it says that it is."""
    answer = client.get(PREFIX + address, headers={"X-Forwarded-For": next(_addresses)})
    assert answer.status_code in statuses, f"{answer.status_code}: {address[:200]}"
    assert len(answer.headers) == len(answer.headers.multi_items())
    assert not any(set("\r\n\0") & set(value) for value in answer.headers.values())
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        assert Tokens(answer.text, KNOWN).problems == [], address[:200]
    elif "json" in kind:
        answer.json()


def _sent(text: str) -> str:
    """As a browser sends it, which has no lone surrogates."""
    return quote(text.encode("utf-8", "replace"), safe="")


def _short(text: str) -> str:
    """No server passes longer addresses on."""
    return text[:2000]


@pytest.mark.parametrize("path", LISTS)
def test_every_parameter_takes_every_text_or_refuses_it(path: str) -> None:
    spec = LISTS[path]
    for name in [*(each.name for each in spec.filters), "sort", "format"]:
        for text in TEXTS:
            try:
                query = spec.parse([(name, text)])
            except BadQuery:
                continue
            # The address of what was understood is understood as the same.
            assert spec.parse(parse_qsl(query.address.removeprefix("?"))) == query


def test_a_list_that_is_asked_for_a_text_is_answered(client: Client) -> None:
    asked = [(path, name) for path, spec in LISTS.items() for name in (*(f.name for f in spec.filters), "sort")]
    for number, text in enumerate(TEXTS):
        path, name = asked[number % len(asked)]
        _ask(client, f"{path}?{name}={_sent(_short(text))}", {200, 400})


def test_a_search_for_a_text_is_answered(client: Client) -> None:
    for text in SOME:
        _ask(client, f"/search?q={_sent(_short(text))}", {200, 302, 303, 307, 400})


def test_the_name_of_a_parameter_may_be_any_text(client: Client) -> None:
    paths = [*LISTS, "/search", "/api/v1/events", f"{OVERVIEW}/report", "/status", "/propose_bug"]
    for number, text in enumerate(SOME):
        _ask(client, f"{paths[number % len(paths)]}?{_sent(_short(text))}=x", {200, 302, 307, 400})


def test_every_text_in_a_path_is_answered(client: Client) -> None:
    for number, text in enumerate(TEXTS):
        _ask(client, IN_PATHS[number % len(IN_PATHS)].format(_sent(_short(text))), {200, 302, 307, 308, 400, 404})


def test_postgresql_is_asked_for_nothing_that_it_cannot_take_and_takes_no_text_for_a_statement(
    postgresql_url: str,
) -> None:
    statuses = {200, 302, 303, 307, 308, 400, 404}
    with _asking(postgresql_url) as client:
        for text in ("\0", "a\0b"):
            for path in (*IN_PATHS, "/search?q={}", *(f"{each}?component={{}}" for each in (BETA, "/user/x"))):
                _ask(client, path.format(_sent(text)), statuses)
        for number, text in enumerate(TEXTS_BY_KIND["SQL"]):
            _ask(client, f"/search?q={_sent(text)}", statuses)
            _ask(client, IN_PATHS[number % len(IN_PATHS)].format(_sent(text)), statuses)


@pytest.mark.parametrize("raw", ["%ff%fe", "%ed%a0%80", "%c0%ae%c0%ae%c0%af", "%00", "%0d%0aX-Forged:%20y", "%", "%zz"])
def test_what_is_no_text_at_all_is_answered(client: Client, raw: str) -> None:
    for template in (*IN_PATHS, "/search?q={}", f"{BETA}?component={{}}", "/api/v1/events?since={}", "/status?{}"):
        _ask(client, template.format(raw), {200, 302, 307, 308, 400, 404})


def test_the_api_answers_texts_in_every_parameter(client: Client) -> None:
    known = {"release": "45", "name": "beta", "bug_id": "7"}
    asked = [
        (operation.path.format(**known), name)
        for operation in OPERATIONS
        for name in (
            *(number.name for number in operation.numbers),
            *((each.name for each in operation.spec.filters) if operation.spec else ()),
        )
    ]
    for number, text in enumerate(SOME):
        path, name = asked[number % len(asked)]
        _ask(client, f"/api/v1{path}?{urlencode({name: _short(text).encode('utf-8', 'replace')})}", {200, 400})


def test_no_text_leads_elsewhere_after_signing_in() -> None:
    links = Renderer(Settings.of(), Assets()).links
    for text in TEXTS:
        for asked in (text, f"{PREFIX}/{text}", f"{PREFIX}{text}", f"/{text}"):
            led_to = urljoin("https://qa.example.test/login", own_path(asked, links))
            assert led_to.startswith(f"https://qa.example.test{PREFIX}/")
            # As browsers read it.
            assert not set("\\\t\r\n") & set(led_to)
