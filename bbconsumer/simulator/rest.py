"""The REST interface: the part of Bugzilla's that python-bugzilla and our product use."""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape
from random import Random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bbconsumer.simulator import errors
from bbconsumer.simulator.bug_json import RED_HAT, Flavour
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.control import Control
from bbconsumer.simulator.desk import Call, Desk
from bbconsumer.simulator.gate import CONTROL_PATH, Gate
from bbconsumer.simulator.json_answer import JSONAnswer
from bbconsumer.simulator.records import Json, timestamp
from bbconsumer.simulator.search import Found, find_bugs
from bbconsumer.simulator.switches import BugzillaSwitches, Failure, RequestLog

VERSION = "5.0.4"
# What the body of a change says beside the changes.
_NO_CHANGES = ("ids", "minor_update")

Act = Callable[[Call], Json]
Endpoint = Callable[[Request], Awaitable[Response]]


def rest_app(
    state: Bugzilla,
    switches: BugzillaSwitches,
    requests: RequestLog,
    *,
    flavour: Flavour = RED_HAT,
    seed: int = 0,
) -> ASGIApp:
    """The whole simulated server. `seed` decides the order of results without `order`."""
    desk = Desk(state, switches, flavour, Random(seed))
    control = Control(state.ledger.edits, switches, requests)

    def route(path: str, act: Act, method: str = "GET", status: int = 200) -> Route:
        return Route(f"/rest/{path}", _endpoint(desk, act, status), methods=[method])

    routes = [
        route("version", _version),
        route("time", _time),
        route("user", _users),
        route("whoami", _whoami),
        route("bug", _search),
        route("bug", _create, "POST"),
        route("bug/{reference}", _bug),
        route("bug/{reference}", _update, "PUT"),
        route("bug/{reference}/history", _history),
        route("bug/{reference}/comment", _comments),
        route("bug/{reference}/comment", _comment, "POST", 201),
        Route("/rest/{path:path}", _endpoint(desk, _unknown, 404)),
        Route("/show_bug.cgi", _page(desk)),
        Route(CONTROL_PATH, control.show, methods=["GET"]),
        Route(CONTROL_PATH, control.change, methods=["PUT"]),
    ]
    return Gate(Starlette(routes=routes), switches, requests, _failure_body)


def _failure_body(failure: Failure) -> Json:
    code = 100500 if failure.kind == "100500" else failure.code
    return {"error": True, "code": code, "message": failure.message}


def _endpoint(desk: Desk, act: Act, status: int) -> Endpoint:
    async def answer(request: Request) -> Response:
        body = await request.body()
        try:
            with desk.state.lock:
                content = act(Call(desk, request, body))
        except errors.Refusal as refusal:
            error = refusal.body(desk.flavour.documentation_url)
            return _json_response(error, refusal.status)
        response = _json_response(content, status)
        if request.method == "GET":
            response.headers["ETag"] = _etag(bytes(response.body))
            if request.headers.get("if-none-match") == response.headers["ETag"]:
                return Response(status_code=304, headers={"ETag": response.headers["ETag"]})
        return response

    return answer


def _json_response(content: Json, status: int) -> Response:
    return JSONAnswer(content, status)


def _etag(body: bytes) -> str:
    return '"' + b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()[:22] + '"'


def _version(_call: Call) -> Json:
    return {"version": VERSION}


def _time(call: Call) -> Json:
    now = timestamp(call.state.now())
    return {
        "db_time": now,
        "web_time": now,
        "web_time_utc": now,
        "tz_name": "UTC",
        "tz_short_name": "UTC",
        "tz_offset": "+0000",
    }


def _whoami(call: Call) -> Json:
    user = call.writer()
    return {"id": user.id, "name": user.name, "real_name": user.real_name}


def _users(call: Call) -> Json:
    names, ids = call.parameters.get("names", []), call.parameters.get("ids", [])
    patterns = [text.lower() for text in call.parameters.get("match", [])]
    if not (names or ids or patterns):
        raise errors.missing_argument("User.get", "names, ids or match")
    if ids or patterns:
        call.writer()
    found = [call.state.account(name) for name in names]
    found += [
        user
        for user in call.state.users()
        if str(user.id) in ids or any(text in f"{user.name} {user.real_name}".lower() for text in patterns)
    ]
    groups = sorted({group for user in call.state.users() for group in user.groups})
    return {"users": [call.spelling.account(user, groups) for user in dict.fromkeys(found)]}


