"""The weekly blocker status: an e-mail with actions and details, a table, and the section for the Go/No-Go meeting.

Source: https://docs.fedoraproject.org/en-US/program_management/pgm_guide/sop/blocker-email/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bbconsumer.domain.attention import TodoKind, list_todos
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import ACCEPTED_STATES, Nomination
from bbconsumer.domain.outcomes import StandingDecision, list_decisions
from bbconsumer.domain.readiness import assess
from bbconsumer.domain.reasons import Reason, Severity
from bbconsumer.domain.reports.lines import (
    INDENT,
    NONE,
    Entry,
    Sites,
    accepted,
    bug_line,
    builds,
    heading,
    join,
    made_at,
    nothing,
    proposed,
    trust,
    uncounted_of,
    update_state,
    updates_of,
    what_is_missing,
)
from bbconsumer.domain.texts import local_part, minute, one_line
from bbconsumer.domain.trackers import TrackerKind

LATELY = timedelta(days=7)


def render_weekly_email(facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """The dates, then what everybody has to do, then each blocker in detail under the same number."""
    groups, empty = _numbered(facts), nothing(facts, now)
    lines = [*heading("blocker status", facts, now), *facts.dates.lines(), "", "ACTION SUMMARY"]
    for title, entries in groups:
        lines += ["", title, *(_parts(_action(number, entry.bug, facts, now) for number, entry in entries) or [empty])]
    since = now - LATELY
    lines += ["", f"Decided since {since.astimezone(UTC):%Y-%m-%d}", *(_decided(facts, since) or [empty])]
    lines += ["", "BUG-BY-BUG DETAIL"]
    for title, entries in groups:
        lines += ["", title, *(_parts(_detail(number, entry, facts, sites) for number, entry in entries) or [empty])]
    return join(lines)


def render_weekly_table(facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """The blockers as a Markdown table: bug, proposed or accepted, component, state. What to doubt stands above."""
    rows = [
        (
            f"[{entry.bug.id}]({sites.bug(entry.bug.id)})",
            entry.title.rpartition(" ")[0].lower(),
            _cell(entry.bug.component),
            _cell(entry.bug.state),
        )
        for entry in _blockers(facts)
    ]
    head = [("bug", "blocker", "component", "state"), ("---",) * 4]
    table = [f"| {' | '.join(row)} |" for row in [*head, *(rows or [(nothing(facts, now), "", "", "")])]]
    return join([*trust(facts, now), "", *table])


def render_go_no_go(facts: MilestoneFacts, now: datetime) -> str:
    """The verdict with every reason and its bugs."""
    readiness = assess(facts, now)
    lines = [f"{facts.milestone.title}: {readiness.verdict}", *facts.dates.lines()]
    lines.append(made_at(facts, now))
    titles = {Severity.BLOCKS: "Blocks", Severity.UNKNOWN: "What is not known", Severity.WARNING: "Warnings"}
    for severity, title in titles.items():
        lines += ["", title, *(_reasons(readiness.of(severity), facts) or [nothing(facts, now)])]
    return join(lines)


def _reasons(reasons: Iterable[Reason], facts: MilestoneFacts) -> list[str]:
    """Each reason, with its bugs below it."""
    return [line for reason in reasons for line in (f"* {reason.sentence}", *_bugs(reason, facts))]


def _bugs(reason: Reason, facts: MilestoneFacts) -> Iterator[str]:
    return (f"{INDENT}{bug_line(facts.bugs_by_id[bug_id])}" for bug_id in reason.bug_ids)


def _decided(facts: MilestoneFacts, since: datetime) -> list[str]:
    """What was decided since then, as Bugzilla records it, the oldest first."""
    found = [
        (recorded.decided_at, decision.bug.id, _decision(decision, recorded))
        for decision in list_decisions(facts)
        if (recorded := decision.recorded) and recorded.decided_at and recorded.decided_at >= since
    ]
    return [line for _, _, line in sorted(found)]


def _decision(decision: StandingDecision, recorded: Nomination) -> str:
    entry, review = Entry(decision.bug, recorded), decision.bug.review
    at = minute(recorded.decided_at) if recorded.decided_at else "not known"
    line = f"* {entry.title} {entry.line} — {at} by {local_part(recorded.decided_by) or 'somebody'} in Bugzilla"
    if decision.agreed and review:
        line += f", agreed by {local_part(decision.agreed.by) or 'somebody'} in {review.ticket_url}"
    return line


def _blockers(facts: MilestoneFacts) -> list[Entry]:
    """Blockers that matter: accepted ones that are open or not addressed, then proposed ones."""
    standing = [e for e in accepted(facts, TrackerKind.BLOCKER) if e.bug.is_open or what_is_missing(e, facts)]
    return [*standing, *proposed(facts, TrackerKind.BLOCKER)]


def _numbered(facts: MilestoneFacts) -> list[tuple[str, list[tuple[int, Entry]]]]:
    numbered = list(enumerate(_blockers(facts), start=1))
    is_accepted = [(item, item[1].nomination.state in ACCEPTED_STATES) for item in numbered]
    return [
        ("Accepted blockers", [item for item, is_it in is_accepted if is_it]),
        ("Proposed blockers", [item for item, is_it in is_accepted if not is_it]),
    ]


def _parts(parts: Iterable[Iterator[str]]) -> list[str]:
    """The parts with an empty line between each two."""
    lines = [line for part in parts for line in ("", *part)]
    return lines[1:]


def _action(number: int, bug: TrackedBug, facts: MilestoneFacts, now: datetime) -> Iterator[str]:
    yield f"{number}. {bug.component} — {bug.summary} — {bug.state}"
    todos = list_todos(bug, facts, now)
    actions = [f"{todo.who} to {todo.what}" for todo in todos if todo.kind is not TodoKind.NEEDINFO]
    yield from (f"ACTION: {action}" for action in actions or [NONE])
    yield from (f"NEEDINFO: {todo.who}" for todo in todos if todo.kind is TodoKind.NEEDINFO)


def _detail(number: int, entry: Entry, facts: MilestoneFacts, sites: Sites) -> Iterator[str]:
    bug = entry.bug
    yield f"{number}. {bug.component} — {sites.bug(bug.id)} — {bug.state}"
    yield one_line(bug.summary)
    yield ""
    yield f"{entry.title}, assigned to {local_part(bug.assigned_to) or 'nobody'}"
    yield f"Why: {entry.nomination.reason}"
    if entry.nomination.state in ACCEPTED_STATES:
        yield f"Missing: {what_is_missing(entry, facts) or NONE}"
    updates = updates_of(entry, facts)
    yield from (f"Update: {builds(u)} ({update_state(u)}) {sites.update(u.alias)}" for u in updates)
    if not updates:
        none = NONE if facts.are_updates_known else "not known to this service yet"
        yield f"Update: {uncounted_of(entry, facts) or none}"


def _cell(text: str) -> str:
    """A text that cannot end its cell of a Markdown table."""
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")
