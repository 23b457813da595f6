"""What the verbs of experiments share: options, where results go, progress, and how they end when stopped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeAlias, TypeVar

import typer

from dronesim.cli.output import show, show_json, tell
from dronesim.cli.progress import LINE_EVERY_S
from dronesim.cli.signals import Stopped

if TYPE_CHECKING:
    from dronesim.experiment.runner import Runner, Tally
    from dronesim.experiment.study import Study

NO_ANSWER = 3

Workers: TypeAlias = Annotated[
    int | None, typer.Option("--workers", min=1, help="Worker processes; one a core if not given.")
]
Dask: TypeAlias = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster, as tcp://10.0.0.5:8786 (extra dask)."),
]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of results; runs/<name>-<verb> if not given. What is done there is not redone."),
]
Replications: TypeAlias = Annotated[int, typer.Option("--replications", min=2, help="Days a point.")]


def make_study(scenario: Path, settings: list[str] | None, seed: int | None) -> Study:
    """Put a scenario, its settings and its seed together."""
    from dronesim.experiment.study import Study

    seeds = () if seed is None else (f"seed={seed}",)
    return Study(path=scenario, settings=(*(settings or []), *seeds))


def out_folder(out: Path | None, name: str, verb: str) -> Path:
    """Name the folder of an experiment's results."""
    import re

    plain = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "run"
    return out or Path("runs") / f"{plain}-{verb}"


class HasContent(Protocol):
    """What a verb of experiments found, as plain content for JSON."""

    def content(self) -> dict[str, Any]:
        """Give all of it."""


Found = TypeVar("Found", bound=HasContent)


def show_answer(
    found: Found, lines: Callable[[Found], Iterable[str]], *, folder: Path, as_json: bool, is_quiet: bool
) -> None:
    """Show what was found, as JSON or in lines for people, and tell where the results lie."""
    if as_json:
        show_json(found.content())
    elif not is_quiet:
        show("\n".join(lines(found)))
    if not is_quiet:
        tell(f"results: {folder}")


@contextmanager
def laboratory(
    study: Study, *, folder: Path, workers: int | None, dask: str | None, is_quiet: bool, has_end: bool = True
) -> Iterator[Runner]:
    """Give a runner that shows its progress; stopped by a signal, it tells what is kept and exits.

    ``has_end``: the number of replications is known beforehand, so that the time left can be told.
    """
    from dronesim.experiment.runner import open_runner

    progress = ReplicationProgress(is_quiet=is_quiet, has_end=has_end)
    try:
        with (
            progress,
            open_runner(
                folder=folder,
                workers=workers,
                dask=dask,
                first=study.point(),
                progress=progress.update,
                warn=tell,
            ) as runner,
        ):
            yield runner
    except Stopped as stopped:
        kept = sum(1 for _ in (folder / "replications").glob("*.json"))
        tell(f"interrupted; {kept} finished replications are kept in {folder}: the same command goes on from there")
        raise typer.Exit(stopped.exit_code) from stopped


class ReplicationProgress:
    """Shows how many replications are done: a bar on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, *, is_quiet: bool, has_end: bool) -> None:
        self._is_quiet = is_quiet
        self._has_end = has_end
        self._bar: Any = None
        self._task: Any = None
        self._said_s = time.monotonic()

    def __enter__(self) -> ReplicationProgress:
        if not self._is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (BarColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("starting", total=None)
            self._bar.start()
        return self

    def update(self, tally: Tally) -> None:
        """Show how far it is, and the time left where it can be known."""
        text = f"{tally.done} of {tally.total} replications" if self._has_end else f"{tally.done} replications"
        left_s = tally.left_s() if self._has_end else None
        text += "" if left_s is None else f", about {_duration(left_s)} left"
        if self._bar is not None:
            total = tally.total if self._has_end else None
            self._bar.update(self._task, completed=tally.done, total=total, description=text)
        elif not self._is_quiet and time.monotonic() - self._said_s > LINE_EVERY_S:
            self._said_s = time.monotonic()
            tell(text)

    def __exit__(self, *_reason: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
