"""What the verbs of experiments share: where results go, who carries them out, and how they end when stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer

from dronesim.cli.compiling import compiling_told
from dronesim.cli.output import show, show_json, tell, warn
from dronesim.cli.progress import ReplicationProgress, Telling, tell_all
from dronesim.cli.signals import Stopped

if TYPE_CHECKING:
    from dronesim.experiment.runner import Runner
    from dronesim.experiment.study import Study

NO_ANSWER = 3
_OUT = "--out"


def make_study(scenario: Path, settings: list[str] | None, seed: int | None) -> Study:
    """Put a scenario, its settings and its seed together."""
    from dronesim.experiment.study import Study

    seeds = () if seed is None else (f"seed={seed}",)
    return Study(path=scenario, settings=(*(settings or []), *seeds))


class HasContent(Protocol):
    """What a verb of experiments found, as plain content for JSON."""

    def content(self) -> dict[str, Any]:
        """Give all of it."""


Found = TypeVar("Found", bound=HasContent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """Where an experiment is carried out, how much it says, and where its results go."""

    study: Study
    folder: Path
    workers: int | None
    dask: str | None
    as_json: bool
    is_quiet: bool

    @contextmanager
    def runner(
        self, telling: Telling = tell_all, *, has_end: bool = True, runs_as_it_is: bool = True
    ) -> Iterator[Runner]:
        """Give a runner that shows its progress; stopped by a signal, it tells what is kept and exits.

        ``has_end``: the number of replications is known beforehand; ``runs_as_it_is``: so is the scenario, and
        what is odd about it is told.
        """
        from dronesim.experiment.runner import open_runner

        self._look(runs_as_it_is=runs_as_it_is)
        progress = ReplicationProgress(telling, is_quiet=self.is_quiet, has_end=has_end)
        with (
            _keeping(self.folder),
            progress,
            open_runner(
                folder=self.folder,
                workers=self.workers,
                dask=self.dask,
                first=self.study.point(),
                progress=progress.update,
                warn=tell,
            ) as runner,
        ):
            yield runner

    def say(self, text: str) -> None:
        """Tell something while the work goes on, unless that is not wanted."""
        if not self.is_quiet:
            tell(text)

    def _look(self, *, runs_as_it_is: bool) -> None:
        """Set the scenario up here first: what is wrong with it, and what is odd, is told before anything is run."""
        from dronesim.experiment.bench import ready
        from dronesim.experiment.compose import prepare
        from dronesim.experiment.warn import warnings_of

        with compiling_told(is_quiet=self.is_quiet):
            setting = ready(self.study.point())
        if runs_as_it_is and not self.is_quiet:
            for warning in warnings_of(setting, prepare(setting)):
                warn(warning)

    def publish(
        self, found: Found, *, write: Callable[[Path, Found], None], lines: Callable[[Found], Iterable[str]]
    ) -> None:
        """Write what was found into the folder, show it as JSON or in lines for people, and tell where it lies."""
        from dronesim.record.folder import sweep
        from dronesim.record.targets import writing_to

        with _keeping(self.folder), writing_to(self.folder):
            sweep(self.folder)
            write(self.folder, found)
        if self.as_json:
            show_json(found.content())
        elif not self.is_quiet:
            show("\n".join(lines(found)))
        if not self.is_quiet:
            tell(f"results: {self.folder}")


def open_laboratory(
    study: Study, verb: str, *, out: Path | None, workers: int | None, dask: str | None, as_json: bool, is_quiet: bool
) -> Laboratory:
    """Choose the folder of an experiment's results and see that it can be used, before anything is run.

    Raises
    ------
    InputError
        The scenario is not usable, or something else lies where the folder would, or it can't be written.
    """
    import re

    plain = re.sub(r"[^\w.-]+", "-", study.scenario().name).strip(".-") or "run"
    folder = out or Path("runs") / f"{plain}-{verb}"
    _check_folder(folder)
    return Laboratory(study=study, folder=folder, workers=workers, dask=dask, as_json=as_json, is_quiet=is_quiet)


def _check_folder(folder: Path) -> None:
    from dronesim.errors import InputError, Problem
    from dronesim.record.targets import check_writable, checking, try_writing

    check_writable(folder, key=_OUT)
    with checking(folder, key=_OUT):
        rule = None
        if folder.exists() and not folder.is_dir():
            rule = "is a file; name a folder"
        elif (folder / "manifest.json").exists():
            rule = "holds a run of one day; name another folder for many"
        elif folder.exists():
            try_writing(folder)
    if rule is not None:
        raise InputError([Problem(file=str(folder), key=_OUT, rule=rule)])


@contextmanager
def _keeping(folder: Path) -> Iterator[None]:
    """Tell what is kept when a signal or a disk ends the work; a folder that was made for nothing goes again."""
    from dronesim.errors import OutputError
    from dronesim.record.targets import writing_below

    made = [place for place in (folder / "replications", folder, *folder.parents) if not place.exists()]
    try:
        with writing_below(folder):
            yield
    except OutputError as error:
        raise OutputError(f"{error}; {_kept(folder)}") from error
    except Stopped as stopped:
        tell(f"interrupted; {_kept(folder)}")
        raise typer.Exit(stopped.exit_code) from stopped
    finally:
        _drop_empty(made)


def _kept(folder: Path) -> str:
    kept = sum(1 for _ in (folder / "replications").glob("*.json"))
    if not kept:
        return "no replication was finished yet"
    days = "1 finished replication is" if kept == 1 else f"{kept} finished replications are"
    return f"{days} kept in {folder}: the same command goes on from there"


def _drop_empty(places: list[Path]) -> None:
    for place in places:
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
