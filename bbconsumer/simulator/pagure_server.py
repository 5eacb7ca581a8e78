"""The simulated Pagure as a server in this process."""

from starlette.types import ASGIApp

from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_rest import pagure_app
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import PAGURE_KINDS, PagureSwitches, RequestLog


class SimulatedPagure(LoopbackServer):
    """`state` holds projects and tickets, `switches` the faults, `requests` what was asked; `api_url` the API."""

    def __init__(self, state: Pagure | None = None, *, port: int = 0, workers: int | None = None) -> None:
        super().__init__("Pagure", port=port, workers=workers)
        self.state = state or Pagure()
        self.state.web_url = self.url
        self.api_url = f"{self.url}/api/0"
        self.switches = PagureSwitches()
        self.requests = RequestLog(PAGURE_KINDS)

    def app(self) -> ASGIApp:
        return pagure_app(self.state, self.switches, self.requests)

    def on_message(self, publish: Publish) -> None:
        """Like `state.on_message`, but the switches `lose_messages` and `broker_down_s` take effect."""

        def publish_if_up(topic: str, body: Json) -> None:
            if not self.switches.lose_messages and not self.switches.broker_down_s:
                publish(topic, body)

        self.state.on_message(publish_if_up)
