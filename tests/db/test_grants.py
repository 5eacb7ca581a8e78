"""Under the documented grants web, consumer and sync do all that they do, and nothing that is not theirs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from fedora_messaging.message import Message
from psycopg import sql
from sqlalchemy import func, make_url, select, text, update
from sqlalchemy.exc import ProgrammingError

from bbconsumer import commands
from bbconsumer.config import Secret, Settings
from bbconsumer.consumer import Consumer
from bbconsumer.db import dead_letters
from bbconsumer.db.models import (
    AuditEntry,
    Base,
    BugRow,
    DeadLetter,
    DiscussionRow,
    Heartbeat,
    RemovalGate,
    TicketRow,
    UpdateRow,
    WorkItem,
)
from bbconsumer.db.proposals import ProposalState
from bbconsumer.db.schema import ROLES, Standing, grant_roles, upgrade
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import Key, KeyKind
from bbconsumer.monitoring.heartbeat import Heartbeats
from bbconsumer.reporting import note_verdicts
from bbconsumer.simulator.bodhi_bulk import build_updates
from bbconsumer.simulator.bodhi_server import SimulatedBodhi
from bbconsumer.simulator.pagure_cast import BOT, BOT_TOKEN, REVIEW_PROJECT, build_pagure
from bbconsumer.simulator.pagure_server import SimulatedPagure
from bbconsumer.wiring import build_crew, build_form_source, build_syncs
from tests.bus import UPDATE_EDITED, ticket_body, update_body
from tests.db.images import ROOT, Image
from tests.flow.world import BETA, START
from tests.proposals.world import ProposalWorld, build_proposal_world
from tests.web.client import Client
from tests.web.reading import OVERVIEW, PREFIX
from tests.web.test_webhooks import KEY, envelope, marked, signature
from web.app import create_app

GRANTS = (ROOT / "migrations" / "grants.sql").read_text(encoding="utf-8")
CONSUMER, WEB = ROLES
REFUSED = (
    (WEB, "UPDATE bug SET summary = ''"),
    (WEB, "DELETE FROM event"),
    (WEB, "DELETE FROM audit_entry"),
    (WEB, "UPDATE audit_entry SET actor = ''"),
    (WEB, "UPDATE removal_gate SET tripped_at = NULL"),
    (WEB, "CREATE TABLE x (id int)"),
    (CONSUMER, "SELECT justification FROM proposal"),
    (CONSUMER, "SELECT * FROM bugzilla_account"),
    (CONSUMER, "SELECT detail FROM audit_entry"),
    (CONSUMER, "DELETE FROM audit_entry"),
    (CONSUMER, "DELETE FROM release"),
    (CONSUMER, "UPDATE milestone SET is_active = false"),
    (CONSUMER, "DROP TABLE bug"),
)


@pytest.fixture
def world(postgresql_url: str) -> Iterator[ProposalWorld]:
    """What the schema's owner set up, with a bug that is not read yet."""
    with build_proposal_world(postgresql_url) as world:
        world.bugs.propose(3)
        yield world


@pytest.fixture
def databases(world: ProposalWorld) -> Iterator[dict[str, Database]]:
    """The same database as each role sees it."""
    url, password = world.bugs.database.engine.url, secrets.token_urlsafe(12)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for role in (WEB, CONSUMER):
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
        for _ in range(2):
            assert grant_roles(world.bugs.database)
        databases = {role: Database(make_url(url.set(username=role, password=password))) for role in (WEB, CONSUMER)}
        try:
            yield databases
        finally:
            for role, database in databases.items():
                database.dispose()
                connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture
def settings(world: ProposalWorld) -> Iterator[Settings]:
    """Settings with every source, and every switch that lets the service write."""
    bugs = world.bugs
    with SimulatedPagure(build_pagure()) as pagure, SimulatedBodhi(build_updates(bugs.propose())) as bodhi:
        yield replace(
            bugs.settings,
            pagure_url=pagure.url,
            pagure_api=pagure.api_url,
            pagure_repo=REVIEW_PROJECT,
            pagure_repo_token=Secret(BOT_TOKEN),
            pagure_repo_webhook_key=Secret(KEY),
            pagure_bot_username=BOT,
            pagure_bot_enabled=True,
            decisions_write_back=True,
            bodhi_enabled=True,
            bodhi_url=bodhi.url,
        )


def _work(settings: Settings, database: Database) -> None:
    crew = build_crew(settings, database)
    while crew.work_once():
        pass


