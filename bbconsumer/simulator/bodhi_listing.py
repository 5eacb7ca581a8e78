"""Which updates, comments and releases a list has, and in which order."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bbconsumer.simulator.bodhi_query import Question
from bbconsumer.simulator.bodhi_records import (
    GATING,
    RELEASE_STATES,
    REQUESTS,
    STATUSES,
    SYSTEM,
    Release,
    Remark,
    Update,
)

Fits = Callable[[Any], bool]

_TIMES: dict[str, Callable[[Update], datetime | None]] = {
    "submitted": lambda update: update.submitted_at,
    "modified": lambda update: update.modified_at,
    "approved": lambda update: update.approved_at,
    # Not what an answer calls its `date_pushed`: a push to testing is not found.
    "pushed": lambda update: update.stable_at,
}
_STATES_BY_GROUP = {
    "__current__": ("current",),
    "__pending__": ("pending", "frozen"),
    "__archived__": ("archived",),
}


def updates_for(asked: Question, updates: Iterable[Update], releases: Iterable[Release]) -> list[Update]:
    """What fits all that is asked, the latest submitted first. Raises: BodhiRefusal."""
    names = _release_names(asked, list(releases))
    fits = [
        _any_of(asked.texts("alias"), lambda update: {update.alias}),
        _any_of(asked.texts("updateid"), lambda update: {update.alias}),
        _any_of(asked.texts("user"), lambda update: {update.submitter}),
        _any_of(asked.choices("status", STATUSES), lambda update: {update.status}),
        _any_of(asked.choices("request", REQUESTS), lambda update: {update.request}),
        _any_of(asked.choices("gating", GATING), lambda update: {update.gating}),
        _any_of(names, lambda update: {update.release}),
        _any_of(asked.texts("builds"), lambda update: {build.nvr for build in update.builds}),
        _any_of(asked.texts("packages"), lambda update: {build.package for build in update.builds}),
        _any_of(asked.numbers("bugs", "bug ID"), lambda update: set(update.bugs)),
        _equal(asked.yes_or_no("critpath"), lambda update: update.is_critical),
        _equal(asked.yes_or_no("locked"), lambda update: update.is_locked),
        *(_within(asked, name, time_of) for name, time_of in _TIMES.items()),
    ]
    asked.refuse_if_wrong()
    rows = [update for update in updates if all(fit(update) for fit in fits)]
    return sorted(rows, key=lambda update: (update.submitted_at, update.id), reverse=True)


def comments_for(asked: Question, updates: Iterable[Update]) -> list[tuple[Update, Remark]]:
    """What fits, the latest first. Bodhi's own are left out unless `chrome` is false. Raises: BodhiRefusal."""
    by_alias = {update.alias: update for update in updates}
    aliases, since = asked.texts("updates"), asked.time("since")
    unknown = [alias for alias in aliases or () if alias not in by_alias]
    if unknown:
        asked.complain("updates", f"Invalid updates specified: {', '.join(unknown)}")
    fits: list[Fits] = [_any_of(asked.texts("user"), lambda remark: {remark.user})]
    if since is not None:
        fits.append(lambda remark: remark.at >= since)
    if asked.yes_or_no("chrome") is not False:
        fits.append(lambda remark: remark.user != SYSTEM)
    asked.refuse_if_wrong()
    rows = [
        (update, remark)
        for update in ([by_alias[alias] for alias in aliases] if aliases else by_alias.values())
        for remark in update.comments
        if all(fit(remark) for fit in fits)
    ]
    return sorted(rows, key=lambda row: (row[1].at, row[1].id), reverse=True)


def releases_for(asked: Question, releases: Iterable[Release]) -> list[Release]:
    """What fits, by name. Raises: BodhiRefusal."""
    fits = [
        _any_of(asked.texts("name"), lambda release: {release.name}),
        _any_of(asked.choices("state", RELEASE_STATES), lambda release: {release.state}),
    ]
    if asked.yes_or_no("exclude_archived"):
        fits.append(lambda release: release.state != "archived")
    asked.refuse_if_wrong()
    return sorted((release for release in releases if all(fit(release) for fit in fits)), key=lambda each: each.name)


def _any_of(wanted: Iterable[object] | None, values_of: Callable[[Any], set[Any]]) -> Fits:
    """Whether a record has one of the values; one at all, when none is named."""
    if wanted is None:
        return lambda _: True
    values = frozenset(wanted)
    return lambda record: bool(values & values_of(record) if values else values_of(record))


def _equal(wanted: bool | None, value_of: Callable[[Any], bool]) -> Fits:
    return lambda record: wanted is None or value_of(record) is wanted


def _within(asked: Question, name: str, time_of: Callable[[Update], datetime | None]) -> Fits:
    """From `…_since` on, and up to `…_before` without it. What never happened is in no span."""
    since, before = asked.time(f"{name}_since"), asked.time(f"{name}_before")

    def fits(update: Update) -> bool:
        at = time_of(update)
        if at is None:
            return since is None and before is None
        return (since is None or at >= since) and (before is None or at < before)

    return fits


def _release_names(asked: Question, releases: list[Release]) -> list[str] | None:
    """Releases by name or version, or by a word for several of them."""
    wanted = asked.texts("releases")
    if wanted is None:
        return None
    names, unknown = [], []
    for word in wanted:
        states = _STATES_BY_GROUP.get(word, ())
        found = [
            each.name for each in releases if each.state in states or word.upper() == each.name or word == each.version
        ]
        names += found
        if not found and not states:
            unknown.append(word)
    if unknown:
        asked.complain("releases", f"Invalid releases specified: {', '.join(unknown)}")
    return names
