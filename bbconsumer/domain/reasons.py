"""The reasons of a verdict: their stable codes, how much each weighs, and their words.

Codes are part of addresses and of the API: they are added, never renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bbconsumer.domain.texts import one_line


class Severity(StrEnum):
    """What a reason does to the verdict."""

    BLOCKS = "blocks"
    UNKNOWN = "unknown"
    WARNING = "warning"


class ReasonCode(StrEnum):
    """Why a milestone is not ready, or why nobody can tell, or what to look at all the same."""

    UNDECIDED = "undecided"
    UNDECIDED_CLOSED = "undecided_closed"
    CONTRADICTORY = "contradictory"
    DECISION_NOT_RECORDED = "decision_not_recorded"
    NO_FIX = "no_fix"
    NEEDINFO = "needinfo"
    NO_UPDATE = "no_update"
    UPDATES_UNKNOWN = "updates_unknown"
    UNTESTED_UPDATE = "untested_update"
    NOT_VERIFIED = "not_verified"
    NO_STABLE_UPDATE = "no_stable_update"
    CLOSED_WITHOUT_FIX = "closed_without_fix"
    DUPLICATE_NOT_ADDRESSED = "duplicate_not_addressed"
    DUPLICATE_UNKNOWN = "duplicate_unknown"

    NO_COMPLETE_SYNC = "no_complete_sync"
    SYNC_STALE = "sync_stale"
    NO_SOURCES = "no_sources"
    SOURCE_FAILING = "source_failing"
    SOURCE_STALE = "source_stale"
    REMOVALS_HELD = "removals_held"
    LISTS_INCOMPLETE = "lists_incomplete"

    NOT_PUSHED = "not_pushed"
    NEVER_VERIFIED = "never_verified"
    STABLE_BUT_OPEN = "stable_but_open"
    RECORDS_DIFFER = "records_differ"
    PROPOSED_LATE = "proposed_late"


@dataclass(frozen=True, slots=True)
class Wording:
    """A reason about bugs in words: of one bug in a list, of one bug in a sentence, and of several."""

    short: str
    one: str
    many: str


# The order is that in which reasons are shown.
_WORDINGS: Mapping[Severity, Mapping[ReasonCode, Wording]] = {
    Severity.BLOCKS: {
        ReasonCode.UNDECIDED: Wording(
            "not decided", "1 proposed blocker is not decided", "{} proposed blockers are not decided"
        ),
        ReasonCode.UNDECIDED_CLOSED: Wording(
            "closed but never decided",
            "1 proposed blocker is closed but was never decided: accept, reject or withdraw it",
            "{} proposed blockers are closed but were never decided: accept, reject or withdraw them",
        ),
        ReasonCode.CONTRADICTORY: Wording(
            "words contradict each other",
            "1 blocker has words that both accept and reject it",
            "{} blockers have words that both accept and reject them",
        ),
        ReasonCode.DECISION_NOT_RECORDED: Wording(
            "decision not recorded in Bugzilla",
            "1 decision about a blocker is not recorded in Bugzilla yet",
            "{} decisions about blockers are not recorded in Bugzilla yet",
        ),
        ReasonCode.NO_FIX: Wording("no fix", "1 accepted blocker has no fix", "{} accepted blockers have no fix"),
        ReasonCode.NEEDINFO: Wording(
            "no fix, waits for an answer",
            "1 accepted blocker has no fix and waits for an answer",
            "{} accepted blockers have no fix and wait for an answer",
        ),
        ReasonCode.NO_UPDATE: Wording(
            "no update", "1 accepted blocker has a fix but no update", "{} accepted blockers have a fix but no update"
        ),
        ReasonCode.UPDATES_UNKNOWN: Wording(
            "whether it has an update is not known",
            "1 accepted blocker needs an update, and updates are not known to this service yet",
            "{} accepted blockers need an update, and updates are not known to this service yet",
        ),
        ReasonCode.UNTESTED_UPDATE: Wording(
            "update needs karma or testing",
            "1 accepted blocker has an update that needs karma or testing",
            "{} accepted blockers have an update that needs karma or testing",
        ),
        ReasonCode.NOT_VERIFIED: Wording(
            "not verified",
            "1 accepted blocker has a tested update but is not verified",
            "{} accepted blockers have a tested update but are not verified",
        ),
        ReasonCode.NO_STABLE_UPDATE: Wording(
            "no stable update",
            "1 accepted 0-day or previous release blocker has no stable update",
            "{} accepted 0-day or previous release blockers have no stable update",
        ),
        ReasonCode.CLOSED_WITHOUT_FIX: Wording(
            "closed without a fix",
            "1 accepted blocker was closed without a fix: confirm or reject it",
            "{} accepted blockers were closed without a fix: confirm or reject them",
        ),
        ReasonCode.DUPLICATE_NOT_ADDRESSED: Wording(
            "duplicate of a bug that is not addressed",
            "1 accepted blocker is a duplicate of a bug that is not addressed",
            "{} accepted blockers are duplicates of bugs that are not addressed",
        ),
        ReasonCode.DUPLICATE_UNKNOWN: Wording(
            "duplicate of a bug that is not known",
            "1 accepted blocker is a duplicate of a bug that is not known",
            "{} accepted blockers are duplicates of bugs that are not known",
        ),
    },
    Severity.WARNING: {
        ReasonCode.NOT_PUSHED: Wording(
            "addressed, but its update is not stable",
            "1 addressed blocker has no stable update yet, or a further one that is not stable",
            "{} addressed blockers have no stable update yet, or a further one that is not stable",
        ),
        ReasonCode.NEVER_VERIFIED: Wording(
            "closed but never verified",
            "1 blocker was closed as fixed but never verified: was it tested?",
            "{} blockers were closed as fixed but never verified: were they tested?",
        ),
        ReasonCode.STABLE_BUT_OPEN: Wording(
            "update is stable, bug is open",
            "1 0-day or previous release blocker is open though its update is stable: does the fix work?",
            "{} 0-day or previous release blockers are open though their updates are stable: do the fixes work?",
        ),
        ReasonCode.RECORDS_DIFFER: Wording(
            "ticket and Bugzilla differ",
            "1 blocker is decided otherwise in its ticket than in Bugzilla",
            "{} blockers are decided otherwise in their tickets than in Bugzilla",
        ),
        ReasonCode.PROPOSED_LATE: Wording(
            "proposed late",
            "1 blocker was proposed within five days before Go/No-Go and may be moved to the next milestone",
            "{} blockers were proposed within five days before Go/No-Go and may be moved to the next milestone",
        ),
    },
}
WORDING_BY_CODE: Mapping[ReasonCode, Wording] = {
    code: wording for wordings in _WORDINGS.values() for code, wording in wordings.items()
}

# What has no wording is about the data as a whole, not about bugs.
SEVERITY_BY_CODE: Mapping[ReasonCode, Severity] = {
    code: next((severity for severity, wordings in _WORDINGS.items() if code in wordings), Severity.UNKNOWN)
    for code in ReasonCode
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict: a sentence without its full stop, and exactly the bugs that it counts."""

    code: ReasonCode
    sentence: str
    bug_ids: tuple[int, ...] = ()

    @property
    def severity(self) -> Severity:
        """What the reason does to the verdict."""
        return SEVERITY_BY_CODE[self.code]


def reason_about_bugs(code: ReasonCode, bug_ids: Iterable[int], detail: str = "") -> Reason:
    """A reason that counts its bugs; `detail` ends the sentence."""
    ids = tuple(sorted(set(bug_ids)))
    wording = WORDING_BY_CODE[code]
    sentence = wording.one if len(ids) == 1 else wording.many.format(len(ids))
    return Reason(code, sentence + detail, ids)


def reason_about_data(code: ReasonCode, sentence: str, bug_ids: Iterable[int] = ()) -> Reason:
    """A reason to doubt the data. What an outside error says in it cannot break a line."""
    return Reason(code, one_line(sentence), tuple(sorted(set(bug_ids))))
