"""Drills from Python: a scenario with a trouble and without, paired, and each day with it verified."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dronesim.api.asking import Policy, ScenarioSource, Settings, asked
from dronesim.api.laboratory import laboratory
from dronesim.defaults import DRILLED_REPLICATIONS, DRILLED_SCENARIO
from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import ready
from dronesim.experiment.points import Task
from dronesim.experiment.run import simulated, write_day
from dronesim.experiment.runner import Runner, Tally
from dronesim.experiment.store import Record, Store
from dronesim.experiment.study import Study
from dronesim.scenario.drilling import Drill, drilled, read_drill

if TYPE_CHECKING:
    from dronesim.experiment.drilling import Drilled, Verified

_VERIFIED: Final = "verified"
"""Where what the checker said of each day is kept, beside the replications."""


def drill(
    name: str,
    *,
    on: ScenarioSource = DRILLED_SCENARIO,
    replications: int = DRILLED_REPLICATIONS,
    verify: bool = True,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Drilled:
    """Run a scenario with a trouble and without on the same days.

    Parameters
    ----------
    name
        A drill of the package, as ``dronesim list drills`` has them, or a file of your own that ends in ``.toml``.
    on
        The scenario that is drilled; the trouble is laid over it.
    replications
        Days, the same on both sides, at least 2.
    verify
        Whether each day with the trouble goes to the independent checker too, with its tracks.
    set, seed, policy, out, workers, dask, progress, warn
        As in `repeat`; settings are laid over the scenario before the trouble is.

    Returns
    -------
    Drilled
        Its ``lesson`` is a paired difference with its interval, ``sides`` has all key figures of both, and ``is_clean``
        tells whether the checker found nothing.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`; or there is no such drill, or it can't be laid over the scenario.

    Examples
    --------
    >>> import dronesim
    >>> few = {"demand.orders": 300, "fleet.drones": 15}
    >>> found = dronesim.drill("storm-at-lunch", replications=3, set=few)
    >>> found.lesson.name, found.lesson.difference.mean < 0, found.is_clean
    ('service.share', True, True)
    """
    from dronesim.experiment.drilling import Drilled, compare_with, troubled_tasks
    from dronesim.report.experiments import write_drilled

    question = asked(on, set, seed=seed, policy=policy)
    plan = planned(name, question.study)
    troubled = Study(given=drilled(question.study.scenario(), plan))
    lab = laboratory(question, out, workers, dask, progress, warn, others=(troubled,))
    with lab.runner() as runner:
        sides = compare_with(plan, question.study, troubled, runner, replications=replications)
        tasks = troubled_tasks(troubled, replications=replications) if verify else []
        kept = None if lab.folder is None or dask is not None else lab.folder / _VERIFIED
        verified = _verify_all(runner, tasks, kept=kept)
    found = Drilled(name=plan.name, asks=plan.table.asks, sides=sides, verified=tuple(verified))
    return lab.keep(found, lambda: write_drilled)


def planned(name: str, study: Study) -> Drill:
    """Read a drill that is to be laid over a scenario.

    Raises
    ------
    InputError
        With the problems of the drill and of the scenario.
    """
    problems: list[Problem] = []
    for look in (functools.partial(read_drill, name), study.scenario):
        try:
            look()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return read_drill(name)


def _verify_all(runner: Runner, tasks: list[Task], *, kept: Path | None) -> list[Verified]:
    """Verify days, spread over the workers; what is known of one already is read."""
    from dronesim.experiment.drilling import Verified

    if kept is not None and tasks:
        Store(folder=kept).open()
    calls = [(task, kept) for task in tasks]
    found = runner.gather(verify_task, calls, beside="giving days to the independent checker") if calls else []
    pairs = zip(tasks, found, strict=True)
    return [Verified(replication=task.replication, breaches=tuple(breaches)) for task, breaches in pairs]


def _has_breaches(known: Record) -> bool:
    return isinstance(known.get("breaches"), list) and all(isinstance(text, str) for text in known["breaches"])


def verify_task(task: Task, kept: Path | None) -> list[str]:
    """Simulate a day with its tracks, give it to the independent checker, and give each breach in words."""
    from dronesim.verify import verify_run

    store = None if kept is None else Store(folder=kept)
    known = None if store is None else store.read(task.name, _has_breaches)
    if known is None:
        day = simulated(ready(task.point), replication=task.replication, has_tracks=True)
        with tempfile.TemporaryDirectory(prefix="dronesim-") as place:
            report = verify_run(write_day(day, Path(place) / "day"))
        known = {"breaches": [f"{each.name}: {text}" for each in report.checks for text in each.violations]}
        if store is not None:
            store.write(task.name, json.dumps(known, ensure_ascii=False))
    breaches: list[str] = known["breaches"]
    return breaches
