"""Updates by their aliases: read in batches, and missing only when Bodhi says so of the one."""

from __future__ import annotations

from typing import Any

import pytest

from bbconsumer.sources import RequestRefused, SourceUnavailable
from tests.sources.bodhi_world import ALIAS, DAY_S, MISSING, World, between, source_of
from tests.sources.pagure_faults import answering, body, page
from tests.sources.world import Json


def test_an_update_is_read_with_all_that_happened_to_it(bodhi: World) -> None:
    bugs = (bodhi.bug(), bodhi.bug())
    alias = bodhi.submit(*bugs, stable_karma=4, unstable_karma=-2)
    submitted_at = bodhi.now()
    (build,) = bodhi.state.update(alias).builds
    read = bodhi.read(alias)
    assert (read.alias, read.title, read.builds, read.release) == (alias, build.nvr, (build.nvr,), "F45")
    assert (read.status, read.request, read.submitter, read.bug_ids) == ("pending", "testing", "alice", frozenset(bugs))
    assert (read.stable_karma, read.unstable_karma, read.stable_days) == (4, -2, 7)
    assert (read.submitted_at, read.modified_at, read.testing_at, read.pushed_at) == (submitted_at, None, None, None)
    assert (read.karma, read.gating, read.is_ready, read.is_critical) == (0, "", False, False)
    assert (read.needed_karma, read.needed_days) == (2, 7)

    bodhi.clock.advance(60)
    bodhi.state.push_to_testing(alias)
    for name in ("bob", "carol", "dave"):
        bodhi.state.comment(alias, name, karma=1)
    bodhi.state.set_gating(alias, "waiting")
    tested = bodhi.read(alias)
    assert (tested.status, tested.request, tested.karma) == ("testing", "", 3)
    assert (tested.testing_at, tested.pushed_at, tested.gating, tested.is_ready) == (
        bodhi.now(),
        bodhi.now(),
        "waiting",
        False,
    )

    bodhi.state.set_gating(alias, "passed")
    bodhi.state.request_stable(alias, "alice")
    assert (bodhi.read(alias).request, bodhi.read(alias).is_ready) == ("stable", True)
    bodhi.clock.advance(60)
    bodhi.state.push_to_stable(alias)
    stable = bodhi.read(alias)
    assert (stable.status, stable.request, stable.stable_at, stable.pushed_at) == (
        "stable",
        "",
        bodhi.now(),
        bodhi.now(),
    )
    assert stable.testing_at == tested.testing_at


def test_only_an_edit_sets_the_time_of_modification(bodhi: World) -> None:
    first, second = bodhi.bug(), bodhi.bug()
    alias = bodhi.submit(first)
    bodhi.state.push_to_testing(alias)
    bodhi.clock.advance(60)
    bodhi.state.comment(alias, "bob", karma=-1)
    voted = bodhi.read(alias)
    assert (voted.modified_at, voted.karma, voted.stable_karma) == (None, -1, None)
    bodhi.state.edit_update(alias, "alice", add_bugs=[second], remove_bugs=[first])
    edited = bodhi.read(alias)
    assert (edited.modified_at, edited.bug_ids) == (bodhi.now(), frozenset({second}))


def test_many_are_read_in_few_requests_of_bearable_length(bodhi: World) -> None:
    aliases = bodhi.submit_many(250)
    updates = bodhi.source().fetch_updates([*aliases, *aliases])
    assert list(updates) == aliases
    assert all(update and update.alias == alias for alias, update in updates.items())
    assert bodhi.longest_address() < 4_000
    assert bodhi.asked() == {"updates": 3}


def test_a_batch_of_aliases_is_no_longer_than_an_address_may_be(bodhi: World) -> None:
    odd = [f"FEDORA-{'X' * 50}-{number:04}" for number in range(70)]
    assert set(bodhi.source().fetch_updates(odd).values()) == {None}
    assert bodhi.longest_address() < 4_000


@pytest.mark.parametrize("page_size", [1, 7, 20, 1000])
def test_no_page_is_too_small(bodhi: World, page_size: int) -> None:
    """Bodhi gives 20 of a list that is asked for without a size."""
    aliases = bodhi.submit_many(25)
    updates = bodhi.source(page_size=page_size).fetch_updates(aliases)
    assert [update.alias for update in updates.values() if update] == aliases


def test_nothing_is_asked_for_nothing(bodhi: World) -> None:
    source = bodhi.source()
    assert (source.fetch_updates([]), source.find_aliases_by_bugs([])) == ({}, {})
    assert bodhi.asked() == {}


def test_a_missing_update_is_asked_for_alone(bodhi: World) -> None:
    alias = bodhi.submit()
    updates = bodhi.source().fetch_updates([MISSING, alias])
    assert updates[MISSING] is None
    assert updates[alias] == bodhi.read(alias)
    assert bodhi.asked() == {"updates": 2, "update": 1}


def test_what_only_a_list_leaves_out_is_not_missing(bodhi: World) -> None:
    alias = bodhi.submit()
    bodhi.server.switches.update({"paths": "/updates/$", "empty": True})
    assert bodhi.read(alias).alias == alias


