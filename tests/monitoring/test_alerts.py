"""Each alert, evaluated by Prometheus' own program: silent while all is well, and alone when its own trouble comes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.services.required import leave_out

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "openshift" / "base" / "alerts.yaml").read_text())["spec"]
ALERTS = [rule["alert"] for group in RULES["groups"] for rule in group["rules"]]

# Three hours, a sample a minute; Prometheus' test begins at the time 0.
END = "3h"
ENDED_AT = 'bbconsumer_sync_last_end_timestamp_seconds{pod="w",source="bugzilla",state="complete"}'
WELL = {
    'up{namespace="blockerbugs",container="web"}': "1x180",
    'up{namespace="blockerbugs",container="consumer"}': "1x180",
    'bbconsumer_database_up{pod="w"}': "1x180",
    'bbconsumer_database_up{pod="c"}': "1x180",
    # Every process has this figure; only a consumer ever sets it.
    'bbconsumer_broker_consuming{pod="w"}': "0x180",
    'bbconsumer_broker_consuming{pod="c"}': "1x180",
    'bbconsumer_alive_age_seconds{pod="w",part="worker"}': "30x180",
    'bbconsumer_alive_age_seconds{pod="w",part="consumer"}': "30x180",
    'bbconsumer_bus_silent{pod="w"}': "0x180",
    ENDED_AT: "0+60x180",
    'bbconsumer_sync_left_keys{pod="w",source="bugzilla"}': "0x180",
    'bbconsumer_source_failures{pod="w",source="bugzilla"}': "0x180",
    'bbconsumer_queue_oldest_seconds{pod="w",kind="bug"}': "1x180",
    'bbconsumer_queue_failing_keys{pod="w",kind="bug"}': "0x180",
    'bbconsumer_stored_delay_seconds_bucket{pod="c",kind="bug",le="60"}': "0+5x180",
    'bbconsumer_stored_delay_seconds_bucket{pod="c",kind="bug",le="+Inf"}': "0+5x180",
    'bbconsumer_dead_letters{pod="w"}': "3x180",
    'bbconsumer_removal_gate_closed{pod="w"}': "0x180",
    'bbconsumer_http_request_seconds_count{pod="w",route="/status",status="200"}': "0+99x180",
    # Begins with the process, and again with the next one.
    'bbconsumer_http_request_seconds_count{pod="w",route="/status",status="503"}': "0+1x60 0+1x119",
    'bbconsumer_http_request_seconds_bucket{pod="w",route="/status",le="1"}': "0+100x180",
    'bbconsumer_http_request_seconds_bucket{pod="w",route="/status",le="+Inf"}': "0+100x180",
    'bbconsumer_live_streams{pod="w"}': "200x180",
}
GONE = "_x180"
TROUBLE: dict[str, dict[str, str]] = {
    "BlockerbugsWebAway": {'up{namespace="blockerbugs",container="web"}': "1x100 0x80"},
    "BlockerbugsDatabaseAway": {
        'bbconsumer_database_up{pod="w"}': "1x60 0x120",
        'bbconsumer_database_up{pod="c"}': "1x60 0x120",
        # What is stored cannot be told then.
        ENDED_AT: "0+60x60 _x120",
    },
    "BlockerbugsNotConsuming": {
        'bbconsumer_broker_consuming{pod="c"}': "1x100 0x80",
        'bbconsumer_alive_age_seconds{pod="w",part="consumer"}': "30x100 90+60x80",
    },
    "BlockerbugsNobodyWorks": {'bbconsumer_alive_age_seconds{pod="w",part="worker"}': "30x100 90+60x80"},
    "BlockerbugsBusSilent": {'bbconsumer_bus_silent{pod="w"}': "0x100 1x80"},
    "BlockerbugsSyncOverdue": {ENDED_AT: "0x180"},
    "BlockerbugsNeverSynced": {ENDED_AT: GONE},
    "BlockerbugsSyncLeavesKeys": {'bbconsumer_sync_left_keys{pod="w",source="bugzilla"}': "2x180"},
    "BlockerbugsSourceFailing": {'bbconsumer_source_failures{pod="w",source="bugzilla"}': "0x100 3+1x80"},
    "BlockerbugsQueueNotDrained": {'bbconsumer_queue_oldest_seconds{pod="w",kind="bug"}': "1x100 0+60x80"},
    "BlockerbugsKeysFailing": {'bbconsumer_queue_failing_keys{pod="w",kind="bug"}': "1x180"},
    "BlockerbugsStoredLate": {
        'bbconsumer_stored_delay_seconds_bucket{pod="c",kind="bug",le="60"}': "0+4x180",
        'bbconsumer_stored_delay_seconds_bucket{pod="c",kind="bug",le="300"}': "0+5x180",
    },
    "BlockerbugsDeadLetters": {'bbconsumer_dead_letters{pod="w"}': "3x150 4x30"},
    "BlockerbugsRemovalsHeldBack": {'bbconsumer_removal_gate_closed{pod="w"}': "0x100 1x80"},
    "BlockerbugsPagesFail": {
        'bbconsumer_http_request_seconds_count{pod="w",route="/status",status="503"}': "0+3x60 0+3x119"
    },
    "BlockerbugsPagesSlow": {
        'bbconsumer_http_request_seconds_bucket{pod="w",route="/status",le="1"}': "0+90x180",
        'bbconsumer_http_request_seconds_bucket{pod="w",route="/status",le="2.5"}': "0+100x180",
    },
    "BlockerbugsStreamsNearlyAll": {'bbconsumer_live_streams{pod="w"}': "1900x180"},
}
# Nothing is told at all. That includes `up`, and that nobody can see a page is then likely too.
NOTHING = dict.fromkeys(WELL, GONE)


@pytest.fixture(scope="module")
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        leave_out("no promtool (Debian: prometheus, Fedora: golang-github-prometheus)")
    return program


def firing(promtool: str, folder: Path, series: Mapping[str, str], expected: list[str]) -> str:
    """What the program says; nothing when exactly the expected alerts fire in the end."""
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES))
    samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in expected]
    test: dict[str, Any] = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": END,
                        "exp_samples": samples,
                    }
                ],
            }
        ],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(test))
    run = subprocess.run([promtool, "test", "rules", folder / "test.yaml"], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def test_while_all_is_well_nothing_is_told(promtool: str, tmp_path: Path) -> None:
    assert firing(promtool, tmp_path, WELL, []) == ""


@pytest.mark.parametrize("alert", TROUBLE)
def test_each_trouble_has_its_own_alert(promtool: str, tmp_path: Path, alert: str) -> None:
    assert firing(promtool, tmp_path, WELL | TROUBLE[alert], [alert]) == ""


def test_that_nothing_is_told_at_all_is_told(promtool: str, tmp_path: Path) -> None:
    assert firing(promtool, tmp_path, NOTHING, ["BlockerbugsNotWatched", "BlockerbugsWebAway"]) == ""


def test_every_alert_has_its_trouble_and_the_operators_are_told_what_to_do() -> None:
    assert {*TROUBLE, "BlockerbugsNotWatched"} == set(ALERTS)
    section = (ROOT / "openshift" / "TROUBLE.md").read_text().split("\n## Alerts\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"`(Blockerbugs\w+)`", section)) == sorted(ALERTS)
