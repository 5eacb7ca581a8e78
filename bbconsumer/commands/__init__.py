"""What the web and the command line may ask for. The web's only way out: it takes everything from here."""

from bbconsumer.commands.milestones import add_milestone, add_release, find_trackers, set_dates, set_milestone
from bbconsumer.commands.refusal import CommandRefused
from bbconsumer.commands.rollover import apply_rollover, plan_rollover
from bbconsumer.commands.tickets import mark_open_discussions, take_hint

__all__ = [
    "CommandRefused",
    "add_milestone",
    "add_release",
    "apply_rollover",
    "find_trackers",
    "mark_open_discussions",
    "plan_rollover",
    "set_dates",
    "set_milestone",
    "take_hint",
]
