"""What Bodhi answers when it refuses: a list of errors, each with what it is about and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bbconsumer.simulator.records import Json


@dataclass(frozen=True, slots=True)
class Complaint:
    """`location` is where the mistake stands: `querystring`, `url` or `body`."""

    location: str
    name: str
    description: str


class BodhiRefusal(Exception):
    """An answer with an error body. Nothing has been written."""

    def __init__(self, complaints: Sequence[Complaint], status: int = 400) -> None:
        super().__init__("; ".join(f"{each.name}: {each.description}" for each in complaints))
        self.complaints = tuple(complaints)
        self.status = status

    def body(self) -> Json:
        return {"status": "error", "errors": [asdict(complaint) for complaint in self.complaints]}


def refused(description: str, name: str = "request") -> BodhiRefusal:
    """An operation that the state of an update forbids."""
    return BodhiRefusal([Complaint("body", name, description)])


def no_update() -> BodhiRefusal:
    return BodhiRefusal([Complaint("url", "id", "Invalid update id")], 404)


def no_release() -> BodhiRefusal:
    return BodhiRefusal([Complaint("body", "name", "No such release")], 404)


def no_person() -> BodhiRefusal:
    return BodhiRefusal([Complaint("body", "name", "No such user")], 404)
