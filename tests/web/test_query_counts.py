"""Every page asks the database as often about 1,000 bugs as about 60, with their tickets, updates and events.

The table below names an address for each route that answers GET; the routes are taken from the application, so that a
new one fails here until it is in the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.reporting import REPORTS
from tests.web.client import Client
from tests.web.crowded import FIRST_BUG, crowded_database
from tests.web.reading import BETA, OVERVIEW, PREFIX, selects
from tests.web.world import NOW
from web.app import create_app

# A thousand bugs take seconds to store.
pytestmark = pytest.mark.xdist_group("crowds")

FEW, MANY = 60, 1000

# By route, without the prefix: addresses at which all that it can show is shown.
ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "/": ("/",),
    "/current": ("/current",),
    "/milestone/{release}/{name}": (OVERVIEW,),
    "/milestone/{release}/{name}/buglist": (BETA, f"{BETA}?todo=vote&sort=-activity&format=json"),
    "/milestone/{release}/{name}/updates": (f"{OVERVIEW}/updates",),
    "/milestone/{release}/{name}/need_testing": (f"{OVERVIEW}/need_testing",),
    "/milestone/{release}/{name}/decisions": (
        f"{OVERVIEW}/decisions",
        f"{OVERVIEW}/decisions?since=2026-11-20&format=csv",
    ),
    "/user/{account:path}": ("/user/maintainer", "/user/person1"),
    "/package/{component:path}": ("/package/package1",),
    "/search": ("/search?q=crashes",),
    "/milestone/{release}/{name}/irc": (f"{OVERVIEW}/irc",),
    "/milestone/{release}/{name}/meeting": (f"{OVERVIEW}/meeting",),
    "/milestone/{release}/{name}/report": (f"{OVERVIEW}/report", f"{OVERVIEW}/report?format=table"),
    "/milestone/{release}/{name}/requests": (f"{OVERVIEW}/requests",),
    "/milestone/{release}/{name}/go-no-go": (f"{OVERVIEW}/go-no-go",),
    "/milestone/{release}/{name}/{report}.txt": tuple(f"{OVERVIEW}/{name}.txt" for name in REPORTS),
    "/milestone/{release}/{name}/burndown.csv": (f"{OVERVIEW}/burndown.csv",),
    "/milestone/{release}/{name}/feed.atom": (f"{OVERVIEW}/feed.atom",),
    "/badge/{release}/{name}.svg": ("/badge/45/beta.svg",),
    "/bug/{bug_id}/feed.atom": (f"/bug/{FIRST_BUG}/feed.atom",),
    "/bug/{bug_id}": (f"/bug/{FIRST_BUG}", "/bug/42"),
    "/status": ("/status",),
    "/api/v0/bugimg/{bug_id}": (f"/api/v0/bugimg/{FIRST_BUG}",),
    "/api/v0/milestones/{release}/{name}/bugs": ("/api/v0/milestones/45/beta/bugs",),
    "/api/v0/milestones/{release}/{name}/updates": ("/api/v0/milestones/45/beta/updates",),
    "/api/v1/milestones": ("/api/v1/milestones",),
    "/api/v1/milestones/{release}/{name}": ("/api/v1/milestones/45/beta",),
    "/api/v1/milestones/{release}/{name}/bugs": ("/api/v1/milestones/45/beta/bugs?limit=1000",),
    "/api/v1/milestones/{release}/{name}/updates": ("/api/v1/milestones/45/beta/updates?limit=1000",),
    "/api/v1/bugs/{bug_id}": (f"/api/v1/bugs/{FIRST_BUG}",),
    "/api/v1/events": ("/api/v1/events?limit=1000",),
}
# What asks the database nothing about bugs, and why it is not opened here.
LEFT_OUT: Mapping[str, str] = {
    "/propose_bug": "a form about one bug, of which Bugzilla is asked",
    "/propose_bug/{proposal_id}": "one proposal, for who made it",
    "/my_proposals": "one person's own proposals, for who made them",
    "/admin": "for administrators: what the status page tells, in another order",
    "/admin/audit": "for administrators: a page of the audit log, and no bugs",
    "/admin/removals": "for administrators: what is held back, in one SELECT",
    "/admin/queue": "for administrators: what fails, in one SELECT",
    "/admin/dead_letters": "for administrators: messages, and no bugs",
    "/admin/dead_letters/{letter_id}": "for administrators: one message",
    "/admin/milestones": "for administrators: milestones, and no bugs",
    "/admin/add_milestone": "a form for administrators",
    "/admin/milestones/{release}/{name}": "a form for administrators",
    "/admin/milestones/{release}/{name}/rollover": "for administrators: asks Bugzilla, and counts bugs in one SELECT",
    "/release/{release}/dates.ics": "a calendar has the dates of milestones, and no bugs",
    "/milestone/{release}/{name}/info": "a milestone's trackers and dates, and no bugs",
    "/api/v1/openapi.json": "what can be asked, which is the same whatever is stored",
    "/bug/{bug_id}/updates": "a redirect, which asks nothing",
    "/login": "leads to the issuer of sign-ins",
    "/authorize": "takes who comes back from there; a session is a cookie",
    "/live": "a stream without an end, which tells only that something changed",
}


def _app(database: Database) -> Starlette:
    return create_app(Settings.of(), database, clock=lambda: NOW)


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Database]]:
    """A database for each number of bugs."""
    folder = tmp_path_factory.mktemp("crowds")
    databases = {count: crowded_database(f"sqlite:///{folder / str(count)}", count) for count in (FEW, MANY)}
    yield databases
    for database in databases.values():
        database.dispose()


@pytest.mark.parametrize("address", [address for addresses in ADDRESSES.values() for address in addresses])
def test_a_page_asks_as_often_about_many_bugs_as_about_few(address: str, crowds: dict[int, Database]) -> None:
    asked: dict[int, list[str]] = {}
    for count, database in crowds.items():
        client = Client(_app(database), follow_redirects=False)
        with selects(database) as statements:
            response = client.get(PREFIX + address)
        assert response.status_code in {200, 307}, response.text
        asked[count] = list(statements)
    assert asked[FEW], f"{address} asks the database nothing: it belongs to LEFT_OUT"
    assert len(asked[FEW]) == len(asked[MANY]), _more_often(asked[FEW], asked[MANY])


def _more_often(few: list[str], many: list[str]) -> str:
    """Which statements are sent more often where there are more bugs."""
    grown = {statement for statement in many if many.count(statement) > few.count(statement)}
    return "\n\n".join(f"{few.count(s)} times for {FEW} bugs, {many.count(s)} for {MANY}:\n{s}" for s in sorted(grown))


def test_every_route_is_in_the_table(crowds: dict[int, Database]) -> None:
    routes = set(_routes_in(_app(crowds[FEW]).routes))
    missing = sorted(routes - ADDRESSES.keys() - LEFT_OUT.keys())
    assert not missing, (
        f"add {', '.join(missing)} to ADDRESSES in {__name__}, each with addresses at which it shows as many bugs, "
        "tickets, updates or events as it can; or to LEFT_OUT if it asks the database nothing about bugs"
    )
    gone = sorted((ADDRESSES.keys() | LEFT_OUT.keys()) - routes)
    assert not gone, f"take {', '.join(gone)} out of the tables in {__name__}: there is no such route any more"


def _routes_in(routes: list[BaseRoute], prefix: str = "") -> Iterator[str]:
    """The routes under our prefix that answer GET, without it. Those at the root of the port are the platform's."""
    for route in routes:
        if isinstance(route, Mount):
            yield from _routes_in(route.routes, prefix + route.path)
        elif isinstance(route, Route) and "GET" in (route.methods or ()) and prefix.startswith(PREFIX):
            yield (prefix + route.path).removeprefix(PREFIX)
