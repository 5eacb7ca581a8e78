"""Decides which edits reach the bus, and as which messages.

Only some products are relayed, private bugs are not, and a bug that goes private is
silent about it. One human action may give several messages.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bbconsumer.simulator import messages
from bbconsumer.simulator.messages import BusForm, Cast, Occurrence
from bbconsumer.simulator.records import Bug, Comment, FieldChange, Json, Product, User

Publish = Callable[[str, Json], None]


class Directory(Protocol):
    """Where the bridge finds the people and products that a message names."""

    def account(self, name: str) -> User: ...

    def product(self, name: str) -> Product: ...


class Bridge:
    """Tells every subscriber, in the order of the edits, topic and body."""

    def __init__(self, directory: Directory, web_url: str, topic_prefix: str, form: BusForm) -> None:
        self.web_url = web_url
        self.form: BusForm = form
        self._directory = directory
        self._topic_prefix = topic_prefix
        self._subscribers: list[Publish] = []

    def subscribe(self, publish: Publish) -> None:
        self._subscribers.append(publish)

    def created(self, bug: Bug, description: Comment, who: User) -> None:
        at = bug.creation_time
        self._tell(bug, bug, Occurrence("bug", "create", who, at), {})
        self.commented(bug, bug, description, who)

    def modified(self, before: Bug, after: Bug, changes: Sequence[FieldChange], who: User, at: datetime) -> None:
        self._tell(after, before, Occurrence("bug", "modify", who, at, tuple(changes)), {})

    def commented(self, before: Bug, after: Bug, comment: Comment, who: User) -> None:
        if not comment.is_private:
            occurrence = Occurrence("comment", "create", who, comment.creation_time)
            part = messages.comment_part(comment, self.form)
            self._tell(after, before, occurrence, {"comment": part})

    def attached(self, before: Bug, after: Bug, attachment: Json, who: User, at: datetime) -> None:
        occurrence = Occurrence("attachment", "create", who, at)
        self._tell(after, before, occurrence, {"attachment": attachment})

    def _tell(self, bug: Bug, before: Bug, occurrence: Occurrence, part: Json) -> None:
        product = self._directory.product(bug.product)
        if not self._subscribers or bug.is_private or not product.on_the_bus:
            return
        cast = Cast(
            creator=self._directory.account(bug.creator),
            assigned_to=self._directory.account(bug.assigned_to),
            product=product,
            qa_contact=self._directory.account(bug.qa_contact) if bug.qa_contact else None,
        )
        body = messages.body(occurrence, bug, before, cast, self.web_url, self.form) | part
        is_new = (occurrence.target, occurrence.action) == ("bug", "create")
        topic = f"{self._topic_prefix}.bugzilla.bug.{'new' if is_new else 'update'}"
        for publish in self._subscribers:
            publish(topic, body)
