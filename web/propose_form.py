"""The form in which somebody proposes a bug: from what was sent to what is shown, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bbconsumer.commands import FoundBug, ProposalForm, ProposalPlan, new_form_id
from bbconsumer.db.proposals import Proposal
from bbconsumer.domain.trackers import TrackerKind
from web.forms import Choice, Field, first
from web.read_models import Navigation
from web.read_models.propose import BugView, ProposeFields

_KINDS = (
    Choice(
        TrackerKind.BLOCKER,
        "Blocker",
        "It breaks a release criterion: the release must not go out before it is fixed.",
    ),
    Choice(
        TrackerKind.FREEZE_EXCEPTION,
        "Freeze exception",
        "The release could go out with it, but an update after the release would come too late for those whom it "
        "hits, as in the installer or on live images: its fix may be taken in during the freeze.",
    ),
)


def form_of(sent: Mapping[str, Sequence[str]], person: str) -> ProposalForm:
    """A form as it was sent, or as an address fills it in."""

    return ProposalForm(
        id=first(sent, "id") or new_form_id(),
        person=person,
        bug=first(sent, "bug"),
        milestone=first(sent, "milestone"),
        kinds=tuple(sent.get("kinds", ())),
        criterion=first(sent, "criterion"),
        # As a browser sends it: whoever counts characters must not count line ends twice.
        justification=first(sent, "justification").replace("\r\n", "\n"),
        account=first(sent, "account"),
    )


def form_of_kept(proposal: Proposal) -> ProposalForm:
    """The form of a proposal that is kept, to be changed."""
    return ProposalForm(
        proposal.id,
        proposal.person,
        str(proposal.bug_id),
        proposal.milestone.label,
        tuple(proposal.kinds),
        proposal.criterion,
        proposal.justification,
        proposal.account,
    )


def fields_of(form: ProposalForm, navigation: Navigation, problems: Mapping[str, str]) -> ProposeFields:
    """The fields of a form with what was typed into them, and what is wrong with it."""

    def field(name: str, label: str, hint: str, values: Sequence[str], choices: Sequence[Choice] = ()) -> Field:
        return Field(name, label, hint, tuple(values), problems.get(name, ""), tuple(choices))

    milestones = [Choice(milestone.label, milestone.title) for milestone in navigation.active]
    return ProposeFields(
        field("bug", "Bug", "Its number, or its address in Bugzilla.", [form.bug]),
        field("milestone", "Milestone", "", [form.milestone], milestones),
        field("kinds", "Propose it as", "One, or both.", tuple(form.kinds), _KINDS),
        field(
            "criterion",
            "Release criterion",
            "Quote the sentence of the release criteria that the bug breaks, or give its address. For a freeze "
            "exception alone, say what makes it right.",
            [form.criterion],
        ),
        field(
            "justification",
            "Justification",
            "What happens, how it is made to happen, whom it hits. Everybody can read it in Bugzilla. It is plain "
            "text: nothing in it becomes markup.",
            [form.justification],
        ),
        field(
            "account",
            "Your account at Bugzilla",
            "The e-mail address of your account, never a password. It is put on CC, where people who are signed in to "
            "Bugzilla can read it, and remembered for the next time. Left empty, nobody is put on CC.",
            [form.account],
        ),
    )


def bug_view(found: FoundBug) -> BugView:
    """A bug that was looked up."""
    bug = found.bug
    sentences = tuple(standing.sentence for standing in found.standings)
    return BugView(bug.id, bug.summary, bug.product, bug.component, bug.status, bug.resolution, sentences)


def planned_trackers(plan: ProposalPlan) -> tuple[tuple[str, int], ...]:
    """The trackers of a plan: what each is, and its number."""
    return tuple(
        (f"{tracker.kind.label} tracker of {tracker.milestone.title}", tracker.id) for tracker in plan.trackers
    )
