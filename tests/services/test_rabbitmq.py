"""The RabbitMQ that tests get is private, keeps what is durable over a restart, and is gone afterwards."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pika
import pika.exceptions
import pytest

from tests.services.observe import is_alive, list_listening_addresses, started_elsewhere, wait_until
from tests.services.rabbitmq import RabbitMQ

PERSISTENT = pika.BasicProperties(delivery_mode=2)


@pytest.fixture
def queue(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A durable queue of this test's own, bound to amq.topic by its name."""
    name = str(uuid4())
    with rabbitmq.channel() as channel:
        channel.queue_declare(name, durable=True)
        channel.queue_bind(name, "amq.topic", routing_key=f"#.{name}")
    yield name
    rabbitmq.start()
    with rabbitmq.channel() as channel:
        channel.queue_delete(name)


def publish(rabbitmq: RabbitMQ, queue: str, body: bytes) -> None:
    with rabbitmq.channel() as channel:
        channel.confirm_delivery()
        channel.basic_publish("amq.topic", f"org.example.{queue}", body, PERSISTENT, mandatory=True)


def test_a_published_message_is_received(rabbitmq: RabbitMQ, queue: str) -> None:
    publish(rabbitmq, queue, b"hello")
    assert rabbitmq.queue_depth(queue) == 1
    with rabbitmq.channel() as channel:
        _, _, body = channel.basic_get(queue, auto_ack=True)
    assert body == b"hello"
    assert rabbitmq.queue_depth(queue) == 0


def test_the_depth_of_a_queue_that_is_not_there_is_an_error(rabbitmq: RabbitMQ) -> None:
    with pytest.raises(pika.exceptions.ChannelClosedByBroker):
        rabbitmq.queue_depth("not-there")


def test_it_comes_back_with_the_same_port_and_durable_queues(rabbitmq: RabbitMQ, queue: str) -> None:
    publish(rabbitmq, queue, b"still there")
    pids = rabbitmq.pids()
    rabbitmq.crash()
    assert not any(is_alive(pid) for pid in pids)
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        rabbitmq.queue_depth(queue)
    rabbitmq.start()
    assert rabbitmq.queue_depth(queue) == 1


def test_clients_notice_that_their_connections_are_killed(rabbitmq: RabbitMQ) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq.url))
    rabbitmq.kill_connections()
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
        connection.process_data_events(time_limit=10)
    with rabbitmq.channel() as channel:
        assert channel.is_open


def test_it_and_its_epmd_listen_on_loopback_only(rabbitmq: RabbitMQ) -> None:
    addresses = list_listening_addresses(rabbitmq.pids())
    assert ("127.0.0.1", rabbitmq.port) in addresses
    assert len({port for _, port in addresses}) == 3, "AMQP, Erlang distribution and epmd"
    assert all(ipaddress.ip_address(address).is_loopback for address, _ in addresses)


# The fixture is only there to leave this test out where there is no RabbitMQ.
@pytest.mark.usefixtures("rabbitmq")
def test_neither_it_nor_its_epmd_outlives_the_process_that_started_it() -> None:
    with started_elsewhere(RabbitMQ) as server:
        programs = {Path("/proc", str(pid), "comm").read_text().strip() for pid in server.pids}
        assert {"beam.smp", "epmd"} <= programs
        server.starter.kill()
    assert wait_until(server.is_gone)
