"""What administrators type, and what Pagure's webhook brings, is answered, and is text wherever it is shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bbconsumer.config import Secret
from bbconsumer.db.models import DeadLetter
from bbconsumer.log import JsonLines, SecretMask
from tests.bus import ticket_body
from tests.hostile.corpus import TEXTS, TEXTS_BY_KIND
from tests.hostile.pages import Tokens, foreign, known_attributes, shown, stored
from tests.hostile.test_formats import (
    LISTS,
    assert_is_calendar,
    assert_is_csv,
    assert_is_feed,
    assert_is_picture,
    assert_is_text,
    read_json,
)
from tests.hostile.test_logs import UNFIT
from tests.web.admin_site import BETA, AdminSite, build_admin_site
from tests.web.reading import OVERVIEW, PREFIX, Page
from tests.web.test_webhooks import KEY, envelope, signature

# The last tests look at what the first ones left.
pytestmark = pytest.mark.xdist_group("hostile-admin")

KNOWN = known_attributes()
ADD = "/admin/add_milestone"
DATES: Final = ("freeze_at", "go_no_go_at", "target_at")
# Each address with a field that holds the text, and what else is sent.
FIELDS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("/admin/releases", "release", {}),
    (ADD, "release", {"name": "beta", "action": "preview"}),
    (ADD, "name", {"release": "46", "action": "preview"}),
    (ADD, "blocker", {"release": "45", "name": "final", "action": "preview"}),
    (ADD, "freeze_exception", {"release": "45", "name": "final", "action": "store"}),
    (ADD, "current", {"release": "45", "name": "final", "action": "edit"}),
    (ADD, "action", {"release": "45", "name": "final"}),
    *((BETA, name, {"action": "dates"}) for name in DATES),
    (BETA, "seen_freeze_at", {"action": "dates"}),
    (BETA, "action", {}),
    (f"{BETA}/rollover", "step", {}),
    ("/admin/queue", "key", {}),
    ("/admin/dead_letters/1", "action", {}),
    ("/admin/removals", "tripped_at", {}),
    ("/admin/sync", "source", {}),
)
# Only these are stored from what is typed, and none of them is a text that anybody else wrote.
STORED: Final = {"release", "target_at", "freeze_at", "go_no_go_at", "source", "action"}
IN_ADDRESSES: Final = (
    "/admin/dead_letters/{}", "/admin/audit?before={}", "/admin/milestones?notice={}", "/admin/milestones/{}/beta",
    "/admin/milestones/45/{}/rollover", "/admin/add_milestone?release={}", "/admin/add_milestone?blocker={}",
)  # fmt: skip
# Each answer takes its time.
SOME: Final = tuple(text for number, text in enumerate(TEXTS) if number % 3)
ADMIN_PAGES: Final = ("", "/milestones", "/milestones/45/beta", "/queue", "/dead_letters", "/removals", "/audit")


class Lines(logging.Handler):
    """Formats what is logged in both ways, and sees that it stays on its line."""

    def __init__(self) -> None:
        super().__init__()
        self._formats = SecretMask([]), JsonLines([])
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Format one record."""
        for each in self._formats:
            assert not UNFIT.search(each.format(record))
        self.count += 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminSite]:
    """One site for all texts, which an administrator and Pagure know."""
    path: Path = tmp_path_factory.mktemp("admin") / "world.sqlite"
    with build_admin_site(f"sqlite:///{path}", pagure_repo_webhook_key=Secret(KEY)) as site:
        yield site


