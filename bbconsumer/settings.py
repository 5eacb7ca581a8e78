"""All settings: their names, defaults and meanings, and what follows from several of them.

The names are those that the operators' playbooks set for the original service, plus our own. `config` reads them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from sqlalchemy import URL, make_url

from bbconsumer import setting_values as values
from bbconsumer.setting_values import Secret

T = TypeVar("T")

# Where nobody but this machine can listen.
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

_BUGZILLA_URL = "https://bugzilla.redhat.com"


def _setting(default: str, parse: Callable[[str], T], meaning: str, *, staging: str | None = None) -> T:
    """Declare a setting: its environment variable is the field's name in capitals."""
    metadata = {"default": default, "staging": staging, "parse": parse, "meaning": meaning}
    return dataclasses.field(metadata=metadata)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings in force. Build with `openshift_config`, or `Settings.of(...)` to embed the service."""

    openshift_prod: bool = _setting("1", values.flag, "0 on staging: every default address is then a staging one")
    blockerbugs_url: str = _setting(
        "https://qa.fedoraproject.org/blockerbugs",
        values.url,
        "where people find this service; its path is the prefix of all pages",
        staging="https://qa.stg.fedoraproject.org/blockerbugs",
    )
    blockerbugs_api: str = _setting(
        "https://qa.fedoraproject.org/blockerbugs/api/v0",
        values.url,
        "where programs find this service",
        staging="https://qa.stg.fedoraproject.org/blockerbugs/api/v0",
    )
    secret_key: Secret = _setting(
        "", values.signing_key, "signs sessions: at least 32 characters, made at random; without it nobody can sign in"
    )
    bugzilla_url: str = _setting(_BUGZILLA_URL, values.url, "Bugzilla", staging="https://bugzilla.stage.redhat.com")
    bugzilla_api_key: Secret = _setting("", values.secret, "the service's Bugzilla key; reading public bugs needs none")
    bugzilla_products: tuple[str, ...] = _setting(
        "Fedora,Fedora EPEL", values.names, "products whose messages can concern us"
    )
    bugzilla_batch_size: int = _setting(
        "300", values.positive, "bugs asked for in one request; Bugzilla refuses long addresses"
    )
    bugzilla_timeout_s: int = _setting("60", values.positive, "seconds to wait for one answer of Bugzilla")
    bugzilla_tries: int = _setting("3", values.positive, "tries of one request before Bugzilla counts as unavailable")
    pagure_enabled: bool = _setting("1", values.flag, "0 leaves Pagure alone: no discussion tickets are read")
    pagure_url: str = _setting("https://pagure.io", values.url, "Pagure", staging="https://stg.pagure.io")
    pagure_api: str = _setting(
        "https://pagure.io/api/0", values.url, "Pagure's API", staging="https://stg.pagure.io/api/0"
    )
    pagure_repo: str = _setting("fedora-qa/blocker-review", values.name, "the project of the discussion tickets")
    pagure_repo_token: Secret = _setting("", values.secret, "token to write to the discussion tickets")
    pagure_repo_webhook_key: Secret = _setting("", values.secret, "signs Pagure's webhooks")
    pagure_webhook_sha1: bool = _setting("0", values.flag, "1 also takes webhooks that are signed with SHA-1 only")
    pagure_bot_username: str = _setting("blockerbot", values.name, "the service's own account at Pagure")
    pagure_bot_enabled: bool = _setting("0", values.flag, "1 lets the service write discussion tickets")
    pagure_timeout_s: int = _setting("60", values.positive, "seconds to wait for one answer of Pagure")
    pagure_tries: int = _setting(
        "3", values.positive, "tries of one reading request before Pagure counts as unavailable"
    )
    tickets_complete_s: int = _setting(
        "86400", values.positive, "seconds after which a sync reads all tickets, and not only those that changed"
    )
    tickets_opened_max: int = _setting(
        "20", values.positive, "tickets that are opened within one interval between syncs"
    )
    votes_needed: int = _setting(
        "3", values.positive, "votes one way, with none the other way, that make a proposal ready"
    )
    decisions_write_back: bool = _setting(
        "0", values.flag, "1 lets the service record decisions of tickets in Bugzilla"
    )
    proposals_enabled: bool = _setting(
        "0", values.flag, "1 lets people propose bugs here, which is written to Bugzilla"
    )
    fas_base_url: str = _setting(
        "https://accounts.fedoraproject.org",
        values.url,
        "Fedora accounts",
        staging="https://accounts.stg.fedoraproject.org",
    )
    fas_admin_group: str = _setting("qa-admin", values.name, "members of this group may administer")
    wiki_url: str = _setting(
        "https://fedoraproject.org/wiki",
        values.url,
        "the wiki that has the rules of the process",
        staging="https://stg.fedoraproject.org/wiki",
    )
    admin_age_s: int = _setting(
        "900", values.positive, "seconds after which an administrator's groups are asked for again"
    )
    proxies_in_front: int = _setting(
        "0", values.count, "proxies before the web whose entries in `X-Forwarded-For` count; others' never do"
    )
    oidc_issuer: str = _setting(
        "https://id.fedoraproject.org/openidc",
        values.url,
        "who signs people in, by OpenID Connect",
        staging="https://id.stg.fedoraproject.org/openidc",
    )
    oidc_client_secrets: str = _setting(
        "", str, "path of `client_secrets.json`; its client and its issuer count before the other `OIDC_` variables"
    )
    oidc_client_id: str = _setting("", str, "what the issuer calls this service; without it nobody can sign in")
    oidc_client_secret: Secret = _setting("", values.secret, "what this service shows to the issuer")
    bodhi_url: str = _setting(
        "https://bodhi.fedoraproject.org", values.url, "Bodhi", staging="https://bodhi.stg.fedoraproject.org"
    )
    bodhi_enabled: bool = _setting("1", values.flag, "0 leaves Bodhi alone: no updates are read")
    bodhi_timeout_s: int = _setting("60", values.positive, "seconds to wait for one answer of Bodhi")
    bodhi_tries: int = _setting("3", values.positive, "tries of one request before Bodhi counts as unavailable")
    postgresql_user: str = _setting("", str, "PostgreSQL user")
    postgresql_password: Secret = _setting("", values.secret, "PostgreSQL password")
    postgresql_database: str = _setting("blockerbugs", values.name, "PostgreSQL database")
    postgresql_service_host: str = _setting("", str, "PostgreSQL host; without it SQLite is used")
    postgresql_service_port: int = _setting("5432", values.port, "PostgreSQL port")
    database_url: Secret = _setting("", values.secret, "a whole database address instead of the POSTGRESQL_ variables")
    sqlite_path: Path = _setting("bbconsumer.sqlite", Path, "the SQLite file when no PostgreSQL is named")
    lease_s: int = _setting("60", values.positive, "seconds after which the keys of a dead worker are given to another")
    sync_deadline_s: int = _setting("900", values.positive, "seconds after which a sync must have ended")
    sync_interval_s: int = _setting(
        "1800", values.positive, "how often a timer outside starts `sync`, in seconds; data past twice that is stale"
    )
    removals_max: int = _setting(
        "10", values.positive, "unexplained removals within the window that are always believed"
    )
    removals_share: float = _setting(
        "0.2", values.share, "share of the tracked bugs above which removals are not believed"
    )
    removals_window_s: int = _setting("3600", values.positive, "the window of the two settings above, in seconds")
    database_patience_s: int = _setting(
        "60",
        values.positive,
        "seconds the consumer retries a database that is away before it stops and gives the message back",
    )
    metrics_port: int = _setting(
        "9464", values.port_or_none, "port of each process for its health and metrics; 0 opens none"
    )
    # A pod is asked from outside: a network policy says who comes in, and what is told is no secret.
    metrics_host: str = _setting("0.0.0.0", values.name, "address on which that port is opened")  # noqa: S104
    stuck_after_s: int = _setting(
        "300",
        values.positive,
        "seconds without any progress after which a part of `consume` or `work` is stuck; longer than any time-out",
    )
    bus_silent_s: int = _setting("1800", values.positive, "seconds without a message from the bus that are an alarm")
    log_level: str = _setting("INFO", values.log_level, "DEBUG, INFO, WARNING or ERROR")
    log_format: str = _setting("auto", values.log_format, "text or json; auto is text on a terminal, else JSON")

    @classmethod
    def of(cls, **chosen: Any) -> Settings:
        """The defaults of production with some values replaced, as Python values."""
        defaults = {field.name: field.metadata["parse"](field.metadata["default"]) for field in dataclasses.fields(cls)}
        return cls(**(defaults | chosen))

    @property
    def path_prefix(self) -> str:
        """The path under which everything lives, without a slash at its end: ``/blockerbugs``."""
        return urlsplit(self.blockerbugs_url).path.rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme, host and port of our address, as browsers write them in the header Origin."""
        parts = urlsplit(self.blockerbugs_url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        is_default = parts.port in {None, 443 if parts.scheme == "https" else 80}
        return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{parts.port}"

    @property
    def sources_left_alone(self) -> frozenset[str]:
        """The names of the sources of which nothing is read."""
        switches = {"pagure": self.pagure_enabled, "bodhi": self.bodhi_enabled}
        return frozenset(name for name, is_enabled in switches.items() if not is_enabled)

    @property
    def sign_in_problem(self) -> str:
        """Why nobody can sign in, for the operator; empty when people can."""
        needed = {
            "SECRET_KEY": self.secret_key,
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        if missing := [name for name, value in needed.items() if not value]:
            return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        parts = urlsplit(self.blockerbugs_url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
            return "BLOCKERBUGS_URL does not begin with https://, so anybody on the way could read the session"
        return ""

    @property
    def proposals_problem(self) -> str:
        """Why nobody can propose a bug here, for the operator; empty when people can."""
        if not self.proposals_enabled:
            return "PROPOSALS_ENABLED is 0"
        if not self.bugzilla_api_key:
            return "BUGZILLA_API_KEY is empty"
        production = urlsplit(_BUGZILLA_URL).hostname
        if not self.openshift_prod and urlsplit(self.bugzilla_url).hostname == production:
            return "a staging installation does not write to the production Bugzilla"
        return ""

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
        all_values = (getattr(self, field.name) for field in dataclasses.fields(self))
        texts = [value.reveal() for value in all_values if isinstance(value, Secret) and value]
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
        yield f"sign-in: {self.sign_in_problem or 'possible'}"
        yield f"proposals: {self.proposals_problem or 'possible'}"
        yield f"database in use: {self.engine_url.render_as_string(hide_password=True)}"


SETTING_NAMES = frozenset(field.name.upper() for field in dataclasses.fields(Settings))


def setting_table() -> tuple[tuple[str, str, str], ...]:
    """Name, default and meaning of every setting, for the documentation and its test."""
    return tuple(
        (field.name.upper(), field.metadata["default"], field.metadata["meaning"])
        for field in dataclasses.fields(Settings)
    )
