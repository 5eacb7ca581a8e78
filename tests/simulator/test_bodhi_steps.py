"""What goes on at Bodhi: reproducible, about bugs that people see, told on the bus, and true."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any

import pytest

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_steps import UpdateStep, steps
from bbconsumer.simulator.scenario import Scenario, build_release

NOW = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)
STEPS = 200


@pytest.fixture(scope="module")
def release() -> Scenario:
    return build_release(1, lambda: NOW, unrelated=5)


@pytest.fixture
def bodhi(release: Scenario) -> Bodhi:
    """With an update for one bug that is listed, and one that is private."""
    return build_updates([release.notable[name] for name in ("accepted_on_qa", "went_private")], clock=lambda: NOW)


def told(bodhi: Bodhi, release: Scenario) -> list[UpdateStep]:
    """Steps until nothing is left to do."""
    run = steps(bodhi, release.state, release.tracker_ids, Random(1))
    return [step for step in islice(run, STEPS) if step is not None]


def test_the_same_seed_tells_the_same_story(release: Scenario) -> None:
    first, second = (told(build_updates([], clock=lambda: NOW), release) for _ in range(2))
    assert first == second


def test_updates_go_all_the_way_from_an_accepted_bug_until_nothing_is_left_to_do(
    bodhi: Bodhi, release: Scenario
) -> None:
    kinds = ("submitted", "pushed to testing", "gave karma +1", "gave karma -1", "asked for stable", "pushed to stable")
    made = told(bodhi, release)
    assert {kind for kind in kinds if any(kind in step.description for step in made)} == set(kinds)
    assert len(made) < STEPS


def test_only_accepted_bugs_get_updates_and_only_bugs_that_people_see_are_named(
    bodhi: Bodhi, release: Scenario
) -> None:
    made = told(bodhi, release)
    bugs = {step.bug_id: release.state.bug(step.bug_id) for step in made}
    assert not [bug for bug in bugs.values() if bug.is_private]
    submitted = [bugs[step.bug_id] for step in made if "submitted" in step.description]
    assert submitted
    assert all("accepted" in bug.whiteboard.lower() and bug.is_open for bug in submitted)


def test_each_step_is_told_and_says_what_is_then_true(bodhi: Bodhi, release: Scenario) -> None:
    bodies: list[dict[str, Any]] = []
    bodhi.on_message(lambda _topic, body: bodies.append(body))
    for step in islice(steps(bodhi, release.state, release.tracker_ids, Random(2)), 60):
        assert step is not None
        update = bodhi.update(step.alias)
        request = f", {update.request} requested" if update.request else ""
        assert step.visible == f"{update.alias} {update.status}{request}, karma {update.karma}"
        assert step.bug_id in update.bugs
        named = [body.get("update") or body["comment"]["update"] for body in bodies]
        assert {each["alias"] for each in named} == {step.alias}
        bodies.clear()
