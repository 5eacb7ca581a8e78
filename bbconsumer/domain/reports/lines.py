"""The lines that all reports share: the heading, how far the data can be trusted, bugs and updates in a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bbconsumer.domain.assessment import final_bug, find_gap, is_left_to_other
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import (
    ACCEPTED_STATES,
    UNDECIDED_STATES,
    Nomination,
    NominationState,
    nomination_title,
)
from bbconsumer.domain.readiness import list_doubts
from bbconsumer.domain.reasons import WORDING_BY_CODE
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.texts import minute, one_line
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import relevant_updates, stability_gaps

NONE = "none"
INDENT = "  "

# A bug that was closed within this time, or since the freeze began, still needs its build in a compose.
RECENTLY = timedelta(days=14)

_STATE_ORDER = list(NominationState)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sites:
    """Where links lead: the addresses of Bugzilla and Bodhi without a final slash."""

    bugzilla_url: str
    bodhi_url: str

    def bug(self, bug_id: int) -> str:
        """Bugzilla's page of a bug."""
        return f"{self.bugzilla_url}/show_bug.cgi?id={bug_id}"

    def update(self, alias: str) -> str:
        """Bodhi's page of an update."""
        return f"{self.bodhi_url}/updates/{quote(one_line(alias), safe='')}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A bug with the nomination for which it is listed."""

    bug: TrackedBug
    nomination: Nomination

    @property
    def title(self) -> str:
        """What people call the nomination; undecided ones are proposed, whatever their words say."""
        state = self.nomination.state
        shown = NominationState.PROPOSED if state in UNDECIDED_STATES else state
        return nomination_title(self.nomination.tracker.kind, shown)

    @property
    def line(self) -> str:
        """The bug in a line of a list."""
        bug = self.bug
        return f"{bug.id} ({bug.component}, {bug.state}): {bug.summary}"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a report, of whole lines; `bug_id` is None where it is not about one bug only."""

    bug_id: int | None
    text: str


def join(lines: Iterable[str]) -> str:
    """The text of these lines: whatever a line holds, it stays one line, perhaps an indented one."""
    return "".join(f"{INDENT if line.startswith(INDENT) else ''}{one_line(line)}\n" for line in lines)


def heading(title: str, facts: MilestoneFacts, now: datetime) -> Iterator[str]:
    """The first lines of a report: what it is, how old the data are, and every reason to doubt them."""
    yield f"{facts.milestone.title}: {title}"
    yield from trust(facts, now)


def trust(facts: MilestoneFacts, now: datetime) -> Iterator[str]:
    """How far the data can be trusted."""
    if facts.last_complete_sync_at is not None:
        yield f"As of {minute(facts.last_complete_sync_at)}."
    yield from (f"CAUTION: {doubt.sentence}." for doubt in list_doubts(facts, now))


def nothing(facts: MilestoneFacts, now: datetime) -> str:
    """What stands in the place of an empty list: that there is nothing, or only that nothing is known."""
    return "none known" if list_doubts(facts, now) else NONE


def proposed(facts: MilestoneFacts, kind: TrackerKind) -> list[Entry]:
    """The undecided nominations of a kind, the longest waiting first. Duplicates are left to the other bug."""
    entries = (Entry(bug, nomination) for bug, nomination in facts.nominations(kind))
    undecided = [
        entry
        for entry in entries
        if entry.nomination.state in UNDECIDED_STATES and not is_left_to_other(entry.bug, kind, facts)
    ]
    return sorted(undecided, key=lambda entry: (entry.nomination.proposed_at or _LONG_AGO, entry.bug.id))


def accepted(facts: MilestoneFacts, kind: TrackerKind) -> list[Entry]:
    """The accepted nominations of a kind, the strictest first, then by component."""
    entries = (Entry(bug, nomination) for bug, nomination in facts.nominations(kind))
    found = [entry for entry in entries if entry.nomination.state in ACCEPTED_STATES]
    return sorted(found, key=lambda e: (_STATE_ORDER.index(e.nomination.state), e.bug.component, e.bug.id))


def is_open_or_recent(bug: TrackedBug, facts: MilestoneFacts, now: datetime) -> bool:
    """Whether a bug is open, or was closed recently, since the freeze began, or nobody knows when."""
    if bug.is_open or bug.status_since is None or now - bug.status_since <= RECENTLY:
        return True
    return (
        facts.dates.is_frozen(now) and facts.dates.freeze_at is not None and bug.status_since >= facts.dates.freeze_at
    )


def updates_of(entry: Entry, facts: MilestoneFacts) -> tuple[UpdateSnapshot, ...]:
    """The updates that may address a nomination; those of the other bug where the bug is a duplicate."""
    target = final_bug(entry.bug, facts)
    return relevant_updates(target.updates, entry.nomination.state, facts.milestone) if target else ()


def what_is_missing(entry: Entry, facts: MilestoneFacts) -> str:
    """In few words why an accepted nomination is not addressed; empty when it is."""
    gap = find_gap(entry.bug, entry.nomination.state, facts)
    return WORDING_BY_CODE[gap].short if gap else ""


def update_state(update: UpdateSnapshot) -> str:
    """Status of an update, and what it still needs: ``testing, has karma 1 of 3``."""
    return ", ".join((update.status, *stability_gaps(update)))


def builds(update: UpdateSnapshot) -> str:
    """The builds of an update, or its title where Bodhi names none."""
    return " ".join(update.builds) or update.title
