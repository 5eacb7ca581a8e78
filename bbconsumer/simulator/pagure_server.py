"""The simulated Pagure as a server in this process."""

from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.loopback import LoopbackServer
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_hooks import HookCaller
from bbconsumer.simulator.pagure_rest import pagure_app
from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import PAGURE_KINDS, PagureSwitches, RequestLog


class SimulatedPagure(LoopbackServer):
    """`state` holds projects and tickets, `switches` the faults, `requests` what was asked, `hooks` the webhooks.

    `url` is for people, `api_url` for programs.
    """

    def __init__(self, state: Pagure | None = None, *, port: int = 0, workers: int | None = None) -> None:
        super().__init__("Pagure", port=port, workers=workers)
        self.state = state or Pagure()
        self.state.web_url = self.url
        self.api_url = f"{self.url}/api/0"
        self.switches = PagureSwitches()
        self.requests = RequestLog(PAGURE_KINDS)
        self.hooks = HookCaller(self.url)
        self._calls_hooks = False

    def app(self) -> ASGIApp:
        return pagure_app(self.state, self.switches, self.requests)

    def call_webhook(self, project: str, url: str, key: str) -> None:
        """Have the address called for each message about the project, signed with the key."""
        self.hooks.call(project, url, key)
        if not self._calls_hooks:
            self._calls_hooks = True
            self.state.on_message(self._call_hook)

    def on_message(self, publish: Publish) -> None:
        """Like `state.on_message`, but the switches `lose_messages` and `broker_down_s` take effect."""

        def publish_if_up(topic: str, body: Json) -> None:
            if not self.switches.lose_messages and not self.switches.broker_down_s:
                publish(topic, body)

        self.state.on_message(publish_if_up)

    def _call_hook(self, topic: str, body: Json) -> None:
        # Not by way of the broker: webhooks are called while that is down.
        if not self.switches.lose_calls:
            self.hooks.publish(topic, body)

    def __enter__(self) -> Self:
        self.hooks.start()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self.hooks.stop()
