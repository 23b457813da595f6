"""The verbs that run a scenario on many days, at one point or at many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dronesim.cli.laboratory import Bench, open_bench
from dronesim.cli.options import Dask, Json, Losses, Out, Quiet, Replications, ScenarioFile, Seed, Settings, Workers
from dronesim.defaults import REPLICATIONS

if TYPE_CHECKING:
    from dronesim.experiment.repeating import Repeated


def show_days(bench: Bench, *, replications: int) -> Repeated:
    """Run many days of one scenario, show their key figures with intervals, and give them back."""
    from dronesim.api.experiments import repeat
    from dronesim.report.sweeping import repeated_lines

    with bench.working() as given:
        found = repeat(bench.scenario, replications=replications, **given)
    bench.publish(found, repeated_lines)
    return found


def sweep(
    scenario: ScenarioFile,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", metavar="KEY=VALUES", help="As fleet.drones=20:80:10 or dispatch.policy=nearest,greedy."
        ),
    ],
    replications: Replications = REPLICATIONS,
    sample: Annotated[
        str | None,
        typer.Option("--sample", metavar="lhs:N", help="N points of a Latin hypercube instead of all combinations."),
    ] = None,
    losses: Losses = False,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run all combinations of some values on the same days: a tidy table, and a picture a factor.

    Stopped or killed, the same command goes on from what is done. Two sweeps may share a folder.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim sweep scenarios/quickstart.toml --vary fleet.drones=50:70:5 --replications 10 --out runs/fleets
    """
    from dronesim.api.experiments import sweep as run_sweep
    from dronesim.experiment.factors import parse_sample
    from dronesim.report.sweeping import sweep_lines

    points = None if sample is None else parse_sample(sample)
    bench = open_bench(
        scenario,
        "sweep",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working() as given:
        found = run_sweep(scenario, vary=vary, replications=replications, sample=points, losses=losses, **given)
    bench.publish(found, sweep_lines)
