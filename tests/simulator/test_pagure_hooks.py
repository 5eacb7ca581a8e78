"""The webhook: signed over its raw bytes, sent once, and never about private tickets."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.simulator.pagure_world import ALICE, PagureWorld

KEY = "the project's key"


@dataclass
class Receiver:
    """What was sent to an address, and what it answers."""

    url: str = ""
    status: int = 200
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append((dict(self.headers), content))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def test_a_call_is_the_message_in_an_envelope_with_headers_that_are_not_signed(pagure: PagureWorld) -> None:
    with receiving() as receiver:
        pagure.server.call_webhook(pagure.project, receiver.url, KEY)
        pagure.comment(pagure.file())
        pagure.server.hooks.flush()
    bodies = [json.loads(content) for _, content in receiver.calls]
    assert [body["topic"] for body in bodies] == ["issue.new", "issue.comment.added"]
    assert bodies[1].keys() == {"topic", "msg", "timestamp", "msg_id", "i"}
    assert bodies[1]["i"] == bodies[0]["i"] + 1
    assert bodies[0]["msg_id"] != bodies[1]["msg_id"]
    more = {"pagure_instance": pagure.server.url, "project_fullname": pagure.project}
    assert [body["msg"] for body in bodies] == [told | more for _, told in pagure.messages]
    headers, _ = receiver.calls[1]
    assert headers["X-Pagure"] == pagure.server.url
    assert headers["X-Pagure-Project"] == pagure.project
    assert headers["X-Pagure-Topic"] == "issue.comment.added"
    assert headers["Content-Type"] == "application/json"


def test_both_signatures_are_over_the_raw_bytes(pagure: PagureWorld) -> None:
    with receiving() as receiver:
        pagure.server.call_webhook(pagure.project, receiver.url, KEY)
        pagure.file("ünïcode “q”")
        pagure.server.hooks.flush()
    ((headers, content),) = receiver.calls
    for name, digest in (("X-Pagure-Signature", hashlib.sha1), ("X-Pagure-Signature-256", hashlib.sha256)):
        assert headers[name] == hmac.new(KEY.encode(), content, digest).hexdigest()


def test_a_call_that_fails_is_not_repeated(pagure: PagureWorld) -> None:
    hooks = pagure.server.hooks
    delivered, lost = hooks.delivered_count, hooks.lost_count
    with receiving() as receiver:
        pagure.server.call_webhook(pagure.project, receiver.url, KEY)
        receiver.status = 503
        ticket_id = pagure.file()
        hooks.flush()
        receiver.status = 200
        pagure.comment(ticket_id)
        hooks.flush()
        assert len(receiver.calls) == 2
    pagure.comment(ticket_id)
    hooks.flush()
    assert (hooks.delivered_count - delivered, hooks.lost_count - lost) == (1, 2)


def test_private_tickets_and_other_projects_are_not_told(pagure: PagureWorld) -> None:
    with receiving() as receiver:
        pagure.server.call_webhook(pagure.project, receiver.url, KEY)
        pagure.comment(pagure.file(is_private=True))
        pagure.state.create_ticket(pagure.other_project, "x", "y", ALICE)
        pagure.server.hooks.flush()
        assert receiver.calls == []


def test_the_webhook_is_called_while_the_broker_is_down_unless_it_is_switched_off(pagure: PagureWorld) -> None:
    with receiving() as receiver:
        pagure.server.call_webhook(pagure.project, receiver.url, KEY)
        pagure.server.switches.update({"broker_down_s": 30.0, "lose_messages": True})
        ticket_id = pagure.file()
        pagure.server.switches.lose_calls = True
        pagure.comment(ticket_id)
        pagure.server.hooks.flush()
        assert [json.loads(content)["topic"] for _, content in receiver.calls] == ["issue.new"]
    assert pagure.messages == []
