"""The verb that answers how many are needed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dronesim.cli.laboratory import NO_ANSWER, open_bench
from dronesim.cli.options import Dask, Json, Out, Quiet, ScenarioFile, Seed, Settings, Workers, decimal, whole
from dronesim.cli.progress import tell_search
from dronesim.defaults import CONFIDENCE, INDIFFERENCE, MOST_REPLICATIONS, SIZED


class By(StrEnum):
    """Whose level must meet the target."""

    TAKEOFF_POINT = "takeoff_point"


def size(
    scenario: ScenarioFile,
    settings: Settings = None,
    resource: Annotated[str, typer.Option("--resource", metavar="KEY", help="Whole number to size.")] = SIZED,
    target: Annotated[
        float | None,
        decimal("--target", least=0, most=1, hint="95 % is 0.95", about="Share on time; the scenario's if not given."),
    ] = None,
    confidence: Annotated[
        float, decimal("--confidence", least=0.5, most=0.9999, hint="95 % is 0.95", about="Of the answer.")
    ] = CONFIDENCE,
    by: Annotated[
        By | None,
        typer.Option("--by", help="Every take-off point must meet the target: find the smallest number for each."),
    ] = None,
    between: Annotated[
        str | None,
        typer.Option(
            "--between", metavar="LOW:HIGH", help="Values to look at, of each with --by; 1 to 4 times the scenario's."
        ),
    ] = None,
    indifference: Annotated[
        float | None,
        decimal("--indifference", least=0, most=20, about="Points about the target that may count as either; 0.5."),
    ] = None,
    days: Annotated[
        float | None,
        decimal(
            "--days",
            least=0,
            most=1,
            is_open=True,
            hint="90 % is 0.9",
            about="Share of days that must meet the target.",
        ),
    ] = None,
    days_indifference: Annotated[
        float | None,
        decimal("--days-indifference", least=0, most=50, about="Points of days that may count as either; 5."),
    ] = None,
    near_ceiling: Annotated[
        float | None,
        decimal(
            "--near-ceiling",
            least=0,
            most=100,
            is_open=True,
            about="If unreachable: find what comes within so many points of the ceiling; 1, of days 10.",
        ),
    ] = None,
    most_replications: Annotated[
        int, whole("--max-replications", least=10, about="Most days at one value; then it stays undecided.")
    ] = MOST_REPLICATIONS,
    seed: Seed = None,
    out: Out = None,
    workers: Workers = None,
    dask: Dask = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the smallest fleet, or number of anything, that meets the target; exits with 3 where there is none.

    The search is valid although it looks again and again (group sequential looks, Pocock 1977):
    with the stated confidence the answer reaches the target, and one less does not, up to the indifference.
    A number of drones is spread over the take-off points by expected demand, which is told; --by takeoff_point finds
    the smallest number for each of them instead, where the resource is one of take-off points.
    With --days it is the smallest number with which at least that share of days meets the target, each by itself
    (for 0 and 1, Robbins 1970). Where the target lies above the ceiling, the number that comes near it is told.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim size scenarios/quickstart.toml --target 0.95 --out runs/how-many
    """
    from dronesim.api.sizing import size as find_size
    from dronesim.experiment.size_answer import DAYS_INDIFFERENCE
    from dronesim.report.sizing import near_ceiling_line, size_lines

    _check_indifference(indifference, days=days, days_indifference=days_indifference)
    bench = open_bench(
        scenario,
        "size",
        settings=settings,
        seed=seed,
        out=out,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=quiet,
    )
    with bench.working(tell_search(resource, most_replications), has_end=False) as given:
        answer = find_size(
            scenario,
            resource=resource,
            target=target,
            confidence=confidence,
            indifference=_share(indifference, INDIFFERENCE),
            most_replications=most_replications,
            between=None if between is None else _two_numbers(between),
            by_takeoff_point=by is not None,
            days=days,
            days_indifference=_share(days_indifference, DAYS_INDIFFERENCE),
            near_ceiling=None if near_ceiling is None else near_ceiling / 100,
            above=lambda begun: bench.say(near_ceiling_line(begun)),
            **given,
        )
    bench.publish(answer, size_lines)
    if not answer.status.is_answer:
        raise typer.Exit(NO_ANSWER)


def _share(points: float | None, default: float) -> float:
    return default if points is None else points / 100


def _check_indifference(indifference: float | None, *, days: float | None, days_indifference: float | None) -> None:
    """See that points of the level are not meant for days, nor the other way round."""
    from dronesim.errors import InputError, Problem

    key, rule, value = "--indifference", "is for the mean level; with --days it is --days-indifference", indifference
    if days is None:
        key, rule, value = "--days-indifference", "is for a share of days; say which with --days", days_indifference
    if value is not None:
        raise InputError([Problem(file="command line", key=key, rule=rule, value=value)])


def _two_numbers(text: str) -> tuple[int, int]:
    from dronesim.errors import InputError, Problem

    low, _, high = text.partition(":")
    if not (low.strip().isdigit() and high.strip().isdigit()):
        rule = "must be two whole numbers from small to large, as 20:80"
        raise InputError([Problem(file="command line", key="--between", rule=rule, value=text)])
    return int(low), int(high)
