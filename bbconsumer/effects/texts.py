"""Fills the texts of tickets and comments with the addresses of this service and of its sources."""

from __future__ import annotations

from dataclasses import dataclass

from bbconsumer.db.discussions import Discussion
from bbconsumer.domain.discussions import DiscussionFacts, hidden_part, our_part


@dataclass(frozen=True, slots=True)
class TicketTexts:
    """The addresses that texts lead to. `api_url` is this service's, for programs; `repo_url` the review project's."""

    bugzilla_url: str
    api_url: str
    repo_url: str

    def part(self, discussion: Discussion) -> str:
        """Our part of the description of a bug's ticket."""
        if discussion.is_private:
            return hidden_part(discussion.bug_id)
        facts = DiscussionFacts(
            bug_id=discussion.bug_id,
            bug_url=f"{self.bugzilla_url}/show_bug.cgi?id={discussion.bug_id}",
            image_url=f"{self.api_url}/bugimg/{discussion.bug_id}",
            ticket_url=self.ticket(discussion.tickets[0].id) if discussion.tickets else "",
            nominations=discussion.nominations,
            justifications={int(tracker_id): text for tracker_id, text in discussion.proposals.items()},
            review=discussion.review,
        )
        return our_part(facts)

    def ticket(self, ticket_id: int) -> str:
        """A ticket's page."""
        return f"{self.repo_url}/issue/{ticket_id}"

    def comment(self, ticket_id: int, comment_id: int) -> str:
        """The permanent address of a comment."""
        return f"{self.ticket(ticket_id)}#comment-{comment_id}"
