"""The manifests agree with each other and with what operators were promised."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bbconsumer.config import SETTING_NAMES, Settings
from bbconsumer.monitoring.port import health_answers
from bbconsumer.monitoring.watchdog import Watchdog
from web.app import create_app

# Set for uvicorn and fedora-messaging, not for us.
NAMES_OF_LIBRARIES = {"FEDORA_MESSAGING_CONF"}
# A path, and no secret.
PATHS_OF_SECRETS = {"OIDC_CLIENT_SECRETS"}
LOOKS_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|POSTGRESQL_|DATABASE_URL")
SECRET_KEYS = {
    "blockerbugs-database": {
        "POSTGRESQL_USER",
        "POSTGRESQL_PASSWORD",
        "POSTGRESQL_DATABASE",
        "POSTGRESQL_SERVICE_HOST",
        "POSTGRESQL_SERVICE_PORT",
    },
    "blockerbugs-keys": {"SECRET_KEY", "BUGZILLA_API_KEY", "PAGURE_REPO_TOKEN", "PAGURE_REPO_WEBHOOK_KEY"},
    "blockerbugs-sign-in": {"client_secrets.json"},
    "blockerbugs-broker-certificates": {"ca.crt", "tls.crt", "tls.key"},
}


def env_by_name(container: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in container["env"]}


def test_every_yaml_file_parses_and_belongs_to_a_kustomization(root: Path) -> None:
    for folder in ("base", "production", "staging"):
        files = {path.name for path in (root / "openshift" / folder).glob("*.y*ml")} - {"kustomization.yaml"}
        kustomization = yaml.safe_load((root / "openshift" / folder / "kustomization.yaml").read_text())
        assert files == {name for name in kustomization["resources"] if name.endswith("yaml")}
    for path in (root / "openshift").rglob("*.y*ml"):
        for document in yaml.safe_load_all(path.read_text()):
            assert {"apiVersion", "kind"} <= document.keys(), path


def test_the_sync_runs_as_the_original_did(sync: Any) -> None:
    spec = sync.manifest["spec"]
    assert spec["schedule"] == "*/30 * * * *"
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] == 600
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 900
    assert sync.pod["restartPolicy"] == "Never"
    assert sync.container("sync")["command"] == ["bbconsumer", "sync"]


def test_the_sync_ends_by_itself_before_the_cluster_kills_it(sync: Any) -> None:
    own_deadline = int(env_by_name(sync.container("sync"))["SYNC_DEADLINE_S"]["value"])
    assert own_deadline <= sync.manifest["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] - 60


@pytest.mark.parametrize("name", ["web", "consumer"])
def test_the_schema_is_upgraded_before_the_new_code_runs(name: str, request: pytest.FixtureRequest) -> None:
    pod = request.getfixturevalue(name).pod
    assert [container["command"] for container in pod["initContainers"]] == [["bbconsumer", "upgrade_db"]]


def test_the_consumer_consumes_and_the_web_runs_what_the_image_runs(consumer: Any, web: Any) -> None:
    assert consumer.container("consumer")["command"] == ["bbconsumer", "consume"]
    assert not {"command", "args"} & web.container("web").keys()


@pytest.mark.parametrize(("name", "port"), [("web", "http"), ("consumer", "metrics")])
def test_liveness_asks_what_touches_no_database_and_readiness_what_does(
    name: str, port: str, request: pytest.FixtureRequest
) -> None:
    container = request.getfixturevalue(name).container(name)
    paths = {
        key: (probe["httpGet"]["path"], probe["httpGet"]["port"])
        for key, probe in container.items()
        if key.endswith("Probe")
    }
    assert paths == {
        "startupProbe": ("/healthz/live", port),
        "livenessProbe": ("/healthz/live", port),
        "readinessProbe": ("/healthz/ready", port),
    }
    assert port in {declared["name"] for declared in container["ports"]}


def test_probes_ask_what_is_answered(web: Any, consumer: Any) -> None:
    answered = {
        "web": {getattr(route, "path", "") for route in create_app(Settings.of()).routes},
        "consumer": set(health_answers(Watchdog())),
    }
    for workload, name in ((web, "web"), (consumer, "consumer")):
        container = workload.container(name)
        asked = {probe["httpGet"]["path"] for key, probe in container.items() if key.endswith("Probe")}
        assert asked <= answered[name]


def test_the_port_of_the_figures_is_the_one_that_is_opened(web: Any, consumer: Any) -> None:
    for container in (web.container("web"), consumer.container("consumer")):
        (port,) = [port["containerPort"] for port in container["ports"] if port["name"] == "metrics"]
        assert port == Settings.of().metrics_port
        assert "METRICS_PORT" not in env_by_name(container)


def test_route_service_and_pod_agree_on_the_port(manifests: Any, web: Any) -> None:
    (service_port,) = manifests["Service", "blockerbugs"]["spec"]["ports"]
    (pod_port,) = [port for port in web.container("web")["ports"] if port["name"] == "http"]
    route = manifests["Route", "blockerbugs"]["spec"]
    assert (pod_port["name"], pod_port["containerPort"]) == (service_port["targetPort"], 8080)
    assert service_port["port"] == 8080
    assert (route["to"]["name"], route["port"]["targetPort"]) == ("blockerbugs", service_port["name"])
    assert route["tls"] == {"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"}


def test_service_and_disruption_budget_select_the_web_alone(manifests: Any, web: Any, consumer: Any, sync: Any) -> None:
    selectors = [
        manifests["Service", "blockerbugs"]["spec"]["selector"],
        manifests["PodDisruptionBudget", "blockerbugs-web"]["spec"]["selector"]["matchLabels"],
    ]
    for selector in selectors:
        selected = [one.name for one in (web, consumer, sync) if selector.items() <= one.labels.items()]
        assert selected == ["blockerbugs-web"]


@pytest.mark.parametrize("name", ["web", "consumer"])
def test_a_deployment_selects_its_own_pods_and_never_runs_fewer(name: str, request: pytest.FixtureRequest) -> None:
    deployment = request.getfixturevalue(name)
    spec = deployment.manifest["spec"]
    assert spec["selector"]["matchLabels"].items() <= deployment.labels.items()
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_every_container_runs_an_image_of_the_stream_to_which_builds_push(manifests: Any, workload: Any) -> None:
    """But not what was built last: another tag, which deploy.sh moves once staging has proved the commit."""
    built = manifests["BuildConfig", "blockerbugs"]["spec"]["output"]["to"]
    assert built == {"kind": "ImageStreamTag", "name": "blockerbugs:built"}
    assert ("ImageStream", "blockerbugs") in manifests
    for _, container in workload.containers():
        # Registry, project (the overlays' namespace), stream and tag.
        assert container["image"].split("/")[1:] == ["blockerbugs", "blockerbugs:latest"]
    assert {trigger["from"]["name"] for trigger in workload.triggers()} == {"blockerbugs:latest"}


def test_a_build_starts_by_hand_only(manifests: Any) -> None:
    assert manifests["BuildConfig", "blockerbugs"]["spec"]["triggers"] == []


def test_the_image_trigger_names_every_container(workload: Any) -> None:
    """Also the init container: otherwise the migrations of the previous build would run before the new code."""
    expected = {
        f'{workload.pod_path}.{kind}[?(@.name=="{container["name"]}")].image'
        for kind, container in workload.containers()
    }
    assert {trigger["fieldPath"] for trigger in workload.triggers()} == expected
    assert {trigger["from"]["kind"] for trigger in workload.triggers()} == {"ImageStreamTag"}


def test_secrets_come_by_reference_only(workload: Any) -> None:
    for _, container in workload.containers():
        for name, entry in env_by_name(container).items():
            if LOOKS_SECRET.search(name) and name not in PATHS_OF_SECRETS:
                reference = entry["valueFrom"]["secretKeyRef"]
                assert reference["key"] == name
                assert name in SECRET_KEYS[reference["name"]]
            else:
                assert entry.keys() == {"name", "value"}


def test_the_operators_guide_names_every_secret_and_key(root: Path, workload: Any) -> None:
    guide = (root / "openshift" / "README.md").read_text()
    for name, keys in SECRET_KEYS.items():
        assert f"oc create secret generic {name} " in guide
        assert [key for key in keys if key not in guide] == []
    referenced = {
        entry["valueFrom"]["secretKeyRef"]["name"]
        for _, container in workload.containers()
        for entry in container["env"]
        if "valueFrom" in entry
    }
    mounted = {volume["secret"]["secretName"] for volume in workload.pod["volumes"] if "secret" in volume}
    assert referenced | mounted <= SECRET_KEYS.keys()


def test_only_known_settings_are_set(workload: Any) -> None:
    for _, container in workload.containers():
        assert env_by_name(container).keys() <= SETTING_NAMES | NAMES_OF_LIBRARIES


def test_sign_in_reads_what_is_mounted(web: Any) -> None:
    container = web.container("web")
    (volume,) = [item for item in web.pod["volumes"] if item["name"] == "sign-in"]
    (mount,) = [item["mountPath"] for item in container["volumeMounts"] if item["name"] == "sign-in"]
    provided = [f"{mount}/{item['path']}" for item in volume["secret"]["items"]]
    assert provided == [env_by_name(container)["OIDC_CLIENT_SECRETS"]["value"]]


def test_no_container_can_do_more_than_run(workload: Any) -> None:
    pod = workload.pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    for _, container in workload.containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()


def test_every_container_can_write_to_tmp_and_mounts_only_what_exists(workload: Any) -> None:
    volumes = {volume["name"]: volume for volume in workload.pod["volumes"]}
    assert "emptyDir" in volumes["tmp"]
    for _, container in workload.containers():
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert mounts["/tmp"] == "tmp"
        assert set(mounts.values()) <= volumes.keys()
