"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    # Pages that others open keep no hold of ours, nor ours of theirs.
    "Cross-Origin-Opener-Policy": "same-origin",
    # Nothing here needs any of them; writing to the clipboard is not among them.
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # A bug that became private must not live on in caches: everything is asked for again, unless an answer says more.
    "Cache-Control": "no-cache",
}

# For our host only: whether all hosts below it can be reached by https is not ours to say.
_STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}


def security_headers(origin: str) -> Mapping[str, str]:
    """What every answer of the service at that origin carries."""
    return SECURITY_HEADERS | _STRICT_TRANSPORT if origin.startswith("https://") else SECURITY_HEADERS


class SecurityHeaders:
    """Adds the headers that an answer does not have of its own."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        # As they are sent, made once: every answer gets them.
        self._raw = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                names = [name for name, _ in own]
                # A new list: that of a kept page is sent again and again.
                message["headers"] = [*own, *[header for header in self._raw if header[0] not in names]]
            await send(message)

        await self._app(scope, receive, send_completed)
