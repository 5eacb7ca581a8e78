"""Renders read models with the templates. Everything is text and is escaped; addresses are made here only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.responses import HTMLResponse, Response

from bbconsumer.config import Settings
from bbconsumer.domain.texts import local_part
from web import wording
from web.assets import Assets
from web.conditional import TaggedPage
from web.people import viewer

# Where the layout says that a page is old, should that be so.
_PLACE_OF_AGE = b'<div id="age"></div>'


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that templates use. The routes table has their counterparts."""

    prefix: str
    bugzilla_url: str
    review_url: str
    bodhi_url: str
    wiki_url: str
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
    def sign_in(self) -> str:
        """Where one signs in."""
        return f"{self.prefix}/login"

    @property
    def signed_in(self) -> str:
        """Where the issuer sends people back to."""
        return f"{self.prefix}/authorize"

    @property
    def sign_out(self) -> str:
        """What signs out."""
        return f"{self.prefix}/logout"

    @property
    def propose(self) -> str:
        """Where one proposes a bug."""
        return f"{self.prefix}/propose_bug"

    def proposal(self, proposal_id: str) -> str:
        """What became of a proposal, for who made it."""
        return f"{self.propose}/{quote(proposal_id, safe='')}"

    @property
    def my_proposals(self) -> str:
        """What the person who asks proposed."""
        return f"{self.prefix}/my_proposals"

    @property
    def admin(self) -> str:
        """What needs an operator, below which are the other pages of administrators."""
        return f"{self.prefix}/admin"

    def admin_milestone(self, release: str, name: str) -> str:
        """Where administrators change a milestone."""
        return f"{self.admin}/milestones/{quote(release, safe='')}/{quote(name, safe='')}"

    def criteria(self, release: str, name: str) -> str:
        """The release criteria of a milestone."""
        return f"https://fedoraproject.org/wiki/Fedora_{quote(release, safe='')}_{name.title()}_Release_Criteria"

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

    def wiki(self, page: str) -> str:
        """A page of the wiki that has the rules of the process."""
        return f"{self.wiki_url}/{page}"

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
            bytecode_cache=_compiled,
        )
        review_url = f"{settings.pagure_url}/{quote(settings.pagure_repo)}"
        self.links = Links(
            settings.path_prefix, settings.bugzilla_url, review_url, settings.bodhi_url, settings.wiki_url, assets
        )
        self._environment.globals.update(
            links=self.links,
            has_updates=settings.bodhi_enabled,
            can_sign_in=not settings.sign_in_problem,
            viewer=viewer,
            time=wording.time_element,
            time_or=wording.time_element_or,
            account=wording.account_element,
        )
        self._environment.filters.update(
            absolute=wording.absolute, minute=wording.minute, without_domains=wording.without_domains
        )

    def __call__(
        self, template: str, page: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Render one page. Only an answer 200 has a tag: that something is wrong or missing is never confirmed."""
        html = self._text(template, page)
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
        return TaggedPage(self._text(template, page), media_type="image/svg+xml; charset=utf-8")

    def _text(self, template: str, page: object) -> str:
        """All that was rendered. What is forbidden in it came with a value: the templates have nothing of it."""
        return wording.without_forbidden(self._environment.get_template(template).render(page=page))
