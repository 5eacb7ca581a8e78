"""Brings what the sources tell to the broker: late, twice, in another order, damaged beside the true one, or never."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from fedora_messaging.message import Message
from pika.exceptions import AMQPError

from bbconsumer.simulator.records import Json
from tests.crashes.odd_messages import READABLE, UNREADABLE, properties
from tests.end_to_end.bus_end import BusEnd
from tests.faults.mutations import encoded, late_by, mutated

_LATE_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Care:
    """How messages fare; each of the shares is a chance for one message."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    damaged: float = 0.0
    is_in_order: bool = True

    def __str__(self) -> str:
        parts = {"lost": self.lost, "doubled": self.doubled, "12 h late": self.late, "malformed": self.damaged}
        return ", ".join([name for name, share in parts.items() if share] + ["shuffled"] * (not self.is_in_order))


class Courier:
    """Counts what it did: `sent` are the true messages, `lost` those that never arrive, `nonsense` the damaged ones."""

    def __init__(self, bus: BusEnd, care: Care, chance: Random) -> None:
        self.sent = self.lost = self.nonsense = 0
        self._bus = bus
        self._care = care
        self._chance = chance
        self._bag: list[tuple[str, Json]] = []
        self._late: list[tuple[str, Json]] = []

    def take(self, messages: Iterable[Message]) -> None:
        """Take what was told, of which some gets lost at once."""
        for message in messages:
            self.sent += 1
            topic, body = message.topic, dict(message.body)
            if self._happens(self._care.damaged):
                self._publish_damaged(self._bus.own_topic(topic), body)
            if self._happens(self._care.lost):
                self.lost += 1
            elif self._happens(self._care.late):
                self._late.append((topic, late_by(body, _LATE_S)))
            else:
                self._bag += [(topic, body)] * (2 if self._happens(self._care.doubled) else 1)

    def bring(self) -> None:
        """Bring what is under way; where order means nothing, some of it stays under way."""
        if self._care.is_in_order:
            arriving, self._bag = self._bag, []
        else:
            self._chance.shuffle(self._bag)
            count = self._chance.randrange(len(self._bag) + 1)
            arriving, self._bag = self._bag[:count], self._bag[count:]
        for topic, body in arriving:
            self._bus.publish(topic, body)

    def bring_rest(self) -> None:
        """Bring all that was under way, but not what comes hours later."""
        for topic, body in self._bag:
            self._bus.publish(topic, body)
        self._bag.clear()

    def bring_late(self) -> int:
        """Bring what comes hours later; gives back how many messages that are."""
        late, self._late = self._late, []
        for topic, body in late:
            self._bus.publish(topic, body)
        return len(late)

    def _publish_damaged(self, topic: str, message: Json) -> None:
        match self._chance.choice(("mutated", "mutated", "mutated", "oddly sent", "unreadable")):
            case "mutated":
                body, sent_with = encoded(mutated(message, self._chance)), properties(message_id=str(uuid4()))
            case "oddly sent":
                encode, sent_with = READABLE[self._chance.choice(sorted(READABLE))]
                body = encode(message)
            case _:
                body, sent_with, _ = UNREADABLE[self._chance.choice(sorted(UNREADABLE))]
        try:
            self._bus.publish_raw(body, sent_with, topic)
        except AMQPError:
            # The broker is away, or its queue: whoever sends nonsense does not try again.
            return
        self.nonsense += 1

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share
