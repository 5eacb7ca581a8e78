"""Faults on demand: what a client meets when Bugzilla misbehaves, and how requests are counted."""

import time
from typing import Any

import pytest
import requests

from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.switches import BugzillaSwitches, Failure, Throttle, kind_of
from tests.services.observe import wait_until
from tests.simulator.world import ALICE, KEYS, TIMEOUT_S, TRACKER, World


def control(world: World, **wishes: Any) -> dict[str, Any]:
    response = requests.put(f"{world.server.url}/_control", json=wishes, timeout=TIMEOUT_S)
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_results_can_be_cut_without_a_word(world: World) -> None:
    for _ in range(10):
        world.file(blocks=[TRACKER])
    world.server.switches.row_limit = 3
    answer = world.get("bug", blocks=TRACKER, limit=100)
    assert (len(answer["bugs"]), answer["total_matches"], answer["limit"]) == (3, 10, 100)


@pytest.mark.parametrize("switch", ["lag_s", "lag_edits"])
def test_reads_can_lag_behind(world: World, switch: str) -> None:
    bug_id = world.file()
    world.clock.advance(30)
    world.edit(bug_id, whiteboard="AcceptedBlocker", comment="x")
    newer = world.file(blocks=[TRACKER])
    setattr(world.server.switches, switch, 10 if switch == "lag_s" else 2)
    assert world.get(f"bug/{bug_id}")["bugs"][0]["whiteboard"] == ""
    assert world.history(bug_id) == []
    assert len(world.get(f"bug/{bug_id}/comment")["bugs"][str(bug_id)]["comments"]) == 1
    assert world.found(blocks=TRACKER) == world.found(id=newer) == []
    assert world.ask("GET", f"rest/bug/{newer}").json()["code"] == 101
    world.clock.advance(10)
    world.server.switches.lag_edits = 0
    assert world.found(blocks=TRACKER) == [newer]


@pytest.mark.parametrize(
    ("failure", "status", "beginning"),
    [
        (Failure("status", status=503, code=32000, message="x"), 503, '{"error":true,"code":32000'),
        (Failure("100500"), 200, '{"error":true,"code":100500'),
        (Failure("html", status=502), 502, "<!DOCTYPE html>"),
        (Failure("empty"), 200, ""),
    ],
)
def test_the_next_requests_can_fail(world: World, failure: Failure, status: int, beginning: str) -> None:
    failure.times = 2
    world.server.switches.fail = failure
    answers = [world.ask("GET", "rest/version") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].text.startswith(beginning)
    assert bool(answers[0].text) == bool(beginning)


def test_an_answer_can_be_cut_in_half(world: World) -> None:
    world.server.switches.fail = Failure("truncated", times=1)
    response = world.ask("GET", f"rest/bug/{TRACKER}")
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_the_connection_can_be_dropped(world: World) -> None:
    world.server.switches.fail = Failure("closed", times=1)
    with pytest.raises(requests.ConnectionError):
        world.ask("GET", "rest/version")
    assert world.ask("GET", "rest/version").status_code == 200


@pytest.mark.parametrize(("carried_out", "whiteboard"), [(False, ""), (True, "AcceptedBlocker")])
def test_a_failed_write_may_have_been_carried_out(world: World, carried_out: bool, whiteboard: str) -> None:
    bug_id = world.file()
    world.server.switches.fail = Failure("html", times=1, carried_out=carried_out)
    assert world.ask("PUT", f"rest/bug/{bug_id}", body={"whiteboard": "AcceptedBlocker"}).status_code == 500
    assert world.state.bug(bug_id).whiteboard == whiteboard


def test_a_share_of_the_requests_can_fail(world: World) -> None:
    world.server.switches.fail = Failure("empty", share=0.5)
    empty = [not world.ask("GET", "rest/version").content for _ in range(20)]
    assert 0 < sum(empty) < 20


def test_an_idle_connection_can_hold_the_last_worker() -> None:
    with SimulatedBugzilla(workers=1) as server, requests.Session() as idle:
        assert idle.get(f"{server.url}/rest/version", timeout=TIMEOUT_S).status_code == 200
        assert requests.get(f"{server.url}/rest/version", timeout=TIMEOUT_S).status_code == 503
        idle.close()
        assert wait_until(lambda: requests.get(f"{server.url}/rest/version", timeout=TIMEOUT_S).status_code == 200)


def test_requests_can_be_throttled(world: World) -> None:
    world.server.switches.throttle = Throttle(retry_after_s=7, times=1)
    response = world.ask("GET", "rest/version")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert world.ask("GET", "rest/version").status_code == 200


