"""Where replications are run: in each worker a bench that sets a scenario up once and keeps it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from dronesim.errors import DronesimError
from dronesim.experiment.briefs import ShadowBrief, draw_day, shadow_brief
from dronesim.experiment.compose import Setting, prepare, set_up
from dronesim.experiment.points import Point, Task, check_unchanged, settings_of
from dronesim.metrics import kpis
from dronesim.metrics.breakdown import breakdown, late_orders
from dronesim.simulation import ShadowDays, join_days, shadow_day, simulate

KEPT: Final = 8
"""So many settings are kept in a worker; they share map and routes where they can."""


class Bench:
    """Settings that were used last, by the content hash of their point."""

    def __init__(self) -> None:
        self._settings: OrderedDict[str, Setting] = OrderedDict()
        self._told: tuple[str, dict[str, str]] = ("", {})

    def setting(self, point: Point) -> Setting:
        """Give a point's setting; map and routes are shared with one that stands ready where their briefs are equal.

        Raises
        ------
        InputError
            Anything in the scenario, its map or its trace that can't be run.
        StaleError
            What the point was made from is not the same here and now.
        """
        key = point.content_hash
        if key not in self._settings:
            check_unchanged(point)
            ready = tuple(reversed(self._settings.values()))
            self._settings[key] = set_up(point.scenario, folder=point.folder, ready=ready)
        self._settings.move_to_end(key)
        while len(self._settings) > KEPT:
            self._settings.popitem(last=False)
        return self._settings[key]

    def _stated(self, point: Point) -> dict[str, str]:
        """Give what a point's scenario states; the same for all its days."""
        if self._told[0] != point.content_hash:
            self._told = (point.content_hash, settings_of(point.scenario))
        return self._told[1]

    def run(self, task: Task) -> str:
        """Run one replication; returns its record as JSON, the same bytes whenever and wherever it is run."""
        inputs = prepare(self.setting(task.point), replication=task.replication)
        outcome = simulate(inputs, counts_losses=task.counts_losses)
        record: dict[str, Any] = {
            "seed": inputs.seed,
            "replication": inputs.replication,
            "day_factor": inputs.orders.day_factor,
            "kpis": kpis(outcome.tables, outcome.facts),
            "by": breakdown(outcome.tables["orders"], outcome.facts),
            "late": late_orders(outcome.tables["orders"], outcome.facts),
            "settings": self._stated(task.point),
        }
        return json.dumps(record, ensure_ascii=False, allow_nan=False)


_BENCH: Final = Bench()


def run_task(task: Task) -> str:
    """Run one replication on this process's bench."""
    return _BENCH.run(task)


def run_part(
    run: Callable[[Task], str], point: Point, replications: Sequence[int], counts_losses: bool = False
) -> list[str]:
    """Run some replications of one point, which is sent once for all of them."""
    return [run(Task(point=point, replication=number, counts_losses=counts_losses)) for number in replications]


def draw_shadows(point: Point, replications: Sequence[int]) -> ShadowDays:
    """Draw the days of some replications for their shadows; nothing is simulated."""
    setting = _BENCH.setting(point)
    return join_days([shadow_of(setting, number) for number in replications])


def shadow_of(setting: Setting, replication: int) -> ShadowDays:
    """Draw one day for its shadow."""
    brief = shadows_brief(setting)
    orders = draw_day(brief.day, setting.world, setting.trace, replication=replication)
    return shadow_day(orders, brief.rules)


def shadows_brief(setting: Setting) -> ShadowBrief:
    """Tell what the shadows of a setting's days come from."""
    return shadow_brief(setting.ground, setting.resolved, seed=setting.scenario.seed)


def ready(point: Point) -> Setting:
    """Give a point's setting from this process's bench."""
    return _BENCH.setting(point)


def begin_worker(point: Point | None) -> None:
    """Make a worker process ready: it leaves Ctrl-C to its parent, ends with it, and sets a scenario up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if point is not None:
        # what is wrong is met again by the first task, which can tell it; a worker that ends here only seems lost
        with suppress(DronesimError):
            _BENCH.setting(point)


def _end_with(parent: Any) -> None:
    """Wait for the parent's end, however it comes; without it a worker would wait for work for ever."""
    parent.join()
    os._exit(1)
