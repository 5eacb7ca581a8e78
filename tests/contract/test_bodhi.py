"""What the service relies on in a Bodhi, read through the very source that it uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.sources import RequestRefused
from bbconsumer.sources.bodhi_answers import parse_time, parse_update
from tests.contract.bodhi_site import BodhiSite

pytestmark = pytest.mark.contract

# Of the year in which nobody had a Bodhi.
MISSING = "FEDORA-1999-0000000000"
STATUSES = {"pending", "testing", "stable", "obsolete", "unpushed"}


def test_updates_are_read_whole(bodhi: BodhiSite) -> None:
    assert bodhi.recent
    for update in bodhi.recent:
        assert update.status in STATUSES
        assert update.builds
        assert update.submitter
        assert update.needed_karma is not None
        assert update.needed_days is not None
        assert update.is_ready is not None
        assert update.unstable_karma is None or update.unstable_karma < 0


def test_times_are_utc_and_in_order(bodhi: BodhiSite) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=10)
    for update in bodhi.recent:
        assert all(update.submitted_at <= at <= soon for at in (update.modified_at, update.testing_at) if at)
        assert update.pushed_at == (update.stable_at or update.testing_at)


def test_updates_are_found_by_their_aliases_however_many_go_on_a_page(bodhi: BodhiSite) -> None:
    aliases = [update.alias for update in bodhi.recent]
    expected = [(update.alias, update.submitted_at, update.release) for update in bodhi.recent]
    for page_size in (100, 7):
        updates = bodhi.source(page_size=page_size).fetch_updates(aliases).values()
        assert [(update.alias, update.submitted_at, update.release) for update in updates if update] == expected


def test_several_aliases_go_into_one_request_and_a_missing_one_is_left_out(bodhi: BodhiSite) -> None:
    aliases = [update.alias for update in bodhi.recent[:3]]
    answer = bodhi.ask("updates/", alias=",".join([*aliases, MISSING]))
    assert {update["alias"] for update in answer["updates"]} == set(aliases)
    assert answer["total"] == len(aliases)


def test_a_single_update_is_the_same_as_in_a_list(bodhi: BodhiSite) -> None:
    (update,) = bodhi.source().fetch_updates([bodhi.recent[-1].alias]).values()
    assert isinstance(update, UpdateSnapshot)
    alone = parse_update(bodhi.ask(f"updates/{update.alias}")["update"])
    assert (alone.alias, alone.builds, alone.bug_ids) == (update.alias, update.builds, update.bug_ids)


def test_a_missing_update_and_the_name_of_a_package_are_none(bodhi: BodhiSite) -> None:
    package = bodhi.recent[0].builds[0].rsplit("-", 2)[0]
    assert bodhi.source().fetch_updates([MISSING, package]) == {MISSING: None, package: None}


def test_updates_are_found_by_their_bugs_however_many_go_on_a_page(bodhi: BodhiSite) -> None:
    bugs = frozenset().union(*(update.bug_ids for update in bodhi.recent[:5]))
    found = bodhi.source().find_aliases_by_bugs(bugs)
    assert found.keys() >= {update.alias for update in bodhi.recent[:5]}
    assert all(named and named <= bugs for named in found.values())
    assert bodhi.source(page_size=2).find_aliases_by_bugs(bugs).keys() >= found.keys()


def test_many_bugs_fit_into_an_address(bodhi: BodhiSite) -> None:
    newest = max(bug_id for update in bodhi.recent for bug_id in update.bug_ids)
    # Of bugs in a row, few are named by an update; what counts is that the addresses are taken.
    assert isinstance(bodhi.source().find_aliases_by_bugs(range(newest - 380, newest)), dict)


def test_a_bug_that_nobody_fixes_has_no_updates(bodhi: BodhiSite) -> None:
    assert bodhi.source().find_aliases_by_bugs([2_000_000_000]) == {}


def test_a_new_update_is_among_what_changed_and_nothing_is_in_the_future(bodhi: BodhiSite) -> None:
    newest = bodhi.recent[0]
    assert newest.alias in bodhi.source().find_aliases_changed(newest.submitted_at)
    assert bodhi.source().find_aliases_changed(datetime.now(UTC) + timedelta(days=1)) == frozenset()


def test_bodhis_own_comments_are_listed_without_chrome(bodhi: BodhiSite) -> None:
    since = bodhi.recent[-1].submitted_at.strftime("%Y-%m-%d %H:%M:%S")
    answer = bodhi.ask("comments/", since=since, chrome="false", rows_per_page=100)
    assert "bodhi" in {comment["author"] for comment in answer["comments"]}
    for comment in answer["comments"]:
        assert parse_time(comment["timestamp"]) >= parse_time(since)
        assert comment["update"]["alias"] == comment["update_alias"]
        assert isinstance(comment["update"]["bugs"], list)


def test_a_page_holds_a_thousand_at_most_and_twenty_if_nothing_is_said(bodhi: BodhiSite) -> None:
    answer = bodhi.ask("updates/")
    assert (answer["rows_per_page"], answer["page"]) == (20, 1)
    assert len(answer["updates"]) == min(20, answer["total"])
    assert bodhi.ask("updates/", page=1_000_000)["updates"] == []
    with pytest.raises(RequestRefused, match="rows_per_page: 1001 is greater than maximum value 1000"):
        bodhi.ask("updates/", rows_per_page=1001)


@pytest.mark.parametrize(
    ("name", "value"), [("releases", "WinXP"), ("status", "splendid"), ("bugs", "x"), ("modified_since", "yesterday")]
)
def test_a_value_without_sense_is_refused(bodhi: BodhiSite, name: str, value: str) -> None:
    with pytest.raises(RequestRefused, match=f"Bodhi refuses the request: querystring {name}"):
        bodhi.ask("updates/", **{name: value})


def test_a_filter_that_does_not_exist_is_ignored(bodhi: BodhiSite) -> None:
    """So a misspelled one would give everything: the source looks at what it gets."""
    assert bodhi.ask("updates/", rows_per_page=1, bug=1)["total"] >= len(bodhi.recent)
