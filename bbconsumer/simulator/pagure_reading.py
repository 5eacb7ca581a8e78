"""What one reader sees of the simulated Pagure, possibly some edits late."""

from collections.abc import Iterator

from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_records import Ticket, TicketComment


class PagureView:
    """Read access for one account (empty: not logged in) as of one edit.

    `hidden` numbers look as if this reader may not see them. The caller holds `state.lock`.
    """

    def __init__(
        self, state: Pagure, user: str, *, until_edit: int | None = None, hidden: frozenset[int] = frozenset()
    ) -> None:
        self._state = state
        self._user = user
        self._until_edit = until_edit
        self._hidden = hidden

    def ticket(self, path: str, number: str) -> Ticket:
        """The ticket by the number that was sent. Raises: PagureRefusal ENOISSUE or EISSUENOTALLOWED."""
        self._state.project(path)
        ticket = self._stored((path, int(number))) if number.isdecimal() else None
        if ticket is None:
            raise errors.no_ticket()
        if not self._may_see(ticket):
            raise errors.ticket_not_allowed()
        return ticket

    def comment(self, path: str, number: str, comment_number: str) -> TicketComment:
        ticket = self.ticket(path, number)
        comment = ticket.comment(int(comment_number)) if comment_number.isdecimal() else None
        if comment is None:
            raise errors.no_comment()
        return comment

    def tickets(self, path: str) -> Iterator[Ticket]:
        """All visible tickets of a project, in the order of their creation."""
        self._state.project(path)
        for key in self._state.tickets.known_keys():
            ticket = self._stored(key) if key[0] == path else None
            if ticket is not None and self._may_see(ticket):
                yield ticket

    def _stored(self, key: tuple[str, int]) -> Ticket | None:
        if self._until_edit is None:
            return self._state.tickets.newest(key)
        return self._state.tickets.at(key, self._until_edit)

    def _may_see(self, ticket: Ticket) -> bool:
        if ticket.id in self._hidden:
            return False
        if not ticket.is_private:
            return True
        return self._user == ticket.user or self._user in self._state.committers_of(ticket.project)
