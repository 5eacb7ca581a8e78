"""The operators' guide names what exists: commands, variables, tables, files, secrets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bbconsumer.cli import main
from bbconsumer.config import SETTING_NAMES
from bbconsumer.db.models import Base

ROOT = Path(__file__).resolve().parents[2]
GUIDE = "\n".join((ROOT / "openshift" / name).read_text() for name in ("README.md", "TROUBLE.md"))

# What the operators' playbooks set for the original.
OF_THE_ORIGINAL = re.findall(
    r"\w+",
    """
POSTGRESQL_USER POSTGRESQL_PASSWORD POSTGRESQL_DATABASE POSTGRESQL_SERVICE_HOST POSTGRESQL_SERVICE_PORT SECRET_KEY
PAGURE_REPO_TOKEN PAGURE_REPO_WEBHOOK_KEY BUGZILLA_API_KEY PAGURE_URL PAGURE_API PAGURE_REPO PAGURE_BOT_USERNAME
PAGURE_BOT_ENABLED BUGZILLA_URL BLOCKERBUGS_URL BLOCKERBUGS_API FAS_BASE_URL FAS_ADMIN_GROUP BODHI_URL OPENSHIFT_PROD
""",
)


def section(title: str) -> str:
    return GUIDE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands() -> list[str]:
    """Every call of ours: in text between backticks, in examples to the end of the line."""
    in_text = re.findall(r"`(?:[^`\n]* -- )?bbconsumer ([a-z_]+[^`\n]*)`", GUIDE)
    return sorted({*in_text, *re.findall(r"^\$ .* -- bbconsumer ([a-z_]+.*)$", GUIDE, flags=re.MULTILINE)})


@pytest.mark.parametrize("call", commands())
def test_every_command_that_is_named_exists_and_takes_what_is_given(call: str) -> None:
    name, *arguments = shlex.split(call)
    command = main.commands[name]
    if "RELEASE" in arguments or not arguments:
        return
    # Parsed and not run: it says no with an exception.
    command.make_context(name, arguments)


def test_the_commands_of_the_guide_are_found() -> None:
    assert {call.split()[0] for call in commands()} >= {
        "upgrade_db", "sync", "add_milestone", "set_dates", "set_milestone", "rollover", "check_config", "work",
    }  # fmt: skip


def test_every_variable_of_the_original_is_mapped_and_still_is_a_setting() -> None:
    table = section("Configuration")
    assert [name for name in OF_THE_ORIGINAL if f"`{name}`" not in table] == []
    assert set(OF_THE_ORIGINAL) <= SETTING_NAMES


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=\d)?`", GUIDE))
    no_settings = {"BASE_IMAGE", "RUNTIME_IMAGE", "STAGING_CONTEXT"}
    assert named - no_settings <= SETTING_NAMES


def test_the_guide_says_of_every_table_what_becomes_of_it_without_a_backup() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| ", section("Restoring"), flags=re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(Base.metadata.tables)


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:openshift|base|production|staging)/[\w./-]+)`", GUIDE))
    assert len(named) >= 4
    assert [name for name in named if not ((ROOT / name).exists() or (ROOT / "openshift" / name).exists())] == []


def test_every_secret_is_rotated() -> None:
    rows = section("Rotating secrets")
    for name in ("POSTGRESQL_PASSWORD", "SECRET_KEY", "BUGZILLA_API_KEY", "PAGURE_REPO_TOKEN",
                 "PAGURE_REPO_WEBHOOK_KEY", "client_secrets.json", "ca.crt", "tls.crt", "tls.key"):  # fmt: skip
        assert f"`{name}`" in rows, name


def test_the_guide_is_in_the_order_of_the_procedure() -> None:
    order = ["Contact", "Locations", "Configuration", "First installation", "Moving over from the original", "Building",
             "Upgrading", "Watchdog", "Sync"]  # fmt: skip
    titles = re.findall(r"^## (.*)$", (ROOT / "openshift" / "README.md").read_text(), flags=re.MULTILINE)
    assert titles == order
