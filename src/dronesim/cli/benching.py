"""The verbs of the dispatch benchmark: policies scored, the table of those that ship, results verified, bounds."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from dronesim.cli.helping import with_example
from dronesim.cli.options import Json, Quiet, Workers, whole
from dronesim.cli.output import show, show_json, tell
from dronesim.defaults import BENCHMARK_SAMPLE, BENCHMARK_SETS, BENCHMARK_SUITE

SCORE: Final = "score"


class ScoreByDefault(TyperGroup):
    """Takes what is no verb of the benchmark for policies that are to be scored."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb before policies."""
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = [SCORE, *args]
        return super().parse_args(ctx, args)


class Seeds(enum.StrEnum):
    """Which public seeds are run."""

    REPORTING = "reporting"
    TUNING = "tuning"


class Sets(enum.StrEnum):
    """Sets of scenarios."""

    MAIN = "main"
    SHIFTED = "shifted"
    LATENCY = "latency"


bench = typer.Typer(
    cls=ScoreByDefault,
    help="Score dispatch policies on the benchmark: dronesim bench POLICY...; or one of the verbs below.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SuiteFolder = Annotated[
    Path | None,
    typer.Option(
        "--suite", metavar="FOLDER", help=f"Scenarios of the benchmark; {BENCHMARK_SUITE}, here or in the checkout."
    ),
]
Kinds = Annotated[
    list[Sets] | None, typer.Option("--set", help="Sets of scenarios, main if none is named; may be repeated.")
]
Scenarios = Annotated[
    list[str] | None, typer.Option("--scenario", metavar="NAME", help="These scenarios alone; may be repeated.")
]
SeedsRun = Annotated[Seeds, typer.Option("--seeds", help="Days of tables, or those to tune on.")]
Days = Annotated[int | None, whole("--days", least=1, about="So many days of each scenario; all if not given.")]


@bench.command(SCORE)
@with_example
def score(
    policies: Annotated[
        list[str],
        typer.Argument(metavar="POLICY...", help="Built-in names, package.module:function, or file.py:function."),
    ],
    suite: SuiteFolder = None,
    seeds: SeedsRun = Seeds.REPORTING,
    days: Days = None,
    kinds: Kinds = None,
    scenarios: Scenarios = None,
    nonce: Annotated[
        str | None,
        typer.Option("--nonce", metavar="TEXT", help="Run days too that follow from this text and the policy's code."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the result, as others can verify it.")] = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score policies between first job first and the bound, each in a process with limits; docs/benchmark.md tells all.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim bench score greedy matching --days 3
    """
    from dronesim.api.benchmarks import bench as run_bench
    from dronesim.report.benchmark import bench_lines

    found = run_bench(
        policies,
        suite=suite,
        seeds=seeds.value,
        number=days,
        sets=_sets(kinds),
        scenarios=scenarios or (),
        nonce=nonce,
        workers=workers,
        out=out,
        progress=_progress(quiet),
    )
    if as_json:
        show_json(found.content())
    elif not quiet:
        show("\n".join(bench_lines(found)))
    if out is not None and not quiet:
        tell(f"result: {out}")


@bench.command()
@with_example
def table(
    out: Annotated[Path, typer.Option("--out", help="Folder of leaderboard.md and leaderboard.json.")] = Path("docs"),
    suite: SuiteFolder = None,
    days: Days = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Score all policies that ship on all sets, and write the leaderboard.

    Example: dronesim bench table --days 2 --out board
    """
    from dronesim.api.benchmarks import bench as run_bench
    from dronesim.dispatch import POLICIES
    from dronesim.report.benchmark import leaderboard

    found = run_bench(
        list(POLICIES),
        suite=suite,
        number=days,
        sets=[kind.value for kind in Sets],
        workers=workers,
        out=out / "leaderboard.json",
        progress=_progress(quiet),
    )
    (out / "leaderboard.md").write_text(leaderboard(found), encoding="utf-8")
    if not quiet:
        tell(f"wrote {out / 'leaderboard.md'} and {out / 'leaderboard.json'}")


@bench.command()
@with_example
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Result of dronesim bench --out.")],
    suite: SuiteFolder = None,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where policies that are not built in are looked for.")
    ] = Path(),
    sample: Annotated[int, whole("--sample", least=1, about="Days that are run again.")] = BENCHMARK_SAMPLE,
    seed: Annotated[
        int | None, whole("--seed", least=0, about="Draws the sample; another one each time if not given.")
    ] = None,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Check somebody's result: scores follow from days, and a sample of these is the same here; else exits with 1.

    A policy that is not built in is code: it is named on standard error with its file and hash, and run.

    Example: dronesim bench verify docs/leaderboard.json --sample 5
    """
    from dronesim.api.benchmarks import verify_bench
    from dronesim.report.benchmark import rerun_lines

    found = verify_bench(
        file, suite=suite, folder=folder, sample=sample, seed=seed, workers=workers, progress=_progress(quiet)
    )
    show("\n".join(rerun_lines(found)))
    if any(each.other for each in found):
        raise typer.Exit(1)


@bench.command()
@with_example
def bound(
    suite: SuiteFolder = None,
    seeds: SeedsRun = Seeds.REPORTING,
    days: Days = None,
    kinds: Kinds = None,
    scenarios: Scenarios = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Give the bound of each scenario: the share on time that no policy exceeds.

    Example: dronesim bench bound --scenario calm --days 3
    """
    from dronesim.api.benchmarks import bench_bounds
    from dronesim.report.benchmark import bound_lines

    found = bench_bounds(
        suite=suite,
        seeds=seeds.value,
        number=days,
        sets=_sets(kinds),
        scenarios=scenarios or (),
        workers=workers,
        progress=_progress(quiet),
    )
    if as_json:
        show_json(found)
    else:
        show("\n".join(bound_lines(found)))


def _sets(kinds: list[Sets] | None) -> list[str]:
    return list(BENCHMARK_SETS) if kinds is None else [kind.value for kind in kinds]


def _progress(is_quiet: bool) -> Any:
    return None if is_quiet else tell
