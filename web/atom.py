"""Writes a feed in the Atom format. Everything in it is plain text, made fit for XML; nothing is joined as markup.

Source: https://www.rfc-editor.org/rfc/rfc4287
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from bbconsumer.domain.texts import one_line
from web.read_models import EventView
from web.read_models.feed import Feed
from web.templating import Links
from web.wording import iso, minute, without_domains, without_forbidden

MEDIA_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"

_LONGEST_TITLE = 100
# When addresses of this form were first given out: the date belongs to the form and never changes.
_TAG_YEAR = "2026"


@dataclass(frozen=True, slots=True)
class AtomWriter:
    """Writes feeds of a site, which is the scheme and host of all addresses."""

    site: str
    links: Links

    def render(self, feed: Feed, *, page: str, own: str) -> str:
        """The document. `page` and `own` are the paths of the page that tells the same and of the feed itself."""
        root = Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
        _add_text(root, "id", self._tag(page))
        _add_text(root, "title", feed.title)
        _add_text(root, "subtitle", " ".join(_sentences_on_age(feed)))
        _add_text(root, "updated", iso(_updated_at(feed)))
        SubElement(root, "link", rel="self", type=MEDIA_TYPE, href=self.site + own)
        SubElement(root, "link", rel="alternate", type="text/html", href=self.site + page)
        author = SubElement(root, "author")
        _add_text(author, "name", "Blocker Bugs")
        _add_text(author, "uri", self.site + self.links.start)
        for event in feed.events:
            self._add_entry(root, event, page)
        # Not "unicode": the declaration would then name the encoding of the machine's locale.
        return str(tostring(root, encoding="utf-8", xml_declaration=True), "utf-8")

    def _add_entry(self, root: Element, event: EventView, page: str) -> None:
        """An entry has the name of its event, which stays when the page that shows it is another bug's one day."""
        entry = SubElement(root, "entry")
        where = page if event.bug_id is None else self.links.bug(event.bug_id)
        _add_text(entry, "id", self._tag(f"{self.links.prefix}/event/{event.seq}"))
        _add_text(entry, "title", _title(event))
        _add_text(entry, "updated", iso(event.at))
        SubElement(entry, "link", rel="alternate", type="text/html", href=f"{self.site}{where}#event-{event.seq}")
        _add_text(entry, "content", " ".join(_sentences(event)))

    def _tag(self, path: str) -> str:
        """A name for ever, also when the service moves to another scheme or port.

        Source: https://www.rfc-editor.org/rfc/rfc4151
        """
        return f"tag:{urlsplit(self.site).hostname},{_TAG_YEAR}:{path}"


def _add_text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = without_forbidden(one_line(text))


def _title(event: EventView) -> str:
    if event.bug_id is None:
        return _sentence(event)
    about = one_line(event.summary)
    about = about if len(about) <= _LONGEST_TITLE else f"{about[:_LONGEST_TITLE]}…"
    return f"{event.bug_id} {about} – {_sentence(event)}"


def _sentences(event: EventView) -> Iterator[str]:
    yield f"{_sentence(event)}."
    if event.bug_id is not None:
        yield f"Bug {event.bug_id}: {event.summary}"
    if event.also:
        yield f"Also: {', '.join(map(str, event.also))}."


def _sentence(event: EventView) -> str:
    """What happened: ``state: NEW → POST by bob``."""
    old, new, who = map(without_domains, (event.old, event.new, event.who))
    change = f": {f'{old} → ' if old else ''}{new or 'nothing'}" if event.is_change else ""
    return event.what + change + (f" by {who}" if who else "")


def _sentences_on_age(feed: Feed) -> Iterator[str]:
    """How far the feed can be trusted, in times that do not depend on when it is read."""
    if feed.checked_at:
        yield f"Checked {minute(feed.checked_at)}."
    for notice in feed.notices:
        at = f" ({notice.at_words} {minute(notice.at)})" if notice.at else ""
        yield f"{notice.title}: {notice.text}{at}."


def _updated_at(feed: Feed) -> datetime:
    """A feed is as new as what was read for it: also that nothing happened is news."""
    times = [at for at in (feed.checked_at, *(event.at for event in feed.events[:1])) if at]
    return max(times, default=feed.now)
