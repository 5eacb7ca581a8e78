"""Reading one bug of a Bugzilla through the source that the service uses."""

from __future__ import annotations

from bbconsumer.domain.snapshots import BugSnapshot, HistoryEntry
from tests.contract.site import Site

# Within the range of a number in any database, and far beyond every bug.
MISSING_ID = 2_000_000_000


def read(site: Site, bug_id: int, tracker: int) -> BugSnapshot:
    """A bug that must be there and public."""
    (answer,) = site.source().fetch_bugs([bug_id], [tracker], {}).values()
    assert isinstance(answer, BugSnapshot)
    return answer


def history_of(site: Site, bug_id: int) -> tuple[HistoryEntry, ...]:
    """All that the history of a bug tells the service."""
    return site.source().fetch_histories([bug_id])[bug_id]
