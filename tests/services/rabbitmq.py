"""A private RabbitMQ: one node, ready in six to eight seconds, 140 MiB. Too costly for one per test."""

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pika
import pika.adapters.blocking_connection as blocking
import pika.exceptions

from tests.services.server import Server, ServiceMissing


def find_scripts() -> Path | None:
    """The folder with the broker's own scripts. Those on the PATH are packagers' wrappers, which want root."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
    if on_path := shutil.which("rabbitmq-server"):
        found.insert(0, Path(on_path).resolve().parent)
    scripts = ("rabbitmq-env", "rabbitmq-server", "rabbitmqctl")
    complete = [folder for folder in found if all((folder / script).exists() for script in scripts)]
    return complete[-1] if complete and shutil.which("erl") else None


class RabbitMQ(Server):
    """One broker with the usual `guest` account. Queues and exchanges outlast a test: give yours names of their own."""

    def __init__(self) -> None:
        scripts = find_scripts()
        if scripts is None:
            raise ServiceMissing("no RabbitMQ (Debian, Fedora: rabbitmq-server)")
        super().__init__("rabbitmq")
        self._scripts = scripts
        self.port, self._dist_port, self._epmd_port = (self._reserve_port() for _ in range(3))
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    @contextmanager
    def channel(self) -> Iterator[blocking.BlockingChannel]:
        """A channel on a connection of its own, for what a test does beside the code that it tests."""
        connection = pika.BlockingConnection(pika.URLParameters(self.url))
        try:
            yield connection.channel()
        finally:
            if connection.is_open:
                connection.close()

    def queue_depth(self, name: str) -> int:
        """How many messages wait in the queue; those that were delivered and not yet acknowledged do not count.

        Raises:
            pika.exceptions.ChannelClosedByBroker: there is no such queue.
        """
        with self.channel() as channel:
            return int(channel.queue_declare(name, passive=True).method.message_count)

    def has_queue(self, name: str) -> bool:
        """Whether somebody has declared the queue."""
        try:
            self.queue_depth(name)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True

    def kill_connections(self) -> None:
        """Close every client's connection from the broker's side; clients may come back at once."""
        self.run([self._scripts / "rabbitmqctl", "--quiet", "close_all_connections", "--global", "ended by a test"])

    def _prepare(self) -> None:
        (self.folder / "enabled_plugins").write_text("[].\n")
        # The broker's own rule: only from this machine may the well-known account be used.
        settings = f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users.guest = true\n"
        (self.folder / "rabbitmq.conf").write_text(settings)
        cookie = self.folder / ".erlang.cookie"
        cookie.touch(0o600)
        cookie.write_text(secrets.token_hex(20))
        self.give_folder_away()

    def _command(self) -> Sequence[str | Path]:
        return [self._scripts / "rabbitmq-server"]

    def _environment(self) -> Mapping[str, str]:
        # Erlang's own traffic (epmd, distribution, the command-line tools) would otherwise listen on every interface.
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            "HOME": str(self.folder),
            "ERL_CRASH_DUMP": "/dev/null",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": "bbconsumer@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            # Two schedulers that do not spin: the tests need the processor themselves.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{loopback} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
            "RABBITMQ_CTL_ERL_ARGS": loopback,
        }

    def _is_ready(self) -> bool:
        try:
            with self.channel():
                return True
        except (pika.exceptions.AMQPError, OSError):
            return False
