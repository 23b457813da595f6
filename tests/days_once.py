"""Days that tests of experiments have run already in this process: whoever asks again gets what they brought.

Hundreds of tests ask for a few tiny days again and again, for what they are about is what an experiment makes of its
days. A task is named by the content of everything that shapes its day, the program among it, as in an experiment's
folder; a day that a policy spoils is run each time. The prices that bound a day are found once for the same jobs,
whatever policy or fleet they come from. Workers of their own know nothing of this.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from unittest import mock

from dronesim.bounds import day as bounded_day
from dronesim.bounds.jobs import Jobs
from dronesim.bounds.search import GRIDS_MS, Priced
from dronesim.experiment import bench
from dronesim.experiment.briefs import ShadowBrief
from dronesim.experiment.points import Point, Task, check_unchanged
from dronesim.simulation import ShadowDays

RECORDS: Final[dict[str, str]] = {}
SHADOWS: Final[dict[tuple[ShadowBrief, tuple[int, ...]], ShadowDays]] = {}

PRICES: Final[dict[tuple[bytes, tuple[int, ...], bool], Priced]] = {}

_run_task, _draw_shadows, _find_prices = bench.run_task, bench.draw_shadows, bounded_day.find_prices


def run_once(task: Task) -> str:
    """Run a replication, or give what it brought."""
    if task.name in RECORDS:
        check_unchanged(task.point)
    else:
        RECORDS[task.name] = _run_task(task)
    return RECORDS[task.name]


def draw_once(point: Point, replications: Sequence[int]) -> ShadowDays:
    """Draw days for their shadows, or give what was drawn."""
    key = bench.shadows_brief(bench.ready(point)), tuple(replications)
    if key not in SHADOWS:
        SHADOWS[key] = _draw_shadows(point, replications)
    return SHADOWS[key]


def find_once(jobs: Jobs, *, grids_ms: Sequence[int] = GRIDS_MS, has_all: bool = True) -> Priced:
    """Find the prices of a day's jobs, or give what was found for the same ones."""
    key = hashlib.sha256(pickle.dumps(jobs)).digest(), tuple(grids_ms), has_all
    if key not in PRICES:
        PRICES[key] = _find_prices(jobs, grids_ms=grids_ms, has_all=has_all)
    return PRICES[key]


@contextmanager
def days_are_run_once() -> Iterator[None]:
    """Let experiments of this process run each day once while the block lasts."""
    with (
        mock.patch("dronesim.experiment.runner.run_task", run_once),
        mock.patch("dronesim.experiment.voids.run_task", run_once),
        mock.patch("dronesim.experiment.controls.draw_shadows", draw_once),
        mock.patch("dronesim.bounds.day.find_prices", find_once),
    ):
        yield
