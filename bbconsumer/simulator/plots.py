"""The stories of the tracked bugs: every state that the process knows, as the edits that lead there.

A beat is one edit, so many days before "now". The times are those of a Beta freeze in
its second week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bbconsumer.simulator.cast import LONG_TITLE, PRIVATE_GROUP
from bbconsumer.simulator.records import Bug, Json

BETA = "F45BetaBlocker"
BETA_FE = "F45BetaFreezeException"
FINAL = "F45FinalBlocker"
FINAL_FE = "F45FinalFreezeException"
OLD_FINAL = "F44FinalBlocker"
OLD_FINAL_FE = "F44FinalFreezeException"
TRACKERS: Mapping[str, str] = {
    OLD_FINAL: "Fedora 44 Final blocker bug tracker",
    OLD_FINAL_FE: "Fedora 44 Final freeze exception bug tracker",
    BETA: "Fedora 45 Beta blocker bug tracker",
    BETA_FE: "Fedora 45 Beta freeze exception bug tracker",
    FINAL: "Fedora 45 Final blocker bug tracker",
    FINAL_FE: "Fedora 45 Final freeze exception bug tracker",
}

# Open states in the order in which a bug goes through them.
PROGRESS = ("NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "VERIFIED", "RELEASE_PENDING")
Role = Literal["reporter", "secretary", "maintainer"]


@dataclass(frozen=True, slots=True)
class Beat:
    """One edit. `words` are appended to the whiteboard; `fields` go into the edit as they are.

    `duplicate_of` names the plot whose first bug this one is closed as a duplicate of.
    """

    days_ago: float
    who: Role = "secretary"
    track: tuple[str, ...] = ()
    untrack: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    duplicate_of: str = ""
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def changes_of(beat: Beat, bug: Bug, tracker_ids: Mapping[str, int]) -> Json:
    """A beat as the body of a change; trackers by id, since removing an alias does nothing."""
    changes: Json = dict(beat.fields)
    if beat.track or beat.untrack:
        changes["blocks"] = {
            "add": [tracker_ids[alias] for alias in beat.track],
            "remove": [tracker_ids[alias] for alias in beat.untrack],
        }
    if beat.words:
        changes["whiteboard"] = " ".join([*bug.whiteboard.split(), *beat.words])
    return changes


@dataclass(frozen=True, slots=True)
class Plot:
    """One kind of bug, and how many of it there are."""

    name: str
    beats: tuple[Beat, ...]
    copies: int = 1
    title: str = ""
    created_days_ago: float = 40.0
    created_with: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def _propose(days_ago: float, *trackers: str) -> Beat:
    comment = f"Proposed for {' and '.join(trackers)}: it breaks what the release criteria promise."
    return Beat(days_ago, "reporter", track=trackers, fields={"comment": comment})


def _decide(days_ago: float, *words: str, untrack: tuple[str, ...] = ()) -> Beat:
    comment = f"Discussed at the review meeting: {', '.join(words)}."
    return Beat(days_ago, words=words, untrack=untrack, fields={"comment": comment})


def _move(days_ago: float, status: str) -> Beat:
    return Beat(days_ago, "maintainer", fields={"status": status})


def _close(days_ago: float, resolution: str) -> Beat:
    return Beat(days_ago, "maintainer", fields={"status": "CLOSED", "resolution": resolution})


def _flag(days_ago: float, name: str, status: str, requestee: str = "") -> Beat:
    return Beat(days_ago, fields={"flags": [{"name": name, "status": status, "requestee": requestee}]})


def _accepted(word: str, *later: Beat) -> tuple[Beat, ...]:
    return (_propose(24, BETA), _decide(20, word), *later)


_PROPOSED = (
    Plot("proposed_blocker", (_propose(4, BETA),), copies=4),
    Plot("proposed_blocker_assigned", (_propose(8, BETA), _move(5, "ASSIGNED")), copies=2),
    Plot("proposed_freeze_exception", (_propose(3, BETA_FE),), copies=4),
    Plot("proposed_blocker_and_exception", (_propose(2, BETA, BETA_FE),), copies=2),
    Plot("proposed_final_blocker", (_propose(6, FINAL),), copies=3),
    Plot("proposed_final_exception", (_propose(5, FINAL_FE),)),
    Plot("proposed_at_creation", (), created_days_ago=1.5, created_with={"blocks": [BETA]}),
    Plot("title_of_300_characters", (_propose(7, BETA),), title=LONG_TITLE),
    Plot("title_in_many_scripts", (_propose(7, BETA),), title="Ünïcode – 日本語 العربية 🐞 “quotes” are garbled"),
    Plot("title_with_markup", (_propose(7, BETA_FE),), title="<script>alert('x')</script> & <b>is shown raw"),
    Plot("title_like_a_formula", (_propose(7, BETA_FE),), title='=HYPERLINK("http://example.test","click") in a list'),
)

_ACCEPTED = (
    Plot("accepted_new", _accepted("AcceptedBlocker"), copies=2),
    Plot("accepted_assigned", _accepted("AcceptedBlocker", _move(15, "ASSIGNED")), copies=3),
    Plot("accepted_post", _accepted("AcceptedBlocker", _move(9, "POST"))),
    Plot("accepted_modified", _accepted("AcceptedBlocker", _move(7, "MODIFIED")), copies=2),
    Plot("accepted_on_qa", _accepted("AcceptedBlocker", _move(9, "MODIFIED"), _move(5, "ON_QA")), copies=3),
    Plot("accepted_verified", _accepted("AcceptedBlocker", _move(8, "ON_QA"), _move(3, "VERIFIED")), copies=2),
    Plot("accepted_release_pending", _accepted("AcceptedBlocker", _move(2, "RELEASE_PENDING"))),
    Plot("accepted_0day", _accepted("Accepted0Day", _move(4, "ASSIGNED"))),
    Plot("accepted_previous_release", _accepted("AcceptedPreviousRelease", _move(4, "ON_QA"))),
    Plot(
        "accepted_exception",
        (_propose(14, BETA_FE), _decide(12, "AcceptedFreezeException"), _move(6, "ON_QA")),
        copies=4,
    ),
    Plot("accepted_final_blocker", (_propose(18, FINAL), _decide(13, "AcceptedBlocker")), copies=2),
    Plot(
        "accepted_on_two_trackers",
        (_propose(19, BETA_FE, FINAL), _decide(13, "AcceptedFreezeException", "AcceptedBlocker")),
    ),
    Plot(
        "needinfo",
        _accepted("AcceptedBlocker", _move(15, "ASSIGNED"), _flag(9, "needinfo", "?", "frank@example.test")),
        copies=2,
    ),
    Plot("words_in_odd_spelling", (_propose(17, BETA), Beat(12, words=("acceptedblocker,", "openqa"))), copies=1),
)

_CLOSED = (
    *(
        Plot(f"closed_{resolution.lower()}", _accepted("AcceptedBlocker", _move(9, "ON_QA"), _close(4, resolution)))
        for resolution in ("CURRENTRELEASE", "RAWHIDE", "WONTFIX", "WORKSFORME", "NOTABUG")
    ),
    Plot(
        "closed_errata",
        _accepted("AcceptedBlocker", _move(9, "ON_QA"), _move(6, "VERIFIED"), _close(4, "ERRATA")),
        copies=3,
    ),
    Plot("closed_duplicate", _accepted("AcceptedBlocker", Beat(6, "maintainer", duplicate_of="accepted_on_qa"))),
    Plot("closed_and_reopened", _accepted("AcceptedBlocker", _close(7, "ERRATA"), _move(2, "ASSIGNED"))),
    Plot("closed_while_proposed", (_propose(9, BETA), _close(3, "INSUFFICIENT_DATA"))),
    Plot(
        "closed_in_the_last_release",
        (_propose(190, OLD_FINAL), _decide(185, "AcceptedBlocker"), _close(170, "ERRATA")),
        copies=3,
        created_days_ago=200.0,
    ),
)

_DECIDED_OTHERWISE = (
    Plot("rejected_blocker", (_propose(16, BETA), _decide(13, "RejectedBlocker", untrack=(BETA,))), copies=3),
    Plot(
        "rejected_exception",
        (_propose(15, BETA_FE), _decide(13, "RejectedFreezeException", untrack=(BETA_FE,))),
        copies=2,
    ),
    Plot(
        "rejected_blocker_accepted_exception",
        (
            _propose(16, BETA),
            Beat(13, track=(BETA_FE,), untrack=(BETA,), words=("RejectedBlocker", "AcceptedFreezeException")),
        ),
        copies=2,
    ),
    Plot("withdrawn", (_propose(12, BETA), Beat(10, "reporter", untrack=(BETA,))), copies=2),
    Plot("contradictory", (_propose(12, BETA), _decide(9, "AcceptedBlocker"), _decide(6, "RejectedBlocker"))),
    Plot("reject_word_on_tracker", (_propose(11, BETA), _decide(6, "RejectedBlocker"))),
    Plot(
        "proposed_again_after_rejection",
        (_propose(22, BETA), _decide(20, "RejectedBlocker", untrack=(BETA,)), _propose(3, FINAL)),
    ),
    Plot("accept_word_older_than_proposal", (*_accepted("AcceptedBlocker"), _propose(3, FINAL))),
    Plot(
        "edited_twice_in_one_second",
        (_propose(14, BETA), Beat(10, fields={"status": "ASSIGNED"}), Beat(10, fields={"status": "NEW"})),
    ),
)

_BESIDE = (
    Plot("prioritized", (_flag(20, "fedora_prioritized_bug", "?"), _flag(13, "fedora_prioritized_bug", "+")), copies=2),
    Plot("nominated_as_prioritized", (_flag(6, "fedora_prioritized_bug", "?"),)),
    Plot(
        "refused_as_prioritized", (_flag(20, "fedora_prioritized_bug", "?"), _flag(13, "fedora_prioritized_bug", "-"))
    ),
    Plot("private", (_propose(12, BETA),), created_with={"groups": [PRIVATE_GROUP]}),
    Plot("went_private", (*_accepted("AcceptedBlocker"), Beat(4, fields={"groups": {"add": [PRIVATE_GROUP]}}))),
)

PLOTS: tuple[Plot, ...] = (*_PROPOSED, *_ACCEPTED, *_CLOSED, *_DECIDED_OTHERWISE, *_BESIDE)
