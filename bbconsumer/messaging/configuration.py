"""Loads the configuration of fedora-messaging."""

from __future__ import annotations

import os
import uuid
from importlib import resources
from pathlib import Path
from typing import Any

from fedora_messaging.config import LazyConfig, conf
from fedora_messaging.exceptions import ConfigurationException

from bbconsumer.messaging import PRESETS

# The library's own variable.
_NAMED_BY = "FEDORA_MESSAGING_CONF"


def load_configuration(name: str | None) -> LazyConfig:
    """Load a preset by name, or a file by path; without either what the library finds by itself
    (``FEDORA_MESSAGING_CONF``, then ``/etc/fedora-messaging/config.toml``).

    Raises:
        fedora_messaging.exceptions.ConfigurationException: the file cannot be used, or was named and does not exist.
    """
    name = name or os.environ.get(_NAMED_BY)
    if not name:
        conf.load_config()
        return conf
    path = resources.files(__package__) / f"{name}.toml" if name in PRESETS else Path(name)
    # The library would take its defaults instead, and follow a broker on this machine.
    if not path.is_file():
        raise ConfigurationException(f"the configuration {path} does not exist")
    conf.load_config(config_path=str(path))
    if name == "public":
        _name_queue(conf)
    return conf


def _name_queue(configuration: dict[str, Any]) -> None:
    """The public broker wants a queue of everybody's own, named by a UUID; it drops one that is unused for an hour."""
    queue = str(uuid.uuid4())
    (settings,) = configuration["queues"].values()
    configuration["queues"] = {queue: settings}
    for binding in configuration["bindings"]:
        binding["queue"] = queue
