"""The verbs that make runs and what people read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dronesim.beside import begun_if_first
from dronesim.cli.compiling import compiling_told
from dronesim.cli.laboratory import Bench, open_bench
from dronesim.cli.options import (
    Dask,
    Json,
    KeyFile,
    Quiet,
    Replication,
    RunFolder,
    ScenarioFile,
    Seed,
    Settings,
    Workers,
    whole,
)
from dronesim.cli.output import show, show_json, tell, unfit
from dronesim.cli.progress import DayProgress
from dronesim.cli.sweeping import show_days

if TYPE_CHECKING:
    from dronesim.api.runs import Run
    from dronesim.experiment.estimates import Estimate

TARGET_MISSED: Final = 3


def run(
    scenario: ScenarioFile,
    settings: Settings = None,
    seed: Seed = None,
    replication: Replication = 0,
    replications: Annotated[
        int, whole("--replications", least=1, about="So many days instead of one: key figures with 95 % intervals.")
    ] = 1,
    workers: Workers = None,
    dask: Dask = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Run folder; runs/<name>-<seed>-<hash> if not given. A run that lies there already is replaced. Of "
            "many days the folder of results, runs/<name>-days if not given; what is done there is not redone.",
        ),
    ] = None,
    tracks: Annotated[bool, typer.Option("--tracks", help="Write cleared and flown 4D segments too.")] = False,
    replays: Annotated[
        bool, typer.Option("--replay", help="Write replay.html too, which plays the day in a browser.")
    ] = False,
    log_decisions: Annotated[
        bool,
        typer.Option("--log-decisions", help="Write what each decision chose from, and what it chose, to learn from."),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Exit with 3 where the service level (of days, its mean) misses the target, or noise a limit.",
        ),
    ] = False,
    key_file: KeyFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate one day and write a run folder with tables, measures, pictures and a report.

    A run folder that is already there is replaced; any other folder that is not empty is refused. With
    --replications many days are run, spread over --workers; of these the figures are kept, and no run folders.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim run scenarios/quickstart.toml --set fleet.drones=50
    """
    of_one = {
        "--tracks": tracks,
        "--replay": replays,
        "--log-decisions": log_decisions,
        "--replication": replication,
        "--key-file": key_file,
    }
    _check_days(replications, of_one=of_one, of_many={"--workers": workers, "--dask": dask})
    if replications > 1:
        bench = open_bench(
            scenario,
            "days",
            settings=settings,
            seed=seed,
            out=out,
            workers=workers,
            dask=dask,
            as_json=as_json,
            is_quiet=quiet,
        )
        _run_days(bench, replications, is_checked=check)
        return
    with _ready(scenario, settings or [], is_quiet=quiet) as (run_day, progress):
        day = run_day(
            seed=seed,
            replication=replication,
            tracks=tracks,
            log_decisions=log_decisions,
            out=True if out is None else out,
            key_file=key_file,
            progress=progress.update,
            warn=None if quiet else progress.warn,
        )
    _close_day(day, as_json=as_json, is_quiet=quiet, has_replay=replays, is_checked=check)


@contextmanager
def _ready(scenario: Path, settings: list[str], *, is_quiet: bool) -> Iterator[tuple[Callable[..., Run], DayProgress]]:
    """Give what runs a day of a scenario, all kernels compiled, and what shows how far it is."""
    with begun_if_first() as begun:
        from dronesim.api.running import run as run_one
        from dronesim.scenario import load_scenario

        checked = load_scenario(scenario, settings)
        is_told = compiling_told(checked.airspace.mode, is_quiet=is_quiet, begun=begun)
        with is_told, DayProgress(checked.name, is_quiet=is_quiet) as progress:
            yield partial(run_one, checked), progress


def _run_days(bench: Bench, replications: int, *, is_checked: bool) -> None:
    found = show_days(bench, replications=replications)
    if is_checked:
        _check_days_of_limits(found.figures.get("noise.exceeded"), days=found.days)
        _check_mean(found.figures["service.share"].mean, target=found.service["target"], days=found.days)


def _close_day(day: Run, *, as_json: bool, is_quiet: bool, has_replay: bool, is_checked: bool) -> None:
    """Show the answer, write the replay where it is wanted, and judge the day."""
    _show_day(day, as_json=as_json, is_quiet=is_quiet)
    page = day.replay() if has_replay else None
    if page is not None and not is_quiet:
        tell(f"replay: {page.path}")
    if is_checked:
        _check_day(day.kpis)


def _show_day(day: Run, *, as_json: bool, is_quiet: bool) -> None:
    if as_json:
        show_json(day.kpis)
    elif not is_quiet:
        show("\n".join(day.lines()))
    if not is_quiet and day.page is not None and day.page.is_file():
        tell(f"report: {day.page}")


