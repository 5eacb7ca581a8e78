"""What the end of a milestone asks for, decided from what is stored and from what Bugzilla told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.rollover import (
    Activate,
    Add,
    End,
    KnownMilestone,
    MakeCurrent,
    RolloverPlan,
    RolloverRefused,
    SetTracker,
    TrackerRole,
    list_missing_trackers,
    plan_end,
)
from bbconsumer.domain.trackers import Milestone, MilestoneName, TrackerKind

BLOCKER, EXCEPTION = TrackerKind


def _milestone(label: str) -> Milestone:
    release, name = label.split("-")
    return Milestone(release, MilestoneName(name))


def _number(milestone: Milestone, kind: TrackerKind) -> int:
    """The number of a tracker, the same wherever it is asked for: 4511 for the first one of 45-beta."""
    of_name = 10 if milestone.name is MilestoneName.BETA else 20
    return int(milestone.release) * 100 + of_name + (1 if kind is BLOCKER else 2)


def _known(text: str) -> tuple[KnownMilestone, ...]:
    """``44-final- 45-beta+ 45-final*``: inactive, active, and current; each with both trackers unless ``?`` follows."""
    found = []
    for word in text.split():
        milestone = _milestone(word.rstrip("-+*?"))
        trackers = {kind: _number(milestone, kind) for kind in TrackerKind}
        if word.endswith("?"):
            del trackers[EXCEPTION]
        is_active = word.rstrip("?")[-1] in "+*"
        found.append(KnownMilestone(milestone, is_active, word.rstrip("?").endswith("*"), trackers))
    return tuple(found)


def _plan(ended: str, known: Sequence[KnownMilestone]) -> RolloverPlan:
    missing = list_missing_trackers(_milestone(ended), known)
    return plan_end(_milestone(ended), known, {role: _number(*role) for role in missing})


def _steps(plan: RolloverPlan) -> str:
    """A plan in short: ``end 45-beta; add 45-final; 4521; 4522; current 45-final``."""
    words = []
    for step in plan.steps:
        match step:
            case End(milestone):
                words.append(f"end {milestone.label}")
            case Add(milestone):
                words.append(f"add {milestone.label}")
            case Activate(milestone):
                words.append(f"activate {milestone.label}")
            case SetTracker(tracker):
                words.append(str(tracker.id))
            case MakeCurrent(milestone):
                words.append(f"current {milestone.label}")
    return "; ".join(words)


def _after(known: Sequence[KnownMilestone], plan: RolloverPlan) -> tuple[KnownMilestone, ...]:
    """What is stored once a plan was done."""
    stored = {one.milestone: one for one in known}
    for step in plan.steps:
        match step:
            case End(m):
                stored[m] = replace(stored[m], is_active=False, is_current=False)
            case Add(m):
                stored[m] = KnownMilestone(m, is_active=True, is_current=False)
            case Activate(m):
                stored[m] = replace(stored[m], is_active=True)
            case SetTracker(t):
                of_kind = {**stored[t.milestone].tracker_ids, t.kind: t.id}
                stored[t.milestone] = replace(stored[t.milestone], tracker_ids=of_kind)
            case MakeCurrent(m):
                stored = {one: replace(row, is_current=one == m) for one, row in stored.items()}
    return tuple(stored.values())


NEXT_BETA_AND_FINAL = "add 46-beta; 4611; 4612; add 46-final; 4621; 4622; current 46-beta"


@pytest.mark.parametrize(
    ("known", "ended", "steps"),
    [
        ("45-beta*", "45-beta", "end 45-beta; add 45-final; 4521; 4522; current 45-final"),
        ("45-beta* 45-final+", "45-beta", "end 45-beta; current 45-final"),
        ("45-beta* 45-final-", "45-beta", "end 45-beta; activate 45-final; current 45-final"),
        ("45-beta* 45-final+?", "45-beta", "end 45-beta; 4522; current 45-final"),
        ("45-beta+ 45-final*", "45-beta", "end 45-beta"),
        ("44-final- 45-beta+", "45-beta", "end 45-beta; add 45-final; 4521; 4522; current 45-final"),
        ("44-final* 45-beta+ 45-final+", "45-beta", "end 45-beta; current 45-final"),
        # Somebody is ahead: time does not go back.
        ("45-beta+ 46-beta*", "45-beta", "end 45-beta; add 45-final; 4521; 4522"),
        # Beta's end was made by hand, or in part.
        ("45-beta-", "45-beta", "add 45-final; 4521; 4522; current 45-final"),
        ("45-beta- 45-final+", "45-beta", "current 45-final"),
        # Nothing is left, also not of an end that was made long ago: what has ended since does not begin again.
        ("45-beta- 45-final*", "45-beta", ""),
        ("45-beta- 45-final- 46-beta* 46-final+", "45-beta", ""),
        ("45-beta- 45-final-", "45-beta", ""),
        ("45-beta- 46-beta*", "45-beta", ""),
        ("45-beta- 45-final*", "45-final", f"end 45-final; {NEXT_BETA_AND_FINAL}"),
        ("45-final*", "45-final", f"end 45-final; {NEXT_BETA_AND_FINAL}"),
        ("45-beta+ 45-final*", "45-final", f"end 45-beta; end 45-final; {NEXT_BETA_AND_FINAL}"),
        ("45-beta* 45-final+", "45-final", f"end 45-beta; end 45-final; {NEXT_BETA_AND_FINAL}"),
        ("45-beta+ 45-final-", "45-final", f"end 45-beta; {NEXT_BETA_AND_FINAL}"),
        (
            "45-final* 46-beta+",
            "45-final",
            "end 45-final; add 46-final; 4621; 4622; current 46-beta",
        ),
        ("45-final+ 46-beta* 46-final+", "45-final", "end 45-final"),
        ("45-final- 46-beta*", "45-final", "add 46-final; 4621; 4622"),
        ("45-final- 46-beta* 46-final+", "45-final", ""),
        ("45-final- 46-beta- 46-final*", "45-final", ""),
        ("45-final- 46-beta- 46-final- 47-beta*", "45-final", ""),
        ("40-final- 45-beta*", "40-final", ""),
        # As numbers, though they are texts.
        ("99-final* 100-beta+", "99-final", "end 99-final; add 100-final; 10021; 10022; current 100-beta"),
        ("99-final+ 100-beta* 100-final+", "99-final", "end 99-final"),
    ],
)  # fmt: skip
def test_the_end_of_a_milestone_asks_for(known: str, ended: str, steps: str) -> None:
    plan = _plan(ended, _known(known))
    assert _steps(plan) == steps
    assert _steps(_plan(ended, _after(_known(known), plan))) == ""


_STANDINGS = st.sampled_from("-+*")


@given(
    st.dictionaries(
        st.sampled_from([f"{release}-{name}" for release in (44, 45, 46, 47) for name in MilestoneName]),
        st.tuples(st.sampled_from("-+"), st.sampled_from(["", "?"])),
    ),
    st.sampled_from(["45-beta", "45-final"]),
    st.integers(0, 7),
)
def test_whatever_is_stored_a_second_time_nothing_is_left_and_at_most_one_is_current(
    standing: dict[str, tuple[str, str]], ended: str, current: int
) -> None:
    standing.setdefault(ended, ("+", ""))
    known = list(_known(" ".join(f"{label}{flag}{trackers}" for label, (flag, trackers) in standing.items())))
    if (place := current) < len(known) and known[place].is_active:
        known[place] = replace(known[place], is_current=True)
    after = _after(known, _plan(ended, known))
    by_milestone = {one.milestone: one for one in after}
    assert not by_milestone[_milestone(ended)].is_active
    assert not _plan(ended, after).steps
    assert sum(one.is_current for one in after) <= 1
    assert all(one.is_active for one in after if one.is_current)
    # Nothing but the release and the one that follows is touched, apart from which one is current.
    others = {one.milestone: one for one in known if one.milestone.release in {"44", "47"}}
    assert {m: replace(by_milestone[m], is_current=False) for m in others} == {
        m: replace(one, is_current=False) for m, one in others.items()
    }


def test_a_plan_says_in_sentences_what_is_done() -> None:
    (beta,) = _known("45-beta*")
    assert _plan("45-beta", [replace(beta, proposed_count=3, accepted_count=2)]).lines == (
        "Make Fedora 45 Beta inactive. What is stored of it stays.",
        "Add Fedora 45 Final, active.",
        "Set bug 4521 (F45FinalBlocker) as the Blocker tracker of Fedora 45 Final.",
        "Set bug 4522 (F45FinalFreezeException) as the Freeze Exception tracker of Fedora 45 Final.",
        "Make Fedora 45 Final the current milestone.",
        "Warning: 3 proposed and 2 accepted bugs are still open on the trackers of Fedora 45 Beta: "
        "move what matters to those of Fedora 45 Final.",
    )
    assert _plan("45-beta", _known("45-beta- 45-final*")).lines == ("Nothing is left to do: Fedora 45 Beta has ended.",)


@pytest.mark.parametrize(
    ("proposed", "accepted", "words"),
    [
        (0, 0, None),
        (1, 0, "1 proposed bug is still open on the trackers of Fedora 45 Final"),
        (0, 1, "1 accepted bug is still open"),
        (1, 1, "1 proposed and 1 accepted bugs are still open"),
        (0, 4, "4 accepted bugs are still open"),
    ],
)
def test_what_is_left_on_the_trackers_is_a_warning(proposed: int, accepted: int, words: str | None) -> None:
    (final,) = _known("45-final*")
    plan = _plan("45-final", [replace(final, proposed_count=proposed, accepted_count=accepted)])
    if words is None:
        assert plan.warnings == ()
    else:
        (warning,) = plan.warnings
        assert warning.startswith(words)
        assert warning.endswith("move what matters to those of Fedora 46 Beta.")
    # It is no step: it does not keep a plan from being done, and is gone with what it warns of.
    ended = replace(final, is_active=False, is_current=False, proposed_count=proposed)
    assert _plan("45-final", [ended, *_known("46-beta* 46-final+")]).warnings == ()


def test_a_milestone_that_is_not_known_cannot_end() -> None:
    for label in ("45-final", "44-beta"):
        with pytest.raises(RolloverRefused, match=f"{label} is not known, so it cannot end"):
            list_missing_trackers(_milestone(label), _known("45-beta*"))


def test_only_trackers_that_are_not_known_are_looked_up() -> None:
    def missing(ended: str, known: str) -> list[str]:
        return [f"{m.label} {kind}" for m, kind in list_missing_trackers(_milestone(ended), _known(known))]

    assert missing("45-beta", "45-beta*") == ["45-final blocker", "45-final freeze_exception"]
    assert missing("45-beta", "45-beta* 45-final+?") == ["45-final freeze_exception"]
    assert missing("45-beta", "45-beta* 45-final+") == []
    assert len(missing("45-final", "45-final*")) == 4
    assert missing("45-final", "45-final- 46-beta* 46-final+") == []


def _found(**numbers: int | None) -> dict[TrackerRole, int | None]:
    """What Bugzilla told about the trackers of 46: all as they should be but those that are named."""
    return {
        (milestone, kind): numbers.get(f"{milestone.name}_{kind}", _number(milestone, kind))
        for milestone in (_milestone("46-beta"), _milestone("46-final"))
        for kind in TrackerKind
    }


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            _found(beta_blocker=None),
            "Bugzilla knows no bug with the alias F46BetaBlocker: create the trackers there first; nothing was changed",
        ),
        (
            _found(beta_blocker=None, beta_freeze_exception=None, final_blocker=None, final_freeze_exception=None),
            "Bugzilla knows no bugs with the aliases F46BetaBlocker, F46BetaFreezeException, F46FinalBlocker, "
            "F46FinalFreezeException: create the trackers there first; nothing was changed",
        ),
        (
            _found(final_freeze_exception=None),
            "Bugzilla knows no bug with the alias F46FinalFreezeException: create the trackers there first; "
            "nothing was changed",
        ),
        (
            _found(beta_blocker=4521),
            "bug 4521, which has the alias F46BetaBlocker, is the Blocker tracker of Fedora 45 Final already: "
            "correct the alias in Bugzilla first",
        ),
        (
            _found(final_blocker=4611),
            "bug 4611, which has the alias F46FinalBlocker, is the Blocker tracker of Fedora 46 Beta already: "
            "correct the alias in Bugzilla first",
        ),
        (
            _found(beta_freeze_exception=4522, final_freeze_exception=4522),
            "bug 4522, which has the alias F46BetaFreezeException, is the Freeze Exception tracker of Fedora 45 Final "
            "already: correct the alias in Bugzilla first; bug 4522, which has the alias F46FinalFreezeException, is "
            "the Freeze Exception tracker of Fedora 45 Final already: correct the alias in Bugzilla first",
        ),
    ],
)  # fmt: skip
def test_trackers_that_are_missing_or_others_already_are_refused_by_name(
    found: dict[TrackerRole, int | None], text: str
) -> None:
    with pytest.raises(RolloverRefused) as refused:
        plan_end(_milestone("45-final"), _known("45-final*"), found)
    assert str(refused.value) == text
