"""What Bodhi publishes about an update, in which order, and what it keeps to itself."""

from collections.abc import Callable

import pytest

from bbconsumer.simulator.amqp import headers_of
from bbconsumer.simulator.bodhi_errors import BodhiRefusal
from tests.simulator.bodhi_world import KERNEL, BodhiWorld
from tests.simulator.world import Json

NEWER = "kernel-6.18.2-300.fc45"
READY = "status.testing.koji-build-group.build.complete"
Act = Callable[[BodhiWorld, str], object]


def waiting(bodhi: BodhiWorld) -> str:
    return bodhi.submit()


def in_testing(bodhi: BodhiWorld) -> str:
    return bodhi.submit_tested()


def voted(bodhi: BodhiWorld) -> str:
    alias = bodhi.submit_tested()
    bodhi.vote(alias, 1, "bob", "carol")
    return alias


def asking(bodhi: BodhiWorld) -> str:
    alias = voted(bodhi)
    bodhi.state.request_stable(alias, "alice")
    return alias


def in_rawhide(bodhi: BodhiWorld) -> str:
    return bodhi.submit("kernel-7-1.fc46", release="F46")


def through_testing_in_rawhide(bodhi: BodhiWorld) -> str:
    alias = in_rawhide(bodhi)
    bodhi.state.push_to_testing(alias)
    return alias


def unpushed(bodhi: BodhiWorld) -> str:
    alias = in_testing(bodhi)
    bodhi.state.unpush(alias, "alice")
    return alias


def locked(bodhi: BodhiWorld) -> str:
    alias = bodhi.submit()
    bodhi.state.push_to_testing(alias, unlock=False)
    return alias


