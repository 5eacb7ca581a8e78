"""People who signed in propose bugs by form; what they typed is never lost, and nobody else sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from bbconsumer.config import Secret, Settings
from bbconsumer.db.session import Database
from tests.proposals.world import ALICE, ProposalWorld
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.propose_site import PROPOSE, Site, inputs, now, untouched_site, working_world
from tests.web.reading import PREFIX, Page, Reader, text_of
from tests.web.signed_in import settings_with_sign_in, sign_in, sign_out
from web.app import create_app


@pytest.fixture(scope="module")
def lasting_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProposalWorld, Settings]]:
    """One world for all tests here."""
    with working_world(tmp_path_factory.mktemp("propose")) as made:
        yield made


@pytest.fixture
def site(lasting_world: tuple[ProposalWorld, Settings]) -> Site:
    """A browser of alice, before anything was proposed."""
    return untouched_site(*lasting_world)


def test_who_is_not_signed_in_is_told_what_it_is_and_led_back(site: Site) -> None:
    sign_out(site.client)
    page = site.reader.page(f"{PROPOSE}?bug=7&milestone=45-beta")
    assert "A blocker is a bug that breaks a release criterion" in page.text
    (link,) = [link for link in page.links() if "/login?" in link and "propose" in link]
    assert link == f"{PREFIX}/login?next=%2Fblockerbugs%2Fpropose_bug%3Fbug%3D7%26milestone%3D45-beta"
    for path in ("/my_proposals", f"{PROPOSE}/{'0' * 32}"):
        assert "Sign in to propose" in site.reader.page(path).text
    asked = site.world.bugs.bugzilla.requests.count()
    for path in (PROPOSE, f"{PROPOSE}/{'0' * 32}"):
        assert site.send(path, {"action": "send", "bug": "7"}).status_code == 403
    assert site.world.bugs.bugzilla.requests.count() == asked


def test_where_nothing_may_be_written_the_way_by_hand_is_told(site: Site) -> None:
    settings = settings_with_sign_in()
    client = Client(create_app(settings, site.world.bugs.database))
    sign_in(client, settings, clock=now)
    page = Reader(client).page(PROPOSE)
    assert "Nothing can be proposed on this site (PROPOSALS_ENABLED is 0)" in page.text
    assert f"https://bugzilla.redhat.com/show_bug.cgi?id={site.world.bugs.blocker}" in page.links()


def test_a_form_of_another_site_is_refused(site: Site) -> None:
    fields = site.typed(site.world.bugs.create(), action="send")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert site.client.post(PREFIX + PROPOSE, data=fields, headers=headers).status_code == 403
    assert site.world.kept() == ()


def test_an_address_fills_the_form_in(site: Site) -> None:
    page = site.reader.page(f"{PROPOSE}?bug=7&milestone=45-beta&kinds=freeze_exception&criterion=c")
    sent = inputs(page)
    assert (sent["bug"], sent["milestone"], sent["kinds"], sent["criterion"]) == (
        "7",
        ["45-beta"],
        ["freeze_exception"],
        "c",
    )
    assert site.world.bugs.bugzilla.requests.count("update") == 0


def test_a_bug_is_proposed_from_the_form_to_the_list(site: Site) -> None:
    world = site.world
    bug_id = world.bugs.create("Black screen")
    fields = site.typed(bug_id, kinds=["blocker", "freeze_exception"], account=ALICE)
    looked_up = site.page(PROPOSE, {**fields, "action": "lookup"})
    assert f"Bug {bug_id}: Black screen – kernel, Fedora, NEW" in text_of(looked_up.by_id("found"))
    assert inputs(looked_up) == {**fields, "milestone": ["45-beta"], "justification": "It does not boot.\nAnywhere."}
    preview = site.page(PROPOSE, {**fields, "action": "preview"})
    assert world.said(bug_id) == []
    assert "Blocker tracker of Fedora 45 Beta" in preview.text
    assert ALICE in preview.text
    shown = preview.one("pre").text
    result = site.led_to(PROPOSE, {**inputs(preview), "action": "send"})
    assert world.said(bug_id) == [shown]
    page = site.reader.page(result)
    assert f"Bug {bug_id} is proposed as a Blocker and Freeze Exception for 45-beta" in page.text
    assert "It is on the list of bugs" in page.text
    assert str(bug_id) in site.reader.page("/milestone/45/beta/buglist").text
    assert site.led_to(PROPOSE, {**inputs(preview), "action": "send"}) == result
    assert len(world.said(bug_id)) == 1
    assert inputs(site.reader.page(PROPOSE))["account"] == ALICE
    assert [link for link in site.reader.page("/my_proposals").links() if result in link]


def test_who_goes_back_and_writes_about_another_bug_loses_nothing(site: Site) -> None:
    world = site.world
    first_id, second_id = world.bugs.create(), world.bugs.create()
    fields = site.typed(first_id)
    result = site.led_to(PROPOSE, {**fields, "action": "send"})
    changed = {**fields, "bug": str(second_id), "justification": "Another one."}
    page = site.page(PROPOSE, {**changed, "action": "send"}, status=422)
    assert f"This form was sent before, about bug {first_id}" in page.text
    again = inputs(page)
    assert (again["bug"], again["justification"]) == (str(second_id), "Another one.")
    assert again["id"] != fields["id"]
    assert site.led_to(PROPOSE, {**again, "action": "send"}) not in {result, ""}
    assert (len(world.said(first_id)), len(world.said(second_id))) == (1, 1)


def test_what_was_typed_comes_back_to_who_is_not_signed_in_any_more(site: Site) -> None:
    """A browser that goes back to a page that nobody may hold asks for it anew, without what was typed."""
    bug_id = site.world.bugs.create()
    fields = site.typed(
        bug_id, kinds=["blocker", "freeze_exception"], justification='<b>\r\n"It" hangs.', action="send"
    )
    sign_out(site.client)
    refused = site.send(PROPOSE, fields)
    assert (refused.status_code, refused.headers["cache-control"]) == (403, "no-store")
    page = Page(refused.text)
    (form,) = page.one("main").iter("form")
    kept: dict[str, list[str]] = {}
    for element in form.iter("input"):
        kept.setdefault(element.get("name", ""), []).append(element.get("value", ""))
    # HTML has one kind of line ends; a form is sent with the other.
    fields["justification"] = fields["justification"].replace("\r\n", "\n")
    assert kept == {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    assert f"{PREFIX}/login?next=%2Fblockerbugs%2Fmy_proposals" in page.links()
    site.sign_in()
    site.led_to(str(form.get("action")).removeprefix(PREFIX), kept)
    assert len(site.world.said(bug_id)) == 1


def test_a_field_that_no_form_of_ours_has_changes_nothing(site: Site) -> None:
    fields = site.typed(site.world.bugs.create(), person="bob", state="done", answer="x", created_at="2000-01-01")
    site.led_to(PROPOSE, {**fields, "action": "send"})
    (kept,) = site.world.kept("alice")
    assert (kept.person, kept.answer) == ("alice", "")
    assert site.world.kept("bob") == ()


def test_what_no_form_is_called_is_not_found_by_any_database(postgresql_url: str) -> None:
    database = Database(make_url(postgresql_url))
    make_schema(database)
    settings = settings_with_sign_in(proposals_enabled=True, bugzilla_api_key=Secret("key"))
    client = Client(create_app(settings, database), raise_server_exceptions=False)
    sign_in(client, settings, clock=now)
    for path in ("/%00", "/x%00", "?draft=%00", f"/{'0' * 31}%0a", f"/{'0' * 32}"):
        assert client.get(f"{PREFIX}{PROPOSE}{path}").status_code == 404, path
    headers = {"Origin": settings.origin}
    for action in ("send", "discard"):
        answer = client.post(f"{PREFIX}{PROPOSE}/%00", data={"action": action}, headers=headers)
        assert answer.status_code == 404
    database.dispose()


def test_what_has_to_be_changed_stands_beside_its_field_and_first_of_all(site: Site) -> None:
    fields = site.typed("x", milestone="", kinds=[], criterion="", justification="", account="?")
    page = site.page(PROPOSE, {**fields, "action": "preview"}, status=422)
    assert page.title.startswith("To change: ")
    (summary,) = [e for e in page.root.iter("section") if "problems" in e.get("class", "")]
    assert (summary.get("role"), summary.get("autofocus")) == ("alert", "")
    names = [link.removeprefix("#") for e in summary.iter("a") if (link := e.get("href"))]
    assert names == ["bug", "milestone", "kinds", "criterion", "justification", "account"]
    for name in names:
        field = page.by_id(name)
        assert field.get("aria-invalid") == "true"
        described = field.get("aria-describedby", "").split()
        assert described[0] == f"{name}-problem"
        assert all(text_of(page.by_id(each)) for each in described)
    assert inputs(page)["account"] == "?"


def test_pages_lead_to_the_form_for_their_milestone(site: Site) -> None:
    assert f"{PREFIX}{PROPOSE}?milestone=45-beta" in site.reader.page("/milestone/45/beta/buglist").links()
    assert f"{PREFIX}{PROPOSE}" in site.reader.page("/status").links()
