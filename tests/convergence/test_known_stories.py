"""Stories that once ended badly, or that chance tells too seldom."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbconsumer.simulator.cast import PRIVATE_GROUP
from tests.convergence.stage import staged
from tests.convergence.story import BETA_BLOCKER, Deliver, Edit, Filing, Lag, Move, Step, Story, TimePasses, Vanish
from tests.convergence.truth import load

_ADD, _REMOVE = {"blocks": {"add": [BETA_BLOCKER]}}, {"blocks": {"remove": [BETA_BLOCKER]}}
_PROPOSED = Filing({"blocks": [BETA_BLOCKER]}, 1)
_PROPOSED_IN_PRIVATE = Filing({"blocks": [BETA_BLOCKER], "groups": [PRIVATE_GROUP]}, 1)
_READ: tuple[Step, ...] = (Deliver(0, again=False),) * 6 + (Move(0),) * 5
# From its start through the trackers, their histories and the prioritized bugs, and through one batch of bugs.
_SYNC: tuple[Step, ...] = (Move(2),) * 11
# A worker has bug and history, and has stored nothing yet.
_TAKEN: tuple[Step, ...] = (Deliver(0, again=False),) * 6 + (Move(0),) * 4
# The last sync begins by itself. So far, and it has marked and taken its keys; one more, and it has read the bugs.
_SYNC_MARKS: tuple[Step, ...] = (Move(2),) * 6
_SYNC_READS: tuple[Step, ...] = (Move(2),) * 7


def _live(*steps: Step, finale: tuple[Step, ...] = ()) -> Story:
    return Story(is_live=True, has_key=False, batch_size=300, filings=(), steps=steps, finale=finale)


def _past(*steps: Step, finale: tuple[Step, ...] = ()) -> Story:
    return Story(is_live=False, has_key=False, batch_size=300, filings=(), steps=steps, finale=finale)


STORIES = {
    "a history that lagged behind its bug is read again": _live(
        Filing({}, 1), Edit(0, _ADD, 1), Lag(1, only_history=True), *_READ, Lag(0, only_history=True)
    ),
    "a bug left and came back in the second in which it was read, and its answer is the same": _live(
        _PROPOSED, Edit(0, {"summary": "Seen"}, 1), *_READ, Edit(0, _REMOVE, 0), Edit(0, _ADD, 0)
    ),
    "a bug left its tracker in the second in which it was filed": _live(_PROPOSED, Edit(0, _REMOVE, 0)),
    "a bug came and went in the second in which the sync read the tracker": _live(
        _PROPOSED, *_SYNC, Filing({"blocks": [BETA_BLOCKER]}, 0), Edit(1, _REMOVE, 0)
    ),
    "the history of a tracker lagged behind the tracker": _live(
        _PROPOSED, Edit(0, _REMOVE, 1), Lag(1, only_history=True), *_SYNC, Lag(0, only_history=True)
    ),
    "a bug left its tracker while it was private, and came to light without a message": _past(
        _PROPOSED_IN_PRIVATE, *_SYNC, Edit(0, _REMOVE, 1), *_SYNC, Edit(0, {"groups": []}, 1)
    ),
    "a bug that a replica did not have yet became private": _live(
        _PROPOSED, *_READ, Lag(1, only_history=False), *_SYNC, Edit(0, {"groups": [PRIVATE_GROUP]}, 1)
    ),
    "a worker has an old answer when the sync marks the bug": _past(
        _PROPOSED, *_TAKEN, Edit(0, _REMOVE, 1), finale=(*_SYNC_MARKS, Move(0))
    ),
    "a worker that lost its lease comes to its end while the sync has the bug": _past(
        _PROPOSED, *_TAKEN, Edit(0, _REMOVE, 1), TimePasses(), finale=(*_SYNC_READS, Move(0))
    ),
    "a bug moved and was prioritized in the second in which it was filed": _live(
        Filing({"flags": [{"name": "fedora_prioritized_bug", "status": "?"}]}, 1), Edit(0, {"component": "anaconda"}, 0)
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_one_sync_makes_it_right(story: Story, prepared: Path, tmp_path: Path) -> None:
    with staged(story, tmp_path, prepared) as stage:
        truth = stage.end()
        assert stage.end_tried(story.finale) == ""
        assert stage.differences(truth) == []


def test_a_key_that_fails_after_a_sync_has_asked_for_it_does_not_make_the_sync_wait(
    prepared: Path, tmp_path: Path
) -> None:
    # The bug can no longer be read when the worker asks for its history; the sync has everything else done by then.
    begun = (*(Deliver(0, again=False),) * 6, *(Move(0),) * 3, Vanish(0))
    with staged(_past(_PROPOSED, *begun, *_SYNC, Move(0), *(Move(2),) * 4), tmp_path, prepared) as stage:
        assert stage.tried.sync_problems() == [""]


def test_a_worker_that_lost_its_lease_does_not_replace_what_another_is_about_to_store(
    prepared: Path, tmp_path: Path
) -> None:
    # No message and no sync tells of the change: only by its token the first worker can know that its answer is old.
    another = (TimePasses(), Edit(0, {"summary": "Seen by the second"}, 1), *(Move(1),) * 4)
    with staged(_past(_PROPOSED, *_TAKEN, *another, Move(0), Move(1)), tmp_path, prepared) as stage:
        (bug_id,) = stage.scene.bug_ids
        assert load(stage.tried.database).bugs[bug_id]["summary"] == "Seen by the second"
