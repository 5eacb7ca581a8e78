"""The figures of real processes: what they count, that no label comes from outside, and that alerts fit them."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pika import BasicProperties
from sqlalchemy import make_url

from bbconsumer import metrics
from bbconsumer.config import Settings
from bbconsumer.db.session import Database
from bbconsumer.domain.keys import KeyKind
from bbconsumer.monitoring.figures import StoredFigures
from tests.end_to_end.deployment import eventually
from tests.monitoring.conftest import Watched
from tests.monitoring.scrape import Scrape, scrape
from tests.services.required import leave_out
from tests.services.server import find_free_port

ALERTS = Path(__file__).parents[2] / "openshift" / "base" / "alerts.yaml"


@pytest.fixture(scope="session")
def proposed(watched: Watched) -> list[int]:
    """Bugs of which the bus told, and which then a sync read."""
    bug_ids = watched.site.world.propose(3)
    watched.site.publish_raw(b"{}", BasicProperties())
    watched.site.publisher.flush()
    eventually(watched.site.is_idle)
    assert watched.site.deployment.run("sync").returncode == 0
    return bug_ids


@pytest.fixture(scope="session")
def consumer(watched: Watched, proposed: list[int]) -> Scrape:
    """What the consumer tells afterwards."""
    return scrape(watched.port_url)


@pytest.fixture(scope="session")
def web(watched: Watched, proposed: list[int]) -> Iterator[Scrape]:
    """What a web process tells after some requests, while somebody follows changes."""
    deployment, port = watched.site.deployment, find_free_port()
    shared, deployment.environment = deployment.environment, {**deployment.environment, "METRICS_PORT": str(port)}
    url = deployment.start_web()
    deployment.environment = shared
    for path in (
        "status",
        "status",
        "milestone/45/beta",
        f"bug/{proposed[0]}",
        "bug/1",
        f"no/{proposed[0]}",
        "static/x",
    ):
        requests.get(f"{url}/blockerbugs/{path}", timeout=30)
    requests.get(f"{url}/blockerbugs/api/v1/bugs/{proposed[0]}", timeout=30)
    with requests.get(f"{url}/blockerbugs/live", stream=True, timeout=30) as stream:
        # Held: the stream ends with what reads it.
        content = stream.iter_content(1)
        next(content)
        yield scrape(f"http://127.0.0.1:{port}")


def test_what_a_consumer_counts(consumer: Scrape) -> None:
    assert consumer.value("bbconsumer_messages_total", topic="bugzilla.bug.update", outcome="marked") >= 3
    assert consumer.value("bbconsumer_messages_total", topic="bugzilla.bug.update", outcome="unreadable") == 1
    assert consumer.value("bbconsumer_message_seconds_count") == consumer.value("bbconsumer_messages_total")
    assert consumer.value("bbconsumer_reconciled_total", kind="bug", outcome="stored") >= 3
    assert consumer.value("bbconsumer_stored_delay_seconds_count", kind="bug") >= 1
    assert consumer.value("bbconsumer_source_request_seconds_count", source="bugzilla", outcome="answered") >= 1
    assert consumer.value("bbconsumer_broker_consuming") == 1


def test_what_is_stored_every_process_tells(consumer: Scrape, web: Scrape) -> None:
    for told in (consumer, web):
        assert told.value("bbconsumer_database_up") == 1
        for kind in KeyKind:
            assert told.value("bbconsumer_queue_keys", kind=kind) == 0
            assert told.value("bbconsumer_queue_oldest_seconds", kind=kind) == 0
        assert told.value("bbconsumer_sync_runs", source="bugzilla", state="complete") == 1
        assert time.time() - told.value("bbconsumer_sync_last_end_timestamp_seconds", source="bugzilla") < 600
        assert 0 < told.value("bbconsumer_sync_seconds", source="bugzilla") < 600
        assert told.value("bbconsumer_sync_keys", source="bugzilla") >= 3
        assert told.value("bbconsumer_sync_left_keys", source="bugzilla") == 0
        assert told.value("bbconsumer_data_age_seconds", source="bugzilla") < 600
        assert told.value("bbconsumer_data_age_seconds", source="bus") < 600
        assert told.value("bbconsumer_source_failures", source="bugzilla") == 0
        assert told.value("bbconsumer_dead_letters") == 1
        assert told.value("bbconsumer_removal_gate_closed") == 0


def test_requests_are_counted_by_route(web: Scrape) -> None:
    def count(route: str, status: str) -> float:
        return web.value("bbconsumer_http_request_seconds_count", route=route, method="GET", status=status)

    assert count("/milestone/{release}/{name}", "200") == 1
    assert count("/bug/{bug_id}", "200") == 1
    assert count("/bug/{bug_id}", "404") == 1
    assert count("/static", "404") == 1
    assert count("", "404") == 1
    assert count("/api/v1/bugs/{bug_id}", "200") == 1
    assert web.value("bbconsumer_live_streams") == 1


def test_no_label_tells_of_a_bug_or_a_place(consumer: Scrape, web: Scrape, proposed: list[int]) -> None:
    values = consumer.label_values() | web.label_values()
    assert [value for value in values if any(re.search(rf"\b{bug_id}\b", value) for bug_id in proposed)] == []
    assert [value for value in values if re.search(r"https?:|@|127\.0\.0\.1", value)] == []


def test_topics_cannot_grow_without_end() -> None:
    before = {sample.labels["topic"] for family in metrics.MESSAGES.collect() for sample in family.samples}
    for number in range(3 * metrics.TOPICS_MAX):
        metrics.note_message(f"pagure.issue.made-up-{number}", "ignored", 0.0)
    after = {sample.labels["topic"] for family in metrics.MESSAGES.collect() for sample in family.samples}
    assert len(after | before) <= metrics.TOPICS_MAX + 1


@pytest.mark.parametrize("answers", [True, False], ids=["a server that never answers", "no server"])
def test_a_database_that_is_away_is_a_figure_in_time(answers: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if answers else find_free_port()
        database = Database(make_url(f"postgresql+psycopg://bob:x@127.0.0.1:{port}/x"))
        started = time.monotonic()
        (only,) = StoredFigures(database, Settings.of(), patience_s=0.5).collect()
        assert time.monotonic() - started < 3
        assert (only.name, only.samples[0].value) == ("bbconsumer_database_up", 0)


@pytest.fixture(scope="session")
def rules() -> list[dict[str, Any]]:
    """All alerts."""
    manifest = yaml.safe_load(ALERTS.read_text())
    return [rule for group in manifest["spec"]["groups"] for rule in group["rules"]]


def test_every_metric_that_an_alert_names_exists(rules: list[dict[str, Any]], consumer: Scrape, web: Scrape) -> None:
    named = {name for rule in rules for name in re.findall(r"\b(?:bbconsumer|process)_\w+", rule["expr"])}
    assert len(named) > 10
    assert named - consumer.names() == set()
    assert named - web.names() == set()


def test_every_label_that_an_alert_names_exists(rules: list[dict[str, Any]], web: Scrape) -> None:
    for rule in rules:
        for name, matchers in re.findall(r"(bbconsumer_\w+)\{([^}]*)\}", rule["expr"]):
            family = re.sub(r"_(bucket|count|sum|total)$", "", name)
            assert re.search(rf"^{family}\w*\{{", web.text, re.MULTILINE), family
            for label in re.findall(r"(\w+)(?:=~|!=|=)", matchers):
                assert re.search(rf"^{family}\w*\{{[^}}]*\b{label}=", web.text, re.MULTILINE), (rule["alert"], label)


def test_alerts_are_rules_that_prometheus_takes(tmp_path: Path) -> None:
    program = shutil.which("promtool")
    if program is None:
        leave_out("no promtool (Debian: prometheus, Fedora: golang-github-prometheus)")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(yaml.safe_load(ALERTS.read_text())["spec"]))
    done = subprocess.run(
        [program, "check", "rules", tmp_path / "rules.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout
