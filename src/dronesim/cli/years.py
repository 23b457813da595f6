"""The verb that runs a year of days, each in its weather and in calm."""

from __future__ import annotations

from typing import Annotated

from dronesim.cli.laboratory import open_bench
from dronesim.cli.options import Dask, Json, Out, Quiet, ScenarioFile, Seed, Settings, Workers, decimal, whole
from dronesim.defaults import DAYS, LOST_BELOW


def year(
    scenario: ScenarioFile,
    days: Annotated[
        int, whole("--days", least=1, about="How many days, from 1 January on, or from the first of a weather file.")
    ] = DAYS,
    lost_below: Annotated[
        float,
        decimal(
            "--lost-below",
            least=0.0,
            most=1.0,
            hint="as 0.5",
            about="A day is lost with less of its opening hours flyable, a share of 0 to 1.",
        ),
    ] = LOST_BELOW,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a year of days, each in its weather and beside it in calm: flyable share, service level, days lost by month.

    Day d is replication d of the scenario, and of the same scenario without its weather. Stopped or killed, the same
    command goes on from what is done.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim year scenarios/quickstart.toml --set weather.wind_mps=5 --days 31
    """
    from dronesim.api.years import year as run_year
    from dronesim.report.year import year_lines

    bench = open_bench(
        scenario,
        "year",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working() as given:
        found = run_year(scenario, days=days, lost_below=lost_below, **given)
    bench.publish(found, year_lines)
