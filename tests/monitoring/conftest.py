"""A consumer whose port is looked at, over a real broker."""

from collections.abc import Iterator

import pytest
import requests

from tests.crashes.conftest import SETTINGS, environment_of
from tests.crashes.postgres import Databases
from tests.crashes.site import Site, open_site
from tests.end_to_end.deployment import deployed, eventually
from tests.flow.world import build_world
from tests.services.postgres import PostgreSQL
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import find_free_port

STUCK_AFTER_S = 3


class Watched:
    """A consumer with a port, beside the port of the library."""

    def __init__(self, site: Site, port: int, library_port: int) -> None:
        self.site = site
        self.port_url = f"http://127.0.0.1:{port}"
        self.url = f"{self.port_url}/healthz"
        self.library_url = f"http://127.0.0.1:{library_port}/ready"

    def health(self, what: str = "live") -> tuple[int, dict[str, str]]:
        """The status, and the state of each part."""
        response = requests.get(f"{self.url}/{what}", timeout=10)
        answer = response.json()
        assert response.status_code == (200 if answer[what] else 503)
        return response.status_code, {part["part"]: part["state"] for part in answer["parts"]}

    def stuck(self) -> list[str]:
        """The parts that only a restart would help; their report must be a 503."""
        response = requests.get(f"{self.url}/live", timeout=10)
        found = [part["part"] for part in response.json()["parts"] if part["stuck"]]
        assert response.status_code == (503 if found else 200)
        return found


@pytest.fixture(scope="session")
def watched(postgres: PostgreSQL, rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A consumer that consumes already."""
    ports = [find_free_port(), find_free_port()]
    own = {"METRICS_HOST": "127.0.0.1", "METRICS_PORT": str(ports[0]), "STUCK_AFTER_S": str(STUCK_AFTER_S)}
    folder = tmp_path_factory.mktemp("watched")
    with (
        Databases(postgres).borrowed() as url,
        build_world(url, **SETTINGS) as world,
        deployed({**environment_of(world), **own, "BUS_SILENT_S": "2"}, folder) as deployment,
        open_site(world, rabbitmq, deployment) as site,
    ):
        site.more_configuration = f'[monitoring]\naddress = "127.0.0.1"\nport = {ports[1]}\n'
        site.running_consumer()
        watched = Watched(site, *ports)
        eventually(lambda: watched.health("ready")[1]["broker"] == "consuming")
        yield watched
