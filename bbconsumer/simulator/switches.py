"""How a simulated server can be told to misbehave while it runs, and what it was asked.

From Python by setting attributes, over HTTP with `GET` and `PUT /_control`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from threading import Lock
from typing import Any, Literal

from bbconsumer.simulator.records import Json
from bbconsumer.simulator.versions import Edits

FailureKind = Literal["status", "100500", "html", "empty", "truncated", "closed", "late"]
FAILURE_KINDS = ("status", "100500", "html", "empty", "truncated", "closed", "late")


@dataclass
class Failure:
    """What the next requests get instead of an answer.

    `status`: an error body with `code` under that HTTP status. `100500`: HTTP 200 with
    an error body, as of an internal failure. `html`: an error page under `status`.
    `empty`: HTTP 200 without a body. `truncated`: half of the true answer. `closed`:
    the connection is dropped. `late`: the request takes effect at once, and its true
    answer comes after `late_s` seconds.

    `times`: how many requests fail; None: all until switched off. `share`: which part
    of the requests, by chance, as under parallel requests with one key. `carried_out`: the
    request takes effect all the same, and only its answer is lost.
    """

    kind: FailureKind
    status: int = 500
    code: int = 32000
    message: str = "The simulated server was told to fail."
    times: int | None = None
    share: float = 1.0
    carried_out: bool = False
    late_s: float = 30.0

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

    `paths` is a regular expression that is searched in `METHOD /path`. `lag_s` and
    `lag_edits` have reads answer as of then. `hide` are ids that this key suddenly may
    not see (of Bodhi: numbers of updates, `Update.id`). `empty` has searches find
    nothing, `row_limit` cuts each page of a list at so many rows, without a word.
    `slow_s` delays each answer. `lose_messages` is a bridge that is down: edits happen,
    messages do not.
    """

    paths: str = ""
    lag_s: float = 0.0
    lag_edits: int = 0
    slow_s: float = 0.0
    hide: frozenset[int] = frozenset()
    empty: bool = False
    row_limit: int | None = None
    lose_messages: bool = False
    fail: Failure | None = None
    throttle: Throttle | None = None
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)
    _chance: Random = field(default_factory=lambda: Random(0), repr=False, compare=False)

    def apply_to(self, request_line: str) -> bool:
        """Whether a request (`GET /rest/bug/7`) is one that the faults hit."""
        return not self.paths or re.search(self.paths, request_line) is not None

    def lagging_edit(self, edits: Edits, now: datetime) -> int | None:
        """The edit as of which reads answer; None: they are up to date."""
        if not self.lag_s and not self.lag_edits:
            return None
        newest = edits.count - self.lag_edits
        if self.lag_s:
            newest = min(newest, edits.last_before(now - timedelta(seconds=self.lag_s)))
        return max(newest, 0)

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
        self.update({name: getattr(type(self)(), name) for name in self._settable()})

    def update(self, values: Mapping[str, Any]) -> None:
        """Set switches from JSON values. Raises: ValueError for an unknown name or kind."""
        if unknown := set(values) - set(self._settable()):
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
        for name in self._settable():
            value = getattr(self, name)
            if isinstance(value, Failure | Throttle):
                value = asdict(value)
            account[name] = sorted(value) if isinstance(value, frozenset) else value
        return account

    @classmethod
    def _settable(cls) -> list[str]:
        return [entry.name for entry in fields(cls) if not entry.name.startswith("_")]


@dataclass
class BugzillaSwitches(Switches):
    """What only Bugzilla does: `refuse_history_ids` ignores the extra `ids` of a history request."""

    refuse_history_ids: bool = False


@dataclass
class PagureSwitches(Switches):
    """What only Pagure does.

    `broker_down_s`: Pagure's broker is away. Each write takes so many seconds (a real
    one: 30), takes effect only then, succeeds, and its message is lost. `lose_calls`
    loses the calls of webhooks.
    """

    broker_down_s: float = 0.0
    lose_calls: bool = False


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
    """Every request since the start, or since `clear`; faulty answers included. `kinds` names them."""

    def __init__(self, kinds: Sequence["Kind"] | None = None) -> None:
        self._kinds = BUGZILLA_KINDS if kinds is None else kinds
        self._lock = Lock()
        self._asked: list[Asked] = []

    def add(self, method: str, path: str, query: str) -> None:
        with self._lock:
            clean = _API_KEY.sub(r"\1=…", query)
            self._asked.append(Asked(kind_of(method, path, self._kinds), method, path, clean))

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
# Method, path, and a name; without one, it is the group `name` of the path.
Kind = tuple[str, str, str]
BUGZILLA_KINDS: Sequence[Kind] = (
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


PAGURE_KINDS: Sequence[Kind] = (
    ("GET", r"/api/0/.+/issues", "issues"),
    ("GET", r"/api/0/.+/issue/[^/]+", "issue"),
    ("GET", r"/api/0/.+/issue/[^/]+/comment/[^/]+", "lone_comment"),
    ("POST", r"/api/0/.+/new_issue", "new_issue"),
    ("POST", r"/api/0/.+/issue/[^/]+", "edit"),
    ("POST", r"/api/0/.+/issue/[^/]+/(?P<name>comment|status|assign)", ""),
    ("GET", r"/api/0/.+/(?P<name>contributors|tags)", ""),
    ("POST", r"/api/0/-/whoami", "whoami"),
    ("GET", r"/api/0/.+", "project"),
    ("GET", r"/.+/issue/[^/]+", "page"),
)


def kind_of(method: str, path: str, kinds: Sequence[Kind] = BUGZILLA_KINDS) -> str:
    """The name that fits a request first, or `other`."""
    for known_method, pattern, kind in kinds:
        match = re.fullmatch(pattern, path)
        if match and method == known_method:
            return kind or match["name"]
    return "other"
