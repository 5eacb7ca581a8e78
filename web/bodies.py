"""Reads what is sent along with a request; no more of it is read than is taken."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        HTTPException: it is too large, or did not come whole; the detail says so.
    """
    too_large = HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {max_bytes} bytes")
    announced = request.headers.get("Content-Length", "")
    if announced.isascii() and announced.isdecimal() and len(announced) < 20 and int(announced) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise too_large
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body is not complete") from None
    return bytes(body)
