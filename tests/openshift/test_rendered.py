"""What kustomize makes of the manifests is what the clusters' APIs take, and no more than was meant."""

import copy
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.openshift.rendered import ENVIRONMENTS, Manifest, main, problems, render
from tests.openshift.test_environments import is_staging

Objects = dict[tuple[str, str], Manifest]

ADDRESS = re.compile(r"\b(?:https?|amqps?)://[^\s\"'|]+")
SOURCES_OF_DOCUMENTATION = {"fedora-messaging.readthedocs.io"}


def base_name(manifest: Manifest) -> str:
    """Without the hash that kustomize appends to what it generates."""
    name = str(manifest["metadata"]["name"])
    return name.rsplit("-", 1)[0] if manifest["kind"] == "ConfigMap" else name


@pytest.fixture(scope="module")
def objects_by_environment() -> dict[str, Objects]:
    loaded = {name: list(yaml.safe_load_all(render(name))) for name in ENVIRONMENTS}
    return {name: {(item["kind"], base_name(item)): item for item in items} for name, items in loaded.items()}


@pytest.fixture(params=ENVIRONMENTS)
def objects(request: pytest.FixtureRequest, objects_by_environment: dict[str, Objects]) -> Objects:
    return objects_by_environment[request.param]


def test_every_object_is_what_its_api_takes(objects: Objects) -> None:
    assert {name: list(problems(manifest)) for name, manifest in objects.items()} == {name: [] for name in objects}


def test_both_environments_have_all_objects(objects: Objects) -> None:
    assert sorted(f"{kind} {name}" for kind, name in objects) == [
        "BuildConfig blockerbugs",
        "ConfigMap blockerbugs-fedora-messaging",
        "ConfigMap blockerbugs-settings",
        "CronJob blockerbugs-sync",
        "Deployment blockerbugs-consumer",
        "Deployment blockerbugs-web",
        "ImageStream blockerbugs",
        "NetworkPolicy blockerbugs-broker",
        "NetworkPolicy blockerbugs-database-and-sources",
        "NetworkPolicy blockerbugs-metrics",
        "NetworkPolicy blockerbugs-names-only",
        "NetworkPolicy blockerbugs-router",
        "PodDisruptionBudget blockerbugs-web",
        "PodMonitor blockerbugs",
        "PrometheusRule blockerbugs",
        "Route blockerbugs",
        "Service blockerbugs",
    ]


def test_everything_lies_in_the_project(objects: Objects) -> None:
    assert {manifest["metadata"].get("namespace") for manifest in objects.values()} == {"blockerbugs"}


def test_no_secret_is_among_them(objects: Objects) -> None:
    assert "Secret" not in {kind for kind, _ in objects}


def test_pods_read_the_settings_under_the_name_that_they_were_given(objects: Objects) -> None:
    """A hash in the name is what rolls out pods whose settings changed."""
    given = {item["metadata"]["name"] for (kind, _), item in objects.items() if kind == "ConfigMap"}
    text = yaml.safe_dump([item for (kind, _), item in objects.items() if kind != "ConfigMap"])
    assert set(re.findall(r"blockerbugs-(?:settings|fedora-messaging)[\w-]*", text)) == given
    assert all(re.search(r"-[a-z0-9]{10}$", name) for name in given)


def test_no_address_of_staging_leads_to_production(objects_by_environment: dict[str, Objects]) -> None:
    """Every address in what is applied, wherever it stands, but those of documentation and of the source to build."""
    staging = objects_by_environment["staging"]
    source = staging["BuildConfig", "blockerbugs"]["spec"]["source"]["git"]["uri"]
    texts = {name: yaml.safe_dump(list(objects.values())) for name, objects in objects_by_environment.items()}
    found = {name: set(ADDRESS.findall(text)) - {source} for name, text in texts.items()}
    mine = {address for address in found["staging"] if urlsplit(address).hostname not in SOURCES_OF_DOCUMENTATION}
    assert len(mine) >= 8
    assert [address for address in mine if not is_staging(urlsplit(address).hostname or "")] == []
    assert mine & found["production"] == set()
    assert is_staging(staging["Route", "blockerbugs"]["spec"]["host"])


def test_the_environments_differ_where_they_must_and_nowhere_else(objects_by_environment: dict[str, Objects]) -> None:
    production, staging = (objects_by_environment[name] for name in ENVIRONMENTS)
    different = set()
    for name in production:
        texts = [re.sub(r"-[a-z0-9]{10}\b", "", yaml.safe_dump(each[name])) for each in (production, staging)]
        if texts[0] != texts[1]:
            different.add(name)
    assert different == {
        ("BuildConfig", "blockerbugs"),
        ("ConfigMap", "blockerbugs-fedora-messaging"),
        ("ConfigMap", "blockerbugs-settings"),
        ("Route", "blockerbugs"),
    }


# What the check has to find.

BROKEN: list[tuple[str, str, list[str | int], Any, str]] = [
    ("Route", "blockerbugs", ["spec", "tls", "termination"], "edgy", "edgy"),
    ("Route", "blockerbugs", ["spec", "hots"], "qa", "hots"),
    ("BuildConfig", "blockerbugs", ["spec", "triggers"], [{"type": "ConfigChange"}], "triggers"),
    ("BuildConfig", "blockerbugs", ["spec", "runPolicy"], "Sometimes", "Sometimes"),
    ("ImageStream", "blockerbugs", ["spec"], {"tag": []}, "tag"),
    ("ImageStream", "blockerbugs", ["metadata", "name"], "Block_er", "Block_er"),
    ("Deployment", "blockerbugs-web", ["spec", "replicas"], "two", "two"),
    ("Deployment", "blockerbugs-web", ["spec", "template", "spec", "containers", 0, "imagePullPolice"], "x", "Police"),
    ("CronJob", "blockerbugs-sync", ["spec", "concurrencyPolicies"], "Forbid", "concurrencyPolicies"),
    ("NetworkPolicy", "blockerbugs-router", ["spec", "policyTypes"], "Egress", "Egress"),
    ("Service", "blockerbugs", ["apiVersion"], "v7", "schema"),
    ("PodMonitor", "blockerbugs", ["spec", "podMetricsEndpoints", 0, "prot"], "metrics", "prot"),
]


@pytest.mark.parametrize(("kind", "name", "path", "value", "said"), BROKEN, ids=lambda value: str(value)[:30])
def test_what_an_api_does_not_take_is_found(
    objects: Objects, kind: str, name: str, path: list[str | int], value: Any, said: str
) -> None:
    broken: Any = copy.deepcopy(objects[kind, name])
    place = broken
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    found = list(problems(broken))
    assert found
    assert said in " ".join(found)


def test_the_plain_files_for_ansible_hold_the_same(
    tmp_path: Path, objects_by_environment: dict[str, Objects], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(str(tmp_path / "manifests")) == 0
    written = {path.stem: list(yaml.safe_load_all(path.read_text())) for path in tmp_path.glob("manifests/*.yaml")}
    assert written == {name: list(objects.values()) for name, objects in objects_by_environment.items()}
    assert capsys.readouterr().err == ""
