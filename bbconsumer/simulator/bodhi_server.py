"""The simulated Bodhi as a server in this process."""

from starlette.types import ASGIApp

from bbconsumer.simulator.bodhi import Bodhi
from bbconsumer.simulator.bodhi_rest import bodhi_app
from bbconsumer.simulator.bodhi_switches import BODHI_KINDS
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import RequestLog, Switches


class SimulatedBodhi(LoopbackServer):
    """`state` holds releases and updates, `switches` the faults, `requests` what was asked."""

    def __init__(self, state: Bodhi | None = None, *, port: int = 0, workers: int | None = None) -> None:
        super().__init__("Bodhi", port=port, workers=workers)
        self.state = state or Bodhi()
        self.state.web_url = self.url
        self.switches = Switches()
        self.requests = RequestLog(BODHI_KINDS)

    def app(self) -> ASGIApp:
        return bodhi_app(self.state, self.switches, self.requests)

    def on_message(self, publish: Publish) -> None:
        """Like `state.on_message`, but the switch `lose_messages` takes effect."""

        def publish_if_up(topic: str, body: Json) -> None:
            if not self.switches.lose_messages:
                publish(topic, body)

        self.state.on_message(publish_if_up)
