"""Fixtures with real parts, and the report of what was left out for want of one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

from tests import recordings
from tests.long import IS_LONG
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ
from tests.services.required import is_everything_required, leave_out
from tests.services.server import Server, ServiceMissing

S = TypeVar("S", bound=Server)

# The name of a property with which a test records a figure that its run shall show.
FIGURE = "figure"

_servers_key = pytest.StashKey[list[Server]]()

# No deadline, and no check of how fast examples are made: on a busy machine both measure the machine. In CI the same
# examples each time, so that a failure is due to the change and not to luck.
hypothesis.settings.register_profile(
    "bbconsumer",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=is_everything_required(),
    # Not "explain": with a database behind each example it costs minutes and says little.
    phases=[phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain],
)
hypothesis.settings.load_profile("bbconsumer")


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[PostgreSQL]:
    """One PostgreSQL per worker. A test may stop it: it runs again before the next test."""
    with _started(PostgreSQL, pytestconfig) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq(pytestconfig: pytest.Config) -> Iterator[RabbitMQ]:
    """One RabbitMQ for the tests of a worker that use it, which with few exceptions are all. A test may stop it."""
    with _started(RabbitMQ, pytestconfig) as server:
        yield server


@pytest.fixture
def postgresql_url(postgres: PostgreSQL) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database of this test's own, on PostgreSQL."""
    url = postgres.create_database()
    yield url
    postgres.start()
    postgres.drop_database(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database file of this test's own that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(autouse=True)
def _servers_run_again(pytestconfig: pytest.Config) -> Iterator[None]:
    """A server that a test stopped, and perhaps failed to start again, must not fail the tests after it."""
    yield
    for server in pytestconfig.stash.get(_servers_key, []):
        server.start()


@contextmanager
def _started(kind: Callable[[], S], config: pytest.Config) -> Iterator[S]:
    try:
        server = kind()
    except ServiceMissing as missing:
        leave_out(str(missing))
    with server:
        config.stash.setdefault(_servers_key, []).append(server)
        yield server
        config.stash[_servers_key].remove(server)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gather the tests that share the broker on one worker, first of all: it is the longest queue."""
    if not recordings.FOLDER.is_dir():
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("recorded")])
        items[:] = [item for item in items if not item.get_closest_marker("recorded")]
    if not IS_LONG:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long_form")])
        items[:] = [item for item in items if not item.get_closest_marker("long_form")]
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        if "rabbitmq" in getattr(item, "fixturenames", ()) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("rabbitmq"))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_report_header() -> list[str]:
    """Say whether there are recorded data to test with, and which form of the tests this is."""
    form = "long" if IS_LONG else "short (`make verify` runs the long one)"
    return [recordings.header(), f"form: {form}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests measured, and say which tests did not run, and why: a green run that left half of
    them out must not look complete."""
    for report in terminalreporter.getreports("passed"):
        for figure in (value for name, value in report.user_properties if name == FIGURE and report.when == "call"):
            terminalreporter.write_line(f"figure: {figure}")
    tests_by_reason: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        tests_by_reason[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if not tests_by_reason:
        return
    terminalreporter.section("tests that were left out", yellow=True)
    for reason, tests in sorted(tests_by_reason.items()):
        terminalreporter.write_line(f"{len(tests)} for this reason: {reason}")
        for test in tests:
            terminalreporter.write_line(f"    {test}")
