"""Releases and milestones: adding them, their dates, which are active and current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer import commands
from bbconsumer.commands import CommandRefused, FieldsRefused
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from web.admin.dates import DateForm, UnreadableDates
from web.admin.desk import Desk, notice_of
from web.forms import Field, first, read_form
from web.people import name_of
from web.queries.admin import list_bare_releases
from web.queries.info import load_dates
from web.queries.navigation import load_navigation
from web.read_models.admin import MilestoneAdminPage, MilestonesPage

Sent = Mapping[str, Sequence[str]]


class Milestones:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self, request: Request) -> Response:
        """All that there are, and a form for a release."""
        return self._list("", notice=notice_of(request))

    async def add_release(self, request: Request) -> Response:
        """Store a release."""
        release = first(await read_form(request), "release").strip()
        add = partial(commands.add_release, self._desk.database, release, actor=name_of(request))
        try:
            is_new = await self._desk.asker.run(add)
        except CommandRefused as refusal:
            return await self._desk.asker.run(partial(self._list, release, problem=str(refusal)))
        return self._desk.led_to(f"{self._desk.links.admin}/milestones", "release" if is_new else "nothing")

    def one(self, request: Request) -> Response:
        """A milestone, with a form for its dates and buttons for how it stands."""
        return self._page(request, notice=notice_of(request))

    async def change(self, request: Request) -> Response:
        """Change the dates of a milestone, or how it stands: as the button says that was pressed."""
        sent = await read_form(request)
        navigation = await self._desk.asker.run(self._desk.load_navigation)
        view = self._desk.named_milestone(request, navigation)
        milestone = Milestone(view.release, MilestoneName(view.name))
        if (action := first(sent, "action")) == "dates":
            return await self._desk.asker.run(partial(self._set_dates, request, milestone, sent))
        standings: dict[str, tuple[bool | None, bool]] = {
            "activate": (True, False),
            "end": (False, False),
            "current": (None, True),
        }
        if action not in standings:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        return await self._desk.asker.run(partial(self._set_standing, request, milestone, *standings[action]))

    def _set_dates(self, request: Request, milestone: Milestone, sent: Sent) -> Response:
        try:
            form = DateForm.of(sent)
        except UnreadableDates as error:
            return self._page(request, form=error.form)
        if not form.changes:
            return self._led_to(milestone, "nothing")
        try:
            commands.set_dates(self._desk.database, milestone, form.changes, actor=name_of(request), seen=form.seen)
        except FieldsRefused as refusal:
            return self._page(request, form=replace(form, problems=refusal.problem_by_field))
        return self._led_to(milestone, "dates")

    def _set_standing(
        self, request: Request, milestone: Milestone, is_active: bool | None, make_current: bool
    ) -> Response:
        set_milestone = partial(commands.set_milestone, self._desk.database, milestone, actor=name_of(request))
        try:
            set_milestone(is_active=is_active, make_current=make_current)
        except CommandRefused as refusal:
            return self._page(request, problem=str(refusal))
        return self._led_to(milestone, "standing")

    def _list(self, release: str, *, problem: str = "", notice: str = "") -> Response:
        with self._desk.database.reading() as session:
            page = MilestonesPage(
                now=self._desk.now,
                navigation=load_navigation(session),
                bare_releases=list_bare_releases(session),
                release=Field("release", "Release", "Its number, for example 45.", (release,), problem),
                notice=notice,
            )
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
        return self._desk.render("admin_milestones.html", page, status=status)

    def _page(self, request: Request, *, form: DateForm | None = None, problem: str = "", notice: str = "") -> Response:
        with self._desk.database.reading() as session:
            navigation = load_navigation(session)
            view = self._desk.named_milestone(request, navigation)
            dates = load_dates(session, view.release, view.name)
        set_up = {tracker.kind for tracker in view.trackers}
        fresh = DateForm.showing(dates)
        page = MilestoneAdminPage(
            now=self._desk.now,
            navigation=navigation,
            milestone=view,
            dates=(form.over(fresh) if form else fresh).fields,
            seen=fresh.carried,
            missing_trackers=tuple(kind.label for kind in TrackerKind if kind not in set_up),
            notice=notice,
            problem=problem,
        )
        is_wrong = bool(page.wrong or problem)
        return self._desk.render(
            "admin_milestone.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
        )

    def _led_to(self, milestone: Milestone, notice: str) -> Response:
        return self._desk.led_to(self._desk.links.admin_milestone(milestone.release, milestone.name), notice)
