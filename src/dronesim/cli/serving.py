"""The verb that opens the live planner, or the list of finished studies, in a browser of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dronesim.cli.options import Quiet, Seed, Settings, whole
from dronesim.cli.output import tell, unfit
from dronesim.cli.signals import Stopped
from dronesim.defaults import PLANNED_DAYS


def serve(
    scenario: Annotated[
        Path | None,
        typer.Argument(
            metavar="SCENARIO", help="Scenario file (TOML); without one runs are listed.", show_default=False
        ),
    ] = None,
    settings: Settings = None,
    seed: Seed = None,
    runs: Annotated[Path, typer.Option("--runs", help="Folder whose finished runs and studies are listed.")] = Path(
        "runs"
    ),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder of the study's days; runs/<name>-plan if not given. What is done there is not redone."
        ),
    ] = None,
    days: Annotated[int, whole("--days", least=2, about="Real days behind each answer.")] = PLANNED_DAYS,
    port: Annotated[
        int, whole("--port", least=0, most=65535, about="Port of this machine; 0 for any that is free.")
    ] = 0,
    workers: Annotated[int, whole("--workers", least=1, about="Processes that run days.")] = 1,
    quiet: Quiet = False,
) -> None:
    """Open a page where sliders move and the answer follows: an estimate at once, then real days, one by one.

    The server answers this machine alone, at an address with a token of its own that is printed; Ctrl-C ends it. The
    days go into --out, where run, size and sweep find them again. Without a scenario it lists the finished runs and
    studies below --runs. It needs the extra web.

    Example: dronesim serve scenarios/quickstart.toml
    """
    from dronesim.serving.server import open_server

    folder = Path()
    study = None
    if scenario is None:
        if settings or seed is not None or out is not None:
            raise unfit("serve", "needs a scenario for --set, --seed and --out; name one")
        if not runs.is_dir():
            raise unfit("--runs", f"must be a folder; {runs} is none")
    else:
        study, folder = _study(scenario, settings, seed=seed, out=out)
    try:
        with open_server(
            study,
            root=runs,
            folder=folder,
            port=port,
            days=days,
            workers=workers,
            warn=lambda text: tell(f"warning: {text}"),
        ) as serving:
            tell(
                f"open {serving.url}"
                if quiet
                else f"open {serving.url}\nthe address is for this machine and this start alone; Ctrl-C ends it"
            )
            serving.run()
    except Stopped as stopped:
        if study is not None:
            from dronesim.api.laboratory import kept_in

            tell(f"ended; {kept_in(folder)}")
        raise typer.Exit(stopped.exit_code) from stopped


def _study(scenario: Path, settings: list[str] | None, *, seed: int | None, out: Path | None) -> Any:
    """Give the study of a scenario and the folder of its days, once both can be used."""
    from dronesim.api.asking import asked
    from dronesim.api.laboratory import check_results, results_folder
    from dronesim.dispatch import POLICIES
    from dronesim.experiment.study import check_all

    study = asked(scenario, settings or [], seed=seed, policy=None).study
    check_all([study])
    policy = study.scenario().dispatch.policy
    if policy not in POLICIES:
        raise unfit(
            "dispatch.policy",
            f"the planner runs built-in policies only; choose from {', '.join(POLICIES)} (found {policy!r})",
        )
    folder = out or results_folder(study, verb="plan")
    check_results(folder)
    return study, folder