STORIES: dict[str, tuple[Callable[[BodhiWorld], str], Act, list[str]]] = {
    "to testing": (waiting, lambda b, a: b.state.push_to_testing(a), ["complete.testing"]),
    "to stable": (asking, lambda b, a: b.state.push_to_stable(a), ["complete.stable"]),
    "ejected": (asking, lambda b, a: b.state.eject(a, "why"), ["eject"]),
    "words": (in_testing, lambda b, a: b.state.comment(a, "bob", "It works"), ["comment"]),
    "a vote": (in_testing, lambda b, a: b.vote(a, 1, "bob"), ["comment"]),
    "the vote that suffices": (
        voted,
        lambda b, a: b.vote(a, 1, "dave"),
        ["request.stable", "karma.threshold.reach", "comment"],
    ),
    "the vote that is too much": (
        lambda b: b.submit_tested(unstable_karma=-1),
        lambda b, a: b.vote(a, -1, "bob"),
        ["karma.threshold.reach", "comment"],
    ),
    "other bugs": (in_testing, lambda b, a: b.state.edit_update(a, "alice", add_bugs=[9]), ["edit"]),
    "another build": (
        in_testing,
        lambda b, a: b.state.edit_update(a, "alice", add_builds=[NEWER]),
        ["request.testing", "edit", READY],
    ),
    "another build while waiting": (
        waiting,
        lambda b, a: b.state.edit_update(a, "alice", add_builds=[NEWER]),
        ["edit", READY],
    ),
    "asks for stable": (voted, lambda b, a: b.state.request_stable(a, "alice"), ["request.stable"]),
    "asks for what it asks for": (asking, lambda b, a: b.state.request_stable(a, "alice"), []),
    "asks for testing again": (
        unpushed,
        lambda b, a: b.state.request_testing(a, "alice"),
        ["request.testing"],
    ),
    "revoked": (asking, lambda b, a: b.state.revoke(a, "alice"), ["request.revoke"]),
    "unpushed": (in_testing, lambda b, a: b.state.unpush(a, "alice"), ["comment", "request.unpush"]),
    "obsolete": (in_testing, lambda b, a: b.state.obsolete(a, "alice"), ["request.obsolete"]),
    "ready": (voted, lambda b, a: b.state.approve(a), ["requirements_met.stable"]),
    "gating": (in_testing, lambda b, a: b.state.set_gating(a, "failed"), []),
    "a compose ends": (locked, lambda b, a: b.state.unlock(a), []),
    "to testing in Rawhide": (in_rawhide, lambda b, a: b.state.push_to_testing(a), []),
    "to stable in Rawhide": (
        through_testing_in_rawhide,
        lambda b, a: b.state.push_to_stable(a),
        ["requirements_met.stable"],
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_happens_to_an_update_is_told_or_not(bodhi: BodhiWorld, story: str) -> None:
    begin, act, kinds = STORIES[story]
    alias = begin(bodhi)
    bodhi.messages.clear()
    act(bodhi, alias)
    assert all(named(body) == alias for _, body in bodhi.messages)
    assert bodhi.kinds() == kinds


def named(body: Json) -> str:
    return str((body.get("update") or body["comment"]["update"])["alias"])


def test_a_new_update_is_told_twice_and_the_end_of_the_older_one_is_not(bodhi: BodhiWorld) -> None:
    older = bodhi.submit(bugs=[7])
    assert bodhi.kinds() == [READY, "request.testing"]
    newer = bodhi.submit(NEWER, bugs=[9])
    assert [named(body) for _, body in bodhi.messages] == [newer, newer]
    # Not even the message about the new one tells of the bugs that it took over.
    assert [[bug["bug_id"] for bug in body["update"]["bugs"]] for _, body in bodhi.messages] == [[9], [9]]
    assert (bodhi.update(older).status, bodhi.update(newer).bugs) == ("obsolete", (7, 9))


def test_a_refused_operation_is_not_told(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested()
    bodhi.messages.clear()
    with pytest.raises(BodhiRefusal):
        bodhi.state.edit_update(alias, "alice", remove_builds=[KERNEL])
    with pytest.raises(BodhiRefusal):
        bodhi.state.request_stable(alias, "alice")
    assert bodhi.kinds() == []


def test_an_update_stands_in_the_body_and_that_of_a_comment_in_the_comment(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(bugs=[7])
    bodhi.vote(alias, 1, "bob")
    (_, complete), (_, comment) = bodhi.messages[-2:]
    assert (complete["update"]["alias"], complete["agent"]) == (alias, "composer")
    assert comment.keys() == {"comment", "agent"}
    assert comment["comment"]["update"]["alias"] == comment["comment"]["update_alias"] == alias
    assert (comment["comment"]["karma"], comment["comment"]["author"], comment["agent"]) == (1, "bob", "bob")
    assert comment["comment"]["update"]["karma"] == 1
    assert "comments" not in comment["comment"]["update"]
    assert complete["update"]["user"]["avatar"] is complete["update"]["user"]["openid"] is None


def test_an_edit_lists_new_bugs_and_not_those_that_went(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested(bugs=[7, 8])
    bodhi.state.edit_update(alias, "bob", add_bugs=[9], remove_bugs=[7])
    _, body = bodhi.messages[-1]
    assert body.keys() == {"update", "agent", "new_bugs", "new_builds", "removed_builds"}
    assert (body["agent"], body["new_bugs"], body["new_builds"], body["removed_builds"]) == ("bob", [9], [], [])
    assert [bug["bug_id"] for bug in body["update"]["bugs"]] == [8, 9]


def test_a_compose_tells_that_it_completed_before_the_request_is_gone(bodhi: BodhiWorld) -> None:
    alias = bodhi.submit_tested()
    _, body = bodhi.messages[-1]
    assert (body["update"]["status"], body["update"]["request"], body["update"]["locked"]) == (
        "testing",
        "testing",
        True,
    )
    assert (bodhi.update(alias).request, bodhi.update(alias).is_locked) == ("", False)


def test_a_threshold_and_an_ejection_say_why(bodhi: BodhiWorld) -> None:
    alias = asking(bodhi)
    bodhi.state.eject(alias, "why")
    _, body = bodhi.messages[-1]
    assert (body["reason"], body["repo"], body["request"], body["release"]["name"]) == (
        "why",
        "f45-updates",
        "stable",
        "F45",
    )
    bodhi.vote(bodhi.submit_tested("dracut-1-1.fc45", unstable_karma=-1), -1, "bob")
    assert bodhi.messages[-2][1]["status"] == "unstable"


@pytest.mark.parametrize(
    ("story", "schema", "severity"),
    [
        ("words", "bodhi.update.comment.v1", 20),
        ("other bugs", "bodhi.update.edit.v2", 20),
        ("the vote that is too much", "bodhi.update.karma.threshold.v1", 20),
        ("to testing", "bodhi.update.complete.testing.v1", 20),
        ("another build while waiting", "bodhi.update.status.testing.v3", 10),
    ],
)
def test_the_headers_name_schema_severity_people_and_packages(
    bodhi: BodhiWorld, story: str, schema: str, severity: int
) -> None:
    begin, act, kinds = STORIES[story]
    act(bodhi, begin(bodhi))
    topic, body = bodhi.messages[-len(kinds)] if story.startswith("the vote") else bodhi.messages[-1]
    headers = headers_of(topic, body)
    assert (headers["fedora_messaging_schema"], headers["fedora_messaging_severity"]) == (schema, severity)
    assert headers["fedora_messaging_user_alice"] is headers["fedora_messaging_rpm_kernel"] is True


def test_messages_can_be_lost_while_edits_happen(served: BodhiWorld) -> None:
    served.server.switches.lose_messages = True
    alias = served.submit()
    served.server.switches.reset()
    served.state.push_to_testing(alias)
    assert served.kinds() == ["complete.testing"]
