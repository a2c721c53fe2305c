"""Access: this computer's own pages that know the token, and nobody else.

The server listens on the loopback address alone. A page of another origin could still send requests
there, by its own name for the address too (DNS rebinding); a request is therefore refused unless it
names the host that the workbench was opened under, comes from that origin or from no page at all,
and carries the token that only the printed address holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HOSTS", "Guard"]

#: Names of this computer for itself.
HOSTS = ("127.0.0.1", "localhost")
#: Largest body of a request. [bytes]
MOST_BYTES = 200_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses what is not from the workbench's own page, before anything reads it.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    token : str
        What each request must carry, as ``?token=`` or as ``Authorization: Bearer``.
    port : int
        Port that the workbench listens at.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in HOSTS}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        why = self._refusal(scope)
        if why is not None:
            status, words = why
            await JSONResponse({"error": words}, status, headers=_HEADERS)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, where a request is refused."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return 403, "the workbench answers under its own address alone"
        origins: Sequence[str] = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "a page of another origin may not ask the workbench"
        if not self._knows_token(scope, headers):
            return 403, "the token is missing or wrong: open the address that `siting serve` prints"
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= MOST_BYTES):
            return 413, f"a request may have {MOST_BYTES:,} bytes"
        if scope["method"] == "POST" and "transfer-encoding" in headers:
            return 411, "a request must say its length"
        return None

    def _knows_token(self, scope: Scope, headers: Headers) -> bool:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = [*query.get("token", ()), headers.get("authorization", "").removeprefix("Bearer ")]
        ours = self._token.encode()
        return any(secrets.compare_digest(each.encode("utf-8", "replace"), ours) for each in given)
