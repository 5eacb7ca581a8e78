"""How votes are counted, what they suggest, and what events tell of them."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.domain.ballots import Outcome, VoteTracker
from bbconsumer.domain.snapshots import Comment
from bbconsumer.domain.votes import (
    REMARK_CHARS,
    REMARK_LINES,
    AdviceKind,
    Decision,
    Tally,
    TrackerTally,
    Uncounted,
    VoteEvent,
    advise,
    format_tally,
    tally,
)
from tests.domain.factories import at

BETA, FINAL, BETA_FE = VoteTracker.BETA_BLOCKER, VoteTracker.FINAL_BLOCKER, VoteTracker.BETA_FREEZE_EXCEPTION
DECIDERS, BOT = {"carol", "dave"}, "blockerbot"


def said(*comments: tuple[str, str]) -> list[Comment]:
    """Comments, each an author and a text, ten seconds apart."""
    return [Comment(100 + n, author, at(10 * n), text) for n, (author, text) in enumerate(comments)]


def counted(*comments: tuple[str, str]) -> Tally:
    return tally(said(*comments), deciders=DECIDERS, bot=BOT)


def shown(result: Tally) -> list[str]:
    return [format_tally(tracker, votes) for tracker, votes in result.by_tracker.items()]


def decided(tracker: VoteTracker, outcome: Outcome, who: str, number: int) -> Decision:
    return Decision(tracker, outcome, who, at(10 * number), 100 + number)


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        ([], []),
        ([("alice", "Hello")], []),
        ([("alice", "BetaBlocker +1"), ("bob", "BetaBlocker +1")], ["BetaBlocker (+2, 0, -0) (+alice, +bob)"]),
        # Per person and tracker the last vote counts.
        ([("alice", "BetaBlocker +1"), ("alice", "BetaBlocker -1")], ["BetaBlocker (+0, 0, -1) (-alice)"]),
        ([("alice", "BetaBlocker +1\nBetaBlocker 0")], ["BetaBlocker (+0, 1, -0) (0alice)"]),
        ([("alice", "BetaBlocker +1 BetaBlocker -1")], ["BetaBlocker (+0, 0, -1) (-alice)"]),
        ([("alice", "BetaFE +1"), ("alice", "BetaFreezeException -1")], ["BetaFE (+0, 0, -1) (-alice)"]),
        (
            [("alice", "FinalBlocker +1 BetaBlocker -1")],
            ["BetaBlocker (+0, 0, -1) (-alice)", "FinalBlocker (+1, 0, -0) (+alice)"],
        ),
        # Who votes anew stands at the end.
        (
            [("alice", "BetaFE +1"), ("bob", "BetaFE +1"), ("alice", "BetaFE +1")],
            ["BetaFE (+2, 0, -0) (+bob, +alice)"],
        ),
        # Comments of the service's own account are never votes, whatever its rights.
        ([(BOT, "BetaBlocker +1"), (BOT, "AGREED AcceptedBetaBlocker")], []),
        # A comment that takes back what it says, quoted or not, counts as it stands.
        ([("alice", "> BetaBlocker +1\n\nBetaBlocker -1")], ["BetaBlocker (+0, 0, -1) (-alice)"]),
        # REVOTE drops the earlier votes.
        ([("alice", "BetaBlocker +1"), ("carol", "REVOTE BetaBlocker")], ["BetaBlocker (+0, 0, -0)"]),
        ([("carol", "REVOTE BetaBlocker")], []),
        (
            [("alice", "BetaBlocker +1"), ("carol", "REVOTE BetaBlocker"), ("bob", "BetaBlocker -1")],
            ["BetaBlocker (+0, 0, -1) (-bob)"],
        ),
        ([("alice", "BetaBlocker +1"), ("carol", "REVOTE FinalBlocker")], ["BetaBlocker (+1, 0, -0) (+alice)"]),
        ([("carol", "BetaFE +1\nREVOTE BetaFE\nBetaFE -1")], ["BetaFE (+0, 0, -1) (-carol)"]),
    ],
)
def test_votes_are_counted(comments: list[tuple[str, str]], expected: list[str]) -> None:
    assert shown(counted(*comments)) == expected


def test_a_tally_is_written_as_meetings_write_it() -> None:
    votes = TrackerTally(("alice", "bob", "carol"), (), ("dave",))
    assert format_tally(FINAL, votes) == "FinalBlocker (+3, 0, -1) (+alice, +bob, +carol, -dave)"


def test_an_edited_comment_counts_as_it_now_stands_in_its_old_place() -> None:
    comments = [Comment(1, "alice", at(1), "BetaFE -1", at(99)), Comment(2, "alice", at(2), "BetaFE +1")]
    assert shown(tally(comments, deciders=DECIDERS, bot=BOT)) == ["BetaFE (+1, 0, -0) (+alice)"]


def test_a_decision_closes_the_vote_until_somebody_opens_it_again() -> None:
    result = counted(
        ("alice", "BetaBlocker +1"),
        ("carol", "AGREED AcceptedBetaBlocker RejectedBetaFE"),
        ("bob", "BetaBlocker -1 FinalBlocker -1"),
        ("dave", "REVOTE BetaFE"),
        ("bob", "BetaFE +1"),
    )
    assert shown(result) == [
        "BetaBlocker (+1, 0, -0) (+alice)", "FinalBlocker (+0, 0, -1) (-bob)", "BetaFE (+1, 0, -0) (+bob)",
    ]  # fmt: skip
    assert {name: votes.decision for name, votes in result.by_tracker.items()} == {
        BETA: decided(BETA, Outcome.ACCEPTED, "carol", 1),
        FINAL: None,
        BETA_FE: None,
    }
    line = "BetaBlocker -1 FinalBlocker -1"
    assert result.uncounted == (Uncounted(102, "bob", at(20), line, "the vote on BetaBlocker was closed by carol"),)


def test_the_last_decision_counts() -> None:
    result = counted(("carol", "AGREED AcceptedBetaFE"), ("dave", "AGREED RejectedBetaFE"))
    assert result.by_tracker[BETA_FE].decision == decided(BETA_FE, Outcome.REJECTED, "dave", 1)


@pytest.mark.parametrize("author", ["alice", "Carol", "carol2", ""])
def test_a_command_of_anybody_else_is_told_and_does_nothing(author: str) -> None:
    result = counted(("bob", "BetaFE +1"), (author, "AGREED AcceptedBetaFE\n\nREVOTE BetaFE"))
    assert shown(result) == ["BetaFE (+1, 0, -0) (+bob)"]
    assert result.by_tracker[BETA_FE].decision is None
    reason = "counts only from people with commit rights on the review project"
    assert [(u.line, u.reason) for u in result.uncounted] == [
        ("AGREED AcceptedBetaFE", f"AGREED {reason}"),
        ("REVOTE BetaFE", f"REVOTE {reason}"),
    ]


def test_the_services_own_account_does_not_decide_though_it_may_commit() -> None:
    result = tally(said((BOT, "AGREED AcceptedBetaFE")), deciders={BOT}, bot=BOT)
    assert (result.by_tracker, result.uncounted, result.events, result.last_counted) == ({}, (), (), None)


def test_the_last_counted_comment_is_the_last_with_a_command_that_counts() -> None:
    first, second, *_ = comments = said(
        ("alice", "BetaFE +1"), ("bob", "REVOTE BetaFE\nBetaFE 0"), ("bob", "BetaFE +1 please"), ("alice", "Thanks")
    )
    assert tally(comments, deciders=DECIDERS, bot=BOT).last_counted is second
    assert tally([first, *comments[2:]], deciders=DECIDERS, bot=BOT).last_counted is first


ADVICE = [
    # plus, minus, needed → kind, text
    (0, 0, 3, AdviceKind.NEEDS_VOTES, "needs 3 more votes"),
    (1, 0, 3, AdviceKind.NEEDS_VOTES, "needs 2 more votes"),
    (2, 0, 3, AdviceKind.NEEDS_VOTES, "needs 1 more vote"),
    (3, 0, 3, AdviceKind.READY_TO_ACCEPT, "ready to accept"),
    (4, 0, 3, AdviceKind.READY_TO_ACCEPT, "ready to accept"),
    (0, 1, 3, AdviceKind.NEEDS_VOTES, "needs 2 more votes"),
    (0, 2, 3, AdviceKind.NEEDS_VOTES, "needs 1 more vote"),
    (0, 3, 3, AdviceKind.READY_TO_REJECT, "ready to reject"),
    (0, 9, 3, AdviceKind.READY_TO_REJECT, "ready to reject"),
    (1, 1, 3, AdviceKind.NEEDS_MEETING, "needs the meeting: votes both ways"),
    (5, 1, 3, AdviceKind.NEEDS_MEETING, "needs the meeting: votes both ways"),
    (1, 5, 3, AdviceKind.NEEDS_MEETING, "needs the meeting: votes both ways"),
    (0, 0, 1, AdviceKind.NEEDS_VOTES, "needs 1 more vote"),
    (1, 0, 1, AdviceKind.READY_TO_ACCEPT, "ready to accept"),
    (0, 1, 1, AdviceKind.READY_TO_REJECT, "ready to reject"),
    (4, 0, 5, AdviceKind.NEEDS_VOTES, "needs 1 more vote"),
    (5, 0, 5, AdviceKind.READY_TO_ACCEPT, "ready to accept"),
]


@pytest.mark.parametrize("zeros", [0, 7])
@pytest.mark.parametrize(("plus", "minus", "needed", "kind", "text"), ADVICE)
def test_advice(plus: int, minus: int, needed: int, kind: AdviceKind, text: str, zeros: int) -> None:
    people = tuple(map(str, range(9)))
    votes = TrackerTally(people[:plus], people[:zeros], people[:minus])
    advice = advise(votes, needed)
    assert (advice.kind, advice.text) == (kind, text)
    for outcome in Outcome:
        advice = advise(replace(votes, decision=decided(BETA, outcome, "carol", 1)), needed)
        assert (advice.kind, advice.text) == (AdviceKind.DECIDED, f"decided: {outcome}")


def test_the_table_of_advice_has_every_kind_but_decided() -> None:
    assert {kind for *_, kind, _ in ADVICE} == set(AdviceKind) - {AdviceKind.DECIDED}


def test_votes_and_decisions_are_told_as_events() -> None:
    result = counted(
        ("alice", "BetaFE +1"),
        ("bob", "BetaFE 0"),
        ("alice", "BetaFE +1"),
        ("alice", "BetaFE -1"),
        ("carol", "AGREED RejectedBetaFE"),
        ("bob", "BetaFE +1"),
        ("dave", "REVOTE BetaFE"),
    )
    field = "vote/BetaFreezeException"
    assert result.events == (
        VoteEvent(at(0), f"{field}/alice", "alice", "", "+1"),
        VoteEvent(at(10), f"{field}/bob", "bob", "", "0"),
        VoteEvent(at(30), f"{field}/alice", "alice", "+1", "-1"),
        VoteEvent(at(40), "decision/BetaFreezeException", "carol", "", "rejected"),
        VoteEvent(at(60), "decision/BetaFreezeException", "dave", "rejected", ""),
        VoteEvent(at(60), f"{field}/bob", "dave", "0", ""),
        VoteEvent(at(60), f"{field}/alice", "dave", "-1", ""),
    )


def test_what_happens_within_a_moment_is_one_event_or_none() -> None:
    text = "BetaFE +1\nBetaFE -1\nREVOTE BetaFE\nBetaBlocker +1\nBetaBlocker 0"
    assert counted(("carol", text)).events == (VoteEvent(at(0), f"vote/{BETA}/carol", "carol", "", "0"),)


@pytest.mark.parametrize(
    ("text", "is_remark"),
    [
        ("\n".join(["line"] * REMARK_LINES), False),
        ("\n\n".join(["line"] * (REMARK_LINES + 1)), True),
        ("x" * REMARK_CHARS, False),
        ("x" * (REMARK_CHARS + 1), True),
        ("> line\n" * 9, False),
        ("```\n" + "line\n" * 9 + "```", False),
        ("line\n" * 9 + "BetaFE +1", False),
        ("line\n" * 9 + "BetaFE +1 please", True),
        ("with `code`\n" * 9, True),
        ("**Metadata Update from @alice**:\n" + "- Issue tagged with: beta\n" * 9, False),
        ("", False),
    ],
)
def test_a_comment_without_a_command_that_is_long_tells_something(text: str, is_remark: bool) -> None:
    remarks = counted(("alice", text)).remarks
    assert bool(remarks) is is_remark
    for remark in remarks:
        assert (remark.comment_id, remark.author, remark.at) == (100, "alice", at(0))
        assert remark.excerpt == " ".join(text.split())[:200] + "…" * (len(" ".join(text.split())) > 200)


PEOPLE = st.sampled_from(["alice", "bob", "carol", "dave", BOT])
_trackers = st.sampled_from(["BetaBlocker", "FinalFE", "0Day"])
LINES = st.one_of(
    st.builds("{} {}".format, _trackers, st.sampled_from(["+1", "0", "-1"])),
    st.builds("REVOTE {}".format, _trackers),
    st.builds("AGREED {}{}".format, st.sampled_from(["Accepted", "Rejected"]), _trackers),
    st.just("Well, well."),
)
_texts = st.lists(LINES, max_size=4).map("\n".join)


@st.composite
def tickets(draw: st.DrawFn) -> list[Comment]:
    """The comments of a ticket; their times may be the same, or even go back."""
    parts = draw(st.lists(st.tuples(PEOPLE, st.integers(0, 5), _texts), max_size=12))
    return [Comment(n, author, at(second), text) for n, (author, second, text) in enumerate(parts)]


def replayed(events: Iterable[VoteEvent]) -> dict[str, str]:
    """What stands after events that begin with nothing; each must begin where the one before it ended."""
    state: dict[str, str] = {}
    for event in events:
        assert state.get(event.field, "") == event.old
        state[event.field] = event.new
    return {field: value for field, value in state.items() if value}


@given(tickets())
def test_events_from_the_first_to_the_last_give_the_tally(comments: list[Comment]) -> None:
    result = tally(comments, deciders=DECIDERS, bot=BOT)
    expected: dict[str, str] = {}
    for name, votes in result.by_tracker.items():
        for value, people in (("+1", votes.plus), ("0", votes.zero), ("-1", votes.minus)):
            expected |= {f"vote/{name}/{person}": value for person in people}
        if votes.decision:
            expected[f"decision/{name}"] = votes.decision.outcome.value
    assert replayed(result.events) == expected
    assert len({(event.at, event.field) for event in result.events}) == len(result.events)
    assert [event.at for event in result.events] == sorted(event.at for event in result.events)
    assert tally(list(comments), deciders=DECIDERS, bot=BOT) == result


@given(tickets())
def test_a_later_comment_changes_no_earlier_event(comments: list[Comment]) -> None:
    last = max((comment.at for comment in comments), default=at(0))
    whole = tally([*comments, Comment(99, "dave", at(6), "REVOTE 0Day")], deciders=DECIDERS, bot=BOT)
    part = tally(comments, deciders=DECIDERS, bot=BOT)
    assert [event for event in whole.events if event.at <= last] == list(part.events)


_votes = st.builds("{} {}".format, _trackers, st.sampled_from(["+1", "0", "-1"]))


@given(st.lists(st.tuples(PEOPLE, _votes), max_size=15))
def test_the_last_vote_counts(votes: list[tuple[str, str]]) -> None:
    last = {(author, vote.split()[0]): vote.split()[1] for author, vote in votes if author != BOT}
    found = {
        (person, name.label): value
        for name, tracker in counted(*votes).by_tracker.items()
        for value, people in (("+1", tracker.plus), ("0", tracker.zero), ("-1", tracker.minus))
        for person in people
    }
    assert found == last


@given(st.lists(st.tuples(st.sampled_from(["alice", "bob", "erin"]), _texts), max_size=10), st.data())
def test_the_order_of_different_peoples_comments_changes_no_tally(
    comments: list[tuple[str, str]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations([author for author, _ in comments]))
    by_author = {author: iter([text for who, text in comments if who == author]) for author, _ in comments}
    moved = [(author, next(by_author[author])) for author in order]
    assert _people(counted(*moved)) == _people(counted(*comments))


def _people(result: Tally) -> dict[VoteTracker, list[set[str]]]:
    return {name: [set(v.plus), set(v.zero), set(v.minus)] for name, v in result.by_tracker.items()}
