"""The tickets of the simulated Pagure and the operations that change them.

Thread-safe: an edit may come over HTTP and from Python at the same time. Each is told to the subscribers unless the
ticket is private; what Pagure keeps to itself (deleted comments, its own comments) is not.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bbconsumer.simulator import pagure_edits as edits
from bbconsumer.simulator import pagure_errors as errors
from bbconsumer.simulator import pagure_json
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.pagure_bridge import PagureBridge
from bbconsumer.simulator.pagure_records import Ticket, TicketComment
from bbconsumer.simulator.pagure_site import PagureSite
from bbconsumer.simulator.versions import Edits, Versions

# Pagure notes a ticket's change some milliseconds before the row that it is about: a comment is always a little newer
# than the `last_updated` that it brought about.
ROW_DELAY = timedelta(microseconds=2_500)


class Pagure(PagureSite):
    """A site with tickets. Operations raise `PagureRefusal` and then store nothing.

    `user` is always the name of whoever acts; what they may do is checked only for what comes over HTTP.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        web_url: str = "https://pagure.example.test",
        topic_prefix: str = "org.fedoraproject.prod",
    ) -> None:
        super().__init__(clock=clock, web_url=web_url)
        self.edits = Edits()
        self.tickets: Versions[tuple[str, int], Ticket] = Versions()
        self.bridge = PagureBridge(self, topic_prefix)
        self._comment_count = 0

    def on_message(self, publish: Publish) -> None:
        """Have `publish(topic, body)` called for each message from now on.

        It is called while the state is locked, so that messages keep the order of the edits: it must be quick and
        must not wait for another thread that edits.
        """
        self.bridge.subscribe(publish)

    def ticket(self, path: str, ticket_id: int) -> Ticket:
        """The ticket as it stands, whoever asks."""
        with self.lock:
            self.project(path)
            ticket = self.tickets.newest((path, ticket_id))
            if ticket is None:
                raise errors.no_ticket()
            return ticket

    def create_ticket(
        self, path: str, title: str, content: str, user: str, *, tags: Iterable[str] = (), is_private: bool = False
    ) -> int:
        """Gives its number."""
        with self.lock:
            self.project(path)
            author, names, now = self.account(user).name, tuple(dict.fromkeys(tags)), self.now()
            self._know_tags(path, names)
            ticket = Ticket(
                path,
                self.burn_id(path),
                title,
                content,
                author,
                created_at=now,
                updated_at=now - ROW_DELAY,
                tags=names,
                is_private=is_private,
            )
            self._store(ticket)
            self.bridge.tell("new", ticket, user)
            return ticket.id

    def drop_ticket(self, path: str, ticket_id: int, user: str) -> None:
        """Delete a ticket; its number is not given away again."""
        with self.lock:
            ticket = self.ticket(path, ticket_id)
            self.account(user)
            self.tickets.drop((path, ticket_id), self.edits.begin(self.now()))
            self.bridge.tell("drop", ticket, user)

    # Comments

    def comment(self, path: str, ticket_id: int, text: str, user: str) -> int:
        """Gives the comment's id, which no answer over HTTP tells."""
        with self.lock:
            ticket = self._with_comment(self.ticket(path, ticket_id), text, user)
            self._store(ticket)
            self.bridge.tell("comment.added", ticket, user)
            return ticket.comments[-1].id

    def edit_comment(self, path: str, ticket_id: int, comment_id: int, text: str, user: str) -> None:
        """Its message has no comments but this one."""
        with self.lock:
            ticket, comment, now = self.ticket(path, ticket_id), self._comment(path, ticket_id, comment_id), self.now()
            edited = replace(comment, text=text, edited_at=now, editor=self.account(user).name)
            comments = tuple(edited if each.id == comment_id else each for each in ticket.comments)
            ticket = replace(ticket, comments=comments, updated_at=now)
            self._store(ticket)
            self.bridge.tell("comment.edited", ticket, user, {"comment": pagure_json.comment(self, edited)})

    def delete_comment(self, path: str, ticket_id: int, comment_id: int) -> None:
        """Only `last_updated` tells that something happened: there is no message."""
        with self.lock:
            ticket, comment = self.ticket(path, ticket_id), self._comment(path, ticket_id, comment_id)
            comments = tuple(each for each in ticket.comments if each is not comment)
            self._store(self._touched(replace(ticket, comments=comments)))

    # Edits of the ticket itself

    def edit_ticket(
        self, path: str, ticket_id: int, user: str, *, title: str | None = None, content: str | None = None
    ) -> list[str]:
        """Gives the names of the fields that changed."""
        with self.lock:
            before = self.ticket(path, ticket_id)
            after = replace(
                before,
                title=before.title if title is None else title,
                content=before.content if content is None else content,
            )
            self._edit(before, after, user)
            return edits.changed_fields(before, after)

    def set_status(self, path: str, ticket_id: int, status: str, user: str, *, close_status: str = "") -> list[str]:
        """Open or close a ticket; gives what Pagure says about it, nothing if nothing changed."""
        with self.lock:
            before, choices = self.ticket(path, ticket_id), self.project(path).close_statuses
            closed_at = self.now() - ROW_DELAY
            after = edits.with_status(before, status, close_status, choices, self.account(user).name, closed_at)
            return self._edit(before, after, user)

    def set_private(self, path: str, ticket_id: int, is_private: bool, user: str) -> list[str]:
        """Hide or show a ticket; nobody is told that it was hidden."""
        with self.lock:
            before = self.ticket(path, ticket_id)
            return self._edit(before, replace(before, is_private=is_private), user)

    def add_tags(self, path: str, ticket_id: int, tags: Iterable[str], user: str) -> None:
        with self.lock:
            ticket, new = edits.with_tags(self.ticket(path, ticket_id), tags)
            self._know_tags(path, new)
            if new:
                self._tell_early("tag.added", ticket, user, f"Issue tagged with: {', '.join(new)}", tags=new)

    def remove_tags(self, path: str, ticket_id: int, tags: Iterable[str], user: str) -> None:
        with self.lock:
            ticket, gone = edits.without_tags(self.ticket(path, ticket_id), tags)
            if gone:
                self._tell_early("tag.removed", ticket, user, f"Issue **un**tagged with: {', '.join(gone)}", tags=gone)

    def assign(self, path: str, ticket_id: int, assignee: str, user: str) -> str:
        """Give the ticket to somebody, or (empty) to nobody; gives what Pagure says, nothing if nothing changed."""
        with self.lock:
            ticket = self.ticket(path, ticket_id)
            if assignee == ticket.assignee:
                return ""
            if not assignee:
                self._tell_early("assigned.reset", self._touched(replace(ticket, assignee="")), user, "Assignee reset")
                return "Assignee reset"
            was = f" (was: {ticket.assignee})" if ticket.assignee else ""
            note = f"Issue assigned to {self.account(assignee).name}{was}"
            self._tell_early("assigned.added", replace(ticket, assignee=assignee), user, note)
            return note

    def add_dependency(self, path: str, ticket_id: int, other_id: int, user: str) -> None:
        """The ticket cannot be closed before the other one."""
        with self.lock:
            ticket, other = self.ticket(path, ticket_id), self.ticket(path, other_id)
            if other_id in ticket.depends_on:
                return
            self._store(replace(other, blocks=(*other.blocks, ticket_id)))
            ticket = replace(ticket, depends_on=(*ticket.depends_on, other_id))
            note = f"Issue marked as depending on: #{other_id}"
            self._tell_early("dependency.added", ticket, user, note, added_dependency=other_id)

    def remove_dependency(self, path: str, ticket_id: int, other_id: int, user: str) -> None:
        with self.lock:
            ticket, other = self.ticket(path, ticket_id), self.ticket(path, other_id)
            if other_id not in ticket.depends_on:
                return
            self._store(replace(other, blocks=tuple(each for each in other.blocks if each != ticket_id)))
            ticket = replace(ticket, depends_on=tuple(each for each in ticket.depends_on if each != other_id))
            note = f"Issue **un**marked as depending on: #{other_id}"
            self._tell_early("dependency.removed", ticket, user, note, removed_dependency=[other_id])

    def _edit(self, before: Ticket, after: Ticket, user: str) -> list[str]:
        """Store and tell an edit. Pagure moves `last_updated` even if nothing changed."""
        self.account(user)
        fields, notes = edits.changed_fields(before, after), edits.notes_of_edit(before, after)
        after = self._touched(after)
        self._store(after)
        if fields:
            self.bridge.tell("edit", after, user, {"fields": fields})
        self._note(after, user, notes)
        return notes

    def _tell_early(self, kind: str, ticket: Ticket, user: str, note: str, **more: object) -> None:
        """Here the message goes out before `last_updated` moves: that is the doing of the comment that follows."""
        self.account(user)
        self._store(ticket)
        self.bridge.tell(kind, ticket, user, more)
        self._note(ticket, user, [note])

    def _note(self, ticket: Ticket, user: str, notes: list[str]) -> None:
        """The comment that Pagure writes itself; no message tells of it."""
        if notes:
            text = "\n".join([f"**Metadata Update from @{user}**:", *(f"- {note}" for note in notes)])
            self._store(self._with_comment(ticket, text, user, is_notification=True))

    def _comment(self, path: str, ticket_id: int, comment_id: int) -> TicketComment:
        comment = self.ticket(path, ticket_id).comment(comment_id)
        if comment is None:
            raise errors.no_comment()
        return comment

    def _with_comment(self, ticket: Ticket, text: str, user: str, *, is_notification: bool = False) -> Ticket:
        author = self.account(user).name
        self._comment_count += 1
        comment = TicketComment(self._comment_count, author, text, self.now(), is_notification=is_notification)
        return self._touched(replace(ticket, comments=(*ticket.comments, comment)))

    def _touched(self, ticket: Ticket) -> Ticket:
        return replace(ticket, updated_at=max(self.now() - ROW_DELAY, ticket.updated_at))

    def _store(self, ticket: Ticket) -> None:
        self.tickets.put((ticket.project, ticket.id), ticket, self.edits.begin(self.now()))
