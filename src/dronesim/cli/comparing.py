"""The verbs that compare: dispatch policies, and what one more of each resource brings."""

from __future__ import annotations

from typing import Annotated

import typer

from dronesim.cli.laboratory import open_bench
from dronesim.cli.options import Dask, Json, Out, Quiet, Replications, ScenarioFile, Seed, Settings, Workers
from dronesim.defaults import COMPARED_REPLICATIONS, REPLICATIONS


def compare(
    scenario: ScenarioFile,
    policy: Annotated[
        str, typer.Option("--policy", metavar="NAME,NAME", help="Policies, built-in or package.module:function.")
    ] = "nearest,greedy,matching",
    replications: Replications = COMPARED_REPLICATIONS,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare dispatch policies on the same days: differences with intervals, ranks, and where they differ.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim compare scenarios/quickstart.toml --policy nearest,greedy --replications 30
    """
    from dronesim.api.experiments import compare as run_comparison
    from dronesim.report.comparing import compare_lines

    bench = open_bench(
        scenario,
        "compare",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    names = [name.strip() for name in policy.split(",") if name.strip()]
    with bench.working() as given:
        found = run_comparison(scenario, policies=names, replications=replications, **given)
    bench.publish(found, compare_lines)


def bottlenecks(
    scenario: ScenarioFile,
    replications: Replications = REPLICATIONS,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank what one more of each resource would bring, on the same days; waiting times often name the wrong one.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim bottlenecks scenarios/quickstart.toml --set fleet.drones=55 --replications 20
    """
    from dronesim.api.experiments import bottlenecks as find_bottlenecks
    from dronesim.report.bottlenecks import bottleneck_lines

    bench = open_bench(
        scenario,
        "bottlenecks",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working() as given:
        found = find_bottlenecks(scenario, replications=replications, **given)
    bench.publish(found, bottleneck_lines)
