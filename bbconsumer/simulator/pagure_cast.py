"""Who appears in the simulated review project, and what they say: Bugzilla's cast, under the names before the @."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from bbconsumer.simulator.bugzilla import utc_now
from bbconsumer.simulator.cast import ADMIN, MAINTAINERS, REPORTERS, SECRETARY, SERVICE
from bbconsumer.simulator.cast import maintainer_of as maintainer_at_bugzilla
from bbconsumer.simulator.pagure import Pagure

REVIEW_PROJECT = "fedora-qa/blocker-review"
CLOSE_STATUSES = ("Accepted", "Rejected", "Duplicate", "Moot")


def name_of(login: str) -> str:
    """The name at Pagure of whoever has this login at Bugzilla."""
    return login.partition("@")[0]


BOT = name_of(SERVICE)
BOT_TOKEN = "simulated-bot-token"
WEBHOOK_KEY = "simulated-webhook-key"
OWNER, CLERK = name_of(ADMIN), name_of(SECRETARY)
VOTERS: Sequence[str] = tuple(map(name_of, REPORTERS))

# The first line of each is what a page may quote.
_REMARKS = (
    (
        "The crash comes from a race between the udev event and the partition scan.",
        "Whoever is faster wins: on slow disks the scan sees the old table and keeps a reference to it.",
        "Before the last update the lock was held for the whole scan, which hid it.",
        "I have a patch that waits for the event to settle; it needs a test on a machine with two controllers.",
        "Until then `inst.nosave=all` on the command line works around it.",
    ),
    (
        "This is the compositor, not the toolkit: the buffer is released while the client still draws into it.",
        "It needs a second monitor with another scale, which is why few people see it.",
        "The trace in the bug is from a debug build and points at the wrong frame.",
        "The upstream fix is two lines and is in their stable branch since yesterday.",
        "I would rather not take the whole new version during the freeze.",
    ),
    (
        "The scriptlet runs before the new policy is loaded, so the label is the old one.",
        "A relabel at the next boot mends it, but only if the boot gets that far.",
        "Encrypted disks do not, since the prompt never appears.",
        "Ordering the transaction differently would be the proper fix and is a change in the depsolver.",
        "For this release a trigger in the policy package is enough, and it is easy to test.",
    ),
)
_WRONG_VOTES = (
    "{tracker} {vote} for sure",
    "I am {tracker} {vote} on this one",
    "{vote} {tracker} unless somebody finds a workaround",
    "{tracker} {vote}, it hits everybody who installs over the network",
)
_VOTES = (
    "{tracker} {vote}",
    "{vote} {tracker}",
    "{tracker} {vote}\n\nIt happens here, too, on real hardware.",
    "I have read the criteria again, and this is what they mean.\n\n{tracker} {vote}",
)
_QUOTES = (
    "> {tracker} +1\n\nDoes this still happen with the update in testing?",
    "> {tracker} +1\n> {tracker} +1\n\nI cannot reproduce it, so I wait for the logs before I vote.",
)


def add_review_project(state: Pagure) -> None:
    """All accounts, and the project in which bugs are discussed; the secretary and the service may commit."""
    state.add_user(OWNER, "Admin Example")
    state.add_user(BOT, "Blocker Bot", token=BOT_TOKEN)
    state.add_user(CLERK, "Quinn Example")
    for login, full_name in {**REPORTERS, **MAINTAINERS}.items():
        state.add_user(name_of(login), full_name)
    state.add_project(
        REVIEW_PROJECT,
        OWNER,
        users={"commit": [BOT, CLERK]},
        close_statuses=CLOSE_STATUSES,
        description="Which bugs block the release is discussed here",
    )


def build_pagure(clock: Callable[[], datetime] = utc_now) -> Pagure:
    """A Pagure with the review project and no ticket."""
    state = Pagure(clock=clock)
    add_review_project(state)
    return state


def maintainer_of(component: str) -> str:
    """Always the same person for a component."""
    return name_of(maintainer_at_bugzilla(component))


def vote_text(tracker: str, vote: str, chance: Random) -> str:
    """A comment that votes, in one of the ways in which people write it."""
    return chance.choice(_VOTES).format(tracker=tracker, vote=vote)


def wrong_vote_text(tracker: str, vote: str, chance: Random) -> str:
    """A line that somebody meant as a vote, and that is none since it has other words."""
    return chance.choice(_WRONG_VOTES).format(tracker=tracker, vote=vote)


def quote_text(tracker: str, chance: Random) -> str:
    """A comment that quotes votes and adds none."""
    return chance.choice(_QUOTES).format(tracker=tracker)


def remark_lines(chance: Random) -> Sequence[str]:
    """A long technical comment without a vote."""
    return chance.choice(_REMARKS)
