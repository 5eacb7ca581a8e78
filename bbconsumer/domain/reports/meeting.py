"""The text of a blocker review meeting: lines that the chair copies into the chat, where a bot reads them.

Whatever a title says, each line begins with a command of ours and has no other command in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bbconsumer.domain.attention import Todo, TodoKind, list_todos
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.domain.nominations import ACCEPTED_STATES, NominationState
from bbconsumer.domain.reports.lines import NONE, Entry, Part, Sites, accepted, join, nothing, proposed, trust
from bbconsumer.domain.texts import one_line, without_commands
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.votes import TrackerTally, advise

# Closing a bug whose fix is out needs no meeting.
_TITLE_LENGTH = 120
_NO_MATTER = frozenset({TodoKind.CLOSE})


def render_meeting(facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """All that a meeting goes through: proposed blockers, proposed freeze exceptions, accepted blockers in need."""
    return "".join(part.text for part in list_parts(facts, sites, now))


def list_parts(facts: MilestoneFacts, sites: Sites, now: datetime) -> Iterator[Part]:
    """The same text with each bug apart: a chair copies one when its turn comes."""
    title = facts.milestone.title
    lines = [_command("topic", f"{title} blocker review"), *(_command("info", line) for line in trust(facts, now))]
    yield Part(None, join(lines))
    for kind in TrackerKind:
        yield from _section(f"Proposed {kind.label}s", proposed(facts, kind), facts, sites, now)
    in_need = [entry for entry in accepted(facts, TrackerKind.BLOCKER) if _needs(entry, facts, now)]
    yield from _section("Accepted Blockers that need attention", in_need, facts, sites, now)


def render_topic(entry: Entry, facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """One bug's part of the text."""
    return join(_topic(entry, facts, sites, now))


def _section(
    title: str, entries: Iterable[Entry], facts: MilestoneFacts, sites: Sites, now: datetime
) -> Iterator[Part]:
    entries = list(entries)
    yield Part(None, join([_command("topic", f"{title} ({len(entries) or nothing(facts, now)})")]))
    for entry in entries:
        yield Part(entry.bug.id, render_topic(entry, facts, sites, now))


def _topic(entry: Entry, facts: MilestoneFacts, sites: Sites, now: datetime) -> Iterator[str]:
    bug, nomination, review = entry.bug, entry.nomination, entry.bug.review
    yield _command("topic", f"({bug.id}) {_shortened(bug.summary)}")
    yield _command("link", sites.bug(bug.id))
    if review:
        yield _command("link", review.ticket_url)
    yield _command("info", f"{entry.title}, {bug.component}, {bug.state}")
    if nomination.state in ACCEPTED_STATES:
        yield from (_command("info", f"Next: {todo.who} to {todo.what}") for todo in _needs(entry, facts, now))
        return
    if nomination.state is not NominationState.PROPOSED:
        yield _command("info", f"Note: {nomination.reason}")
    votes = [vote for vote in review.votes if vote.kind is nomination.tracker.kind] if review else []
    for vote in votes:
        yield _command("info", f"Ticket vote: {vote.tally}")
        yield _command("info", f"Advice: {vote.advice}")
    if votes:
        return
    yield _command("info", f"Ticket vote: {NONE if review else 'no ticket is known'}")
    if review and not any(decision.kind is nomination.tracker.kind for decision in review.decisions):
        yield _command("info", f"Advice: {advise(TrackerTally(), facts.votes_needed).text}")
        return
    yield from (_command("info", f"Next: {todo.who} to {todo.what}") for todo in _decisions_on(entry, facts, now))


def _decisions_on(entry: Entry, facts: MilestoneFacts, now: datetime) -> list[Todo]:
    """What others than voters have to do about an undecided nomination."""
    todos = list_todos(entry.bug, facts, now, (entry.nomination.tracker.kind,))
    return [todo for todo in todos if todo.kind in {TodoKind.DECIDE, TodoKind.RECORD}]


def _needs(entry: Entry, facts: MilestoneFacts, now: datetime) -> list[Todo]:
    return [todo for todo in list_todos(entry.bug, facts, now) if todo.kind not in _NO_MATTER]


def _shortened(title: str) -> str:
    """A title that fits into the topic of a chat."""
    title = one_line(title)
    return title if len(title) <= _TITLE_LENGTH else f"{title[: _TITLE_LENGTH - 1].rstrip()}…"


def _command(name: str, text: str) -> str:
    return f"!{name} {without_commands(text)}"
