"""What QA asks release engineering for in a freeze: updates to push to stable, and builds that a compose must contain.

What cannot be asked for yet is listed too, with what is missing: a bug is never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bbconsumer.domain.assessment import UPDATE_ONLY_STATES, find_gap, may_be_pushed
from bbconsumer.domain.facts import MilestoneFacts
from bbconsumer.domain.nominations import NominationState, nomination_title
from bbconsumer.domain.reports.lines import (
    INDENT,
    Entry,
    Sites,
    accepted,
    builds,
    heading,
    is_open_or_recent,
    join,
    nothing,
    update_state,
    updates_of,
    what_is_missing,
)
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE, stability_gaps

_GROUPS = (
    (TrackerKind.BLOCKER, NominationState.ACCEPTED),
    (TrackerKind.BLOCKER, NominationState.ACCEPTED_0DAY),
    (TrackerKind.BLOCKER, NominationState.ACCEPTED_PREVIOUS_RELEASE),
    (TrackerKind.FREEZE_EXCEPTION, NominationState.ACCEPTED),
)


def render_push_request(facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """The updates that may be pushed to stable now, each once with the bugs that it fixes, and what is not ready."""
    lines = list(heading("updates to push to stable", facts, now))
    waiting: list[str] = []
    listed: set[str] = set()
    for kind, state in _GROUPS:
        lines += ["", f"{nomination_title(kind, state)}s"]
        entries = _entries(facts, kind, state, now)
        ready = {update.alias: update for entry in entries for update in _pushable(entry, facts)}
        new = [update for alias, update in ready.items() if alias not in listed]
        listed |= ready.keys()
        lines += [line for update in new for line in _push(update, facts, sites, now)] or [nothing(facts, now)]
        waiting += [line for entry in entries for line in _waiting(entry, facts)]
    return join([*lines, "", "Not ready", *(dict.fromkeys(waiting) or [nothing(facts, now)])])


def render_compose_list(facts: MilestoneFacts, now: datetime) -> str:
    """The builds that a compose must contain: of accepted bugs, open and recently closed, stable or not.

    0-day and previous release blockers are left out: their fixes are updates, not part of a compose.
    """
    lines = list(heading("builds that a compose must contain", facts, now))
    for kind, state in _GROUPS:
        if state not in UPDATE_ONLY_STATES:
            lines += ["", f"{nomination_title(kind, state)}s"]
            entries = _entries(facts, kind, state, now)
            lines += [line for entry in entries for line in _contained(entry, facts)] or [nothing(facts, now)]
    return join(lines)


def _entries(facts: MilestoneFacts, kind: TrackerKind, state: NominationState, now: datetime) -> list[Entry]:
    return [
        entry
        for entry in accepted(facts, kind)
        if entry.nomination.state is state and is_open_or_recent(entry.bug, facts, now)
    ]


def _pushable(entry: Entry, facts: MilestoneFacts) -> list[UpdateSnapshot]:
    gap = find_gap(entry.bug, entry.nomination.state, facts)
    return [update for update in updates_of(entry, facts) if may_be_pushed(update, gap)]


def _push(update: UpdateSnapshot, facts: MilestoneFacts, sites: Sites, now: datetime) -> Iterator[str]:
    yield f"* {builds(update)} {sites.update(update.alias)}"
    for kind, state in _GROUPS:
        for entry in _entries(facts, kind, state, now):
            if update in _pushable(entry, facts):
                yield f"{INDENT}fixes {entry.title} {entry.line}"


def _waiting(entry: Entry, facts: MilestoneFacts) -> Iterator[str]:
    """Why updates of a bug cannot be pushed, or that there are none."""
    updates, missing = updates_of(entry, facts), what_is_missing(entry, facts)
    ready = _pushable(entry, facts)
    for update in updates:
        if update.status != STABLE and update not in ready:
            why = " and ".join(stability_gaps(update)) or missing
            yield f"* {entry.title} {entry.line}: {update.alias} {why}"
    if not updates:
        yield f"* {entry.title} {entry.line}: {missing or 'no update is known'}"


def _contained(entry: Entry, facts: MilestoneFacts) -> Iterator[str]:
    yield f"* {entry.line}"
    updates = updates_of(entry, facts)
    for update in updates:
        yield f"{INDENT}{builds(update)} ({update.alias}, {update_state(update)})"
    missing = what_is_missing(entry, facts)
    if missing or not updates:
        yield f"{INDENT}MISSING: {missing or 'no update is known'}"
