"""The state of the simulated Bugzilla and the operations that change it.

Thread-safe: an edit may come over HTTP and from Python at the same time. Each edit
logs history on both sides of a dependency, moves `last_change_time` (one-second
grain) on both, and tells the bridge.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from bbconsumer.simulator import errors, messages
from bbconsumer.simulator.bridge import Bridge, Publish
from bbconsumer.simulator.edits import Changes, comment_in, difference, planned
from bbconsumer.simulator.ledger import Ledger
from bbconsumer.simulator.messages import BusForm
from bbconsumer.simulator.records import Bug, FieldChange, Product, User

EDIT_GROUP = "editbugs"
PRODUCTS = (
    Product(49, "Fedora"),
    Product(36, "Fedora EPEL"),
    Product(300, "Another Product", classification="Other", on_the_bus=False),
)
_REQUIRED_AT_CREATION = ("product", "component", "version", "summary")
_MIRRORS = (("blocks", "depends_on"), ("depends_on", "blocks"))


def utc_now() -> datetime:
    return datetime.now(UTC)


class Bugzilla:
    """Users, products and bugs. Operations raise `errors.Refusal` and then store nothing."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        first_bug_id: int = 1,
        web_url: str = "https://bugzilla.example.test",
        topic_prefix: str = "org.fedoraproject.prod",
        bus_form: BusForm = "bz4",
    ) -> None:
        self.lock = RLock()
        self.clock = clock
        self.ledger = Ledger(first_bug_id)
        self.bridge = Bridge(self, web_url, topic_prefix, bus_form)
        self._products = {product.name: product for product in PRODUCTS}
        self._users: dict[str, User] = {}
        self._user_by_key: dict[str, User] = {}
        self._flag_count = 0
        self._attachment_count = 0

    def on_message(self, publish: Publish) -> None:
        """Have `publish(topic, body)` called for each message from now on.

        It is called while the state is locked, so that messages keep the order of the
        edits: it must be quick and must not wait for another thread that edits.
        """
        self.bridge.subscribe(publish)

    def now(self) -> datetime:
        return self.clock().astimezone(UTC).replace(microsecond=0)

    # Accounts and look-ups

    def add_user(self, name: str, real_name: str = "", *, api_key: str = "", groups: Iterable[str] = ()) -> User:
        with self.lock:
            user = User(len(self._users) + 1, name, real_name or name, frozenset(groups))
            self._users[name] = user
            if api_key:
                self._user_by_key[api_key] = user
            return user

    def users(self) -> list[User]:
        return list(self._users.values())

    def user_of_key(self, api_key: str) -> User:
        """Raises: Refusal 306."""
        if api_key not in self._user_by_key:
            raise errors.bad_api_key()
        return self._user_by_key[api_key]

    def account(self, name: str) -> User:
        if name not in self._users:
            raise errors.no_such_value("user", name)
        return self._users[name]

    def product(self, name: str) -> Product:
        if name not in self._products:
            raise errors.no_such_value("product", name)
        return self._products[name]

    def bug_id(self, reference: object) -> int:
        """The id of a bug given by id or alias. Raises: Refusal 100 or 101."""
        text = str(reference).strip()
        if text.isdigit():
            if self.ledger.bug(int(text)) is None:
                raise errors.no_such_bug(int(text))
            return int(text)
        bug_id = self.ledger.bug_id_of_alias(text)
        if bug_id is None:
            raise errors.bad_bug_reference(reference)
        return bug_id

    def bug(self, reference: object) -> Bug:
        """The bug as it stands, whoever asks. Raises: Refusal 100 or 101."""
        with self.lock:
            bug = self.ledger.bug(self.bug_id(reference))
            assert bug is not None
            return bug

    def alias_owner(self, alias: str) -> int | None:
        return self.ledger.bug_id_of_alias(alias)

    def next_flag_id(self) -> int:
        self._flag_count += 1
        return self._flag_count

    # Edits

    def create_bug(self, fields: Mapping[str, Any], who: str) -> int:
        """File a bug; `fields` as in `POST rest/bug`, lists as plain lists. Gives its id."""
        with self.lock:
            for name in _REQUIRED_AT_CREATION:
                if not fields.get(name):
                    raise errors.missing_argument("Bug.create", name)
            person, now = self.account(who), self.now()
            blank = Bug(
                id=0,
                product=self.product(fields["product"]).name,
                component=fields["component"],
                version=fields["version"],
                summary=fields["summary"],
                creator=who,
                assigned_to=who,
                creation_time=now,
                last_change_time=now,
            )
            bug = planned(blank, fields, self, person, now)
            self._refuse_circle(bug)
            bug = replace(bug, id=self.ledger.issue_bug_id())
            edit = self.ledger.begin_edit(now)
            self.ledger.put(bug, edit)
            description = self.ledger.add_comment(bug, fields.get("description", ""), who, edit)
            self.bridge.created(bug, description, person)
            self._mirror_dependencies(replace(bug, blocks=(), depends_on=()), bug, person, edit)
            return bug.id

    def update_bug(self, references: Iterable[object], changes: Changes, who: str) -> dict[int, list[FieldChange]]:
        """Change bugs, given by id or alias, as `PUT rest/bug/<id>` does: all of them or none.

        Gives the changes by bug id; a comment is none.
        """
        with self.lock:
            person, now = self.account(who), self.now()
            bugs = [self._editable(reference, changes, person) for reference in references]
            comment_in(changes)
            for bug in bugs:
                after = planned(bug, changes, self, person, now)
                if "blocks" in changes or "depends_on" in changes:
                    self._refuse_circle(after)
            edit = self.ledger.begin_edit(now)
            return {bug.id: self._change(bug.id, changes, person, edit) for bug in bugs}

    def add_comment(self, reference: object, text: str, who: str, *, is_private: bool = False) -> int:
        """Gives the comment's own id, which the bus never tells."""
        with self.lock:
            person = self.account(who)
            bug = self._editable(reference, {}, person)
            edit = self.ledger.begin_edit(self.now())
            return self._comment(bug, bug, (text, is_private), person, edit)

    def add_attachment(self, reference: object, file_name: str, who: str, description: str) -> int:
        """Only its message and its comment are simulated. Gives the attachment's id."""
        with self.lock:
            person, now = self.account(who), self.now()
            bug = self._editable(reference, {}, person)
            self._attachment_count += 1
            edit = self.ledger.begin_edit(now)
            after = self._touched(bug, edit)
            text = f"Created attachment {self._attachment_count}\n{description}"
            comment = self.ledger.add_comment(after, text, who, edit, attachment_id=self._attachment_count)
            part = messages.attachment_part(self._attachment_count, file_name, description, now)
            self.bridge.attached(bug, after, part, person, now)
            self.bridge.commented(bug, after, comment, person)
            return self._attachment_count

    def _editable(self, reference: object, changes: Changes, who: User) -> Bug:
        bug = self.bug(reference)
        if not bug.visible_to(who):
            raise errors.access_denied(bug.id)
        may_edit = EDIT_GROUP in who.groups or who.name in (bug.creator, bug.assigned_to)
        fields = [name for name in changes if name != "comment"]
        if fields and not may_edit:
            raise errors.not_permitted(fields[0])
        return bug

    def _change(self, bug_id: int, changes: Changes, who: User, edit: int) -> list[FieldChange]:
        # Read and planned anew: an earlier bug of the same edit may have changed this one.
        before = self.bug(bug_id)
        after = planned(before, changes, self, who, self.now())
        logged = difference(before, after)
        if logged:
            after = self._touched(after, edit)
            self.ledger.log(bug_id, edit, after.last_change_time, who.name, logged)
            self.bridge.modified(before, after, logged, who, after.last_change_time)
            self._mirror_dependencies(before, after, who, edit)
        text, is_private = comment_in(changes)
        if text:
            self._comment(before, after, (text, is_private), who, edit)
        return logged

    def _comment(self, before: Bug, after: Bug, said: tuple[str, bool], who: User, edit: int) -> int:
        text, is_private = said
        after = self._touched(after, edit)
        comment = self.ledger.add_comment(after, text, who.name, edit, is_private)
        self.bridge.commented(before, after, comment, who)
        return comment.id

    def _touched(self, bug: Bug, edit: int) -> Bug:
        """Store the bug with a new time of its last change."""
        bug = replace(bug, last_change_time=max(self.now(), bug.last_change_time))
        self.ledger.put(bug, edit)
        return bug

    def _mirror_dependencies(self, before: Bug, after: Bug, who: User, edit: int) -> None:
        """Log on the other side, too, that a bug began or ceased to block it."""
        for field, mirror in _MIRRORS:
            was, now_is = set(getattr(before, field)), set(getattr(after, field))
            for other_id in sorted(was ^ now_is):
                other, bug_id = self.bug(other_id), str(after.id)
                ids = list(getattr(other, mirror))
                if other_id in was:
                    ids.remove(after.id)
                    logged = [FieldChange(mirror, bug_id, "")]
                else:
                    insort(ids, after.id)
                    logged = [FieldChange(mirror, "", bug_id)]
                changed = replace(other, **{mirror: tuple(ids)})  # type: ignore[arg-type]
                changed = self._touched(changed, edit)
                self.ledger.log(other_id, edit, changed.last_change_time, who.name, logged)
                self.bridge.modified(other, changed, logged, who, changed.last_change_time)

    def _refuse_circle(self, bug: Bug) -> None:
        above, below = self._reachable(bug, "blocks"), self._reachable(bug, "depends_on")
        if bug.id in above | below or above & below:
            raise errors.circular_dependency(bug.id)

    def _reachable(self, bug: Bug, field: str) -> set[int]:
        found: set[int] = set()
        waiting = list(getattr(bug, field))
        while waiting:
            bug_id = waiting.pop()
            if bug_id not in found:
                found.add(bug_id)
                waiting += getattr(self.bug(bug_id), field)
        return found
