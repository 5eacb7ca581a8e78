"""Which updates matter for a nomination, and what an update still needs before it may become stable."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bbconsumer.domain.nominations import NominationState
from bbconsumer.domain.snapshots import UpdateSnapshot
from bbconsumer.domain.trackers import Milestone

STABLE = "stable"
_LIVE_STATUSES = frozenset({"pending", "testing", STABLE})

# No gating at all, or gating that lets the update through.
_GATING_OPEN = frozenset({"", "ignored", "passed"})

# What looks different is no alias, and might be taken for several, or for a path.
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")

# Bodhi's name of a release of packages. Containers, flatpaks and EPEL have others.
_RELEASE = re.compile(r"F([0-9]{1,4})")


def is_alias(text: str) -> bool:
    """Whether Bodhi can be asked for an update of this name."""
    return _ALIAS.fullmatch(text) is not None


def relevant_updates(
    updates: Iterable[UpdateSnapshot], state: NominationState, milestone: Milestone
) -> tuple[UpdateSnapshot, ...]:
    """The updates that may address a nomination: live ones for the milestone's release, or for older releases."""
    is_older = state is NominationState.ACCEPTED_PREVIOUS_RELEASE
    return tuple(
        update
        for update in updates
        if update.status in _LIVE_STATUSES and _is_for(update.release, milestone, is_older=is_older)
    )


def uncounted_updates(updates: Iterable[UpdateSnapshot], state: NominationState, milestone: Milestone) -> str:
    """The live updates which cannot address a nomination, since they are for other releases, as a sentence.

    Empty when there is none.
    """
    updates = tuple(updates)
    counting = {update.alias for update in relevant_updates(updates, state, milestone)}
    others = {u.alias: u for u in updates if u.status in _LIVE_STATUSES and u.alias not in counting}
    return "; ".join(
        f"{update.alias} is for {update.release or 'no known release'}, which does not count"
        for update in others.values()
    )


def _is_for(release: str, milestone: Milestone, *, is_older: bool) -> bool:
    match = _RELEASE.fullmatch(release)
    if match is None:
        return False
    if not is_older:
        return match[1] == milestone.release
    own = _RELEASE.fullmatch(f"F{milestone.release}")
    return own is not None and int(match[1]) < int(own[1])


def is_stable_everywhere(updates: Iterable[UpdateSnapshot]) -> bool:
    """Whether each of the releases that the updates are for has a stable one, and there is any."""
    updates = tuple(updates)
    stable = {update.release for update in updates if update.status == STABLE}
    return bool(stable) and stable == {update.release for update in updates}


def stability_gaps(update: UpdateSnapshot) -> tuple[str, ...]:
    """What a live update still needs before it may become stable, as parts of a sentence; nothing when it is stable."""
    if update.status == STABLE:
        return ()
    gaps = (access_gap(update), _karma_gap(update))
    return tuple(gap for gap in gaps if gap)


def access_gap(update: UpdateSnapshot) -> str:
    """What keeps people from testing a live update, or testing from helping; empty when nothing does."""
    if update.status == "pending":
        return "is not in testing yet"
    if update.gating not in _GATING_OPEN:
        return f"is held by gating tests ({update.gating})"
    return ""


def _karma_gap(update: UpdateSnapshot) -> str:
    if update.is_ready:
        return ""
    threshold = 1 if update.stable_karma is None else update.stable_karma
    if update.karma < threshold:
        return f"has karma {update.karma} of {threshold}"
    return "" if update.is_ready is None else "does not meet the testing requirements yet"
