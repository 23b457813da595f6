"""Experiments from Python: many days, sweeps, sizes, comparisons, bottlenecks, each with its answer as an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from dronesim.api.asking import Policy, ScenarioSource, Settings, asked, factors_of, named_policies
from dronesim.api.laboratory import Laboratory, laboratory
from dronesim.defaults import (
    COMPARED_POLICIES,
    COMPARED_REPLICATIONS,
    REPLICATIONS,
)
from dronesim.dispatch import POLICIES
from dronesim.errors import InputError, Problem

if TYPE_CHECKING:
    from dronesim.experiment.bottlenecks import Bottlenecks
    from dronesim.experiment.comparing import Comparison
    from dronesim.experiment.repeating import Repeated
    from dronesim.experiment.runner import Tally
    from dronesim.experiment.side_by_side import SideBySide
    from dronesim.experiment.study import Study
    from dronesim.experiment.sweeping import Sweep


def repeat(
    scenario: ScenarioSource,
    *,
    replications: int = REPLICATIONS,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Repeated:
    """Run a scenario on many days.

    Parameters
    ----------
    scenario, set, seed, policy
        As in `run`. The days are replications 0, 1, 2 ... of the seed.
    replications
        How many days, at least 2.
    out
        Folder for the answer and for each finished day: what is done there is not done again. None keeps nothing.
    workers
        Processes: 1 works in this one, None takes one a core. With more than one a script has its work below
        ``if __name__ == "__main__":``, and a policy that is given as an object is one of a module.
    dask
        Address of the scheduler of a Dask cluster, as ``tcp://10.0.0.5:8786``, instead.
    progress
        Called now and then with how far it is (``done`` of ``total``).
    warn
        Called with each thing that a planner should know.

    Returns
    -------
    Repeated
        Every key figure with its 95 % interval, by its dotted name in ``kpis.json``.

    Raises
    ------
    InputError
        Anything that is asked for is not usable; all of it at once.
    PolicyError
        The dispatch policy took an illegal decision, or raised.
    WorkerError
        A worker process ended on its own.
    OutputError
        Nothing can be written to ``out`` any more; finished days are kept.

    Examples
    --------
    >>> import dronesim
    >>> few = {"demand.orders": 300, "fleet.drones": 30}
    >>> found = dronesim.repeat("scenarios/quickstart.toml", replications=3, set=few)
    >>> share = found.figures["service.share"]
    >>> share.low <= share.mean <= share.high, share.count
    (True, 3)
    """
    from dronesim.experiment.repeating import repeat as run_days

    lab = laboratory(asked(scenario, set, seed=seed, policy=policy), out, workers, dask, progress, warn)
    with lab.runner() as runner:
        found = run_days(lab.asked.study, runner, replications=replications)
    return lab.keep(found, lambda: _writers().write_repeated)


def sweep(
    scenario: ScenarioSource,
    *,
    vary: Mapping[str, Sequence[Any] | str] | Sequence[str],
    replications: int = REPLICATIONS,
    sample: int | None = None,
    losses: bool = False,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Sweep:
    """Run all combinations of some values on the same days.

    Parameters
    ----------
    vary
        Values by dotted key, as ``{"fleet.drones": range(60, 100, 10)}``, or as text, ``{"fleet.drones": "60:90:10"}``
        (both ends in) and ``["fleet.drones=60:90:10"]``. Policies may be given as objects.
    replications
        Days a point.
    sample
        So many points of a Latin hypercube instead of all combinations.
    losses
        Whether days count losses of separation, which takes two to three times as long.
    scenario, set, seed, policy, out, workers, dask, progress, warn
        As in `repeat`; the folder gets a table of all days and a picture a factor.

    Returns
    -------
    Sweep
        Its ``points`` with level, mean click-to-door and cost; ``table()`` has a row a day.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`.

    Examples
    --------
    >>> import dronesim
    >>> fleets = {"fleet.drones": [10, 30]}
    >>> found = dronesim.sweep("scenarios/quickstart.toml", vary=fleets, replications=2, set={"demand.orders": 300})
    >>> [point.combination for point in found.points]
    [{'fleet.drones': 10}, {'fleet.drones': 30}]
    >>> found.table().num_rows
    4
    """
    from dronesim.experiment.oddities import odd_values
    from dronesim.experiment.sweeping import sweep as run_sweep

    factors, own = factors_of(vary)
    lab = laboratory(asked(scenario, set, seed=seed, policy=policy, others=own), out, workers, dask, progress, warn)
    with lab.runner(runs_as_it_is=False) as runner:
        for text in odd_values({factor.key: factor.bounds or factor.values for factor in factors}):
            lab.warn(text)
        found = run_sweep(
            lab.asked.study, runner, factors=factors, replications=replications, sample=sample, counts_losses=losses
        )
    return lab.keep(found, lambda: _writers().write_sweep)


@overload
def compare(
    scenario: ScenarioSource,
    other: None = None,
    *,
    policies: Sequence[Policy] | None = None,
    replications: int = COMPARED_REPLICATIONS,
    set: Settings = (),
    seed: int | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Comparison: ...


@overload
def compare(
    scenario: ScenarioSource,
    other: ScenarioSource,
    *,
    policies: None = None,
    replications: int = COMPARED_REPLICATIONS,
    losses: bool = False,
    set: Settings = (),
    seed: int | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> SideBySide: ...


def compare(
    scenario: ScenarioSource,
    other: ScenarioSource | None = None,
    *,
    policies: Sequence[Policy] | None = None,
    replications: int = COMPARED_REPLICATIONS,
    losses: bool = False,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Comparison | SideBySide:
    """Compare two scenarios, or dispatch policies on one, on the same days.

    Parameters
    ----------
    other
        A second scenario: every key figure of it less that of the first, on the same days. None compares policies.
    policies
        At least two, by name or as functions of the view; None for the built-in ones. Not with a second scenario.
    replications
        Days, the same for each.
    losses
        Whether the days of two scenarios count losses of separation, which takes two to three times as long.
    set, seed
        As in `repeat`, for both scenarios; without a seed both have that of the first.
    scenario, out, workers, dask, progress, warn
        As in `repeat`.

    Returns
    -------
    Comparison or SideBySide
        Of policies: ``competitors`` from best to worst, and the ``differences`` of every two with intervals that hold
        together. Of two scenarios: what is ``differing`` in them, and the ``figures`` with both means, the paired
        difference with its interval, and whether they are told apart.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`; or two scenarios state the same.

    Examples
    --------
    >>> import dronesim
    >>> few = {"demand.orders": 300, "fleet.drones": 15}
    >>> found = dronesim.compare("scenarios/quickstart.toml", policies=["nearest", "greedy"], replications=3, set=few)
    >>> sorted(each.policy for each in found.competitors), len(found.differences)
    (['greedy', 'nearest'], 1)
    >>> one, two = (
    ...     dronesim.load_scenario("scenarios/quickstart.toml", ["demand.orders=300", f"fleet.drones={drones}"])
    ...     for drones in (15, 30)
    ... )
    >>> sides = dronesim.compare(one, two, replications=3)
    >>> [(each.key, each.a, each.b) for each in sides.differing], sides.level.is_clear
    ([('fleet.drones', '15', '30')], True)
    """
    if other is not None:
        if policies is not None:
            rule = "are compared on one scenario; leave them out, or the second scenario"
            raise InputError([Problem(file="Python", key="policies", rule=rule)])
        question = asked(scenario, set, seed=seed, policy=None)
        second = asked(other, set, seed=seed, policy=None).study
        lab = laboratory(question, out, workers, dask, progress, warn, others=(second,))
        return _side_by_side(lab, second, replications=replications, losses=losses)
    if losses:
        rule = "are counted of two scenarios; state a second one"
        raise InputError([Problem(file="Python", key="losses", rule=rule)])
    from dronesim.experiment.comparing import compare as run_comparison

    names, own = named_policies(COMPARED_POLICIES if policies is None else policies)
    lab = laboratory(asked(scenario, set, seed=seed, policy=None, others=own), out, workers, dask, progress, warn)
    # what such a policy does to its process shall not end the others' days
    is_apart = not own and any(name not in POLICIES for name in names)
    with lab.runner(is_apart=is_apart) as runner:
        found = run_comparison(lab.asked.study, runner, policies=names, replications=replications)
    return lab.keep(found, lambda: _writers().write_comparison)


def _side_by_side(lab: Laboratory, second: Study, *, replications: int, losses: bool) -> SideBySide:
    from dronesim.experiment.side_by_side import compare_scenarios

    with lab.runner() as runner:
        found = compare_scenarios(lab.asked.study, second, runner, replications=replications, counts_losses=losses)
    return lab.keep(found, lambda: _writers().write_side_by_side)


def bottlenecks(
    scenario: ScenarioSource,
    *,
    replications: int = REPLICATIONS,
    zones: bool = False,
    set: Settings = (),  # noqa: A002
    seed: int | None = None,
    policy: Policy | None = None,
    out: str | Path | None = None,
    workers: int | None = 1,
    dask: str | None = None,
    progress: Callable[[Tally], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Bottlenecks:
    """Rank what one more of each resource would bring, on the same days.

    Parameters
    ----------
    replications
        Days, the same for each.
    zones
        Whether the network is also run without each of the map's no-fly zones: what each costs.
    scenario, set, seed, policy, out, workers, dask, progress, warn
        As in `repeat`.

    Returns
    -------
    Bottlenecks
        ``gains`` from the largest per unit down, beside the waits, which often name the wrong one.

    Raises
    ------
    InputError, PolicyError, WorkerError, OutputError
        As in `repeat`.

    Examples
    --------
    >>> import dronesim
    >>> few = {"demand.orders": 60, "fleet.drones": 5}
    >>> found = dronesim.bottlenecks("scenarios/quickstart.toml", replications=2, set=few)
    >>> "drone" in [gain.variation.name for gain in found.gains]
    True
    """
    from dronesim.experiment.bottlenecks import find_bottlenecks

    lab = laboratory(asked(scenario, set, seed=seed, policy=policy), out, workers, dask, progress, warn)
    with lab.runner() as runner:
        found = find_bottlenecks(lab.asked.study, runner, replications=replications, zones=zones)
    return lab.keep(found, lambda: _writers().write_bottlenecks)


def _writers() -> Any:
    """Import what writes answers, and draws them, when one is written."""
    from dronesim.report import experiments

    return experiments
