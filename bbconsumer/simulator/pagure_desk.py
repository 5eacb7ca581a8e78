"""What every endpoint of the simulated Pagure needs: who asks, for what, with which fields."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_listing import Asked
from bbconsumer.simulator.pagure_reading import PagureView
from bbconsumer.simulator.pagure_records import Ticket, TicketComment, Token
from bbconsumer.simulator.switches import PagureSwitches


@dataclass(frozen=True, slots=True)
class PagureDesk:
    """The state and its faults."""

    state: Pagure
    switches: PagureSwitches


class PagureCall:
    """One request. Created, and used, while the state is locked.

    Raises: PagureRefusal for a wrong token, whatever is asked for.
    """

    def __init__(self, desk: PagureDesk, request: Request, body: bytes) -> None:
        self.state = desk.state
        self.switches = desk.switches
        self.path = request.url.path
        self.faulty = desk.switches.apply_to(f"{request.method} {self.path}")
        self.project_path: str = request.path_params.get("project", "")
        self.asked = Asked(request.query_params.multi_items())
        self.user_asked_for: str = request.path_params.get("user", "")
        self._ticket_number: str = request.path_params.get("ticket", "")
        self._comment_number: str = request.path_params.get("comment", "")
        self._fields = _fields_in(request.headers.get("content-type", ""), body)
        self._token = self._token_sent(request.headers.get("authorization", ""))
        self.view = self._view()

    @property
    def user(self) -> str:
        """Who asks; empty for nobody."""
        return self._token.user if self._token else ""

    def writer(self) -> str:
        """Who asks, who must be logged in with a token that is good here. Raises: PagureRefusal EINVALIDTOK."""
        if self._token is None:
            raise errors.bad_token()
        return self._token.user

    def editor_of(self, ticket: Ticket, *, others: tuple[str, ...]) -> str:
        """Who asks, who must be one of the project's people or of the others. Raises: PagureRefusal."""
        user = self.writer()
        if user not in others and user not in self.state.people_of(ticket.project):
            raise errors.ticket_not_allowed()
        return user

    def ticket(self) -> Ticket:
        return self.view.ticket(self.project_path, self._ticket_number)

    def field(self, name: str) -> str:
        return self._fields.get(name, "")

    def required(self, *names: str) -> list[str]:
        """The values of fields that have to be there. Raises: PagureRefusal EINVALIDREQ naming all that are not."""
        if lacking := [name for name in names if not self.field(name).strip()]:
            raise errors.missing(*lacking)
        return [self.field(name) for name in names]

    def lone_comment(self) -> TicketComment:
        return self.view.comment(self.project_path, self._ticket_number, self._comment_number)

    def _token_sent(self, header: str) -> Token | None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "token":
            return None
        token = self.state.token(text.strip())
        if token.project and self.project_path and token.project != self.project_path:
            raise errors.bad_token()
        return token

    def _view(self) -> PagureView:
        if not self.faulty:
            return PagureView(self.state, self.user)
        until_edit = self.switches.lagging_edit(self.state.edits, self.state.now())
        return PagureView(self.state, self.user, until_edit=until_edit, hidden=self.switches.hide)


def _fields_in(content_type: str, body: bytes) -> dict[str, str]:
    """What was sent, as a form or as JSON; Pagure takes both."""
    if "json" not in content_type:
        return {
            name: values[-1] for name, values in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()
        }
    try:
        content = json.loads(body)
    except ValueError:
        raise errors.bad_request() from None
    if not isinstance(content, dict):
        raise errors.bad_request()
    return {name: str(value) for name, value in content.items() if value is not None}
