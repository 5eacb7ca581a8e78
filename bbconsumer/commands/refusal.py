"""How a command says no."""

from __future__ import annotations

from collections.abc import Mapping

from bbconsumer.sources import SourceDenied, SourceUnavailable


class CommandRefused(Exception):
    """What was asked for cannot be done; the text says why and what to do."""


class FieldsRefused(CommandRefused):
    """Some of what was given cannot be taken: `problem_by_field` has a sentence for each field to be changed."""

    def __init__(self, problem_by_field: Mapping[str, str]) -> None:
        super().__init__("; ".join(problem_by_field.values()))
        self.problem_by_field = dict(problem_by_field)


class BugzillaAway(CommandRefused):
    """Bugzilla cannot be asked now; what was asked for may be asked for again."""


def away(error: SourceUnavailable) -> BugzillaAway:
    """What a person is told when Bugzilla cannot be asked."""
    if isinstance(error, SourceDenied):
        return BugzillaAway(f"Bugzilla does not let this service in ({error.reason}): its operators have to look")
    return BugzillaAway(f"Bugzilla cannot be reached at the moment ({error.reason}): try again in a few minutes")
