"""README tells the truth about commands, options, settings and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
from starlette.routing import BaseRoute, Mount

from bbconsumer.cli import main
from bbconsumer.config import Settings, setting_table
from bbconsumer.domain.reasons import SEVERITY_BY_CODE
from web.app import create_app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_setting_is_listed_with_its_default_and_nothing_else_is() -> None:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |" for name, default, meaning in setting_table()
    ]
    listed = [line for line in _section("Settings").splitlines() if line.startswith("| `")]
    assert listed == rows


@pytest.mark.parametrize("name", main.commands)
def test_every_command_is_listed_with_its_options(name: str) -> None:
    (row,) = [line for line in _section("Commands").splitlines() if re.match(rf"\| `{name}[ `]", line)]
    options = [option for p in main.commands[name].params if isinstance(p, click.Option) for option in p.opts]
    assert [option for option in options if option.startswith("--") and option not in row] == []


def test_no_command_is_listed_that_does_not_exist() -> None:
    listed = re.findall(r"^\| `(\w+)", _section("Commands"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(main.commands)


def test_every_reason_of_a_verdict_is_listed_with_its_severity() -> None:
    table = re.findall(r"^\| (`[a-z_`· ]+`) \| (blocks|unknown|warning) \|", README, flags=re.MULTILINE)
    listed = {code: severity for codes, severity in table for code in re.findall(r"`(\w+)`", codes)}
    assert listed == {code.value: severity.value for code, severity in SEVERITY_BY_CODE.items()}


def _paths_in(routes: Iterable[BaseRoute]) -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from (route.path + path for path in _paths_in(route.routes))
        else:
            yield getattr(route, "path", "")


def test_every_address_is_listed() -> None:
    settings = Settings.of(blockerbugs_url="http://127.0.0.1/blockerbugs")
    (mount,) = [route for route in create_app(settings).routes if getattr(route, "path", "") == settings.path_prefix]
    paths = list(_paths_in(getattr(mount, "routes", [])))
    examples = {"{release}": "45", "{name}": "beta", "{bug_id}": "<id>", "{report}": "<report>"}
    examples |= {
        "{account:path}": "<account>",
        "{component:path}": "<component>",
        "{proposal_id}": "<id>",
        "{letter_id}": "<id>",
    }
    for path in paths:
        shown = path
        for parameter, example in examples.items():
            shown = shown.replace(parameter, example)
        assert f"`{shown}" in _section("Addresses")
