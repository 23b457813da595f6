"""How many of something are needed, from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dronesim.api.asking import Policy, ScenarioSource, Settings, asked
from dronesim.api.laboratory import laboratory, unheard
from dronesim.defaults import (
    CONFIDENCE,
    INDIFFERENCE,
    MOST_REPLICATIONS,
    SIZED,
)
from dronesim.experiment.size_answer import DAYS_INDIFFERENCE, SizeRequest

if TYPE_CHECKING:
    from dronesim.experiment.runner import Tally
    from dronesim.experiment.size_answer import SizeAnswer


def size(
    scenario: ScenarioSource,
    *,
    resource: str = SIZED,
    target: float | None = None,
    confidence: float = CONFIDENCE,
    by_takeoff_point: bool = False,
    between: tuple[int, int] | None = None,
    indifference: float = INDIFFERENCE,
    days: float | None = None,
    days_indifference: float = DAYS_INDIFFERENCE,
    near_ceiling: float | None = None,
    most_replications: int = MOST_REPLICATIONS,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
    above: Callable[[SizeAnswer], None] | None = None,
) -> SizeAnswer:
    """Find the smallest fleet, or number of anything, that meets the target.

    Parameters
    ----------
    resource
        Dotted key of one whole number.
    target
        Share on time, 0 to 1; the scenario's if None.
    confidence
        Of the answer, 0.5 to 1: the search looks again and again, and the promise holds all the same.
    by_takeoff_point
        Whether every take-off point must meet the target. Of what belongs to take-off points the smallest number is
        found for each then (``points`` of the answer); else one number is spread by expected demand (``spread``).
    between
        Smallest and largest value to look at, of each take-off point if by these; 1 to 4 times the scenario's if None.
    indifference
        Share about the target that may count as either, 0.005 for half a point.
    days
        Share of days that must meet the target, each by itself, instead of their mean.
    days_indifference
        Share of days that may count as either.
    near_ceiling
        Where no number gives what is asked for: how far below the ceiling to look instead, a share.
    most_replications
        Most days at one value.
    above
        Called, before the search, with what is known where the target lies above the ceiling.
    scenario, set, seed, policy, out, workers, dask, progress, warn
        As in `repeat`.

    Returns
    -------
    SizeAnswer
        ``status``, the answer from ``low`` to ``high``, the ``ceiling``, and the ``curve`` that was looked at.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`.

    Examples
    --------
    >>> import dronesim
    >>> few = {"demand.orders": 60}
    >>> answer = dronesim.size("scenarios/quickstart.toml", target=0.5, between=(2, 12), indifference=0.2, set=few)
    >>> answer.status.is_answer, 2 <= answer.low <= answer.high <= 12
    (True, True)
    """
    from dronesim.experiment.sizing import size as find_size

    lab = laboratory(asked(scenario, set, seed=seed, policy=policy), out, workers, dask, progress, warn)
    request = SizeRequest(
        study=lab.asked.study,
        resource=resource,
        target=target,
        confidence=confidence,
        indifference=indifference,
        most_replications=most_replications,
        between=between,
        by_takeoff_point=by_takeoff_point,
        days=days,
        days_indifference=days_indifference,
        near_ceiling=near_ceiling,
    )
    with lab.runner() as runner:
        found = find_size(request, runner, above=above or unheard)

    def write(folder: Path, answer: SizeAnswer) -> None:
        from dronesim.report.experiments import write_size

        write_size(folder, answer)

    return lab.keep(found, lambda: write)
