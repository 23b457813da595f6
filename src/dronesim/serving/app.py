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
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dronesim.errors import InputError, OutputError
from dronesim.experiment.store import Record
from dronesim.serving.finished import find_entries, page_path
from dronesim.serving.guard import Keys
from dronesim.serving.page import list_page, map_content, planner_page
from dronesim.serving.planner import Ask, Planner
from dronesim.serving.saving import save_scenario

MOST_LISTENERS: Final = 8
"""So many pages may listen for days at a time."""
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
        """Tell the pages that days can't be run."""
        self._tell({"number": self.number if ask is self.asked else -1, "trouble": why})

    def _tell(self, content: Mapping[str, Any]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, _event(content))

    def _put(self, text: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(text)

    # what is asked

    async def ask(self, request: Request) -> Response:
        """Answer what the sliders say, and have its days run."""
        if self.planner is None:
            return PlainTextResponse("there is no scenario to plan with", status_code=404)
        content = await _content(request)
        if content is None:
            return _bad('must be JSON: {"values": {"fleet.drones": 40}}')
        self._loop = asyncio.get_running_loop()
        try:
            ask = await run_in_threadpool(self.planner.ask, content)
            self.asked, self.number = ask, self.number + 1
            number = self.number
            answer = await run_in_threadpool(self.planner.answer, ask)
        except InputError as error:
            return _refused(error)
        if self.run is not None and ask is self.asked:
            self.run(ask)
        return JSONResponse({"number": number, **answer})

    async def save(self, request: Request) -> Response:
        """Write the scenario as the sliders say it into the study's own folder."""
        if self.planner is None:
            return PlainTextResponse("there is no scenario to save", status_code=404)
        content = await _content(request)
        if content is None:
            return _bad('must be JSON: {"values": {"fleet.drones": 40}}')
        try:
            path, text = await run_in_threadpool(save_scenario, self.planner, content)
        except InputError as error:
            return _refused(error)
        except (OutputError, OSError) as error:
            return JSONResponse({"problems": [str(error)]}, status_code=507)
        return JSONResponse({"path": str(path), "text": text})

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
            return PlainTextResponse("there is no scenario to show", status_code=404)
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
        ]
    )


def _own_policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def _content(request: Request) -> Mapping[str, Any] | None:
    """Read what the sliders say; None where it is not in the form that is asked for."""
    try:
        content = json.loads(await request.body(), parse_constant=_no_constant)
    except ValueError:
        return None
    values = content.get("values") if isinstance(content, dict) else None
    return values if isinstance(values, dict) else None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _bad(rule: str) -> Response:
    return JSONResponse({"problems": [rule]}, status_code=400)


def _refused(error: InputError) -> Response:
    return JSONResponse({"problems": [str(problem) for problem in error.problems]}, status_code=422)


def _event(content: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"
