"""The verbs that run a scenario on many days, at one point or at many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dronesim.cli.laboratory import Laboratory, make_study, open_laboratory
from dronesim.cli.options import Dask, Json, Out, Quiet, Replications, ScenarioFile, Seed, Settings, Workers

if TYPE_CHECKING:
    from dronesim.experiment.repeating import Repeated


def show_days(laboratory: Laboratory, *, replications: int) -> Repeated:
    """Run many days of one scenario, show their key figures with intervals, and give them back."""
    from dronesim.experiment.repeating import repeat
    from dronesim.report.experiments import write_repeated
    from dronesim.report.sweeping import repeated_lines

    with laboratory.runner() as runner:
        found = repeat(laboratory.study, runner, replications=replications)
    laboratory.publish(found, write=write_repeated, lines=repeated_lines)
    return found


def sweep(
    scenario: ScenarioFile,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary", metavar="KEY=VALUES", help="As fleet.drones=20:80:10 or dispatch.policy=nearest,greedy."
        ),
    ],
    replications: Replications = 20,
    sample: Annotated[
        str | None,
        typer.Option("--sample", metavar="lhs:N", help="N points of a Latin hypercube instead of all combinations."),
    ] = None,
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

    Example: dronesim sweep scenarios/quickstart.toml --vary fleet.drones=50:70:5 --replications 10 --out runs/fleets
    """
    from dronesim.experiment.factors import parse_factor, parse_sample
    from dronesim.experiment.sweeping import sweep as run_sweep
    from dronesim.report.experiments import write_sweep
    from dronesim.report.sweeping import sweep_lines

    factors = [parse_factor(text) for text in vary]
    points = None if sample is None else parse_sample(sample)
    study = make_study(scenario, settings, seed)
    laboratory = open_laboratory(study, "sweep", out=out, workers=workers, dask=dask, as_json=as_json, is_quiet=quiet)
    with laboratory.runner(runs_as_it_is=False) as runner:
        found = run_sweep(study, runner, factors=factors, replications=replications, sample=points)
    laboratory.publish(found, write=write_sweep, lines=sweep_lines)
