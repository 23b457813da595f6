"""A day is run, or one that was saved is opened, from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from dronesim.api.asking import Policy, ScenarioSource, Settings, asked
from dronesim.api.runs import Run
from dronesim.api.sources import InFolder, InMemory, decoration
from dronesim.codes import stated_secret
from dronesim.errors import InputError, Problem
from dronesim.experiment.run import RunRequest, run_day, run_into
from dronesim.record.saved import open_saved


def run(
    scenario: ScenarioSource,
    *,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    replication: int = 0,
    policy: Policy | None = None,
    tracks: bool = False,
    log_decisions: bool = False,
    out: str | Path | Literal[True] | None = None,
    report: bool = True,
    key_file: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Run:
    """Simulate one day.

    Parameters
    ----------
    scenario
        Scenario file, or what `load_scenario` gave.
    set
        Settings that win over it, as ``{"fleet.drones": 40}`` or ``["fleet.drones=40"]``.
    seed, replication
        Which day; the scenario's seed if None. The same two give the same orders, kitchens and customers.
    policy
        Dispatch policy instead of the scenario's: its name, or a function of the view. One that is named and not built
        in, here or in the scenario, is code, which is run: it is named on standard error with its file and its hash.
        In a folder one that is given as an object is named by its module; one of a notebook has a name that no other
        process finds, so that such a folder can't be run again.
    tracks
        Whether to keep the cleared and flown segments, as tables ``cleared`` and ``flown``.
    log_decisions
        Whether to write ``decisions.parquet`` into the folder: what each decision chose from, and what it chose.
    out
        Folder to write, whole or not at all, as ``dronesim run --out`` does; True for a name of its own under
        ``runs``; None for nothing but memory. A run that lies there is replaced.
    report
        Whether a folder gets pictures and a page, which takes a second or two.
    key_file
        File with the key that signs the pickup codes, readable by its owner alone; else that of ``DRONESIM_KEY_FILE``
        or ``DRONESIM_KEY``; else it derives from the seed, and codes are as secret as that. No result depends on it.
    progress
        Called with the share of the day that has passed, 0 to 1.
    warn
        Called with each thing that a planner should know before.

    Returns
    -------
    Run
        The day, with its tables, facts and measures.

    Raises
    ------
    InputError
        Anything in the scenario, its map, a setting or a path that is not usable; all of it at once.
    PolicyError
        The dispatch policy took an illegal decision, or raised.

    Examples
    --------
    >>> import dronesim
    >>> day = dronesim.run("scenarios/quickstart.toml", set={"demand.orders": 300, "fleet.drones": 30}, seed=7)
    >>> day.facts["seed"], day.folder
    (7, None)
    >>> sorted(day.tables)
    ['incidents', 'legs', 'occupancy', 'orders', 'scans', 'waits']
    """
    question = asked(scenario, set, seed=None, policy=policy)
    request = RunRequest(
        scenario=question.study.scenario(),
        folder=question.study.folder,
        policy=question.lent[0].policy if question.lent else None,
        seed=seed,
        replication=replication,
        has_tracks=tracks,
        logs_decisions=log_decisions,
        secret=stated_secret(None if key_file is None else Path(key_file)),
        progress=progress,
        warn=warn,
    )
    if out is None and log_decisions:
        rule = "needs a folder that it is written into: state out"
        raise InputError([Problem(file="run", key="log_decisions", rule=rule)])
    if out is None:
        return Run(InMemory(run_day(request)))
    place = None if out is True else Path(out)
    folder = run_into(request, place, decorate=decoration(report, has_own_key=request.secret is not None))
    return open_run(folder, key_file=key_file)


def open_run(folder: str | Path, *, key_file: str | Path | None = None) -> Run:
    """Open the folder of a run.

    Parameters
    ----------
    folder
        What ``dronesim run`` or `run` with ``out`` wrote.
    key_file
        File with the key that signed its pickup codes, if it was the planner's own; see `run`.

    Raises
    ------
    InputError
        It is no run, or a file of it is missing or not as it was written; tables are looked at when they are read.

    Examples
    --------
    >>> import dronesim
    >>> saved = dronesim.run("scenarios/quickstart.toml", set={"demand.orders": 300}, out="runs/few", report=False)
    >>> dronesim.open_run("runs/few").kpis == saved.kpis
    True
    """
    return Run(InFolder(open_saved(Path(folder)), key_file=None if key_file is None else Path(key_file)))
