"""Reads streams of changes over real connections, as browsers do, many at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream."""

    event: str
    id: str


class Stream:
    """One open stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
        self._reader = reader
        self._writer = writer
        self.status = status

    @classmethod
    async def open(cls, port: int, path: str, *, last_id: str = "") -> Stream:
        """Connect and read the head of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seen = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{seen}\r\n".encode())
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        return cls(reader, writer, int(head.split()[1]))

    async def next(self) -> Message | None:
        """The next message; None when the stream ended. Pings are passed over."""
        fields: dict[str, str] = {}
        while line := await self._reader.readline():
            name, _, value = line.decode().rstrip("\r\n").partition(":")
            if name in {"event", "id"}:
                fields[name] = value.strip()
            elif not name and not value and fields:
                return Message(fields.get("event", ""), fields.get("id", ""))
        return None

    def close(self) -> None:
        """Go away without a word."""
        self._writer.close()
