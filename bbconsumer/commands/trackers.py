"""Looking the trackers of a milestone up before they are stored: each is there, public, and is shown by its title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from bbconsumer.commands.refusal import CommandRefused, FieldsRefused, away
from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.db.store import load_trackers
from bbconsumer.domain.bug_references import parse_bug_reference
from bbconsumer.domain.snapshots import BugSnapshot
from bbconsumer.domain.trackers import Milestone, Tracker, TrackerKind, tracker_alias
from bbconsumer.sources import RequestRefused, SourceUnavailable, TrackerSource

# Source: Bugzilla's own check of new aliases; longer ones it does not take.
_ALIAS = re.compile(r"[^\W\d][\w.-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FoundTracker:
    """A public bug that is to be the tracker of a kind. `expected_alias` is what such a tracker is usually called."""

    kind: TrackerKind
    id: int
    summary: str
    state: str
    aliases: tuple[str, ...]
    expected_alias: str

    @property
    def has_expected_alias(self) -> bool:
        """Whether the tracker is what its name says, so that the end of the milestone finds it, too."""
        return self.expected_alias in self.aliases


def look_up_trackers(
    database: Database,
    source: TrackerSource,
    settings: Settings,
    milestone: Milestone,
    references: Mapping[TrackerKind, str],
) -> tuple[FoundTracker, ...]:
    """The trackers that somebody names by alias, number or address; by the usual alias where the text is empty.

    Raises:
        FieldsRefused: one of them is not there for the public, is another's already, or both are the same; fields are
            named by the kind.
        BugzillaAway: Bugzilla cannot be asked.
        CommandRefused: Bugzilla refuses the question.
    """
    try:
        found = _look_up(source, settings, milestone, references)
    except SourceUnavailable as error:
        raise away(error) from error
    except RequestRefused as error:
        raise CommandRefused(f"Bugzilla refuses to tell of these trackers ({error})") from error
    with database.reading() as session:
        known = load_trackers(session)
    if taken := dict(_taken(milestone, found, [each.tracker for each in known])):
        raise FieldsRefused(taken)
    return found


def _taken(milestone: Milestone, found: Iterable[FoundTracker], known: Iterable[Tracker]) -> Iterator[tuple[str, str]]:
    """What cannot be, since trackers are what they are for good: decisions were made by them."""
    for each, tracker in product(found, known):
        role = f"the {tracker.kind.label} tracker of {tracker.milestone.title}"
        is_its_role = (tracker.milestone, tracker.kind) == (milestone, each.kind)
        if tracker.id == each.id and not is_its_role:
            yield each.kind, f"Bug {each.id} is {role} already: give another one"
        elif tracker.id != each.id and is_its_role:
            yield each.kind, f"{tracker.id} is {role} already: what was decided there would be lost with it"


def _look_up(
    source: TrackerSource, settings: Settings, milestone: Milestone, references: Mapping[TrackerKind, str]
) -> tuple[FoundTracker, ...]:
    bugs: dict[TrackerKind, BugSnapshot] = {}
    problems: dict[str, str] = {}
    for kind in TrackerKind:
        typed, alias = references.get(kind, "").strip(), tracker_alias(milestone, kind)
        bug = _find(source, settings, typed or alias)
        if bug is None and typed:
            problems[kind] = f"Bugzilla has no bug {typed[:100]} that everybody may read: check it there"
        elif bug is None:
            problems[kind] = f"Bugzilla has no bug {alias} that everybody may read: create it there, or give its number"
        elif bug.id in {other.id for other in bugs.values()}:
            problems[kind] = f"Bug {bug.id} cannot be both trackers: give another one"
        else:
            bugs[kind] = bug
    if problems:
        raise FieldsRefused(problems)
    aliases = {i: tracker.aliases for i, tracker in source.fetch_trackers([bug.id for bug in bugs.values()]).items()}
    return tuple(
        FoundTracker(
            kind,
            bug.id,
            bug.summary,
            f"{bug.status} {bug.resolution}".strip(),
            aliases.get(bug.id, ()),
            tracker_alias(milestone, kind),
        )
        for kind, bug in bugs.items()
    )


def _find(source: TrackerSource, settings: Settings, reference: str) -> BugSnapshot | None:
    bug_id = parse_bug_reference(reference, bugzilla_url=settings.bugzilla_url)
    if bug_id is None and _ALIAS.fullmatch(reference):
        bug_id = source.find_tracker_id(reference)
    answer = None if bug_id is None else source.fetch_bug(bug_id)
    return answer if isinstance(answer, BugSnapshot) else None
