"""Adding a milestone: its trackers are looked up in Bugzilla and shown, then stored as they were shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bbconsumer import commands
from bbconsumer.commands import CommandRefused, FieldsRefused, FoundTracker
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind
from web.admin.desk import Desk
from web.forms import Choice, Field, first, read_form
from web.people import name_of
from web.read_models.admin import AddFields, AddMilestonePage, AddPreviewPage, FoundTrackerView

Sent = Mapping[str, Sequence[str]]

_NAMES: Final = tuple(Choice(name.value, name.title()) for name in MilestoneName)
_BY_ALIAS: Final = (
    "Its number, address or alias. Left empty, it is looked up by its usual alias, for example F45Beta{suffix}."
)
_CURRENT: Final = Choice("1", "Make it the current milestone", "The one to which the start page leads.")


class NewMilestone:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def form(self, request: Request) -> Response:
        """The form, filled in as the address says."""
        query = request.query_params
        return self._form({name: query.getlist(name) for name in query}, {})

    async def submit(self, request: Request) -> Response:
        """Show what would be stored, store it, or go back to the form: as the button says that was pressed."""
        sent = await read_form(request)
        match first(sent, "action"):
            case "store":
                return await self._desk.asker.run(partial(self._store, sent, name_of(request)))
            case "edit":
                return await self._desk.asker.run(partial(self._form, sent, {}))
        return await self._desk.asker.run(partial(self._preview, sent))

    def _preview(self, sent: Sent) -> Response:
        try:
            milestone = _milestone(sent)
            trackers = self._look_up(sent, milestone)
        except CommandRefused as refusal:
            return self._refused(sent, refusal)
        numbers = {tracker.kind.value: [str(tracker.id)] for tracker in trackers}
        page = AddPreviewPage(
            now=self._desk.now,
            navigation=self._desk.load_navigation(),
            title=milestone.title,
            fields=_fields({**sent, **numbers}, {}),
            is_current=bool(first(sent, "current")),
            trackers=tuple(map(_view, trackers)),
        )
        return self._desk.render("admin_add_preview.html", page)

    def _store(self, sent: Sent, actor: str) -> Response:
        try:
            milestone = _milestone(sent)
            # Once more: what was shown may have changed, and a form may hold any number.
            trackers = {tracker.kind: tracker.id for tracker in self._look_up(sent, milestone)}
            commands.add_milestone(
                self._desk.database, milestone, trackers, make_current=bool(first(sent, "current")), actor=actor
            )
        except CommandRefused as refusal:
            return self._refused(sent, refusal)
        return self._desk.led_to(self._desk.links.admin_milestone(milestone.release, milestone.name), "milestone")

    def _look_up(self, sent: Sent, milestone: Milestone) -> tuple[FoundTracker, ...]:
        references = {kind: first(sent, kind) for kind in TrackerKind}
        return self._desk.asker.with_source(
            lambda source: commands.look_up_trackers(
                self._desk.database, source, self._desk.settings, milestone, references
            )
        )

    def _refused(self, sent: Sent, refusal: CommandRefused) -> Response:
        problems = refusal.problem_by_field if isinstance(refusal, FieldsRefused) else {}
        return self._form(sent, problems, problem="" if problems else str(refusal))

    def _form(self, sent: Sent, problems: Mapping[str, str], *, problem: str = "") -> Response:
        page = AddMilestonePage(self._desk.now, self._desk.load_navigation(), _fields(sent, problems), problem)
        is_wrong = bool(problems or problem)
        return self._desk.render(
            "admin_add_milestone.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
        )


def _milestone(sent: Sent) -> Milestone:
    problems = {}
    release, name = first(sent, "release").strip(), first(sent, "name")
    if not commands.is_release(release):
        problems["release"] = "Give the number of the release, for example 45"
    if name not in set(MilestoneName):
        problems["name"] = "Choose one"
    if problems:
        raise FieldsRefused(problems)
    return Milestone(release, MilestoneName(name))


def _fields(sent: Sent, problems: Mapping[str, str]) -> AddFields:
    def field(name: str, label: str, hint: str = "", choices: Sequence[Choice] = ()) -> Field:
        values = (first(sent, name),) if first(sent, name) else ()
        return Field(name, label, hint, values, problems.get(name, ""), tuple(choices))

    return AddFields(
        field("release", "Release", "Its number, for example 45."),
        field("name", "Milestone", choices=_NAMES),
        field(TrackerKind.BLOCKER.value, "Blocker tracker", _BY_ALIAS.format(suffix="Blocker")),
        field(
            TrackerKind.FREEZE_EXCEPTION.value,
            "Freeze exception tracker",
            _BY_ALIAS.format(suffix="FreezeException"),
        ),
        field("current", "Current", choices=(_CURRENT,)),
    )


def _view(tracker: FoundTracker) -> FoundTrackerView:
    expected = "" if tracker.has_expected_alias else tracker.expected_alias
    return FoundTrackerView(
        f"{tracker.kind.label} tracker", tracker.id, tracker.summary, tracker.state, tracker.aliases, expected
    )
