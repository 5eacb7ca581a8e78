"""What the simulated Pagure does, called over HTTP as the real one calls, reaches the queue."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from starlette.types import ASGIApp

from bbconsumer.config import Secret, Settings
from bbconsumer.db.models import WorkItem
from bbconsumer.db.session import Database
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.pagure_cast import BOT, CLERK, OWNER, REVIEW_PROJECT, add_review_project
from bbconsumer.simulator.pagure_server import SimulatedPagure
from tests.web.reading import PREFIX
from web.app import create_app

KEY = "the project's key"


class _Site(LoopbackServer):
    """The service on a port."""

    def __init__(self, database: Database) -> None:
        super().__init__("web")
        self._database = database

    def app(self) -> ASGIApp:
        """With the key of the simulated project."""
        settings = Settings.of(pagure_repo=REVIEW_PROJECT, pagure_bot_username=BOT, pagure_repo_webhook_key=Secret(KEY))
        return create_app(settings, self._database)


@pytest.mark.parametrize("key", [KEY, "another key"])
def test_what_happens_in_tickets_is_called_signed_and_marked_and_nothing_without_the_key(
    database: Database, key: str
) -> None:
    with _Site(database) as site, SimulatedPagure() as pagure:
        add_review_project(pagure.state)
        pagure.state.add_project("elsewhere", OWNER)
        for project in (REVIEW_PROJECT, "elsewhere"):
            pagure.call_webhook(project, f"{site.url}{PREFIX}/api/v0/webhook", key)
        talked = pagure.state.create_ticket(REVIEW_PROJECT, "[7] ünïcode", "…", CLERK)
        pagure.state.edit_comment(
            REVIEW_PROJECT, talked, pagure.state.comment(REVIEW_PROJECT, talked, "BetaBlocker +1", CLERK), "0", CLERK
        )
        other = pagure.state.create_ticket("elsewhere", "Not ours", "…", OWNER)
        for _ in range(3):
            pagure.state.comment("elsewhere", other, "BetaBlocker +1", OWNER)
        pagure.hooks.flush()
        with database.reading() as session:
            marked = session.execute(select(WorkItem.kind, WorkItem.id, WorkItem.generation)).all()
        counts = pagure.hooks.delivered_count, pagure.hooks.lost_count
    # New, commented, edited; and four calls about another project, which are taken and mark nothing.
    assert (marked, counts) == (([("ticket", talked, 3)], (7, 0)) if key == KEY else ([], (0, 7)))
