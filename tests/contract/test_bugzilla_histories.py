"""What the service relies on in the histories of a Bugzilla's bugs."""

from __future__ import annotations

import pytest

from bbconsumer.domain.history import parse_ids, replay
from bbconsumer.sources import RequestRefused
from tests.contract.reading import MISSING_ID, history_of, read
from tests.contract.site import Site

pytestmark = pytest.mark.contract


def test_several_histories_at_once_are_the_same_as_one_by_one(site: Site, tracker: int) -> None:
    ids = [site.file() for _ in range(4)]
    for bug_id in ids[:3]:
        site.edit(bug_id, whiteboard=f"mark of {bug_id}")
    together = site.source().fetch_histories(ids)
    assert together == {bug_id: history_of(site, bug_id) for bug_id in ids}
    assert [[entry.added for entry in together[i]] for i in ids] == [[f"mark of {i}"] for i in ids[:3]] + [[]]


def test_a_history_tells_what_whose_and_when(site: Site, tracker: int) -> None:
    bug_id = site.file(whiteboard="RejectedBlocker")
    me = read(site, bug_id, tracker).creator
    site.pause()
    site.edit(bug_id, blocks={"add": [tracker]}, whiteboard="AcceptedBlocker ünïcode", status="ASSIGNED")
    site.pause()
    site.edit(bug_id, blocks={"remove": [tracker]})
    bug, history = read(site, bug_id, tracker), history_of(site, bug_id)
    assert {(entry.field, entry.removed, entry.added) for entry in history[:-1]} == {
        ("blocks", "", str(tracker)),
        ("whiteboard", "RejectedBlocker", "AcceptedBlocker ünïcode"),
        ("status", "NEW", "ASSIGNED"),
    }
    assert (history[-1].field, history[-1].removed, history[-1].added) == ("blocks", str(tracker), "")
    assert {entry.who for entry in history} == {me}
    assert bug.created_at < history[0].at < history[-1].at == bug.last_change_at


def test_several_trackers_in_one_change_are_a_list_of_numbers(site: Site, tracker: int) -> None:
    second, _ = site.tracker("Second")
    bug_id = site.file()
    site.edit(bug_id, blocks={"add": [tracker, second]})
    (entry,) = history_of(site, bug_id)
    assert entry.removed == ""
    assert parse_ids(entry.added) == {tracker, second}


def test_changes_of_one_second_are_merged_and_still_explain_the_present(site: Site, tracker: int) -> None:
    for _ in range(5):
        bug_id = site.file()
        site.pause()
        site.edit(bug_id, blocks={"add": [tracker]}, whiteboard="AcceptedBlocker")
        site.edit(bug_id, blocks={"remove": [tracker]})
        site.edit(bug_id, blocks={"add": [tracker]})
        history = history_of(site, bug_id)
        if len({entry.at for entry in history}) == 1:
            break
    else:
        assert site.is_real, "no machine is so slow that the simulated server is"
        pytest.skip("the server is too slow to make three changes within a second")
    blocks = [entry for entry in history if entry.field == "blocks"]
    assert frozenset().union(*(parse_ids(entry.added) for entry in blocks)) == {tracker}
    assert frozenset().union(*(parse_ids(entry.removed) for entry in blocks)) == {tracker}
    present = list(replay(read(site, bug_id, tracker), history))[-1]
    assert {i for i, span in present.spans.items() if span.closed is None} == {tracker}
    assert present.words.keys() == {"AcceptedBlocker"}


def test_the_history_of_a_missing_bug_is_refused(site: Site, tracker: int) -> None:
    with pytest.raises(RequestRefused):
        site.source().fetch_histories([tracker, MISSING_ID])
