"""Proposing over real processes: two of the web, a worker, PostgreSQL. What was proposed is on the list at once."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from pathlib import Path

import requests
from markupsafe import escape

from bbconsumer.config import openshift_config
from bbconsumer.simulator.cast import SERVICE_KEY
from bbconsumer.simulator.scenario import build_release
from bbconsumer.simulator.server import SimulatedBugzilla
from bbconsumer.simulator.switches import BugzillaSwitches
from tests.end_to_end.deployment import deployed, eventually
from web.sessions import Sessions

ORIGIN = "http://127.0.0.1"
ENVIRONMENT = {
    "PAGURE_ENABLED": "0",
    "BODHI_ENABLED": "0",
    "BLOCKERBUGS_URL": f"{ORIGIN}/blockerbugs",
    "BUGZILLA_API_KEY": SERVICE_KEY,
    "PROPOSALS_ENABLED": "1",
    "SECRET_KEY": "k" * 32,
    "OIDC_ISSUER": "http://127.0.0.1:1/openidc",
    "OIDC_CLIENT_ID": "blockerbugs",
    "OIDC_CLIENT_SECRET": "hush",
}


def _browser() -> requests.Session:
    """Somebody who has just signed in."""
    sessions = Sessions(openshift_config(ENVIRONMENT), lambda: datetime.now(UTC))
    session = requests.Session()
    session.headers.update({"Cookie": f"{sessions.cookie.name}={sessions.seal('alice', ())}", "Origin": ORIGIN})
    return session


def test_a_form_that_two_processes_are_sent_is_one_proposal_and_is_on_the_list(
    postgresql_url: str, tmp_path: Path
) -> None:
    scenario = build_release(7, unrelated=20)
    bugs = [scenario.state.bug(bug_id) for bug_id in scenario.unrelated_ids]
    bug_id, title = next((b.id, b.summary) for b in bugs if b.is_open and not b.is_private and b.product == "Fedora")
    with SimulatedBugzilla(scenario.state) as bugzilla:
        environment = {**ENVIRONMENT, "DATABASE_URL": postgresql_url, "BUGZILLA_URL": bugzilla.url}
        with deployed(environment, tmp_path) as deployment:
            for arguments in (["upgrade_db"], ["add_milestone", "45", "beta", "--current"]):
                assert deployment.run(*arguments).returncode == 0, deployment.output()
            webs = [deployment.start_web(), deployment.start_web()]
            deployment.start("work")
            answers = _send_to_both(webs, bug_id, bugzilla.switches)
            buglist = f"{webs[1]}/blockerbugs/milestone/45/beta/buglist"
            # The worker was only just started.
            page = eventually(lambda: _page_with(f"/blockerbugs/bug/{bug_id}", buglist))
        comments = [c.text for c in scenario.state.ledger.comments(bug_id, scenario.state.ledger.edits.count)]
    assert [answer.status_code for answer in answers] == [303, 303], [answer.text for answer in answers]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert [text.startswith("Proposed as a Blocker for 45-beta by alice ") for text in comments].count(True) == 1
    assert escape(title) in page


def _page_with(text: str, address: str) -> str:
    page = requests.get(address, timeout=30).text
    return page if text in page else ""


def _send_to_both(webs: list[str], bug_id: int, switches: BugzillaSwitches) -> list[requests.Response]:
    """Get the form from one process and send it to both at the same moment; gives the answers."""
    form = _browser().get(f"{webs[0]}/blockerbugs/propose_bug", timeout=30).text
    match = re.search(r'name="id" value="([0-9a-f]{32})"', form)
    assert match, form
    fields = {
        "id": match[1],
        "action": "send",
        "bug": str(bug_id),
        "milestone": "45-beta",
        "kinds": "blocker",
        "criterion": "Must boot",
        "justification": "It does not boot.",
    }
    switches.update({"paths": "PUT", "slow_s": 0.5})
    answers: list[requests.Response] = []
    ready = threading.Barrier(len(webs))

    def send(web: str) -> None:
        with _browser() as browser:
            ready.wait()
            address = f"{web}/blockerbugs/propose_bug"
            answers.append(browser.post(address, data=fields, allow_redirects=False, timeout=60))

    threads = [threading.Thread(target=send, args=[web]) for web in webs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
