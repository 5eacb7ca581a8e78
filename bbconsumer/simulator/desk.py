"""What every REST endpoint needs: who asks, with which parameters, and what they may see."""

import json
from dataclasses import dataclass
from datetime import datetime
from random import Random

from starlette.requests import Request

from bbconsumer.simulator import errors
from bbconsumer.simulator.bug_json import Flavour, Spelling, Wanted
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.charts import moment_in
from bbconsumer.simulator.reading import View
from bbconsumer.simulator.records import Bug, Json, User
from bbconsumer.simulator.switches import BugzillaSwitches


@dataclass(frozen=True, slots=True)
class Desk:
    """The state, its faults, and the source of everything that is left to chance."""

    state: Bugzilla
    switches: BugzillaSwitches
    flavour: Flavour
    chance: Random


class Call:
    """One request. Created, and used, while the state is locked.

    Raises: Refusal 306 for a wrong API key, whatever is asked for.
    """

    def __init__(self, desk: Desk, request: Request, body: bytes) -> None:
        self.desk = desk
        self.state = desk.state
        self.parameters = {name: request.query_params.getlist(name) for name in request.query_params}
        self.path = request.url.path
        self.faulty = desk.switches.apply_to(f"{request.method} {self.path}")
        self._path_reference = request.path_params.get("reference", "")
        self._body = body
        self.user = self._sender(request)
        self.view = self._view()
        self.spelling = Spelling(self.view, desk.flavour)

    def first(self, name: str) -> str:
        return self.parameters.get(name, [""])[0]

    def body(self) -> Json:
        """The JSON object that was sent. Raises: Refusal."""
        try:
            content = json.loads(self._body or b"{}")
        except ValueError as error:
            raise errors.Refusal(32000, f"The body is not JSON: {error}") from None
        if not isinstance(content, dict):
            raise errors.Refusal(32000, "The body is not a JSON object.")
        return content

    def writer(self) -> User:
        """Whoever asks, who must be logged in. Raises: Refusal 410."""
        if self.user is None:
            raise errors.login_required()
        return self.user

    def references(self, more: object = ()) -> list[str]:
        """The id or alias in the path, with those sent beside it: real servers merge them."""
        others = more if isinstance(more, list | tuple) else [more]
        return list(dict.fromkeys([self._path_reference, *map(str, others)]))

    def bugs(self, *, merge_ids: bool = True) -> list[Bug]:
        """The bugs asked for by path and `ids`. One that is refused fails the whole request."""
        more = self.parameters.get("ids", []) if merge_ids else []
        return [self.view.bug(reference) for reference in self.references(more)]

    def since(self) -> datetime | None:
        """`new_since`, which wants things strictly newer."""
        text = self.first("new_since")
        return moment_in(text) if text else None

    def wanted(self) -> Wanted:
        return Wanted(frozenset(self._listed("include_fields")), frozenset(self._listed("exclude_fields")))

    def _listed(self, name: str) -> list[str]:
        values = self.parameters.get(name, [])
        return [item.strip() for value in values for item in value.split(",") if item.strip()]

    def _sender(self, request: Request) -> User | None:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        key = (
            self.first("Bugzilla_api_key")
            or self.first("api_key")
            or request.headers.get("x-bugzilla-api-key", "")
            or (bearer if scheme.lower() == "bearer" else "")
        )
        return self.state.user_of_key(key) if key else None

    def _view(self) -> View:
        if not self.faulty:
            return View(self.state, self.user)
        switches = self.desk.switches
        return View(
            self.state,
            self.user,
            until_edit=switches.lagging_edit(self.state.ledger.edits, self.state.now()),
            hidden=switches.hide,
        )
