"""Executors that experiments submit their replications to: this process, processes on this machine, a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, ParamSpec, TypeVar

from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import begin_worker
from dronesim.experiment.points import Point

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_S: Final = 10.0
"""So long a Dask scheduler may take to answer."""

_PRELOADED: Final = ("dronesim.experiment.bench",)


class InProcess(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run and give a future that is done; whatever is raised is raised here."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def local_executor(workers: int | None = None, *, first: Point | None = None) -> Iterator[Executor]:
    """Give an executor on this machine with so many workers, one a core if None.

    Each worker sets ``first`` up before its first task. When the block is left by an exception, as Ctrl-C
    raises one, the workers are ended at once with what they are at; what they had finished is not lost.
    """
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield InProcess()
        return
    others = {child.pid for child in multiprocessing.active_children()}
    pool = ProcessPoolExecutor(count, mp_context=_context(), initializer=begin_worker, initargs=(first,))
    is_done = False
    try:
        yield pool
        is_done = True
    finally:
        for child in [] if is_done else multiprocessing.active_children():
            if child.pid not in others:
                child.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _context() -> Any:
    """Start workers from a server process that has the model imported; where there is none, one by one."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Give the executor of the Dask cluster at an address such as ``tcp://10.0.0.5:8786``, and its cores.

    dronesim must be installed on the workers, and the scenario's files lie at the same paths.

    Raises
    ------
    InputError
        Dask is not installed here, or no scheduler with workers answers at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        rule = "needs the extra: pip install 'dronesim[dask]'"
        raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)]) from error
    try:
        client = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        rule = f"no Dask scheduler answers there within {CONNECT_S:g} s"
        raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)]) from error
    with client:
        cores = sum(client.nthreads().values())
        if not cores:
            rule = "the scheduler has no workers"
            raise InputError([Problem(file="command line", key="--dask", rule=rule, value=address)])
        yield client.get_executor(pure=False), cores
