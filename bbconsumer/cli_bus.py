"""What the commands about bus messages do. Apart from the others, none of which shall wait until Twisted is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click
from fedora_messaging.exceptions import ConfigurationException

from bbconsumer import service
from bbconsumer.config import ConfigurationError, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.messaging.configuration import load_configuration
from bbconsumer.replay import UnreadableRecording, read_messages
from bbconsumer.triggers import UnreadableMessage
from bbconsumer.wiring import ready_database


def consume(settings: Settings, conf: str | None) -> int:
    """Follow the bus and work until stopped; gives the exit code."""
    try:
        load_configuration(conf)
        with ready_database(settings) as database:
            return service.run_consumer(settings, database)
    except ConfigurationException as error:
        raise ConfigurationError(str(error)) from error


def work(settings: Settings) -> int:
    """Work on the queue until stopped; gives the exit code."""
    with ready_database(settings) as database:
        return service.run_worker(settings, database)


def replay(settings: Settings, files: Iterable[Path], *, as_json: bool) -> None:
    """Give recorded messages to the consumer, and print what each marks."""
    with ready_database(settings) as database:
        consumer = Consumer(settings, database)
        for path in files:
            try:
                _replay_file(consumer, path, as_json=as_json)
            except UnreadableRecording as error:
                raise click.ClickException(str(error)) from error


def _replay_file(consumer: Consumer, path: Path, *, as_json: bool) -> None:
    for message in read_messages(path):
        try:
            found = consumer.take(message)
            keys, reason = sorted(map(str, found.keys)), found.reason
        except UnreadableMessage as error:
            keys, reason = [], f"kept as unreadable: {error}"
        if as_json:
            click.echo(json.dumps({"file": str(path), "topic": message.topic, "keys": keys, "reason": reason}))
        else:
            click.echo(f"{message.topic}: {', '.join(keys) or 'no keys'} ({reason})")
