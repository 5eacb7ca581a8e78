"""What was left to do for a milestone day by day, for the overview and for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from bbconsumer.db.burndown import load_courses
from bbconsumer.domain.burndown import DayCount, count_days
from web.charts import Series, draw
from web.queries.navigation import load_navigation
from web.read_models import MilestoneView, UnknownMilestonePage
from web.read_models.burndown import Burndown, Chart

_COLUMNS = (
    "day",
    "proposed_blockers",
    "accepted_blockers",
    "proposed_freeze_exceptions",
    "accepted_freeze_exceptions",
)


def load_burndown(
    session: Session, milestone: MilestoneView, now: datetime, dates: Iterable[tuple[str, datetime | None]] = ()
) -> Burndown:
    """The burndown of a milestone; of its `dates` those that have passed stand in the charts: two SELECTs."""
    courses = load_courses(session, [tracker.id for tracker in milestone.trackers])
    days = count_days(courses, now.astimezone(UTC).date(), is_over=not milestone.is_active)
    return Burndown(milestone, days, tuple(_charts(days, tuple(dates))))


def load_burndown_table(session: Session, release: str, name: str, *, now: datetime) -> str | UnknownMilestonePage:
    """The burndown as comma-separated values, or the page that names the milestones that there are: three SELECTs."""
    navigation = load_navigation(session)
    milestone = navigation.find(release, name)
    if milestone is None:
        return UnknownMilestonePage(now, navigation)
    rows = [_COLUMNS, *(_row(day) for day in load_burndown(session, milestone, now).days)]
    # Dates and numbers only: there is nothing to quote.
    return "".join(f"{','.join(row)}\r\n" for row in rows)


def _row(day: DayCount) -> tuple[str, ...]:
    return tuple(str(getattr(day, column)) for column in _COLUMNS)


def _charts(days: tuple[DayCount, ...], dates: tuple[tuple[str, datetime | None], ...]) -> Iterable[Chart]:
    for kind in ("blockers", "freeze_exceptions"):
        series = [
            Series(word.capitalize(), word, [getattr(day, f"{word}_{kind}") for day in days])
            for word in ("proposed", "accepted")
        ]
        title = f"Open {kind.replace('_', ' ')}"
        yield draw(f"burndown-{kind.replace('_', '-')}", title, [day.day for day in days], series, dates)
