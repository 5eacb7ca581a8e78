"""fedora-messaging's configuration: it loads, and broker, pod and file mean the same."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
from fedora_messaging.config import LazyConfig


@pytest.fixture
def conf(environment: Any) -> LazyConfig:
    return LazyConfig().load_config(str(environment.messaging_path))


def test_nothing_is_declared_at_a_broker_that_would_refuse_it(conf: LazyConfig) -> None:
    assert conf["passive_declares"] is True


def test_one_durable_queue_bears_the_accounts_name(conf: LazyConfig) -> None:
    """Fedora's broker insists that a queue's name begins with the account's."""
    account = urlsplit(conf["amqp_url"]).username
    assert conf["queues"] == {
        account: {"durable": True, "auto_delete": False, "exclusive": False, "arguments": {}},
    }
    assert conf["client_properties"]["app"] == account


def test_each_environment_has_its_own_broker_and_queue(production: Any, staging: Any) -> None:
    urls = [LazyConfig().load_config(str(each.messaging_path))["amqp_url"] for each in (production, staging)]
    assert urls == [
        "amqps://blockerbugs:@rabbitmq.fedoraproject.org/%2Fpubsub",
        "amqps://blockerbugs.stg:@rabbitmq.stg.fedoraproject.org/%2Fpubsub",
    ]


def test_the_queue_gets_what_bugzilla_the_reviews_pagure_and_bodhi_publish(conf: LazyConfig, environment: Any) -> None:
    environments = "stg" if environment.name == "staging" else "*"
    (binding,) = conf["bindings"]
    assert binding == {
        "queue": next(iter(conf["queues"])),
        "exchange": "amq.topic",
        "routing_keys": [
            f"org.fedoraproject.{environments}.bugzilla.#",
            f"org.fedoraproject.{environments}.pagure.issue.#",
            f"org.fedoraproject.{environments}.bodhi.update.#",
            f"io.pagure.{environments}.pagure.issue.#",
        ],
    }


def test_the_url_holds_no_password(conf: LazyConfig) -> None:
    assert not urlsplit(conf["amqp_url"]).password


def test_the_pod_mounts_the_file_where_the_consumer_looks_for_it(consumer: Any, environment: Any) -> None:
    container = consumer.container("consumer")
    (path,) = [entry["value"] for entry in container["env"] if entry["name"] == "FEDORA_MESSAGING_CONF"]
    (volume,) = [item for item in consumer.pod["volumes"] if item["name"] == "fedora-messaging"]
    (mount,) = [item["mountPath"] for item in container["volumeMounts"] if item["name"] == "fedora-messaging"]
    (generator,) = [
        item for item in environment.kustomization["configMapGenerator"] if item["name"] == volume["configMap"]["name"]
    ]
    assert generator["files"] == [f"{PurePosixPath(path).name}={environment.messaging_path.name}"]
    assert str(PurePosixPath(path).parent) == mount


def test_the_certificates_are_mounted_where_the_file_says(conf: LazyConfig, consumer: Any) -> None:
    (volume,) = [item for item in consumer.pod["volumes"] if item["name"] == "broker-certificates"]
    (mount,) = [
        item["mountPath"]
        for item in consumer.container("consumer")["volumeMounts"]
        if item["name"] == "broker-certificates"
    ]
    provided = {f"{mount}/{item['path']}" for item in volume["secret"]["items"]}
    assert set(conf["tls"].values()) == provided


def test_the_environments_differ_in_nothing_else(production: Any, staging: Any) -> None:
    """One file per environment, since the format has no variables; this keeps them from drifting apart."""

    def without_names(text: str) -> str:
        for name in ("blockerbugs.stg", "rabbitmq.stg.", "qa.stg.", "fedoraproject.stg.", "pagure.stg."):
            text = text.replace(name, name.replace(".stg", ""))
        return text.replace("fedoraproject.*.", "fedoraproject.").replace("pagure.*.", "pagure.")

    assert without_names(staging.messaging_path.read_text()) == without_names(production.messaging_path.read_text())
