"""Whatever others publish: a message that tells a bug's number is read, any other is kept, and the consumer goes on."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bbconsumer.db.models import DeadLetter
from bbconsumer.simulator import messages
from tests import bus
from tests.crashes.odd_messages import (
    READABLE,
    UNREADABLE,
    as_it_should_be,
    properties,
    with_text_that_a_schema_does_not_expect,
)
from tests.crashes.site import Site
from tests.end_to_end.deployment import eventually

_REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("name", READABLE)
def test_a_message_from_which_a_number_can_be_read_is_heeded(site: Site, name: str) -> None:
    encode, sent_with = READABLE[name]
    consumer = site.running_consumer()
    bug_id = propose_silently(site)
    site.publish_raw(encode(message_about(bug_id)), sent_with, site.own_topic(bus.NEW))
    eventually(lambda: bug_id in site.world.states(), 20)
    eventually(site.is_idle)
    assert consumer.poll() is None


@pytest.mark.parametrize("name", UNREADABLE)
def test_any_other_is_kept_once_with_the_reason(site: Site, name: str) -> None:
    body, sent_with, reason = UNREADABLE[name]
    if sent_with.message_id == "an id":
        sent_with.message_id = name
    consumer = site.running_consumer()
    before = dead_letters(site)
    for _ in range(2):
        site.publish_raw(body, sent_with)
    eventually(lambda: dead_letters(site) != before, 20)
    # In order: what was published before is done when this is.
    bug_id = propose_silently(site)
    site.publish_raw(as_it_should_be(message_about(bug_id)), properties(), site.own_topic(bus.NEW))
    eventually(lambda: bug_id in site.world.states(), 20)
    (kept,) = dead_letters(site)[len(before) :]
    assert reason in kept
    assert consumer.poll() is None


def test_a_topic_that_is_not_utf8_harms_nobody(site: Site) -> None:
    consumer = site.running_consumer()
    site.publish_raw(
        b"{}", properties(), f"{site.own_topic('org.fedoraproject.prod.bugzilla.bug')}.".encode() + b"\xff"
    )
    eventually(site.is_idle)
    assert consumer.poll() is None


_TRY = """
import json, sys
from fedora_messaging import message
from fedora_messaging.exceptions import ValidationError
from pika import BasicProperties
from bbconsumer.messaging.incoming import read_message
headers, body = json.loads(sys.argv[1]), sys.argv[2].encode()
def properties():
    return BasicProperties(headers=headers, content_encoding="utf-8", message_id="1")
try:
    message.get_message("topic", properties(), body)
except ValidationError as error:
    print("the library discards it")
assert read_message("topic", properties(), body).body == json.loads(body)
"""


def test_an_installed_schema_package_discards_no_message(site: Site) -> None:
    schemas = _REPOSITORY / "build" / "schemas"
    if not (schemas / "bugzilla2fedmsg_schema").is_dir():
        pytest.fail(f"no bugzilla2fedmsg_schema in {schemas}: `make schemas` provides it", pytrace=False)
    bug_id = propose_silently(site)
    body = message_about(bug_id)
    headers, drifted = messages.headers(body), with_text_that_a_schema_does_not_expect(body)
    environment = {"PYTHONPATH": f"{schemas}{os.pathsep}{_REPOSITORY}"}
    command = [sys.executable, "-c", _TRY, json.dumps(headers), drifted.decode()]
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    assert "the library discards it" in done.stdout, "else this test shows nothing"

    site.end_consumer()
    deployment = replace(site.deployment, environment={**site.deployment.environment, **environment})
    beside = replace(site, deployment=deployment)
    beside.running_consumer()
    site.publish_raw(drifted, properties(headers=headers), site.own_topic(bus.NEW))
    eventually(lambda: bug_id in site.world.states(), 20)
    beside.end_consumer()


def message_about(bug_id: int) -> Any:
    """A body as the bridge sends it, so old that Bugzilla cannot lag behind it."""
    return bus.body(bug_id, time=1.0)


def propose_silently(site: Site) -> int:
    """A proposed bug of which the bridge says nothing."""
    site.world.bugzilla.switches.lose_messages = True
    (bug_id,) = site.world.propose()
    site.world.bugzilla.switches.lose_messages = False
    return bug_id


def dead_letters(site: Site) -> list[str]:
    """Why messages were kept, in order."""
    with site.world.database.reading() as session:
        return list(session.scalars(select(DeadLetter.reason).order_by(DeadLetter.id)))
