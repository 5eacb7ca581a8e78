"""What may change something is taken from our own pages only."""

from __future__ import annotations

import pytest

from bbconsumer.db.session import Database
from tests.web.client import Client
from tests.web.reading import PREFIX, Page
from tests.web.signed_in import settings_with_sign_in, sign_in
from tests.web.world import NOW
from web.app import create_app

SETTINGS = settings_with_sign_in()
OURS = SETTINGS.origin


@pytest.fixture
def client(database: Database) -> Client:
    """A browser of somebody who has signed in."""
    client = Client(create_app(SETTINGS, database, clock=lambda: NOW), follow_redirects=False)
    sign_in(client, SETTINGS)
    return client


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": OURS}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": OURS}, True),
        ({}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://wiki.fedoraproject.org"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example.test"}, False),
        ({"Sec-Fetch-Site": "none", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "SAME-ORIGIN"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": f"{OURS}.evil.example.test"}, False),
        ({"Origin": f"{OURS}:8443"}, False),
        ({"Origin": OURS.replace("https", "http")}, False),
        ({"Referer": f"{OURS}{PREFIX}/"}, False),
    ],
)
def test_a_post_is_taken_only_from_our_own_pages(client: Client, headers: dict[str, str], is_taken: bool) -> None:
    answer = client.post(f"{PREFIX}/logout", headers=headers)
    assert answer.status_code == (303 if is_taken else 403)
    if not is_taken:
        assert "set-cookie" not in answer.headers
        assert Page(answer.text).title == "This request does not come from this site – Blocker Bugs"
        assert f"only from pages of this service, at {OURS}," in answer.text
        assert answer.headers["content-security-policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "post", "PROPFIND", "X-ANYTHING"])
@pytest.mark.parametrize(
    "path", ["/logout", "/", "/nothing", "/api/v1/milestones", "/api/v0/webhook/", "/static/site.css"]
)
def test_whatever_the_method_and_the_address(client: Client, method: str, path: str) -> None:
    answer = client.request(method, PREFIX + path, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    is_of_api = path.startswith("/api/")
    assert answer.headers["content-type"].startswith("application/problem+json" if is_of_api else "text/html")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_whatever_only_reads_may_come_from_anywhere(client: Client, method: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.test"}
    assert client.request(method, f"{PREFIX}/logout", headers=headers).status_code == 405


def test_the_signed_webhook_answers_for_itself(client: Client) -> None:
    answer = client.post(f"{PREFIX}/api/v0/webhook", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, "no key is set up here" in answer.text) == (503, True)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("qa.fedoraproject.org", 200),
        ("qa.fedoraproject.org:443", 200),
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("evil.example.test", 400),
        ("qa.fedoraproject.org.evil.example.test", 400),
        ("wiki.fedoraproject.org", 400),
        ("", 400),
    ],
)
def test_only_our_own_names_are_answered_to(client: Client, host: str, status: int) -> None:
    answer = client.get(f"{PREFIX}/status", headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["content-security-policy"]
    # The platform asks the pod by its address.
    assert client.get("/healthz/live", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("path", "led_to"), [("/blockerbugs", "/blockerbugs/"), ("/blockerbugs/status/", "/blockerbugs/status")]
)
def test_nobody_is_led_out_of_https(client: Client, path: str, led_to: str) -> None:
    """The router speaks http to us, whatever people speak to it."""
    answer = client.get(path, headers={"Host": "qa.fedoraproject.org", "X-Forwarded-Host": "evil.example.test"})
    assert answer.headers["location"] == f"https://qa.fedoraproject.org{led_to}"
    assert client.get(path, headers={"Host": "127.0.0.1:8080"}).headers["location"] == f"http://127.0.0.1:8080{led_to}"
