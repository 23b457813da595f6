"""Replications carried out: what is kept already is read, the rest is run and kept as it comes in."""

from __future__ import annotations

import functools
import itertools
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from dronesim.cores import workers_for
from dronesim.errors import InputError
from dronesim.experiment.bench import run_part, run_task
from dronesim.experiment.executors import Cluster, InProcess, Processes, WorkerError, dask_executor, local_executor
from dronesim.experiment.points import Point, Task
from dronesim.experiment.store import Record, Store, is_void
from dronesim.experiment.voids import ENDED, run_or_void, void_record
from dronesim.record.kpis import read_kpis

AHEAD: Final = 3
"""Parts in flight a worker, so that none waits for the next one."""

PART: Final = 10
"""So many replications of a point are one part on a cluster, where a part costs some milliseconds; else each is one.

Where one of them ends in an error, which ends the experiment, what its part had done before is not kept.
"""

DRAWING: Final = "drawing many days, which are not simulated"
_GLANCE_S: Final = 0.5
_LOST: Final = (
    "a worker process ended on its own (out of memory?); what is done is kept: run the command again, "
    "with fewer --workers if that was it"
)
_GUARD: Final = (
    "In a Python script of your own, work belongs below 'if __name__ == \"__main__\":', for workers import the script"
)
_NO_FILE: Final = "A script on standard input can't be imported by workers: put it in a file, or state workers=1"

T = TypeVar("T")
Flying: TypeAlias = dict[Future[list[str]], list[Task]]


@dataclass(slots=True)
class Tally:
    """How far the replications are: ``done`` of ``total``, ``fresh`` of those run now and not read, since ``begun_s``.

    ``point``: the one whose replications are run, where it is only one, and ``here`` those of it that are done.
    ``drawing``: parts done, and all, of what is worked out beside the replications, in words ``beside``; None while
    nothing is.
    ``begun_s`` is of the monotonic clock.
    """

    done: int = 0
    total: int = 0
    fresh: int = 0
    point: Point | None = None
    drawing: tuple[int, int] | None = None
    beside: str = DRAWING
    begun_s: float = field(default_factory=time.monotonic)
    by_point: Counter[str] = field(default_factory=Counter)

    @property
    def here(self) -> int:
        """Replications of ``point`` that are done."""
        return 0 if self.point is None else self.by_point[self.point.content_hash]

    def count(self, task: Task, *, is_fresh: bool) -> None:
        """Count a replication that is done."""
        self.done += 1
        self.fresh += is_fresh
        self.by_point[task.point.content_hash] += 1

    def per_second(self) -> float | None:
        """Give the replications run a second; None while nothing was run."""
        return self.fresh / max(time.monotonic() - self.begun_s, 1e-9) if self.fresh else None

    def left_s(self) -> float | None:
        """Estimate the seconds that are left; None while nothing was run."""
        rate = self.per_second()
        return None if rate is None else (self.total - self.done) / rate


def _unseen(_tally: Tally) -> None:
    """Show nothing."""


def _is_of(task: Task, record: Record) -> bool:
    """Whether a record is of the day that a task asks for, and has all that is kept of a day."""
    if (record.get("seed"), record.get("replication")) != (task.point.seed, task.replication):
        return False
    try:
        read_kpis(record.get("kpis", {}))
    except InputError:
        return False
    return isinstance(record.get("by"), dict) and isinstance(record.get("late"), list)


def _lost() -> str:
    """Say what a worker that ended can mean, for whoever is running here."""
    begun_as = getattr(sys.modules["__main__"], "__file__", None)
    if begun_as == "<stdin>":
        return f"{_LOST}. {_NO_FILE}"
    is_ours = begun_as is not None and Path(begun_as).parent.name in ("dronesim", "bin", "Scripts")
    return _LOST if is_ours else f"{_LOST}. {_GUARD}"


def _first_part(waiting: deque[Task], most: int) -> list[Task]:
    """Give the first of the tasks that wait, and those right behind it of its point and kind, so many at most."""
    key = _kind(waiting[0])
    return list(itertools.takewhile(lambda task: _kind(task) == key, itertools.islice(waiting, most)))


def _kind(task: Task) -> tuple[str, bool]:
    return task.point.content_hash, task.counts_losses


