"""The interface under `/api/0/`: the part of Pagure's that our product uses, and the page of a ticket."""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator import pagure_json as spelling
from bbconsumer.simulator.control import Control
from bbconsumer.simulator.gate import CONTROL_PATH, Gate
from bbconsumer.simulator.json_answer import JSONAnswer
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_desk import PagureCall, PagureDesk
from bbconsumer.simulator.pagure_listing import matching, page_of, pagination
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import Failure, PagureSwitches, RequestLog

Act = Callable[[PagureCall], Json]
Endpoint = Callable[[Request], Awaitable[Response]]


def pagure_app(state: Pagure, switches: PagureSwitches, requests: RequestLog) -> ASGIApp:
    """The whole simulated server."""
    desk = PagureDesk(state, switches)
    control = Control(state.edits, switches, requests)

    def route(path: str, act: Act, method: str = "GET", *, writes: bool = False) -> Route:
        return Route(f"/api/0/{path}", _endpoint(desk, act, writes), methods=[method])

    routes = [
        route("-/whoami", _whoami, "POST"),
        route("{project:path}/new_issue", _new_ticket, "POST", writes=True),
        route("{project:path}/issues", _tickets),
        route("{project:path}/issue/{ticket}", _ticket),
        route("{project:path}/issue/{ticket}", _edit, "POST", writes=True),
        route("{project:path}/issue/{ticket}/comment", _comment, "POST", writes=True),
        route("{project:path}/issue/{ticket}/comment/{comment}", _lone_comment),
        route("{project:path}/issue/{ticket}/status", _status, "POST", writes=True),
        route("{project:path}/issue/{ticket}/assign", _assign, "POST", writes=True),
        route("user/{user}", _user),
        route("{project:path}/contributors", _contributors),
        route("{project:path}/tags", _tags),
        route("{project:path}", _project),
        route("{project:path}", _unknown, "POST"),
        Route("/{project:path}/issue/{ticket}", _page(desk)),
        Route(CONTROL_PATH, control.show, methods=["GET"]),
        Route(CONTROL_PATH, control.change, methods=["PUT"]),
    ]
    return Gate(Starlette(routes=routes), switches, requests, _failure_body)


def _failure_body(failure: Failure) -> Json:
    return {"error": failure.message, "error_code": "ENOCODE"}


def _endpoint(desk: PagureDesk, act: Act, writes: bool) -> Endpoint:
    async def answer(request: Request) -> Response:
        body = await request.body()
        if writes and desk.switches.broker_down_s and desk.switches.apply_to(f"{request.method} {request.url.path}"):
            # The message is tried before the transaction ends: nobody sees the change before.
            await asyncio.sleep(desk.switches.broker_down_s)
        try:
            with desk.state.lock:
                content = act(PagureCall(desk, request, body))
        except errors.PagureRefusal as refusal:
            return JSONAnswer(refusal.body(desk.state.web_url), refusal.status)
        return JSONAnswer(content)

    return answer


def _whoami(call: PagureCall) -> Json:
    return {"username": call.writer()}


def _user(call: PagureCall) -> Json:
    account = call.state.account(call.user_asked_for)
    listed = [spelling.project(call.state, each) for each in call.state.projects_of(account.name)]
    return spelling.user(call.state, account.name, listed, f"{call.state.web_url}{call.path}")


def _project(call: PagureCall) -> Json:
    return spelling.project(call.state, call.state.project(call.project_path))


def _contributors(call: PagureCall) -> Json:
    return spelling.contributors(call.state.project(call.project_path))


def _tags(call: PagureCall) -> Json:
    tags = list(call.state.project(call.project_path).tags)
    return {"tags": tags, "total_tags": len(tags)}


def _tickets(call: PagureCall) -> Json:
    rows = matching(call.view.tickets(call.project_path), call.asked)
    if call.faulty and call.switches.empty:
        rows = []
    page = page_of(rows, call.asked)[: call.switches.row_limit if call.faulty else None]
    return {
        "args": call.asked.echo(),
        "issues": [spelling.ticket(call.state, ticket) for ticket in page],
        "pagination": pagination(f"{call.state.web_url}{call.path}", len(rows), call.asked),
        # As the real one: of this page only.
        "total_issues": len(page),
    }


def _ticket(call: PagureCall) -> Json:
    return spelling.ticket(call.state, call.ticket())


def _lone_comment(call: PagureCall) -> Json:
    return spelling.lone_comment(call.state, call.lone_comment())


def _new_ticket(call: PagureCall) -> Json:
    user, state = call.writer(), call.state
    state.project(call.project_path)
    title, content = call.required("title", "issue_content")
    tags = [tag.strip() for tag in call.field("tag").split(",") if tag.strip()]
    is_private = call.field("private").lower() in ("true", "1", "on")
    number = state.create_ticket(call.project_path, title, content, user, tags=tags, is_private=is_private)
    ticket = state.ticket(call.project_path, number)
    return {"issue": spelling.ticket(state, ticket), "message": "Issue created"}


def _edit(call: PagureCall) -> Json:
    ticket = call.ticket()
    user = call.editor_of(ticket, others=(ticket.user,))
    title, content = call.required("title", "issue_content")
    call.state.edit_ticket(ticket.project, ticket.id, user, title=title, content=content)
    edited = call.state.ticket(ticket.project, ticket.id)
    return {"issue": spelling.ticket(call.state, edited), "message": "Issue edited"}


def _comment(call: PagureCall) -> Json:
    user, ticket = call.writer(), call.ticket()
    (text,) = call.required("comment")
    call.state.comment(ticket.project, ticket.id, text, user)
    return {"avatar_url": spelling.avatar_url(user, 30), "message": "Comment added", "user": user}


def _status(call: PagureCall) -> Json:
    ticket = call.ticket()
    user = call.editor_of(ticket, others=(ticket.assignee,))
    (status,) = call.required("status")
    notes = call.state.set_status(ticket.project, ticket.id, status, user, close_status=call.field("close_status"))
    return {"message": notes or "No changes"}


def _assign(call: PagureCall) -> Json:
    ticket = call.ticket()
    user = call.editor_of(ticket, others=(ticket.assignee,))
    note = call.state.assign(ticket.project, ticket.id, call.field("assignee").strip(), user)
    return {"message": note or "Nothing to change"}


def _unknown(call: PagureCall) -> Json:
    raise errors.not_simulated(f"POST {call.path}")


def _page(desk: PagureDesk) -> Endpoint:
    async def answer(request: Request) -> Response:
        with desk.state.lock:
            try:
                ticket = PagureCall(desk, request, b"").ticket()
            except errors.PagureRefusal as refusal:
                return HTMLResponse(f"<title>Error</title><p>{escape(refusal.message)}</p>", refusal.status)
        title = escape(f"Issue #{ticket.id}: {ticket.title}")
        state = escape(f"{ticket.status} {ticket.close_status}".strip())
        said = [f"<h2>{escape(each.user)}</h2><pre>{escape(each.text)}</pre>" for each in ticket.comments]
        return HTMLResponse(
            f"<!DOCTYPE html><html lang=en><title>{title}</title><h1>{title}</h1><p>{state}</p>"
            f"<pre>{escape(ticket.content)}</pre>{''.join(said)}</html>"
        )

    return answer
