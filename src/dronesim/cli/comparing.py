"""The verbs that compare: two scenarios or dispatch policies, and what one more of each resource brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.laboratory import open_bench
from dronesim.cli.options import Dask, Json, Losses, Out, Quiet, Replications, ScenarioFile, Seed, Settings, Workers
from dronesim.cli.output import unfit
from dronesim.defaults import COMPARED_POLICIES, COMPARED_REPLICATIONS, REPLICATIONS


def compare(
    scenario: ScenarioFile,
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="A second scenario file; else policies are compared."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="NAME,NAME",
            help="Policies on one scenario, built-in or package.module:function.",
            show_default=",".join(COMPARED_POLICIES),
        ),
    ] = None,
    replications: Replications = COMPARED_REPLICATIONS,
    losses: Losses = False,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare two scenarios, or dispatch policies on one, on the same days: differences with intervals.

    With a second scenario file: what differs in the two, and every key figure of the second less that of the first,
    day by day; --set and --seed are for both. With one: ranks of the policies, and where they differ.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim compare scenarios/quickstart.toml scenarios/quickstart-days.toml --replications 30
    """
    from dronesim.api.experiments import compare as run_comparison
    from dronesim.report.comparing import compare_lines
    from dronesim.report.side_by_side import side_by_side_lines

    if other is not None and policy is not None:
        raise unfit("--policy", "compares policies on one scenario; leave it out, or the second scenario file")
    if other is None and losses:
        raise unfit("--losses", "counts them of two scenarios; state a second scenario file")
    bench = open_bench(
        scenario,
        "compare",
        other=other,
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    if other is not None:
        with bench.working() as given:
            sides = run_comparison(scenario, other, replications=replications, losses=losses, **given)
        bench.publish(sides, side_by_side_lines)
        return
    names = None if policy is None else [name.strip() for name in policy.split(",") if name.strip()]
    with bench.working() as given:
        found = run_comparison(scenario, policies=names, replications=replications, **given)
    bench.publish(found, compare_lines)


def bottlenecks(
    scenario: ScenarioFile,
    replications: Replications = REPLICATIONS,
    zones: Annotated[bool, typer.Option("--zones", help="Also run without each no-fly zone: what it costs.")] = False,
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
        found = find_bottlenecks(scenario, replications=replications, zones=zones, **given)
    bench.publish(found, bottleneck_lines)
