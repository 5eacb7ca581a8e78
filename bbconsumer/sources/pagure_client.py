"""One request to Pagure: the token in a header, reads tried a few times, writes never twice, errors told apart.

Source: https://pagure.io/api/0/
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase

from bbconsumer.config import Secret
from bbconsumer.sources import RequestRefused, SourceDenied, SourceUnavailable, WriteUncertain
from bbconsumer.sources.http import build_session
from bbconsumer.sources.texts import clean_text
from bbconsumer.sources.trying import Transient, Tries, failure_of_answer, failure_without_answer

NAME = "pagure"
# While its broker is down Pagure works on each write for half a minute, and then does it all the same.
WRITE_TIMEOUT_S = 45.0

# Answers with these statuses that are no alarm: they are about one ticket, or one thing to do.
_HARMLESS_DENIALS = frozenset({"EISSUENOTALLOWED", "ETRACKERREADONLY"})
_DATABASE_FAILED = "EDBERROR"


class PagureRefusal(RequestRefused):
    """Pagure is well and refuses this request. `code` is its own word for why, `sentence` what it says about it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"Pagure refuses the request: {sentence}")
        self.code = code
        self.sentence = sentence


class TokenAuth(AuthBase):
    """Sends the token, which Pagure takes only as a header."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token.reveal()}"
        return request


class PagureClient:
    """Calls Pagure's API. One client serves one thread; `cancel` ends its waiting between tries."""

    def __init__(
        self,
        api_url: str,
        token: Secret,
        *,
        timeout_s: float,
        tries: int,
        write_timeout_s: float = WRITE_TIMEOUT_S,
        cancel: threading.Event | None = None,
    ) -> None:
        self._url = api_url.rstrip("/") + "/"
        self._tries = Tries(NAME, tries, cancel)
        self._timeout_s, self._write_timeout_s = timeout_s, write_timeout_s
        self._reading, self._writing = build_session(NAME, timeout_s), build_session(NAME, write_timeout_s)
        if token:
            self._reading.auth = self._writing.auth = TokenAuth(token)

    def ask(self, path: str, params: Mapping[str, str | int] | None = None, *, method: str = "GET") -> dict[str, Any]:
        """What Pagure answers to a question, which is asked again when something fails.

        Raises:
            SourceUnavailable: it failed as often as it was tried.
            SourceDenied: the token is refused.
            PagureRefusal: Pagure is well and refuses this very request.
        """

        return self._tries.make(
            lambda: _answer_to(self._reading, method, self._url + path, timeout_s=self._timeout_s, params=params)
        )

    def write(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Send a change, once, and give back what Pagure answers.

        Raises:
            WriteUncertain: it was sent, and nothing tells whether it was done.
            SourceUnavailable: it was not done.
            SourceDenied: it was not done, since the token is refused.
            PagureRefusal: Pagure is well and refuses this very change.
        """
        try:
            return _answer_to(self._writing, "POST", self._url + path, timeout_s=self._write_timeout_s, form=form)
        except Transient as error:
            kind = WriteUncertain if error.is_done_perhaps else SourceUnavailable
            raise kind(NAME, error.reason, error.wait_s) from error

    def close_idle(self) -> None:
        """Close the connections that are kept for a next request."""
        self._reading.close()
        self._writing.close()


def _answer_to(
    session: requests.Session,
    method: str,
    url: str,
    *,
    timeout_s: float,
    params: Mapping[str, str | int] | None = None,
    form: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    try:
        response = session.request(method, url, params=params, data=form)
    except requests.RequestException as error:
        failure = failure_without_answer(NAME, error, timeout_s)
    else:
        return _answer_in(response)
    # Raised out here, where it drags no other exception along.
    raise failure


def _answer_in(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    is_object = isinstance(answer, dict)
    if response.status_code == requests.codes.ok:
        if not is_object:
            raise Transient("the answer is not JSON" if answer is None else "the answer is no object")
        return dict(answer)
    code = answer.get("error_code") if is_object else None
    # What Pagure says of a request comes with these; the others tell about the server, or what stands before it.
    if isinstance(code, str) and response.status_code in {400, 401, 403, 404}:
        raise _refusal(response.status_code, code, answer)
    raise failure_of_answer(NAME, response, credential="token")


def _refusal(status: int, code: str, answer: Mapping[str, Any]) -> Exception:
    sentence = _sentence(answer)
    if code == _DATABASE_FAILED:
        return Transient(f"internal failure ({code})")
    if status in {401, 403} and code not in _HARMLESS_DENIALS:
        return SourceDenied(NAME, f"our token is refused: {sentence}")
    return PagureRefusal(code, sentence)


def _sentence(answer: Mapping[str, Any]) -> str:
    """What Pagure says of an error, with what it says of single fields."""
    details = answer.get("errors")
    if isinstance(details, Mapping):
        details = "; ".join(f"{name}: {_joined(problems)}" for name, problems in details.items())
    texts = (clean_text(str(text)) for text in (answer.get("error"), details) if text)
    return f"{' '.join(texts):.300}"


def _joined(problems: object) -> str:
    return " ".join(map(str, problems)) if isinstance(problems, list) else str(problems)
