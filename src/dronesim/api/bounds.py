"""Bounds from Python: the share on time of some days that no policy exceeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dronesim.api.asking import ScenarioSource, Settings, asked
from dronesim.api.laboratory import laboratory
from dronesim.defaults import BOUND_DAYS

if TYPE_CHECKING:
    from dronesim.experiment.bounding import Bounded
    from dronesim.experiment.runner import Tally


def bound(
    scenario: ScenarioSource,
    *,
    days: int = BOUND_DAYS,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Bounded:
    """Find for each of some days a share on time that no policy can exceed; none is run.

    Parameters
    ----------
    days
        How many, from replication 0 on.
    scenario, set, seed, out, workers, dask, progress, warn
        As in `repeat`.

    Returns
    -------
    Bounded
        The mean ``share`` with its interval, what would be ``possible`` if no order were in another's way, and the
        ``days`` one by one.

    Raises
    ------
    InputError, WorkerError, OutputError
        As in `repeat`.

    Examples
    --------
    >>> import dronesim
    >>> found = dronesim.bound("scenarios/quickstart.toml", days=2, set={"demand.orders": 300, "fleet.drones": 10})
    >>> [day.on_time <= day.possible <= day.orders for day in found.days], found.limits
    ([True, True], ('drone',))
    """
    from dronesim.experiment.bounding import find_bounds

    lab = laboratory(asked(scenario, set, seed=seed, policy=None), out, workers, dask, progress, warn)
    with lab.runner() as runner:
        found = find_bounds(lab.asked.study, runner, days=days)

    def write(folder: Path, answer: Bounded) -> None:
        from dronesim.report.experiments import write_bounded

        write_bounded(folder, answer)

    return lab.keep(found, lambda: write)
