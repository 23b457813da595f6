"""The server: bound to this machine alone, with its pages, its planner and the days that run behind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dronesim.errors import InputError, Problem
from dronesim.experiment.study import Study

HOST: Final = "127.0.0.1"
MOST_CONNECTIONS: Final = 64
"""So many connections are held at a time."""
LEAVING_S: Final = 1
"""So long pages may take to hear that the server ends, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server that is ready: the address of its page, with the token, and what runs it until it is told to end."""

    url: str
    run: Callable[[], None]
    end: Callable[[], None]


@contextmanager
def open_server(
    study: Study | None,
    *,
    root: Path,
    folder: Path,
    port: int,
    days: int,
    workers: int,
    warn: Callable[[str], None],
    is_apart: bool = True,
) -> Iterator[Serving]:
    """Bind a port of this machine, 0 for any that is free, and set the planner of a study up, where there is one.

    ``root`` is the folder whose runs and studies are listed, ``folder`` where the study's days go. ``is_apart``: a
    single worker is a process of its own too.

    Raises
    ------
    InputError
        The extra is not installed, the port is taken, or the scenario can't be run.
    """
    uvicorn = _uvicorn()
    from dronesim.serving.app import Desk, application
    from dronesim.serving.behind import Behind
    from dronesim.serving.guard import Guard, Keys
    from dronesim.serving.planner import Planner

    keys = Keys()
    planner = None if study is None else Planner(study, days=days, folder=folder)
    desk = Desk(planner=planner, root=root, keys=keys)
    behind = None
    if planner is not None:
        planner.recall()
        # what is compiled or loaded once shall not keep the first slider waiting
        planner.answer(planner.ask({}))
        behind = Behind(
            first=planner.study.point(),
            folder=folder,
            workers=workers,
            days=days,
            heard=desk.hear,
            failed=desk.fail,
            warn=warn,
            is_apart=is_apart,
        )
        desk.run = behind.run
    with _bound(port) as bound:
        own = bound.getsockname()[1]
        hosts = frozenset({f"{HOST}:{own}", f"localhost:{own}"})
        server = _Server(_config(uvicorn, Guard(application(desk), keys=keys, hosts=hosts)), uvicorn.Server, desk.close)
        if behind is not None:
            behind.begin()
        try:
            yield Serving(url=f"http://{HOST}:{own}/{keys.pages}/", run=lambda: server.run(bound), end=server.end)
        finally:
            desk.close()
            if behind is not None:
                behind.end()


def _config(uvicorn: Any, guarded: Any) -> Any:
    return uvicorn.Config(
        guarded,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LEAVING_S,
        limit_concurrency=MOST_CONNECTIONS,
        ws="none",
    )


class _Server:
    """A server of uvicorn that tells the pages that listen before it ends."""

    def __init__(self, config: Any, kind: Any, leave: Callable[[], None]) -> None:
        class Server(kind):  # type: ignore[misc]
            def handle_exit(self, sig: int, frame: Any) -> None:
                leave()
                super().handle_exit(sig, frame)

        self._server = Server(config)
        self._leave = leave

    def run(self, bound: socket.socket) -> None:
        """Serve until somebody ends it."""
        asyncio.run(self._server.serve(sockets=[bound]))

    def end(self) -> None:
        """Have it end, from another thread."""
        self._leave()
        self._server.should_exit = True


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
            # whoever opens the address at once waits until it is served
            bound.listen()
        except OSError as error:
            rule = f"can't be used ({error.strerror}); name another one, or leave it out for any that is free"
            raise InputError([Problem(file="command line", key="--port", rule=rule, value=port)]) from error
        yield bound


def _uvicorn() -> Any:
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        rule = "needs the extra: pip install 'dronesim[web]'"
        raise InputError([Problem(file="command line", key="serve", rule=rule)]) from error
    return uvicorn
