"""A TCP connection that can be cut, and on which the answers of the server can get lost."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65536
# Closed with no time to linger, a connection ends with a reset, as when a cable is pulled and the other side gives up.
_NO_LINGER = struct.pack("ii", 1, 0)


class Cable:
    """A context manager; connections to `port` of this machine lead to the server's port.

    While `is_deaf`, what the server sends is lost. What comes later would be nonsense to the client: cut it first.
    """

    def __init__(self, server_port: int) -> None:
        self.is_deaf = False
        self.cut_count = 0
        self._server_port = server_port
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """End every connection without a word."""
        with self._lock:
            ends, self._ends = self._ends, set()
        self.cut_count += bool(ends)
        for end in ends:
            # The other direction may have found the end already.
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                # The cable is no longer needed.
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._ends |= {client, server}
            for source, target, is_answer in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._carry, args=(source, target, is_answer), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                if not (is_answer and self.is_deaf):
                    target.sendall(data)
        # However it ended: a process that is killed with something unread resets its connection, and what it had in its
        # hands is nobody's before the broker knows.
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="cable", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread that waits for a connection is woken only so.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
