"""The application behind the page: what may be asked, and what is answered."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dronesim.errors import InputError, OutputError, Problem
from dronesim.experiment.store import Record
from dronesim.serving.finished import find_entries, page_path
from dronesim.serving.guard import Keys
from dronesim.serving.page import list_page, map_content, planner_page
from dronesim.serving.planner import Ask, Planner
from dronesim.serving.saving import save_scenario

MOST_LISTENERS: Final = 8
"""So many pages may listen for days at a time."""
_FORM: Final = 'must be JSON: {"values": {"fleet.drones": 40}}'
_QUIET_S: Final = 15.0
_OF_A_STRANGER: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; form-action 'none'; frame-ancestors 'none'"
)
"""Reports and replays may draw, and nothing else: they ask nobody, this server neither."""


class Desk:
    """What one server knows: the planner, where there is one, what runs behind it, and who listens."""

    def __init__(
        self, *, planner: Planner | None, root: Path, keys: Keys, run: Callable[[Ask], None] | None = None
    ) -> None:
        self.planner = planner
        self.root = root
        self.keys = keys
        self.run = run
        self.asked: Ask | None = None
        self.number = 0
        self.is_over = False
        self._listeners: set[asyncio.Queue[str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

        self._turn = asyncio.Lock()
        self._trouble = ""

    # what is heard from the thread of days

    def hear(self, ask: Ask, number: int, record: Record) -> None:
        """Take a day that was run, and tell the pages of it if it is of what was asked last."""
        if self.planner is None:
            return
        self.planner.learn(ask, number, record)
        if ask is self.asked:
            asked = self.number
            self._tell({"number": asked, "day": number, **self.planner.answer(ask)})

    def fail(self, ask: Ask, why: str) -> None:
        """Tell the pages that days can't be run, now and with each answer from now on."""
        self._trouble = why
        self._tell({"number": self.number if ask is self.asked else -1, "trouble": why})

    def _tell(self, content: Mapping[str, Any]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, _event(content))

    def _put(self, text: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(text)

    # what is asked

    async def ask(self, request: Request) -> Response:
        """Answer what the sliders say, and have its days run; one after the other, but for those that are given up."""
        planner, values = await self._heard(request)
        self._loop = asyncio.get_running_loop()
        async with self._turn:
            if await request.is_disconnected():
                return PlainTextResponse("nobody waits for this any more", status_code=409)
            ask = await run_in_threadpool(planner.ask, values)
            self.asked, self.number = ask, self.number + 1
            answer = await run_in_threadpool(planner.answer, ask)
            if self.run is not None:
                self.run(ask)
            return JSONResponse({"number": self.number, "trouble": self._trouble, **answer})

    async def save(self, request: Request) -> Response:
        """Write the scenario as the sliders say it into the study's own folder."""
        planner, values = await self._heard(request)
        path, text = await run_in_threadpool(save_scenario, planner, values)
        return JSONResponse({"path": str(path), "text": text})

    async def _heard(self, request: Request) -> tuple[Planner, Mapping[str, Any]]:
        """Give the planner, and what the sliders say."""
        if self.planner is None:
            raise HTTPException(404, "there is no scenario to plan with")
        return self.planner, await _values(request)

    async def events(self, _request: Request) -> Response:
        """Tell a page of each day when it is there, as server-sent events."""
        if len(self._listeners) >= MOST_LISTENERS:
            return PlainTextResponse("too many pages listen already; close one", status_code=429)
        self._loop = asyncio.get_running_loop()
        listener: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(listener)
        return StreamingResponse(self._stream(listener), media_type="text/event-stream")

    async def _stream(self, listener: asyncio.Queue[str]) -> AsyncIterator[str]:
        try:
            yield ": listening\n\n"
            while not self.is_over:
                try:
                    yield await asyncio.wait_for(listener.get(), timeout=_QUIET_S)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Send everybody home."""
        self.is_over = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, ": over\n\n")

    async def home(self, request: Request) -> Response:
        """Show the planner, or the list where there is no scenario."""
        if self.planner is None:
            return await self.runs(request)
        nonce = secrets.token_urlsafe(16)
        page = await run_in_threadpool(planner_page, self.planner, nonce)
        return HTMLResponse(page, headers={"content-security-policy": _own_policy(nonce)})

    async def runs(self, _request: Request) -> Response:
        """List what is finished below the folder."""
        nonce = secrets.token_urlsafe(16)
        entries = await run_in_threadpool(find_entries, self.root)
        links = {
            (entry.folder, page): f"/{self.keys.files}/files/{quote(entry.folder)}/{page}"
            for entry in entries
            for page in entry.pages
        }
        page = list_page(entries, links, root=self.root, nonce=nonce, has_planner=self.planner is not None)
        return HTMLResponse(page, headers={"content-security-policy": _own_policy(nonce)})

    async def file(self, request: Request) -> Response:
        """Show a report or a replay of a listed run."""
        folder, page = request.path_params["folder"], request.path_params["page"]
        path = await run_in_threadpool(page_path, self.root, folder, page)
        if path is None:
            return PlainTextResponse("no such report or replay is listed", status_code=404)
        return FileResponse(path, media_type="text/html", headers={"content-security-policy": _OF_A_STRANGER})

    async def map(self, _request: Request) -> Response:
        """Give what the map shows."""
        if self.planner is None:
            raise HTTPException(404, "there is no scenario to show")
        return JSONResponse(await run_in_threadpool(map_content, self.planner))


def application(desk: Desk) -> Starlette:
    """Make the application of a desk; it stands behind the key that the guard has checked."""
    return Starlette(
        routes=[
            Route("/", desk.home),
            Route("/runs", desk.runs),
            Route("/map", desk.map),
            Route("/ask", desk.ask, methods=["POST"]),
            Route("/save", desk.save, methods=["POST"]),
            Route("/events", desk.events),
            Route("/files/{folder:path}/{page}", desk.file),
        ],
        exception_handlers={InputError: _refused, OutputError: _unwritten, OSError: _unwritten},
    )


def _own_policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def _values(request: Request) -> Mapping[str, Any]:
    """Read what the sliders say."""
    try:
        content = json.loads(await request.body(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        content = None
    values = content.get("values") if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise InputError([Problem(file="the page", key="request", rule=_FORM)])
    return values


def _no_constant(name: str) -> None:
    raise ValueError(name)


async def _refused(_request: Request, error: Exception) -> Response:
    problems = error.problems if isinstance(error, InputError) else [error]
    return JSONResponse({"problems": [str(problem) for problem in problems]}, status_code=422)


async def _unwritten(_request: Request, error: Exception) -> Response:
    return JSONResponse({"problems": [str(error)]}, status_code=507)


def _event(content: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"
