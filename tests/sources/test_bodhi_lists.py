"""Updates by the bugs that they name, and by what happened since: complete however many pages there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from bbconsumer.sources import RequestRefused, SourceUnavailable, UpdateSource
from tests.sources.bodhi_world import MISSING, World, between, source_of
from tests.sources.world import Json, get

Act = Callable[[World, str], object]

HOUR = timedelta(hours=1)


def test_updates_are_found_by_the_bugs_that_they_name(bodhi: World) -> None:
    first, second, foreign, nobodys = (bodhi.bug() for _ in range(4))
    one, both, _, ended = (
        bodhi.submit(first),
        bodhi.submit(first, second, foreign),
        bodhi.submit(foreign),
        bodhi.submit(second),
    )
    bodhi.state.obsolete(ended, "alice")
    assert bodhi.source().find_aliases_by_bugs([first, second, nobodys]) == {
        one: {first},
        both: {first, second},
        ended: {second},
    }


def test_a_removed_bug_is_not_found_any_more(bodhi: World) -> None:
    bug = bodhi.bug()
    alias = bodhi.submit(bug)
    bodhi.state.edit_update(alias, "alice", remove_bugs=[bug])
    assert bodhi.source().find_aliases_by_bugs([bug]) == {}


def test_a_bug_that_a_newer_update_took_over_is_found_at_both(bodhi: World) -> None:
    bug = bodhi.bug()
    older = bodhi.submit(bug)
    newer = bodhi.submit_newer(older)
    assert bodhi.source().find_aliases_by_bugs([bug]) == {older: {bug}, newer: {bug}}


def test_thousands_of_bugs_are_asked_for_in_addresses_of_bearable_length(bodhi: World) -> None:
    bug = bodhi.bug()
    alias = bodhi.submit(bug)
    assert bodhi.source().find_aliases_by_bugs(range(bug - 1_000, bug + 1_000)).keys() >= {alias}
    assert bodhi.longest_address() < 4_000
    assert 5 <= bodhi.asked()["updates"] < 30


def test_an_update_that_names_bugs_of_two_batches_has_them_all(bodhi: World) -> None:
    low = bodhi.bug()
    high = low + 5_000
    alias = bodhi.submit(low, high)
    found = bodhi.source().find_aliases_by_bugs([low, high, *range(high - 2_000, high)])
    assert found[alias] == {low, high}


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 30, 31])
def test_all_pages_are_read(bodhi: World, count: int) -> None:
    bug = bodhi.bug()
    aliases = bodhi.submit_many(count, bug)
    assert bodhi.source(page_size=10).find_aliases_by_bugs([bug]).keys() == set(aliases)
    assert bodhi.asked() == {"updates": max(1, -(-count // 10))}


def test_a_page_larger_than_bodhi_allows_is_refused(bodhi: World) -> None:
    with pytest.raises(RequestRefused, match="querystring rows_per_page: 1001 is greater than maximum value 1000"):
        bodhi.source(page_size=1001).find_aliases_by_bugs([1])


def test_what_leaves_the_list_while_it_is_read_makes_nothing_else_slip_through(bodhi: World) -> None:
    bug = bodhi.bug()
    aliases = bodhi.submit_many(25, bug)
    latest = aliases.pop()

    def lose_one(path: str, _: Json) -> None:
        if path.endswith("page=1") and bug in bodhi.state.update(latest).bugs:
            bodhi.state.edit_update(latest, "alice", remove_bugs=[bug])

    with between(bodhi, lose_one) as url:
        assert source_of(url, page_size=10).find_aliases_by_bugs([bug]).keys() == set(aliases)


def test_what_joins_the_list_while_it_is_read_hides_nothing(bodhi: World) -> None:
    bug = bodhi.bug()
    aliases = bodhi.submit_many(25, bug)

    def add_one(path: str, _: Json) -> None:
        bodhi.submit(bug)

    with between(bodhi, add_one) as url:
        assert source_of(url, page_size=10).find_aliases_by_bugs([bug]).keys() >= set(aliases)
    assert bodhi.asked() == {"updates": 3}, "a busy list is not read again and again"


def test_a_list_that_never_stands_still_is_unavailable(bodhi: World) -> None:
    bug = bodhi.bug()
    aliases = bodhi.submit_many(25, bug)

    def lose_one(path: str, _: Json) -> None:
        if path.endswith("page=1"):
            bodhi.state.edit_update(aliases.pop(), "alice", remove_bugs=[bug])

    with between(bodhi, lose_one) as url, pytest.raises(SourceUnavailable, match="different updates where it counts"):
        source_of(url, page_size=10).find_aliases_by_bugs([bug])


@pytest.mark.parametrize("page_size", [5, 100])
def test_pages_that_are_cut_short_are_noticed(bodhi: World, page_size: int) -> None:
    bug = bodhi.bug()
    bodhi.submit_many(12, bug)
    bodhi.server.switches.row_limit = 3
    with pytest.raises(SourceUnavailable, match=r"gave \d+ different updates where it counts 12"):
        bodhi.source(page_size=page_size).find_aliases_by_bugs([bug])


def test_pages_without_end_are_noticed(bodhi: World) -> None:
    bug = bodhi.bug()
    bodhi.submit(bug)

    def first_page_again(_: str, __: Json) -> Json:
        first: Json = get(f"{bodhi.server.url}/updates/?bugs={bug}").json()
        return first | {"pages": 9}

    with (
        between(bodhi, first_page_again) as url,
        pytest.raises(SourceUnavailable, match="brings nothing new on page 2"),
    ):
        source_of(url).find_aliases_by_bugs([bug])


@pytest.mark.parametrize(
    "ask",
    [
        lambda source, _: source.fetch_updates([MISSING]),
        lambda source, _: source.find_aliases_by_bugs([1]),
        lambda source, now: source.find_aliases_changed(now + HOUR),
    ],
    ids=["alias", "bugs", "time"],
)
def test_a_server_that_ignores_a_filter_is_not_read_to_its_end(
    bodhi: World, ask: Callable[[UpdateSource, datetime], object]
) -> None:
    bodhi.submit_many(30)

    def ignore(path: str, _: Json) -> Json:
        return dict(get(f"{bodhi.server.url}{path.partition('?')[0]}").json())

    with between(bodhi, ignore) as url, pytest.raises(SourceUnavailable, match="lists updates that were not asked for"):
        ask(source_of(url), bodhi.now())
    # One true answer, and the one that was sent instead.
    assert bodhi.asked() == {"updates": 2}


def test_a_row_that_cannot_be_read_is_named(bodhi: World) -> None:
    bug = bodhi.bug()
    alias = bodhi.submit(bug)

    def spoil(_: str, answer: Json) -> None:
        for update in answer["updates"]:
            update["bugs"] = None

    with between(bodhi, spoil) as url, pytest.raises(RequestRefused, match=f"about update {alias} cannot be read"):
        source_of(url).find_aliases_by_bugs([bug])


# What happens to an update that is in testing and names a bug, and whether it is found by that.
HAPPENINGS: dict[str, tuple[Act, bool]] = {
    "nothing": (lambda bodhi, alias: bodhi.state.update(alias), False),
    "edited": (lambda bodhi, alias: bodhi.state.edit_update(alias, "alice", notes="x"), True),
    "lost its bug": (
        lambda bodhi, alias: bodhi.state.edit_update(alias, "alice", remove_bugs=bodhi.state.update(alias).bugs),
        True,
    ),
    "vote": (lambda bodhi, alias: bodhi.state.comment(alias, "bob", karma=-1), True),
    "words": (lambda bodhi, alias: bodhi.state.comment(alias, "bob", "hm"), True),
    "gating": (lambda bodhi, alias: bodhi.state.set_gating(alias, "failed"), True),
    "unpushed": (lambda bodhi, alias: bodhi.state.unpush(alias, "alice"), True),
    "obsolete": (lambda bodhi, alias: bodhi.state.obsolete(alias, "alice"), True),
    "obsolete by a newer one": (lambda bodhi, alias: bodhi.submit_newer(alias), True),
    "asks for stable": (lambda bodhi, alias: bodhi.state.request_stable(alias, "alice"), True),
    "asks no longer": (lambda bodhi, alias: bodhi.state.revoke(alias, "alice"), False),
}


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_what_happened_since_is_found(bodhi: World, happening: str) -> None:
    act, is_found = HAPPENINGS[happening]
    alias = bodhi.submit(bodhi.bug())
    bodhi.state.push_to_testing(alias)
    for name in ("carol", "dave") if "asks" in happening else ():
        bodhi.state.comment(alias, name, karma=1)
    if happening == "asks no longer":
        bodhi.state.request_stable(alias, "alice")
    bodhi.clock.advance(3_600)
    act(bodhi, alias)
    assert (alias in bodhi.source().find_aliases_changed(bodhi.now())) is is_found


def test_new_and_pushed_updates_are_found_when_they_name_a_bug(bodhi: World) -> None:
    old, stable = bodhi.submit(bodhi.bug()), bodhi.submit(bodhi.bug())
    bodhi.state.push_to_testing(stable)
    for name in ("carol", "dave"):
        bodhi.state.comment(stable, name, karma=1)
    bodhi.state.request_stable(stable, "alice")
    bodhi.clock.advance(3_600)
    new, _ = bodhi.submit(bodhi.bug()), bodhi.submit()
    bodhi.state.push_to_testing(old)
    bodhi.state.push_to_stable(stable)
    assert bodhi.source().find_aliases_changed(bodhi.now()) == {old, stable, new}


def test_since_is_inclusive_and_of_any_zone(bodhi: World) -> None:
    bodhi.clock.advance(0.7)
    alias = bodhi.submit(bodhi.bug())
    source = bodhi.source()
    for moment in (bodhi.now(), bodhi.now().astimezone(timezone(timedelta(hours=5))), bodhi.now() - HOUR):
        assert source.find_aliases_changed(moment) == {alias}
    assert source.find_aliases_changed(bodhi.now() + timedelta(seconds=1)) == frozenset()
    bodhi.clock.advance(-0.7)


def test_four_questions_are_enough_for_a_quiet_time(bodhi: World) -> None:
    bodhi.submit_many(10, bodhi.bug())
    assert len(bodhi.source().find_aliases_changed(bodhi.now())) == 10
    assert bodhi.asked() == {"updates": 3, "comments": 1}


def test_all_pages_of_what_happened_are_read(bodhi: World) -> None:
    bug = bodhi.bug()
    aliases = bodhi.submit_many(25, bug)
    bodhi.clock.advance(3_600)
    for alias in aliases:
        bodhi.state.comment(alias, "bob", "works")
        bodhi.state.comment(alias, "carol", "works, too")
    assert bodhi.source(page_size=10).find_aliases_changed(bodhi.now()) == set(aliases)
    assert bodhi.asked() == {"updates": 3, "comments": 5}


@pytest.mark.parametrize("spoilt", [{}, {"update": None}, {"update": {"alias": "", "bugs": []}}], ids=repr)
def test_a_comment_that_cannot_be_read_is_refused(bodhi: World, spoilt: Json) -> None:
    bodhi.state.comment(bodhi.submit(bodhi.bug()), "bob", "works")

    def spoil(path: str, answer: Json) -> None:
        for comment in answer.get("comments", ()):
            del comment["update"]
            comment.update(spoilt)

    with between(bodhi, spoil) as url, pytest.raises(RequestRefused, match=r"about comment \d+ cannot be read"):
        source_of(url).find_aliases_changed(bodhi.now())