def _check_days(replications: int, *, of_one: Mapping[str, object], of_many: Mapping[str, object]) -> None:
    """Refuse options of one day with many, and of many with one, instead of passing over them."""
    from dronesim.errors import InputError, Problem

    rule = "is for many days; say how many with --replications"
    astray = of_many
    if replications > 1:
        rule = f"is for one day; leave it out, or leave out --replications {replications}"
        astray = of_one
    problems = [Problem(file="command line", key=key, rule=rule) for key, value in astray.items() if value]
    if problems:
        raise InputError(problems)


def _check_target(service: Mapping[str, Any]) -> None:
    """Exit with 3 where the target is missed, or where there is no service level to compare."""
    from dronesim.report.words import headline

    if service["share"] is None or service["share"] < service["target"]:
        tell(f"target missed: {headline(service)}")
        raise typer.Exit(TARGET_MISSED)


def _check_day(kpis: Mapping[str, Any]) -> None:
    """Exit with 3 where the target is missed, or flights exceed a limit."""
    is_within = _tell_limits(kpis.get("noise"))
    _check_target(kpis["service"])
    if not is_within:
        raise typer.Exit(TARGET_MISSED)


def _tell_limits(noise: Mapping[str, Any] | None) -> bool:
    """Say whether flights keep the limits of homes and places, and tell where they do not."""
    from dronesim.report.words import exceeded

    if noise is None or not noise["exceeded"]:
        return True
    tell(f"limits exceeded: {exceeded(noise)}")
    return False


def _check_days_of_limits(exceeded: Estimate | None, *, days: int) -> None:
    """Exit with 3 where flights exceed a limit on any of several days."""
    if exceeded is not None and exceeded.mean > 0:
        tell(f"limits exceeded: {exceeded.mean:.1f} times a day in the mean of {days} days")
        raise typer.Exit(TARGET_MISSED)


def _check_mean(share: float, *, target: float, days: int) -> None:
    """Exit with 3 where the mean of several days misses the target; NaN, no order in range, is a miss."""
    if not share >= target:
        tell(f"target missed: {100 * share:.1f} % on time in the mean of {days} days, target {100 * target:g} %")
        raise typer.Exit(TARGET_MISSED)


def report(
    folder: RunFolder,
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", help="Another run: one page with both, and every key figure's difference."),
    ] = None,
    stress: Annotated[
        bool, typer.Option("--stress", help="Fill the 20 reporting items of STRESS-DES instead, as Markdown.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="File for the items of --stress, standard output if not given; or for the page of two runs, beside "
            "the first run if not given.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the answer of a saved run and draw its pictures and page again, or report it by STRESS-DES.

    With another run both stand on one page, maps beside one another, and every key figure with its difference; its
    numbers lie beside it as JSON. It runs no code of the folders.

    Example: dronesim report runs/quickstart-1-0a1b2c3d
    """
    if stress:
        if other is not None:
            raise unfit("--stress", "is for one run; leave it out, or the other run")
        _check_words(as_json=as_json)
        _report_stress(folder, out)
        return
    if other is not None:
        _report_two(folder, other, out, as_json=as_json)
        return
    if out is not None:
        raise unfit("--out", "is for --stress, or for two runs; the page lies in the run folder")
    from dronesim.api.running import open_run

    saved = open_run(folder)
    page = saved.report()
    if as_json:
        show_json(saved.kpis)
    else:
        show("\n".join(saved.lines()))
    tell(f"report: {page}")


def _report_two(folder: Path, other: Path, out: Path | None, *, as_json: bool) -> None:
    from dronesim.api.running import open_run
    from dronesim.report.two_runs import two_run_lines, two_runs

    page = open_run(folder).report(out, beside=open_run(other))
    found = two_runs(folder, other)
    if as_json:
        show_json(found.content)
    else:
        show("\n".join(two_run_lines(found)))
    tell(f"report: {page}")


def _report_stress(folder: Path, out: Path | None) -> None:
    from dronesim.record.folder import write_file
    from dronesim.record.targets import check_writable
    from dronesim.report.stress import stress_report

    if out is not None:
        check_writable(out, key="--out")
    text = stress_report(folder)
    if out is None:
        show(text.rstrip("\n"))
        return
    write_file(out, text)
    tell(f"items: {out}")


def _check_words(*, as_json: bool) -> None:
    """The items are for people; a run's figures for programs are in its own files."""
    if as_json:
        raise unfit("--json", "is not for --stress, which is Markdown; leave one out")
