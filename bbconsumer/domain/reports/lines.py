"""The lines that all reports share: the heading, how far the data can be trusted, bugs and updates in a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from bbconsumer.domain.assessment import VERIFIED, final_bug, find_gap, is_left_to_other
from bbconsumer.domain.facts import MilestoneFacts, TrackedBug
from bbconsumer.domain.nominations import (
    ACCEPTED_STATES,
    UNDECIDED_STATES,
    Nomination,
    NominationState,
    nomination_title,
)
from bbconsumer.domain.readiness import list_doubts
from bbconsumer.domain.reasons import WORDING_BY_CODE, ReasonCode
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.texts import minute, one_line
from bbconsumer.domain.trackers import TrackerKind
from bbconsumer.domain.updates import relevant_updates, stability_gaps, uncounted_updates

NONE = "none"
INDENT = "  "

# A bug that was closed within this time, or since the freeze began, still needs its build in a compose.
RECENTLY = timedelta(days=14)

# The bug's own status says that there is no fix, whatever updates it has.
_GAPS_OF_FIX = frozenset({ReasonCode.NO_FIX, ReasonCode.NEEDINFO})

# What an update for the right release would help against.
_GAPS_OF_UPDATES = _GAPS_OF_FIX | {ReasonCode.NO_UPDATE, ReasonCode.NO_STABLE_UPDATE}

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
        return bug_line(self.bug)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a report, of whole lines; `bug_id` is None where it is not about one bug only."""

    bug_id: int | None
    text: str


def bug_line(bug: TrackedBug) -> str:
    """A bug in a line of a list."""
    return f"{bug.id} ({bug.component}, {bug.state}): {bug.summary}"


def join(lines: Iterable[str]) -> str:
    """The text of these lines: whatever a line holds, it stays one line, perhaps an indented one."""
    return "".join(f"{INDENT if line.startswith(INDENT) else ''}{one_line(line)}\n" for line in lines)


def heading(title: str, facts: MilestoneFacts, now: datetime) -> Iterator[str]:
    """The first lines of a report: what it is, how old the data are, and every reason to doubt them."""
    yield f"{facts.milestone.title}: {title}"
    yield from trust(facts, now)


def trust(facts: MilestoneFacts, now: datetime) -> Iterator[str]:
    """How far the data can be trusted."""
    yield made_at(facts, now)
    yield from (f"CAUTION: {doubt.sentence}." for doubt in list_doubts(facts, now))


def made_at(facts: MilestoneFacts, now: datetime) -> str:
    """When the text was made, and when all was last read anew: what messages told in between is in it too."""
    synced_at = facts.last_complete_sync_at
    synced = f"the last complete sync was at {minute(synced_at)}" if synced_at else "no sync was complete yet"
    return f"Made at {minute(now)}; {synced}."


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
    gap, other = find_gap(entry.bug, entry.nomination.state, facts), final_bug(entry.bug, facts)
    if gap is None:
        return ""
    if gap is ReasonCode.DUPLICATE_NOT_ADDRESSED and other:
        return f"duplicate of bug {other.id}, which is not addressed"
    uncounted = uncounted_of(entry, facts) if gap in _GAPS_OF_UPDATES else ""
    known = "" if uncounted and gap is ReasonCode.NO_UPDATE else WORDING_BY_CODE[gap].short
    return "; ".join(filter(None, (known, uncounted)))


def uncounted_of(entry: Entry, facts: MilestoneFacts) -> str:
    """The updates of a bug that has only ones which do not count, in words; empty where it has others, or none."""
    target = final_bug(entry.bug, facts)
    if target is None or updates_of(entry, facts):
        return ""
    return uncounted_updates(target.updates, entry.nomination.state, facts.milestone)


def what_keeps(update: UpdateSnapshot, entry: Entry, facts: MilestoneFacts) -> str:
    """Why a build cannot be relied on yet: what its update needs, else what its bug does; empty when nothing."""
    target = final_bug(entry.bug, facts)
    if gaps := stability_gaps(update):
        return " and ".join(gaps)
    gap = find_gap(target, entry.nomination.state, facts) if target else None
    if target is None or gap in {None, ReasonCode.NO_STABLE_UPDATE}:
        return ""
    if gap in _GAPS_OF_FIX:
        return f"bug {target.id} is {target.state}, not {VERIFIED}"
    # Where another update needs testing, this one has been tested, but not the bug.
    code = ReasonCode.NOT_VERIFIED if gap is ReasonCode.UNTESTED_UPDATE else gap
    return WORDING_BY_CODE[code].short if code else ""


def update_state(update: UpdateSnapshot) -> str:
    """Status of an update, and what it still needs: ``testing, has karma 1 of 3``."""
    return ", ".join((update.status, *stability_gaps(update)))


def builds(update: UpdateSnapshot) -> str:
    """The builds of an update, or its title where Bodhi names none."""
    return " ".join(update.builds) or update.title
