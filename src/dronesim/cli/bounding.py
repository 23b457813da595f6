"""The verb that tells what no policy can exceed."""

from __future__ import annotations

from typing import Annotated

from dronesim.cli.laboratory import open_bench
from dronesim.cli.options import Dask, Json, Out, Quiet, ScenarioFile, Seed, Settings, Workers, whole
from dronesim.defaults import BOUND_DAYS


def bound(
    scenario: ScenarioFile,
    days: Annotated[int, whole("--days", least=1, about="How many days, from replication 0 on.")] = BOUND_DAYS,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell which share on time no dispatch policy can exceed, whatever it knows, day by day; no policy is run.

    It counts drones, pads, lanes, crews, pilots and boxes at their prices; see docs/bounds.md.

    Example: dronesim bound scenarios/quickstart.toml --set fleet.drones=45 --days 5
    """
    from dronesim.api.bounds import bound as find_bound
    from dronesim.report.bounding import bound_lines

    bench = open_bench(
        scenario,
        "bound",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working() as given:
        found = find_bound(scenario, days=days, **given)
    bench.publish(found, bound_lines)
