"""Settings: what holds without any, and what each takes."""

import dataclasses
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconsumer.config import SETTING_NAMES, ConfigurationError, Secret, Settings, openshift_config, setting_table

CLUSTER = {"POSTGRESQL_SERVICE_HOST": "db", "POSTGRESQL_USER": "bob", "POSTGRESQL_PASSWORD": "s3same"}

# What the operators' playbooks set for the original service.
PLAYBOOK_NAMES = {
    "POSTGRESQL_USER", "POSTGRESQL_PASSWORD", "POSTGRESQL_DATABASE", "POSTGRESQL_SERVICE_HOST",
    "POSTGRESQL_SERVICE_PORT", "SECRET_KEY", "PAGURE_REPO_TOKEN", "PAGURE_REPO_WEBHOOK_KEY", "BUGZILLA_API_KEY",
    "PAGURE_URL", "PAGURE_API", "PAGURE_REPO", "PAGURE_BOT_USERNAME", "PAGURE_BOT_ENABLED", "BUGZILLA_URL",
    "BLOCKERBUGS_URL", "BLOCKERBUGS_API", "FAS_BASE_URL", "FAS_ADMIN_GROUP", "BODHI_URL", "OPENSHIFT_PROD",
}  # fmt: skip


def config(**environ: str) -> Settings:
    return openshift_config(environ)


def test_every_name_that_the_playbooks_set_is_a_setting() -> None:
    assert PLAYBOOK_NAMES <= SETTING_NAMES


def test_without_any_setting_it_is_production_read_only_on_sqlite() -> None:
    settings = config()
    assert settings.bugzilla_url == "https://bugzilla.redhat.com"
    assert settings.blockerbugs_url == "https://qa.fedoraproject.org/blockerbugs"
    assert settings.blockerbugs_api == "https://qa.fedoraproject.org/blockerbugs/api/v0"
    assert (settings.pagure_url, settings.pagure_api) == ("https://pagure.io", "https://pagure.io/api/0")
    assert settings.bodhi_url == "https://bodhi.fedoraproject.org"
    assert settings.fas_base_url == "https://accounts.fedoraproject.org"
    assert (settings.pagure_repo, settings.pagure_bot_username) == ("fedora-qa/blocker-review", "blockerbot")
    assert (settings.fas_admin_group, settings.postgresql_database) == ("qa-admin", "blockerbugs")
    assert settings.pagure_bot_enabled is False
    assert settings.engine_url.drivername == "sqlite"
    assert settings.secrets() == ()


def hosts(settings: Settings) -> dict[str, str | None]:
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    return {name: urlsplit(v).hostname for name, v in values.items() if isinstance(v, str) and v.startswith("http")}


def test_on_staging_no_default_leads_to_production() -> None:
    production, staging = hosts(config()), hosts(config(OPENSHIFT_PROD="0"))
    assert len(production) >= 7
    assert production.keys() == staging.keys()
    assert set(production.values()).isdisjoint(staging.values())
    text = "\n".join(config(OPENSHIFT_PROD="0").lines())
    assert [host for host in production.values() if f"//{host}" in text] == []


def test_an_address_that_was_set_holds_on_staging_too() -> None:
    assert (
        config(OPENSHIFT_PROD="0", BUGZILLA_URL="https://bugs.example.test/").bugzilla_url
        == "https://bugs.example.test"
    )


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert openshift_config(dict.fromkeys(SETTING_NAMES, "")) == config()


def test_variables_of_other_programs_are_passed_over() -> None:
    assert config(HOME="/nowhere", BUGZILLA="x", bugzilla_url="nonsense") == config()


