"""The end of a Beta, or of a release, in one step: planned first, then applied in one transaction or not at all."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bbconsumer.commands.refusal import CommandRefused, away
from bbconsumer.db import audit
from bbconsumer.db.audit import Act
from bbconsumer.db.milestones import (
    activate_milestone,
    end_milestone,
    get_milestone,
    insert_milestone,
    load_milestones,
    lock_milestones,
    make_current,
    set_tracker,
)
from bbconsumer.db.session import Database
from bbconsumer.domain.rollover import (
    Activate,
    Add,
    End,
    MakeCurrent,
    RolloverPlan,
    RolloverRefused,
    SetTracker,
    Step,
    list_missing_trackers,
    plan_end,
)
from bbconsumer.domain.trackers import Milestone, tracker_alias
from bbconsumer.sources import BugSource, RequestRefused, SourceUnavailable


def plan_rollover(database: Database, source: BugSource, ended: Milestone) -> RolloverPlan:
    """What the end of a Beta, or of a release (its Final), asks for; changes nothing.

    Bugzilla is asked only for trackers that are not known yet, by their versioned aliases, and in no transaction.

    Raises:
        CommandRefused: the milestone is not known, or a tracker is missing or is another one already.
        BugzillaAway: Bugzilla cannot be asked.
    """
    with database.reading() as session:
        known = load_milestones(session)
    try:
        missing = list_missing_trackers(ended, known)
        return plan_end(ended, known, {role: source.find_tracker_id(tracker_alias(*role)) for role in missing})
    except (RolloverRefused, RequestRefused) as error:
        raise CommandRefused(str(error)) from error
    except SourceUnavailable as error:
        raise away(error) from error


def apply_rollover(database: Database, plan: RolloverPlan, *, actor: str) -> RolloverPlan:
    """Do what a plan says, all of it or nothing, and note that `actor` did; gives back what was done.

    That is nothing when somebody else has done it since the plan was made.

    Raises:
        CommandRefused: the milestones changed since, so that the plan does not fit any more.
    """
    if not plan.steps:
        return plan
    with database.writing() as session:
        lock_milestones(session)
        due = _plan_again(session, plan)
        for step in due.steps:
            _apply(session, step)
        if due.steps:
            done = " ".join(step.sentence for step in due.steps)
            audit.note(session, actor, Act.ROLLOVER, plan.ended.label, done)
    return due


def _plan_again(session: Session, plan: RolloverPlan) -> RolloverPlan:
    """The plan by what is stored now: the same, or one without steps."""
    known = load_milestones(session)
    try:
        missing = list_missing_trackers(plan.ended, known)
        if plan.found.keys() >= set(missing):
            due = plan_end(plan.ended, known, {role: plan.found[role] for role in missing})
            if due.steps in {plan.steps, ()}:
                return due
        reason = "they ask for something else now"
    except RolloverRefused as error:
        reason = str(error)
    raise CommandRefused(f"the milestones were changed since the plan was made ({reason}): plan the roll-over again")


def _apply(session: Session, step: Step) -> None:
    match step:
        case End(milestone):
            end_milestone(session, get_milestone(session, milestone))
        case Add(milestone):
            insert_milestone(session, milestone)
        case Activate(milestone):
            activate_milestone(session, get_milestone(session, milestone))
        case SetTracker(tracker):
            set_tracker(session, get_milestone(session, tracker.milestone), tracker.kind, tracker.id)
        case MakeCurrent(milestone):
            make_current(session, get_milestone(session, milestone))
