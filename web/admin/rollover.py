"""The end of a milestone: what it would do is shown, and done only if it still is exactly that."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bbconsumer import commands
from bbconsumer.commands import CommandRefused
from bbconsumer.domain.rollover import RolloverPlan
from bbconsumer.domain.trackers import Milestone, MilestoneName
from web.admin.desk import Desk
from web.forms import read_form
from web.people import name_of
from web.read_models import MilestoneView, Navigation
from web.read_models.admin import RolloverPage


class Rollover:
    """The endpoints. Both ask Bugzilla for trackers that are not known yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def plan(self, request: Request) -> Response:
        """What would be done."""
        return await self._desk.asker.run(partial(self._show, request))

    async def apply(self, request: Request) -> Response:
        """Do what was shown."""
        shown = tuple((await read_form(request)).get("step", ()))
        return await self._desk.asker.run(partial(self._apply, request, shown))

    def _show(self, request: Request) -> Response:
        navigation = self._desk.load_navigation()
        milestone = self._desk.named_milestone(request, navigation)
        try:
            plan = self._plan(milestone)
        except CommandRefused as refusal:
            return self._page(navigation, milestone, None, str(refusal))
        return self._page(navigation, milestone, plan)

    def _apply(self, request: Request, shown: tuple[str, ...]) -> Response:
        navigation = self._desk.load_navigation()
        milestone = self._desk.named_milestone(request, navigation)
        try:
            plan = self._plan(milestone)
            if not shown or _sentences(plan) != shown:
                changed = "It is not the plan any more that was shown to you: nothing was done; look at it again"
                return self._page(navigation, milestone, plan, changed, HTTPStatus.CONFLICT)
            # Under the lock of the milestones it is compared once more.
            done = commands.apply_rollover(self._desk.database, plan, actor=name_of(request))
        except CommandRefused as refusal:
            return self._page(navigation, milestone, None, str(refusal), HTTPStatus.CONFLICT)
        return self._desk.led_to(f"{self._desk.links.admin}/milestones", "rollover" if done.steps else "nothing")

    def _plan(self, milestone: MilestoneView) -> RolloverPlan:
        ended = Milestone(milestone.release, MilestoneName(milestone.name))
        return self._desk.asker.with_source(lambda source: commands.plan_rollover(self._desk.database, source, ended))

    def _page(
        self,
        navigation: Navigation,
        milestone: MilestoneView,
        plan: RolloverPlan | None,
        problem: str = "",
        status: int = HTTPStatus.OK,
    ) -> Response:
        steps, warnings = (_sentences(plan), plan.warnings) if plan else ((), ())
        page = RolloverPage(self._desk.now, navigation, milestone, steps, warnings, problem)
        return self._desk.render("admin_rollover.html", page, status=status)


def _sentences(plan: RolloverPlan) -> tuple[str, ...]:
    return tuple(step.sentence for step in plan.steps)
