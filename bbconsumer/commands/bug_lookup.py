"""What may be asked about one bug before it is proposed. A private bug is answered in the words of a missing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bbconsumer.commands.refusal import FieldsRefused, away
from bbconsumer.config import Settings
from bbconsumer.db.models import NominationRow
from bbconsumer.db.session import Database
from bbconsumer.db.store import ActiveTracker, load_trackers
from bbconsumer.domain.bug_references import parse_bug_reference
from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.snapshots import Absent, BugSnapshot
from bbconsumer.domain.texts import minute
from bbconsumer.domain.trackers import Tracker
from bbconsumer.sources import ProposalSource, RequestRefused, SourceUnavailable


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bug stands towards a tracker that it blocks. What no sync has read yet has no state and no time."""

    tracker: Tracker
    state: NominationState | None
    proposed_at: datetime | None

    @property
    def sentence(self) -> str:
        """For people, without a full stop."""
        title = f"a {self.tracker.kind.label} for {self.tracker.milestone.label} already"
        when = f" on {minute(self.proposed_at)}" if self.proposed_at else ""
        if self.state is None or self.state is NominationState.PROPOSED:
            return f"It was proposed as {title}{when}"
        return f"It is {title}: {self.state.replace('_', ' ')}, proposed{when}"


@dataclass(frozen=True, slots=True)
class FoundBug:
    """A public bug as Bugzilla tells it now, and what it is proposed for in milestones that are active."""

    bug: BugSnapshot
    standings: tuple[Standing, ...]

    def standing(self, tracker: Tracker) -> Standing | None:
        """How it stands towards a tracker; None when it does not block it."""
        return next((standing for standing in self.standings if standing.tracker == tracker), None)


def look_up_bug(database: Database, source: ProposalSource, settings: Settings, reference: str) -> FoundBug:
    """The bug that a person names by number or address, if it could be proposed for something.

    Raises:
        FieldsRefused: it cannot, or there is none for the public.
        BugzillaAway: Bugzilla cannot be asked.
    """
    bug_id = named_bug_id(settings, reference)
    with database.reading() as session:
        trackers = load_trackers(session)
        stored = select(NominationRow.tracker_id, NominationRow.state, NominationRow.proposed_at)
        rows = session.execute(stored.where(NominationRow.bug_id == bug_id, NominationRow.ended_at.is_(None))).all()
    known = {row.tracker_id: row for row in rows}
    bug = _fetch(source, bug_id)
    _refuse_unfit(bug, trackers, settings)
    return FoundBug(
        bug,
        tuple(
            Standing(
                each.tracker,
                NominationState(known[each.tracker.id].state) if each.tracker.id in known else None,
                known[each.tracker.id].proposed_at if each.tracker.id in known else None,
            )
            for each in trackers
            if each.is_active and each.tracker.id in bug.blocks
        ),
    )


def named_bug_id(settings: Settings, reference: str) -> int:
    """The number of the bug that a person names.

    Raises:
        FieldsRefused: the text names none.
    """
    bug_id = parse_bug_reference(reference, bugzilla_url=settings.bugzilla_url)
    if bug_id is None:
        example = f"{settings.bugzilla_url}/show_bug.cgi?id=1234567"
        raise FieldsRefused({"bug": f"Give the number of a bug, for example 1234567, or its address: {example}"})
    return bug_id


def no_such_bug(bug_id: int) -> FieldsRefused:
    """For a bug that is not there, and for one that is private: nobody may learn which."""
    return FieldsRefused({"bug": f"Bugzilla has no bug {bug_id} that everybody may read: check the number"})


def _fetch(source: ProposalSource, bug_id: int) -> BugSnapshot:
    try:
        answer = source.fetch_bug(bug_id)
    except RequestRefused:
        # Not what it says, which may tell of a private bug.
        raise no_such_bug(bug_id) from None
    except SourceUnavailable as error:
        raise away(error) from error
    if isinstance(answer, Absent):
        raise no_such_bug(bug_id)
    return answer


def _refuse_unfit(bug: BugSnapshot, trackers: tuple[ActiveTracker, ...], settings: Settings) -> None:
    if bug.id in {each.tracker.id for each in trackers}:
        raise FieldsRefused(
            {"bug": f"Bug {bug.id} is itself a tracker: give the number of the bug that is to be fixed"}
        )
    if bug.product not in settings.bugzilla_products:
        products = " or ".join(settings.bugzilla_products)
        raise FieldsRefused({"bug": f"Bug {bug.id} is not about {products}: only such bugs can block a release"})
    if not bug.is_open:
        state = f"{bug.status} {bug.resolution}".strip()
        sentence = f"Bug {bug.id} is {state}: if it is still there, reopen it in Bugzilla first, and say how you know"
        raise FieldsRefused({"bug": sentence})
