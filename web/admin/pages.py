"""Where administrators begin: what needs one, syncs on request, the removal gate; and who changed what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer import commands
from bbconsumer.commands import CommandRefused
from bbconsumer.domain.status import ServiceStatus
from web.admin.desk import Desk, notice_of
from web.forms import first, read_form
from web.people import name_of
from web.queries.admin import load_audit
from web.queries.admin_queue import load_asked_syncs, load_removals, load_running_syncs
from web.queries.status import load_status
from web.read_models.admin import AdminPage, TroubleView

# The sections of the status page, in the order in which what is wrong there wants an operator; where that is seen to,
# below the address of this page.
_PLACES: Final = {
    "schema": None,
    "removal-gate": "/removals",
    "sources": None,
    "parts": None,
    "dead-letters": "/dead_letters",
    "queue": "/queue",
    "trackers": "/milestones",
    "sync-runs": "#syncs",
}
_URGENCY: Final = tuple(_PLACES)


class AdminPages:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def overview(self, request: Request) -> Response:
        """What needs an operator: to the second, since what is due now must not look as if it could wait."""
        now = self._desk.exact_now()
        with self._desk.database.reading() as session:
            found = load_status(session, now=now, settings=self._desk.settings)
            asked, running = load_asked_syncs(session), load_running_syncs(session, now=now)
        status = found.status
        troubles = sorted(status.troubles, key=lambda trouble: _URGENCY.index(trouble[0]))
        page = AdminPage(
            now=self._desk.now,
            navigation=found.navigation,
            troubles=tuple(
                TroubleView(sentence, _detail(status, anchor), self._place(anchor)) for anchor, sentence in troubles
            ),
            asked=asked,
            running=running,
            next_sync_at=status.next_sync_at,
            notice=notice_of(request),
        )
        return self._desk.render("admin_overview.html", page)

    async def ask_for_sync(self, request: Request) -> Response:
        """Have everything read soon."""
        await read_form(request)
        ask = partial(commands.ask_for_sync, self._desk.database, self._desk.settings, actor=name_of(request))
        await self._desk.asker.run(ask)
        return self._desk.led_to(self._desk.links.admin, "sync")

    def removals(self, _request: Request) -> Response:
        """The removal gate and what it holds back."""
        return self._removals_page("")

    async def accept_removals(self, request: Request) -> Response:
        """Let a sync believe what is held back, if the gate is closed as it was when that was shown."""
        try:
            tripped_at = datetime.fromisoformat(first(await read_form(request), "tripped_at"))
        except ValueError:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from None
        accept = partial(commands.ask_to_accept_removals, self._desk.database, tripped_at, actor=name_of(request))
        try:
            await self._desk.asker.run(accept)
        except CommandRefused as refusal:
            return await self._desk.asker.run(partial(self._removals_page, str(refusal)))
        return self._desk.led_to(self._desk.links.admin, "removals")

    def audit(self, request: Request) -> Response:
        """The audit log, a page at a time."""
        before = request.query_params.get("before")
        if before is not None and not (before.isascii() and before.isdecimal() and len(before) < 10):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        with self._desk.database.reading() as session:
            page = load_audit(session, int(before) if before else None, now=self._desk.now)
        return self._desk.render("admin_audit.html", page)

    def _place(self, anchor: str) -> str:
        place = _PLACES[anchor]
        return f"{self._desk.links.status}#{anchor}" if place is None else f"{self._desk.links.admin}{place}"

    def _removals_page(self, problem: str) -> Response:
        with self._desk.database.reading() as session:
            page = load_removals(session, now=self._desk.now)
        status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
        return self._desk.render("admin_removals.html", replace(page, problem=problem), status=status)


def _detail(status: ServiceStatus, anchor: str) -> str:
    """What is known of a trouble, beside what its sentence says."""
    match anchor:
        case "removal-gate":
            return status.gate.reason
        case "sources":
            return "; ".join(source.last_error for source in status.sources if source.failures)
        case "dead-letters":
            return f"{status.dead_letter_count} of them"
        case "queue":
            return f"{status.queue.failing_count} failing, {status.queue.due} due"
        case "trackers":
            return ", ".join(trouble.tracker.title for trouble in status.troubled_trackers)
    return ""
