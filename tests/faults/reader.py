"""Looks at pages all through a storm: each must answer with what is stored and say how old that is.

While the database is in trouble it may be the last rendering, marked as old, or 503 with Retry-After. One bug blocks
every tracker from the beginning to the end, so no page may ever be without it.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

import requests

from tests.convergence.story import ANCHOR
from tests.faults.stage import NOTICED_S, Stage

# Seconds: between two looks, and that a page may take, which waits for locks of a table.
_PAUSE_S, _PATIENCE_S = 0.2, 70.0
_OLD = "This page is old."
_AGES = {
    "html": r'class="freshness">\s*(Checked|The last complete sync ended) ',
    "text": r"the last complete sync was at 2\d{3}-",
    "feed": r"<subtitle>Checked 2\d{3}-",
    "data": r'"checked_at":\s*"2\d{3}-',
}
_AGE = re.compile("|".join(_AGES.values()))
_MILESTONE, _API = "/milestone/45/beta", "/api/v1"


def _shows_the_bug(page: str) -> bool:
    return f"/bug/{ANCHOR}" in page


def _says_no_go(page: str) -> bool:
    return "NO-GO" in page


def _says_its_age(page: str) -> bool:
    return _AGE.search(page) is not None or _OLD in page


def _api_says_no_go(text: str) -> bool:
    answer = json.loads(text)
    return bool(answer["verdict"] == "NO-GO" and answer["checked_at"])


def _api_has_the_bug(text: str) -> bool:
    answer = json.loads(text)
    return bool(answer["checked_at"] and ANCHOR in {bug["id"] for bug in answer["bugs"]})


def _api_is_the_bug(text: str) -> bool:
    answer = json.loads(text)
    return bool(answer["checked_at"] and answer["id"] == ANCHOR)


_Check = Callable[[str], bool]
_WITH_AGE = (
    *(f"{_MILESTONE}/{name}" for name in ("need_testing", "decisions", "requests", "feed.atom")),
    *(f"{_MILESTONE}/{name}.txt" for name in ("weekly", "compose", "go-no-go")),
    *(f"/bug/{ANCHOR}/feed.atom", "/package/kernel", "/user/alice", "/search?q=kernel"),
    *(f"{_API}/milestones/45/beta/updates", f"{_API}/events"),
)
# What must be so of each page, in words.
PAGES: Mapping[str, Mapping[str, _Check]] = {
    _MILESTONE: {"is not NO-GO": _says_no_go, "does not say how old it is": _says_its_age},
    f"{_MILESTONE}/buglist": {"lacks a blocker": _shows_the_bug, "does not say how old it is": _says_its_age},
    f"{_MILESTONE}/updates": {"does not say how old it is": _says_its_age},
    f"{_MILESTONE}/meeting.txt": {"lacks a blocker": lambda page: f"({ANCHOR})" in page},
    f"/bug/{ANCHOR}": {"does not say how old it is": _says_its_age},
    "/status": {"does not say how old it is": _says_its_age},
    f"{_API}/milestones/45/beta": {"is not NO-GO, or has no age": _api_says_no_go},
    f"{_API}/milestones/45/beta/bugs": {"lacks a blocker, or has no age": _api_has_the_bug},
    **{path: {"does not say how old it is": _says_its_age} for path in _WITH_AGE},
    f"{_API}/bugs/{ANCHOR}": {"is not that bug, or has no age": _api_is_the_bug},
    f"{_MILESTONE}/burndown.csv": {"is empty": lambda page: page.startswith("day,")},
    "/badge/45/beta.svg": {"is not NO-GO": lambda page: "NO-GO" in page or "unknown" in page.lower()},
}


class Reader:
    """A context manager. `problems` are sentences, `looks` counts what came back: `fresh`, `old`, `unavailable`."""

    def __init__(self, stage: Stage, chance: Random) -> None:
        self.problems: Counter[str] = Counter()
        self.looks: Counter[str] = Counter()
        self._stage = stage
        self._chance = chance
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def look_at_all(self) -> None:
        """Look at each page once."""
        for path in PAGES:
            self._look(path)

    def _read(self) -> None:
        while not self._is_over.wait(_PAUSE_S):
            path = self._chance.choice(list(PAGES))
            try:
                self._look(path)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody would look any more
                self.problems[f"{path} could not be judged: {error!r}"] += 1

    def _look(self, path: str) -> None:
        began, steady_since = time.monotonic(), self._stage.keeper.steady_since
        away_since = self._stage.database_away_since
        url = self._stage.keeper.web_url + self._stage.settings.path_prefix + path
        try:
            answer = requests.get(url, timeout=_PATIENCE_S)
        except requests.RequestException as error:
            self.looks["no answer"] += 1
            # Who is just being killed or frozen cannot answer.
            if steady_since is not None and self._stage.keeper.steady_since == steady_since:
                self.problems[f"{path} was not answered: {type(error).__name__}"] += 1
            return
        if answer.status_code == 503 and "Retry-After" in answer.headers:
            self.looks["unavailable"] += 1
            if not self._stage.was_database_in_trouble(began):
                self.problems[f"{path} was unavailable though the database was there"] += 1
        elif answer.status_code != 200:
            self.problems[f"{path} answered with {answer.status_code}"] += 1
        else:
            # Both before it was asked for and after it came.
            is_away = away_since is not None and away_since == self._stage.database_away_since
            self.judge(path, answer.text, began, is_noticed=is_away and began - (away_since or began) > NOTICED_S)

    def judge(self, path: str, page: str, began: float, *, is_noticed: bool = False) -> None:
        """Judge a page that was asked for at a time (monotonic). `is_noticed`: that the database is away."""
        is_old = _OLD in page
        self.looks["old" if is_old else "fresh"] += 1
        if is_noticed and not is_old:
            self.problems[f"{path} does not say that it is old though the database is away"] += 1
        if is_old and not self._stage.was_database_in_trouble(began):
            self.problems[f"{path} was old though the database was there"] += 1
        for what, is_so in PAGES[path].items():
            if not is_so(page):
                self.problems[f"{path} {what}"] += 1

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
