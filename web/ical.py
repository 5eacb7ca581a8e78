"""Writes the dates of a release as a calendar to subscribe to.

Source: https://www.rfc-editor.org/rfc/rfc5545
"""

from __future__ import annotations

from urllib.parse import urlsplit

from icalendar import Calendar, Event

from bbconsumer.domain.texts import one_line
from web.read_models.feed import CalendarDate, ReleaseDates
from web.templating import Links

MEDIA_TYPE = "text/calendar"


def render_calendar(dates: ReleaseDates, *, site: str, links: Links) -> str:
    """The document. A calendar without a date is none: there must be one at least."""
    calendar = Calendar()
    calendar.add("prodid", "-//Fedora QA//Blocker Bugs//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", one_line(f"Fedora {dates.release}: milestones"))
    for date in dates.dates:
        calendar.add_component(_event(date, dates.release, site, links))
    return str(calendar.to_ical(), "utf-8")


def _event(date: CalendarDate, release: str, site: str, links: Links) -> Event:
    event = Event()
    # The name of the date, whenever it is: a date that is moved moves in the calendars of those who subscribed.
    event.add("uid", one_line(f"{release}-{date.milestone}-{date.part}") + f"@{urlsplit(site).hostname}")
    # When a date was set is not known. Its own time tells two versions apart, and leaves the document the same until
    # a date changes.
    event.add("dtstamp", date.at)
    event.add("dtstart", date.at)
    event.add("summary", one_line(date.title))
    event.add("url", site + links.milestone(release, date.milestone))
    event.add("transp", "TRANSPARENT")
    return event
