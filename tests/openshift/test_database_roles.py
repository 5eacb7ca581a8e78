"""The optional database roles: every part has its own, and what it is let do is in the secret of nobody else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.openshift.conftest import Workload
from tests.openshift.rendered import ENVIRONMENTS, Manifest, problems, render

OWNER, WEB, CONSUMER = "blockerbugs-database", "blockerbugs-database-web", "blockerbugs-database-consumer"
OWN_ROLES = {"web": WEB, "consumer": CONSUMER, "sync": CONSUMER, "upgrade-db": OWNER}


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def objects(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Manifest]:
    """What is applied when an environment names the component, as the guide says."""
    manifests = tmp_path_factory.mktemp("manifests") / "openshift"
    shutil.copytree(root / "openshift", manifests)
    with (manifests / request.param / "kustomization.yaml").open("a") as file:
        file.write("components: [../database-roles]\n")
    return list(yaml.safe_load_all(render(request.param, manifests)))


def secrets(container: Manifest) -> Iterator[tuple[str, str]]:
    """Variable and secret, for what tells of the database."""
    for entry in container["env"]:
        if entry["name"].startswith("POSTGRESQL_"):
            reference = entry["valueFrom"]["secretKeyRef"]
            assert reference["key"] == entry["name"]
            yield entry["name"], reference["name"]


def test_every_part_signs_in_with_its_own_role_and_only_the_upgrade_as_owner(objects: list[Manifest]) -> None:
    workloads = [Workload(item) for item in objects if item["kind"] in {"Deployment", "CronJob"}]
    found = {container["name"]: dict(secrets(container)) for each in workloads for _, container in each.containers()}
    assert found.keys() == OWN_ROLES.keys()
    for name, secret_by_variable in found.items():
        shared = {f"POSTGRESQL_{what}": OWNER for what in ("DATABASE", "SERVICE_HOST", "SERVICE_PORT")}
        own = dict.fromkeys(("POSTGRESQL_USER", "POSTGRESQL_PASSWORD"), OWN_ROLES[name])
        assert secret_by_variable == shared | own, name


def test_what_is_applied_is_still_what_the_apis_take(objects: list[Manifest]) -> None:
    assert [problem for manifest in objects for problem in problems(manifest)] == []


def test_the_guide_says_how(root: Path) -> None:
    guide = (root / "openshift" / "README.md").read_text()
    assert "`components: [../database-roles]`" in guide
    for name in (WEB, CONSUMER):
        assert f"oc create secret generic {name} " in guide
