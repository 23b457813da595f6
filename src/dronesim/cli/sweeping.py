"""The verbs that run a scenario on many days, at one point or at many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dronesim.cli.laboratory import Dask, Out, Replications, Workers, laboratory, make_study, out_folder, show_answer
from dronesim.cli.options import Json, Quiet, ScenarioFile, Seed, Settings

if TYPE_CHECKING:
    from dronesim.experiment.repeating import Repeated
    from dronesim.experiment.study import Study


def show_days(
    study: Study, *, replications: int, out: Path | None, workers: int | None, as_json: bool, is_quiet: bool
) -> Repeated:
    """Run many days of one scenario, show their key figures with intervals, and give them back."""
    from dronesim.experiment.repeating import repeat
    from dronesim.report.experiments import write_repeated
    from dronesim.report.sweeping import repeated_lines

    folder = out_folder(out, study.scenario().name, "days")
    with laboratory(study, folder=folder, workers=workers, dask=None, is_quiet=is_quiet) as runner:
        found = repeat(study, runner, replications=replications)
    write_repeated(folder, found)
    show_answer(found, repeated_lines, folder=folder, as_json=as_json, is_quiet=is_quiet)
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
    folder = out_folder(out, study.scenario().name, "sweep")
    with laboratory(study, folder=folder, workers=workers, dask=dask, is_quiet=quiet) as runner:
        found = run_sweep(study, runner, factors=factors, replications=replications, sample=points)
    write_sweep(folder, found)
    show_answer(found, sweep_lines, folder=folder, as_json=as_json, is_quiet=quiet)
