"""The whole circle of a review on real parts: a proposal gets a ticket, votes reach the page, a decision Bugzilla."""

from __future__ import annotations

import html
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import requests

from bbconsumer.simulator.amqp import AmqpPublisher
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_cast import WEBHOOK_KEY
from bbconsumer.simulator.pagure_records import CLOSED, OPEN, Ticket
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.simulator.scenario import Scenario, build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from tests.conftest import FIGURE
from tests.end_to_end.deployment import Deployment, deployed, eventually
from tests.long import IS_LONG
from tests.review.world import BOT, REPO, SECRETARY, TOKEN
from tests.services.rabbitmq import RabbitMQ

PREFIX = "/blockerbugs"
VOTERS = ("alice", "bob", "erin", "frida")
VOTES = 100 if IS_LONG else 25


@dataclass
class Circle:
    """Everything that runs, and the bug that people talk about."""

    scenario: Scenario
    bugzilla: SimulatedBugzilla
    pagure: SimulatedPagure
    deployment: Deployment
    web_url: str
    bug_id: int

    def say(self, ticket_id: int, text: str, who: str) -> int:
        """Comment on a ticket."""
        return self.pagure.state.comment(REPO, ticket_id, text, who)

    def page(self) -> str:
        """The words of the bug's page."""
        answer = requests.get(f"{self.web_url}{PREFIX}/bug/{self.bug_id}", timeout=10)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())

    def tickets(self) -> list[Ticket]:
        """The tickets about the bug, as they stand at Pagure."""
        tickets = sorted(self.pagure.state.tickets.all(), key=lambda ticket: ticket.id)
        return [ticket for ticket in tickets if str(self.bug_id) in ticket.title]

    def sync(self) -> None:
        """Run a whole sync."""
        done = self.deployment.run("sync")
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _circle(postgresql_url: str, rabbitmq: RabbitMQ, folder: Path, *, writes: bool) -> Iterator[Circle]:
    scenario = build_release(7, unrelated=20)
    state = Pagure()
    for name in (*VOTERS, SECRETARY, "dave", BOT):
        state.add_user(name, token=TOKEN if name == BOT else "")
    state.add_project(REPO, "dave", users={"commit": [SECRETARY, BOT]}, close_statuses=["Closed"])
    with SimulatedBugzilla(scenario.state) as bugzilla, SimulatedPagure(state) as pagure:
        environment = {
            "DATABASE_URL": postgresql_url,
            "BLOCKERBUGS_URL": f"http://127.0.0.1{PREFIX}",
            "BUGZILLA_URL": bugzilla.url,
            "BUGZILLA_API_KEY": SERVICE_KEY,
            "BODHI_ENABLED": "0",
            "PAGURE_URL": pagure.url,
            "PAGURE_API": pagure.api_url,
            "PAGURE_REPO": REPO,
            "PAGURE_REPO_TOKEN": TOKEN,
            "PAGURE_BOT_ENABLED": str(int(writes)),
            "DECISIONS_WRITE_BACK": str(int(writes)),
            "PAGURE_REPO_WEBHOOK_KEY": WEBHOOK_KEY,
            "TICKETS_OPENED_MAX": "1000",
        }
        with deployed(environment, folder) as deployment, AmqpPublisher(rabbitmq.url) as publisher:
            for arguments in (["upgrade_db"], ["add_milestone", "45", "beta", "--current"], ["sync"]):
                done = deployment.run(*arguments)
                assert done.returncode == 0, done.stderr
            web_url = deployment.start_web()
            deployment.start_consumer(rabbitmq.url, queue := f"bbconsumer-{uuid4()}")
            eventually(lambda: rabbitmq.has_queue(queue))
            bugzilla.on_message(publisher.publish)
            pagure.on_message(publisher.publish)
            yield Circle(scenario, bugzilla, pagure, deployment, web_url, scenario.unrelated_ids[3])


def _propose(circle: Circle) -> None:
    circle.bugzilla.state.update_bug([circle.bug_id], {"blocks": {"add": ["F45BetaBlocker"]}}, "alice@example.test")


def _shows_vote(circle: Circle, vote: str) -> bool:
    return re.search(rf"BetaBlocker \([^()]*\) \([^()]*{re.escape(vote)}", circle.page()) is not None


