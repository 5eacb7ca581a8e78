"""What the simulated provider of identities knows: who there is, who is signed in, what was handed out; and its lies.

It keeps to OpenID Connect as far as our service uses it. Names of endpoints and claims are those of Fedora's Ipsilon.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import RSAKey

from bbconsumer.simulator.records import Json

CLIENT_ID: Final = "blockerbugs"
CLIENT_SECRET: Final = "the secret of the simulated client"
ADMIN_GROUP: Final = "qa-admin"
TOKEN_LIFETIME_S: Final = 300
# How answers are named in `ProviderSwitches`.
METADATA, KEYS, TOKEN, USERINFO, ID_TOKEN = "metadata", "keys", "token", "userinfo", "id_token"


class OAuthRefusal(Exception):
    """What was asked is refused; `code` is OAuth's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class ProviderSwitches:
    """Lies and faults. `changes` replaces what an answer says, None leaves it out; `raw` replaces an answer whole."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    raw: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    is_signed_by_another: bool = False
    is_unsigned: bool = False

    def applied(self, name: str, answer: Json) -> Json:
        """The answer with its lies."""
        changed = answer | self.changes.get(name, {})
        return {key: value for key, value in changed.items() if value is not None}


@dataclass(frozen=True)
class Authorization:
    """What a person agreed to, until it is redeemed."""

    account: str
    redirect_uri: str
    challenge: str
    nonce: str


@dataclass
class OpenID:
    """The provider's state. `groups_by_account` is everybody there is."""

    issuer: str
    redirect_uris: set[str] = field(default_factory=set)
    groups_by_account: dict[str, set[str]] = field(
        default_factory=lambda: {"alice": set(), "bob": set(), "carol": {ADMIN_GROUP}}
    )
    switches: ProviderSwitches = field(default_factory=ProviderSwitches)

    def __post_init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "simulated", "use": "sig", "alg": "RS256"})
        self.account_by_browser: dict[str, str] = {}
        self._authorizations: dict[str, Authorization] = {}
        self._account_by_token: dict[str, str] = {}

    def metadata(self) -> Json:
        """How it describes itself."""
        return {
            # As at Fedora, with a slash at its end.
            "issuer": f"{self.issuer}/",
            "authorization_endpoint": f"{self.issuer}/Authorization",
            "token_endpoint": f"{self.issuer}/Token",
            "userinfo_endpoint": f"{self.issuer}/UserInfo",
            "jwks_uri": f"{self.issuer}/Jwks",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "https://id.fedoraproject.org/scope/groups"],
        }

    def sign_in(self, account: str) -> str:
        """Remember a browser; the cookie by which it is known from now on."""
        if account not in self.groups_by_account:
            raise OAuthRefusal("access_denied")
        browser = secrets.token_urlsafe()
        self.account_by_browser[browser] = account
        return browser

    def authorize(self, account: str, asked: dict[str, str]) -> str:
        """The code with which the client gets to know who this is."""
        code = secrets.token_urlsafe()
        self._authorizations[code] = Authorization(
            account, asked["redirect_uri"], asked["code_challenge"], asked.get("nonce", "")
        )
        return code

    def check_request(self, asked: dict[str, str]) -> None:
        """Refuse what is asked for by nobody that is known, or without proof that the same one will come back."""
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") not in self.redirect_uris:
            raise OAuthRefusal("unauthorized_client")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            raise OAuthRefusal("invalid_request")
        if not asked.get("code_challenge") or "openid" not in asked.get("scope", "").split():
            raise OAuthRefusal("invalid_request")

    def redeem(self, form: dict[str, str]) -> Json:
        """Give tokens for a code, once."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthRefusal("invalid_client")
        given = self._authorizations.pop(form.get("code", ""), None)
        challenge = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if given is None or given.redirect_uri != form.get("redirect_uri") or given.challenge != challenge:
            raise OAuthRefusal("invalid_grant")
        token = secrets.token_urlsafe()
        self._account_by_token[token] = given.account
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_S,
            "id_token": self._id_token(given),
        }

    def userinfo(self, token: str) -> Json:
        """What it tells of the person whose token this is."""
        if (account := self._account_by_token.get(token)) is None:
            raise OAuthRefusal("invalid_token")
        groups = sorted(self.groups_by_account.get(account, ()))
        return {"sub": account, "nickname": account, "groups": groups}

    def _id_token(self, given: Authorization) -> str:
        now = int(time.time())
        claims = {
            "iss": f"{self.issuer}/",
            "sub": given.account,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_LIFETIME_S,
            "nonce": given.nonce,
        }
        told = self.switches.applied(ID_TOKEN, claims)
        if self.switches.is_unsigned:
            return ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "none"}, told)) + "."
        key = RSAKey.generate_key(2048, {"kid": "simulated"}) if self.switches.is_signed_by_another else self.key
        return jwt.encode({"alg": "RS256", "kid": "simulated"}, told, key)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
