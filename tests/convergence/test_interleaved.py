"""In one process, on SQLite: two workers and a sync are interleaved with edits and messages in every order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.convergence.service import let_time_pass
from tests.convergence.size import CIRCUMSTANCES, SIZE, told
from tests.convergence.stage import staged
from tests.convergence.story import stories, with_exodus

in_all_circumstances = pytest.mark.parametrize(("is_live", "has_key", "batch_size"), CIRCUMSTANCES)


@in_all_circumstances
@told(SIZE.stories)
@given(data=st.data())
def test_one_sync_makes_everything_right_whatever_happened_before(
    data: st.DataObject,
    is_live: bool,
    has_key: bool,
    batch_size: int,
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    story = data.draw(stories(is_live=is_live, has_key=has_key, batch_size=batch_size))
    with staged(story, tmp_path_factory.mktemp("story"), prepared) as stage:
        truth = stage.end()
        assert stage.end_tried(story.finale) == ""
        assert stage.differences(truth) == []
        stage.tried.end_workers()
        assert stage.differences(truth) == [], "a worker that lost its lease has stored something"


@in_all_circumstances
@told(SIZE.gate_stories)
@given(data=st.data())
def test_a_removal_gate_that_trips_loses_nothing(
    data: st.DataObject,
    is_live: bool,
    has_key: bool,
    batch_size: int,
    prepared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    story = with_exodus(data.draw(stories(is_live=is_live, has_key=has_key, batch_size=batch_size)))
    with staged(story, tmp_path_factory.mktemp("story"), prepared, trips=True) as stage:
        truth = stage.end()
        stage.end_tried(story.finale)
        let_time_pass(stage.tried.database)
        assert stage.tried.sync(accept_removals=True).problem == ""
        assert stage.differences(truth) == []
