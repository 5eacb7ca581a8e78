"""What goes wrong while a bug is proposed is told with what helps, and nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bbconsumer.config import Settings
from bbconsumer.simulator.cast import PRIVATE_GROUP
from tests.end_to_end.deployment import eventually
from tests.proposals.world import ProposalWorld
from tests.web.propose_site import PROPOSE, Site, inputs, untouched_site, working_world
from tests.web.reading import PREFIX, Page, text_of

HOSTILE = {
    "script": "<script>alert(1)</script></title></textarea>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "template": "{{ page.now }} {% raw %} ${7*7}",
    "entity": "&lt;b&gt; &amp; &#x27;",
    "comment": "--> <!-- <![CDATA[",
    "long": "x" * 900,
    "other scripts": "עברית “é” 👩\u200d💻 العربية",
}


@pytest.fixture(scope="module")
def lasting_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProposalWorld, Settings]]:
    """One world for all tests here."""
    with working_world(tmp_path_factory.mktemp("propose")) as made:
        yield made


@pytest.fixture
def site(lasting_world: tuple[ProposalWorld, Settings]) -> Site:
    """A browser of alice, before anything was proposed."""
    return untouched_site(*lasting_world)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_text_everywhere(site: Site, name: str) -> None:
    text, world = HOSTILE[name], site.world
    plain_id, bug_id = world.bugs.create("harmless"), world.bugs.create(text[:255])
    shapes = []
    for bug, words in ((plain_id, "harmless"), (bug_id, text)):
        fields = site.typed(bug, criterion=words, justification=words)
        wrong = site.page(PROPOSE, {**fields, "bug": words, "account": words, "action": "preview"}, status=422)
        looked_up = site.page(PROPOSE, {**fields, "action": "lookup"})
        preview = site.page(PROPOSE, {**fields, "action": "preview"})
        result = site.led_to(PROPOSE, {**inputs(preview), "action": "send"})
        pages = [wrong, looked_up, preview, site.reader.page(result)]
        shapes.append([[(e.tag, sorted(e.keys())) for e in page.root.iter()] for page in pages])
        assert inputs(wrong)["bug"] == inputs(wrong)["account"] == inputs(wrong)["justification"] == words
        (said,) = world.said(bug)
        assert said.endswith(f"\n\n{words}\n\nRelease criterion: {words}")
        assert pages[2].one("pre").text == pages[3].one("pre").text == said
    assert shapes[0] == shapes[1]


def test_what_nobody_sees_is_refused_by_name(site: Site) -> None:
    fields = site.typed(7, justification="turned \u202eround", action="preview")
    page = site.page(PROPOSE, fields, status=422)
    assert "U+202E" in text_of(page.by_id("justification-problem"))
    assert inputs(page)["justification"] == "turned \u202eround"


def test_a_private_bug_looks_like_one_that_does_not_exist(site: Site) -> None:
    private = site.world.bugs.create("Of no concern", groups=[PRIVATE_GROUP], component="secret")
    answers = []
    for bug_id in (private, 99_999_999):
        for action in ("lookup", "preview", "send"):
            fields = site.typed(bug_id, action=action, id="0" * 32)
            response = site.send(PROPOSE, fields)
            main = Page(response.text).one("main")
            shown = [(e.tag, sorted(e.items()), e.text or "", e.tail or "") for e in main.iter()]
            answers.append((response.status_code, re.sub(rf"\b{bug_id}\b", "N", str(shown))))
    assert answers[:3] == answers[3:]
    assert "Of no concern" not in "".join(text for _, text in answers)


def test_while_bugzilla_is_away_the_text_is_kept_changed_and_sent_with_one_button(site: Site) -> None:
    world = site.world
    bug_id = world.bugs.create()
    fields = site.typed(bug_id)
    world.fail("", kind="html", status=502)
    looked_up = site.page(PROPOSE, {**fields, "action": "lookup"})
    assert "Bugzilla cannot be reached at the moment (HTTP 502)" in text_of(looked_up.by_id("found"))
    kept = site.led_to(PROPOSE, {**fields, "action": "preview"})
    page = site.reader.page(kept)
    assert f"Bug {bug_id} is not proposed yet: your text is kept" in page.text
    assert "It does not boot. Anywhere." in page.text
    draft = f"{PROPOSE}?draft={kept.rsplit('/', 1)[1]}"
    assert PREFIX + draft in page.links()
    assert inputs(site.reader.page(draft)) == {
        **fields,
        "milestone": ["45-beta"],
        "justification": "It does not boot.\nAnywhere.",
    }
    assert "1 proposal of yours is kept and not sent" in site.reader.page(PROPOSE).text
    again = site.page(kept, {"action": "send"}, status=409)
    # Told once, and that nobody else sends it.
    assert again.text.count("Bugzilla cannot be reached") == 1
    assert "It is not sent by itself" in again.text
    site.sign_in("bob")
    assert "kept and not sent" not in site.reader.page(PROPOSE).text
    for path in (kept, draft):
        assert site.client.get(PREFIX + path).status_code == 404
    assert site.send(kept, {"action": "send"}).status_code == 404
    assert "You have proposed nothing here" in site.reader.page("/my_proposals").text
    site.sign_in()
    world.bugs.bugzilla.switches.reset()
    assert site.led_to(kept, {"action": "send"}) == kept
    assert len(world.said(bug_id)) == 1
    assert site.client.get(PREFIX + draft).status_code == 404


def test_a_draft_is_discarded(site: Site) -> None:
    site.world.fail("", kind="html", status=502)
    kept = site.led_to(PROPOSE, site.typed(7, action="send"))
    assert site.led_to(kept, {"action": "discard"}) == "/my_proposals"
    assert site.client.get(PREFIX + kept).status_code == 404
    assert site.send(kept, {"action": "discard"}).status_code == 404


def test_an_answer_that_is_missing_is_told_and_looked_after(site: Site) -> None:
    bug_id = site.world.bugs.create()
    site.world.fail("PUT", kind="closed", times=1)
    result = site.led_to(PROPOSE, site.typed(bug_id, action="send"))
    page = site.reader.page(result)
    assert f"Bugzilla has not answered about bug {bug_id}" in page.text
    assert "Look whether it is there" in page.text
    site.led_to(result, {"action": "send"})
    assert site.world.said(bug_id) == []
    site.world.let_requests_be_old()
    assert "Look, and send it if it is not there" in site.reader.page(result).text
    site.led_to(result, {"action": "send"})
    assert f"Bug {bug_id} is proposed" in site.reader.page(result).text


def test_what_is_not_read_at_once_is_on_its_way(site: Site) -> None:
    bugs = site.world.bugs
    # What the worker asks, and the form does not.
    site.world.fail("GET /rest/bug$", kind="html", status=502)
    result = site.led_to(PROPOSE, site.typed(bugs.create(), action="send"))
    assert "It is on its way to the list of bugs" in site.reader.page(result).text
    bugs.bugzilla.switches.reset()
    bugs.bring_source_back()
    eventually(lambda: "It is on the list of bugs" in site.reader.page(result).text)


def test_an_account_that_bugzilla_does_not_know_is_told(site: Site) -> None:
    fields = site.typed(site.world.bugs.create(), account="nobody@example.test", action="send")
    page = site.reader.page(site.led_to(PROPOSE, fields))
    assert "Bugzilla knows no account nobody@example.test: it was left out of CC" in page.text
    assert "On CC nobody Comment" in page.text


def test_who_sends_too_often_waits_and_loses_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.propose.TELLING", (2, 3600.0))
    site = Site(site.world, site.settings)
    fields = site.typed("x", criterion="kept", action="send")
    for _ in range(2):
        site.page(PROPOSE, fields, status=422)
    page = site.page(PROPOSE, fields, status=429)
    assert "You asked for this too often: wait " in page.text
    assert inputs(page)["criterion"] == "kept"
    site.page(PROPOSE, {**fields, "action": "preview"}, status=422)
    site.sign_in("bob")
    site.page(PROPOSE, fields, status=422)


def test_who_looks_up_too_often_is_told_where_the_bug_would_be(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # So slow that nothing is let through anew while the test runs, however long that takes.
    monkeypatch.setattr("web.propose.ASKING", (2, 3600.0))
    site = Site(site.world, site.settings)
    fields = site.typed("x", action="lookup")
    for _ in range(2):
        site.send(PROPOSE, fields)
    assert "too often" in text_of(site.page(PROPOSE, fields).by_id("found"))
    site.page(PROPOSE, {**fields, "action": "edit"})


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x=" + b"1" * 400_000, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=1"] * 200), "application/x-www-form-urlencoded", 400),
        (b"bug=\xff", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data", 415),
    ],
)
def test_what_is_no_form_of_ours_is_refused(site: Site, content: bytes, kind: str, status: int) -> None:
    response = site.client.post(PREFIX + PROPOSE, content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    assert Page(response.text).title
