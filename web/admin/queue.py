"""What cannot be worked on: failing keys, and messages that nobody could read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer import commands
from bbconsumer.commands import CommandRefused
from bbconsumer.domain.keys import Key, KeyKind
from web.admin.desk import Desk, notice_of
from web.forms import first, read_form
from web.people import name_of
from web.queries.admin_queue import load_letter, load_letters, load_queue_page
from web.queries.navigation import load_navigation
from web.read_models.admin import LetterPage

ALL = "all"


class Queue:
    """The endpoints."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def failing(self, request: Request) -> Response:
        """What the queue holds, and what of it fails."""
        return self._queue_page(notice=notice_of(request))

    async def retry(self, request: Request) -> Response:
        """Have failing keys worked on at once: one, or all."""
        chosen = first(await read_form(request), "key")
        key = None if chosen == ALL else _parse_key(chosen)
        retry = partial(commands.retry_keys, self._desk.database, key, actor=name_of(request))
        try:
            await self._desk.asker.run(retry)
        except CommandRefused as refusal:
            return await self._desk.asker.run(partial(self._queue_page, problem=str(refusal)))
        return self._desk.led_to(f"{self._desk.links.admin}/queue", "retry")

    def letters(self, request: Request) -> Response:
        """The messages that could not be read."""
        return self._letters_page(notice=notice_of(request))

    def letter(self, request: Request) -> Response:
        """One of them."""
        with self._desk.database.reading() as session:
            letter = load_letter(session, _letter_id(request))
            navigation = load_navigation(session)
        if letter is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return self._desk.render("admin_letter.html", LetterPage(self._desk.now, navigation, letter))

    async def act(self, request: Request) -> Response:
        """Read one again, or forget it since somebody has looked at it: as the button says that was pressed."""
        action, letter_id = first(await read_form(request), "action"), _letter_id(request)
        if action not in {"read", "drop"}:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        run = self._read if action == "read" else self._drop
        try:
            notice = await self._desk.asker.run(partial(run, letter_id, name_of(request)))
        except CommandRefused as refusal:
            return await self._desk.asker.run(partial(self._letters_page, problem=str(refusal)))
        return self._desk.led_to(f"{self._desk.links.admin}/dead_letters", notice)

    def _read(self, letter_id: int, actor: str) -> str:
        keys = commands.read_dead_letter(self._desk.database, self._desk.settings, letter_id, actor=actor)
        return "read" if keys else "read-for-nothing"

    def _drop(self, letter_id: int, actor: str) -> str:
        commands.drop_dead_letter(self._desk.database, letter_id, actor=actor)
        return "dropped"

    def _queue_page(self, *, notice: str = "", problem: str = "") -> Response:
        # To the second: what is due now must not look as if it could wait.
        with self._desk.database.reading() as session:
            page = load_queue_page(session, now=self._desk.exact_now())
        page = replace(page, now=self._desk.now, notice=notice, problem=problem)
        return self._desk.render("admin_queue.html", page, status=_status(problem))

    def _letters_page(self, *, notice: str = "", problem: str = "") -> Response:
        with self._desk.database.reading() as session:
            page = load_letters(session, now=self._desk.now)
        page = replace(page, notice=notice, problem=problem)
        return self._desk.render("admin_letters.html", page, status=_status(problem))


def _status(problem: str) -> HTTPStatus:
    return HTTPStatus.CONFLICT if problem else HTTPStatus.OK


def _parse_key(text: str) -> Key:
    kind, _, number = text.partition("/")
    if kind not in set(KeyKind) or not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return Key(KeyKind(kind), int(number))


def _letter_id(request: Request) -> int:
    text = request.path_params["letter_id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return int(text)
