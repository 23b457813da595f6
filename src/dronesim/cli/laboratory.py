"""What the verbs of experiments share: where results go, how far they are, and how they end when stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import typer

from dronesim.cli.compiling import compiling_told
from dronesim.cli.output import show, show_json, tell
from dronesim.cli.progress import ReplicationProgress, Telling, tell_all
from dronesim.cli.signals import Stopped

NO_ANSWER = 3


class HasContent(Protocol):
    """What a verb of experiments found, as plain content for JSON."""

    def content(self) -> dict[str, Any]:
        """Give all of it."""


Found = TypeVar("Found", bound=HasContent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where a verb's experiment is carried out, how much it says, and in which form."""

    scenario: Path
    settings: list[str]
    seed: int | None
    folder: Path
    workers: int | None
    dask: str | None
    as_json: bool
    is_quiet: bool

    @contextmanager
    def working(self, telling: Telling = tell_all, *, has_end: bool = True) -> Iterator[dict[str, Any]]:
        """Give what functions of experiments are told, and show how far it is; tell what is kept when stopped.

        ``has_end``: the number of replications is known beforehand.
        """
        progress = ReplicationProgress(telling, is_quiet=self.is_quiet, has_end=has_end)
        with _stoppable(self.folder), compiling_told(is_quiet=self.is_quiet), progress:
            yield {
                "set": self.settings,
                "seed": self.seed,
                "out": self.folder,
                "workers": self.workers,
                "dask": self.dask,
                "progress": progress.update,
                "warn": None if self.is_quiet else progress.warn,
            }

    def say(self, text: str) -> None:
        """Tell something while the work goes on, unless that is not wanted."""
        if not self.is_quiet:
            tell(text)

    def publish(self, found: Found, lines: Callable[[Found], Iterable[str]]) -> None:
        """Show what was found, as JSON or in lines for people, and tell where it lies."""
        if self.as_json:
            show_json(found.content())
        elif not self.is_quiet:
            show("\n".join(lines(found)))
        self.say(f"results: {self.folder}")


def open_bench(
    scenario: Path,
    verb: str,
    *,
    other: Path | None = None,
    settings: list[str] | None,
    seed: int | None,
    out: Path | None,
    workers: int | None,
    dask: str | None,
    as_json: bool,
    is_quiet: bool,
) -> Bench:
    """Choose the folder of an experiment's results and see that it can be used, before anything is run.

    ``other``: a second scenario, whose name is part of the folder's then.

    Raises
    ------
    InputError
        The scenario is not usable, or something else lies where the folder would, or it can't be written.
    """
    from dronesim.api.asking import asked
    from dronesim.api.laboratory import check_results, results_folder
    from dronesim.experiment.study import check_all

    files = (scenario,) if other is None else (scenario, other)
    studies = [asked(file, settings or [], seed=seed, policy=None).study for file in files]
    check_all(studies)
    named = results_folder(*studies, verb=verb)
    check_results(out or named)
    return Bench(
        scenario=scenario,
        settings=settings or [],
        seed=seed,
        folder=out or named,
        workers=workers,
        dask=dask,
        as_json=as_json,
        is_quiet=is_quiet,
    )


@contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """Tell what is kept when a signal ends the work."""
    from dronesim.api.laboratory import kept_in

    try:
        yield
    except Stopped as stopped:
        tell(f"interrupted; {kept_in(folder)}")
        raise typer.Exit(stopped.exit_code) from stopped
