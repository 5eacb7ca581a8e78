"""What is told of one bug, and of what happened."""

from __future__ import annotations

from collections.abc import Iterable

from bbconsumer.domain.texts import local_part
from web.api.answers.bugs import BugAnswer, BugNomination, Comment, Event, MilestoneTodos, Ticket
from web.api.telling.parts import Site, tell_needinfos, tell_todos, tell_trust, tell_updates, tell_votes
from web.lists.words import in_address
from web.read_models import BugPage, CommentLine, EventView, Freshness, NominationView, TicketView
from web.wording import without_domains


def tell_bug(page: BugPage, freshness: Freshness, site: Site) -> BugAnswer:
    """One bug, as its page has it."""
    return BugAnswer(
        **tell_trust(freshness),
        id=page.id,
        url=site.bug(page.id),
        title=page.summary,
        state=page.status,
        resolution=page.resolution,
        product=page.product,
        component=page.component,
        version=page.version,
        severity=page.severity,
        priority=page.priority,
        assignee=local_part(page.assigned_to),
        creator=local_part(page.creator),
        whiteboard=page.whiteboard,
        prioritized=page.prioritized,
        needinfos=tell_needinfos(page.needinfos),
        depends_on_open=page.depends_on_open,
        created_at=page.created_at,
        last_change_at=page.last_change_at,
        nominations=tuple(map(_nomination, page.nominations)),
        todos=tuple(MilestoneTodos(each.milestone.label, tell_todos(each.todos)) for each in page.todos),
        tickets=None if page.tickets is None else tuple(map(_ticket, page.tickets)),
        updates=None if page.updates is None else tell_updates(page.updates),
        events=tuple(tell_event(event, site) for event in page.events),
    )


def tell_event(event: EventView, site: Site) -> Event:
    """Something that happened, with the address at which it stands."""
    if event.bug_id is None:
        release, _, name = event.object.rpartition("-")
        page = site.milestone(release, name)
    else:
        page = site.bug(event.bug_id)
    return Event(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        object=event.object,
        field=event.field,
        what=event.what,
        old=without_domains(event.old),
        new=without_domains(event.new),
        who=without_domains(event.who),
        bug_ids=() if event.bug_id is None else (event.bug_id, *event.also),
        url=f"{page}#event-{event.seq}",
    )


def _nomination(view: NominationView) -> BugNomination:
    return BugNomination(
        milestone=view.milestone.label,
        tracker_id=view.tracker_id,
        kind=in_address(view.kind),
        nomination=in_address(view.state),
        title=view.title,
        is_open=view.is_open,
        reason=view.reason,
        proposed_at=view.proposed_at,
        proposed_by=local_part(view.proposed_by),
        decided_at=view.decided_at,
        decided_by=local_part(view.decided_by),
        ended_at=view.ended_at,
    )


def _ticket(view: TicketView) -> Ticket:
    return Ticket(
        id=view.id,
        is_open=view.is_open,
        counts=view.counts,
        opened_by=view.opened_by,
        created_at=view.created_at,
        votes=tell_votes(view.votes),
        uncounted=_comments(view.uncounted),
        remarks=_comments(view.remarks),
    )


def _comments(lines: Iterable[CommentLine]) -> tuple[Comment, ...]:
    return tuple(Comment(line.comment_id, line.author, line.at, line.text, line.reason) for line in lines)
