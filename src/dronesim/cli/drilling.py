"""The verb that drills: a scenario with a trouble and without, on the same days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dronesim.cli.checking import Listed, show_list
from dronesim.cli.laboratory import open_bench
from dronesim.cli.options import Dask, Json, Out, Quiet, Replications, Seed, Settings, Workers
from dronesim.cli.output import tell, unfit
from dronesim.defaults import DRILLED_REPLICATIONS, DRILLED_SCENARIO


def drill(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A drill, or a file of your own; none: they are listed.")
    ] = None,
    on: Annotated[Path, typer.Option("--on", metavar="SCENARIO", help="The scenario that is drilled.")] = Path(
        DRILLED_SCENARIO
    ),
    replications: Replications = DRILLED_REPLICATIONS,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Give each day with the trouble to the independent checker.")
    ] = True,
    settings: Settings = None,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario with a trouble and without on the same days, and tell what the trouble costs.

    Each day with the trouble is verified too; exits with 1 where the independent checker finds something.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim drill storm-at-lunch --on scenarios/quickstart.toml
    """
    if name is None:
        show_list(Listed.DRILLS, as_json=as_json)
        return
    from dronesim.api.asking import asked
    from dronesim.api.drills import drill as run_drill
    from dronesim.api.drills import planned
    from dronesim.report.drilling import drill_lines
    from dronesim.scenario.drilling import read_drill

    if on == Path(DRILLED_SCENARIO) and not on.exists():
        read_drill(name)
        raise unfit("--on", f"names no scenario to be drilled, and there is no {on} here")
    plan = planned(name, asked(on, settings or [], seed=seed, policy=None).study)
    bench = open_bench(
        on,
        plan.name,
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working() as given:
        found = run_drill(name, on=on, replications=replications, verify=verify, **given)
    bench.publish(found, drill_lines)
    if not found.is_clean:
        tell("the independent checker contradicts a day with the trouble")
        raise typer.Exit(1)
