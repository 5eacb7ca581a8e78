"""Runs a simulated server in this process, on a port of 127.0.0.1."""

import socket
import time
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

_START_TIMEOUT_S = 10.0
# Long request lines must reach the application, which refuses them like a web server.
_LARGEST_REQUEST_HEAD_BYTES = 4 * 1024 * 1024


class LoopbackServer:
    """A context manager: the server runs inside the `with`, and is gone after it.

    `url` is the base address. Port 0 means a free one. With `workers`, every open connection holds one, idle ones too:
    when none is left, the server answers 503.
    """

    def __init__(self, name: str, *, port: int = 0, workers: int | None = None) -> None:
        self._name = name
        self._workers = workers
        # Named, the protocol lets asyncio switch Nagle's algorithm off, which costs 40 ms an answer.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def app(self) -> ASGIApp:
        """What is served; asked for once, when the server starts."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        config = uvicorn.Config(
            self.app(),
            http="h11",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            # The limit counts the new connection as well.
            limit_concurrency=None if self._workers is None else self._workers + 1,
            h11_max_incomplete_event_size=_LARGEST_REQUEST_HEAD_BYTES,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, args=([self._socket],), name=self._name, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the simulated {self._name} did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
