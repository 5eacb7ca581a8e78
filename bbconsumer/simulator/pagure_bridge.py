"""What an edit of a ticket tells the world outside. Private tickets tell nothing."""

from collections.abc import Mapping
from typing import Protocol

from bbconsumer.simulator import pagure_json
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.pagure_records import Account, Project, Ticket


class Directory(Protocol):
    """Where the bridge finds the people and projects that a message names."""

    @property
    def web_url(self) -> str: ...

    def account(self, name: str) -> Account: ...

    def project(self, path: str) -> Project: ...


class PagureBridge:
    """Tells every subscriber, in the order of the edits, topic and body."""

    def __init__(self, directory: Directory, topic_prefix: str) -> None:
        self._directory = directory
        self._topic_prefix = topic_prefix
        self._subscribers: list[Publish] = []

    def subscribe(self, publish: Publish) -> None:
        self._subscribers.append(publish)

    def tell(self, kind: str, ticket: Ticket, agent: str, more: Mapping[str, object] | None = None) -> None:
        """`kind` is the topic's end, such as `comment.added`; `more` joins the body."""
        if ticket.is_private or not self._subscribers:
            return
        body = {
            "issue": pagure_json.ticket(self._directory, ticket, with_comments=kind != "comment.edited"),
            "project": pagure_json.project(self._directory, self._directory.project(ticket.project)),
            **(more or {}),
            "agent": agent,
        }
        for publish in self._subscribers:
            publish(f"{self._topic_prefix}.pagure.issue.{kind}", body)
