"""The simulated Bugzilla as a server in this process."""

from starlette.types import ASGIApp

from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.bug_json import RED_HAT, Flavour
from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.rest import rest_app
from bbconsumer.simulator.switches import BugzillaSwitches, RequestLog


class SimulatedBugzilla(LoopbackServer):
    """`state` holds the bugs, `switches` the faults, `requests` what was asked."""

    def __init__(
        self,
        state: Bugzilla | None = None,
        *,
        port: int = 0,
        flavour: Flavour = RED_HAT,
        seed: int = 0,
        workers: int | None = None,
    ) -> None:
        super().__init__("Bugzilla", port=port, workers=workers)
        self.state = state or Bugzilla()
        self.state.bridge.web_url = self.url
        self.switches = BugzillaSwitches()
        self.requests = RequestLog()
        self._flavour = flavour
        self._seed = seed

    def app(self) -> ASGIApp:
        return rest_app(self.state, self.switches, self.requests, flavour=self._flavour, seed=self._seed)

    def on_message(self, publish: Publish) -> None:
        """Like `state.on_message`, but the switch `lose_messages` takes effect."""

        def publish_if_up(topic: str, body: Json) -> None:
            if not self.switches.lose_messages:
                publish(topic, body)

        self.state.on_message(publish_if_up)
