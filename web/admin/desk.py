"""What all pages of administrators have in common: what they are made with, and where one is led after an act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web.asker import Asker
from web.conditional import whole_minute
from web.queries.navigation import load_navigation
from web.read_models import MilestoneView, Navigation
from web.templating import Renderer

# Requests that wait for Bugzilla at the same time.
ASKERS: Final = 4

# What a page says after an act that led to it. Whoever makes an address can choose among these and say nothing else.
NOTICES: Final[Mapping[str, str]] = {
    "release": "The release is stored.",
    "milestone": "The milestone is stored with its trackers. The next sync reads them.",
    "standing": "The milestone stands as you said.",
    "dates": "The dates are stored.",
    "nothing": "Nothing was changed: it was so already.",
    "sync": "A sync is asked for. Below you see when it begins, and how far it is.",
    "removals": "A sync that believes what is held back is asked for. Below you see when it begins.",
    "retry": "What you chose is due at once. When its source answers, it is worked on within seconds.",
    "dropped": "The message is dropped.",
    "read": "The message could be read now: what it tells of is due at once, and it is no dead letter any more.",
    "read-for-nothing": "The message could be read now, and tells of nothing that is followed here. It is dropped.",
    "rollover": "The roll-over is done. The next sync reads the new trackers.",
}


class Desk:
    """At which administrators sit. Its pages are reached by nobody else."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.database = database
        self.render = render
        self.links = render.links
        self.exact_now = clock
        self.asker = Asker(settings, at_once=ASKERS)

    @property
    def now(self) -> datetime:
        """For pages, whose clock has no seconds."""
        return whole_minute(self.exact_now())

    def load_navigation(self) -> Navigation:
        """The milestones as they are now."""
        with self.database.reading() as session:
            return load_navigation(session)

    def named_milestone(self, request: Request, navigation: Navigation) -> MilestoneView:
        """The milestone that an address names.

        Raises:
            HTTPException: there is none.
        """
        milestone = navigation.find(request.path_params["release"], request.path_params["name"])
        if milestone is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return milestone

    def led_to(self, address: str, notice: str) -> Response:
        """After an act: to a page that says what was done."""
        return RedirectResponse(f"{address}?{urlencode({'notice': notice})}", HTTPStatus.SEE_OTHER)


def notice_of(request: Request) -> str:
    """What was done before this page was opened; empty when nothing was."""
    return NOTICES.get(request.query_params.get("notice", ""), "")
