"""A year of days from Python: each in its weather and in calm, by month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dronesim.api.asking import Policy, ScenarioSource, Settings, asked, settings_of
from dronesim.api.laboratory import laboratory
from dronesim.defaults import DAYS, LOST_BELOW
from dronesim.errors import InputError, Problem

if TYPE_CHECKING:
    from dronesim.experiment.runner import Tally
    from dronesim.experiment.year import Year


def year(
    scenario: ScenarioSource,
    *,
    days: int = DAYS,
    each_day: Callable[[int], Settings] | None = None,
    lost_below: float = LOST_BELOW,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Year:
    """Run days one after another, each in its weather and beside it in calm.

    They begin on 1 January, or on the first day of a file of weather that has dates; after its last whole day the
    first comes again.

    Parameters
    ----------
    days
        How many. Day d is replication d, on both sides.
    each_day
        What day d has beside the scenario, as `set` takes it, such as its winds; None: all are as the scenario states.
    lost_below
        A day is lost whose flyable share of the opening hours is below this, 0 to 1.
    scenario, set, seed, policy, out, workers, dask, progress, warn
        As in `repeat`; the folder gets a table of all days and a picture by month.

    Returns
    -------
    Year
        Its ``months``, and ``all`` days together: flyable share, level in the weather and in calm with their paired
        difference, days lost. ``table()`` has a row a day and side.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`.

    Examples
    --------
    >>> import dronesim
    >>> few, winds = {"demand.orders": 200, "fleet.drones": 20}, [2.0, 30.0, 4.0]
    >>> found = dronesim.year(
    ...     "scenarios/quickstart.toml", days=3, each_day=lambda day: {"weather.wind_mps": winds[day]}, set=few
    ... )
    >>> found.all.days, found.all.lost, round(found.all.flyable, 2), found.all.level.mean < found.all.calm.mean
    (3, 1, 0.67, True)
    """
    from dronesim.experiment.year import run_year
    from dronesim.report.experiments import write_year

    if not 0 <= lost_below <= 1:
        raise InputError([Problem(file="Python", key="lost_below", rule="must be a share, 0 to 1", value=lost_below)])
    if days < 1:
        raise InputError([Problem(file="Python", key="days", rule="must be at least 1", value=days)])
    lab = laboratory(asked(scenario, set, seed=seed, policy=policy), out, workers, dask, progress, warn)
    settings = None if each_day is None else lambda day: settings_of(each_day(day))
    with lab.runner() as runner:
        found = run_year(lab.asked.study, runner, days=days, lost_below=lost_below, settings_of_day=settings)
    return lab.keep(found, lambda: write_year)
