"""People who edit bugs at random, each edit in a minute of its own."""

from random import Random

from tests.flow.world import World

_STATUSES = ("NEW", "ASSIGNED", "POST", "MODIFIED", "ON_QA", "VERIFIED")
_WORDS = ("", "AcceptedBlocker", "RejectedBlocker", "AcceptedBlocker AcceptedFreezeException")


class People:
    """Edits the bugs of a world; what they touched is in `bug_ids`."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        self.bug_ids: list[int] = []

    def edit(self) -> None:
        """One edit: a new bug, proposed or not, or a change of one of those."""
        if len(self.bug_ids) < 3 or self._chance.random() < 0.25:
            trackers = [self._world.blocker, self._world.freeze_exception]
            blocks = self._chance.sample(trackers, self._chance.choice([0, 1, 1, 2]))
            self.bug_ids.append(self._world.create(f"Bug of edit {self._chance.random()}", blocks=blocks))
            return
        self._world.edit(self._chance.choice(self.bug_ids), **self._changes())

    def _changes(self) -> dict[str, object]:
        tracker = self._chance.choice([self._world.blocker, self._world.freeze_exception])
        return self._chance.choice(
            [
                {"status": self._chance.choice(_STATUSES)},
                {"status": self._chance.choice(_STATUSES)},
                {"whiteboard": self._chance.choice(_WORDS)},
                {"whiteboard": self._chance.choice(_WORDS)},
                {"summary": f"Renamed {self._chance.random()}"},
                {"blocks": {"add": [tracker]}},
                {"blocks": {"remove": [tracker]}},
            ]
        )
