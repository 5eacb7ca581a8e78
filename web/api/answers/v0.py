"""What `/api/v0` tells at the addresses of the original, whose answers are not known for sure: plain lists in an object
that tells their age."""

from __future__ import annotations

from dataclasses import dataclass

from web.api.answers.parts import Answer


@dataclass(frozen=True, slots=True)
class OldBug:
    """A bug with what it is nominated as: ``Accepted Blocker``."""

    bugid: int
    component: str
    status: str
    resolution: str
    summary: str
    nominations: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class OldBugs(Answer):
    """The bugs that are nominated for a milestone, closed ones too, each once."""

    bugs: tuple[OldBug, ...]


@dataclass(frozen=True, slots=True)
class OldUpdate:
    """An update with the numbers of the bugs that it fixes."""

    updateid: str
    title: str
    release: str
    status: str
    request: str
    karma: int
    bugs: tuple[int, ...]
    url: str


@dataclass(frozen=True, slots=True)
class OldUpdates(Answer):
    """The updates that fix bugs of a milestone."""

    updates: tuple[OldUpdate, ...]