def test_a_review_goes_its_whole_way(postgresql_url: str, rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    with _circle(postgresql_url, rabbitmq, tmp_path, writes=True) as circle:
        _propose(circle)
        (ticket,) = eventually(circle.tickets)
        eventually(lambda: "needs 3 more votes" in circle.page())
        first = circle.say(ticket.id, "BetaBlocker +1", "alice")
        circle.say(ticket.id, "BetaBlocker +1 for sure", "bob")
        eventually(lambda: "BetaBlocker (+1, 0, -0) (+alice)" in circle.page())
        eventually(lambda: "has other words: “for sure”" in circle.page())
        circle.pagure.state.edit_comment(REPO, ticket.id, first, "BetaBlocker -1", "alice")
        eventually(lambda: "BetaBlocker (+0, 0, -1) (-alice)" in circle.page())
        # Of a deleted comment no message tells.
        circle.pagure.state.delete_comment(REPO, ticket.id, first)
        circle.sync()
        assert "-alice" not in circle.page()
        circle.say(ticket.id, "AGREED AcceptedBetaBlocker", "bob")
        eventually(lambda: "counts only from people with commit rights" in circle.page())
        for voter in VOTERS:
            circle.say(ticket.id, "BetaBlocker -1", voter)
        eventually(lambda: "ready to reject" in circle.page())
        circle.say(ticket.id, "REVOTE BetaBlocker", SECRETARY)
        eventually(lambda: "ready to reject" not in circle.page())
        circle.say(ticket.id, "AGREED AcceptedBetaBlocker", SECRETARY)
        eventually(lambda: "AcceptedBlocker" in circle.bugzilla.state.bug(circle.bug_id).whiteboard)
        eventually(lambda: "Accepted Blocker" in circle.page())
        eventually(lambda: circle.tickets()[0].status == CLOSED)


def test_with_both_switches_off_a_decision_is_shown_and_nothing_is_written(
    postgresql_url: str, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    with _circle(postgresql_url, rabbitmq, tmp_path, writes=False) as circle:
        ticket_id = circle.pagure.state.create_ticket(REPO, f"[{circle.bug_id}] by hand", "Mine.", "alice")
        _propose(circle)
        circle.say(ticket_id, "AGREED AcceptedBetaBlocker", SECRETARY)
        eventually(lambda: "not yet recorded in Bugzilla" in circle.page())
        circle.sync()
        (ticket,) = circle.tickets()
        assert (ticket.status, ticket.content) == (OPEN, "Mine.")
        assert "AcceptedBlocker" not in circle.bugzilla.state.bug(circle.bug_id).whiteboard


def test_a_webhook_brings_a_vote_to_the_page_when_the_bus_does_not(
    postgresql_url: str, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    with _circle(postgresql_url, rabbitmq, tmp_path, writes=False) as circle:
        _propose(circle)
        circle.pagure.switches.lose_messages = True
        circle.pagure.call_webhook(REPO, f"{circle.web_url}{PREFIX}/api/v0/webhook", WEBHOOK_KEY)
        ticket_id = circle.pagure.state.create_ticket(REPO, f"[{circle.bug_id}] by hand", "", "alice")
        circle.say(ticket_id, "BetaBlocker +1", "alice")
        eventually(lambda: "BetaBlocker (+1, 0, -0) (+alice)" in circle.page())


def test_a_vote_is_on_the_page_soon(
    postgresql_url: str, rabbitmq: RabbitMQ, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with _circle(postgresql_url, rabbitmq, tmp_path, writes=True) as circle:
        _propose(circle)
        (ticket,) = eventually(circle.tickets)
        eventually(lambda: "needs 3 more votes" in circle.page())
        waits_s = []
        for number in range(VOTES):
            voter, sign = VOTERS[number % len(VOTERS)], "+-"[number // len(VOTERS) % 2]
            started = time.monotonic()
            circle.say(ticket.id, f"BetaBlocker {sign}1", voter)
            eventually(partial(_shows_vote, circle, f"{sign}{voter}"))
            waits_s.append(time.monotonic() - started)
    median_ms, worst_ms = statistics.median(waits_s) * 1000, max(waits_s) * 1000
    record_property(
        FIGURE, f"{VOTES} votes, each on the page: median {median_ms:.0f} ms, worst {worst_ms:.0f} ms after it was cast"
    )
