"""Remembers who signed in, for eight hours, in a cookie that holds a name, groups and an end, and nothing more.

Nothing is stored here: a session ends when its end is reached, when its browser signs out, or when SECRET_KEY changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from starlette.responses import Response

from bbconsumer.config import Settings
from web.cookies import SignedCookie
from web.people import Person

LIFETIME = timedelta(hours=8)


class Sessions:
    """The sessions of this service. Without what is needed to sign in there are none."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._admin_group = settings.fas_admin_group
        self._is_possible = not settings.sign_in_problem
        self._clock = clock
        self.cookie = SignedCookie(settings, "session", LIFETIME)

    def recognize(self, cookies: Mapping[str, str]) -> Person | None:
        """Who the cookies of a request name."""
        if not self._is_possible or (content := self.cookie.open(cookies, self._clock())) is None:
            return None
        groups = frozenset(content["groups"])
        return Person(content["name"], groups, self._admin_group in groups, known_at=content["end"] - LIFETIME)

    def seal(self, name: str, groups: Iterable[str]) -> str:
        """The cookie's value for somebody who has just signed in. Of the groups only those that matter here stay."""
        kept = sorted({self._admin_group}.intersection(groups))
        return self.cookie.seal({"name": name, "groups": kept}, self._clock())

    def begin(self, response: Response, name: str, groups: Iterable[str]) -> None:
        """Begin a session, in place of any other in this browser."""
        self.cookie.set(response, self.seal(name, groups))

    def end(self, response: Response) -> None:
        """End the session of this browser."""
        self.cookie.remove(response)
