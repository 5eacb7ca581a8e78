"""In processes, on PostgreSQL: two workers, a sync, a courier of messages and people who edit, all at once.

Chance comes from a seed, but processes run as they like: a seed that failed may have to be tried more than once, with
BBCONSUMER_CONVERGENCE_SEED.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from fedora_messaging.message import Message
from sqlalchemy import make_url, select, text

from bbconsumer.consumer import Consumer
from bbconsumer.db.models import EventRow
from bbconsumer.db.session import Database
from bbconsumer.wiring import build_bug_sync, build_source
from tests.convergence.scene import Scene, built_scene
from tests.convergence.service import Service, prepare, service_on, settings_for
from tests.convergence.size import SEEDS
from tests.convergence.story import Filing, happening
from tests.convergence.truth import Truth, differences, differences_between, load, tell
from tests.end_to_end.deployment import deployed, environment_of, eventually
from tests.services.postgres import PostgreSQL

HAPPENINGS = 40
LEASE_S = 1


@pytest.fixture(scope="package")
def prepared_on_postgres(postgres: PostgreSQL) -> Iterator[str]:
    """A database with the schema and both milestones, to be copied."""
    url = postgres.create_database()
    prepare(url)
    yield url
    postgres.drop_database(url)


class Crowd:
    """Everybody who acts beside the workers: people, a courier of messages, a sync, a reader of the change feed."""

    def __init__(self, scene: Scene, straight: Service, database: Database, seed: int) -> None:
        self._scene = scene
        self._straight = straight
        self._database = database
        self._chance = Random(seed)
        self._is_over = threading.Event()
        self._bag_lock = threading.Lock()
        self._bag: list[Message] = []
        self._errors: list[BaseException] = []

    def act(self, workers: Sequence[subprocess.Popen[bytes]]) -> None:
        """Act until enough has happened; gives the first error of anybody back by raising it."""
        others = [self._in_thread(part) for part in (self._bring_messages, self._read_feed, self._sync_once)]
        try:
            for number in range(HAPPENINGS):
                self._let_something_happen(is_first=number < 3)
                if self._chance.random() < 0.05:
                    self._freeze(self._chance.choice(workers))
                time.sleep(self._chance.choice((0, 0, 0.02, 0.1)))
        finally:
            self._is_over.set()
            for thread in others:
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _let_something_happen(self, *, is_first: bool) -> None:
        self._scene.let(Filing({"blocks": [1]}, 1) if is_first else happening(self._chance.choice))
        messages, self._scene.messages[:] = list(self._scene.messages), []
        with self._bag_lock:
            self._bag += messages
        for message in messages:
            self._straight.receive(message)
        self._straight.work()

    def _freeze(self, worker: subprocess.Popen[bytes]) -> None:
        """Hold a worker, wherever it is, until its keys have gone to the other."""
        worker.send_signal(signal.SIGSTOP)
        threading.Timer(1.5 * LEASE_S, worker.send_signal, [signal.SIGCONT]).start()

    def _bring_messages(self) -> None:
        """Bring the messages in any order, some twice and some never; the last ones stay on their way for ever."""
        consumer, chance = Consumer(self._straight.settings, self._database), Random(self._chance.random())
        while not self._is_over.wait(0.02):
            with self._bag_lock:
                message = self._bag.pop(chance.randrange(len(self._bag))) if self._bag else None
            if message is not None:
                for _ in range(chance.choice((0, 1, 1, 1, 2))):
                    consumer(message)

    def _sync_once(self) -> None:
        self._is_over.wait(self._chance.random())
        build_bug_sync(self._straight.settings, self._database).run()

    def _read_feed(self) -> None:
        """Read on from the last number that was seen: nothing may appear below it later."""
        seen: set[int] = set()
        while True:
            is_last = self._is_over.wait(0.05)
            with self._database.reading() as session:
                numbers = set(session.scalars(select(EventRow.seq)))
            late = {number for number in numbers - seen if number < max(seen, default=0)}
            assert not late, f"events {sorted(late)} became visible after {max(seen)}"
            seen |= numbers
            if is_last:
                return

    def _in_thread(self, part: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                part()
            except BaseException as error:  # noqa: BLE001 - raised by `act`
                self._errors.append(error)

        thread = threading.Thread(target=run, name=part.__name__)
        thread.start()
        return thread


@pytest.mark.parametrize("seed", SEEDS)
def test_one_sync_makes_everything_right_whatever_happened_before(
    seed: int, postgres: PostgreSQL, prepared_on_postgres: str, prepared: Path, tmp_path: Path
) -> None:
    url = postgres.create_database(prepared_on_postgres)
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, url)
        scene = stack.enter_context(built_scene(is_live=seed % 2 == 0))
        settings = settings_for(scene.bugzilla.url, has_key=seed % 3 == 0, batch_size=2, lease_s=LEASE_S)
        straight = stack.enter_context(service_on(Path(shutil.copy(prepared, tmp_path / "straight.sqlite")), settings))
        database = Database(make_url(url))
        stack.callback(database.dispose)
        with deployed(environment_of(settings, url), tmp_path) as deployment:
            workers = [deployment.start("work"), deployment.start("work")]
            eventually(lambda: others_connected(database) >= len(workers))
            Crowd(scene, straight, database, seed).act(workers)
            outcome = build_bug_sync(settings, database).run()
            assert outcome.problem == "", f"seed {seed}: {outcome.problem}\n{deployment.output()}"
            assert straight.sync().problem == ""
            assert [worker.poll() for worker in workers] == [None, None], f"seed {seed}\n{deployment.output()}"
            truth = tell(scene, build_source(settings))
            assert found(scene, straight, database, truth) == [], f"seed {seed}\n{deployment.output()}"
        assert found(scene, straight, database, truth) == [], f"seed {seed}: a worker stored something late"


def found(scene: Scene, straight: Service, database: Database, truth: Truth) -> list[str]:
    """In what the database differs from what it must hold, and from the straight run's."""
    stored = load(database)
    return [
        *differences(stored, truth, scene),
        *differences_between(load(straight.database), stored, truth.concerned_ids),
    ]


def others_connected(database: Database) -> int:
    """How many connections other processes have to the database."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with database.reading() as session:
        return int(session.scalars(text(others)).one())
