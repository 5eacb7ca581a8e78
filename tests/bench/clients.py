"""Readers: connections that are kept and ask again and again, each as soon as it was answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit

# Answers that each connection waits for, also when the time is up.
AT_LEAST = 2


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
        took: list[float] = []
        # However slow the machine is, there is something to count.
        while (asked := time.perf_counter()) < end or len(took) < AT_LEAST:
            writer.write(request)
            await answer_of(reader, status)
            took.append(time.perf_counter() - asked)
        writer.close()
        return took

    began = time.perf_counter()
    took = [one for many in await asyncio.gather(*(one() for _ in range(connections))) for one in many]
    cuts = quantiles(took, n=100)
    return Answered(len(took) / (time.perf_counter() - began), cuts[49], cuts[98])


async def headers_of(url: str) -> dict[str, str]:
    """The headers of a page, their names in lower case."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    headers = await answer_of(reader, 200)
    writer.close()
    return headers


async def answer_of(reader: asyncio.StreamReader, status: int) -> dict[str, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    if int(first.split()[1]) != status:
        raise ValueError(f"{status} was expected, but it was: {first}")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if length := int(headers.get("content-length", 0)):
        await reader.readexactly(length)
    return headers
