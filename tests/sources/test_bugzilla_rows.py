"""Searches: servers cut, miscount and repeat rows, and still nothing is lost and nothing asked for in vain."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugSnapshot
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.sources import RequestRefused, SourceUnavailable
from tests.sources.world import MISSING_ID, Json, World, source_of, tampered


def test_rows_that_are_cut_to_twenty_are_asked_for_until_all_are_there(either_world: World) -> None:
    world = either_world
    ids = world.file_many(50)
    world.server.switches.row_limit = 20
    answers = world.source().fetch_bugs(ids, [world.tracker], {})
    assert answers.keys() == set(ids)
    assert all(isinstance(answer, BugSnapshot) for answer in answers.values())
    assert world.asked() == {"search": 3}


def test_a_missing_bug_among_cut_rows_is_the_only_one_that_is_missing(either_world: World) -> None:
    world = either_world
    ids = world.file_many(50)
    world.server.switches.row_limit = 20
    answers = world.source().fetch_bugs([*ids, MISSING_ID], [world.tracker], {})
    assert [answer for answer in answers.values() if isinstance(answer, Absent)] == [
        Absent(MISSING_ID, AbsenceReason.MISSING)
    ]
    assert answers.keys() == {*ids, MISSING_ID}


def test_every_search_names_an_order_and_a_limit(world: World) -> None:
    source = world.source()
    source.fetch_bugs(world.file_many(3), [world.tracker], {})
    source.fetch_trackers([world.tracker])
    source.fetch_prioritized_ids()
    queries = [parse_qs(asked.query) for asked in world.server.requests.all() if asked.kind == "search"]
    assert len(queries) == 3
    # Without order rows come in any, limit=0 forgets the offset, and no limit at all means twenty.
    assert all(query["order"] == ["bug_id"] and int(query["limit"][0]) > 0 for query in queries)


def test_a_total_larger_than_what_comes_is_not_believed_to_be_all(fresh_world: World) -> None:
    def count_one_more(_: str, answer: Json) -> Json:
        return {**answer, "total_matches": answer["total_matches"] + 1} if "total_matches" in answer else answer

    (bug_id,) = fresh_world.file_many(1)
    with tampered(fresh_world, count_one_more) as url:
        with pytest.raises(SourceUnavailable, match="gave 2 different bugs where it counts 3"):
            source_of(url).fetch_bugs([bug_id, MISSING_ID], [fresh_world.tracker], {})
        with pytest.raises(SourceUnavailable, match="where it counts 1"):
            source_of(url).fetch_prioritized_ids()
        assert source_of(url).fetch_bugs([bug_id], [fresh_world.tracker], {}).keys() == {bug_id}, (
            "nothing is missing here"
        )


def test_a_server_that_repeats_its_first_page_does_not_keep_us_for_ever(stock_world: World) -> None:
    world = stock_world
    first_pages: dict[str, Json] = {}

    def repeat(path: str, answer: Json) -> Json:
        return first_pages.setdefault(urlsplit(path).path, answer)

    ids = world.file_many(3)
    with tampered(world, repeat) as url:
        answers = source_of(url).fetch_bugs([*ids, MISSING_ID], [world.tracker], {MISSING_ID: AbsenceReason.MISSING})
    assert answers.keys() == {*ids, MISSING_ID}
    assert world.asked() == {"search": 2}


def test_pages_follow_until_nothing_new_comes_where_nobody_tells_the_total(stock_world: World) -> None:
    world = stock_world
    prioritized = [{"name": "fedora_prioritized_bug", "status": "+"}]
    ids = world.file_many(130, flags=prioritized)
    assert world.source(batch_size=10).fetch_prioritized_ids() == set(ids)
    assert world.asked() == {"search": 4}


def test_a_total_saves_the_request_for_an_empty_page(fresh_world: World) -> None:
    prioritized = [{"name": "fedora_prioritized_bug", "status": "?"}]
    ids = fresh_world.file_many(130, flags=prioritized)
    assert fresh_world.source(batch_size=10).fetch_prioritized_ids() == set(ids)
    assert fresh_world.asked() == {"search": 3}


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (300, 1), (301, 2), (600, 2), (1_000, 4)])
def test_a_batch_costs_one_request(world: World, count: int, requests: int) -> None:
    ids = world.file_many(count)
    answers = world.source().fetch_bugs(ids, [world.tracker], {})
    assert len(answers) == count
    assert world.asked() == {"search": requests}


def test_a_thousand_bugs_are_read_in_seconds(stock_world: World) -> None:
    ids = stock_world.file_many(1_000)
    started = time.monotonic()
    stock_world.source().fetch_bugs(ids, [stock_world.tracker], {})
    assert time.monotonic() - started < 10
    assert stock_world.asked() == {"search": 4}


def test_nothing_is_asked_when_nothing_is_wanted(world: World) -> None:
    source = world.source()
    assert source.fetch_bugs([], [world.tracker], {}) == {}
    assert source.fetch_histories([]) == {}
    assert source.fetch_trackers([]) == {}
    assert source.fetch_former_members([]) == frozenset()
    assert world.server.requests.count() == 0


def test_an_address_that_is_too_long_is_refused_so_that_the_caller_asks_for_less(world: World) -> None:
    with pytest.raises(RequestRefused, match="too long"):
        world.source(batch_size=4_000).fetch_bugs(range(2_400_000, 2_404_000), [world.tracker], {})
    assert world.asked() == {"search": 1}, "it would be refused again"


def test_a_bug_that_is_asked_for_twice_is_read_once(world: World) -> None:
    (bug_id,) = world.file_many(1)
    source = world.source()
    assert source.fetch_bugs([bug_id, bug_id], [world.tracker], {}).keys() == {bug_id}
    assert source.fetch_histories([bug_id, bug_id]).keys() == {bug_id}


def test_a_tracker_may_be_one_of_the_bugs_asked_for(world: World) -> None:
    assert world.source().fetch_bugs([world.tracker], [world.tracker], {}).keys() == {world.tracker}


def test_only_open_bugs_count_as_prioritized(fresh_world: World) -> None:
    def flagged(status: str, name: str = "fedora_prioritized_bug") -> int:
        return fresh_world.file(flags=[{"name": name, "status": status}])

    accepted, nominated, closed = flagged("+"), flagged("?"), flagged("+")
    flagged("-")
    flagged("+", "fedora-review")
    fresh_world.edit(closed, status="CLOSED", resolution="ERRATA")
    assert fresh_world.source().fetch_prioritized_ids() == {accepted, nominated}


def test_lag_shows_in_the_time_of_the_answer(world: World) -> None:
    """The caller compares it with the message's time: a replica may be behind."""
    state: Bugzilla = world.server.state
    (bug_id,) = world.file_many(1)
    world.edit(bug_id, whiteboard="AcceptedBlocker")
    world.server.switches.lag_edits = 1
    (answer,) = world.source().fetch_bugs([bug_id], [world.tracker], {}).values()
    assert isinstance(answer, BugSnapshot)
    assert answer.whiteboard == ""
    assert answer.last_change_at <= state.bug(bug_id).last_change_time
