"""How the simulated Bugzilla can be told to misbehave while it runs, and what it was asked.

From Python by setting attributes, over HTTP with `GET` and `PUT /_control`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from random import Random
from threading import Lock
from typing import Any, Literal

from bbconsumer.simulator.records import Json

FailureKind = Literal["status", "100500", "html", "empty", "truncated", "closed"]
FAILURE_KINDS = ("status", "100500", "html", "empty", "truncated", "closed")


@dataclass
class Failure:
    """What the next requests get instead of an answer.

    `status`: an error body with `code` under that HTTP status. `100500`: HTTP 200 with
    an error body, as of an internal failure. `html`: an error page under `status`.
    `empty`: HTTP 200 without a body. `truncated`: half of the true answer. `closed`:
    the connection is dropped.

    `times`: how many requests fail; None: all until switched off. `share`: which part
    of the requests, by chance, as under parallel requests with one key. `carried_out`: the
    request takes effect all the same, and only its answer is lost.
    """

    kind: FailureKind
    status: int = 500
    code: int = 32000
    message: str = "The simulated Bugzilla was told to fail."
    times: int | None = None
    share: float = 1.0
    carried_out: bool = False

    def __post_init__(self) -> None:
        if self.kind not in FAILURE_KINDS:
            raise ValueError(f"no such failure: {self.kind!r}")


@dataclass
class Throttle:
    """HTTP 429 with Retry-After, for so many requests (None: until switched off)."""

    retry_after_s: int = 1
    times: int | None = None


@dataclass
class Switches:
    """The faults; each is off by default. They hit only requests that match `paths`.

    `paths` is a regular expression that is searched in `METHOD /path`.
    `row_limit` cuts every search at so many rows, without a word. `lag_s` and
    `lag_edits` have reads answer as of then. `hide` are ids that this key suddenly may
    not see. `empty` has searches find nothing. `refuse_history_ids` ignores the extra
    `ids` of a history request. `slow_s` delays each answer. `lose_messages` is a bridge
    that is down: edits happen, messages do not.
    """

    paths: str = ""
    row_limit: int | None = None
    lag_s: float = 0.0
    lag_edits: int = 0
    slow_s: float = 0.0
    hide: frozenset[int] = frozenset()
    empty: bool = False
    refuse_history_ids: bool = False
    lose_messages: bool = False
    fail: Failure | None = None
    throttle: Throttle | None = None
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)
    _chance: Random = field(default_factory=lambda: Random(0), repr=False, compare=False)

    def apply_to(self, request_line: str) -> bool:
        """Whether a request (`GET /rest/bug/7`) is one that the faults hit."""
        return not self.paths or re.search(self.paths, request_line) is not None

    def take_failure(self) -> Failure | None:
        """The failure due to this request, counted."""
        with self._lock:
            failure = self.fail
            if failure is None or self._chance.random() >= failure.share:
                return None
            if _used_up(failure):
                self.fail = None
            return failure

    def take_throttle(self) -> Throttle | None:
        """The refusal due to this request, counted."""
        with self._lock:
            throttle = self.throttle
            if throttle is not None and _used_up(throttle):
                self.throttle = None
            return throttle

    def reset(self) -> None:
        """Behave again."""
        self.update({name: getattr(Switches(), name) for name in _SETTABLE})

    def update(self, values: Mapping[str, Any]) -> None:
        """Set switches from JSON values. Raises: ValueError for an unknown name or kind."""
        if unknown := set(values) - set(_SETTABLE):
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        changed = dict(values)
        try:
            if isinstance(changed.get("fail"), Mapping):
                changed["fail"] = Failure(**changed["fail"])
            if isinstance(changed.get("throttle"), Mapping):
                changed["throttle"] = Throttle(**changed["throttle"])
            if "hide" in changed:
                changed["hide"] = frozenset(map(int, changed["hide"]))
        except TypeError as error:
            raise ValueError(str(error)) from error
        with self._lock:
            for name, value in changed.items():
                setattr(self, name, value)

    def as_json(self) -> Json:
        account: Json = {}
        for name in _SETTABLE:
            value = getattr(self, name)
            if isinstance(value, Failure | Throttle):
                value = asdict(value)
            account[name] = sorted(value) if isinstance(value, frozenset) else value
        return account


_SETTABLE = tuple(entry.name for entry in fields(Switches) if not entry.name.startswith("_"))


def _used_up(fault: Failure | Throttle) -> bool:
    """Count one use; whether it was the last."""
    if fault.times is None:
        return False
    fault.times -= 1
    return fault.times <= 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its kind, method, path, and query without the API key."""

    kind: str
    method: str
    path: str
    query: str


class RequestLog:
    """Every request since the start, or since `clear`; faulty answers included."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: list[Asked] = []

    def add(self, method: str, path: str, query: str) -> None:
        with self._lock:
            clean = _API_KEY.sub(r"\1=…", query)
            self._asked.append(Asked(kind_of(method, path), method, path, clean))

    def clear(self) -> None:
        with self._lock:
            self._asked.clear()

    def all(self) -> list[Asked]:
        with self._lock:
            return list(self._asked)

    def count(self, kind: str = "") -> int:
        """How many requests of a kind (see `kind_of`); of all kinds by default."""
        return sum(1 for asked in self.all() if kind in ("", asked.kind))

    def by_kind(self) -> dict[str, int]:
        return dict(Counter(asked.kind for asked in self.all()))


_API_KEY = re.compile(r"((?:Bugzilla_)?api_key)=[^&]*")
_KINDS = (
    ("GET", r"/rest/bug", "search"),
    ("POST", r"/rest/bug", "create"),
    ("GET", r"/rest/bug/[^/]+", "bug"),
    ("PUT", r"/rest/bug/[^/]+", "update"),
    ("GET", r"/rest/bug/[^/]+/history", "history"),
    ("GET", r"/rest/bug/[^/]+/comment", "comments"),
    ("POST", r"/rest/bug/[^/]+/comment", "comment"),
    ("GET", r"/rest/(?P<name>version|time|user|whoami)", ""),
    ("GET", r"/show_bug\.cgi", "page"),
)


def kind_of(method: str, path: str) -> str:
    """search, bug, history, comments, create, update, comment, version, time, user, whoami,
    page, or other."""
    for known_method, pattern, kind in _KINDS:
        match = re.fullmatch(pattern, path)
        if match and method == known_method:
            return kind or match["name"]
    return "other"
