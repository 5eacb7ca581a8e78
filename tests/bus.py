"""Bodies of messages on the bus: Bugzilla's in both of the schemas that a consumer meets, Pagure's and Bodhi's."""

from typing import Any

UPDATE, NEW = "org.fedoraproject.prod.bugzilla.bug.update", "org.fedoraproject.prod.bugzilla.bug.new"


def change(field: str, removed: object = "", added: object = "") -> dict[str, Any]:
    """One changed field; today's bridge names it twice."""
    return {"field": field, "field_name": field, "removed": removed, "added": added}


def body(bug_id: object, *changes: object, product: object = "Fedora", time: object = 1_795_447_976.0) -> Any:
    """The body of a change of a bug: as the bridge sends it today, where product and component are strings."""
    return {
        "bug": {
            "id": bug_id,
            "product": product,
            "component": "anaconda",
            "status": {"id": 1, "name": "NEW"},
            "assigned_to": "bob@example.test",
            "qa_contact": None,
            "flags": [],
            "whiteboard": "",
            "last_change_time": 1_795_447_000.0,
        },
        "event": {
            "action": "modify",
            "bug_id": bug_id,
            "changes": list(changes),
            "target": "bug",
            "time": time,
            "user": {"id": 7, "login": "bob@example.test", "real_name": "Bob"},
        },
    }


def body_of_objects(bug_id: object, *changes: object, product: str = "Fedora") -> Any:
    """The same in the schema in which product, component and persons are objects."""
    message = body(bug_id, *changes)
    message["bug"] |= {
        "product": {"id": 49, "name": product},
        "component": {"id": 2, "name": "anaconda"},
        "assigned_to": {"id": 9, "login": "bob@example.test"},
        "qa_contact": {"id": 3, "login": "carol@example.test"},
    }
    return message


COMMENT_ADDED = "org.fedoraproject.prod.pagure.issue.comment.added"


def ticket_body(ticket_id: int, repo: str = "fedora-qa/blocker-review", **fields: Any) -> dict[str, Any]:
    """A message about a ticket, in the shape of Pagure's."""
    namespace, _, name = repo.rpartition("/")
    return {
        "agent": "alice",
        "project": {"fullname": repo, "name": name, "namespace": namespace or None},
        "issue": {"id": ticket_id, "title": "A ticket", "last_updated": "1790000000.5", "comments": []},
        **fields,
    }


UPDATE_EDITED = "org.fedoraproject.prod.bodhi.update.edit"


def update_body(alias: object, *bug_ids: object, **fields: Any) -> dict[str, Any]:
    """A message about an update that names bugs, in the shape of Bodhi's; `fields` are those of the update."""
    update = {
        "alias": alias,
        "title": "kernel-6.18.1-300.fc45",
        "status": "testing",
        "bugs": [{"bug_id": bug_id, "title": None, "security": False} for bug_id in bug_ids],
        "date_submitted": "2026-09-01 12:00:00",
        "date_modified": None,
        **fields,
    }
    return {"update": update, "agent": "alice"}
