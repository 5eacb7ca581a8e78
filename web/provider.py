"""Asks the issuer who somebody is: OpenID Connect's authorization code flow, with PKCE, state and nonce.

Authlib does the protocol. Here is what it leaves to its users: what of an answer must be there, which hosts are asked
(the issuer's own and no other; redirects are not followed), and that nothing wrong is remembered.

Source: https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

import logging
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteOAuth2App
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from bbconsumer.config import Settings

_log = logging.getLogger(__name__)

# The groups are a scope of Fedora's own: its name looks like an address, also on staging, and is none.
# Source: https://fedora-infra-docs.readthedocs.io/en/latest/dev-guide/auth.html
SCOPE = "openid profile https://id.fedoraproject.org/scope/groups"
TIMEOUT_S = 10.0
NONCE_BYTES = 32
# Seconds by which the issuer's clock may differ from ours.
LEEWAY_S = 60
# Signed with the issuer's private key: neither not at all, nor with what we know too.
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
# Source: https://fedoraproject.org/wiki/Account_System: lower-case letters, digits, hyphens, and older ones with more.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CODE: Final = re.compile(r"[a-z_]{1,40}")


class ProviderUnavailable(Exception):
    """The issuer does not answer, or not in a way that could be used. Later it may."""


class SignInRefused(Exception):
    """The issuer, or one of our checks, did not let somebody in; `code` is OAuth's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """What the issuer says of somebody who has just proved to be that person."""

    name: str
    groups: frozenset[str]


class Provider:
    """The issuer. It keeps what it learnt of it until something does not fit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: StarletteOAuth2App | None = None

    async def redirect(self, request: Request, return_url: str, *, is_silent: bool) -> Response:
        """Lead to the issuer. What must be known when the person comes back is put into the request's session.

        Raises:
            ProviderUnavailable: the issuer cannot be asked.
        """
        prompt = {"prompt": "none"} if is_silent else {}
        # Authlib's own have 119 bits.
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        try:
            client = await self._known()
            return await client.authorize_redirect(  # type: ignore[no-any-return]
                request, return_url, nonce=nonce, **prompt
            )
        except _TROUBLE as error:
            raise self._unavailable(error) from None

    async def identify(self, request: Request) -> Identity:
        """Who came back, by the code in the request and what is in its session.

        Raises:
            SignInRefused: this proves nobody's identity.
            ProviderUnavailable: the issuer cannot be asked, or its answers are not what they must be.
        """
        try:
            client = await self._known()
            metadata = client.server_metadata
            if request.query_params.get("iss", metadata["issuer"]) != metadata["issuer"]:
                raise SignInRefused("wrong_issuer")
            token = await client.authorize_access_token(
                request,
                claims_options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                leeway=LEEWAY_S,
            )
            if not (claims := token.get("userinfo")):
                raise SignInRefused("no_id_token")
            return _identity(claims, await client.userinfo(token=token))
        except OAuthError as error:
            code = error.error or ""
            raise SignInRefused(code if _CODE.fullmatch(code) else "unknown") from None
        except JoseError as error:
            self._client = None
            _log.warning("sign-in: an ID token was refused: %s", type(error).__name__)
            raise SignInRefused("invalid_id_token") from None
        except _TROUBLE as error:
            raise self._unavailable(error) from None

    async def _known(self) -> StarletteOAuth2App:
        """The client, with the issuer's own description of itself, which was looked through."""
        if self._client is None:
            client = _client(self._settings)
            metadata = await client.load_server_metadata()
            _check(metadata, self._settings.oidc_issuer)
            self._client = client
        return self._client

    def _unavailable(self, error: Exception) -> ProviderUnavailable:
        # What it said may be what is wrong: next time it is asked anew. The text of an error may quote anything.
        self._client = None
        _log.warning("sign-in: %s cannot be used: %s", self._settings.oidc_issuer, type(error).__name__)
        return ProviderUnavailable()


class _Nonsense(Exception):
    """An answer of the issuer is not what it must be."""


# Authlib looks into answers without asking first whether they are what it expects.
_TROUBLE = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    _Nonsense,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
)


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to believe, read once: Authlib makes a client for each request, and each would read them all."""
    return httpx2.create_ssl_context()


def _client(settings: Settings) -> StarletteOAuth2App:
    return OAuth().register(
        "issuer",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.reveal(),
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            # As Fedora's issuer registers its clients.
            "token_endpoint_auth_method": "client_secret_post",
            "timeout": TIMEOUT_S,
            "follow_redirects": False,
            "verify": _certificates(),
        },
    )


def _check(metadata: dict[str, Any], issuer: str) -> None:
    """Raises _Nonsense unless the issuer describes itself, and nothing beyond itself."""
    # Fedora's own name ends with a slash, which settings do not keep.
    if str(metadata.get("issuer", "")).rstrip("/") != issuer:
        raise _Nonsense
    home = urlsplit(issuer)[:2]
    if any(urlsplit(str(metadata.get(name)))[:2] != home for name in _ENDPOINTS):
        raise _Nonsense
    told = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    if not (algorithms := sorted(_ALGORITHMS.intersection(told))):
        raise _Nonsense
    metadata["id_token_signing_alg_values_supported"] = algorithms


def _identity(claims: Mapping[str, Any], told: Mapping[str, Any]) -> Identity:
    """The person; what the issuer tells beside the ID token counts only if it is about the same one."""
    if told.get("sub") != claims["sub"]:
        raise SignInRefused("wrong_subject")
    # Fedora gives the account's name in both; where somebody may choose a nickname, the first is the account's.
    name = told.get("preferred_username") or told.get("nickname")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SignInRefused("no_name")
    groups = told.get("groups") or []
    if not isinstance(groups, list):
        raise _Nonsense
    return Identity(name, frozenset(group for group in groups if isinstance(group, str)))
