"""Calls the webhooks of projects at the simulated Pagure, signed as the real one signs them.

Each call is made once, whatever comes of it. In a thread of its own, so that a receiver that is slow or away never
delays an edit.
"""

import hashlib
import hmac
import json
import logging
import queue
import time
from dataclasses import dataclass
from threading import Thread
from uuid import uuid4

import requests

from bbconsumer.simulator.records import Json

_TIMEOUT_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    headers: dict[str, str]
    content: bytes


def signatures(content: bytes, key: str) -> dict[str, str]:
    """The two headers by which a receiver knows that Pagure sent exactly these bytes."""
    return {
        "X-Pagure-Signature": hmac.new(key.encode(), content, hashlib.sha1).hexdigest(),
        "X-Pagure-Signature-256": hmac.new(key.encode(), content, hashlib.sha256).hexdigest(),
    }


class HookCaller:
    """Between `start` and `stop`, which still makes the calls that wait. `publish` fits `Pagure.on_message`."""

    def __init__(self, web_url: str) -> None:
        self.delivered_count = 0
        self.lost_count = 0
        self._web_url = web_url
        self._hooks: dict[str, tuple[str, str]] = {}
        self._call_count = 0
        self._waiting: queue.Queue[_Call | None] = queue.Queue()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)

    def call(self, project: str, url: str, key: str) -> None:
        """From now on, call the address for what happens in the project, signed with the project's key."""
        self._hooks[project] = (url, key)

    def publish(self, topic: str, body: Json) -> None:
        """Hand over one message; returns at once."""
        project = body["project"]["fullname"]
        if project not in self._hooks:
            return
        url, key = self._hooks[project]
        short_topic = topic.partition(".pagure.")[2]
        content = self._content(short_topic, body | {"pagure_instance": self._web_url, "project_fullname": project})
        headers = {
            "Content-Type": "application/json",
            "X-Pagure": self._web_url,
            "X-Pagure-Project": project,
            "X-Pagure-Topic": short_topic,
            **signatures(content, key),
        }
        self._waiting.put(_Call(url, headers, content))

    def flush(self) -> None:
        """Wait until everything handed over has been tried."""
        self._waiting.join()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _content(self, topic: str, message: Json) -> bytes:
        self._call_count += 1
        envelope = {
            "topic": topic,
            "msg": message,
            "timestamp": int(time.time()),
            "msg_id": f"{time.gmtime().tm_year}-{uuid4()}",
            "i": self._call_count,
        }
        return json.dumps(envelope, sort_keys=True).encode()

    def _run(self) -> None:
        with requests.Session() as session:
            # Whatever the environment says: no proxy leads back to this machine.
            session.trust_env = False
            while (call := self._waiting.get()) is not None:
                self._deliver(session, call)
                self._waiting.task_done()

    def _deliver(self, session: requests.Session, call: _Call) -> None:
        try:
            answer = session.post(call.url, data=call.content, headers=call.headers, timeout=_TIMEOUT_S)
            answer.raise_for_status()
        except requests.RequestException as error:
            self.lost_count += 1
            _log.warning("webhook lost: %s (%r)", call.url, error)
        else:
            self.delivered_count += 1
