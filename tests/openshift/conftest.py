"""Reads the manifests as they lie in the repository: no cluster, no kustomize."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

Manifest = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workload:
    """A Deployment or CronJob, with its pod template at hand."""

    manifest: Manifest

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def pod_path(self) -> str:
        is_cronjob = self.manifest["kind"] == "CronJob"
        return "spec.jobTemplate.spec.template.spec" if is_cronjob else "spec.template.spec"

    @property
    def pod(self) -> Manifest:
        pod = self.manifest
        for key in self.pod_path.split("."):
            pod = pod[key]
        return pod

    @property
    def labels(self) -> Manifest:
        spec = self.manifest["spec"]
        template = spec["jobTemplate"]["spec"]["template"] if self.manifest["kind"] == "CronJob" else spec["template"]
        return dict(template["metadata"]["labels"])

    def container(self, name: str) -> Manifest:
        (found,) = [container for _, container in self.containers() if container["name"] == name]
        return found

    def containers(self) -> Iterator[tuple[str, Manifest]]:
        """Each container with the list that it stands in."""
        for kind in ("initContainers", "containers"):
            for container in self.pod.get(kind, []):
                yield kind, container

    def triggers(self) -> list[Manifest]:
        parsed = json.loads(self.manifest["metadata"]["annotations"]["image.openshift.io/triggers"])
        assert isinstance(parsed, list)
        return parsed


@dataclass(frozen=True)
class Environment:
    """Production or staging: what it adds to the base."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def kustomization(self) -> Manifest:
        return dict(yaml.safe_load((self.folder / "kustomization.yaml").read_text()))

    @property
    def messaging_path(self) -> Path:
        return self.folder / "fedora-messaging.toml"

    def settings(self) -> dict[str, str]:
        lines = (self.folder / "settings.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    def patched_values(self, kind: str) -> dict[str, str]:
        """What the patches add to the object of this kind, by path."""
        patches = [patch for patch in self.kustomization["patches"] if patch["target"]["kind"] == kind]
        return {step["path"]: step["value"] for patch in patches for step in yaml.safe_load(patch["patch"])}


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def base() -> Path:
    return ROOT / "openshift" / "base"


@pytest.fixture(scope="session")
def manifests(base: Path) -> dict[tuple[str, str], Manifest]:
    """Every object of the base by kind and name."""
    listed = yaml.safe_load((base / "kustomization.yaml").read_text())["resources"]
    loaded = [document for name in listed for document in yaml.safe_load_all((base / name).read_text())]
    return {(item["kind"], item["metadata"]["name"]): item for item in loaded}


@pytest.fixture(scope="session")
def web(manifests: dict[tuple[str, str], Manifest]) -> Workload:
    return Workload(manifests["Deployment", "blockerbugs-web"])


@pytest.fixture(scope="session")
def consumer(manifests: dict[tuple[str, str], Manifest]) -> Workload:
    return Workload(manifests["Deployment", "blockerbugs-consumer"])


@pytest.fixture(scope="session")
def sync(manifests: dict[tuple[str, str], Manifest]) -> Workload:
    return Workload(manifests["CronJob", "blockerbugs-sync"])


@pytest.fixture(params=["web", "consumer", "sync"])
def workload(request: pytest.FixtureRequest) -> Workload:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Workload)
    return found


@pytest.fixture(scope="session")
def production() -> Environment:
    return Environment(ROOT / "openshift" / "production")


@pytest.fixture(scope="session")
def staging() -> Environment:
    return Environment(ROOT / "openshift" / "staging")


@pytest.fixture(params=["production", "staging"])
def environment(request: pytest.FixtureRequest) -> Environment:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Environment)
    return found