class Runner:
    """Carries out replications through an executor and keeps them in a store.

    Results never depend on the executor, the number of workers or the order in which tasks end.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        workers: int,
        store: Store | None = None,
        progress: Callable[[Tally], None] = _unseen,
    ) -> None:
        self._executor = executor
        # what runs in this process is done when it is submitted, and is to be kept before the next is
        self._window = 1 if isinstance(executor, InProcess) else workers * AHEAD
        self._store = store
        self._progress = progress
        self._known: dict[str, Record] = {}
        self.tally = Tally()

    @property
    def is_alone(self) -> bool:
        """Whether this process does all the work."""
        return isinstance(self._executor, InProcess)

    def records(self, point: Point, replications: Sequence[int]) -> list[Record]:
        """Give the records of some replications of one point, in the order asked for."""
        self.tally.point = point
        try:
            return self.all_records([Task(point=point, replication=number) for number in replications])
        finally:
            self.tally.point = None

    def all_records(self, tasks: Sequence[Task], *, may_be_void: bool = False) -> list[Record]:
        """Give the records of tasks, in their order; a day that its policy spoils is void only if it ``may_be_void``.

        Raises
        ------
        PolicyError
            A dispatch policy took an illegal decision.
        WorkerError
            A worker process was killed.
        OSError
            A record can't be kept.
        """
        names = [task.name for task in tasks]
        todo = self._missing(dict(zip(names, tasks, strict=True)))
        self._progress(self.tally)
        waiting = deque(todo.values())
        while lost := self._run(waiting, run_or_void if may_be_void else run_task):
            if not may_be_void or not isinstance(self._executor, Processes):
                raise WorkerError(_lost())
            # one of them has ended the worker: each for itself shows which
            for task in lost:
                self._executor.revive()
                if self._run(deque([task]), run_or_void):
                    self._keep(task, json.dumps(void_record(task, ENDED)))
            self._executor.revive()
        return [self._known[name] for name in names]

    def _run(self, waiting: deque[Task], function: Callable[[Task], str]) -> list[Task]:
        """Run tasks until all are done, or a worker ends on its own: gives those that are lost then."""
        flying: Flying = {}
        taken: Flying = {}
        try:
            while self._submit(waiting, flying, function) or flying:
                taken = dict(flying)
                self._collect(flying)
        except BrokenExecutor:
            parts = {**taken, **flying}.values()
            lost = [task for part in parts for task in part if task.name not in self._known]
            # a worker that was idle takes none with it, and leaves nobody for those that wait
            return lost or ([waiting.popleft()] if waiting else [])
        finally:
            self._keep_finished(flying)
        return []

    def gather(self, function: Callable[..., T], calls: Sequence[tuple[Any, ...]], *, beside: str = DRAWING) -> list[T]:
        """Call a function of the package with each of the arguments, spread over the workers; results in their order.

        ``beside``: what that is, in words for whoever waits.

        Raises
        ------
        WorkerError
            A worker process was killed.
        """
        begun_s = time.monotonic()
        self.tally.beside = beside
        try:
            futures = [self._executor.submit(function, *arguments) for arguments in calls]
            while left := wait(futures, timeout=_GLANCE_S).not_done:
                self.tally.drawing = (len(futures) - len(left), len(futures))
                self._progress(self.tally)
            return [future.result() for future in futures]
        except BrokenExecutor as error:
            raise WorkerError(_lost()) from error
        finally:
            self.tally.drawing = None
            self.tally.begun_s += time.monotonic() - begun_s

    def _missing(self, tasks: dict[str, Task]) -> dict[str, Task]:
        """Read what is kept; what is not is still to be done."""
        new = {name: task for name, task in tasks.items() if name not in self._known}
        for name in new if self._store is not None else ():
            is_of_day = functools.partial(_is_of, new[name])
            record = self._store.read(name, is_of_day) if self._store is not None else None
            if record is not None:
                self._known[name] = record
                self.tally.total += 1
                self.tally.count(new[name], is_fresh=False)
        todo = {name: task for name, task in new.items() if name not in self._known}
        self.tally.total += len(todo)
        return todo

    def _submit(self, waiting: deque[Task], flying: Flying, function: Callable[[Task], str]) -> bool:
        """Submit until enough is in flight; tells whether there was anything to submit."""
        is_any = False
        most = min(max(len(waiting) // (2 * self._window), 1), PART) if isinstance(self._executor, Cluster) else 1
        while waiting and len(flying) < self._window:
            part = _first_part(waiting, most)
            numbers = [task.replication for task in part]
            flying[self._executor.submit(run_part, function, part[0].point, numbers, part[0].counts_losses)] = part
            for _ in part:
                waiting.popleft()
            is_any = True
        return is_any

    def _collect(self, flying: Flying) -> None:
        """Wait for some part to end and keep what ended; wakes up now and then, so that progress can be shown."""
        ended, _ = wait(flying, timeout=_GLANCE_S, return_when=FIRST_COMPLETED)
        for future in ended:
            self._keep_part(flying.pop(future), future.result())
        self._progress(self.tally)

    def _keep_finished(self, flying: Flying) -> None:
        """Keep what is finished although the work ends early."""
        for future, part in flying.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                self._keep_part(part, future.result())

    def _keep_part(self, part: Sequence[Task], texts: Sequence[str]) -> None:
        for task, text in zip(part, texts, strict=True):
            self._keep(task, text)

    def _keep(self, task: Task, text: str) -> None:
        record: Record = json.loads(text)
        if self._store is not None and not is_void(record):
            self._store.write(task.name, text)
        self._known[task.name] = record
        self.tally.count(task, is_fresh=True)


@contextmanager
def open_runner(
    *,
    folder: Path | None = None,
    workers: int | None = None,
    dask: str | None = None,
    first: Point | None = None,
    is_apart: bool = False,
    progress: Callable[[Tally], None] = _unseen,
    warn: Callable[[str], None] | None = None,
) -> Iterator[Runner]:
    """Give a runner: on this machine or a Dask cluster, with records kept below ``folder`` or nowhere.

    ``workers``: processes, one a core if None. ``first`` is set up in each of them. ``is_apart``: one
    that works alone is a process of its own too. ``warn`` is told of damaged
    records.
    """
    store = None
    if folder is not None:
        place = folder / "replications"
        store = (Store(folder=place) if warn is None else Store(folder=place, warn=warn)).open()
    if dask is not None:
        with dask_executor(dask) as (executor, threads):
            yield Runner(executor, workers=threads, store=store, progress=progress)
    else:
        with local_executor(workers, first=first, is_apart=is_apart) as executor:
            yield Runner(executor, workers=workers_for(workers), store=store, progress=progress)
