"""Settings: the one place that reads the environment.

The names are those that the operators' playbooks set for the original service, plus our own. Every value is checked at
start; a message names the variable and never shows a secret.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")


# Kubernetes sets it in every pod.
_KUBERNETES = "KUBERNETES_SERVICE_HOST"


class ConfigurationError(Exception):
    """The environment holds a value that cannot be used; the text names the variable and what it takes."""


class Secret:
    """A text that never shows itself: not in repr, str, logs or errors. Ask for `reveal()` at the place of use."""

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "'***'" if self._value else "''"

    __str__ = __repr__


def _secret(value: str) -> Secret:
    # Made from a file, it often ends with the file's line end.
    return Secret(value.strip("\r\n"))


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("a name that is not empty")
    return value.strip()


def _flag(value: str) -> bool:
    match value.strip().casefold():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ValueError("1 or 0")


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    # An address is shown on pages and in logs.
    if not is_usable or "@" in value:
        raise ValueError("an address that begins with http:// or https:// and holds no user or password")
    return value.rstrip("/")


def _positive(value: str) -> int:
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and int(digits)):
        raise ValueError("a whole number from 1 to 999999999")
    return int(digits)


def _port(value: str) -> int:
    # Kubernetes itself may set a *_SERVICE_PORT as tcp://10.0.0.1:5432.
    digits = value.rsplit(":", 1)[-1]
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 6 and 0 < int(digits) < 65536):
        raise ValueError("a port from 1 to 65535")
    return int(digits)


def _share(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number <= 1:
        raise ValueError("a number above 0, at most 1")
    return number


def _names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names:
        raise ValueError("names separated by commas")
    return names


def _log_level(value: str) -> str:
    if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return value.upper()


def _setting(default: str, parse: Callable[[str], T], meaning: str, *, staging: str | None = None) -> T:
    """Declare a setting: its environment variable is the field's name in capitals."""
    metadata = {"default": default, "staging": staging, "parse": parse, "meaning": meaning}
    return dataclasses.field(metadata=metadata)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings in force. Build with `openshift_config`, or `Settings.of(...)` to embed the service."""

    openshift_prod: bool = _setting("1", _flag, "0 on staging: every default address is then a staging one")
    blockerbugs_url: str = _setting(
        "https://qa.fedoraproject.org/blockerbugs",
        _url,
        "where people find this service; its path is the prefix of all pages",
        staging="https://qa.stg.fedoraproject.org/blockerbugs",
    )
    blockerbugs_api: str = _setting(
        "https://qa.fedoraproject.org/blockerbugs/api/v0",
        _url,
        "where programs find this service",
        staging="https://qa.stg.fedoraproject.org/blockerbugs/api/v0",
    )
    secret_key: Secret = _setting("", _secret, "signs sessions")
    bugzilla_url: str = _setting(
        "https://bugzilla.redhat.com", _url, "Bugzilla", staging="https://bugzilla.stage.redhat.com"
    )
    bugzilla_api_key: Secret = _setting("", _secret, "the service's Bugzilla key; reading public bugs needs none")
    bugzilla_products: tuple[str, ...] = _setting(
        "Fedora,Fedora EPEL", _names, "products whose messages can concern us"
    )
    bugzilla_batch_size: int = _setting(
        "300", _positive, "bugs asked for in one request; Bugzilla refuses long addresses"
    )
    bugzilla_timeout_s: int = _setting("60", _positive, "seconds to wait for one answer of Bugzilla")
    bugzilla_tries: int = _setting("3", _positive, "tries of one request before Bugzilla counts as unavailable")
    pagure_enabled: bool = _setting("1", _flag, "0 leaves Pagure alone: no discussion tickets are read")
    pagure_url: str = _setting("https://pagure.io", _url, "Pagure", staging="https://stg.pagure.io")
    pagure_api: str = _setting("https://pagure.io/api/0", _url, "Pagure's API", staging="https://stg.pagure.io/api/0")
    pagure_repo: str = _setting("fedora-qa/blocker-review", _name, "the project of the discussion tickets")
    pagure_repo_token: Secret = _setting("", _secret, "token to write to the discussion tickets")
    pagure_repo_webhook_key: Secret = _setting("", _secret, "signs Pagure's webhooks")
    pagure_webhook_sha1: bool = _setting("0", _flag, "1 also takes webhooks that are signed with SHA-1 only")
    pagure_bot_username: str = _setting("blockerbot", _name, "the service's own account at Pagure")
    pagure_bot_enabled: bool = _setting("0", _flag, "1 lets the service write discussion tickets")
    pagure_timeout_s: int = _setting("60", _positive, "seconds to wait for one answer of Pagure")
    pagure_tries: int = _setting("3", _positive, "tries of one reading request before Pagure counts as unavailable")
    tickets_complete_s: int = _setting(
        "86400", _positive, "seconds after which a sync reads all tickets, and not only those that changed"
    )
    tickets_opened_max: int = _setting("20", _positive, "tickets that are opened within one interval between syncs")
    votes_needed: int = _setting("3", _positive, "votes one way, with none the other way, that make a proposal ready")
    decisions_write_back: bool = _setting("0", _flag, "1 lets the service record decisions of tickets in Bugzilla")
    fas_base_url: str = _setting(
        "https://accounts.fedoraproject.org", _url, "Fedora accounts", staging="https://accounts.stg.fedoraproject.org"
    )
    fas_admin_group: str = _setting("qa-admin", _name, "members of this group may administer")
    bodhi_url: str = _setting(
        "https://bodhi.fedoraproject.org", _url, "Bodhi", staging="https://bodhi.stg.fedoraproject.org"
    )
    bodhi_enabled: bool = _setting("1", _flag, "0 leaves Bodhi alone: no updates are read")
    bodhi_timeout_s: int = _setting("60", _positive, "seconds to wait for one answer of Bodhi")
    bodhi_tries: int = _setting("3", _positive, "tries of one request before Bodhi counts as unavailable")
    postgresql_user: str = _setting("", str, "PostgreSQL user")
    postgresql_password: Secret = _setting("", _secret, "PostgreSQL password")
    postgresql_database: str = _setting("blockerbugs", _name, "PostgreSQL database")
    postgresql_service_host: str = _setting("", str, "PostgreSQL host; without it SQLite is used")
    postgresql_service_port: int = _setting("5432", _port, "PostgreSQL port")
    database_url: Secret = _setting("", _secret, "a whole database address instead of the POSTGRESQL_ variables")
    sqlite_path: Path = _setting("bbconsumer.sqlite", Path, "the SQLite file when no PostgreSQL is named")
    lease_s: int = _setting("60", _positive, "seconds after which the keys of a dead worker are given to another")
    sync_deadline_s: int = _setting("900", _positive, "seconds after which a sync must have ended")
    sync_interval_s: int = _setting("1800", _positive, "seconds between two syncs; data past twice that is stale")
    removals_max: int = _setting("10", _positive, "unexplained removals within the window that are always believed")
    removals_share: float = _setting("0.2", _share, "share of the tracked bugs above which removals are not believed")
    removals_window_s: int = _setting("3600", _positive, "the window of the two settings above, in seconds")
    database_patience_s: int = _setting(
        "60",
        _positive,
        "seconds the consumer retries a database that is away before it stops and gives the message back",
    )
    log_level: str = _setting("INFO", _log_level, "DEBUG, INFO, WARNING or ERROR")

    @classmethod
    def of(cls, **values: Any) -> Settings:
        """The defaults with some values replaced, as Python values."""
        return dataclasses.replace(openshift_config({}), **values)

    @property
    def path_prefix(self) -> str:
        """The path under which everything lives, without a slash at its end: ``/blockerbugs``."""
        return urlsplit(self.blockerbugs_url).path.rstrip("/")

    @property
    def engine_url(self) -> URL:
        """The database to use, for `sqlalchemy.create_engine`."""
        if self.database_url:
            return make_url(self.database_url.reveal())
        if self.postgresql_service_host:
            return URL.create(
                "postgresql+psycopg",
                username=self.postgresql_user,
                password=self.postgresql_password.reveal(),
                host=self.postgresql_service_host,
                port=self.postgresql_service_port,
                database=self.postgresql_database,
            )
        return URL.create("sqlite", database=str(self.sqlite_path))

    def secrets(self) -> tuple[str, ...]:
        """Every secret text in force, for the log filter that masks them."""
        values = (getattr(self, field.name) for field in dataclasses.fields(self))
        texts = [value.reveal() for value in values if isinstance(value, Secret) and value]
        if password := self.engine_url.password:
            texts.append(str(password))
        # An address, which errors like to quote, holds them in another form.
        return tuple(dict.fromkeys(form for text in texts for form in (text, quote(text, safe=""))))

    def lines(self) -> Iterator[str]:
        """What is in force, one ``NAME = value`` a line, secrets masked."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            text = (
                ",".join(value) if isinstance(value, tuple) else str(int(value) if isinstance(value, bool) else value)
            )
            yield f"{field.name.upper()} = {text}"
        yield f"database in use: {self.engine_url.render_as_string(hide_password=True)}"


SETTING_NAMES = frozenset(field.name.upper() for field in dataclasses.fields(Settings))


def setting_table() -> tuple[tuple[str, str, str], ...]:
    """Name, default and meaning of every setting, for the documentation and its test."""
    return tuple(
        (field.name.upper(), field.metadata["default"], field.metadata["meaning"])
        for field in dataclasses.fields(Settings)
    )


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
    return settings


def _parse(name: str, metadata: Mapping[str, Any], environ: Mapping[str, str], *, is_production: bool) -> Any:
    default = metadata["default"] if is_production or metadata["staging"] is None else metadata["staging"]
    # A variable that is set but empty is what a template leaves behind where nothing was meant.
    value = environ.get(name) or default
    try:
        return metadata["parse"](value)
    except ValueError as error:
        shown = "" if "@" in value else f", not {value!r}"
        raise ConfigurationError(f"{name} must be {error}{shown}") from None


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
