"""What Bodhi answers over HTTP: lists and their filters, single objects, pages for people, faults."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.switches import Failure, Switches
from tests.simulator.bodhi_world import KERNEL, BodhiWorld, served_world
from tests.simulator.world import START, TIMEOUT_S


def many(served: BodhiWorld, count: int) -> list[str]:
    """So many updates, the latest first."""
    aliases = []
    for number in range(count):
        served.clock.advance()
        aliases.append(served.submit(f"package{number}-1-1.fc45", bugs=[number]))
    return aliases[::-1]


def test_a_list_has_pages_of_twenty_and_says_how_many(served: BodhiWorld) -> None:
    aliases = many(served, 45)
    answer = served.get("updates/")
    assert {name: answer[name] for name in ("page", "pages", "rows_per_page", "total")} == {
        "page": 1,
        "pages": 3,
        "rows_per_page": 20,
        "total": 45,
    }
    assert served.found() == aliases[:20]
    assert served.found(page=3) == aliases[40:]
    assert served.found(page=4) == []
    assert served.found(rows_per_page=1000) == aliases
    assert served.found(rows_per_page=7, page=2) == aliases[7:14]


def test_an_empty_list_has_no_pages(served: BodhiWorld) -> None:
    answer = served.get("updates/")
    assert (answer["updates"], answer["page"], answer["pages"], answer["total"]) == ([], 1, 0, 0)


def test_times_are_utc_without_a_zone_and_null_until_something_happened(served: BodhiWorld) -> None:
    alias = served.submit()
    update = served.get(f"updates/{alias}")["update"]
    assert update["date_submitted"] == START.strftime("%Y-%m-%d %H:%M:%S")
    assert {update[name] for name in ("date_modified", "date_testing", "date_stable", "date_pushed")} == {None}
    served.clock.advance(61)
    served.state.edit_update(alias, "alice", notes="x")
    assert served.get(f"updates/{alias}")["update"]["date_modified"] == "2026-09-14 12:01:01"


@dataclass
class Varied:
    """A server with updates that each have something special, by what that is. One for many tests."""

    world: BodhiWorld
    aliases: dict[str, str]


@pytest.fixture(scope="module")
def varied() -> Iterator[Varied]:
    with served_world() as served:
        aliases = {"plain": served.submit(bugs=[1, 2])}
        served.clock.advance(60)
        aliases["old release"] = served.submit_tested("dracut-1-1.fc44", release="F44", bugs=[2])
        served.clock.advance(60)
        aliases["rawhide"] = served.submit("kernel-7-1.fc46", release="F46")
        aliases["failed"] = served.submit_tested("lorax-1-1.fc45", critpath_groups="core")
        served.state.set_gating(aliases["failed"], "failed")
        served.vote(aliases["old release"], 1, "bob", "carol")
        served.state.request_stable(aliases["old release"], "alice")
        served.clock.advance(60)
        served.state.push_to_stable(aliases["old release"])
        served.state.edit_update(aliases["plain"], "alice", notes="x")
        yield Varied(served, aliases)


EVERYTHING = {"plain", "old release", "rawhide", "failed"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"bugs": "1"}, {"plain"}),
        ({"bugs": "2,77"}, {"plain", "old release"}),
        ({"bugs": ["1", "2"]}, {"plain", "old release"}),
        ({"bugs": "77"}, set()),
        # Named and empty, it only asks for updates that name some bug.
        ({"bugs": ""}, {"plain", "old release"}),
        ({"releases": "F44"}, {"old release"}),
        ({"releases": "f44 46"}, {"old release", "rawhide"}),
        ({"releases": "__current__"}, {"old release"}),
        ({"releases": "__pending__"}, {"plain", "rawhide", "failed"}),
        ({"status": "testing"}, {"failed"}),
        ({"status": "pending,stable"}, {"plain", "old release", "rawhide"}),
        ({"request": "testing"}, {"plain"}),
        ({"gating": "failed"}, {"failed"}),
        ({"critpath": "true"}, {"failed"}),
        ({"locked": "0"}, EVERYTHING),
        ({"packages": "kernel"}, {"plain", "rawhide"}),
        ({"builds": KERNEL}, {"plain"}),
        ({"user": "alice"}, EVERYTHING),
        ({"submitted_since": "2026-09-14 12:02:00"}, {"rawhide", "failed"}),
        ({"submitted_since": "2026-09-14T12:02:00Z"}, {"rawhide", "failed"}),
        ({"submitted_before": "2026-09-14 12:02:00"}, {"plain", "old release"}),
        ({"submitted_since": "2026-09-15"}, set()),
        ({"modified_since": "2026-09-14 12:03:00"}, {"plain"}),
        # A push to testing is not found, although `date_pushed` tells of it.
        ({"pushed_since": "2026-09-14 12:00:00"}, {"old release"}),
        ({"bugs": "2", "releases": "F45"}, {"plain"}),
        # What Bodhi does not know it ignores.
        ({"bug": "1", "release_name": "F44"}, EVERYTHING),
    ],
    # A set is not written in the same order by every process.
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_filters(varied: Varied, query: dict[str, Any], names: set[str]) -> None:
    assert set(varied.world.found(**query)) == {varied.aliases[name] for name in names}


def test_several_updates_are_found_by_their_aliases_and_a_missing_one_is_left_out(served: BodhiWorld) -> None:
    aliases = many(served, 25)
    wanted = ",".join([*aliases[:22], "FEDORA-2026-0000000000"])
    assert served.found(alias=wanted) == aliases[:20]
    assert (
        served.found(alias=wanted, rows_per_page=100)
        == served.found(updateid=wanted, rows_per_page=100)
        == aliases[:22]
    )


@pytest.mark.parametrize(
    ("query", "complaints"),
    [
        ({"rows_per_page": 1001}, [("rows_per_page", "1001 is greater than maximum value 1000")]),
        ({"rows_per_page": "all"}, [("rows_per_page", '"all" is not a number')]),
        ({"page": 0}, [("page", "0 is less than minimum value 1")]),
        ({"releases": "F45,WinXP"}, [("releases", "Invalid releases specified: WinXP")]),
        (
            {"status": "testing,done"},
            [("status.1", '"done" is not one of pending, testing, stable, obsolete, unpushed')],
        ),
        ({"bugs": "1,x"}, [("bugs", "Invalid bug ID specified: ['1', 'x']")]),
        ({"modified_since": "yesterday"}, [("modified_since", "Invalid date")]),
        ({"critpath": "maybe"}, [("critpath", "\"maybe\" is neither in ('false', '0') nor in ('true', '1')")]),
        ({"alias": ""}, [("alias.0", "Required")]),
        (
            {"bugs": "x", "submitted_since": "y"},
            [("bugs", "Invalid bug ID specified: ['x']"), ("submitted_since", "Invalid date")],
        ),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_all_that_is_wrong(
    varied: Varied, query: dict[str, Any], complaints: list[tuple[str, str]]
) -> None:
    assert varied.world.refusals("updates/", **query) == complaints


def test_a_single_update_says_what_its_reader_may_do(served: BodhiWorld) -> None:
    alias = served.submit()
    answer = served.get(f"updates/{alias}")
    assert (answer["update"]["alias"], answer["can_edit"], answer["ci_allowed"]) == (alias, False, False)
    assert answer["update"]["url"] == f"{served.server.url}/updates/{alias}"
    assert served.get("updates/")["updates"] == [answer["update"]]


def test_a_missing_update_is_404_and_a_package_leads_to_its_updates(served: BodhiWorld) -> None:
    alias = served.submit()
    response = served.ask("updates/FEDORA-2026-0000000000")
    assert response.status_code == 404
    assert response.json()["errors"] == [{"location": "url", "name": "id", "description": "Invalid update id"}]
    response = served.ask("updates/kernel")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{served.server.url}/updates/?packages=kernel",
    )
    answer = requests.get(response.headers["Location"], timeout=TIMEOUT_S).json()
    assert ([update["alias"] for update in answer["updates"]], answer["package"]) == ([alias], "kernel")


def test_people_get_a_page(served: BodhiWorld) -> None:
    alias = served.submit(bugs=[7], notes="<script>alert()</script>")
    served.state.set_bug_title(7, "It's <black>")
    served.state.comment(alias, "bob", "works & more", 1)
    response = served.ask(f"updates/{alias}", accept="text/html,*/*")
    assert response.headers["Content-Type"].startswith("text/html")
    for text in (
        alias,
        KERNEL,
        "pending, asks for testing",
        "&lt;script&gt;",
        "It&#x27;s &lt;black&gt;",
        "bob (+1)",
        "works &amp; more",
    ):
        assert text in response.text
    assert served.ask("updates/nothing", accept="text/html").status_code == 404
    assert served.ask(f"updates/{alias}", accept="*/*").headers["Content-Type"] == "application/json"


def test_releases_are_listed_by_name(served: BodhiWorld) -> None:
    served.state.add_release("EPEL-9")
    served.state.add_release("F40", state="archived")
    answer = served.get("releases/")
    assert [release["name"] for release in answer["releases"]] == ["EPEL-9", "F40", "F44", "F45", "F46"]
    assert answer["total"] == 5
    assert served.get("releases/", state="pending", rows_per_page=1)["pages"] == 2
    assert [
        release["name"] for release in served.get("releases/", exclude_archived="true", name="F40")["releases"]
    ] == []
    epel = served.get("releases/EPEL-9")
    assert (epel["long_name"], epel["id_prefix"], epel["branch"]) == ("Fedora EPEL 9", "FEDORA-EPEL", "epel9")
    assert served.submit("tool-1-1.el9", release="EPEL-9").startswith("FEDORA-EPEL-2026-")
    assert served.ask("releases/F99").status_code == 404


def test_comments_are_listed_the_latest_first_and_bodhis_own_only_without_chrome(served: BodhiWorld) -> None:
    first, second = served.submit(), served.submit_tested("dracut-1-1.fc45")
    served.clock.advance(60)
    served.vote(first, 1, "bob")
    served.clock.advance(60)
    served.vote(second, -1, "carol")
    answer = served.get("comments/")
    assert [(comment["author"], comment["update_alias"]) for comment in answer["comments"]] == [
        ("carol", second),
        ("bob", first),
    ]
    assert answer["total"] == 2
    assert served.get("comments/", chrome="false")["total"] == 6
    assert [each["author"] for each in served.get("comments/", updates=first)["comments"]] == ["bob"]
    assert [each["author"] for each in served.get("comments/", user="carol")["comments"]] == ["carol"]
    assert served.get("comments/", since="2026-09-14 12:01:00")["total"] == 2
    assert served.get("comments/", since="2026-09-14 12:01:01")["total"] == 1
    assert served.refusals("comments/", updates="nope") == [("updates", "Invalid updates specified: nope")]


def test_a_person_is_known_after_the_first_deed(served: BodhiWorld) -> None:
    served.submit()
    assert served.get("users/alice")["user"]["name"] == "alice"
    assert served.ask("users/nobody").status_code == 404


@pytest.mark.parametrize("switch", ["lag_s", "lag_edits"])
def test_reads_can_lag_behind(served: BodhiWorld, switch: str) -> None:
    alias = served.submit()
    served.clock.advance(30)
    served.state.push_to_testing(alias)
    newer = served.submit("dracut-1-1.fc45")
    setattr(served.server.switches, switch, 10 if switch == "lag_s" else 2)
    assert served.get(f"updates/{alias}")["update"]["status"] == "pending"
    assert served.found() == [alias]
    assert served.ask(f"updates/{newer}").status_code == 404
    served.server.switches.reset()
    assert served.found() == [newer, alias]


def test_updates_can_vanish_lists_be_empty_and_pages_be_cut(served: BodhiWorld) -> None:
    aliases = many(served, 4)
    served.server.switches.hide = frozenset({served.update(aliases[0]).id})
    assert served.found() == aliases[1:]
    assert served.ask(f"updates/{aliases[0]}").status_code == 404
    served.server.switches.update({"hide": [], "row_limit": 2})
    assert (served.found(), served.get("updates/")["total"]) == (aliases[:2], 4)
    served.server.switches.update({"row_limit": None, "empty": True})
    assert served.found() == []


def test_it_fails_in_its_own_words(served: BodhiWorld) -> None:
    served.server.switches.fail = Failure("status", status=500, times=1)
    response = served.ask("updates/")
    assert (response.status_code, response.json()["status"]) == (500, "error")
    assert served.ask("updates/").status_code == 200


def test_requests_are_counted_by_kind_and_the_control_page_is_not(served: BodhiWorld) -> None:
    alias = served.submit()
    for path in (
        "updates/",
        f"updates/{alias}",
        "comments/",
        "releases/",
        "releases/F45",
        "users/alice",
        "favicon.ico",
    ):
        served.ask(path)
    account = requests.put(f"{served.server.url}/_control", json={"row_limit": 3}, timeout=TIMEOUT_S).json()
    assert account["switches"] == Switches(row_limit=3).as_json()
    kinds = ("updates", "update", "comments", "releases", "release", "user", "other")
    assert account["requests"]["by_kind"] == dict.fromkeys(kinds, 1)


def test_thousands_are_quickly_there_in_all_states() -> None:
    now = datetime(2026, 9, 14, 12, tzinfo=UTC)
    state = build_updates(range(1, 201), unrelated=100, clock=lambda: now)
    updates = [state.update(alias) for alias in state.updates.known_keys()]
    assert len(updates) == 300
    assert {update.status for update in updates} == {"pending", "testing", "stable"}
    assert {bug for update in updates for bug in update.bugs} == set(range(1, 301))
    assert all(update.submitted_at < now for update in updates)
    assert state.now() == now
    again = build_updates(range(1, 201), unrelated=100, clock=lambda: now)
    assert [again.update(alias) for alias in again.updates.known_keys()] == updates
    with SimulatedBodhi(state) as server:
        answer = requests.get(f"{server.url}/updates/", params={"bugs": "7"}, timeout=TIMEOUT_S).json()
    assert answer["total"] == 1
