"""Faults on demand: what a client meets when Pagure misbehaves, and how requests are counted."""

import threading
import time
from typing import Any

import pytest
import requests

from bbconsumer.simulator.switches import PAGURE_KINDS, Failure, PagureSwitches, Throttle, kind_of
from tests.services.observe import wait_until
from tests.simulator.pagure_world import ALICE, BOT, PagureWorld, refusal
from tests.simulator.world import TIMEOUT_S, Json

# Much shorter than a real Pagure's 30 seconds, and long enough for what happens before it is over.
OUTAGE_S = 0.6
NEW: Json = {"title": "x", "issue_content": "y"}


def control(pagure: PagureWorld, **wishes: Any) -> Json:
    response = requests.put(f"{pagure.server.url}/_control", json=wishes, timeout=TIMEOUT_S)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("failure", "status", "beginning"),
    [
        (Failure("status", status=503), 503, '{"error":"The simulated server was told to fail."'),
        (Failure("html", status=502), 502, "<!DOCTYPE html>"),
        (Failure("empty"), 200, ""),
        (Failure("truncated"), 200, '{"id"'),
    ],
)
def test_the_next_requests_can_fail(pagure: PagureWorld, failure: Failure, status: int, beginning: str) -> None:
    failure.times = 2
    pagure.server.switches.fail = failure
    answers = [pagure.ask("GET", "") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].text.startswith(beginning)
    with pytest.raises((requests.JSONDecodeError, KeyError)):
        answers[0].json()["id"]


def test_the_connection_can_be_dropped(pagure: PagureWorld) -> None:
    pagure.server.switches.fail = Failure("closed", times=1)
    with pytest.raises(requests.ConnectionError):
        pagure.ask("GET", "")
    assert pagure.ask("GET", "").status_code == 200


def test_requests_can_be_throttled(pagure: PagureWorld) -> None:
    pagure.server.switches.throttle = Throttle(retry_after_s=7, times=1)
    response = pagure.ask("GET", "")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")


def test_answers_can_be_slow(pagure: PagureWorld) -> None:
    pagure.server.switches.update({"slow_s": 0.2, "paths": "/issues$"})
    started = time.monotonic()
    pagure.get("issues")
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("kind", ["html", "status", "empty", "closed"])
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_write_whose_answer_is_lost_may_have_been_carried_out(
    pagure: PagureWorld, kind: Any, carried_out: bool
) -> None:
    pagure.server.switches.fail = Failure(kind, times=1, carried_out=carried_out)
    if kind == "closed":
        with pytest.raises(requests.ConnectionError):
            pagure.ask("POST", "new_issue", form=NEW, user=BOT)
    else:
        pagure.ask("POST", "new_issue", form=NEW, user=BOT)
    assert len(pagure.listed()) == carried_out
    assert pagure.told() == ["new"] * carried_out


def test_an_answer_can_come_after_the_client_has_given_up_on_what_was_done_at_once(pagure: PagureWorld) -> None:
    pagure.server.switches.fail = Failure("late", times=1, late_s=OUTAGE_S)
    with pytest.raises(requests.ReadTimeout):
        pagure.ask("POST", "new_issue", form=NEW, user=BOT, timeout_s=0.2)
    assert len(pagure.listed()) == 1
    pagure.server.switches.fail = Failure("late", times=1, late_s=0.1)
    assert pagure.post("new_issue", **NEW)["message"] == "Issue created"


def test_while_the_broker_is_down_a_write_is_slow_and_succeeds_and_its_message_is_lost(pagure: PagureWorld) -> None:
    pagure.server.switches.broker_down_s = OUTAGE_S
    started = time.monotonic()
    ticket_id = pagure.post("new_issue", **NEW)["issue"]["id"]
    assert time.monotonic() - started >= OUTAGE_S
    pagure.state.comment(pagure.project, ticket_id, "from elsewhere", ALICE)
    assert pagure.told() == []
    pagure.server.switches.reset()
    pagure.post(f"issue/{ticket_id}/comment", comment="x")
    assert pagure.told() == ["comment.added"]


def test_a_client_that_gives_up_sees_its_write_only_after_the_outage(pagure: PagureWorld) -> None:
    pagure.server.switches.broker_down_s = OUTAGE_S
    with pytest.raises(requests.ReadTimeout):
        pagure.ask("POST", "new_issue", form=NEW, user=BOT, timeout_s=0.1)
    assert pagure.listed() == []
    assert wait_until(lambda: len(pagure.listed()) == 1)


def test_reads_and_refused_tokens_are_not_held_up_by_the_broker(pagure: PagureWorld) -> None:
    pagure.server.switches.broker_down_s = TIMEOUT_S * 2
    pagure.get("issues")
    assert pagure.ask_at("-/whoami", "POST", token="alice-token").status_code == 200
    pagure.server.switches.paths = "nothing"
    pagure.post("new_issue", **NEW)


