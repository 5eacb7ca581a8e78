"""What a client reads from Pagure: each trap of times, lists, filters and pages, over HTTP."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from bbconsumer.simulator.pagure_records import epoch
from tests.simulator.pagure_world import (
    ALICE,
    BOT,
    FRIDA,
    PagureWorld,
    refusal,
)
from tests.simulator.world import START, TIMEOUT_S


def test_times_are_strings_of_seconds_with_a_fraction_only_where_there_is_one(pagure: PagureWorld) -> None:
    ticket_id, second = pagure.file(), int(pagure.clock.now.timestamp())
    pagure.clock.advance(0.25)
    pagure.comment(ticket_id)
    issue = pagure.get(f"issue/{ticket_id}")
    assert issue["date_created"] == str(second)
    assert issue["comments"][0]["date_created"] == f"{second}.25"
    assert epoch(START.replace(microsecond=74_330)).endswith(".07433")


def test_a_comment_is_some_milliseconds_newer_than_the_last_update_that_it_brought(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    pagure.clock.advance(60)
    pagure.comment(ticket_id)
    issue = pagure.get(f"issue/{ticket_id}")
    apart = float(issue["comments"][0]["date_created"]) - float(issue["last_updated"])
    assert 0 < apart < 1
    assert float(issue["last_updated"]) > float(issue["date_created"])


def test_the_total_counts_only_the_page(pagure: PagureWorld) -> None:
    for _ in range(5):
        pagure.file()
    answer = pagure.get("issues", per_page=2)
    assert (answer["total_issues"], answer["pagination"]["pages"], len(answer["issues"])) == (2, 3, 2)
    assert pagure.get("issues", per_page=2, page=3)["total_issues"] == 1


def test_the_links_lead_from_page_to_page_by_absolute_addresses(pagure: PagureWorld) -> None:
    ticket_ids = [pagure.file(tags=["a b"]) for _ in range(5)]
    url = f"{pagure.server.api_url}/{pagure.project}/issues?status=all&tags=a+b&order=asc&per_page=2"
    seen: list[int] = []
    pages = []
    while url:
        answer = requests.get(url, timeout=TIMEOUT_S).json()
        seen += [issue["id"] for issue in answer["issues"]]
        pages.append(answer["pagination"])
        url = answer["pagination"]["next"]
    assert seen == ticket_ids
    assert [(page["page"], bool(page["prev"]), bool(page["next"])) for page in pages] == [
        (1, False, True),
        (2, True, True),
        (3, True, False),
    ]
    last = urlsplit(pages[0]["last"])
    assert last.path == f"/api/0/{pagure.project}/issues"
    wanted = {"status": "all", "tags": "a b", "order": "asc", "per_page": "2", "page": "3"}
    assert dict(parse_qsl(last.query)) == wanted


def test_an_empty_list_has_no_page(pagure: PagureWorld) -> None:
    answer = pagure.get("issues")
    assert (answer["issues"], answer["total_issues"], answer["pagination"]["pages"]) == ([], 0, 0)


def test_a_page_past_the_end_is_empty_and_no_error(pagure: PagureWorld) -> None:
    pagure.file()
    answer = pagure.get("issues", page=7)
    assert (answer["issues"], answer["pagination"]["next"]) == ([], None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"per_page": 101}, "EINVALIDPERPAGEVALUE"),
        ({"per_page": 0}, "EINVALIDPERPAGEVALUE"),
        ({"per_page": "x"}, "EINVALIDREQ"),
        ({"page": 0}, "EINVALIDREQ"),
        ({"page": "x"}, "EINVALIDREQ"),
        ({"since": "yesterday"}, "EDATETIME"),
        ({"since": "2026-09-14T12:00:00"}, "EDATETIME"),
        ({"since": "1e300"}, "ETIMESTAMP"),
        ({"since": "nan"}, "ETIMESTAMP"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(pagure: PagureWorld, query: dict[str, object], code: str) -> None:
    assert refusal(pagure.ask("GET", "issues", query)) == (400, code)


def test_a_hundred_a_page_is_the_most_and_twenty_the_default(pagure: PagureWorld) -> None:
    for _ in range(101):
        pagure.file()
    assert len(pagure.listed(per_page=100)) == 100
    assert len(pagure.listed()) == 20


def test_the_order_is_that_of_creation_whatever_happens_later(pagure: PagureWorld) -> None:
    first, second = pagure.file(), pagure.file()
    pagure.clock.advance()
    third = pagure.file()
    pagure.comment(first)
    assert pagure.listed() == [third, second, first]
    assert pagure.listed(order="asc") == [first, second, third]


def test_new_tickets_shift_pages_unless_the_order_is_ascending(pagure: PagureWorld) -> None:
    for _ in range(4):
        pagure.file()
    pages = {order: pagure.listed(order=order, per_page=2) for order in ("asc", "desc")}
    pagure.file()
    for order, seen_twice in (("asc", False), ("desc", True)):
        second = pagure.listed(order=order, per_page=2, page=2)
        assert bool(set(pages[order]) & set(second)) == seen_twice


def test_only_open_tickets_are_listed_by_default(pagure: PagureWorld) -> None:
    still_open, plain, accepted = pagure.file(), pagure.file(), pagure.file()
    pagure.state.set_status(pagure.project, plain, "Closed", BOT)
    pagure.state.set_status(pagure.project, accepted, "Closed", BOT, close_status="Accepted")
    assert pagure.listed() == pagure.listed(status="Open") == [still_open]
    assert pagure.listed(status="Closed") == [accepted, plain]
    assert pagure.listed(status="Accepted") == [accepted]
    assert pagure.listed(status="all") == [accepted, plain, still_open]


def test_since_is_inclusive_in_whole_seconds_and_comments_count(pagure: PagureWorld) -> None:
    old, commented, today = pagure.file(), pagure.file(), f"{pagure.clock.now:%Y-%m-%d}"
    pagure.clock.advance(60.5)
    pagure.comment(commented)
    second = int(pagure.clock.now.timestamp())
    assert pagure.listed(since=second) == [commented]
    assert pagure.listed(since=second + 1) == []
    # A fraction is dropped, so that the second that it lies in is always whole.
    assert pagure.listed(since=second + 0.9) == [commented]
    assert pagure.listed(since=today) == [commented, old]
    assert pagure.listed(since=f"{pagure.clock.now + timedelta(days=1):%Y-%m-%d}") == []
    assert pagure.get("issues", since=second)["args"]["since"] == second
    assert pagure.get("issues", since=today)["args"]["since"] == today


def test_since_finds_what_changed_at_that_very_moment(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    comment_id = pagure.comment(ticket_id)
    pagure.clock.advance(60)
    # Only here the last update is exactly the time of the change.
    pagure.state.edit_comment(pagure.project, ticket_id, comment_id, "x", ALICE)
    second = int(pagure.clock.now.timestamp())
    assert pagure.get(f"issue/{ticket_id}")["last_updated"] == str(second)
    assert pagure.listed(since=second) == [ticket_id]


def test_a_closed_ticket_is_found_since_its_last_comment_only_with_all(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    pagure.state.set_status(pagure.project, ticket_id, "Closed", BOT)
    pagure.clock.advance(60.5)
    pagure.comment(ticket_id)
    second = int(pagure.clock.now.timestamp())
    assert pagure.listed(since=second) == []
    assert pagure.listed(since=second, status="all") == [ticket_id]


def test_authors_assignees_and_tags_can_be_asked_for(pagure: PagureWorld) -> None:
    beta, both, none = pagure.file(tags=["beta"]), pagure.file(tags=["final", "beta"]), pagure.file(user=ALICE)
    pagure.state.assign(pagure.project, beta, FRIDA, BOT)
    assert pagure.listed(author=ALICE) == [none]
    assert pagure.listed(author="nobody") == []
    assert pagure.listed(assignee=FRIDA) == [beta]
    assert pagure.listed(tags="beta") == [both, beta]
    assert pagure.listed(tags=["final", "nonsense"]) == [both]
    assert pagure.listed(tags="!final") == [none, beta]
    assert pagure.listed(tags=["beta", "!final"]) == [beta]


def test_comments_come_along_in_full(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    texts = [f"comment {number}\r\n\r\nBetaBlocker +1 – ünïcode" for number in range(50)]
    for text in texts:
        pagure.comment(ticket_id, text)
    (issue,) = pagure.get("issues")["issues"]
    assert [comment["comment"] for comment in issue["comments"]] == texts
    assert issue == pagure.get(f"issue/{ticket_id}")


def test_one_comment_can_be_asked_for(pagure: PagureWorld) -> None:
    ticket_id = pagure.file()
    comment_id, now = pagure.comment(ticket_id, "0 BetaBlocker"), pagure.clock.now
    comment = pagure.get(f"issue/{ticket_id}/comment/{comment_id}")
    assert (comment["comment"], comment["comment_date"]) == ("0 BetaBlocker", f"{now:%Y-%m-%d %H:%M:%S}")
    assert refusal(pagure.ask("GET", f"issue/{ticket_id}/comment/999")) == (404, "ENOCOMMENT")


def test_numbers_have_gaps_where_pull_requests_are(pagure: PagureWorld) -> None:
    first = pagure.file()
    gap = pagure.state.burn_id(pagure.project)
    assert (gap, pagure.file()) == (first + 1, first + 2)
    assert refusal(pagure.ask("GET", f"issue/{gap}")) == (404, "ENOISSUE")


def test_each_project_has_its_own_numbers_but_comments_do_not(pagure: PagureWorld) -> None:
    comment_id = pagure.comment(pagure.file())
    other = pagure.state.create_ticket(pagure.other_project, "x", "y", ALICE)
    assert other == 1
    assert pagure.state.comment(pagure.other_project, other, "z", ALICE) == comment_id + 1
    answer = pagure.ask("GET", f"issue/{other}", project=pagure.other_project).json()
    assert answer["full_url"] == f"{pagure.server.url}/{pagure.other_project}/issue/1"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("{project}/issue/9999", "ENOISSUE"),
        ("{project}/issue/abc", "ENOISSUE"),
        ("no/such/issue/1", "ENOPROJECT"),
        ("no-such/issues", "ENOPROJECT"),
        ("fedora-qa", "ENOPROJECT"),
        ("no-such/contributors", "ENOPROJECT"),
    ],
)
def test_what_is_not_there_is_404_with_a_code(pagure: PagureWorld, path: str, code: str) -> None:
    assert refusal(pagure.ask_at(path.format(project=pagure.project))) == (404, code)


def test_the_project_knows_the_tags_of_its_tickets(pagure: PagureWorld) -> None:
    pagure.file(tags=["final"])
    pagure.file(tags=["beta", "final"])
    assert pagure.get("tags") == {"tags": ["beta", "final"], "total_tags": 2}


def test_a_ticket_has_a_page_for_people_without_markup_of_others(pagure: PagureWorld) -> None:
    ticket_id = pagure.file("<script>alert(1)</script>")
    pagure.comment(ticket_id, "<b>BetaBlocker +1</b>")
    issue = pagure.get(f"issue/{ticket_id}")
    page = requests.get(issue["full_url"], timeout=TIMEOUT_S)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "&lt;script&gt;" in page.text
    assert "&lt;b&gt;BetaBlocker +1" in page.text
    assert "<script>" not in page.text
    private = pagure.file(is_private=True, title="Secret")
    hidden = requests.get(f"{pagure.server.url}/{pagure.project}/issue/{private}", timeout=TIMEOUT_S)
    assert (hidden.status_code, "Secret" in hidden.text) == (403, False)