def _search(call: Call) -> Json:
    desk = call.desk
    found = find_bugs(call.view, call.parameters, desk.flavour, desk.chance)
    if call.faulty and desk.switches.empty:
        found = Found([], 0, found.limit, found.offset)
    rows = found.bugs[: desk.switches.row_limit] if call.faulty else found.bugs
    wanted = call.wanted()
    answer: Json = {"bugs": [call.spelling.bug(bug, wanted) for bug in rows]}
    if desk.flavour.tells_total:
        answer |= {
            "total_matches": found.total_matches,
            "limit": found.limit,
            "offset": found.offset,
        }
    return answer


def _bug(call: Call) -> Json:
    wanted = call.wanted()
    faults: list[Json] = []
    try:
        bugs = call.bugs()
    except errors.Refusal as refusal:
        if not call.first("permissive"):
            raise
        bugs = []
        identity = call.references()[0]
        faults = [
            {"id": identity, "faultCode": refusal.code, "faultString": refusal.message},
        ]
    answers = [call.spelling.bug(bug, wanted) for bug in bugs]
    if call.user is not None:
        for bug, answer in zip(bugs, answers, strict=True):
            if wanted.has("tags"):
                answer["tags"] = []
            if wanted.has("update_token"):
                answer["update_token"] = _token(bug.last_change_time, call.user.name)
    return {"bugs": answers, "faults": faults}


def _token(changed: datetime, who: str) -> str:
    secret = hashlib.sha256(f"{changed}{who}".encode()).hexdigest()[:22]
    return f"{int(changed.timestamp())}-{secret}"


def _history(call: Call) -> Json:
    merges = not (call.faulty and call.desk.switches.refuse_history_ids)
    bugs = call.bugs(merge_ids=merges)
    return {"bugs": [call.spelling.history(bug, call.since()) for bug in bugs]}


def _comments(call: Call) -> Json:
    def listed(comments: list[Json]) -> Json:
        return {"comments": comments}

    since = call.since()
    return {
        "bugs": {
            str(bug.id): listed([call.spelling.comment(c) for c in call.view.comments(bug, since)])
            for bug in call.bugs()
        },
        "comments": {},
    }


def _create(call: Call) -> Json:
    return {"id": call.state.create_bug(call.body(), call.writer().name)}


def _update(call: Call) -> Json:
    writer, body = call.writer(), call.body()
    # The view's bugs first: ids that are hidden from this key are refused here, too.
    bugs = [call.view.bug(reference) for reference in call.references(body.get("ids", ()))]
    changes = {name: value for name, value in body.items() if name not in _NO_CHANGES}
    changed = call.state.update_bug([bug.id for bug in bugs], changes, writer.name)
    return {
        "bugs": [
            {
                "id": bug_id,
                "alias": list(call.state.bug(bug_id).alias),
                "last_change_time": timestamp(call.state.bug(bug_id).last_change_time),
                "changes": {change.field: {"removed": change.removed, "added": change.added} for change in logged},
            }
            for bug_id, logged in changed.items()
        ]
    }


def _comment(call: Call) -> Json:
    writer, body = call.writer(), call.body()
    if not body.get("comment"):
        raise errors.missing_argument("Bug.add_comment", "comment")
    bug = call.view.bug(call.references()[0])
    is_private = bool(body.get("is_private"))
    return {"id": call.state.add_comment(bug.id, body["comment"], writer.name, is_private=is_private)}


def _unknown(call: Call) -> Json:
    raise errors.no_such_resource(call.path)


def _page(desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        with desk.state.lock:
            try:
                call = Call(desk, request, b"")
                bug = call.view.bug(call.first("id"))
            except errors.Refusal as refusal:
                # Like the real one: people get a page that says so, under 200.
                return HTMLResponse(f"<title>Error</title><p>{escape(refusal.message)}</p>")
        title = escape(f"{bug.id} – {bug.summary}")
        state = escape(f"{bug.status} {bug.resolution}".strip())
        whiteboard = escape(bug.whiteboard)
        return HTMLResponse(
            f"<!DOCTYPE html><html lang=en><title>{title}</title><h1>{title}</h1><p>{state}</p><p>{whiteboard}</p>"
        )

    return answer
