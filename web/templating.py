"""Renders read models with the templates. Everything is text and is escaped; addresses are made here only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from bbconsumer.config import Settings
from bbconsumer.domain.texts import local_part
from web.assets import Assets
from web.conditional import TaggedPage

# Control characters and non-characters that HTML forbids; Bugzilla lets people put some of them into texts.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# What follows the local part of an e-mail address. No nested repetition: texts may be long.
_DOMAIN = re.compile(r"(?<=[\w.+-])@[A-Za-z0-9][A-Za-z0-9.-]*")

# Where the layout says that a page is old, should that be so.
_PLACE_OF_AGE = b'<div id="age"></div>'

# A page's clock stands for up to a minute, and clocks differ a little: what seems to be ahead so far has just happened.
_AHEAD_S = 65


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that templates use. The routes table has their counterparts."""

    prefix: str
    bugzilla_url: str
    review_url: str
    bodhi_url: str
    assets: Assets

    @property
    def start(self) -> str:
        """The start page, which leads to the current milestone."""
        return f"{self.prefix}/"

    @property
    def status(self) -> str:
        """The status page."""
        return f"{self.prefix}/status"

    @property
    def search(self) -> str:
        """Where one searches, and what was found."""
        return f"{self.prefix}/search"

    @property
    def live(self) -> str:
        """The stream that tells of changes."""
        return f"{self.prefix}/live"

    def milestone(self, release: str, name: str) -> str:
        """The overview of a milestone, below which are its other pages."""
        return f"{self.prefix}/milestone/{quote(release, safe='')}/{quote(name, safe='')}"

    def buglist(self, release: str, name: str) -> str:
        """The buglist of a milestone."""
        return f"{self.milestone(release, name)}/buglist"

    def bug(self, bug_id: int) -> str:
        """Our page of a bug."""
        return f"{self.prefix}/bug/{bug_id}"

    def user(self, account: str) -> str:
        """What waits for a person, who is known by the local part of the account."""
        return f"{self.prefix}/user/{quote(local_part(account), safe='')}"

    def package(self, component: str) -> str:
        """What waits for a package."""
        return f"{self.prefix}/package/{quote(component, safe='')}"

    def milestone_feed(self, release: str, name: str) -> str:
        """The feed of what happens in a milestone."""
        return f"{self.milestone(release, name)}/feed.atom"

    def bug_feed(self, bug_id: int) -> str:
        """The feed of what happens to a bug."""
        return f"{self.bug(bug_id)}/feed.atom"

    def dates(self, release: str) -> str:
        """The calendar of a release."""
        return f"{self.prefix}/release/{quote(release, safe='')}/dates.ics"

    def badge(self, release: str, name: str) -> str:
        """The picture of the verdict on a milestone."""
        return f"{self.prefix}/badge/{quote(release, safe='')}/{quote(name, safe='')}.svg"

    def bugzilla(self, bug_id: int) -> str:
        """Bugzilla's page of a bug."""
        return f"{self.bugzilla_url}/show_bug.cgi?id={bug_id}"

    def ticket(self, ticket_id: int) -> str:
        """Pagure's page of a review ticket."""
        return f"{self.review_url}/issue/{ticket_id}"

    def update(self, alias: str) -> str:
        """Bodhi's page of an update."""
        return f"{self.bodhi_url}/updates/{quote(alias, safe='')}"

    def comment(self, ticket_id: int, comment_id: int) -> str:
        """The permanent address of a comment in a review ticket."""
        return f"{self.ticket(ticket_id)}#comment-{comment_id}"

    def static(self, path: str) -> str:
        """A static file, with its version, so that it may be kept for ever."""
        return f"{self.prefix}/static/{path}?v={self.assets.versions[path]}"


class _Compiled(BytecodeCache):
    """Compiles each template once in a process, however many applications it makes."""

    def __init__(self) -> None:
        self._code_by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before; Jinja compares the source."""
        if code := self._code_by_key.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code_by_key[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


class Renderer:
    """Makes answers out of pages: HTML, or the picture of a bug."""

    def __init__(self, settings: Settings, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_visible,
            bytecode_cache=_compiled,
        )
        review_url = f"{settings.pagure_url}/{quote(settings.pagure_repo)}"
        self.links = Links(settings.path_prefix, settings.bugzilla_url, review_url, settings.bodhi_url, assets)
        self._environment.globals.update(links=self.links, has_updates=settings.bodhi_enabled)
        self._environment.filters.update(ago=ago, iso=iso, absolute=absolute, minute=minute, account=without_domains)

    def __call__(
        self, template: str, page: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Render one page. Only an answer 200 has a tag: that something is wrong or missing is never confirmed."""
        html = self._environment.get_template(template).render(page=page)
        return TaggedPage(html, headers) if status == 200 else HTMLResponse(html, status, headers)

    def aged(self, response: Response, at: datetime) -> Response | None:
        """A page that was rendered before, marked as being of that time; None for what has no place for such a mark."""
        if response.media_type != "text/html":
            return None
        mark = self._environment.get_template("old.html").render(at=at)
        html = bytes(response.body).replace(_PLACE_OF_AGE, mark.encode())
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    def picture(self, template: str, page: object) -> TaggedPage:
        """Render a picture. It is text too, and escaped like a page."""
        svg = self._environment.get_template(template).render(page=page)
        return TaggedPage(svg, media_type="image/svg+xml")


def _visible(value: object) -> object:
    """Replaces what HTML forbids in texts; markup was made of such texts already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return without_forbidden(value)
    return value


def without_forbidden(text: str) -> str:
    """Replaces what neither HTML nor XML allows in a text, in whatever form it is written."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def without_domains(text: str) -> str:
    """Shortens e-mail addresses to their local part, as Bugzilla does for visitors who are not signed in."""
    return _DOMAIN.sub("", text)


def iso(at: datetime) -> str:
    """For machines: the `datetime` attribute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def absolute(at: datetime) -> str:
    """For people who want to know exactly."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def minute(at: datetime) -> str:
    """For people: the time of a page, whose clock has no seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(at: datetime, now: datetime) -> str:
    """For people who want to know at a glance: ``3 min ago``, ``in 2 h``."""
    seconds = (now - at).total_seconds()
    if -_AHEAD_S < seconds < 60:
        return "just now"
    amount = _amount(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def _amount(seconds: float) -> str:
    for unit_s, limit_s, unit in ((60, 3600, "min"), (3600, 172_800, "h"), (86_400, 5_184_000, "days")):
        if seconds < limit_s:
            return f"{seconds // unit_s:.0f} {unit}"
    months = seconds / (86_400 * 30.44)
    return f"{months:.0f} months" if months < 24 else f"{months / 12:.0f} years"
