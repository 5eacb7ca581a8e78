"""Where a sign-in leads, and that without its provider everything else goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bbconsumer.db.session import Database
from tests.services.untrusted import untrusted_server
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX, Page
from tests.web.signed_in import settings_with_sign_in, sign_in
from tests.web.world import NOW, World
from web.app import create_app
from web.assets import Assets
from web.own_paths import own_path, path_from
from web.templating import Links

SETTINGS = settings_with_sign_in()
LINKS = Links(PREFIX, "", "", "", "", Assets())


@pytest.fixture
def client(database: Database, world: World) -> Client:
    """A browser at an application whose provider is away."""
    world.milestone(is_current=True)
    return Client(create_app(SETTINGS, database, clock=lambda: NOW), follow_redirects=False)


@pytest.mark.parametrize(
    "path",
    ["/", "/bug/7", "/search?q=a&sort=-bug", "/user/a%2Fb", "/milestone/45/beta/buglist?x=%2F%2F#updates", "/..."],
)
def test_people_come_back_to_the_page_that_they_left(path: str) -> None:
    assert own_path(PREFIX + path, LINKS) == PREFIX + path
    assert path_from(f"https://qa.example.test{PREFIX}{path}", "https://qa.example.test", LINKS) == PREFIX + path


@pytest.mark.parametrize(
    "asked",
    [
        "", "/", "//", "//evil.test", "///evil.test/blockerbugs/", "/\\evil.test", "\\\\evil.test", "https://evil.test",
        "https:/blockerbugs/", "javascript:alert(1)", "evil.test", "blockerbugs/", "/blockerbugsevil/", "/other/",
        "/blockerbugs", "//evil.test/blockerbugs/", "/blockerbugs//evil.test", "/blockerbugs/../other/",
        "/blockerbugs/%2e%2e/other/", "/blockerbugs/%2E./other/", "/blockerbugs/.%2e%2fother", "/blockerbugs/./x",
        "/blockerbugs/..", "/blockerbugs/..\\other", "/blockerbugs/%5cevil", "/blockerbugs/a b", "/blockerbugs/\tx",
        "/\t/evil.test", "/blockerbugs/\nSet-Cookie: a=b", "/blockerbugs/\r", "/blockerbugs/é", "/blockerbugs/\0",
        "@evil.test/blockerbugs/", "/blockerbugs/" + "x" * 1000, "/blockerbugs/login", "/blockerbugs/logout",
        "/blockerbugs/authorize?code=1", "http://[::1", "/blockerbugs/../../blockerbugs/",
    ],
)  # fmt: skip
def test_nobody_is_led_anywhere_else(asked: str) -> None:
    assert own_path(asked, LINKS) == f"{PREFIX}/"
    assert path_from(asked, "https://qa.example.test", LINKS) == f"{PREFIX}/"
    assert path_from(f"https://evil.test{PREFIX}/bug/7", "https://qa.example.test", LINKS) == f"{PREFIX}/"


def test_without_the_prefix_other_hosts_are_no_paths_either() -> None:
    links = Links("", "", "", "", "", Assets())
    assert own_path("/bug/7", links) == "/bug/7"
    assert {own_path(asked, links) for asked in ("//evil.test", "/\\evil.test", "///x", "https://x", "/a//b")} == {"/"}


def test_while_the_provider_is_away_everything_can_be_read_and_the_page_says_so(client: Client) -> None:
    for path in (f"{PREFIX}/login", f"{PREFIX}/login?next={PREFIX}/bug/7", f"{PREFIX}/login?renew=1"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        page = Page(answer.text)
        assert page.title == "Signing in is not possible at the moment – Blocker Bugs"
        assert "Everything here can be read without it" in page.text
        assert "set-cookie" not in answer.headers
    assert client.get(PREFIX + OVERVIEW).status_code == 200
    # Who is signed in stays so.
    sign_in(client, SETTINGS)
    assert "/user/alice" in client.get(PREFIX + OVERVIEW).text


@pytest.mark.parametrize(
    "query", ["", "?code=x&state=y", "?error=access_denied&error_description=%3Cscript%3E", "?state="]
)
def test_who_comes_back_from_a_sign_in_that_nobody_began_is_told_so(client: Client, query: str) -> None:
    answer = client.get(f"{PREFIX}/authorize{query}")
    assert answer.status_code == 400
    page = Page(answer.text)
    assert page.title == "You are not signed in – Blocker Bugs"
    assert "script" not in page.text
    assert "set-cookie" not in answer.headers


def test_a_provider_whose_certificate_nobody_vouches_for_is_not_believed(database: Database, tmp_path: Path) -> None:
    with untrusted_server(tmp_path) as (url, asked):
        client = Client(create_app(settings_with_sign_in(oidc_issuer=url), database), follow_redirects=False)
        assert client.get(f"{PREFIX}/login").status_code == 503
        assert asked == []