@pytest.fixture(autouse=True)
def lines() -> Iterator[Lines]:
    """What the service logs."""
    handler, loggers = Lines(), [logging.getLogger(name) for name in ("web", "bbconsumer")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield handler
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def _sent(text: str) -> str:
    """As a browser sends it, which has no lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _assert_harmless(html: str, about: object) -> Tokens:
    tokens = Tokens(html, KNOWN)
    assert tokens.problems == [], about
    return tokens


def test_a_form_of_administrators_with_a_nasty_text_is_answered_and_nothing_of_it_executes(
    site: AdminSite, lines: Lines
) -> None:
    for number, text in enumerate(SOME):
        path, name, fields = FIELDS[number % len(FIELDS)]
        answer = site.send(path, **{**fields, name: _sent(text)})
        about = (path, name, text[:80])
        assert answer.status_code in {200, 303, 400, 404, 409, 422}, about
        assert answer.status_code != 303 or name in STORED, about
        _assert_harmless(answer.text, about)
        assert not any(set("\r\n\0") & set(value) for value in answer.headers.values())
    assert lines.count >= len(SOME) > 200


@pytest.mark.parametrize(("path", "name", "fields"), [each for each in FIELDS if each[1] in {"release", *DATES}])
def test_what_cannot_be_taken_comes_back_as_it_was_typed(
    site: AdminSite, path: str, name: str, fields: dict[str, Any]
) -> None:
    for kind in ("attributes", "markup", "Unicode"):
        text = _sent(TEXTS_BY_KIND[kind][3])
        page = site.refused(path, **{**fields, name: text})
        assert page.by_id(name).get("value") == shown(text.strip())


def test_a_nasty_text_in_an_address_of_administrators_is_answered(site: AdminSite) -> None:
    # Nothing of them but a number is stored or compared with what is.
    for number, text in enumerate(TEXTS[::3]):
        address = IN_ADDRESSES[number % len(IN_ADDRESSES)].format(quote(_sent(text[:2000]), safe=""))
        answer = site.client.get(PREFIX + address)
        assert answer.status_code in {200, 307, 404}, address[:200]
        _assert_harmless(answer.text, address[:200])


def test_a_tracker_is_shown_with_the_title_that_somebody_gave_it(site: AdminSite) -> None:
    texts = [texts[0] for texts in TEXTS_BY_KIND.values()]
    other = site.world.create("The other tracker")
    for text in texts:
        fields = {"release": "45", "name": "final", "action": "preview", "freeze_exception": str(other)}
        tracker_id = site.world.create(_sent(text)[:255], alias=[])
        page = site.send(ADD, **fields, blocker=str(tracker_id))
        assert page.status_code == 200, page.text
        assert shown(stored(_sent(text)[:255])) in _assert_harmless(page.text, text).text


def _spoiled(text: str, number: int) -> tuple[bytes, bool]:
    """A call in which a text stands in the place of much else, and whether a ticket can still be read from it."""
    message: dict[str, Any] = ticket_body(number + 1)
    is_readable = bool(number % 2)
    issue = {**message["issue"], "title": text, "last_updated": text, "comments": [{"comment": text}]}
    if not is_readable:
        issue["id"] = text
    return envelope({**message, "agent": text, "issue": issue}, f"issue.{text}"), is_readable


def test_a_call_of_the_webhook_with_nasty_texts_is_taken_or_kept_and_shown_as_text(
    site: AdminSite, lines: Lines
) -> None:
    for number, text in enumerate(SOME):
        body, is_readable = _spoiled(text, number)
        answer = site.client.post(f"{PREFIX}/api/v0/webhook", content=body, headers=signature(body))
        assert answer.status_code == 202, text[:80]
        assert answer.headers["content-type"].startswith("text/plain")
        # Numbers are tickets, also as texts.
        assert is_readable or "kept" in answer.text or text.strip().isdecimal(), text[:80]
    assert lines.count >= len(SOME)
    with site.world.database.reading() as session:
        letters = list(session.scalars(select(DeadLetter.id)))
    assert len(letters) > len(SOME) / 3
    for action, letter_id in zip(("show", "read", "drop") * len(letters), letters[::9], strict=False):
        path = f"/admin/dead_letters/{letter_id}"
        _assert_harmless(site.client.get(PREFIX + path).text, letter_id)
        if action != "show":
            answer = site.send(path, action=action)
            assert answer.status_code == (409 if action == "read" else 303)
            _assert_harmless(answer.text, letter_id)


@pytest.mark.parametrize(
    "path", [*(f"/admin{page}" for page in ADMIN_PAGES), "/status", OVERVIEW, *LISTS, "/search?q=a"]
)
def test_afterwards_every_page_has_nothing_but_what_our_templates_have(site: AdminSite, path: str) -> None:
    answer = site.client.get(PREFIX + path)
    assert answer.status_code == 200
    assert list(foreign(Page(answer.text).root, KNOWN)) == []


def test_afterwards_every_format_is_whole(site: AdminSite) -> None:
    shown_dates = site.inputs(site.reader.page(BETA), BETA)
    site.done(BETA, **{**shown_dates, "freeze_at": "2026-09-08"}, action="dates")
    for path in LISTS:
        assert_is_csv(site.client, path)
    for path in (
        "/api/v1/milestones",
        "/api/v1/milestones/45/beta",
        "/api/v1/events",
        "/api/v0/milestones/45/beta/bugs",
    ):
        read_json(site.client.get(PREFIX + path).text)
    assert_is_feed(site.client.get(f"{PREFIX}{OVERVIEW}/feed.atom").text)
    assert_is_calendar(site.client.get(f"{PREFIX}/release/45/dates.ics").text)
    assert_is_picture(site.client.get(f"{PREFIX}/badge/45/beta.svg").text)
    for report in ("meeting", "weekly", "go-no-go"):
        assert_is_text(site.client.get(f"{PREFIX}{OVERVIEW}/{report}.txt").text)
