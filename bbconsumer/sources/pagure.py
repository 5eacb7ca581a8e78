"""Pagure as a source of discussion tickets, and as the place where the service writes them.

It never repeats a write and never gives out a private ticket.

Source: https://pagure.io/api/0/
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import quote

from bbconsumer.domain.snapshots import AbsenceReason, Absent, TicketAnswer, TicketSnapshot
from bbconsumer.sources import ListedTickets, RequestRefused, SourceUnavailable, WriteUncertain
from bbconsumer.sources.pagure_answers import (
    PAGE_SIZE,
    Page,
    newest_change_on,
    parse_close_statuses,
    parse_deciders,
    parse_members,
    parse_page,
    parse_ticket,
)
from bbconsumer.sources.pagure_client import NAME, PagureClient, PagureRefusal
from bbconsumer.sources.texts import clean_text

# A page costs about as much as so many tickets.
_WORTH_A_PAGE = 3
_ABSENCE_BY_CODE = {"ENOISSUE": AbsenceReason.MISSING, "EISSUENOTALLOWED": AbsenceReason.PRIVATE}
# Where a ticket stood: what was listed (all tickets, or those that changed since), and the number of the page.
_Place: TypeAlias = tuple[datetime | None, int]
_PROJECT_LACKS_BY_CODE = {"ENOPROJECT": "is not there", "ETRACKERDISABLED": "has no tickets"}


class PagureSource:
    """See `bbconsumer.sources.TicketSource`."""

    name = NAME

    def __init__(self, client: PagureClient, *, repo: str) -> None:
        self._client = client
        self._repo = repo.strip("/")
        self._place_by_id: dict[int, _Place] = {}

    def fetch_tickets(self, ids: Collection[int]) -> Mapping[int, TicketAnswer]:
        wanted = frozenset(ids)
        answers: dict[int, TicketAnswer] = {}
        for since, number in self._pages_worth_reading(wanted):
            raw_by_id = self._page(number, _since(since)).raw_by_id
            answers |= {ticket_id: parse_ticket(raw_by_id[ticket_id]) for ticket_id in wanted & raw_by_id.keys()}
        # Where a page did not hold what it held before, a ticket may still be anywhere.
        for ticket_id in sorted(wanted - answers.keys()):
            answers[ticket_id] = self._fetch_alone(ticket_id)
        return answers

    def list_ticket_ids(self, since: datetime | None) -> ListedTickets:
        place_by_id: dict[int, _Place] = {}
        newest_change_at: datetime | None = None
        for number, page in self._pages(_since(since)):
            place_by_id |= dict.fromkeys(page.raw_by_id, (since, number))
            times = [time for time in (newest_change_at, newest_change_on(page)) if time]
            newest_change_at = max(times, default=None)
        # In a listing of changes tickets move on while others change: it tells only of those that no full one told of.
        self._place_by_id = place_by_id if since is None else place_by_id | self._place_by_id
        return ListedTickets(frozenset(place_by_id), newest_change_at)

    def fetch_deciders(self) -> frozenset[str]:
        people, groups = parse_deciders(self._ask(""))
        return people.union(*map(self._fetch_members, sorted(groups)))

    def fetch_tickets_by(self, author: str, since: datetime) -> tuple[TicketSnapshot, ...]:
        # Pagure can only tell what changed since, and notes a change some milliseconds before the creation behind it.
        query = {"author": author, **_since(since - timedelta(seconds=1))}
        raw_tickets = (raw for _, page in self._pages(query) for raw in page.raw_by_id.values())
        tickets = [ticket for ticket in map(parse_ticket, raw_tickets) if isinstance(ticket, TicketSnapshot)]
        return tuple(ticket for ticket in tickets if ticket.created_at >= since)

    def create_ticket(self, title: str, content: str, tags: Collection[str]) -> TicketSnapshot:
        form = _text_form(title, content) | ({"tag": ",".join(tags)} if tags else {})
        return _written(self._write("new_issue", form))

    def edit_ticket(self, ticket_id: int, title: str, content: str) -> TicketSnapshot:
        return _written(self._write(f"issue/{ticket_id}", _text_form(title, content)))

    def set_ticket_status(self, ticket_id: int, is_open: bool, close_status: str) -> None:
        form = {"status": "Open" if is_open else "Closed"}
        # A reason that the project does not know is refused, and with it the closing.
        if not is_open and close_status and close_status in parse_close_statuses(self._ask("")):
            form["close_status"] = close_status
        self._write(f"issue/{ticket_id}/status", form)

    def whoami(self) -> str:
        username = self._client.ask("-/whoami", method="POST").get("username")
        if not isinstance(username, str):
            raise SourceUnavailable(NAME, "does not tell whose token ours is")
        return username

    def rest(self) -> None:
        self._client.close_idle()

    def _pages_worth_reading(self, ids: Collection[int]) -> list[_Place]:
        counts = Counter(self._place_by_id[ticket_id] for ticket_id in ids if ticket_id in self._place_by_id)
        return [place for place, count in counts.items() if count >= _WORTH_A_PAGE]

    def _fetch_alone(self, ticket_id: int) -> TicketAnswer:
        try:
            raw = self._ask(f"issue/{ticket_id}")
        except PagureRefusal as refusal:
            if refusal.code not in _ABSENCE_BY_CODE:
                raise
            return Absent(ticket_id, _ABSENCE_BY_CODE[refusal.code])
        if raw.get("id") != ticket_id:
            raise SourceUnavailable(NAME, f"an answer about ticket {ticket_id} does not name it")
        return parse_ticket(raw)

    def _fetch_members(self, group: str) -> frozenset[str]:
        try:
            return parse_members(self._client.ask(f"group/{quote(group, safe='')}"))
        except PagureRefusal as refusal:
            text = f"who is in Pagure's group {group}, which may decide, is not told: {refusal.sentence}"
            raise RequestRefused(text) from None

    def _pages(self, query: Mapping[str, str]) -> Iterator[tuple[int, Page]]:
        """All pages of a listing, from the first.

        Raises:
            SourceUnavailable: they do not end.
        """
        seen: set[int] = set()
        for number in itertools.count(1):
            page = self._page(number, query)
            yield number, page
            if page.is_last:
                return
            if page.raw_by_id.keys() <= seen:
                raise SourceUnavailable(NAME, f"brings nothing new on page {number}, and tells of a next one")
            seen |= page.raw_by_id.keys()

    def _page(self, number: int, query: Mapping[str, str]) -> Page:
        # In any other order a new ticket would move all the others on.
        plain: dict[str, str | int] = {"status": "all", "order": "asc", "per_page": PAGE_SIZE, "page": number}
        raw = self._ask("issues", {**plain, **query})
        try:
            return parse_page(raw)
        except (KeyError, TypeError, ValueError) as error:
            raise SourceUnavailable(NAME, f"a page of its list of tickets cannot be read ({error!r:.100})") from None

    def _ask(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        try:
            return self._client.ask(self._path(path), params)
        except PagureRefusal as refusal:
            raise self._without_project(refusal) from None

    def _write(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            return self._client.write(self._path(path), form)
        except PagureRefusal as refusal:
            raise self._without_project(refusal) from None

    def _path(self, path: str) -> str:
        return "/".join(quote(part, safe="") for part in (*self._repo.split("/"), *path.split("/")) if part)

    def _without_project(self, refusal: PagureRefusal) -> Exception:
        """The same refusal, unless it is one of the whole project: then no ticket is absent."""
        lack = _PROJECT_LACKS_BY_CODE.get(refusal.code)
        return refusal if lack is None else SourceUnavailable(NAME, f"the project {self._repo} {lack}")


def _since(moment: datetime | None) -> dict[str, str]:
    # Pagure cuts fractions off by itself.
    return {} if moment is None else {"since": str(math.floor(moment.timestamp()))}


def _text_form(title: str, content: str) -> dict[str, str]:
    return {"title": clean_text(title), "issue_content": clean_text(content)}


def _written(answer: Mapping[str, Any]) -> TicketSnapshot:
    """The ticket as it was written.

    Raises:
        WriteUncertain: the answer does not tell.
    """
    raw = answer.get("issue")
    try:
        ticket = parse_ticket(raw) if isinstance(raw, dict) else None
    except RequestRefused:
        ticket = None
    if not isinstance(ticket, TicketSnapshot):
        raise WriteUncertain(NAME, "has written a ticket, and its answer does not tell what stands there now")
    return ticket