def test_parallel_writes_are_all_carried_out_after_an_outage(pagure: PagureWorld) -> None:
    pagure.server.switches.broker_down_s = OUTAGE_S
    threads = [threading.Thread(target=pagure.post, args=("new_issue",), kwargs=NEW) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pagure.listed() == [3, 2, 1]


@pytest.mark.parametrize("switch", ["lag_s", "lag_edits"])
def test_reads_can_lag_behind(pagure: PagureWorld, switch: str) -> None:
    ticket_id, dropped = pagure.file(), pagure.file()
    pagure.clock.advance(30)
    comment_id = pagure.comment(ticket_id)
    newer = pagure.file()
    pagure.state.drop_ticket(pagure.project, dropped, BOT)
    setattr(pagure.server.switches, switch, 10 if switch == "lag_s" else 3)
    assert pagure.get(f"issue/{ticket_id}")["comments"] == []
    assert refusal(pagure.ask("GET", f"issue/{ticket_id}/comment/{comment_id}")) == (404, "ENOCOMMENT")
    assert refusal(pagure.ask("GET", f"issue/{newer}")) == (404, "ENOISSUE")
    assert pagure.listed() == [dropped, ticket_id]
    pagure.clock.advance(10)
    pagure.server.switches.lag_edits = 0
    assert pagure.listed() == [newer, ticket_id]


def test_tickets_can_vanish_from_a_tokens_sight(pagure: PagureWorld) -> None:
    hidden, other = pagure.file(), pagure.file()
    pagure.server.switches.hide = frozenset({hidden})
    assert pagure.listed(BOT) == [other]
    assert refusal(pagure.ask("GET", f"issue/{hidden}", user=BOT)) == (403, "EISSUENOTALLOWED")
    assert refusal(pagure.ask("POST", f"issue/{hidden}/comment", form={"comment": "x"}, user=BOT))[0] == 403


def test_pages_of_a_list_can_be_cut_without_a_word(pagure: PagureWorld) -> None:
    for _ in range(3):
        pagure.post("new_issue", **NEW)
    whole = pagure.get("issues")
    pagure.server.switches.row_limit = 2
    cut = pagure.get("issues")
    assert (cut["issues"], cut["total_issues"]) == (whole["issues"][:2], 2)
    assert cut["pagination"] == whole["pagination"]


def test_lists_can_come_back_empty(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    pagure.server.switches.empty = True
    assert pagure.get("issues")["pagination"]["pages"] == 0
    assert pagure.get(f"issue/{ticket_id}")["id"] == ticket_id


def test_messages_can_be_lost_while_edits_happen(pagure: PagureWorld) -> None:
    pagure.server.switches.lose_messages = True
    ticket_id = pagure.file()
    pagure.server.switches.reset()
    pagure.comment(ticket_id)
    assert pagure.told() == ["comment.added"]


def test_faults_are_switched_over_http_and_shown(pagure: PagureWorld) -> None:
    account = control(pagure, broker_down_s=30, fail={"kind": "late", "late_s": 2}, hide=[7])
    assert account["switches"]["broker_down_s"] == 30
    assert (account["switches"]["hide"], account["switches"]["fail"]["late_s"]) == ([7], 2)
    assert control(pagure, reset=True)["switches"] == PagureSwitches().as_json()
    refused = requests.put(f"{pagure.server.url}/_control", json={"refuse_history_ids": True}, timeout=TIMEOUT_S)
    assert refused.status_code == 400


def test_requests_are_counted_by_kind(pagure: PagureWorld) -> None:
    ticket_id = pagure.post("new_issue", **NEW)["issue"]["id"]
    pagure.get("issues")
    pagure.get("issues", page=2)
    pagure.get(f"issue/{ticket_id}")
    comment_id = pagure.comment(ticket_id)
    pagure.get(f"issue/{ticket_id}/comment/{comment_id}")
    pagure.post(f"issue/{ticket_id}", **NEW)
    pagure.post(f"issue/{ticket_id}/comment", comment="x")
    pagure.post(f"issue/{ticket_id}/status", status="Closed")
    pagure.get("")
    account = control(pagure)
    assert (
        account["requests"]["by_kind"]
        == pagure.server.requests.by_kind()
        == {
            "new_issue": 1,
            "issues": 2,
            "issue": 1,
            "lone_comment": 1,
            "edit": 1,
            "comment": 1,
            "status": 1,
            "project": 1,
        }
    )


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/api/0/-/whoami", "whoami"),
        ("GET", "/api/0/a/b/contributors", "contributors"),
        ("GET", "/api/0/a/tags", "tags"),
        ("POST", "/api/0/a/b/issue/1/assign", "assign"),
        ("GET", "/a/b/issue/1", "page"),
        ("DELETE", "/api/0/a/issue/1", "other"),
    ],
)
def test_each_kind_of_request_has_a_name(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path, PAGURE_KINDS) == kind
