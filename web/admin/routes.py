"""All that administrators reach, each of it by the guard."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from web.admin.desk import Desk
from web.admin.milestones import Milestones
from web.admin.new_milestone import NewMilestone
from web.admin.pages import AdminPages
from web.admin.queue import Queue
from web.admin.rollover import Rollover
from web.endpoints import Coroutine, Endpoint

_MILESTONE = "/admin/milestones/{release}/{name}"


def list_admin_routes(desk: Desk, guarded: Callable[[Endpoint], Coroutine]) -> list[Route]:
    """The routes; `guarded` lets nobody but administrators through."""
    pages, queue = AdminPages(desk), Queue(desk)
    milestones, new, rollover = Milestones(desk), NewMilestone(desk), Rollover(desk)
    shown: list[tuple[str, Endpoint]] = [
        ("/admin", pages.overview),
        ("/admin/audit", pages.audit),
        ("/admin/removals", pages.removals),
        ("/admin/queue", queue.failing),
        ("/admin/dead_letters", queue.letters),
        ("/admin/dead_letters/{letter_id}", queue.letter),
        ("/admin/milestones", milestones.all),
        ("/admin/add_milestone", new.form),
        (_MILESTONE, milestones.one),
        (f"{_MILESTONE}/rollover", rollover.plan),
    ]
    taken: list[tuple[str, Endpoint]] = [
        ("/admin/sync", pages.ask_for_sync),
        ("/admin/removals", pages.accept_removals),
        ("/admin/queue", queue.retry),
        ("/admin/dead_letters/{letter_id}", queue.act),
        ("/admin/releases", milestones.add_release),
        ("/admin/add_milestone", new.submit),
        (_MILESTONE, milestones.change),
        (f"{_MILESTONE}/rollover", rollover.apply),
    ]
    return [
        *(Route(path, guarded(endpoint), methods=["GET"]) for path, endpoint in shown),
        *(Route(path, guarded(endpoint), methods=["POST"]) for path, endpoint in taken),
    ]
