"""Asked to end, a process ends within seconds and with success, whatever it waits for, and leaves nothing undone."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbconsumer.service import END_S
from tests.crashes.people import People
from tests.crashes.postgres import Databases
from tests.crashes.runs import chance_of
from tests.crashes.site import Site
from tests.crashes.truth import assert_all_is_stored
from tests.end_to_end.deployment import eventually

# A loaded machine is slow to end a process, too.
ENDS_WITHIN_S = END_S + 4


@pytest.fixture
def processes(site: Site) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A consumer and a worker that work already."""
    consumer, worker = site.running_consumer(), site.deployment.start("work")
    eventually(lambda: _waits_for_signals(worker))
    yield [consumer, worker]
    worker.kill()
    worker.wait()


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask them to end; all must do so in time and with success."""
    started = time.monotonic()
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(60) for process in processes] == [0] * len(processes)
    assert time.monotonic() - started < ENDS_WITHIN_S


def assert_nothing_is_lost(site: Site, databases: Databases) -> None:
    """A consumer that starts afterwards stores everything."""
    site.world.bugzilla.switches.reset()
    site.running_consumer()
    assert_all_is_stored(site, databases)


def test_in_the_middle_of_many_messages(
    site: Site, processes: list[subprocess.Popen[bytes]], databases: Databases
) -> None:
    people = People(site.world, chance_of("ending"))
    before = site.message_count
    while site.message_count < before + 200:
        people.edit()
    end(processes)
    assert not _lease_tokens(site)
    site.publisher.flush()
    assert site.depth() > 0, "it did not end in the middle"
    assert_nothing_is_lost(site, databases)


def test_while_a_source_is_slow_its_keys_are_given_back(
    site: Site, processes: list[subprocess.Popen[bytes]], databases: Databases
) -> None:
    site.world.bugzilla.switches.slow_s = 50
    for number in (1, 2):
        # One after the other: a worker takes all that is due.
        site.world.propose(1)
        eventually(lambda number=number: len(_lease_tokens(site)) == number)  # type: ignore[misc]
    end(processes)
    assert len(site.world.queue()) == 2
    assert not _lease_tokens(site)
    assert_nothing_is_lost(site, databases)


def test_while_the_database_is_away(site: Site, processes: list[subprocess.Popen[bytes]], databases: Databases) -> None:
    databases.server.stop()
    site.world.propose(3)
    eventually(lambda: "the database is away (OperationalError): trying again" in site.output_of(processes[0]))
    end(processes)
    databases.server.start()
    assert "is cut off" not in site.output_of(processes[0])
    eventually(lambda: site.depth() == 9)
    assert_nothing_is_lost(site, databases)


def test_while_the_database_does_not_answer(
    site: Site, processes: list[subprocess.Popen[bytes]], databases: Databases
) -> None:
    frozen = databases.server.pids()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        site.world.propose(3)
        site.publisher.flush()
        eventually(lambda: site.depth() == 0)
        end(processes)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert_nothing_is_lost(site, databases)


def _lease_tokens(site: Site) -> set[int]:
    return {item.lease_token for item in site.world.queue() if item.lease_token is not None}


def _waits_for_signals(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process, which runs, has got so far that it handles the signal itself."""
    assert process.poll() is None
    # The thread that waits for them does not block them meanwhile; the others do.
    texts = [status.read_text() for status in Path(f"/proc/{process.pid}/task").glob("*/status")]
    blocked = [int(mask, 16) for text in texts for mask in re.findall(r"^SigBlk:\s*(\w+)$", text, re.MULTILINE)]
    return any(mask >> (signal.SIGTERM - 1) & 1 for mask in blocked)
