"""The PostgreSQL that tests get is private, empty, quick to come back, and gone afterwards."""

import signal

import psycopg
import pytest

from tests.services.observe import is_alive, list_listening_addresses, started_elsewhere, wait_until
from tests.services.postgres import PostgreSQL


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def count_tables(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row is not None
    return int(row[0])


def test_each_database_is_empty_and_separate(postgres: PostgreSQL) -> None:
    first, second = postgres.create_database(), postgres.create_database()
    with connect(first) as connection:
        connection.execute("CREATE TABLE bug (id integer)")
    assert (count_tables(first), count_tables(second)) == (1, 0)
    assert count_tables(postgres.create_database()) == 0


def test_a_database_can_be_a_copy_of_another(postgres: PostgreSQL) -> None:
    original = postgres.create_database()
    with connect(original) as connection:
        connection.execute("CREATE TABLE bug (id integer)")
    assert count_tables(postgres.create_database(template=original)) == 1


def test_a_dropped_database_is_gone_although_somebody_uses_it(postgres: PostgreSQL) -> None:
    url = postgres.create_database()
    with connect(url) as connection:
        postgres.drop_database(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(url)


def test_only_those_with_the_password_get_in(postgres: PostgreSQL) -> None:
    password = postgres.url.partition("//bbconsumer:")[2].partition("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect(postgres.url.replace(password, "wrong"))


def test_it_listens_on_loopback_only(postgres: PostgreSQL) -> None:
    assert list_listening_addresses(postgres.pids()) == {("127.0.0.1", postgres.port)}


@pytest.mark.parametrize("way_to_end", ["stop", "crash"])
def test_it_comes_back_with_the_same_port_and_data(postgres: PostgreSQL, way_to_end: str) -> None:
    url = postgres.create_database()
    with connect(url) as connection:
        connection.execute("CREATE TABLE bug (id integer)")
    pids = postgres.pids()
    getattr(postgres, way_to_end)()
    assert not any(is_alive(pid) for pid in pids)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connect(url)
    postgres.start()
    assert count_tables(url) == 1


# The fixture is only there to leave this test out where there is no PostgreSQL.
@pytest.mark.usefixtures("postgres")
def test_no_process_and_no_file_stays_behind() -> None:
    with PostgreSQL() as server:
        pids, folder = server.pids(), server.folder
        assert pids
        assert folder.exists()
    assert not any(is_alive(pid) for pid in pids)
    assert not folder.exists()


@pytest.mark.usefixtures("postgres")
@pytest.mark.parametrize(
    "how",
    [signal.SIGKILL, *(pytest.param(how, marks=pytest.mark.long_form) for how in (signal.SIGINT, signal.SIGTERM))],
)
def test_it_does_not_outlive_the_process_that_started_it(how: signal.Signals) -> None:
    with started_elsewhere(PostgreSQL) as server:
        assert len(server.pids) > 1
        server.starter.send_signal(how)
    assert wait_until(server.is_gone)
