"""The list of a project's issues: what is asked for, in which order, on which page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from urllib.parse import urlencode

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket
from bbconsumer.simulator.records import Json

_ROWS_BY_DEFAULT = 20
_ROWS_AT_MOST = 100
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood. Raises: PagureRefusal when created from one that is not."""

    pairs: Pairs

    def first(self, name: str) -> str:
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value.strip() for key, value in self.pairs if key == name and value.strip()]

    @property
    def page(self) -> int:
        return self._number("page", 1, errors.bad_request)

    @property
    def per_page(self) -> int:
        size = self._number("per_page", _ROWS_BY_DEFAULT, errors.bad_page_size)
        if size > _ROWS_AT_MOST:
            raise errors.bad_page_size()
        return size

    @property
    def since(self) -> datetime | None:
        """Epoch seconds, of which a fraction is dropped, or a day; anything else is refused."""
        sent = self._since_sent()
        if sent is None:
            return None
        if isinstance(sent, float):
            try:
                return datetime.fromtimestamp(int(sent), UTC)
            except (ValueError, OverflowError, OSError):
                raise errors.bad_timestamp() from None
        try:
            return datetime.strptime(sent, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise errors.bad_date() from None

    def _since_sent(self) -> float | str | None:
        text = self.first("since")
        try:
            return float(text) if text else None
        except ValueError:
            return text

    def echo(self) -> Json:
        """The filters as the answer repeats them."""
        return {
            "assignee": self.first("assignee") or None,
            "author": self.first("author") or None,
            "milestones": self.all("milestones"),
            "no_stones": None,
            "order": self.first("order") or None,
            "priority": None,
            # A time in seconds comes back as a number, a day as a text.
            "since": self._since_sent(),
            "status": self.first("status") or None,
            "tags": self.all("tags"),
        }

    def _number(self, name: str, default: int, refuse: Callable[[], errors.PagureRefusal]) -> int:
        text = self.first(name)
        if not text:
            return default
        try:
            number = int(text)
        except ValueError:
            raise errors.bad_request() from None
        if number < 1:
            raise refuse()
        return number


def matching(tickets: Iterable[Ticket], asked: Asked) -> list[Ticket]:
    """What fits, in the order asked for: newest first unless `order=asc`."""
    since, author, assignee = asked.since, asked.first("author"), asked.first("assignee")
    wanted = [tag for tag in asked.all("tags") if not tag.startswith("!")]
    unwanted = [tag[1:] for tag in asked.all("tags") if tag.startswith("!")]
    found = [
        ticket
        for ticket in tickets
        if _has_status(ticket, asked.first("status"))
        and (since is None or ticket.updated_at >= since)
        and author in ("", ticket.user)
        and assignee in ("", ticket.assignee)
        and (not wanted or set(wanted) & set(ticket.tags))
        and not set(unwanted) & set(ticket.tags)
    ]
    return sorted(found, key=lambda ticket: (ticket.created_at, ticket.id), reverse=asked.first("order") != "asc")


def _has_status(ticket: Ticket, status: str) -> bool:
    match status.lower():
        case "all":
            return True
        case "" | "open":
            return ticket.status == OPEN
        case "closed":
            return ticket.status == CLOSED
    return ticket.close_status == status


def page_of(rows: Sequence[Ticket], asked: Asked) -> Sequence[Ticket]:
    """The rows of the page asked for; none past the end."""
    start = (asked.page - 1) * asked.per_page
    return rows[start : start + asked.per_page]


def pagination(url: str, row_count: int, asked: Asked) -> Json:
    """Where the other pages are. `url` is the list's own address."""
    page, per_page = asked.page, asked.per_page
    pages = ceil(row_count / per_page)
    others = [pair for pair in asked.pairs if pair[0] not in ("page", "per_page")]

    def link(number: int) -> str:
        return f"{url}?{urlencode([('per_page', per_page), *others, ('page', number)])}"

    return {
        "first": link(1),
        "last": link(pages),
        "next": link(page + 1) if page < pages else None,
        "page": page,
        "pages": pages,
        "per_page": per_page,
        "prev": link(page - 1) if page > 1 else None,
    }
