"""The messages that Bodhi publishes about updates, in the shapes of its version 26.

* A body is written when something happens and sent when everything about it is stored: what Bodhi does to the update
  in between is in the answers and not in the message. So a compose tells that it completed while `request` still stands
  and the update is locked; both end without a message.
* Nothing is told of what Bodhi notes itself: a change of the gating state, bugs that a newer update takes over from the
  one that it makes obsolete, that one's end, and the way of Rawhide's updates through testing to stable.
* Older messages may still be met: before 2019 some had no `alias`, or null, and a `submitter` in the place of builds,
  release and user; the karma threshold's topic ended in `karma.threshold`.

Source: https://github.com/fedora-infra/bodhi/tree/develop/bodhi-messages
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zlib import crc32

from bbconsumer.simulator import bodhi_json
from bbconsumer.simulator.bodhi_records import Build, Remark, Update
from bbconsumer.simulator.bridge import Publish
from bbconsumer.simulator.records import Json

READY_FOR_TESTING = "status.testing.koji-build-group.build.complete"
_INFO, _DEBUG = 20, 10
# By the topic after `bodhi.update.`; the schema of any other bears the topic's name and number 1.
_SCHEMAS: Mapping[str, str] = {
    "edit": "bodhi.update.edit.v2",
    "karma.threshold.reach": "bodhi.update.karma.threshold.v1",
    READY_FOR_TESTING: "bodhi.update.status.testing.v3",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message; `kind` is the topic after `bodhi.update.`."""

    kind: str
    body: Json


def letter(directory: bodhi_json.Directory, kind: str, update: Update, **more: object) -> Letter:
    """A message about an update as it is at this moment; `more` joins the body, without what is None."""
    given = {name: value for name, value in more.items() if value is not None}
    return Letter(kind, {"update": bodhi_json.update(directory, update, in_message=True), **given})


def comment_letter(directory: bodhi_json.Directory, update: Update, remark: Remark) -> Letter:
    """Here the update stands in the comment."""
    comment = bodhi_json.comment(directory, update, remark, in_message=True)
    return Letter("comment", {"comment": comment, "agent": remark.user})


def ready_letter(directory: bodhi_json.Directory, update: Update, agent: str) -> Letter:
    """That tests may begin."""
    builds = [
        {"type": "koji-build", "id": _number(build.nvr), "task_id": _number(f"task {build.nvr}"), "nvr": build.nvr}
        for build in update.builds
    ]
    artifact = {"type": "koji-build-group", "builds": builds}
    more = {"artifact": artifact, "re-trigger": False}
    return letter(directory, READY_FOR_TESTING, update, agent=agent, **more)


def headers(topic: str, body: Json) -> dict[str, str | int | bool]:
    """Severity and schema, and one for everybody and every package that a message is about."""
    kind = topic.partition("bodhi.update.")[2]
    update = body["comment"]["update"] if kind == "comment" else body["update"]
    people = {update["user"]["name"], *([body["agent"]] if "agent" in body else [])}
    packages = {Build(build["nvr"]).package for build in update["builds"]}
    return {
        "fedora_messaging_schema": _SCHEMAS.get(kind, f"bodhi.update.{kind}.v1"),
        "fedora_messaging_schema_package": "bodhi_messages",
        "fedora_messaging_severity": _DEBUG if kind == READY_FOR_TESTING else _INFO,
        "priority": 0,
        **{f"fedora_messaging_user_{name}": True for name in sorted(people)},
        **{f"fedora_messaging_rpm_{package}": True for package in sorted(packages)},
    }


class BodhiBridge:
    """Tells every subscriber, in the order of the edits, topic and body."""

    def __init__(self, topic_prefix: str) -> None:
        self._topic_prefix = topic_prefix
        self._subscribers: list[Publish] = []

    @property
    def is_listened_to(self) -> bool:
        return bool(self._subscribers)

    def subscribe(self, publish: Publish) -> None:
        self._subscribers.append(publish)

    def send(self, letters: Iterable[Letter]) -> None:
        for each in letters:
            for publish in self._subscribers:
                publish(f"{self._topic_prefix}.bodhi.update.{each.kind}", each.body)


def _number(name: str) -> int:
    return crc32(name.encode("utf-8", "backslashreplace")) % 10_000_000
