"""What may be asked of the updates of a milestone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from web.lists.spec import Column, Filter, ListSpec, Sort
from web.lists.words import KINDS, YES, YES_CHOICE, accounts, by_text, by_time, in_address, read_account
from web.read_models.updates import UpdateLine

_NONE: Final = "none"
_STATUSES: Final[Mapping[str, str]] = {name: name for name in ("pending", "testing", "stable")}
_REQUESTS: Final[Mapping[str, str]] = {
    name: name for name in (_NONE, "testing", "stable", "unpush", "revoke", "obsolete")
}
_STATUS_ORDER: Final = list(_STATUSES)


def _texts(line: UpdateLine) -> Iterable[str]:
    of_bugs = (text for fix in line.fixes for text in (str(fix.id), fix.component, fix.summary))
    return (line.alias, line.title, *line.builds, *of_bugs)


UPDATES: Final[ListSpec[UpdateLine]] = ListSpec(
    filters=(
        Filter("q", "Words", _texts, is_text=True),
        Filter("status", "Status", lambda line: (line.status,), _STATUSES),
        Filter("request", "Request", lambda line: (line.request or _NONE,), _REQUESTS),
        Filter("kind", "Fixes", lambda line: {in_address(fix.kind) for fix in line.fixes}, KINDS),
        Filter("critical", "Critical path", lambda line: (YES,) if line.is_critical else (), YES_CHOICE),
        Filter("component", "Component", lambda line: {fix.component for fix in line.fixes}),
        Filter("release", "Release", lambda line: (line.release,)),
        Filter("gating", "Gating", lambda line: (line.gating or _NONE,)),
        Filter("submitter", "Submitter", lambda line: accounts([line.submitter]), read=read_account),
    ),
    sorts=(
        Sort("update", "Update", lambda line: by_text(line.alias)),
        Sort("builds", "Builds", lambda line: by_text(line.title)),
        Sort("release", "Release", lambda line: by_text(line.release)),
        Sort("status", "Status", lambda line: _STATUS_ORDER.index(line.status)),
        Sort("request", "Request", lambda line: by_text(line.request)),
        Sort("karma", "Karma", lambda line: line.karma, begins_descending=True),
        Sort("gating", "Gating", lambda line: by_text(line.gating)),
        Sort("bugs", "Fixes", lambda line: min(fix.id for fix in line.fixes)),
        Sort("submitted", "Submitted", lambda line: by_time(line.submitted_at)),
    ),
    columns=(
        Column("update", lambda line: line.alias),
        Column("builds", lambda line: line.builds),
        Column("title", lambda line: line.title),
        Column("release", lambda line: line.release),
        Column("status", lambda line: line.status),
        Column("request", lambda line: line.request),
        Column("karma", lambda line: line.karma),
        Column("karma_needed", lambda line: line.karma_needed),
        Column("gating", lambda line: line.gating),
        Column("critical", lambda line: line.is_critical),
        Column("missing", lambda line: line.missing),
        Column("bugs", lambda line: tuple(fix.id for fix in line.fixes)),
        Column("decisions", lambda line: tuple(fix.decision for fix in line.fixes)),
        Column("components", lambda line: tuple(dict.fromkeys(fix.component for fix in line.fixes))),
        Column("submitter", lambda line: "".join(accounts([line.submitter]))),
        Column("submitted_at", lambda line: line.submitted_at),
        Column("testing_at", lambda line: line.testing_at),
    ),
)