def test_bugs_can_vanish_from_a_keys_sight(world: World) -> None:
    bug_id = world.file(blocks=[TRACKER])
    world.server.switches.hide = frozenset({bug_id})
    assert world.found(id=f"{bug_id},{TRACKER}") == [TRACKER]
    for method, path in (("GET", ""), ("GET", "/history"), ("PUT", "")):
        response = world.ask(method, f"rest/bug/{bug_id}{path}", body={"whiteboard": "x"})
        assert (response.status_code, response.json()["code"]) == (401, 102)


def test_searches_can_come_back_empty(world: World) -> None:
    world.server.switches.empty = True
    assert world.get("bug", id=TRACKER) == {"bugs": [], "total_matches": 0, "limit": 20, "offset": 0}
    assert world.get(f"bug/{TRACKER}")["bugs"]


def test_further_history_ids_can_be_ignored(world: World) -> None:
    world.server.switches.refuse_history_ids = True
    answer = world.get(f"bug/{TRACKER}/history", ids=["2"])
    assert [bug["id"] for bug in answer["bugs"]] == [TRACKER]


def test_answers_can_be_slow_without_holding_up_others(world: World) -> None:
    world.server.switches.update({"slow_s": 0.3, "paths": r"GET /rest/bug"})
    started = time.monotonic()
    world.ask("GET", "rest/version")
    assert time.monotonic() - started < 0.3
    world.ask("GET", "rest/bug/1")
    assert time.monotonic() - started >= 0.3


def test_messages_can_be_lost_while_edits_happen(world: World) -> None:
    world.server.switches.lose_messages = True
    bug_id = world.file()
    world.server.switches.reset()
    world.edit(bug_id, status="ASSIGNED")
    assert [body["event"]["action"] for _, body in world.messages] == ["modify"]


def test_faults_hit_only_the_paths_that_are_named(world: World) -> None:
    world.server.switches.update({"paths": "/history$", "fail": {"kind": "status", "status": 500}})
    assert world.ask("GET", f"rest/bug/{TRACKER}").status_code == 200
    assert world.ask("GET", f"rest/bug/{TRACKER}/history").status_code == 500


def test_faults_are_switched_over_http_and_shown(world: World) -> None:
    account = control(world, fail={"kind": "html", "status": 500, "times": 1}, hide=[7], row_limit=5)
    assert account["switches"]["hide"] == [7]
    assert account["switches"]["fail"]["kind"] == "html"
    assert world.ask("GET", "rest/version").status_code == 500
    after = requests.get(f"{world.server.url}/_control", timeout=TIMEOUT_S).json()
    assert after["switches"]["fail"] is None
    assert control(world, reset=True)["switches"] == BugzillaSwitches().as_json()


@pytest.mark.parametrize("wishes", [{"no_such_switch": 1}, {"fail": {"kind": "nonsense"}}, {"throttle": {"x": 1}}])
def test_an_unknown_switch_is_an_error(world: World, wishes: dict[str, Any]) -> None:
    response = requests.put(f"{world.server.url}/_control", json=wishes, timeout=TIMEOUT_S)
    assert response.status_code == 400
    assert world.server.switches == BugzillaSwitches()


def test_requests_are_counted_by_kind_and_the_control_page_is_not(world: World) -> None:
    world.get("version")
    world.get("bug", id=1)
    world.get("bug", id=2)
    world.ask("PUT", "rest/bug/1", body={"whiteboard": "x"})
    world.ask("POST", "rest/bug/1/comment", body={"comment": "x"})
    world.get("bug/1/history")
    account = control(world)
    assert account["requests"]["total"] == world.server.requests.count() == 6
    assert account["requests"]["by_kind"] == {"version": 1, "search": 2, "update": 1, "comment": 1, "history": 1}
    assert world.server.requests.count("search") == 2
    assert control(world, clear_requests=True)["requests"]["total"] == 0


def test_the_request_log_holds_no_api_key(world: World) -> None:
    world.ask("GET", "rest/bug", {"id": 1, "Bugzilla_api_key": KEYS[ALICE]}, key="")
    (asked,) = world.server.requests.all()
    assert (asked.kind, asked.path) == ("search", "/rest/bug")
    assert KEYS[ALICE] not in asked.query


def test_what_no_kind_fits_is_counted_as_other() -> None:
    assert kind_of("DELETE", "/rest/bug/1") == "other"
