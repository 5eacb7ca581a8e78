"""Who may reach our pods, and whom they may reach: the policies added up for each part."""

from __future__ import annotations

from typing import Any

import pytest

from tests.openshift.conftest import Manifest, Workload

ANYWHERE: dict[str, Any] = {}
ROUTER = {"namespaceSelector": {"matchLabels": {"policy-group.network.openshift.io/ingress": ""}}, "podSelector": {}}
DNS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}
MONITORING = ("openshift-monitoring", "openshift-user-workload-monitoring")


def selects(selector: Manifest, labels: Manifest) -> bool:
    """As Kubernetes does; of the operators only `In` is used."""
    expressions = selector.get("matchExpressions", [])
    assert {expression["operator"] for expression in expressions} <= {"In"}
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(expression["key"]) in expression["values"] for expression in expressions
    )


@pytest.fixture(scope="module")
def policies(manifests: dict[tuple[str, str], Manifest]) -> list[Manifest]:
    return [item["spec"] for (kind, _), item in manifests.items() if kind == "NetworkPolicy"]


def allowed(policies: list[Manifest], workload: Workload, direction: str) -> dict[int | str, Any]:
    """The peers of each port, over all policies that hold for the workload."""
    peer, key = ("from", "ingress") if direction == "Ingress" else ("to", "egress")
    holding = [policy for policy in policies if selects(policy["podSelector"], workload.labels)]
    assert direction in {kind for policy in holding for kind in policy["policyTypes"]}, "open to everybody"
    return {
        port["port"]: rule.get(peer, [ANYWHERE])
        for policy in holding
        for rule in policy.get(key, [])
        for port in rule["ports"]
    }


def test_only_the_router_reaches_the_web_and_only_the_monitoring_its_figures(
    policies: list[Manifest], web: Workload
) -> None:
    reached = allowed(policies, web, "Ingress")
    assert reached.keys() == {"http", "metrics"}
    assert reached["http"] == [ROUTER]


def test_nobody_reaches_the_consumer_but_the_monitoring(policies: list[Manifest], consumer: Workload) -> None:
    (peers,) = allowed(policies, consumer, "Ingress").values()
    (peer,) = peers
    (expression,) = peer["namespaceSelector"]["matchExpressions"]
    assert (expression["key"], tuple(expression["values"])) == ("kubernetes.io/metadata.name", MONITORING)


def test_nobody_reaches_the_sync(policies: list[Manifest], sync: Workload) -> None:
    assert allowed(policies, sync, "Ingress") == {}


@pytest.mark.parametrize(("name", "also"), [("web", set()), ("sync", set()), ("consumer", {5671})])
def test_a_pod_reaches_names_database_and_sources_and_only_the_consumer_the_broker(
    policies: list[Manifest], name: str, also: set[int], request: pytest.FixtureRequest
) -> None:
    reached = allowed(policies, request.getfixturevalue(name), "Egress")
    assert {port for port, peers in reached.items() if peers == [ANYWHERE]} == {443, 5432} | also
    assert {port for port, peers in reached.items() if peers == [DNS]} == {53, 5353}
    assert len(reached) == 4 + len(also)


def test_policies_name_ports_that_pods_have(policies: list[Manifest], web: Workload, consumer: Workload) -> None:
    for workload in (web, consumer):
        names = {port["name"] for _, container in workload.containers() for port in container.get("ports", [])}
        assert allowed(policies, workload, "Ingress").keys() == names


def test_the_monitoring_asks_the_pods_that_it_may_reach_and_no_others(
    manifests: dict[tuple[str, str], Manifest], web: Workload, consumer: Workload, sync: Workload
) -> None:
    spec = manifests["PodMonitor", "blockerbugs"]["spec"]
    asked = [workload.name for workload in (web, consumer, sync) if selects(spec["selector"], workload.labels)]
    assert asked == ["blockerbugs-web", "blockerbugs-consumer"]
    assert spec["selector"] == manifests["NetworkPolicy", "blockerbugs-metrics"]["spec"]["podSelector"]
    assert [endpoint["port"] for endpoint in spec["podMetricsEndpoints"]] == ["metrics"]


def test_what_is_not_ours_is_left_alone(policies: list[Manifest]) -> None:
    build = {"openshift.io/build.name": "blockerbugs-1"}
    assert not any(selects(policy["podSelector"], build) for policy in policies)
