"""Who may ask: this machine's browser with the token of this start, no other host, origin, size or pace."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 16_384
"""So long a body may be."""
A_SECOND: Final = 20.0
"""Requests a second that are answered for longer, and BURST at once."""
BURST: Final = 60.0

_EVERYWHERE: Final = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What must stand first in the path of a request: ``pages`` for all, ``files`` for files of runs alone.

    Files of runs may be a stranger's: what runs in them learns from its address the second one only.
    """

    pages: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    files: str = field(default_factory=lambda: secrets.token_urlsafe(24))


@dataclass(slots=True)
class Pace:
    """A bucket of requests that fills again, A_SECOND a second up to BURST; ``now_s`` is a clock."""

    now_s: Callable[[], float] = time.monotonic
    left: float = BURST
    since_s: float = field(default=-1.0)

    def allows(self) -> bool:
        """Take one request out of the bucket, if there is one."""
        now_s = self.now_s()
        if self.since_s >= 0.0:
            self.left = min(BURST, self.left + (now_s - self.since_s) * A_SECOND)
        self.since_s = now_s
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


class Guard:
    """Stands before an application: lets requests through that are ours, and tells the others what is wrong.

    ``hosts`` are those that the server is known by, with the port. The application sees paths without the key.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, hosts: frozenset[str], pace: Pace | None = None) -> None:
        self._app = app
        self._keys = keys
        self._hosts = hosts
        self._pace = pace or Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and answer it or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        if refused is not None:
            code, why = refused
            await _hardened(PlainTextResponse(why, status_code=code), scope, receive, send)
            return
        # to the application the key is where it is mounted
        inner = {**scope, "root_path": f"/{scope['path'].split('/', 2)[1]}"}
        await _hardened(self._app, inner, _measured(receive), send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Say with which code a request is refused, and why; None for one that is answered."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return 421, "this server answers by its address on this machine only; open the address that was printed"
        if not self._has_key(scope["path"]):
            return 403, "the address has not the token of this start; open the address that was printed"
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin not in (None, f"http://{host}") or site in ("cross-site", "same-site"):
            return 403, "pages of others may not ask this server"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "only GET and POST are answered"
        if scope["method"] == "POST" and origin is None:
            return 403, "a request that asks for work says where it comes from (Origin)"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return 413, _LONG
        if not self._pace.allows():
            return 429, "too many requests; wait a second"
        return None

    def _has_key(self, path: str) -> bool:
        parts = path.split("/", 3)
        if len(parts) < 3:
            return False
        is_file = len(parts) == 4 and parts[2] == "files"
        return secrets.compare_digest(parts[1].encode(), (self._keys.files if is_file else self._keys.pages).encode())


_LONG: Final = f"a request may have {MOST_BYTES} bytes at most"


def _measured(receive: Receive) -> Receive:
    """Give what receives, for as long as the body is not too long."""
    taken = 0

    async def measured() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, _LONG)
        return message

    return measured


async def _hardened(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Have a request answered with headers that leave no room for others."""

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _EVERYWHERE.items():
                headers.setdefault(name, value)
        await send(message)

    await app(scope, receive, hardened)
