"""The web in front of a world in which people propose, and what a browser does with its form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from sqlalchemy import delete

from bbconsumer.config import Settings
from bbconsumer.db.models import BugzillaAccountRow, ProposalRow
from bbconsumer.wiring import build_worker
from tests.flow.world import in_background
from tests.proposals.world import ProposalWorld, build_proposal_world
from tests.web.client import Client
from tests.web.reading import PREFIX, Page, Reader
from tests.web.signed_in import settings_with_sign_in, sign_in
from web.app import create_app

PROPOSE = "/propose_bug"


class Site:
    """The web in front of a world, and what a browser does with its form."""

    def __init__(self, world: ProposalWorld, settings: Settings) -> None:
        self.world = world
        self.settings = settings
        self.client = Client(create_app(settings, world.bugs.database), follow_redirects=False)
        self.client.headers["Origin"] = settings.origin
        self.reader = Reader(self.client)
        self.sign_in()

    def sign_in(self, name: str = "alice") -> None:
        """Be somebody."""
        sign_in(self.client, self.settings, name, clock=now)

    def send(self, path: str, fields: dict[str, Any]) -> Any:
        """Send a form."""
        return self.client.post(PREFIX + path, data=fields)

    def page(self, path: str, fields: dict[str, Any], *, status: int = 200) -> Page:
        """The page with which a form is answered."""
        response = self.send(path, fields)
        assert response.status_code == status, response.text
        return Page(response.text)

    def led_to(self, path: str, fields: dict[str, Any]) -> str:
        """Where a form leads, without the prefix."""
        response = self.send(path, fields)
        assert response.status_code == 303, response.text
        return str(response.headers["location"]).removeprefix(PREFIX)

    def typed(self, bug: object, **changes: Any) -> dict[str, Any]:
        """What is sent with the form that the site gives out, filled in."""
        plain = {
            "bug": str(bug),
            "milestone": "45-beta",
            "kinds": ["blocker"],
            "criterion": "Must boot",
            "justification": "It does not boot.\r\nAnywhere.",
            "account": "",
        }
        return {**inputs(self.reader.page(PROPOSE)), **plain, **changes}


def now() -> datetime:
    """The true time, in which signatures are checked."""
    return datetime.now(UTC)


def form_of(page: Page) -> Element:
    """The form in the main part of a page."""
    (form,) = page.one("main").iter("form")
    return form


def inputs(page: Page) -> dict[str, Any]:
    """What a browser would send with the form of a page, the button left out."""
    values: dict[str, Any] = {}
    for element in form_of(page).iter():
        if element.tag == "textarea":
            values[element.get("name", "")] = (element.text or "").removeprefix("\n")
        elif element.tag == "input" and element.get("type") in {"radio", "checkbox"}:
            if element.get("checked") is not None:
                values.setdefault(element.get("name", ""), []).append(element.get("value"))
        elif element.tag == "input" and element.get("name") == "kinds":
            values.setdefault("kinds", []).append(element.get("value"))
        elif element.tag == "input":
            values[element.get("name", "")] = element.get("value", "")
    return values


@contextmanager
def working_world(folder: Path) -> Iterator[tuple[ProposalWorld, Settings]]:
    """A world in which a worker works, and the settings of a web in front of it."""
    with build_proposal_world(f"sqlite:///{folder / 'world.sqlite'}") as world:
        bugs = world.bugs.settings
        settings = settings_with_sign_in(
            bugzilla_url=bugs.bugzilla_url,
            bugzilla_api_key=bugs.bugzilla_api_key,
            bugzilla_tries=1,
            proposals_enabled=True,
        )
        worker = build_worker(world.bugs.settings, world.bugs.database)
        thread = in_background(worker.run)
        yield world, settings
        worker.stop()
        thread.join()


def untouched_site(world: ProposalWorld, settings: Settings) -> Site:
    """Nobody has proposed or asked anything, and Bugzilla is well."""
    world.bugs.bugzilla.switches.reset()
    with world.bugs.database.writing() as session:
        session.execute(delete(ProposalRow))
        session.execute(delete(BugzillaAccountRow))
    return Site(world, settings)
