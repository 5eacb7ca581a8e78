"""The traps of `GET rest/bug`: every one of them was met on a real server."""

from datetime import timedelta

import pytest

from tests.simulator.world import ALICE, INSIDER, KEYS, OTHER_TRACKER, START, TRACKER, World


def file_many(world: World, count: int, **fields: object) -> list[int]:
    return [world.file(f"Bug number {number}", **fields) for number in range(count)]


def test_red_hat_gives_twenty_rows_to_whoever_sets_no_limit(world: World) -> None:
    file_many(world, 30)
    answer = world.get("bug", product="Fedora")
    assert (len(answer["bugs"]), answer["total_matches"], answer["limit"], answer["offset"]) == (20, 32, 20, 0)


def test_red_hat_gives_a_thousand_rows_for_limit_zero_and_tells_the_total(world: World) -> None:
    file_many(world, 1_010)
    answer = world.get("bug", product="Fedora", limit=0, include_fields="id")
    assert (len(answer["bugs"]), answer["total_matches"]) == (1_000, 1_012)


def test_a_stock_server_cuts_at_ten_thousand_rows_and_tells_nothing(stock_world: World) -> None:
    file_many(stock_world, 10_005)
    answer = stock_world.get("bug", product="Fedora", include_fields="id")
    assert len(answer["bugs"]) == 10_000
    assert answer.keys() == {"bugs"}


def test_without_order_two_equal_searches_differ_in_order(world: World) -> None:
    ids = file_many(world, 50, blocks=[TRACKER])
    answers = [world.found(blocks=TRACKER, limit=100) for _ in range(2)]
    assert answers[0] != answers[1]
    assert sorted(answers[0]) == sorted(answers[1]) == ids


def test_paging_without_order_loses_bugs_and_with_order_does_not(world: World) -> None:
    ids = file_many(world, 60, blocks=[TRACKER])

    def paged(**more: object) -> set[int]:
        pages = [world.found(blocks=TRACKER, limit=10, offset=offset, **more) for offset in range(0, 60, 10)]
        return {bug_id for page in pages for bug_id in page}

    assert len(paged()) < len(ids)
    assert paged(order="bug_id") == set(ids)


def test_offset_without_limit_is_refused(world: World) -> None:
    response = world.ask("GET", "rest/bug", {"product": "Fedora", "offset": 10})
    assert (response.status_code, response.json()["code"]) == (400, 50)


def test_limit_zero_forgets_the_offset(world: World) -> None:
    file_many(world, 5, blocks=[TRACKER])
    assert len(world.found(blocks=TRACKER, limit=0, offset=3)) == 5


def test_descending_order_and_order_by_time(world: World) -> None:
    first, second, third = file_many(world, 3, blocks=[TRACKER])
    world.clock.advance()
    world.edit(second, status="ASSIGNED")
    assert world.found(blocks=TRACKER, order="bug_id DESC") == [third, second, first]
    assert world.found(blocks=TRACKER, order="changeddate,bug_id") == [first, third, second]


def test_blocked_searches_by_substring_and_blocks_exactly(world: World) -> None:
    file_many(world, 9)
    ten_or_so = file_many(world, 1)[0]
    assert str(TRACKER) in str(ten_or_so)
    tracked = world.file(blocks=[TRACKER])
    beside = world.file(blocks=[ten_or_so])
    assert set(world.found(blocked=TRACKER)) == {tracked, beside}
    assert set(world.found(blocks=TRACKER)) == {tracked}


def test_the_old_spelling_of_charts_searches_by_substring_too(world: World) -> None:
    file_many(world, 9)
    beside = world.file(blocks=[10])
    chart = {"field0-0-0": "blocked", "type0-0-0": "substring", "value0-0-0": "1", "query_format": "advanced"}
    assert world.found(**chart) == [beside]


def test_anyexact_on_blocked_finds_the_bugs_of_several_trackers(world: World) -> None:
    first, second = world.file(blocks=[TRACKER]), world.file(blocks=[OTHER_TRACKER])
    world.file()
    chart = {"f1": "blocked", "o1": "anyexact", "v1": f"{TRACKER},{OTHER_TRACKER}"}
    assert world.found(**chart, order="bug_id") == [first, second]


@pytest.mark.parametrize(
    "query", [{"blocks": "F45BetaBlocker"}, {"f1": "blocked", "o1": "equals", "v1": "F45BetaBlocker"}]
)
def test_an_alias_in_a_search_on_blocks_finds_nothing_and_says_nothing(world: World, query: dict[str, str]) -> None:
    world.file(blocks=[TRACKER])
    assert world.found(**query) == []


def test_a_list_of_ids_leaves_out_what_is_missing_or_private(world: World) -> None:
    public, private = world.file(), world.file_private()
    asked = f"{public},{private},99999"
    assert world.found(id=asked) == [public]
    answer = world.ask("GET", "rest/bug", {"id": asked, "order": "bug_id"}, key=KEYS[INSIDER]).json()
    assert [bug["id"] for bug in answer["bugs"]] == [public, private]


def test_ids_may_be_repeated_parameters_too(world: World) -> None:
    ids = file_many(world, 3)
    assert sorted(world.found(id=[str(bug_id) for bug_id in ids])) == ids


