"""The web in front of a small world, and an administrator who acts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from sqlalchemy import delete, select

from bbconsumer.db.models import AuditEntry
from tests.flow.world import World, build_world
from tests.web.client import Client
from tests.web.reading import PREFIX, Page, Reader
from tests.web.signed_in import ADMINS, settings_with_sign_in, sign_in
from web.app import create_app

BETA = "/admin/milestones/45/beta"


class AdminSite:
    """What a browser does with the pages of administrators."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.world = world
        self.settings = settings_with_sign_in(
            bugzilla_url=world.settings.bugzilla_url, bugzilla_tries=1, bodhi_enabled=False, **settings
        )
        self.client = Client(create_app(self.settings, world.database), follow_redirects=False)
        self.client.headers["Origin"] = self.settings.origin
        self.reader = Reader(self.client)
        self.sign_in()

    def sign_in(self, name: str = "alice", *groups: str, age_s: float = 0) -> None:
        """Be somebody; an administrator unless other groups are given."""
        known_at = datetime.now(UTC) - timedelta(seconds=age_s)
        sign_in(self.client, self.settings, name, groups or (ADMINS,), clock=lambda: known_at)

    def send(self, path: str, **fields: Any) -> Any:
        """Send a form; as browsers do, an empty one too says what it is."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(PREFIX + path, data=fields, headers=headers)

    def refused(self, path: str, *, status: int = 422, **fields: Any) -> Page:
        """The page with which a form is refused."""
        response = self.send(path, **fields)
        assert response.status_code == status, response.text
        return Page(response.text)

    def done(self, path: str, **fields: Any) -> Page:
        """The page to which a form leads."""
        response = self.send(path, **fields)
        assert response.status_code == 303, response.text
        return self.reader.page(str(response.headers["location"]).removeprefix(PREFIX))

    def inputs(self, page: Page, action: str) -> dict[str, Any]:
        """What a browser would send with the form of a page that goes to an address, the button left out."""
        (form,) = (each for each in page.root.iter("form") if each.get("action") == PREFIX + action and _fields(each))
        values: dict[str, Any] = {}
        for element in _fields(form):
            values.setdefault(element.get("name", ""), []).append(element.get("value", ""))
        return values

    def noted(self) -> list[tuple[str, str, str, str]]:
        """The audit log since the site is there, the oldest entry first."""
        columns = AuditEntry.actor, AuditEntry.act, AuditEntry.subject, AuditEntry.detail
        with self.world.database.reading() as session:
            rows = session.execute(select(*columns).order_by(AuditEntry.id))
        return [(actor, act, subject, detail) for actor, act, subject, detail in rows]


def _fields(form: Element) -> list[Element]:
    """The fields of a form that a browser sends as they are."""
    chosen = {"radio", "checkbox"}
    return [each for each in form.iter("input") if each.get("type") not in chosen or each.get("checked") is not None]


def noticed(page: Page) -> str:
    """What a page says of the act that led to it."""
    (text,) = ("".join(e.itertext()) for e in page.root.iter("p") if e.get("role") == "status")
    return text


def problem(page: Page) -> str:
    """What a page says of the act that it refuses."""
    (text,) = (" ".join("".join(e.itertext()).split()) for e in page.root.iter("section") if e.get("role") == "alert")
    return text


@contextmanager
def build_admin_site(database_url: str, **settings: Any) -> Iterator[AdminSite]:
    """A site about which nothing has been noted yet."""
    with build_world(database_url) as world:
        with world.database.writing() as session:
            session.execute(delete(AuditEntry))
        yield AdminSite(world, **settings)
