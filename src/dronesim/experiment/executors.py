"""Executors that experiments submit their replications to: this process, processes on this machine, a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, ParamSpec, TypeVar

from dronesim.cores import workers_for
from dronesim.errors import DronesimError, InputError, Problem
from dronesim.experiment.bench import begin_worker, ready
from dronesim.experiment.points import Point
from dronesim.telling import tell_planner

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_S: Final = 10.0
"""So long a Dask scheduler may take to answer."""

_SAFE_PATH: Final = "PYTHONSAFEPATH"
_PRELOADED: Final = ("dronesim.experiment.hearing", "dronesim.experiment.bench")
_STARTING: Final = threading.Lock()
"""What is set for the start of the server is set for the whole program."""


class WorkerError(DronesimError):
    """A worker process ended before its task did."""


class InProcess(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run and give a future that is done; whatever is raised is raised here."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Processes(Executor):
    """Worker processes on this machine, which start when work comes; `revive` gives new ones where one has ended."""

    def __init__(self, count: int, first: Point | None) -> None:
        self._count = count
        self._first = first
        self._breaking = threading.Lock()
        self._alone: InProcess | None = None
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        self._is_over = threading.Event()
        context = _context()
        pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=begin_worker, initargs=(self._first,))
        # one that starts while another ends would take the pool's own threads along
        pool._safe_to_dynamically_spawn_children = False  # type: ignore[attr-defined]
        return pool

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let a worker run it; with the first all of them start, or where they can't, this process does the work."""
        if self._alone is None and not _workers(self._pool):
            try:
                # in a thread, which no signal interrupts: a worker that is half started can't be ended
                with ThreadPoolExecutor(1) as starter, _without_server_if_stopped():
                    return starter.submit(self._submit_first, fn, *args, **kwargs).result()
            except OSError as error:
                self._end(self._pool, at_once=True)
                _tell_alone(error)
                self._alone = InProcess()
        return (self._alone or self._pool).submit(fn, *args, **kwargs)

    def _submit_first(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._breaking:
            is_first, answer = not _workers(self._pool), self._pool.submit(fn, *args, **kwargs)
            if is_first:
                watched = (self._pool, _workers(self._pool), self._is_over)
                threading.Thread(target=self._break_with_the_first, args=watched, daemon=True).start()
            return answer

    def _break_with_the_first(self, pool: Any, workers: Sequence[BaseProcess], is_over: threading.Event) -> None:
        """Wait for a worker's end; before the pool's own it breaks the pool."""
        wait([worker.sentinel for worker in workers])
        with self._breaking:
            if not is_over.is_set():
                _break(pool)

    def revive(self) -> None:
        """Begin with new workers."""
        self._end(self._pool, at_once=True)
        self._pool = self._begin()

    def end(self, *, at_once: bool) -> None:
        """End all workers, at once with what they are at or when that is done."""
        self._end(self._pool, at_once=at_once)

    def _end(self, pool: ProcessPoolExecutor, *, at_once: bool) -> None:
        with self._breaking:
            self._is_over.set()
            if at_once:
                _break(pool)
        pool.shutdown(wait=True, cancel_futures=True)


def _tell_alone(error: Exception) -> None:
    # processes share locks by /dev/shm, which some containers do not have; the days are the same without
    tell_planner(f"warning: worker processes can't be started ({error}; is /dev/shm there?): days run one by one")


def _workers(pool: Any) -> list[BaseProcess]:
    return list((pool._processes or {}).values())


@contextmanager
def _without_server_if_stopped() -> Iterator[None]:
    """Kill the server that starts workers when its first start is stopped: it may have much to import before."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        server: Any = getattr(forkserver, "_forkserver", None)
        pid = getattr(server, "_forkserver_pid", None)
        if pid is not None and not multiprocessing.active_children():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        raise


def _break(pool: Any) -> None:
    """Kill the workers, and let the pool know.

    A worker that ends while it sends leaves half a message. Who reads it waits for the other half as long as there is
    a writer that is open, and this process has one, which it needs no more once the workers have theirs.
    """
    for worker in _workers(pool):
        worker.kill()
    queue = pool._result_queue
    if queue is not None and not queue._writer.closed:
        queue._writer.close()


def _the_same(point: Point) -> Point:
    return point


class Cluster(Executor):
    """A Dask cluster; a point is sent once, whatever is run of it.

    It is a task of its own, so a worker fetches it from another when it first needs it, and the scheduler makes it
    again where those that have it are lost. What is scattered would be lost with them.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._sent: dict[str, Any] = {}

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let a worker run it; points among the arguments are named, not sent."""
        named = [self._named(value) if isinstance(value, Point) else value for value in args]
        future: Future[T] = self._executor.submit(fn, *named, **kwargs)
        return future

    def _named(self, point: Point) -> Any:
        key = point.content_hash
        if key not in self._sent:
            self._sent[key] = self._client.submit(_the_same, point, pure=False)
        return self._sent[key]


@contextmanager
def local_executor(
    workers: int | None = None, *, first: Point | None = None, is_apart: bool = False
) -> Iterator[Executor]:
    """Give an executor on this machine with so many workers, one a core if None.

    Each worker sets ``first`` up before its first task. When the block is left by an exception, as Ctrl-C
    raises one, the workers are ended at once with what they are at; what they had finished is not lost. ``is_apart``:
    a single worker is a process of its own too.

    Raises
    ------
    InputError
        ``first`` can't be run.
    """
    count = workers_for(workers)
    if (count == 1 and not is_apart) or multiprocessing.current_process().daemon:
        yield InProcess()
        return
    if first is not None:
        # a worker that can't set it up would only be seen to have ended
        ready(first)
    try:
        pool = Processes(count, first)
    except (OSError, NotImplementedError) as error:
        _tell_alone(error)
        yield InProcess()
        return
    is_done = False
    try:
        yield pool
        is_done = True
    finally:
        pool.end(at_once=not is_done)


def _context() -> Any:
    """Start workers from a server process that has the model imported; where there is none, one by one."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    try:
        with _STARTING, _without_current_folder(), _unheard_interrupts():
            forkserver.ensure_running()
    except OSError as error:
        way_out = "name a shorter folder for temporary files (TMPDIR), or take --workers 1"
        raise WorkerError(f"worker processes can't be started: {error}; {way_out}") from error
    return context


@contextmanager
def _without_current_folder() -> Iterator[None]:
    """Let processes that are started meanwhile find no module in the current folder, where ``python -c`` looks first.

    multiprocessing starts its servers so; what this process may import is handed on to workers all the same.
    """
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


@contextmanager
def _unheard_interrupts() -> Iterator[None]:
    """Let a process that is started meanwhile hear no Ctrl-C, which waits here: it would print where it was."""
    # it would unblock the signal once it runs
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Give the executor of the Dask cluster at an address such as ``tcp://10.0.0.5:8786``, and its cores.

    dronesim must be installed on the workers, and the scenario's files lie at the same paths.

    Raises
    ------
    InputError
        Dask is not installed here, or no scheduler with workers answers at the address.
    WorkerError
        The cluster was lost meanwhile.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        rule = "needs the extra: pip install 'dronesim[dask]'"
        raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)]) from error
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        rule = f"no Dask scheduler answers there within {CONNECT_S:g} s"
        raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)]) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            rule = "the scheduler has no workers"
            raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)])
        try:
            yield Cluster(client), threads
        except (CancelledError, KilledWorker) as error:
            raise WorkerError(
                f"the Dask cluster at {address} was lost ({type(error).__name__}); what is done is kept: run the "
                "command again when it is there"
            ) from error
