"""Production and staging: what each adds, and that staging never touches production."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bbconsumer.config import SETTING_NAMES, Settings, openshift_config

HOST = re.compile(r"(?<![\w.-])(?:[\w-]+\.)*(?:fedoraproject\.org|redhat\.com|pagure\.io)\b")
DATABASE = {"POSTGRESQL_SERVICE_HOST": "database", "POSTGRESQL_USER": "someone", "POSTGRESQL_PASSWORD": "made up"}


def is_staging(host: str) -> bool:
    return ".stg." in f".{host}" or ".stage." in host


def settings_of(environment: Any) -> Settings:
    """What the service itself makes of the settings, as in a pod."""
    return openshift_config({**environment.settings(), **DATABASE, "KUBERNETES_SERVICE_HOST": "10.0.0.1"})


def test_staging_names_no_production_host(staging: Any) -> None:
    hosts = {host for path in staging.folder.iterdir() for host in HOST.findall(path.read_text())}
    assert hosts
    assert [host for host in hosts if not is_staging(host)] == []


def test_production_names_no_staging_host(production: Any) -> None:
    hosts = {host for path in production.folder.iterdir() for host in HOST.findall(path.read_text())}
    assert hosts
    assert [host for host in hosts if is_staging(host)] == []


def test_the_base_names_no_host_but_the_one_that_the_source_comes_from(base: Path, manifests: Any) -> None:
    hosts = {host for path in base.iterdir() for host in HOST.findall(path.read_text())}
    assert hosts == set(HOST.findall(manifests["BuildConfig", "blockerbugs"]["spec"]["source"]["git"]["uri"]))


def test_the_service_accepts_the_settings_and_knows_where_it_is(production: Any, staging: Any) -> None:
    assert settings_of(production).openshift_prod is True
    assert settings_of(staging).openshift_prod is False


def test_no_address_of_staging_is_one_of_production(production: Any, staging: Any) -> None:
    """Also the ones that no file sets: their defaults must be staging ones as well."""
    for name in Settings.__dataclass_fields__:
        if name.endswith(("_url", "_api")) and name != "database_url":
            address = getattr(settings_of(staging), name)
            assert is_staging(urlsplit(address).hostname or ""), name
            assert address != getattr(settings_of(production), name)


def test_both_environments_set_the_same_known_names_and_no_secret(production: Any, staging: Any) -> None:
    names = production.settings().keys()
    assert names == staging.settings().keys()
    assert names <= SETTING_NAMES
    assert [name for name in names if re.search(r"PASSWORD|SECRET|TOKEN|_KEY|POSTGRESQL|DATABASE_URL", name)] == []


def test_the_route_leads_to_where_the_service_believes_to_be(environment: Any, manifests: Any) -> None:
    route = manifests["Route", "blockerbugs"]["spec"]
    host = environment.patched_values("Route")["/spec/host"]
    assert f"https://{host}{route['path']}" == settings_of(environment).blockerbugs_url


def test_production_is_built_from_master_and_staging_from_develop(production: Any, staging: Any) -> None:
    assert production.patched_values("BuildConfig") == {"/spec/source/git/ref": "master"}
    assert staging.patched_values("BuildConfig") == {"/spec/source/git/ref": "develop"}


def test_the_overlay_provides_every_configmap_that_the_base_refers_to(environment: Any, base: Path) -> None:
    generators = environment.kustomization["configMapGenerator"]
    referred = {
        name
        for path in base.glob("*.yaml")
        for name in re.findall(r"configMap(?:Ref)?:\s+name: (\S+)", path.read_text())
    }
    assert {generator["name"] for generator in generators} == referred
    for generator in generators:
        for source in [*generator.get("envs", []), *generator.get("files", [])]:
            assert (environment.folder / source.split("=")[-1]).is_file()


def test_the_overlay_patches_what_exists(environment: Any, manifests: Any) -> None:
    assert environment.kustomization["namespace"] == "blockerbugs"
    for patch in environment.kustomization["patches"]:
        assert (patch["target"]["kind"], patch["target"]["name"]) in manifests
