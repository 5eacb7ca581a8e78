"""The pages on which somebody proposes a bug."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.forms import Field, Fields
from web.read_models.navigation import Navigation


@dataclass(frozen=True, slots=True)
class AboutProposingPage:
    """What proposing is, for who cannot do so here or now. `sign_in`: where to sign in, empty where nobody can.

    `closed`: why nothing can be proposed here at all; empty when signing in is all that is missing.
    """

    now: datetime
    navigation: Navigation
    sign_in: str
    closed: str


@dataclass(frozen=True, slots=True)
class BugView:
    """A bug as Bugzilla tells it now; `standings` are sentences about what it is proposed for already."""

    id: int
    summary: str
    product: str
    component: str
    status: str
    resolution: str
    standings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposeFields(Fields):
    """The fields of the form, in their order."""

    bug: Field
    milestone: Field
    kinds: Field
    criterion: Field
    justification: Field
    account: Field


@dataclass(frozen=True, slots=True)
class ProposePage:
    """The form. `found` is the bug that was looked up, `not_found` says why there is none; `problem` is about all.

    `kept_count`: forms that the person has not sent yet.
    """

    now: datetime
    navigation: Navigation
    form_id: str
    fields: ProposeFields
    found: BugView | None = None
    not_found: str = ""
    problem: str = ""
    kept_count: int = 0


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What would be written: trackers as (title, number), the account on CC, the comment."""

    now: datetime
    navigation: Navigation
    form_id: str
    fields: ProposeFields
    found: BugView
    trackers: tuple[tuple[str, int], ...]
    account: str
    comment: str


@dataclass(frozen=True, slots=True)
class ProposalView:
    """One proposal of the person who looks. `can_be_sent`: it may be sent (again) without being there twice."""

    id: str
    bug_id: int
    title: str
    release: str
    milestone: str
    comment: str
    account: str
    state: str
    answer: str
    changed_at: datetime
    can_be_sent: bool


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """What became of one proposal. `is_read`: it is on our own pages."""

    now: datetime
    navigation: Navigation
    proposal: ProposalView
    is_read: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MyProposalsPage:
    """What somebody proposed and what is kept for them; `limit` is the most that is shown."""

    now: datetime
    navigation: Navigation
    proposals: tuple[ProposalView, ...]
    limit: int
