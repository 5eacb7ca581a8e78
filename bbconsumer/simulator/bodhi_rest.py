"""The part of Bodhi's interface that our product uses, and the page of an update. All of it only reads."""

from collections.abc import Awaitable, Callable, Iterator
from html import escape
from typing import TypeVar
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bbconsumer.simulator import bodhi_json as spelling
from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_errors import BodhiRefusal, no_update
from bbconsumer.simulator.bodhi_listing import comments_for, releases_for, updates_for
from bbconsumer.simulator.bodhi_query import Page, Question
from bbconsumer.simulator.bodhi_records import Update
from bbconsumer.simulator.control import Control
from bbconsumer.simulator.gate import CONTROL_PATH, Gate
from bbconsumer.simulator.json_answer import JSONAnswer
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import Failure, RequestLog, Switches

Row = TypeVar("Row")
Act = Callable[["Call"], Json]
Endpoint = Callable[[Request], Awaitable[Response]]


def bodhi_app(state: Bodhi, switches: Switches, requests: RequestLog) -> ASGIApp:
    """The whole simulated server."""
    control = Control(state.edits, switches, requests)

    def route(path: str, act: Act) -> Route:
        return Route(path, _endpoint(state, switches, act), methods=["GET"])

    routes = [
        route("/updates/", _updates),
        route("/updates/{name}", _update),
        route("/comments/", _comments),
        route("/releases/", _releases),
        route("/releases/{name}", _release),
        route("/users/{name}", _user),
        Route(CONTROL_PATH, control.show, methods=["GET"]),
        Route(CONTROL_PATH, control.change, methods=["PUT"]),
    ]
    return Gate(Starlette(routes=routes), switches, requests, _failure_body)


class Call:
    """One request, and what its reader sees. Created, and used, while the state is locked."""

    def __init__(self, state: Bodhi, switches: Switches, request: Request) -> None:
        self.state = state
        self.name: str = request.path_params.get("name", "")
        self.asked = Question(request.query_params.multi_items())
        self._switches = switches
        self._faulty = switches.apply_to(f"{request.method} {request.url.path}")
        self._until_edit = switches.lagging_edit(state.edits, state.now()) if self._faulty else None

    def update(self) -> Update:
        """Raises: BodhiRefusal."""
        update = self._seen(self.name)
        if update is None:
            raise no_update()
        return update

    def updates(self) -> Iterator[Update]:
        return filter(None, map(self._seen, list(self.state.updates.known_keys())))

    def page_of(self, rows: list[Row]) -> tuple[list[Row], Json]:
        """The rows of the page that is asked for, and what an answer says of the page."""
        number, size = self.asked.page_asked()
        self.asked.refuse_if_wrong()
        if self._faulty and self._switches.empty:
            rows = []
        page = Page(number, size, len(rows))
        return rows[page.rows][: self._switches.row_limit if self._faulty else None], page.as_json()

    def chrome(self) -> bool:
        return self.asked.yes_or_no("chrome") is not False

    def _seen(self, alias: str) -> Update | None:
        if self._until_edit is None:
            update = self.state.stored(alias)
        else:
            update = self.state.updates.at(alias, self._until_edit)
        is_hidden = update is not None and self._faulty and update.id in self._switches.hide
        return None if is_hidden else update


def _failure_body(failure: Failure) -> Json:
    complaint = {"location": "body", "name": "", "description": failure.message}
    return {"status": "error", "errors": [complaint]}


def _endpoint(state: Bodhi, switches: Switches, act: Act) -> Endpoint:
    async def answer(request: Request) -> Response:
        wants_page = request.headers.get("accept", "").startswith("text/html")
        with state.lock:
            call = Call(state, switches, request)
            try:
                content = act(call)
            except BodhiRefusal as refusal:
                if act is _update and state.has_package(call.name):
                    # Not an alias, but there are updates of that package: Bodhi takes it for a search.
                    return RedirectResponse(f"{state.web_url}/updates/?{urlencode({'packages': call.name})}", 302)
                body = HTMLResponse if wants_page else JSONAnswer
                return body(escape(str(refusal)) if wants_page else refusal.body(), refusal.status)
        if wants_page and act is _update:
            return HTMLResponse(_page(content["update"]))
        return JSONAnswer(content)

    return answer


def _updates(call: Call) -> Json:
    found = updates_for(call.asked, call.updates(), call.state.releases())
    rows, page = call.page_of(found)
    packages = call.asked.texts("packages")
    return {
        "updates": [spelling.update(call.state, update) for update in rows],
        **page,
        "chrome": call.chrome(),
        "display_user": True,
        "display_request": True,
        "package": packages[0] if packages else None,
    }


def _update(call: Call) -> Json:
    return {"update": spelling.update(call.state, call.update()), "can_edit": False, "ci_allowed": False}


def _comments(call: Call) -> Json:
    rows, page = call.page_of(comments_for(call.asked, call.updates()))
    comments = [spelling.comment(call.state, update, remark) for update, remark in rows]
    return {"comments": comments, **page, "chrome": call.chrome()}


def _releases(call: Call) -> Json:
    rows, page = call.page_of(releases_for(call.asked, call.state.releases()))
    return {"releases": [spelling.release(release) for release in rows], **page}


def _release(call: Call) -> Json:
    return spelling.release(call.state.release(call.name))


def _user(call: Call) -> Json:
    paths = {
        "comments_by": f"comments/?user={call.name}",
        "comments_on": f"comments/?update_owner={call.name}",
        "recent_updates": f"updates/?user={call.name}",
        "recent_overrides": f"overrides/?user={call.name}",
    }
    urls = {name: f"{call.state.web_url}/{path}" for name, path in paths.items()}
    urls |= {f"{name}_rss": f"{call.state.web_url}/rss/{path}" for name, path in paths.items()}
    return {"user": spelling.person(call.state.known_person(call.name)), "urls": urls}


def _page(update: Json) -> str:
    title = escape(update["title"])
    state = escape(", ".join(filter(None, [update["status"], update["request"] and f"asks for {update['request']}"])))
    bugs = "".join(f"<li>{bug['bug_id']} {escape(bug['title'] or '')}</li>" for bug in update["bugs"])
    said = "".join(
        f"<h2>{escape(each['user']['name'])} ({each['karma']:+})</h2><pre>{escape(each['text'])}</pre>"
        for each in update["comments"]
    )
    return (
        f"<!DOCTYPE html><html lang=en><title>{update['alias']}: {title}</title><h1>{title}</h1>"
        f"<p>{update['alias']}: {state}, karma {update['karma']}</p><pre>{escape(update['notes'])}</pre>"
        f"<ul>{bugs}</ul>{said}</html>"
    )
