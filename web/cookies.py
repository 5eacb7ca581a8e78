"""What browsers keep for us: who signed in, and a sign-in that is under way. Signed, so that nobody else can make one.

Names and paths follow from our address. `__Host-` holds a cookie to one host, and to its root. Production shares its
host with other services, which a cookie for the root would be sent to as well: there it is `__Secure-`, for our path.
Others on the host can still set one of the same name, but they cannot sign it. Without https there is no mark at all,
which is for this machine only (`Settings.sign_in_problem`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.responses import Response

from bbconsumer.config import Settings


class SignedCookie:
    """One cookie of ours with an end, which is signed with it: a browser may keep it for longer, we do not take it."""

    def __init__(self, settings: Settings, purpose: str, lifetime: timedelta) -> None:
        """`purpose` is a part of the name and of the signature: one cookie never passes for another."""
        is_secure = urlsplit(settings.blockerbugs_url).scheme == "https"
        prefix = settings.path_prefix
        mark = ("__Secure-" if prefix else "__Host-") if is_secure else ""
        self.name = f"{mark}blockerbugs-{purpose}"
        self._path = prefix or "/"
        self._is_secure = is_secure
        self._lifetime = lifetime
        # Derived anew for SHA-256: the library's default is SHA-1.
        self._serializer = URLSafeSerializer(
            settings.secret_key.reveal(),
            salt=f"bbconsumer.{purpose}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def seal(self, content: Mapping[str, Any], now: datetime) -> str:
        """The cookie's value."""
        end = int((now + self._lifetime).timestamp())
        return str(self._serializer.dumps({**content, "end": end}))

    def open(self, cookies: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
        """What was sealed, and its ``end`` as a time; None for what is not ours, or is past its end."""
        try:
            content = self._serializer.loads(cookies.get(self.name, ""))
        except BadSignature:
            return None
        end = datetime.fromtimestamp(content["end"], UTC)
        return {**content, "end": end} if now < end else None

    def set(self, response: Response, value: str) -> None:
        """Give a sealed value to the browser."""
        response.set_cookie(
            self.name,
            value,
            max_age=int(self._lifetime.total_seconds()),
            path=self._path,
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )

    def remove(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self.name, path=self._path, secure=self._is_secure, httponly=True, samesite="lax")