_FLAGS = (
    "OPENSHIFT_PROD", "PAGURE_ENABLED", "PAGURE_WEBHOOK_SHA1", "PAGURE_BOT_ENABLED", "DECISIONS_WRITE_BACK",
    "BODHI_ENABLED", "PROPOSALS_ENABLED",
)  # fmt: skip
_BAD = {
    "address": [
        "nonsense",
        "ftp://example.test",
        "https://",
        "//example.test",
        "http://[::1",
        "http://h:99999",
        "http://h:x",
    ],
    "number": ["0", "-1", "1.5", "x", "1e3", " ", "9" * 5000],
}
_NUMBERS = [
    "BUGZILLA_BATCH_SIZE", "BUGZILLA_TIMEOUT_S", "BUGZILLA_TRIES", "PAGURE_TIMEOUT_S", "PAGURE_TRIES",
    "TICKETS_COMPLETE_S", "TICKETS_OPENED_MAX", "VOTES_NEEDED", "BODHI_TIMEOUT_S", "BODHI_TRIES", "LEASE_S",
    "ADMIN_AGE_S", "BUS_SILENT_S", "STUCK_AFTER_S",
    "SYNC_DEADLINE_S", "SYNC_INTERVAL_S", "REMOVALS_MAX", "REMOVALS_WINDOW_S", "DATABASE_PATIENCE_S",
]  # fmt: skip
_ADDRESSES = [
    "BLOCKERBUGS_URL", "BLOCKERBUGS_API", "BUGZILLA_URL", "PAGURE_URL", "PAGURE_API", "FAS_BASE_URL", "BODHI_URL",
    "WIKI_URL",
    "OIDC_ISSUER",
]  # fmt: skip
BAD_VALUES = [
    *((name, value) for name in _NUMBERS for value in _BAD["number"]),
    *((name, value) for name in _ADDRESSES for value in _BAD["address"]),
    *((name, value) for name in _FLAGS for value in ("2", "maybe", "-1")),
    *(("POSTGRESQL_SERVICE_PORT", value) for value in ("0", "65536", "x", "tcp://db", "-5432", "tcp://10.1.2.3:")),
    *(("REMOVALS_SHARE", value) for value in ("0", "1.1", "-0.5", "nan", "inf", "x")),
    *(
        (name, " ")
        for name in ("PAGURE_REPO", "PAGURE_BOT_USERNAME", "FAS_ADMIN_GROUP", "POSTGRESQL_DATABASE", "METRICS_HOST")
    ),
    *(("BUGZILLA_PRODUCTS", value) for value in (",", " , ")),
    *(("SECRET_KEY", value) for value in ("x", " " * 31, "x" * 31 + "\n")),
    *(("OIDC_CLIENT_SECRETS", value) for value in ("/nowhere", "/", "x" * 5000)),
    *(("METRICS_PORT", value) for value in ("-1", "65536", "x", "tcp://db")),
    *(("PROXIES_IN_FRONT", value) for value in ("-1", "100", "x", "1.5")),
    *(("LOG_LEVEL", value) for value in ("LOUD", "10", "TRACE")),
    *(("LOG_FORMAT", value) for value in ("yaml", "1", "json,text")),
    *(
        ("DATABASE_URL", value)
        for value in ("nonsense", "mysql://db/x", "postgresql://db/x", "postgresql+psycopg://u:p@h:x/d")
    ),
]
# Any text is right for these.
FREE = {
    "POSTGRESQL_USER", "POSTGRESQL_PASSWORD", "POSTGRESQL_SERVICE_HOST", "SQLITE_PATH", "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET", "BUGZILLA_API_KEY", "PAGURE_REPO_TOKEN", "PAGURE_REPO_WEBHOOK_KEY",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_VALUES)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be (a|an|names|1|DEBUG|auto|the path)"):
        openshift_config(CLUSTER | {name: value})


def test_every_setting_is_in_the_table_of_bad_values_or_takes_any_text() -> None:
    assert {name for name, _ in BAD_VALUES} | FREE == SETTING_NAMES


@given(
    st.sampled_from(sorted(SETTING_NAMES)), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
)
def test_any_text_is_used_or_refused_by_name(name: str, value: str) -> None:
    try:
        settings = openshift_config({name: value})
    except ConfigurationError as error:
        is_named = str(error).startswith(f"{name} must be") or name.startswith("POSTGRESQL_")
        assert is_named
        return
    assert list(settings.lines())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("POSTGRESQL_SERVICE_PORT", "tcp://10.1.2.3:5432", 5432),
        ("POSTGRESQL_SERVICE_PORT", "65535", 65535),
        ("PAGURE_BOT_ENABLED", "True", True),
        ("PAGURE_BOT_ENABLED", "off", False),
        ("BUGZILLA_PRODUCTS", "Fedora, Fedora EPEL,", ("Fedora", "Fedora EPEL")),
        ("BUGZILLA_URL", "http://localhost:8080/bugs/", "http://localhost:8080/bugs"),
        ("REMOVALS_SHARE", "1", 1.0),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("SQLITE_PATH", "/data/x.sqlite", Path("/data/x.sqlite")),
        ("BUGZILLA_API_KEY", "x", Secret("x")),
    ],
)
def test_a_value_is_taken_as_people_write_it(name: str, value: str, expected: object) -> None:
    assert getattr(openshift_config({name: value}), name.lower()) == expected


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("https://qa.example.test/blockerbugs", "/blockerbugs"),
        ("https://qa.example.test/blockerbugs/", "/blockerbugs"),
        ("https://qa.example.test/a/b//", "/a/b"),
        ("https://qa.example.test", ""),
        ("https://qa.example.test/", ""),
        ("http://localhost:8080", ""),
    ],
)
def test_the_path_of_our_address_is_the_prefix_of_all_pages(address: str, prefix: str) -> None:
    assert config(BLOCKERBUGS_URL=address).path_prefix == prefix


