"""A world with bugs of every sort, built once for all questions that are put to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from tests.domain.milestones import update
from tests.services.schema import make_schema
from tests.web.client import Client
from tests.web.reading import Reader
from tests.web.world import NOW, World, ago, comments, needinfo
from web.app import create_app

CAROL, DAVE = "carol@example.com", "dave@example.com"


def fill(world: World) -> None:
    """Bugs 1 to 9 in Fedora 45 Beta, and 10 in Final; everything is fresh."""
    world.milestone(is_current=True)
    world.milestone("45", "final", trackers={"blocker": 2001, "freeze_exception": 2002})
    world.synced()
    world.updates_synced()
    world.nominated(1, component="kernel", severity="urgent", assigned_to=CAROL, summary="No sound on boot")
    world.nominated(2, component="anaconda", assigned_to=DAVE, flags=[needinfo(CAROL, ago(days=9))])
    world.ticket(3, 2, comments(*((name, "BetaBlocker +1") for name in ("alice", "bob", "erin"))))
    world.nominated(3, "accepted", component="kernel", status="ASSIGNED", assigned_to=DAVE, depends_on=[1, 9])
    world.nominated(4, "accepted", component="gdm", status="ON_QA", severity="", summary="Black screen")
    world.bodhi_update(
        update(
            alias="FEDORA-2026-4",
            bug_ids=frozenset({4}),
            submitter="dave",
            submitted_at=ago(days=5),
            testing_at=ago(days=4),
        )
    )
    world.nominated(5, "accepted_0day", component="gdm", status="MODIFIED", priority_state="prioritized")
    world.nominated(6, "accepted", tracker_id=1002, component="anaconda", status="POST")
    world.bodhi_update(
        update(
            "pending",
            alias="FEDORA-2026-6",
            bug_ids=frozenset({6, 4}),
            gating="failed",
            submitted_at=ago(days=1),
            testing_at=None,
        )
    )
    world.nominated(7, "rejected", component="dnf", summary="=HYPERLINK(1)")
    world.nominated(8, "accepted", status="CLOSED", resolution="ERRATA", is_open=False, last_change_at=ago(days=3))
    world.bug(9, priority_state="prioritized", component="systemd", severity="low", flags=[needinfo("", ago(hours=2))])
    world.nomination(1, tracker_id=1002)
    world.nominated(10, "accepted", tracker_id=2001, component="kernel", assigned_to=CAROL)
    world.nominated(11, component="SECRET", summary="SECRET", assigned_to="secret@example.com", absence="private")


@contextmanager
def opened(folder: Path, **settings: object) -> Iterator[tuple[Reader, Database]]:
    """A reader of the world, and the database that it is in."""
    database = Database(make_url(f"sqlite:///{folder / 'world.sqlite'}"))
    make_schema(database)
    fill(World(database))
    app = create_app(Settings.of(**settings), database, clock=lambda: NOW)
    with Client(app, follow_redirects=False) as client:
        yield Reader(client), database
