"""`/_control`: the switches and the counts of requests, as JSON.

`GET` shows them. `PUT` takes any of the switches by name, `"reset": true` to switch
every fault off, and `"clear_requests": true` to count from zero.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bbconsumer.simulator.records import Json
from bbconsumer.simulator.switches import RequestLog, Switches
from bbconsumer.simulator.versions import Edits


class Control:
    """Two endpoints over the same account of the present state."""

    def __init__(self, edits: Edits, switches: Switches, requests: RequestLog) -> None:
        self._edits = edits
        self._switches = switches
        self._requests = requests

    async def show(self, _request: Request) -> Response:
        return JSONResponse(self._account())

    async def change(self, request: Request) -> Response:
        wishes = await request.json()
        if wishes.pop("reset", False):
            self._switches.reset()
        if wishes.pop("clear_requests", False):
            self._requests.clear()
        try:
            self._switches.update(wishes)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(self._account())

    def _account(self) -> Json:
        return {
            "switches": self._switches.as_json(),
            "requests": {"total": self._requests.count(), "by_kind": self._requests.by_kind()},
            "edits": self._edits.count,
        }