def test_the_table_of_settings_is_complete_and_explains_each() -> None:
    assert {name for name, _, _ in setting_table()} == SETTING_NAMES
    assert all(meaning for _, _, meaning in setting_table())


def test_settings_can_be_given_in_python() -> None:
    settings = Settings.of(sqlite_path=Path("x"), lease_s=5)
    assert (settings.lease_s, settings.engine_url.database) == (5, "x")


# Signing in.


def client_file(folder: Path, content: object) -> str:
    path = folder / "client_secrets.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_client_is_taken_from_the_file_that_the_issuer_handed_out(tmp_path: Path) -> None:
    web = {"client_id": "bb", "client_secret": "hush", "issuer": "https://id.example.test/openidc/", "auth_uri": "x"}
    settings = config(OIDC_CLIENT_SECRETS=client_file(tmp_path, {"web": web}), OIDC_CLIENT_ID="another")
    assert (settings.oidc_client_id, settings.oidc_client_secret.reveal()) == ("bb", "hush")
    assert settings.oidc_issuer == "https://id.example.test/openidc"
    assert "hush" in settings.secrets()
    assert "hush" not in "\n".join([*settings.lines(), repr(settings)])
    without = config(OPENSHIFT_PROD="0", OIDC_CLIENT_SECRETS=client_file(tmp_path, {"web": {**web, "issuer": ""}}))
    assert without.oidc_issuer == "https://id.stg.fedoraproject.org/openidc"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hush", "JSON"),
        ([], 'an object with an object "web"'),
        ({"web": []}, 'an object with an object "web"'),
        ({"web": {"client_id": "bb"}}, '"client_secret"'),
        ({"web": {"client_id": 1, "client_secret": "hush"}}, '"client_id"'),
        ({"web": {"client_id": "bb", "client_secret": "hush", "issuer": "ftp://x"}}, "an address"),
    ],
)
def test_a_file_that_names_no_client_is_refused_without_a_word_of_it(
    tmp_path: Path, content: object, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"^OIDC_CLIENT_SECRETS must be the path of") as refusal:
        config(OIDC_CLIENT_SECRETS=client_file(tmp_path, content))
    assert expected in str(refusal.value)
    assert "hush" not in str(refusal.value)


# The database.


def test_the_postgresql_variables_name_the_database() -> None:
    url = openshift_config(CLUSTER | {"POSTGRESQL_PASSWORD": "p@ss/word", "POSTGRESQL_SERVICE_PORT": "6543"}).engine_url
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg", "bob", "p@ss/word")
    assert (url.host, url.port, url.database) == ("db", 6543, "blockerbugs")


def test_a_whole_address_counts_before_the_variables() -> None:
    assert openshift_config(CLUSTER | {"DATABASE_URL": "sqlite:///x"}).engine_url.database == "x"


@pytest.mark.parametrize("missing", sorted(CLUSTER))
def test_half_a_database_is_refused_by_the_name_of_what_is_missing(missing: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{missing} must be set when another"):
        openshift_config({name: value for name, value in CLUSTER.items() if name != missing})


def test_a_pod_without_postgresql_does_not_start() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        config(KUBERNETES_SERVICE_HOST="10.0.0.1")
    assert [name for name in CLUSTER if name not in str(refusal.value)] == []
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL must name PostgreSQL in Kubernetes"):
        config(KUBERNETES_SERVICE_HOST="10.0.0.1", DATABASE_URL="sqlite:////tmp/file.sqlite")
    assert openshift_config(CLUSTER | {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}).engine_url.host == "db"


def test_the_service_variables_that_kubernetes_itself_sets_are_not_enough() -> None:
    with pytest.raises(ConfigurationError, match="POSTGRESQL_USER and POSTGRESQL_PASSWORD must be set"):
        config(POSTGRESQL_SERVICE_HOST="10.1.2.3", POSTGRESQL_SERVICE_PORT="tcp://10.1.2.3:5432")
