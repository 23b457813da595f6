"""Days that tests of experiments have run already in this process: whoever asks again gets what they brought.

Hundreds of tests ask for a few tiny days again and again, for what they are about is what an experiment makes of its
days. A task is named by the content of everything that shapes its day, the program among it, as in an experiment's
folder; a day that a policy spoils is run each time. Workers of their own know nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from unittest import mock

from dronesim.experiment import bench
from dronesim.experiment.briefs import ShadowBrief
from dronesim.experiment.points import Point, Task, check_unchanged
from dronesim.simulation import ShadowDays

RECORDS: Final[dict[str, str]] = {}
SHADOWS: Final[dict[tuple[ShadowBrief, tuple[int, ...]], ShadowDays]] = {}

_run_task, _draw_shadows = bench.run_task, bench.draw_shadows


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


@contextmanager
def days_are_run_once() -> Iterator[None]:
    """Let experiments of this process run each day once while the block lasts."""
    with (
        mock.patch("dronesim.experiment.runner.run_task", run_once),
        mock.patch("dronesim.experiment.voids.run_task", run_once),
        mock.patch("dronesim.experiment.controls.draw_shadows", draw_once),
    ):
        yield
