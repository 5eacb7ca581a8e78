"""Updates and what belongs to them as Bodhi's answers and messages spell them.

A message is written without a request at hand, so that its people have neither picture nor identity.
"""

from datetime import datetime
from typing import Protocol

from bbconsumer.simulator.bodhi_records import Build, Person, Release, Remark, Update
from bbconsumer.simulator.records import Json


class Directory(Protocol):
    """Where all is looked up that an answer names, and what time it is."""

    @property
    def web_url(self) -> str: ...

    def now(self) -> datetime: ...

    def release(self, name: str) -> Release: ...

    def person(self, name: str) -> Person: ...

    def bug_title(self, bug_id: int) -> str | None: ...


def moment(at: datetime | None) -> str | None:
    """The format of every time: UTC without saying so, whole seconds."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else None


def person(person: Person, *, in_message: bool = False) -> Json:
    return {
        "name": person.name,
        "email": person.email or None,
        "id": person.id,
        "avatar": None if in_message else "libravatar.org",
        "openid": None if in_message else f"{person.name}.id.fedoraproject.org",
        "groups": [{"name": name} for name in person.groups],
    }


def release(release: Release) -> Json:
    # Rawhide's builds go straight to the release's own tag.
    tag = release.branch if release.composed_by_bodhi else f"f{release.version}"
    return {
        "name": release.name,
        "long_name": release.long_name,
        "version": release.version,
        "id_prefix": release.id_prefix,
        "branch": release.branch,
        "dist_tag": tag,
        "stable_tag": f"{tag}-updates" if release.composed_by_bodhi else tag,
        "testing_tag": f"{tag}-updates-testing",
        "candidate_tag": f"{tag}-updates-candidate",
        "pending_signing_tag": f"{tag}-signing-pending",
        "pending_testing_tag": f"{tag}-updates-testing-pending",
        "pending_stable_tag": f"{tag}-updates-pending",
        "override_tag": f"{tag}-override",
        "mail_template": "fedora_errata_template",
        "state": release.state,
        "composed_by_bodhi": release.composed_by_bodhi,
        "create_automatic_updates": not release.composed_by_bodhi,
        "package_manager": "dnf",
        "testing_repository": "updates-testing",
        "released_on": None,
        "eol": None,
        "critpath_mandatory_days_in_testing": release.critpath_mandatory_days,
        "mandatory_days_in_testing": release.mandatory_days,
        "critpath_min_karma": release.critpath_min_karma,
        "min_karma": release.min_karma,
        "setting_status": None,
    }


def update(directory: Directory, update: Update, *, in_message: bool = False) -> Json:
    remarks = [_remark(directory, update, each, in_message=in_message) for each in update.comments]
    return _bare_update(directory, update, in_message=in_message) | {
        "comments": remarks,
        "updateid": update.alias,
        "karma": update.karma,
        "content_type": "rpm",
        "test_cases": [],
    }


def comment(directory: Directory, update: Update, remark: Remark, *, in_message: bool = False) -> Json:
    """A comment by itself: with the update that it is on, which then has no comments."""
    nested = _bare_update(directory, update, in_message=in_message) | {"karma": update.karma}
    return _remark(directory, update, remark, in_message=in_message) | {
        "update": nested,
        "author": remark.user,
        "update_alias": update.alias,
    }


def _remark(directory: Directory, update: Update, remark: Remark, *, in_message: bool) -> Json:
    author = directory.person(remark.user)
    return {
        "karma": remark.karma,
        "karma_critpath": 0,
        "text": remark.text,
        "timestamp": moment(remark.at),
        "update_id": update.id,
        "user_id": author.id,
        "id": remark.id,
        "bug_feedback": [],
        "testcase_feedback": [],
        "user": person(author, in_message=in_message),
    }


def _bare_update(directory: Directory, update: Update, *, in_message: bool) -> Json:
    on = directory.release(update.release)
    return {
        "autokarma": update.autokarma,
        "autotime": update.autotime,
        "stable_karma": update.stable_karma,
        "stable_days": update.stable_days,
        "unstable_karma": update.unstable_karma,
        "require_bugs": False,
        "require_testcases": False,
        "display_name": update.display_name,
        "notes": update.notes,
        "type": update.type,
        "status": update.status,
        "request": update.request or None,
        "severity": update.severity,
        "suggest": "unspecified",
        "locked": update.is_locked,
        "pushed": update.is_pushed,
        "critpath": update.is_critical,
        "critpath_groups": update.critpath_groups or None,
        "close_bugs": True,
        "date_submitted": moment(update.submitted_at),
        "date_modified": moment(update.modified_at),
        "date_approved": moment(update.approved_at),
        "date_testing": moment(update.testing_at),
        "date_stable": moment(update.stable_at),
        "alias": update.alias,
        "test_gating_status": update.gating or None,
        "from_tag": None,
        "date_pushed": moment(update.pushed_at),
        "meets_testing_requirements": update.is_ready(on, directory.now()),
        "url": f"{directory.web_url}/updates/{update.alias}",
        "title": update.title,
        "version_hash": update.version_hash,
        "release": release(on),
        "user": person(directory.person(update.submitter), in_message=in_message),
        "builds": [_build(build, on) for build in update.builds],
        "bugs": [_bug(directory, bug_id) for bug_id in update.bugs],
    }


def _build(build: Build, on: Release) -> Json:
    return {"nvr": build.nvr, "signed": True, "release_id": on.id, "type": "rpm", "epoch": 0}


def _bug(directory: Directory, bug_id: int) -> Json:
    title = directory.bug_title(bug_id)
    return {"bug_id": bug_id, "title": title, "security": False, "parent": False, "feedback": []}