def test_ids_and_aliases_together_find_nothing(world: World) -> None:
    bug_id = world.file()
    assert world.found(id=[bug_id], alias=["F45BetaBlocker"]) == []
    assert world.found(alias="F45BetaBlocker") == [TRACKER]


def test_three_hundred_ids_fit_into_an_address_and_four_thousand_do_not(world: World) -> None:
    few = ",".join(str(2_400_000 + number) for number in range(300))
    many = ",".join(str(2_400_000 + number) for number in range(4_000))
    assert world.ask("GET", f"rest/bug?id={few}").status_code == 200
    response = world.ask("GET", f"rest/bug?id={many}")
    assert (response.status_code, response.headers["content-type"]) == (414, "text/html; charset=utf-8")


def test_last_change_time_is_inclusive_with_a_grain_of_one_second(world: World) -> None:
    bug_id = world.file()
    world.clock.advance(10.9)
    world.edit(bug_id, status="ASSIGNED")
    changed = START + timedelta(seconds=70)
    assert world.found(last_change_time=f"{changed:%Y-%m-%dT%H:%M:%SZ}") == [bug_id]
    assert world.found(last_change_time=f"{changed + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}") == []


def test_a_time_that_is_none_is_refused(world: World) -> None:
    assert world.ask("GET", "rest/bug", {"last_change_time": "yesterday"}).json()["code"] == 56


def test_changedafter_looks_into_the_history_of_one_field(world: World) -> None:
    moved, commented = world.file(), world.file()
    world.clock.advance()
    world.edit(moved, blocks={"add": [TRACKER]})
    world.edit(commented, whiteboard="x")
    chart = {"f1": "blocked", "o1": "changedafter", "v1": "2026-09-14T12:01:01Z"}
    assert world.found(**chart) == [moved]


@pytest.mark.parametrize(
    "chart",
    [
        ("flagtypes.name", "substring", "needinfo"),
        ("flagtypes.name", "anyexact", "needinfo?,fedora_prioritized_bug+"),
        ("keywords", "anywords", "Regression"),
        ("status_whiteboard", "substring", "acceptedblocker"),
        ("product", "equals", "Fedora EPEL"),
        ("bug_id", "anyexact", "3,99"),
    ],
)
def test_charts_on_other_fields(world: World, chart: tuple[str, str, str]) -> None:
    needinfo = {"name": "needinfo", "status": "?", "requestee": ALICE}
    wanted = world.file(
        product="Fedora EPEL", keywords=["Regression"], whiteboard="AcceptedBlocker openqa", flags=[needinfo]
    )
    world.file()
    assert wanted == 3
    field, operator, value = chart
    assert world.found(f1=field, o1=operator, v1=value) == [wanted]


def test_charts_join_with_and_unless_or_is_asked_for(world: World) -> None:
    first, second = world.file(whiteboard="one"), world.file(whiteboard="two")
    charts = {"f1": "status_whiteboard", "o1": "equals", "v1": "one", "f2": "bug_id", "o2": "equals", "v2": str(second)}
    assert world.found(**charts) == []
    assert world.found(**charts, j_top="OR", order="bug_id") == [first, second]


def test_plain_parameters_narrow_the_search(world: World) -> None:
    bug_id = world.file("Black screen at login", component="gdm", status="ASSIGNED")
    world.file("Black screen at boot", status="CLOSED", resolution="ERRATA")
    assert world.found(status="ASSIGNED") == world.found(bug_status=["ASSIGNED", "POST"]) == [bug_id]
    assert world.found(component="gdm") == world.found(summary="login black") == [bug_id]
    assert bug_id in world.found(bug_status="__open__")
    assert world.found(bug_status="__closed__") == [bug_id + 1]


def test_a_parameter_that_nobody_knows_restricts_nothing(world: World) -> None:
    file_many(world, 3)
    assert len(world.found(blokcs=TRACKER)) == 5


def test_an_operator_that_is_not_simulated_is_refused_loudly(world: World) -> None:
    response = world.ask("GET", "rest/bug", {"f1": "blocked", "o1": "regexp", "v1": "1"})
    assert response.status_code == 501


def test_included_and_excluded_fields(world: World) -> None:
    bug_id = world.file()
    bug = world.get("bug", id=bug_id, include_fields="id,assigned_to")["bugs"][0]
    assert bug.keys() == {"id", "assigned_to", "assigned_to_detail"}
    everything = world.get("bug", id=bug_id, include_fields="_all")["bugs"][0]
    assert everything == world.get("bug", id=bug_id)["bugs"][0]
    without = world.get("bug", id=bug_id, exclude_fields="summary,flags")["bugs"][0]
    assert everything.keys() - without.keys() == {"summary", "flags"}


def test_red_hat_gives_component_and_version_as_lists_and_a_stock_server_as_strings(
    world: World, stock_world: World
) -> None:
    bug = world.get("bug", id=world.file())["bugs"][0]
    assert (bug["component"], bug["version"]) == (["anaconda"], ["45"])
    bug = stock_world.get("bug", id=stock_world.file())["bugs"][0]
    assert (bug["component"], bug["version"]) == ("anaconda", "45")


def test_whoever_is_not_logged_in_sees_logins_without_the_domain(world: World) -> None:
    bug_id = world.file()
    bug = world.ask("GET", "rest/bug", {"id": bug_id}, key="").json()["bugs"][0]
    assert (bug["creator"], bug["creator_detail"]["name"]) == ("alice", "alice")
