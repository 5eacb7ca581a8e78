"""Health of the consumer over a real broker: what is worth a restart, and what a restart would not mend."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import text

from tests.end_to_end.bus_end import EXCHANGE
from tests.end_to_end.deployment import eventually
from tests.monitoring.conftest import STUCK_AFTER_S, Watched


def test_all_parts_of_a_consumer_are_looked_at_and_no_other_address_exists(watched: Watched) -> None:
    status, states = watched.health()
    assert status == 200
    assert set(states) == {"broker", "callback", "worker of bug keys"}
    assert requests.get(f"{watched.url}/other", timeout=10).status_code == 404
    head = requests.get(f"{watched.url}/live", timeout=10).headers
    assert head["Server"] == "bbconsumer"


def test_a_silent_bus_is_an_alarm_and_no_restart(watched: Watched) -> None:
    consumer = watched.site.running_consumer()
    eventually(lambda: "no message has come from the bus for" in watched.site.output_of(consumer))
    assert watched.health()[0] == 200
    watched.site.world.propose()
    eventually(lambda: "messages come from the bus again" in watched.site.output_of(consumer))
    assert watched.health("ready")[0] == 200


def test_an_outage_of_the_broker_is_told_and_no_reason_to_restart(watched: Watched) -> None:
    watched.site.rabbitmq.crash()
    eventually(lambda: watched.health()[1]["broker"] == "reconnecting")
    # Far longer than what makes a part count as stuck. The library meanwhile says that all is well.
    eventually(lambda: since_s(watched, "broker") > 2 * STUCK_AFTER_S)
    assert watched.stuck() == []
    assert requests.get(watched.library_url, timeout=10).json()["consuming"] is True
    watched.site.rabbitmq.start()
    eventually(lambda: watched.health()[1]["broker"] == "consuming", 100)
    assert watched.health("ready")[0] == 200


def test_a_callback_and_a_worker_that_do_not_get_on_are_worth_a_restart(watched: Watched) -> None:
    with watched.site.world.database.engine.begin() as blocking:
        blocking.execute(text("LOCK TABLE work_item IN ACCESS EXCLUSIVE MODE"))
        watched.site.world.propose()
        eventually(lambda: set(watched.stuck()) == {"callback", "worker of bug keys"})
    eventually(lambda: watched.stuck() == [])


def test_a_connection_on_which_nobody_consumes_is_worth_a_restart(watched: Watched) -> None:
    """The library cannot bind its queue on the new connection, tells nobody, and stays there for ever."""
    site = watched.site
    site.end_consumer()
    with site.rabbitmq.channel() as channel:
        channel.exchange_declare(site.name, "topic")
        site.exchange = site.name
        consumer = site.running_consumer()
        eventually(lambda: watched.health()[1]["broker"] == "consuming")
        os.kill(consumer.pid, signal.SIGSTOP)
        channel.exchange_delete(site.name)
    site.rabbitmq.kill_connections()
    os.kill(consumer.pid, signal.SIGCONT)
    eventually(lambda: watched.health()[1]["broker"] == "connected, but not consuming")
    eventually(lambda: watched.stuck() == ["broker"])
    assert requests.get(watched.library_url, timeout=10).json()["consuming"] is True
    assert consumer.poll() is None
    site.exchange = EXCHANGE
    site.end_consumer()


def test_a_reactor_that_is_stuck_is_worth_a_restart(watched: Watched, tmp_path: Path) -> None:
    watched.site.end_consumer()
    sign = tmp_path / "sign"
    consumer = watched.site.start_consumer(program=("tests.monitoring.blocked_reactor", str(sign)))
    eventually(lambda: watched.health()[1]["broker"] == "consuming")
    sign.touch()
    eventually(lambda: watched.stuck() == ["broker"])
    assert watched.health()[1]["broker"] == "the reactor does not answer"
    consumer.kill()
    consumer.wait()


def since_s(watched: Watched, part: str) -> float:
    """For how many seconds a part has been as it is."""
    parts = requests.get(f"{watched.url}/live", timeout=10).json()["parts"]
    (since,) = [one["since"] for one in parts if one["part"] == part]
    return (datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds()
