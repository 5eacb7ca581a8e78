"""All that a template sees: frozen values, complete when the transaction that read them has ended.

Texts from Bugzilla and Pagure are plain text here; the templates escape them. Bugzilla's accounts are e-mail addresses;
the templates show only what stands before the ``@``.
"""

from bbconsumer.domain.freshness import Notice
from web.read_models.bug import BugPage, NominationView
from web.read_models.buglist import BugLine, BuglistPage, Needinfo, Section
from web.read_models.freshness import Freshness
from web.read_models.navigation import MilestoneView, Navigation, NoMilestonePage, TrackerView, UnknownMilestonePage
from web.read_models.picture import NOT_TRACKED, BugPicture
from web.read_models.review import CommentLine, DecisionView, LineReview, TicketView, VoteView
from web.read_models.status import StatusPage
from web.read_models.timeline import EventView
from web.read_models.update import UpdateView

__all__ = [
    "NOT_TRACKED",
    "BugLine",
    "BugPage",
    "BugPicture",
    "BuglistPage",
    "CommentLine",
    "DecisionView",
    "EventView",
    "Freshness",
    "LineReview",
    "MilestoneView",
    "Navigation",
    "Needinfo",
    "NoMilestonePage",
    "NominationView",
    "Notice",
    "Section",
    "StatusPage",
    "TicketView",
    "TrackerView",
    "UnknownMilestonePage",
    "UpdateView",
    "VoteView",
]
