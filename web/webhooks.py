"""Pagure's webhook: a hint that a ticket changed. Nothing of what it says is stored.

Whoever knows the project's key can at most have a ticket read that would be read anyhow, so a call that is sent again
does no harm. It asks no source and knows neither sessions nor cookies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bbconsumer import commands
from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from web.bodies import read_body
from web.problem import problem

# Pagure sends the whole ticket with all its comments.
MAX_BODY_BYTES = 1024 * 1024
# The other headers are not signed: they are not looked at.
SHA256_HEADER, SHA1_HEADER = "X-Pagure-Signature-256", "X-Pagure-Signature"


class _Refused(Exception):
    """The call is not taken; the text says why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Webhook:
    """The receiver. Pagure sends each call once and never again: the next sync makes up for one that was refused."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    async def receive(self, request: Request) -> Response:
        """202 as soon as the hint is noted, whatever it was about, or why it was not taken."""
        try:
            body = await self._read_signed(request)
            topic, message = _parse(body)
        except _Refused as refusal:
            return problem(refusal.status, str(refusal))
        outcome = await run_in_threadpool(commands.take_hint, self._database, self._settings, topic, message)
        return PlainTextResponse(f"{outcome}\n", HTTPStatus.ACCEPTED)

    async def _read_signed(self, request: Request) -> bytes:
        """The body, once it is known that Pagure signed these very bytes."""
        if not self._settings.pagure_enabled:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Pagure is left alone here: PAGURE_ENABLED is 0")
        key = self._settings.pagure_repo_webhook_key.reveal().encode()
        if not key:
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "no key is set up here: PAGURE_REPO_WEBHOOK_KEY is empty")
        name = self._signature_header(request.headers)
        try:
            body = await read_body(request, MAX_BODY_BYTES)
        except HTTPException as error:
            raise _Refused(HTTPStatus(error.status_code), error.detail) from None
        digest = hashlib.sha256 if name == SHA256_HEADER else hashlib.sha1
        expected = hmac.new(key, body, digest).hexdigest()
        # As bytes: of texts it takes plain ASCII only.
        if not hmac.compare_digest(expected.encode(), request.headers[name].encode()):
            raise _Refused(HTTPStatus.FORBIDDEN, f"{name} is not the signature of this body")
        return body

    def _signature_header(self, headers: Mapping[str, str]) -> str:
        """The weaker signature counts only where there is no other, and where it is allowed."""
        if SHA256_HEADER in headers:
            return SHA256_HEADER
        if SHA1_HEADER not in headers:
            raise _Refused(HTTPStatus.FORBIDDEN, f"not signed: {SHA256_HEADER} is missing")
        if not self._settings.pagure_webhook_sha1:
            raise _Refused(HTTPStatus.FORBIDDEN, "signed with SHA-1 only, which PAGURE_WEBHOOK_SHA1 does not allow")
        return SHA1_HEADER


def _parse(body: bytes) -> tuple[str, object]:
    """Topic and message of a call."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict):
        raise _Refused(HTTPStatus.BAD_REQUEST, "the body is no JSON object")
    if not isinstance(topic := envelope.get("topic"), str):
        raise _Refused(HTTPStatus.BAD_REQUEST, "the body has no topic")
    return topic, envelope.get("msg")
