"""Bugs as they come: whatever people and servers put into them is read, cleaned, or refused by the bug's number."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable

import pytest

from bbconsumer.domain.snapshots import BugSnapshot
from bbconsumer.sources import RequestRefused
from tests.sources.world import Json, World, source_of, tampered


def read(world: World, bug_id: int, change: Callable[[Json], object]) -> BugSnapshot:
    """The bug as it is read when `change` was done to it on the way."""

    def spoil(_: str, answer: Json) -> None:
        for bug in answer.get("bugs", []):
            if bug["id"] == bug_id:
                change(bug)

    with tampered(world, spoil) as url:
        (answer,) = source_of(url).fetch_bugs([bug_id], [world.tracker], {}).values()
    assert isinstance(answer, BugSnapshot)
    return answer


@pytest.mark.parametrize(
    ("title", "read_as"),
    [
        ("GNOME Shell – “ünïcode” 🐧 עברית", None),
        ("<script>alert(1)</script> & 'quotes' \\ %s {}", None),
        ("line\nbreak\ttab\x1b[31m", None),
        ("NUL\0inside", "NUL\N{REPLACEMENT CHARACTER}inside"),
        ("half a pair \ud83d end", "half a pair ? end"),
        ("", None),
        ("x" * 10_000_000, None),
    ],
    ids=["unicode", "markup", "control", "NUL", "surrogate", "empty", "10 MB"],
)
def test_titles_may_hold_anything(world: World, title: str, read_as: str | None) -> None:
    bug = read(world, world.file(), lambda raw: raw.update(summary=title, whiteboard=title))
    expected = title if read_as is None else read_as
    assert bug.summary == bug.whiteboard == expected
    assert json.dumps(bug.summary, ensure_ascii=False).encode("utf-8"), "any database takes it"


def test_component_and_version_are_texts_in_either_flavour(either_world: World) -> None:
    bug_id = either_world.file(component="gnome-shell", version="rawhide")
    (bug,) = either_world.source().fetch_bugs([bug_id], [either_world.tracker], {}).values()
    assert isinstance(bug, BugSnapshot)
    assert (bug.component, bug.version) == ("gnome-shell", "rawhide")


SPOILT: dict[str, Callable[[Json], object]] = {
    "a time in another form": lambda bug: bug.update(last_change_time="20261123T15:08:35"),
    "no time": lambda bug: bug.update(creation_time=None),
    "an impossible time": lambda bug: bug.update(last_change_time="2026-13-45T25:61:61Z"),
    "no status": lambda bug: bug.pop("status"),
    "no blocks": lambda bug: bug.pop("blocks"),
    "blocks null": lambda bug: bug.update(blocks=None),
    "blocks of texts": lambda bug: bug.update(blocks=["F45BetaBlocker"]),
    "no flags": lambda bug: bug.pop("flags"),
    "a flag without status": lambda bug: bug.update(flags=[{"name": "needinfo"}]),
    "a flag that is a text": lambda bug: bug.update(flags=["needinfo?"]),
    "a number for a text": lambda bug: bug.update(summary=7),
    "an object for a text": lambda bug: bug.update(assigned_to={"name": "x"}),
    "a huge text for a time": lambda bug: bug.update(last_change_time="9" * 1_000_000),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_bug_without_sense_is_refused_and_named(world: World, how: str) -> None:
    bug_id = world.file()
    with pytest.raises(RequestRefused, match=f"about bug {bug_id} cannot be read") as caught:
        read(world, bug_id, SPOILT[how])
    assert len("".join(traceback.format_exception(caught.value))) < 5_000, "it goes to the log"


def test_one_bug_without_sense_does_not_spoil_the_others(world: World) -> None:
    """The caller halves the batch until it has found it."""
    good, bad = world.file_many(2)

    def spoil(_: str, answer: Json) -> None:
        for bug in answer.get("bugs", []):
            if bug["id"] == bad:
                bug["status"] = None
                del bug["is_open"]

    with tampered(world, spoil) as url:
        source = source_of(url)
        with pytest.raises(RequestRefused):
            source.fetch_bugs([good, bad], [world.tracker], {})
        assert source.fetch_bugs([good], [world.tracker], {}).keys() == {good}


@pytest.mark.parametrize(
    "change",
    [
        lambda bug: bug.update(depends_on=["x"]),
        lambda bug: bug.update(last_change_time=None),
        lambda bug: bug.pop("alias"),
    ],
)
def test_a_tracker_without_sense_is_refused_and_named(world: World, change: Callable[[Json], object]) -> None:
    def spoil(_: str, answer: Json) -> None:
        for bug in answer.get("bugs", []):
            change(bug)

    with tampered(world, spoil) as url, pytest.raises(RequestRefused, match=f"about tracker {world.tracker}"):
        source_of(url).fetch_trackers([world.tracker])


@pytest.mark.parametrize(
    ("alias", "aliases"), [(["A", "B"], ("A", "B")), ("A", ("A",)), ("", ()), (None, ()), ([], ())]
)
def test_an_alias_is_a_list_or_a_text(world: World, alias: object, aliases: tuple[str, ...]) -> None:
    def spoil(_: str, answer: Json) -> None:
        for bug in answer.get("bugs", []):
            bug["alias"] = alias

    with tampered(world, spoil) as url:
        assert source_of(url).fetch_trackers([world.tracker])[world.tracker].aliases == aliases
