"""What QA asks release engineering for in a freeze: updates to push to stable, and builds that a compose must contain.

Each text begins with its numbers and with names to copy. What is missing is told last, and in one of the texts only: a
bug is never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bbconsumer.domain.assessment import UPDATE_ONLY_STATES, final_bug, find_gap, may_be_pushed
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
    uncounted_of,
    updates_of,
    what_is_missing,
    what_keeps,
)
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import STABLE

_GROUPS = (
    (TrackerKind.BLOCKER, NominationState.ACCEPTED),
    (TrackerKind.BLOCKER, NominationState.ACCEPTED_0DAY),
    (TrackerKind.BLOCKER, NominationState.ACCEPTED_PREVIOUS_RELEASE),
    (TrackerKind.FREEZE_EXCEPTION, NominationState.ACCEPTED),
)


def render_push_request(facts: MilestoneFacts, sites: Sites, now: datetime) -> str:
    """The updates that may be pushed to stable now, each once with the bugs that it fixes, and what is not ready.

    Of bugs without an update those are named here that the compose list leaves out.
    """
    groups, empty = _groups(facts, now), nothing(facts, now)
    entries = [entry for group in groups.values() for entry in group]
    ready = {update.alias: update for entry in entries for update in _pushable(entry, facts)}
    waiting = {update.alias: update for entry in entries for update in _waiting(entry, facts)}
    later = [update.status for alias, update in waiting.items() if alias not in ready]
    missing = [entry for entry in entries if _is_missing(entry, facts)]
    title_line, *doubts = heading("updates to push to stable", facts, now)
    lines = [
        title_line,
        f"To push: {len(ready)} · in testing: {later.count('testing')} · not in testing yet: {later.count('pending')}"
        f" · missing: {len(missing)}",
        *doubts,
        *("", "Updates to push", *(ready or [empty])),
    ]
    listed: set[str] = set()
    for title, group in groups.items():
        own = {update.alias: update for entry in group for update in _pushable(entry, facts)}
        new = [update for alias, update in own.items() if alias not in listed]
        listed |= own.keys()
        lines += ["", title, *([line for update in new for line in _push(update, entries, facts, sites)] or [empty])]
    not_ready = [_not_ready(entry, update, facts) for entry in entries for update in _waiting(entry, facts)]
    lines += ["", "Not ready", *(dict.fromkeys(not_ready) or [empty])]
    return join([*lines, "", "Missing", *(_missing_here(missing, facts) or [empty])])


def render_compose_list(facts: MilestoneFacts, now: datetime) -> str:
    """The builds that a compose must contain: of accepted bugs, open and recently closed, stable or not.

    0-day and previous release blockers are left out: their fixes are updates, not part of a compose.
    """
    groups, empty = _groups(facts, now, without=UPDATE_ONLY_STATES), nothing(facts, now)
    entries = [entry for group in groups.values() for entry in group]
    contained = dict.fromkeys(
        build for entry in entries for u in updates_of(entry, facts) for build in u.builds or (u.title,)
    )
    missing = [entry for entry in entries if _is_missing(entry, facts)]
    doubtful = [entry for entry in entries if entry not in missing and _is_doubtful(entry, facts)]
    title_line, *doubts = heading("builds that a compose must contain", facts, now)
    lines = [
        title_line,
        f"Builds: {len(contained)} · bugs to check: {len(doubtful)} · missing: {len(missing)}",
        *doubts,
        *("", "Builds", *(contained or [empty])),
    ]
    for title, group in groups.items():
        shown = [entry for entry in group if entry not in missing]
        lines += ["", title, *([line for entry in shown for line in _contained(entry, facts)] or [empty])]
    return join([*lines, "", "Missing", *([_missing(entry, facts) for entry in missing] or [empty])])


def _groups(
    facts: MilestoneFacts, now: datetime, without: frozenset[NominationState] = frozenset()
) -> dict[str, list[Entry]]:
    """The accepted nominations that matter, by what people call them."""
    return {
        f"{nomination_title(kind, state)}s": [
            entry
            for entry in accepted(facts, kind)
            if entry.nomination.state is state and is_open_or_recent(entry.bug, facts, now)
        ]
        for kind, state in _GROUPS
        if state not in without
    }


def _pushable(entry: Entry, facts: MilestoneFacts) -> list[UpdateSnapshot]:
    target = final_bug(entry.bug, facts)
    gap = find_gap(target, entry.nomination.state, facts) if target else None
    return [update for update in updates_of(entry, facts) if may_be_pushed(update, gap)]


def _waiting(entry: Entry, facts: MilestoneFacts) -> list[UpdateSnapshot]:
    ready = _pushable(entry, facts)
    return [update for update in updates_of(entry, facts) if update.status != STABLE and update not in ready]


def _push(update: UpdateSnapshot, entries: Iterable[Entry], facts: MilestoneFacts, sites: Sites) -> Iterator[str]:
    yield f"* {builds(update)} {sites.update(update.alias)}"
    for entry in entries:
        if update in _pushable(entry, facts):
            yield f"{INDENT}fixes {entry.title} {entry.line}"


def _not_ready(entry: Entry, update: UpdateSnapshot, facts: MilestoneFacts) -> str:
    return f"* {entry.title} {entry.line}: {update.alias} ({what_keeps(update, entry, facts)})"


def _is_missing(entry: Entry, facts: MilestoneFacts) -> bool:
    """Whether there is no build at all, and nobody says that there is one."""
    return not updates_of(entry, facts) and not _is_closed_without_update(entry, facts)


def _is_closed_without_update(entry: Entry, facts: MilestoneFacts) -> bool:
    """Whether a bug was closed as fixed, which also happens when its build was in before updates were asked for."""
    target = final_bug(entry.bug, facts)
    is_fixed = target is not None and not target.is_open and not what_is_missing(entry, facts)
    return is_fixed and not updates_of(entry, facts)


def _missing(entry: Entry, facts: MilestoneFacts) -> str:
    why = what_is_missing(entry, facts) or uncounted_of(entry, facts) or "no update is known"
    return f"* MISSING: {entry.title} {entry.line}: {why}"


def _missing_here(missing: Iterable[Entry], facts: MilestoneFacts) -> list[str]:
    """The bugs without a build that the compose list does not name, and how many more it does."""
    missing = list(missing)
    own = [entry for entry in missing if entry.nomination.state in UPDATE_ONLY_STATES]
    lines = [_missing(entry, facts) for entry in own]
    if others := len(missing) - len(own):
        lines.append(f"* {others} more: see what is missing in the compose list")
    return lines


def _contained(entry: Entry, facts: MilestoneFacts) -> Iterator[str]:
    yield f"* {entry.line}"
    for update in updates_of(entry, facts):
        yield f"{INDENT}{builds(update)} ({update.alias}, {update.status})"
        if doubt := what_keeps(update, entry, facts):
            yield f"{INDENT}CHECK: {doubt}"
    if _is_closed_without_update(entry, facts):
        known = uncounted_of(entry, facts) or "no update known"
        yield f"{INDENT}NOTE: closed as fixed, {known}: check that the build is in"


def _is_doubtful(entry: Entry, facts: MilestoneFacts) -> bool:
    """Whether somebody should look before the builds of a bug are relied on."""
    is_kept = any(what_keeps(update, entry, facts) for update in updates_of(entry, facts))
    return is_kept or _is_closed_without_update(entry, facts)
