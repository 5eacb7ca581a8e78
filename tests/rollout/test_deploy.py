"""deploy.sh on clusters of a fake `oc`: it ends with the new version, with the previous one, or with a loud word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.rollout.fake_oc import RECORD

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "a" * 40, "b" * 40
OLD_IMAGE, NEW_IMAGE = f"sha256:{OLD[:8]}", f"sha256:{NEW[:8]}"
WEB, CONSUMER, SYNC = "deployment/blockerbugs-web", "deployment/blockerbugs-consumer", "cronjob/blockerbugs-sync"
STAGING, PRODUCTION = ("staging", NEW), ("production", NEW, "staging")


def cluster(branch: str, verified: str = "") -> dict[str, Any]:
    """One that runs the old image, which a build of the time before pushed to the tag."""

    def running(containers: int) -> dict[str, Any]:
        return {"images": [f"registry/blockerbugs/blockerbugs@{OLD_IMAGE}"] * containers, "cannot_run": []}

    return {
        "branch": branch,
        "tags": {"latest": OLD_IMAGE},
        "asked": {},
        "commits": {OLD_IMAGE: OLD, "sha256:other": "c" * 40},
        "annotations": {RECORD: verified} if verified else {},
        "workloads": {WEB: running(2), CONSUMER: running(2), SYNC: running(1)},
        "build": "works",
        "deaf": [],
        "serves_no_page": [],
        "cannot_tag": [],
        "cannot_annotate": False,
    }


@dataclass
class Clusters:
    """Staging and production, and whoever is logged in to one of them."""

    folder: Path
    state: dict[str, Any]

    def deploy(self, *arguments: str) -> tuple[int, str]:
        """Exit code and what was said; `state` is then as it was left."""
        path = self.folder / "clusters.json"
        path.write_text(json.dumps(self.state))
        environ = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "FAKE_OC": str(path),
            "TRIGGERED_WITHIN_S": "0",
            "LOOK_EVERY_S": "0",
        }
        script = [str(ROOT / "openshift" / "deploy.sh"), *arguments]
        run = subprocess.run(script, env=environ, capture_output=True, text=True, timeout=60, check=False)
        self.state = json.loads(path.read_text())
        assert "unknown" not in run.stderr, run.stderr
        return run.returncode, run.stderr

    @property
    def here(self) -> dict[str, Any]:
        found = self.state["clusters"][self.state["context"]]
        assert isinstance(found, dict)
        return found

    def running(self) -> set[str]:
        """The images of all containers, and that of the tag."""
        images = {image.partition("@")[2] for each in self.here["workloads"].values() for image in each["images"]}
        return images | {self.here["tags"]["latest"]}

    def changed(self) -> list[str]:
        changing = ("start-build", "tag", "annotate", "rollout undo", "apply", "set")
        return [asked for asked in self.state["asked"] if asked.split(": ")[1].startswith(changing)]


@pytest.fixture
def clusters(tmp_path: Path) -> Clusters:
    oc = tmp_path / "oc"
    oc.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{ROOT}/tests/rollout/fake_oc.py" "$@"\n')
    oc.chmod(0o755)
    both = {"staging": cluster("develop"), "production": cluster("master")}
    return Clusters(tmp_path, {"context": "staging", "clusters": both, "asked": []})


def test_staging_runs_the_commit_and_it_is_recorded(clusters: Clusters) -> None:
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.running()) == (0, {NEW_IMAGE}), said
    assert clusters.here["annotations"] == {RECORD: NEW}
    assert f"staging runs {NEW}" in said


def test_production_takes_what_was_verified_on_staging(clusters: Clusters) -> None:
    clusters.deploy(*STAGING)
    clusters.state["context"] = "production"
    code, said = clusters.deploy(*PRODUCTION)
    assert (code, clusters.running()) == (0, {NEW_IMAGE}), said


# Refused before anything is tried.


def other_verified(clusters: Clusters) -> None:
    clusters.state["clusters"]["staging"]["annotations"] = {RECORD: OLD}


def logged_out(clusters: Clusters) -> None:
    clusters.state["context"] = "nowhere"


def no_change(clusters: Clusters) -> None:
    """As it is."""


REFUSED: dict[str, tuple[str, tuple[str, ...], Callable[[Clusters], None], str]] = {
    "never on staging": ("production", PRODUCTION, no_change, "staging first. Verified there: nothing"),
    "another commit on staging": ("production", PRODUCTION, other_verified, f"Verified there: {OLD}"),
    "staging not named": ("production", PRODUCTION[:2], no_change, "production needs the staging cluster's context"),
    "production named as staging": ("production", (*PRODUCTION[:2], "production"), no_change, "not the staging"),
    "staging unknown": ("production", (*PRODUCTION[:2], "elsewhere"), no_change, "not the staging cluster"),
    "staging cluster for production": ("staging", PRODUCTION, no_change, "builds develop: it is not production"),
    "production cluster for staging": ("production", STAGING, no_change, "builds master: it is not staging"),
    "a branch for a commit": ("staging", ("staging", "develop"), no_change, "all 40 digits"),
    "no such environment": ("staging", ("test", NEW), no_change, "usage: "),
    "nothing said": ("staging", (), no_change, "usage: "),
    "logged out": ("staging", STAGING, logged_out, "not logged in"),
}


@pytest.mark.parametrize(("context", "arguments", "prepare", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_tried_is_refused(
    clusters: Clusters, context: str, arguments: tuple[str, ...], prepare: Callable[[Clusters], None], reason: str
) -> None:
    clusters.state["context"] = context
    prepare(clusters)
    code, said = clusters.deploy(*arguments)
    assert (code, clusters.changed()) == (2, [])
    assert said.splitlines()[-1].startswith("Refused: ")
    assert reason in said


# What goes wrong on the way.


def web_fails(here: dict[str, Any]) -> None:
    here["workloads"][WEB]["cannot_run"] = [NEW_IMAGE]


def consumer_fails(here: dict[str, Any]) -> None:
    here["workloads"][CONSUMER]["cannot_run"] = [NEW_IMAGE]


def page_fails(here: dict[str, Any]) -> None:
    here["serves_no_page"] = [NEW_IMAGE]


def trigger_fails(here: dict[str, Any]) -> None:
    here["deaf"] = [CONSUMER]


def sync_keeps_its_image(here: dict[str, Any]) -> None:
    """Until it is looked at again: what goes back must not wait for it."""
    here["workloads"][SYNC]["images"] = ["registry/blockerbugs/blockerbugs:latest"]
    here["deaf"] = [SYNC]


def tag_fails(here: dict[str, Any]) -> None:
    here["cannot_tag"] = [NEW_IMAGE]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (web_fails, "the roll-out of blockerbugs-web failed"),
        (consumer_fails, "the roll-out of blockerbugs-consumer failed"),
        (page_fails, "the web serves no page"),
        (trigger_fails, "deployment/blockerbugs-consumer was not given the image"),
        (tag_fails, "not found"),
    ],
)
def test_what_fails_after_the_build_goes_back_to_the_previous_image(
    clusters: Clusters, spoil: Callable[[dict[str, Any]], None], reason: str
) -> None:
    clusters.state["context"] = "production"
    clusters.state["clusters"]["staging"]["annotations"] = {RECORD: NEW}
    spoil(clusters.here)
    code, said = clusters.deploy(*PRODUCTION)
    assert (code, clusters.running()) == (1, {OLD_IMAGE}), said
    assert reason in said
    assert "the previous image runs" in said.splitlines()[-1]
    assert clusters.here["annotations"] == {}


def test_a_sync_that_does_not_follow_the_tag_is_noticed(clusters: Clusters) -> None:
    """It cannot be brought back either: somebody has to look."""
    sync_keeps_its_image(clusters.here)
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.here["annotations"]) == (3, {})
    assert "cronjob/blockerbugs-sync was not given the image" in said


def test_it_goes_back_to_the_same_image_again_and_again(clusters: Clusters) -> None:
    """`oc tag` does nothing where the tag was set to the same image before."""
    for commit in (NEW, "d" * 40, "e" * 40):
        clusters.here["serves_no_page"] = [f"sha256:{commit[:8]}"]
        code, said = clusters.deploy("staging", commit)
        assert (code, clusters.running()) == (1, {OLD_IMAGE}), said


def test_the_first_deployment_of_all_needs_no_previous_image(clusters: Clusters) -> None:
    clusters.here["tags"] = {}
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.running()) == (0, {NEW_IMAGE}), said


def test_what_was_deployed_and_cannot_be_recorded_is_told_apart_from_what_was_not_deployed(clusters: Clusters) -> None:
    clusters.here["cannot_annotate"] = True
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.running()) == (3, {NEW_IMAGE}), said
    assert "could not be noted" in said.splitlines()[-1]


def test_a_build_that_fails_changes_nothing(clusters: Clusters) -> None:
    clusters.here["build"] = "fails"
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.running(), clusters.changed()) == (1, {OLD_IMAGE}, ["staging: start-build blockerbugs"])
    assert "the build failed" in said


@pytest.mark.parametrize("build", ["is overtaken", "meets another deployment"])
def test_somebody_elses_build_is_neither_recorded_nor_taken_back(clusters: Clusters, build: str) -> None:
    clusters.here["build"] = build
    code, said = clusters.deploy(*STAGING)
    assert (code, clusters.changed()) == (1, ["staging: start-build blockerbugs"])
    assert "somebody else is at it" in said


def test_what_was_verified_before_stays_recorded_when_the_next_one_fails(clusters: Clusters) -> None:
    clusters.here["annotations"] = {RECORD: OLD}
    web_fails(clusters.here)
    assert clusters.deploy(*STAGING)[0] == 1
    assert clusters.here["annotations"] == {RECORD: OLD}


@pytest.mark.parametrize("why", ["no previous image", "the tag cannot be moved", "the previous image does not run"])
def test_what_cannot_go_back_says_that_somebody_has_to_look(clusters: Clusters, why: str) -> None:
    here = clusters.here
    web_fails(here)
    if why == "no previous image":
        here["tags"] = {}
    elif why == "the tag cannot be moved":
        here["cannot_tag"] = [OLD_IMAGE]
    else:
        here["workloads"][WEB]["cannot_run"].append(OLD_IMAGE)
    code, said = clusters.deploy(*STAGING)
    assert code == 3
    assert said.splitlines()[-1].startswith("FAILED, and ")


def test_without_oc_nothing_is_tried(clusters: Clusters) -> None:
    (clusters.folder / "oc").unlink()
    for name in ("bash", "env"):
        (clusters.folder / name).symlink_to(str(shutil.which(name)))
    run = subprocess.run(
        [str(ROOT / "openshift" / "deploy.sh"), *STAGING],
        env={"PATH": str(clusters.folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, "there is no oc" in run.stderr) == (2, True), run.stderr
