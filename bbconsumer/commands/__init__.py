"""What the web and the command line may ask for. The web's only way out: it takes everything from here."""

from bbconsumer.commands.bug_lookup import FoundBug, Standing, look_up_bug
from bbconsumer.commands.letters import drop_dead_letter, read_dead_letter
from bbconsumer.commands.milestones import (
    add_milestone,
    add_release,
    find_trackers,
    is_release,
    set_dates,
    set_milestone,
)
from bbconsumer.commands.proposal_form import ProposalForm, is_form_id, new_form_id
from bbconsumer.commands.proposal_plan import ProposalPlan
from bbconsumer.commands.proposal_sending import is_on_its_way
from bbconsumer.commands.proposals import (
    discard_proposal,
    plan_proposal,
    propose,
    send_proposal,
    wait_until_read,
)
from bbconsumer.commands.queue import retry_keys
from bbconsumer.commands.refusal import BugzillaAway, CommandRefused, FieldsRefused
from bbconsumer.commands.rollover import apply_rollover, plan_rollover
from bbconsumer.commands.syncing import ask_for_sync, ask_to_accept_removals
from bbconsumer.commands.tickets import mark_open_discussions, take_hint
from bbconsumer.commands.trackers import FoundTracker, look_up_trackers

__all__ = [
    "BugzillaAway",
    "CommandRefused",
    "FieldsRefused",
    "FoundBug",
    "FoundTracker",
    "ProposalForm",
    "ProposalPlan",
    "Standing",
    "add_milestone",
    "add_release",
    "apply_rollover",
    "ask_for_sync",
    "ask_to_accept_removals",
    "discard_proposal",
    "drop_dead_letter",
    "find_trackers",
    "is_form_id",
    "is_on_its_way",
    "is_release",
    "look_up_bug",
    "look_up_trackers",
    "mark_open_discussions",
    "new_form_id",
    "plan_proposal",
    "plan_rollover",
    "propose",
    "read_dead_letter",
    "retry_keys",
    "send_proposal",
    "set_dates",
    "set_milestone",
    "take_hint",
    "wait_until_read",
]