def test_what_has_just_come_is_not_missing_for_long(bodhi: World) -> None:
    alias = bodhi.submit()
    bodhi.server.switches.lag_edits = 1
    assert bodhi.source().fetch_updates([alias]) == {alias: None}
    bodhi.server.switches.reset()
    assert bodhi.read(alias).alias == alias


def test_the_name_of_a_package_is_no_alias(bodhi: World) -> None:
    (build,) = bodhi.state.update(bodhi.submit()).builds
    assert bodhi.source().fetch_updates([build.package]) == {build.package: None}
    assert bodhi.asked() == {"updates": 1, "update": 1}


@pytest.mark.parametrize(
    "alias", ["", " ", ".", "..", "a,b", f"{ALIAS},{ALIAS}", "a b", "a/b", "ü", "x\n", "x" * 65, "?a=b"]
)
def test_what_cannot_be_an_alias_is_not_asked_for(bodhi: World, alias: str) -> None:
    real = bodhi.submit()
    updates = bodhi.source().fetch_updates([alias, real])
    assert updates[alias] is None
    assert updates[real] is not None
    assert bodhi.asked() == {"updates": 1}


@pytest.mark.parametrize(
    "alias",
    ["FEDORA-2026-d85110bf40", "FEDORA-EPEL-2015-0238", "FEDORA-EPEL-NEXT-2026-d85110bf40", "FEDORA-2014-13257"],
)
def test_every_form_of_alias_is_asked_for(bodhi: World, alias: str) -> None:
    assert bodhi.source().fetch_updates([alias]) == {alias: None}
    assert bodhi.asked() == {"updates": 1, "update": 1}


@pytest.mark.parametrize("status", [404, 302])
def test_a_page_that_says_404_or_leads_elsewhere_does_not_prove_that_an_update_is_missing(status: int) -> None:
    headers = {"Location": "https://id.example.test/login?next=packages"} if status == 302 else {}
    nothing = body({"updates": [], "page": 1, "pages": 0, "total": 0})
    with answering(nothing, page(status, **headers)) as (url, _), pytest.raises(SourceUnavailable):
        source_of(url).fetch_updates([ALIAS])


@pytest.mark.parametrize("raw", [None, [], {}, {"alias": MISSING}, "text"], ids=repr)
def test_an_answer_about_another_update_is_not_believed(raw: object) -> None:
    nothing = body({"updates": [], "page": 1, "pages": 0, "total": 0})
    with (
        answering(nothing, body({"update": raw})) as (url, _),
        pytest.raises(SourceUnavailable, match=f"an answer about update {ALIAS} does not name it"),
    ):
        source_of(url).fetch_updates([ALIAS])


def test_one_that_cannot_be_read_refuses_the_batch_and_alone_only_itself(bodhi: World) -> None:
    good, bad = bodhi.submit_many(2)

    def spoil(_: str, answer: Json) -> None:
        for update in answer["updates"]:
            if update["alias"] == bad:
                update["karma"] = None

    with between(bodhi, spoil) as url:
        for aliases in ([good, bad], [bad]):
            with pytest.raises(RequestRefused, match=f"about update {bad} cannot be read"):
                source_of(url).fetch_updates(aliases)
        assert source_of(url).fetch_updates([good]).keys() == {good}


def test_fields_that_are_new_change_nothing(bodhi: World) -> None:
    alias = bodhi.submit(bodhi.bug())

    def extend(_: str, answer: Json) -> None:
        for update in answer["updates"]:
            update |= {"feedback": {"x": None}, "signatures": [1]}
            update["release"]["codename"] = "x"
            update["comments"] = None

    with between(bodhi, extend) as url:
        assert source_of(url).fetch_updates([alias]) == {alias: bodhi.read(alias)}


def test_updates_of_every_age_and_release_are_read(bodhi: World) -> None:
    bodhi.state.add_release("EPEL-9")
    old = bodhi.state.create_update("EPEL-9", ["tool-1-1.el9"], "bob")
    bodhi.clock.advance(1_000 * DAY_S)
    assert (bodhi.read(old).release, bodhi.read(old).submitter) == ("EPEL-9", "bob")


def bare(**fields: Any) -> Json:
    """The answer of a server to `updates/`, with one update of which only the alias is there."""
    return {"updates": [{"alias": ALIAS}], "page": 1, "pages": 1, "total": 1, **fields}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        bare(updates=None),
        bare(updates={}),
        bare(updates=["x"]),
        bare(updates=[None]),
        bare(updates=[{}]),
        bare(updates=[{"alias": None}]),
        bare(updates=[{"alias": ""}]),
        bare(updates=[{"alias": {}}]),
        bare(page=None),
        bare(pages="1"),
        bare(total=None),
    ],
    ids=repr,
)
def test_a_page_of_another_shape_is_unavailable(answer: Json) -> None:
    with answering(body(answer)) as (url, asked), pytest.raises(SourceUnavailable, match="cannot be read"):
        source_of(url).fetch_updates([ALIAS])
    assert len(asked) == 1
