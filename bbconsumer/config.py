"""Configuration: the one place that reads the environment.

Every value is checked at start; a message names the variable and never shows a secret.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import ArgumentError

from bbconsumer import setting_values as values
from bbconsumer.client_secrets import read_client
from bbconsumer.setting_values import Secret
from bbconsumer.settings import LOOPBACK_HOSTS, SETTING_NAMES, Settings, setting_table

__all__ = [
    "LOOPBACK_HOSTS",
    "SETTING_NAMES",
    "ConfigurationError",
    "Secret",
    "Settings",
    "openshift_config",
    "setting_table",
]

# Kubernetes sets it in every pod.
_KUBERNETES = "KUBERNETES_SERVICE_HOST"


class ConfigurationError(Exception):
    """The environment holds a value that cannot be used; the text names the variable and what it takes."""


def openshift_config(environ: Mapping[str, str]) -> Settings:
    """Read the settings from a pod's environment.

    Raises:
        ConfigurationError: a value cannot be used; the text names the variable.
    """
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    is_production = _parse("OPENSHIFT_PROD", fields["openshift_prod"].metadata, environ, is_production=True)
    settings = Settings(
        **{name: _parse(name.upper(), f.metadata, environ, is_production=is_production) for name, f in fields.items()}
    )
    _check_database(settings, environ)
    _check_staging(settings)
    return _with_client(settings)


def _parse(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str], *, is_production: bool) -> Any:
    default = metadata["default"] if is_production or metadata["staging"] is None else metadata["staging"]
    # A variable that is set but empty is what a template leaves behind where nothing was meant.
    value = environ.get(name) or default
    try:
        return metadata["parse"](value)
    except ValueError as error:
        is_shown = "@" not in value and metadata["parse"] is not values.signing_key
        shown = f", not {value!r}" if is_shown else ""
        raise ConfigurationError(f"{name} must be {error}{shown}") from None


def _check_staging(settings: Settings) -> None:
    """A staging installation may read in production, but writes nothing there; proposals are refused by themselves."""
    if settings.openshift_prod:
        return
    production = Settings.of()
    for switch, address in (("pagure_bot_enabled", "pagure_api"), ("decisions_write_back", "bugzilla_url")):
        host = urlsplit(getattr(settings, address)).hostname
        if getattr(settings, switch) and host == urlsplit(getattr(production, address)).hostname:
            raise ConfigurationError(
                f"{switch.upper()} must be 0 on staging (OPENSHIFT_PROD is 0) while {address.upper()} leads to {host}"
            )


def _with_client(settings: Settings) -> Settings:
    if not settings.oidc_client_secrets:
        return settings
    try:
        client = read_client(settings.oidc_client_secrets)
        issuer = values.url(client.issuer) if client.issuer else settings.oidc_issuer
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it must be {error}"
        raise ConfigurationError(
            f"OIDC_CLIENT_SECRETS must be the path of a client_secrets.json that can be used: {reason}"
        ) from None
    return dataclasses.replace(
        settings, oidc_client_id=client.id, oidc_client_secret=Secret(client.secret), oidc_issuer=issuer
    )


def _check_database(settings: Settings, environ: Mapping[str, str]) -> None:
    if settings.database_url:
        try:
            drivername = settings.engine_url.drivername
        except (ArgumentError, ValueError):
            drivername = ""
        is_ambiguous = drivername != "sqlite" and settings.database_url.reveal().count("@") > 1
        if drivername not in {"postgresql+psycopg", "sqlite"} or is_ambiguous:
            raise ConfigurationError(
                "DATABASE_URL must be an address that begins with postgresql+psycopg:// or sqlite:///; "
                "in its password @ is written %40, and / %2F"
            )
        if drivername == "sqlite" and _KUBERNETES in environ:
            raise ConfigurationError("DATABASE_URL must name PostgreSQL in Kubernetes: a file dies with its pod")
        return
    needed = {
        "POSTGRESQL_SERVICE_HOST": settings.postgresql_service_host,
        "POSTGRESQL_USER": settings.postgresql_user,
        "POSTGRESQL_PASSWORD": settings.postgresql_password,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing and len(missing) < len(needed):
        raise ConfigurationError(f"{' and '.join(missing)} must be set when another POSTGRESQL_ variable is")
    if missing and _KUBERNETES in environ:
        raise ConfigurationError(
            f"{' and '.join(missing)} must be set in Kubernetes: an SQLite file is lost with its pod"
        )
