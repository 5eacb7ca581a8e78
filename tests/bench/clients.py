"""Readers: connections that are kept and ask again and again, each as soon as it was answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answered:
    """How some readers fared: answers a second, and how long an answer took, in seconds."""

    per_s: float
    p50_s: float
    p99_s: float


async def read(url: str, connections: int, seconds: float, *, tag: str = "", status: int = 200) -> Answered:
    """Let so many connections ask for one page for so long. With a `tag` they say what they hold already.

    Raises:
        ValueError: an answer had another status.
    """
    parts = urlsplit(url)
    held = f"If-None-Match: {tag}\r\n" if tag else ""
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{held}\r\n".encode()
    end = time.perf_counter() + seconds

    async def one() -> list[float]:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        took = []
        while (asked := time.perf_counter()) < end:
            writer.write(request)
            await _answer(reader, status)
            took.append(time.perf_counter() - asked)
        writer.close()
        return took

    took = [one for many in await asyncio.gather(*(one() for _ in range(connections))) for one in many]
    cuts = quantiles(took, n=100)
    return Answered(len(took) / seconds, cuts[49], cuts[98])


async def tag_of(url: str) -> tuple[str, int]:
    """The tag of a page, and how many bytes it has."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    headers = await _answer(reader, 200)
    writer.close()
    return headers.get("etag", ""), int(headers["content-length"])


async def _answer(reader: asyncio.StreamReader, status: int) -> dict[str, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    if int(first.split()[1]) != status:
        raise ValueError(f"{status} was expected, but it was: {first}")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if length := int(headers.get("content-length", 0)):
        await reader.readexactly(length)
    return headers
