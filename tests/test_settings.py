"""What follows from several settings together: who can do what, where, and why not."""

import pytest

from bbconsumer.config import ConfigurationError, openshift_config

CLIENT = {"SECRET_KEY": "k" * 32, "OIDC_CLIENT_ID": "bb", "OIDC_CLIENT_SECRET": "hush"}


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        (CLIENT, ""),
        ({}, "SECRET_KEY and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are not set"),
        (CLIENT | {"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        (CLIENT | {"BLOCKERBUGS_URL": "http://qa.example.test"}, "BLOCKERBUGS_URL does not begin with https://"),
        (CLIENT | {"BLOCKERBUGS_URL": "http://localhost.example.test"}, "BLOCKERBUGS_URL does not begin with https://"),
        (CLIENT | {"BLOCKERBUGS_URL": "http://127.0.0.1:8080/blockerbugs"}, ""),
        (CLIENT | {"BLOCKERBUGS_URL": "http://[::1]:8080"}, ""),
    ],
)
def test_it_is_told_why_nobody_can_sign_in(environ: dict[str, str], problem: str) -> None:
    settings = openshift_config(environ)
    assert settings.sign_in_problem.startswith(problem)
    assert bool(settings.sign_in_problem) == bool(problem)
    assert f"sign-in: {settings.sign_in_problem or 'possible'}" in list(settings.lines())


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "PROPOSALS_ENABLED is 0"),
        ({"PROPOSALS_ENABLED": "1"}, "BUGZILLA_API_KEY is empty"),
        ({"PROPOSALS_ENABLED": "1", "BUGZILLA_API_KEY": "key"}, ""),
        ({"PROPOSALS_ENABLED": "1", "BUGZILLA_API_KEY": "key", "OPENSHIFT_PROD": "0"}, ""),
        (
            {
                "PROPOSALS_ENABLED": "1",
                "BUGZILLA_API_KEY": "key",
                "OPENSHIFT_PROD": "0",
                "BUGZILLA_URL": "https://bugzilla.redhat.com/",
            },
            "a staging installation does not write to the production Bugzilla",
        ),
    ],
)
def test_it_is_told_why_nothing_can_be_proposed(environ: dict[str, str], problem: str) -> None:
    settings = openshift_config(environ)
    assert settings.proposals_problem == problem
    assert f"proposals: {problem or 'possible'}" in list(settings.lines())


@pytest.mark.parametrize(
    ("switch", "address", "production"),
    [
        ("PAGURE_BOT_ENABLED", "PAGURE_API", "https://pagure.io/api/0"),
        ("DECISIONS_WRITE_BACK", "BUGZILLA_URL", "https://bugzilla.redhat.com/"),
    ],
)
def test_a_staging_installation_that_would_write_to_production_does_not_start(
    switch: str, address: str, production: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{switch} must be 0 on staging .* {address} leads to"):
        openshift_config({"OPENSHIFT_PROD": "0", switch: "1", address: production})
    # It may read there, write to staging, and production to itself.
    openshift_config({"OPENSHIFT_PROD": "0", address: production})
    openshift_config({"OPENSHIFT_PROD": "0", switch: "1"})
    openshift_config({switch: "1"})


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://QA.example.test/blockerbugs", "https://qa.example.test"),
        ("https://qa.example.test:443", "https://qa.example.test"),
        ("http://127.0.0.1:8080/blockerbugs", "http://127.0.0.1:8080"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("http://localhost:443", "http://localhost:443"),
    ],
)
def test_our_origin_is_written_as_browsers_write_it(address: str, origin: str) -> None:
    assert openshift_config({"BLOCKERBUGS_URL": address}).origin == origin
