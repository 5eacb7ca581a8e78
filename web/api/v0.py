"""The lists of `/api/v0`, at the addresses of the original."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web.api.answers.v0 import OldBug, OldBugs, OldUpdate, OldUpdates
from web.api.parameters import read_parameters
from web.api.schemas import as_json
from web.api.telling.parts import Site, tell_trust
from web.api.v1 import answer, known
from web.conditional import whole_minute
from web.lists import ListQuery
from web.queries.buglist import load_buglist
from web.queries.update_lists import ALL_UPDATES, load_updates_page
from web.read_models import BugLine
from web.templating import Links


class V0:
    """One method per list. Each reads one snapshot of the database, and the clock once, to the minute."""

    def __init__(self, settings: Settings, database: Database, links: Links, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._database = database
        self._links = links
        self._exact_clock = clock
        self._site = Site(settings.blockerbugs_url)

    def bugs(self, request: Request) -> Response:
        """The bugs of a milestone; as in the original, those that are rejected are none."""
        read_parameters(request.query_params.multi_items(), (), None)
        with self._database.reading() as session:
            found = load_buglist(
                session, **request.path_params, now=self._now(), settings=self._settings, query=ListQuery()
            )
        page = known(found)
        lines = [line for s in page.sections if s.anchor != "rejected-or-withdrawn" for line in s.lines if line.kind]
        return answer(as_json(OldBugs(**tell_trust(page.freshness), bugs=tuple(self._bugs(lines)))))

    def updates(self, request: Request) -> Response:
        """The updates of a milestone."""
        read_parameters(request.query_params.multi_items(), (), None)
        with self._database.reading() as session:
            found = load_updates_page(
                session,
                **request.path_params,
                which=ALL_UPDATES,
                now=self._now(),
                settings=self._settings,
                query=ListQuery(),
            )
        page = known(found)
        updates = tuple(
            OldUpdate(
                updateid=line.alias,
                title=line.title,
                release=line.release,
                status=line.status,
                request=line.request,
                karma=line.karma,
                bugs=tuple(sorted({fix.id for fix in line.fixes})),
                url=self._links.update(line.alias),
            )
            for line in page.lines
        )
        return answer(as_json(OldUpdates(**tell_trust(page.freshness), updates=updates)))

    def _bugs(self, lines: Iterable[BugLine]) -> Iterable[OldBug]:
        by_id: dict[int, list[BugLine]] = {}
        for line in lines:
            by_id.setdefault(line.id, []).append(line)
        for bug_id, (line, *others) in by_id.items():
            yield OldBug(
                bugid=bug_id,
                component=line.component,
                status=line.status,
                resolution=line.resolution,
                summary=line.summary,
                nominations=tuple(each.decision for each in (line, *others)),
                url=self._site.bug(bug_id),
            )

    def _now(self) -> datetime:
        return whole_minute(self._exact_clock())
