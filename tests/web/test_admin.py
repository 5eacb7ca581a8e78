"""Only administrators administer, from our own pages and with groups that were told lately; what they do is noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from bbconsumer.db import audit
from bbconsumer.db.audit import Act
from bbconsumer.db.session import Database
from tests.web.admin_site import AdminSite, build_admin_site
from tests.web.reading import PREFIX, Page
from tests.web.signed_in import sign_out
from web.app import create_app

HOSTILE = "<script>alert(1)</script></td>\u202e{{ 7*7 }}"


@pytest.fixture(scope="module")
def lasting_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """One site for all tests here, none of which changes anything."""
    path: Path = tmp_path_factory.mktemp("admin") / "world.sqlite"
    with build_admin_site(f"sqlite:///{path}") as site:
        yield site


@pytest.fixture
def site(lasting_site: AdminSite) -> AdminSite:
    """With an administrator."""
    lasting_site.sign_in()
    lasting_site.client.headers["Origin"] = lasting_site.settings.origin
    return lasting_site


def _addresses(site: AdminSite, method: str, *, below: str = "/admin") -> list[str]:
    """All addresses, those of administrators unless told, from the routes."""
    app = create_app(site.settings)
    (mount,) = (each for each in app.routes if isinstance(each, Mount) and each.path == PREFIX)
    paths = [each.path for each in mount.routes if isinstance(each, Route) and method in (each.methods or ())]
    examples = {"release": "45", "name": "beta", "letter_id": "1", "proposal_id": "0" * 32, "report": "meeting"}
    examples |= {"bug_id": "7", "account": "alice", "component": "kernel"}
    paths = [path.replace(":path}", "}") for path in paths if path != "/live"]
    return [path.format(**examples) for path in paths if path.startswith(below)]


def test_only_administrators_with_fresh_groups_reach_anything(site: AdminSite) -> None:
    reading, acting = _addresses(site, "GET"), _addresses(site, "POST")
    assert len(reading) >= 6
    assert len(acting) >= 4
    everything = [("GET", path) for path in reading] + [("POST", path) for path in acting]
    for method, path in everything:
        sign_out(site.client)
        led = site.client.request(method, PREFIX + path, data={"action": "end"} if method == "POST" else None)
        assert led.status_code == (303 if method == "GET" else 403), path
        site.sign_in("bob", "packager")
        refused = site.client.request(method, PREFIX + path)
        assert (refused.status_code, "This is for administrators" in refused.text) == (403, True), path
        site.sign_in(age_s=site.settings.admin_age_s + 1)
        asked = site.client.request(method, PREFIX + path)
        assert asked.status_code == (303 if method == "GET" else 403), path
        if method == "GET":
            assert "renew=1" in asked.headers["location"]
    assert site.noted() == []


def test_whatever_changes_something_is_taken_only_from_our_own_pages(site: AdminSite) -> None:
    for path in _addresses(site, "POST"):
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            answer = site.client.post(PREFIX + path, data={"action": "end", "release": "47"}, headers=headers)
            assert (answer.status_code, "does not come from this site" in answer.text) == (403, True), path
        site.client.headers.pop("Origin")
        assert site.client.post(PREFIX + path, data={"release": "47"}).status_code == 403, path
        site.client.headers["Origin"] = site.settings.origin
        assert (
            site.client.post(PREFIX + path, content=b"\xff", headers={"Content-Type": "text/plain"}).status_code == 415
        )
    assert site.noted() == []


def test_nothing_is_written_by_looking(site: AdminSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_database: Database, **_options: object) -> None:
        raise AssertionError("something would be written")

    monkeypatch.setattr(Database, "writing", refused)
    monkeypatch.setattr(Database, "committing", refused)
    addresses = _addresses(site, "GET", below="")
    assert len(addresses) >= 40
    for path in addresses:
        for query in ("", "?action=send&key=all&draft=x"):
            assert site.client.get(PREFIX + path + query).status_code in {200, 303, 307, 400, 404, 503}, path


def test_the_way_to_administration_is_shown_to_administrators(site: AdminSite) -> None:
    assert f"{PREFIX}/admin" in site.reader.page("/status").links()
    site.sign_in("bob", "packager")
    assert f"{PREFIX}/admin" not in site.reader.page("/status").links()


def test_a_notice_is_one_of_ours(site: AdminSite) -> None:
    page = site.reader.page("/admin/milestones?notice=The+database+is+gone")
    assert not [each for each in page.root.iter("p") if each.get("role") == "status"]


def test_the_audit_log_is_shown_in_pages_and_as_text(site: AdminSite) -> None:
    database = site.world.database
    with database.writing() as session:
        for number in range(1, 121):
            audit.note(session, HOSTILE[:100], Act.SET_DATES, HOSTILE, f"{number}: {HOSTILE}")
    shown: list[str] = []
    path, pages = "/admin/audit", 0
    while path:
        page = site.reader.page(path)
        rows = page.rows("entries")
        shown += [row[-1] for row in rows]
        older = [link for link in page.links() if "before=" in link]
        path, pages = (older[0].removeprefix(PREFIX) if older else ""), pages + 1
    assert pages == 3
    assert [text.partition(":")[0] for text in shown] == [str(number) for number in range(120, 0, -1)]
    assert all("<script>alert(1)</script>" in text and "{{ 7*7 }}" in text for text in shown)
    assert Page(site.client.get(f"{PREFIX}/admin/audit?before=1").text).text.count("There is nothing older.") == 1
    for wrong in ("x", "-1", "9" * 30, "٤"):
        assert site.client.get(f"{PREFIX}/admin/audit", params={"before": wrong}).status_code == 404
