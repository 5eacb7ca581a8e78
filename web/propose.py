"""Proposing a bug: a form, what it would write, what became of it. Bugzilla is asked and told by the commands.

Everything works without scripts. What somebody typed is never lost: a form that cannot be taken comes back with it, and
one that Bugzilla cannot be told of is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bbconsumer import commands
from bbconsumer.commands import BugzillaAway, CommandRefused, FieldsRefused, ProposalForm
from bbconsumer.config import Settings
from bbconsumer.db.proposals import Proposal, ProposalState, count_kept, load_account, load_proposal
from bbconsumer.db.session import Database
from web.asker import Asker
from web.conditional import whole_minute
from web.forms import first, read_form
from web.limits import Limiter
from web.people import name_of, person_of
from web.propose_form import bug_view, fields_of, form_of, form_of_kept, planned_trackers
from web.queries.navigation import load_navigation
from web.queries.proposals import load_my_proposals, view_of
from web.read_models.propose import AboutProposingPage, BugView, PreviewPage, ProposalPage, ProposePage
from web.templating import Renderer

T = TypeVar("T")

# Requests that wait for Bugzilla at the same time.
ASKERS = 8
# How often one person may have Bugzilla asked, as while a number is typed, and told: so many at once, then one each so
# many seconds.
ASKING, TELLING = (60, 2.0), (20, 30.0)
# How long a person waits for what they proposed to be on our own pages; a worker needs a second or two.
READ_PATIENCE_S = 4.0


class Propose:
    """The endpoints. Those that take something are reached only by people who signed in."""

    def __init__(self, settings: Settings, database: Database, render: Renderer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._render = render
        self._clock = clock
        self._closed = settings.proposals_problem
        self._asker = Asker(settings, at_once=ASKERS)
        self._asking, self._telling = (Limiter(burst=burst, interval_s=each_s) for burst, each_s in (ASKING, TELLING))

    def form(self, request: Request) -> Response:
        """The form, filled in as the address says or as a draft was kept; for who cannot use it, what it is."""
        person = person_of(request)
        if person is None or self._closed:
            return self._about(request)
        form = form_of({name: request.query_params.getlist(name) for name in request.query_params}, person.name)
        kept_count = 0
        with self._database.reading() as session:
            if draft_id := request.query_params.get("draft"):
                draft = load_proposal(session, _form_id(draft_id), person.name)
                if draft is None or draft.state is not ProposalState.KEPT:
                    raise HTTPException(HTTPStatus.NOT_FOUND)
                form = form_of_kept(draft)
            else:
                kept_count = count_kept(session, person.name)
                if "account" not in request.query_params:
                    form = replace(form, account=load_account(session, person.name))
        return self._form_page(form, {}, kept_count=kept_count)

    async def submit(self, request: Request) -> Response:
        """Look the bug up, show what would be written, or write it: as the button says that was pressed."""
        sent = await read_form(request)
        form, action = form_of(sent, name_of(request)), first(sent, "action")
        if action == "edit":
            return await self._asker.run(partial(self._form_page, form, {}))
        if problem := _too_often(self._telling if action == "send" else self._asking, form.person):
            if action == "lookup":
                return await self._asker.run(partial(self._form_page, form, {}, not_found=problem))
            status = HTTPStatus.TOO_MANY_REQUESTS
            return await self._asker.run(partial(self._form_page, form, {}, problem=problem, status=status))
        if action == "send":
            return await self._send(form)
        return await self._asker.run(partial(self._looked_up if action == "lookup" else self._preview, form))

    def proposal(self, request: Request) -> Response:
        """What became of a proposal; only for who made it."""
        if person_of(request) is None:
            return self._about(request)
        return self._proposal_page(request, "")

    async def act(self, request: Request) -> Response:
        """Send a proposal that is kept, or discard it."""
        sent = await read_form(request)
        proposal_id, person = _form_id(request.path_params["proposal_id"]), name_of(request)
        try:
            if sent.get("action") == ["discard"]:
                await self._asker.run(partial(commands.discard_proposal, self._database, proposal_id, person))
                return RedirectResponse(self._render.links.my_proposals, HTTPStatus.SEE_OTHER)
            if problem := _too_often(self._telling, person):
                return await self._asker.run(partial(self._proposal_page, request, problem))
            await self._tell(commands.send_proposal, proposal_id, person)
        except CommandRefused as refusal:
            return await self._asker.run(partial(self._proposal_page, request, str(refusal)))
        return self._to_proposal(proposal_id)

    def mine(self, request: Request) -> Response:
        """What the person who looks proposed, and what is kept for them."""
        if (person := person_of(request)) is None:
            return self._about(request)
        with self._database.reading() as session:
            page = load_my_proposals(session, person.name, now=self._clock())
        return self._render("my_proposals.html", replace(page, now=whole_minute(page.now)))

    async def _send(self, form: ProposalForm) -> Response:
        try:
            await self._tell(commands.propose, form)
        except BugzillaAway:
            return self._to_proposal(form.id)
        except CommandRefused as refusal:
            return await self._asker.run(partial(self._refused, form, refusal))
        return self._to_proposal(form.id)

    async def _tell(self, command: Callable[..., Proposal], *arguments: object) -> None:
        """Let a command tell Bugzilla, then wait a moment until our own pages know."""

        def tell() -> None:
            proposal = self._with_source(command, *arguments)
            if proposal.state is ProposalState.DONE:
                commands.wait_until_read(self._database, proposal, patience_s=READ_PATIENCE_S)

        await self._asker.run(tell)

    def _preview(self, form: ProposalForm) -> Response:
        try:
            plan = self._with_source(commands.plan_proposal, form)
        except BugzillaAway:
            return self._to_proposal(form.id)
        except CommandRefused as refusal:
            return self._refused(form, refusal)
        with self._database.reading() as session:
            navigation = load_navigation(session)
        page = PreviewPage(
            now=whole_minute(self._clock()),
            navigation=navigation,
            form_id=form.id,
            fields=fields_of(form, navigation, {}),
            found=bug_view(plan.found),
            trackers=planned_trackers(plan),
            account=plan.proposal.account,
            comment=plan.comment,
        )
        return self._render("propose_preview.html", page)

    def _looked_up(self, form: ProposalForm) -> Response:
        try:
            found = self._with_source(commands.look_up_bug, form.bug)
        except CommandRefused as refusal:
            return self._form_page(form, {}, not_found=str(refusal))
        return self._form_page(form, {}, found=bug_view(found))

    def _refused(self, form: ProposalForm, refusal: CommandRefused) -> Response:
        problems = refusal.problem_by_field if isinstance(refusal, FieldsRefused) else {}
        if "id" in problems:
            form = replace(form, id=commands.new_form_id())
        fields = problems.keys() - {"id"}
        problem = "" if fields else str(refusal)
        return self._form_page(form, problems, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def _form_page(
        self,
        form: ProposalForm,
        problems: Mapping[str, str],
        *,
        found: BugView | None = None,
        not_found: str = "",
        problem: str = "",
        kept_count: int = 0,
        status: int = HTTPStatus.OK,
    ) -> Response:
        with self._database.reading() as session:
            navigation = load_navigation(session)
        page = ProposePage(
            now=whole_minute(self._clock()),
            navigation=navigation,
            form_id=form.id,
            fields=fields_of(form, navigation, problems),
            found=found,
            not_found=not_found,
            problem=problem,
            kept_count=kept_count,
        )
        return self._render("propose.html", page, status=status)

    def _proposal_page(self, request: Request, problem: str) -> Response:
        now = self._clock()
        with self._database.reading() as session:
            proposal = load_proposal(session, _form_id(request.path_params["proposal_id"]), name_of(request))
            navigation = load_navigation(session)
        if proposal is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        is_read = proposal.state is ProposalState.DONE and commands.wait_until_read(
            self._database, proposal, patience_s=0
        )
        page = ProposalPage(whole_minute(now), navigation, view_of(proposal, now), is_read, problem)
        return self._render("proposal.html", page, status=HTTPStatus.CONFLICT if problem else HTTPStatus.OK)

    def _about(self, request: Request) -> Response:
        with self._database.reading() as session:
            navigation = load_navigation(session)
        query = f"?{request.url.query}" if request.url.query else ""
        asked = urlencode({"next": f"{request.url.path}{query}"})
        sign_in = "" if self._settings.sign_in_problem else f"{self._render.links.sign_in}?{asked}"
        page = AboutProposingPage(whole_minute(self._clock()), navigation, sign_in, self._closed)
        return self._render("propose_about.html", page)

    def _with_source(self, command: Callable[..., T], *arguments: object) -> T:
        return self._asker.with_source(lambda source: command(self._database, source, self._settings, *arguments))

    def _to_proposal(self, proposal_id: str) -> Response:
        return RedirectResponse(self._render.links.proposal(proposal_id), HTTPStatus.SEE_OTHER)


def _form_id(text: str) -> str:
    """The number of a form that an address names; what is none may be a text that no database takes.

    Raises:
        HTTPException: it names none.
    """
    if not commands.is_form_id(text):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return text


def _too_often(limiter: Limiter, person: str) -> str:
    """What to tell a person who must wait; empty for everybody else."""
    if not (wait_s := limiter.wait_s(person)):
        return ""
    return f"You asked for this too often: wait {math.ceil(wait_s)} seconds and try again; nothing of your text is lost"