def test_the_consumer_and_the_sync_do_all_that_they_do(
    world: ProposalWorld, settings: Settings, databases: dict[str, Database]
) -> None:
    database, bugs = databases[CONSUMER], world.bugs
    with bugs.database.writing() as session:
        session.execute(update(RemovalGate).values(tripped_at=START))
    commands.ask_for_sync(databases[WEB], settings, actor="carol")
    commands.ask_to_accept_removals(databases[WEB], START, actor="carol")
    assert {sync.run().state for sync in build_syncs(settings, database)} == {"complete"}
    note_verdicts(database, settings)
    Heartbeats(database, {"worker": lambda: 0.0}).beat()
    with bugs.database.reading() as session:
        noted = session.execute(select(AuditEntry.act, AuditEntry.actor).order_by(AuditEntry.id.desc()))
        assert next(noted) == ("accept_removals", "carol")
    _work(settings, database)
    bug_id, closed = bugs.propose(2)
    bugs.edit(closed, status="CLOSED", resolution="NOTABUG", blocks={"remove": [bugs.blocker]})
    consumer = Consumer(settings, database)
    for message in (*bugs.messages, Message(topic=bugs.messages[0].topic, body={})):
        consumer(message)
    _work(settings, database)
    with database.reading() as session:
        assert session.get_one(BugRow, bug_id).is_active
        for table in (TicketRow, DiscussionRow, UpdateRow, DeadLetter, Heartbeat):
            assert session.scalar(select(func.count()).select_from(table)), table.__name__


def test_the_web_does_all_that_it_does(
    world: ProposalWorld, settings: Settings, databases: dict[str, Database]
) -> None:
    database, bugs = databases[WEB], world.bugs
    client = Client(create_app(settings, database))
    for path in ("", OVERVIEW, f"{OVERVIEW}/buglist", f"{OVERVIEW}/meeting.txt", "/status", "/api/v1/events"):
        assert client.get(PREFIX + path).status_code in {200, 307}, path
    for body in (envelope(ticket_body(3, REVIEW_PROJECT), "issue.new"), envelope({"issue": {"id": "?"}})):
        assert client.post(f"{PREFIX}/api/v0/webhook", content=body, headers=signature(body)).status_code == 202
    proposing = ProposalWorld(replace(bugs, database=database))
    sent = proposing.propose(proposing.form(bugs.create(), account="alice@example.test"))
    assert sent.state is ProposalState.DONE
    assert Key(KeyKind.BUG, sent.bug_id) in marked(database)
    commands.add_release(database, "46", actor="carol")
    commands.set_dates(database, BETA, {"freeze_at": datetime.now(UTC)}, actor="carol")
    plan = commands.plan_rollover(database, build_form_source(settings), BETA)
    assert commands.apply_rollover(database, plan, actor="carol").steps
    with bugs.database.writing() as session:
        session.execute(update(RemovalGate).values(tripped_at=START))
        session.execute(update(WorkItem).values(attempts=1))
    commands.ask_for_sync(database, settings, actor="carol")
    commands.ask_to_accept_removals(database, START, actor="carol")
    assert commands.retry_keys(database, None, actor="carol")
    with database.reading() as session:
        letter_id = session.scalars(select(DeadLetter.id)).one()
    commands.drop_dead_letter(database, letter_id, actor="carol")
    with database.writing() as session:
        told = update_body("FEDORA-2026-x", sent.bug_id)
        dead_letters.keep(session, message_id="x", topic=UPDATE_EDITED, body=told, reason="", now=START)
        letter_id = session.scalars(select(DeadLetter.id)).one()
    assert [key.kind for key in commands.read_dead_letter(database, settings, letter_id, actor="carol")] == ["update"]


def test_every_command_of_a_part_starts_with_its_own_role(databases: dict[str, Database]) -> None:
    """None of them works on a schema that is not up to date; bringing it up to date stays with the owner."""
    for database in databases.values():
        assert upgrade(database)[1].standing is Standing.CURRENT


def test_the_upgrade_gives_the_roles_what_a_new_schema_needs(
    world: ProposalWorld, databases: dict[str, Database]
) -> None:
    with world.bugs.database.engine.begin() as connection:
        connection.execute(text(f"REVOKE ALL ON heartbeat FROM {WEB}"))
    owner = world.bugs.database.engine.url.render_as_string(hide_password=False)
    code, said = Image(owner).run("upgrade_db")
    assert (code, "blockerbugs_consumer and blockerbugs_web have what they need" in said) == (0, True), said
    with databases[WEB].reading() as session:
        assert session.scalar(select(func.count()).select_from(Heartbeat)) == 0


def test_roles_that_a_newer_image_has_provided_for_are_left_as_they_are(
    world: ProposalWorld, databases: dict[str, Database]
) -> None:
    database = world.bugs.database
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not grant_roles(database)


def test_without_the_roles_nothing_is_granted(world: ProposalWorld) -> None:
    assert not grant_roles(world.bugs.database)


def test_nobody_does_what_is_not_theirs(databases: dict[str, Database]) -> None:
    for role, statement in REFUSED:
        refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
        with refused, databases[role].writing() as session:
            session.execute(text(statement))


def test_every_table_is_somebodys_to_write() -> None:
    written = {table for table in Base.metadata.tables if any(table in line for line in GRANTS.splitlines())}
    # Only the owner writes these two, as it brings the schema up to date.
    assert set(Base.metadata.tables) - written == {"schema_compatibility"}
