"""The text of a review ticket: how it is tied to its bug, and the part of its description that is ours.

What stands outside of our part is people's and is never touched. What comes from elsewhere (titles, justifications,
names) is neutralized: it can neither end our part, nor call anybody, nor look like a vote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from bbconsumer.domain.nominations import Nomination, nomination_title
from bbconsumer.domain.reviews import Review

TITLE_CHARS = 250
JUSTIFICATION_CHARS = 4000

_END = "<!-- /bbconsumer -->"
_BEGIN = re.compile(r"<!-- bbconsumer bug ([0-9]{1,10}) -->")
_TITLE_MARKER = re.compile(r"\s*(?:\[[A-Za-z ]{1,20}\]\s*)?\[([0-9]{1,10})\]")
# What is not shown, and what could not be sent: half of a pair of surrogates.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
_MAX_BUG_ID = 2**31 - 1
# Hexadecimal, since Pagure would take the #64 of a decimal one for a ticket's number.
_ENTITIES = str.maketrans({character: f"&#x{ord(character):x};" for character in "&<>@`!#[]~\\"})


@dataclass(frozen=True, slots=True)
class DiscussionFacts:
    """What our part of a description tells. `justifications` are by tracker id, and may be missing."""

    bug_id: int
    bug_url: str
    image_url: str
    ticket_url: str
    nominations: tuple[Nomination, ...]
    justifications: dict[int, str]
    review: Review


def ticket_title(bug_id: int, summary: str) -> str:
    """The bug's title after a marker, on one line: ``[2400123] GNOME Shell black screen``."""
    text = f"[{bug_id}] {' '.join(_CONTROL.sub(' ', summary).split())}".strip()
    return text if len(text) <= TITLE_CHARS else f"{text[: TITLE_CHARS - 1]}…"


def our_part(facts: DiscussionFacts) -> str:
    """Our part of a description. It differs only when something that it tells differs: it has no time of its own."""
    lines = [
        f"<!-- bbconsumer bug {facts.bug_id} -->",
        f"**Bug {facts.bug_id}**: {facts.bug_url}",
        "",
        f"![State of the bug]({facts.image_url})",
        "",
        "### Proposed",
        "",
        *_proposals(facts),
        "### Votes",
        "",
        *_votes(facts),
        "",
        "### How to vote",
        "",
        "Write a comment in which a tracker and your vote stand alone on a line, for example `BetaBlocker +1`.",
        "Trackers: BetaBlocker, FinalBlocker, BetaFE, FinalFE, 0Day, PreviousRelease. Votes: +1, 0, -1.",
        "Your last vote counts.",
        _END,
    ]
    return "\n".join(lines)


def hidden_part(bug_id: int) -> str:
    """Our part of the description of a ticket whose bug is not public any more."""
    return f"<!-- bbconsumer bug {bug_id} -->\nThis bug is not public.\n{_END}"


def merge_part(content: str, part: str) -> str:
    """A description with our part replaced, or added at its end where there is none. Doing so again changes nothing.

    Where the end of our part was deleted, only its first line can be known to be ours. A copy of our part goes.
    """
    kept, position = [], 0
    begins = list(_BEGIN.finditer(content))
    for begin, following in zip_longest(begins, begins[1:]):
        kept.append(content[position : begin.start()])
        end = content.find(_END, begin.end(), following.start() if following else len(content))
        position = end + len(_END) if end >= 0 else begin.end()
    before, *between = kept or [f"{content}\n\n" if content.strip() else ""]
    after = content[position:] if kept else ""
    return f"{before}{part}" + "\n".join((*between, after))


def linked_bug_id(title: str, content: str, *, bugzilla_url: str) -> int | None:
    """The bug that a ticket is about: by our marker, by a number that begins the title, or by its only link to a bug.

    Anybody may open a ticket that says so: where several are about one bug, the caller takes the oldest open one.
    """
    if marker := _BEGIN.search(content):
        return _bug_id(marker[1])
    if marker := _TITLE_MARKER.match(title):
        return _bug_id(marker[1])
    base = re.escape(bugzilla_url.rstrip("/"))
    links = re.findall(rf"{base}/(?:show_bug\.cgi\?id=)?([0-9]{{1,10}})\b", f"{title}\n{content}")
    numbers = {_bug_id(number) for number in links} - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _proposals(facts: DiscussionFacts) -> Iterable[str]:
    for nomination in facts.nominations:
        title = nomination_title(nomination.tracker.kind, nomination.state)
        who = f" by {_neutral(_local_part(nomination.proposed_by))}" if nomination.proposed_by else ""
        when = f", {_minute(nomination.proposed_at)}" if nomination.proposed_at else ""
        yield f"* **{title}** of {nomination.tracker.milestone.title}, proposed{who}{when}"
        yield ""
        if justification := facts.justifications.get(nomination.tracker.id, ""):
            text = justification[:JUSTIFICATION_CHARS] + "…" * (len(justification) > JUSTIFICATION_CHARS)
            yield from (f"> {_neutral(line)}" for line in text.splitlines())
            yield ""


def _votes(facts: DiscussionFacts) -> Iterable[str]:
    trackers = facts.review.trackers.values()
    yield from (f"* {_neutral(tracker.tally)}: {tracker.advice}" for tracker in trackers)
    if not trackers:
        yield "Nobody has voted yet."
    elif facts.review.counted_at is not None:
        link = f"{facts.ticket_url}#comment-{facts.review.counted_comment_id}"
        yield ""
        yield f"Counted up to [the comment of {_minute(facts.review.counted_at)}]({link})."


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _local_part(account: str) -> str:
    return account.partition("@")[0]


def _neutral(text: str) -> str:
    """Text from elsewhere on one line, which hides nothing, leads nowhere and calls nobody."""
    return _CONTROL.sub(" ", text).translate(_ENTITIES)


def _bug_id(digits: str) -> int | None:
    number = int(digits)
    return number if 0 < number <= _MAX_BUG_ID else None
