"""What the service relies on in a Bugzilla, read through the very source that it uses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bbconsumer.domain.history import parse_ids
from bbconsumer.domain.snapshots import AbsenceReason, Absent, BugSnapshot
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable
from tests.contract.reading import MISSING_ID, history_of, read
from tests.contract.site import Site

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def crowd(site: Site, tracker: int) -> list[int]:
    """More bugs than fit on the smallest page."""
    return [site.file(f"One of many, number {number}", blocks=[tracker]) for number in range(55)]


def test_a_bug_is_read_whole(site: Site, tracker: int) -> None:
    title = "GNOME Shell: black screen – “ünïcode” – עברית & <b>markup</b>"
    needed = site.file("Needed by another")
    bug_id = site.file(title, blocks=[tracker], depends_on=[needed], whiteboard="AcceptedBlocker, ünïcode")
    bug = read(site, bug_id, tracker)
    assert (bug.id, bug.summary, bug.whiteboard) == (bug_id, title, "AcceptedBlocker, ünïcode")
    assert (bug.product, bug.component, bug.version) == ("Fedora", site.component, site.version)
    assert bug.blocks == {tracker}
    assert bug.depends_on == {needed}
    assert (bug.status, bug.resolution, bug.is_open) == ("NEW", "", True)
    assert bug.priority
    assert bug.severity
    assert (bug.flags, bug.groups, bug.is_private) == ((), (), False)
    assert "@" in bug.creator
    assert bug.assigned_to
    assert timedelta() <= bug.last_change_at - bug.created_at < timedelta(minutes=1)


def test_open_and_closed_are_told_apart(site: Site, tracker: int) -> None:
    bug_id = site.file()
    site.edit(bug_id, status="ASSIGNED")
    assert (read(site, bug_id, tracker).status, read(site, bug_id, tracker).is_open) == ("ASSIGNED", True)
    site.edit(bug_id, status="CLOSED", resolution=site.resolution)
    bug = read(site, bug_id, tracker)
    assert (bug.status, bug.resolution, bug.is_open) == ("CLOSED", site.resolution, False)


def test_a_duplicate_names_the_other_bug(site: Site, tracker: int) -> None:
    other, bug_id = site.file(), site.file()
    site.edit(bug_id, dupe_of=other)
    duplicate = read(site, bug_id, tracker)
    assert (duplicate.status, duplicate.resolution, duplicate.dupe_of) == ("CLOSED", "DUPLICATE", other)
    assert read(site, other, tracker).dupe_of is None


@pytest.mark.parametrize("name", ["needinfo", "fedora_prioritized_bug"])
def test_flags_are_read_with_who_and_when(site: Site, tracker: int, name: str) -> None:
    bug_id = site.file()
    me = read(site, bug_id, tracker).creator
    site.flag(bug_id, name, **({"requestee": me} if name == "needinfo" else {}))
    bug = read(site, bug_id, tracker)
    (flag,) = bug.flags
    assert (flag.name, flag.status, flag.setter) == (name, "?", me)
    assert flag.requestee == (me if name == "needinfo" else "")
    assert flag.modified_at is not None
    assert bug.created_at <= flag.modified_at <= bug.last_change_at


def test_an_edit_moves_the_time_of_the_bug_and_of_its_tracker(site: Site, tracker: int) -> None:
    bug_id = site.file()
    source = site.source()
    times = []
    for changes in ({}, {"blocks": {"add": [tracker]}}, {"blocks": {"remove": [tracker]}}):
        site.pause()
        if changes:
            site.edit(bug_id, **changes)
        snapshot = source.fetch_trackers([tracker])[tracker]
        times.append((read(site, bug_id, tracker).last_change_at, snapshot.last_change_at))
    assert times[0][0] < times[1][0] < times[2][0]
    assert times[0][1] < times[1][1] < times[2][1]


def test_a_comment_moves_the_time_too(site: Site, tracker: int) -> None:
    bug_id = site.file()
    before = read(site, bug_id, tracker)
    site.pause()
    site.edit(bug_id, comment={"body": "hello wörld"})
    after = read(site, bug_id, tracker)
    assert after.last_change_at > before.last_change_at
    assert history_of(site, bug_id) == ()


def test_a_missing_bug_is_absent(site: Site, tracker: int) -> None:
    bug_id = site.file()
    answers = site.source().fetch_bugs([bug_id, MISSING_ID], [tracker], {})
    assert answers.keys() == {bug_id, MISSING_ID}
    assert isinstance(answers[bug_id], BugSnapshot)
    assert answers[MISSING_ID] == Absent(MISSING_ID, AbsenceReason.MISSING)


def test_without_a_readable_tracker_nothing_is_absent(site: Site) -> None:
    with pytest.raises(SourceUnavailable, match="nothing counts as absent"):
        site.source().fetch_bugs([site.file(), MISSING_ID], [MISSING_ID + 1], {})


@pytest.fixture
def private_bug(site: Site) -> int:
    """A bug that the public may not see and our key may."""
    if not site.private_group:
        pytest.skip("no private bugs: BUGZILLA_PRIVATE_GROUP names no group in which our key may file bugs")
    return site.file("Of no concern to the public", groups=[site.private_group])


def test_a_private_bug_that_we_may_read_is_absent(site: Site, tracker: int, private_bug: int) -> None:
    answers = site.source().fetch_bugs([private_bug], [tracker], {})
    assert answers == {private_bug: Absent(private_bug, AbsenceReason.PRIVATE)}


def test_a_private_bug_that_we_may_not_read_is_absent(site: Site, tracker: int, private_bug: int) -> None:
    outsider = site.source(key=site.outsider_key)
    answers = outsider.fetch_bugs([private_bug, MISSING_ID], [tracker], {})
    assert answers == {
        private_bug: Absent(private_bug, AbsenceReason.PRIVATE),
        MISSING_ID: Absent(MISSING_ID, AbsenceReason.MISSING),
    }
    with pytest.raises(RequestRefused):
        outsider.fetch_histories([tracker, private_bug])


def test_trackers_are_asked_for_beside_the_bugs_and_left_out_of_the_answer(
    site: Site, tracker: int, crowd: list[int]
) -> None:
    assert site.source().fetch_bugs(crowd[:5], [tracker], {}).keys() == set(crowd[:5])


def test_more_bugs_than_fit_into_a_request(site: Site, tracker: int, crowd: list[int]) -> None:
    answers = site.source(bugzilla_batch_size=2).fetch_bugs(crowd[:7], [tracker], {})
    assert {i: bug.summary for i, bug in answers.items() if isinstance(bug, BugSnapshot)} == {
        bug_id: f"One of many, number {number}" for number, bug_id in enumerate(crowd[:7])
    }


@pytest.mark.parametrize("missing", [(), (MISSING_ID,)], ids=["all there", "one missing"])
def test_more_rows_than_fit_on_a_page(site: Site, tracker: int, crowd: list[int], missing: tuple[int, ...]) -> None:
    # One bug a request, but all the others as trackers beside it: 56 rows, of which 51 come at a time.
    source = site.source(bugzilla_batch_size=1)
    asked = {crowd[-1], *missing}
    assert source.fetch_bugs(asked, [tracker, *crowd], {}).keys() == asked


def test_a_tracker_tells_what_blocks_it(site: Site) -> None:
    tracker, alias = site.tracker("Full")
    ids = {site.file(blocks=[tracker]) for _ in range(3)}
    snapshots = site.source().fetch_trackers([tracker, MISSING_ID])
    assert snapshots.keys() == {tracker}
    assert snapshots[tracker].aliases == (alias,)
    assert snapshots[tracker].depends_on == ids


def test_a_tracker_remembers_the_bugs_that_left_it(site: Site) -> None:
    tracker, _ = site.tracker("Left")
    other, _ = site.tracker("Other")
    stayed, left, came_back, moved = (site.file(blocks=[tracker]) for _ in range(4))
    for bug_id in (left, came_back, moved):
        site.edit(bug_id, blocks={"remove": [tracker]})
    site.edit(moved, blocks={"add": [other]})
    site.pause()
    site.edit(came_back, blocks={"add": [tracker]})
    source = site.source()
    assert source.fetch_former_members([tracker]) == {left, came_back, moved}
    assert source.fetch_former_members([tracker, other]) == {left, came_back, moved}
    assert source.fetch_former_members([other]) == frozenset()
    assert source.fetch_trackers([tracker])[tracker].depends_on == {stayed, came_back}


def test_a_tracker_is_found_by_its_alias(site: Site, blocker: tuple[int, str]) -> None:
    tracker, alias = blocker
    assert site.source().find_tracker_id(alias) == tracker


def test_an_unknown_alias_is_nobodys(site: Site) -> None:
    assert site.source().find_tracker_id(f"bbc{site.run}Nobody") is None


def test_prioritized_bugs_are_found_by_their_flag(site: Site) -> None:
    nominated, closed, plain = site.file(), site.file(), site.file()
    for bug_id in (nominated, closed):
        site.flag(bug_id, "fedora_prioritized_bug")
    site.edit(closed, status="CLOSED", resolution=site.resolution)
    assert site.source().fetch_prioritized_ids() & {nominated, closed, plain} == {nominated}


def test_a_wrong_key_is_refused(site: Site, tracker: int) -> None:
    source = site.source(key="0" * 40)
    with pytest.raises(SourceDenied):
        source.fetch_bugs([tracker], [tracker], {})
    with pytest.raises(SourceDenied):
        source.find_tracker_id("nobody")


def test_public_bugs_can_be_read_without_a_key(site: Site, tracker: int) -> None:
    bug_id = site.file(blocks=[tracker])
    site.edit(bug_id, whiteboard="x")
    source = site.source(key="")
    (bug,) = source.fetch_bugs([bug_id], [tracker], {}).values()
    assert isinstance(bug, BugSnapshot)
    assert bug.blocks == {tracker}
    assert len(source.fetch_histories([bug_id])[bug_id]) == 1


def _said_last(site: Site, bug_id: int) -> str:
    return site.source().fetch_comments(bug_id)[-1].text


def test_one_bug_is_read_singly(site: Site, tracker: int) -> None:
    bug_id = site.file("Read alone", blocks=[tracker])
    assert site.source().fetch_bug(bug_id) == read(site, bug_id, tracker)
    assert site.source().fetch_bug(MISSING_ID) == Absent(MISSING_ID, AbsenceReason.MISSING)


def test_a_private_bug_read_singly_is_absent(site: Site, private_bug: int) -> None:
    for source in (site.source(), site.source(key=site.outsider_key)):
        assert source.fetch_bug(private_bug) == Absent(private_bug, AbsenceReason.PRIVATE)


def test_proposing_is_one_change_of_trackers_comment_and_cc(site: Site, tracker: int) -> None:
    second, _ = site.tracker("Exceptions")
    bug_id = site.file()
    me = read(site, bug_id, tracker).creator
    comment = "First line\n\nJustification – “ünïcode”, עברית & <b>no markup</b>"
    assert site.source().propose_bug(bug_id, tracker_ids=[second, tracker], cc=me, comment=comment)
    assert read(site, bug_id, tracker).blocks == {tracker, second}
    assert _said_last(site, bug_id) == comment
    assert me in site.writer.getbug(bug_id, include_fields=["cc"]).cc
    assert {(entry.field, parse_ids(entry.added)) for entry in history_of(site, bug_id)} == {
        ("blocks", frozenset({tracker, second}))
    }


def test_an_unknown_account_is_left_out_and_the_rest_is_written_once(site: Site, tracker: int) -> None:
    bug_id = site.file()
    unknown = f"nobody-{site.run}@example.test"
    assert not site.source().propose_bug(bug_id, tracker_ids=[tracker], cc=unknown, comment="Said once")
    assert read(site, bug_id, tracker).blocks == {tracker}
    assert [c.text for c in site.source().fetch_comments(bug_id)].count("Said once") == 1
    assert site.writer.getbug(bug_id, include_fields=["cc"]).cc == []


def test_a_proposal_that_is_refused_writes_nothing(site: Site, tracker: int) -> None:
    bug_id = site.file()
    refused = [
        ({"tracker_ids": [bug_id]}, "A circle"),
        ({"tracker_ids": [MISSING_ID]}, "No such tracker"),
        ({"tracker_ids": [tracker]}, "x" * 65_536),
    ]
    for fields, comment in refused:
        with pytest.raises(RequestRefused):
            site.source().propose_bug(bug_id, **fields, cc="", comment=comment)
    with pytest.raises(RequestRefused):
        site.source().propose_bug(MISSING_ID, tracker_ids=[tracker], cc="", comment="No such bug")
    assert read(site, bug_id, tracker).blocks == frozenset()
    assert len(site.source().fetch_comments(bug_id)) == 1


def test_who_is_not_let_in_proposes_nothing(site: Site, tracker: int) -> None:
    bug_id = site.file()
    for key in ("", "0" * 40):
        with pytest.raises(SourceDenied):
            site.source(key=key).propose_bug(bug_id, tracker_ids=[tracker], cc="", comment="Anonymous")
    assert read(site, bug_id, tracker).blocks == frozenset()
