"""Milestones as nobody would make them up: nothing about them need fit together."""

from dataclasses import replace

from hypothesis import strategies as st

from bbconsumer.domain.facts import MilestoneDates, MilestoneFacts, Needinfo, ReviewFacts, SourceFacts, TrackedBug
from bbconsumer.domain.nominations import NominationState
from tests.domain.factories import BOB, TRACKERS
from tests.domain.milestones import CHECKED_AT, HOUR, day, decided, facts, nomination, tracked, update, voted

_times = st.none() | st.integers(1, 29).map(day)
_states = st.sampled_from(list(NominationState))
_statuses = ["NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "VERIFIED", "RELEASE_PENDING", "CLOSED", "", "odd"]
_resolutions = ["", "ERRATA", "RAWHIDE", "WONTFIX", "DUPLICATE", "odd"]
_ids = st.integers(1, 4)
_nominations = st.builds(nomination, _states, st.sampled_from(TRACKERS), proposed_at=_times, decided_at=_times)
_updates = st.builds(
    update,
    st.sampled_from(["pending", "testing", "stable", "obsolete", "unpushed", ""]),
    alias=st.sampled_from(["A", "B"]),
    release=st.sampled_from(["F45", "F44", "F43", "F45C", "EPEL-10", ""]),
    gating=st.sampled_from(["", "passed", "failed", "waiting"]),
    karma=st.integers(-3, 3),
    stable_karma=st.none() | st.integers(1, 3),
    is_ready=st.none() | st.booleans(),
    request=st.sampled_from(["", "stable"]),
)


@st.composite
def any_bugs(draw: st.DrawFn) -> TrackedBug:
    """A bug of any kind; nothing about it need fit together."""
    made = draw(st.lists(_nominations, max_size=4, unique_by=lambda each: each.tracker.id))
    reviews: st.SearchStrategy[ReviewFacts | None] = st.none() | st.builds(decided, _states, _times)
    return tracked(
        None,
        draw(st.sampled_from(_statuses)),
        id=draw(_ids),
        resolution=draw(st.sampled_from(_resolutions)),
        is_open=draw(st.booleans()),
        was_verified=draw(st.booleans()),
        status_since=draw(_times),
        dupe_of=draw(st.none() | _ids),
        depends_on_open=tuple(draw(st.lists(_ids, max_size=2))),
        needinfos=tuple(draw(st.lists(st.builds(Needinfo, st.sampled_from(["", BOB]), _times), max_size=2))),
        nominations=tuple(made),
        updates=tuple(draw(st.lists(_updates, max_size=3))),
        review=draw(reviews | st.builds(voted, st.integers(0, 3))),
        removal_held=draw(st.sampled_from(["", "", "gone"])),
    )


@st.composite
def any_facts(draw: st.DrawFn) -> MilestoneFacts:
    """A milestone with any bugs. Half of them have good data, so that a GO is among them."""
    bugs = draw(st.lists(any_bugs(), max_size=4))
    dates = draw(st.builds(MilestoneDates, _times, _times, _times))
    if draw(st.booleans()):
        return facts(*(replace(bug, removal_held="") for bug in bugs), dates=dates)
    sources = st.builds(
        SourceFacts, st.just("Bodhi"), st.sampled_from([None, CHECKED_AT]), st.just(HOUR), st.booleans()
    )
    return facts(
        *bugs,
        dates=dates,
        last_complete_sync_at=draw(st.sampled_from([CHECKED_AT, None, day(2)])),
        sources=tuple(draw(st.lists(sources, max_size=2))),
        gate_reason=draw(st.sampled_from(["", "gone"])),
        list_problems=draw(st.sampled_from([(), ("never read",)])),
        are_updates_known=draw(st.booleans()),
    )
