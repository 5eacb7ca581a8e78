"""No secret shows: not in what is printed, not in refusals, not in logs and their tracebacks."""

import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from bbconsumer.config import SETTING_NAMES, ConfigurationError, Secret, openshift_config
from bbconsumer.log import JsonLines, SecretMask

ROOT = Path(__file__).parents[1]

SECRETS = {
    "SECRET_KEY": "signing-text-1, which is long enough",
    "BUGZILLA_API_KEY": "bugzilla-text-2",
    "OIDC_CLIENT_SECRET": "client-text-7",
    "PAGURE_REPO_TOKEN": "pagure-text-3",
    "PAGURE_REPO_WEBHOOK_KEY": "webhook-text-4",
    "POSTGRESQL_PASSWORD": "password@text/5",
    "DATABASE_URL": "postgresql+psycopg://bob:hidden%40text%2F6@db.example.test/blockerbugs",
}
# The password within the address, as it is and as it is written there.
SECRET_TEXTS = [*SECRETS.values(), "hidden@text/6", "hidden%40text%2F6", "password%40text%2F5"]


# Counts only where DATABASE_URL is not set.
VARIABLES = {"POSTGRESQL_SERVICE_HOST": "db", "POSTGRESQL_USER": "bob", "DATABASE_URL": ""}


def assert_hidden(text: str) -> None:
    assert [secret for secret in SECRET_TEXTS if secret in text] == []


def test_every_secret_is_known_to_be_one() -> None:
    kinds = {name for name in SETTING_NAMES if isinstance(getattr(openshift_config({}), name.lower()), Secret)}
    assert kinds == SECRETS.keys()
    assert set(SECRET_TEXTS) <= set(openshift_config(SECRETS).secrets()) | set(
        openshift_config(SECRETS | VARIABLES).secrets()
    )


@pytest.mark.parametrize("environ", [SECRETS, SECRETS | VARIABLES])
def test_a_secret_shows_neither_in_a_repr_nor_in_what_check_config_prints(environ: dict[str, str]) -> None:
    settings = openshift_config(environ)
    for text in (repr(settings), str(settings), f"{settings}", "\n".join(settings.lines()), repr(settings.engine_url)):
        assert_hidden(text)
    assert "BUGZILLA_API_KEY = '***'" in list(settings.lines())
    assert "SECRET_KEY = ''" in list(openshift_config({}).lines())


@pytest.mark.parametrize(
    "environ",
    [
        {"SECRET_KEY": "client-text-7"},
        {"DATABASE_URL": "hidden@text/6"},
        {"DATABASE_URL": "postgresql+psycopg://bob:hidden@text/6@db/x"},
        {"DATABASE_URL": "postgresql://bob:hidden%40text%2F6@db/x"},
        {"DATABASE_URL": "postgresql+psycopg://bob:hidden%40text%2F6@db:port/x"},
        {"BUGZILLA_URL": "https://bob:hidden@text/6@bugs.example.test"},
        {"BUGZILLA_URL": "https://bob:hidden%40text%2F6@bugs.example.test"},
        {"PAGURE_API": "https://hidden%40text%2F6@pagure.example.test/api/0"},
    ],
)
def test_a_secret_does_not_show_when_its_variable_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        openshift_config(environ)
    assert_hidden("".join(traceback.format_exception(refusal.value)))


def test_the_line_end_of_a_file_is_no_part_of_a_secret() -> None:
    assert openshift_config({"BUGZILLA_API_KEY": "x y\r\n"}).bugzilla_api_key.reveal() == "x y"


@pytest.mark.parametrize("kind", [SecretMask, JsonLines])
def test_a_secret_shows_in_no_log_line_and_no_traceback(kind: type[SecretMask]) -> None:
    settings = openshift_config(SECRETS)
    mask = kind(settings.secrets())
    try:
        try:
            raise ValueError(f"inner {SECRETS['DATABASE_URL']} and hidden@text/6")
        except ValueError as inner:
            raise OSError(f"GET https://bugs.example.test/rest/bug?api_key={SECRETS['BUGZILLA_API_KEY']}") from inner
    except OSError:
        trouble = sys.exc_info()
    args = (SECRETS["SECRET_KEY"], {"url": settings.engine_url.render_as_string(hide_password=False)})
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "key %s, %s", args, trouble)
    line = mask.format(record)
    assert_hidden(line)
    assert "key ***, {'url': '***'}" in line
    assert "api_key=***" in line
    assert "Traceback" in line


@pytest.mark.parametrize("bad", [{}, {"DATABASE_URL": "postgresql+psycopg://bob:hidden%40text%2F6@db:x/y"}])
def test_check_config_prints_what_is_in_force_and_no_secret(bad: dict[str, str]) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | SECRETS | bad
    command = [sys.executable, "-m", "bbconsumer.cli", "check_config"]
    run = subprocess.run(command, env=environ, text=True, capture_output=True, check=False)
    assert_hidden(run.stdout + run.stderr)
    if bad:
        assert run.returncode == 1
        assert run.stderr.startswith(f"Error: {next(iter(bad))} must be")
    else:
        assert run.returncode == 0, run.stderr
        assert [name for name in SETTING_NAMES if f"{name} = " not in run.stdout] == []
        assert "database in use: postgresql+psycopg://bob:***@db.example.test/blockerbugs" in run.stdout
