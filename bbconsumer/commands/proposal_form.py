"""What a person gives to propose a bug, checked as far as that needs no Bugzilla."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from bbconsumer.commands.bug_lookup import named_bug_id
from bbconsumer.commands.refusal import FieldsRefused
from bbconsumer.config import Settings
from bbconsumer.db.proposals import Proposal
from bbconsumer.domain.rollover import KnownMilestone
from bbconsumer.domain.texts import list_unseen
from bbconsumer.domain.trackers import TrackerKind

# Bugzilla takes comments of 65,535 characters.
LONGEST_JUSTIFICATION = 20_000
LONGEST_CRITERION = 1_000
LONGEST_ACCOUNT = 254
_FORM_ID = re.compile("[0-9a-f]{32}")
_ACCOUNT = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+")


@dataclass(frozen=True, slots=True)
class ProposalForm:
    """One form of one person, every field as it was typed. `id` is made with the form: see `new_form_id`."""

    id: str
    person: str
    bug: str = ""
    milestone: str = ""
    kinds: Collection[str] = ()
    criterion: str = ""
    justification: str = ""
    account: str = ""


def new_form_id() -> str:
    """A number for a form that nobody can guess, by which it is known when it is sent a second time."""
    return secrets.token_hex(16)


def is_form_id(text: str) -> bool:
    """Whether a text is the number of a form."""
    return _FORM_ID.fullmatch(text) is not None


def check_form(form: ProposalForm, milestones: Iterable[KnownMilestone], settings: Settings, now: datetime) -> Proposal:
    """The proposal that a form makes, if nothing in it has to be changed.

    Raises:
        FieldsRefused: something has.
    """
    problems: dict[str, str] = {}
    bug_id = 0
    try:
        bug_id = named_bug_id(settings, form.bug)
    except FieldsRefused as refusal:
        problems |= refusal.problem_by_field
    by_label = {known.milestone.label: known for known in milestones}
    known = by_label.get(form.milestone)
    kinds = frozenset(kind for kind in TrackerKind if kind in form.kinds)
    problems |= _problems_of_choice(form.milestone, known, kinds)
    justification = form.justification.replace("\r\n", "\n").replace("\r", "\n").strip()
    criterion, account = " ".join(form.criterion.split(" ")).strip(), form.account.strip()
    problems |= _problems_of_texts(criterion, justification, account)
    if not is_form_id(form.id):
        problems["id"] = "This form is not one of ours: open the page again"
    if problems or known is None:
        raise FieldsRefused(problems)
    return Proposal(form.id, form.person, bug_id, known.milestone, kinds, criterion, justification, account, now, now)


def _problems_of_choice(label: str, known: KnownMilestone | None, kinds: frozenset[TrackerKind]) -> dict[str, str]:
    if not label:
        problems = {"milestone": "Choose the milestone that the bug is to be fixed for"}
    elif known is None or not known.is_active:
        problems = {"milestone": "This milestone is over, or not known here: choose one of those that are offered"}
    else:
        problems = {}
    if not kinds:
        problems["kinds"] = "Choose whether the bug is a blocker, is to get a freeze exception, or both"
    elif known is not None and (missing := [kind.label for kind in sorted(kinds) if kind not in known.tracker_ids]):
        problems["kinds"] = f"{label} has no tracker for a {' or a '.join(missing)}: nothing can be proposed as one"
    return problems


def _problems_of_texts(criterion: str, justification: str, account: str) -> dict[str, str]:
    problems = {}
    if not criterion:
        problems["criterion"] = "Name the release criterion that the bug breaks, or why an exception is right"
    if not justification:
        problems["justification"] = "Say what happens, to whom, and why the release must not go out with it"
    if account and not _ACCOUNT.fullmatch(account):
        problems["account"] = "Bugzilla's accounts are e-mail addresses: give yours, or leave this empty"
    limits = {
        "criterion": (criterion, LONGEST_CRITERION),
        "justification": (justification, LONGEST_JUSTIFICATION),
        "account": (account, LONGEST_ACCOUNT),
    }
    for name, (text, limit) in limits.items():
        if len(text) > limit:
            problems[name] = f"This has {len(text)} characters, and {limit} can be taken: shorten it"
        elif unseen := list_unseen(text):
            problems[name] = f"This has characters that nobody sees, which would mislead readers: {', '.join(unseen)}"
    if "criterion" not in problems and len(criterion.splitlines()) > 1:
        problems["criterion"] = "Give this in one line"
    return problems
