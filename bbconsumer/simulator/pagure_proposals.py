"""Which bugs of a simulated release are to be discussed, and where that happens."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bbconsumer.simulator.bugzilla import Bugzilla
from bbconsumer.simulator.pagure import Pagure
from bbconsumer.simulator.pagure_records import Ticket
from bbconsumer.simulator.plots import BETA, BETA_FE, FINAL, FINAL_FE

_DECIDING_WORDS = {
    "Blocker": ("acceptedblocker", "rejectedblocker", "accepted0day", "acceptedpreviousrelease"),
    "FreezeException": ("acceptedfreezeexception", "rejectedfreezeexception"),
}
# Where a ticket names its bug: a link in the text, or a number at the beginning of the title.
_BUG_LINK = re.compile(r"show_bug\.cgi\?id=(\d+)")
_BUG_IN_TITLE = re.compile(r"\[?#?(\d{4,})")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A bug that nobody has decided on; `trackers` by the names that votes use, such as `BetaFreezeException`."""

    bug_id: int
    component: str
    summary: str
    trackers: tuple[str, ...]


def proposals(bugzilla: Bugzilla, tracker_ids: Mapping[str, int]) -> list[Proposal]:
    """The public open bugs that are proposed for the current milestones and undecided, by bug id."""
    with bugzilla.lock:
        trackers_by_bug: dict[int, list[str]] = {}
        for alias in (BETA, BETA_FE, FINAL, FINAL_FE):
            for bug_id in bugzilla.bug(tracker_ids[alias]).depends_on:
                bug = bugzilla.bug(bug_id)
                words = _DECIDING_WORDS["Blocker" if alias.endswith("Blocker") else "FreezeException"]
                if bug.is_open and not bug.is_private and not any(word in bug.whiteboard.lower() for word in words):
                    trackers_by_bug.setdefault(bug_id, []).append(alias[3:])
        return [
            Proposal(bug_id, bugzilla.bug(bug_id).component, bugzilla.bug(bug_id).summary, tuple(names))
            for bug_id, names in sorted(trackers_by_bug.items())
        ]


def bug_id_of(ticket: Ticket) -> int | None:
    """The bug that a ticket is about, whoever opened it; None for one that is about no bug."""
    match = _BUG_LINK.search(ticket.content) or _BUG_IN_TITLE.match(ticket.title)
    return int(match[1]) if match else None


def open_tickets(pagure: Pagure, project: str) -> Iterator[tuple[Ticket, int]]:
    """The public open tickets of a project that are about a bug, oldest first, each with the bug's id."""
    for ticket in pagure.tickets.all():
        bug_id = bug_id_of(ticket)
        if ticket.project == project and ticket.is_open and not ticket.is_private and bug_id is not None:
            yield ticket, bug_id
