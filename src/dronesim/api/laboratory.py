"""Where an experiment asked for from Python or the command line is carried out, and where its results go."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from dronesim.api.asking import Asked
from dronesim.dispatch import lent
from dronesim.errors import InputError, OutputError, Problem
from dronesim.experiment.bench import ready
from dronesim.experiment.compose import prepare
from dronesim.experiment.runner import Runner, Tally, open_runner
from dronesim.experiment.study import Study, check_all
from dronesim.experiment.warn import warnings_of
from dronesim.record.folder import MANIFEST, folder_name, sweep
from dronesim.record.targets import check_writable, checking, writing_below, writing_to

_OUT: Final = "--out"

Found = TypeVar("Found")


def unheard(_said: Any) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """What is asked, who carries it out, and where results are kept; nowhere if ``folder`` is None.

    ``workers``: processes, one a core if None. ``progress`` is told how far it is, ``warn`` what is odd. ``others``
    are scenarios that are run beside the one that is asked about.
    """

    asked: Asked
    folder: Path | None
    workers: int | None
    dask: str | None
    progress: Callable[[Tally], None]
    warn: Callable[[str], None]
    others: tuple[Study, ...] = ()

    @contextmanager
    def runner(self, *, runs_as_it_is: bool = True, is_apart: bool = False) -> Iterator[Runner]:
        """Give a runner; what is wrong with the scenario is told before anything is run.

        ``runs_as_it_is``: so does the scenario, and what is odd about it is told too; ``is_apart``: days are run by
        other processes, also where it is only one at a time.

        Raises
        ------
        InputError
            Something else lies where the folder would, or the scenario can't be run.
        OutputError
            Nothing can be written any more; says what is kept.
        """
        self._check()
        study = self.asked.study
        with lent(self.asked.lent), _keeping(self.folder):
            self._look(warns=runs_as_it_is)
            with open_runner(
                folder=self.folder,
                workers=self.workers,
                dask=self.dask,
                first=study.point(),
                is_apart=is_apart,
                progress=self.progress,
                warn=self.warn,
            ) as runner:
                yield runner

    def keep(self, found: Found, writer: Callable[[], Callable[[Path, Found], None]]) -> Found:
        """Write what was found into the folder, where there is one, and give it back; ``writer`` finds what writes it.

        Raises
        ------
        OutputError
            It can't be written; says what is kept.
        """
        if self.folder is not None:
            with _keeping(self.folder), writing_to(self.folder):
                # nothing may have been run, as where the ceiling tells it all, and the folder be gone again
                self.folder.mkdir(parents=True, exist_ok=True)
                sweep(self.folder)
                writer()(self.folder, found)
        return found

    def _look(self, *, warns: bool) -> None:
        """Set all scenarios up, tell what is odd of each, and all that is wrong with any."""
        studies = (self.asked.study, *self.others)
        check_all(studies)
        problems: dict[str, Problem] = {}
        odd: dict[str, None] = {}
        for study in studies:
            try:
                setting = ready(study.point())
            except InputError as error:
                problems |= {str(problem): problem for problem in error.problems}
            else:
                odd |= dict.fromkeys(warnings_of(setting, prepare(setting)) if warns else ())
        if problems:
            raise InputError(list(problems.values()))
        for warning in odd:
            self.warn(warning)

    def _check(self) -> None:
        here = [each.name for each in self.asked.lent if each.mark is not None]
        if here and (self.dask is not None or self.workers != 1):
            rule = "can be found by this process alone; write it into a module of its own, or work with workers=1"
            raise InputError([Problem(file="Python", key="policy", rule=rule, value=name) for name in here])
        if self.folder is not None:
            check_results(self.folder)


def laboratory(
    question: Asked,
    out: str | Path | None,
    workers: int | None,
    dask: str | None,
    progress: Callable[[Tally], None] | None,
    warn: Callable[[str], None] | None,
    *,
    others: tuple[Study, ...] = (),
) -> Laboratory:
    """Set up a laboratory as those who ask from Python say it: None keeps nothing, and tells nobody."""
    return Laboratory(
        asked=question,
        folder=None if out is None else Path(out),
        workers=workers,
        dask=dask,
        progress=progress or unheard,
        warn=warn or unheard,
        others=others,
    )


def results_folder(*studies: Study, verb: str) -> Path:
    """Name the folder of an experiment's results where nobody does: ``runs/<name>-<verb>``, all names in it."""
    plain = (folder_name(study.scenario().name) for study in studies)
    return Path("runs") / f"{'-and-'.join(plain)}-{verb}"


def check_results(folder: Path) -> None:
    """See that results can be kept in a folder, before anything is run.

    Raises
    ------
    InputError
        Something else lies there, or nothing can be written.
    """
    check_writable(folder, key=_OUT)
    with checking(folder, key=_OUT):
        rule = None
        if folder.exists() and not folder.is_dir():
            rule = "is a file; name a folder"
        elif (folder / MANIFEST).exists():
            rule = "holds a run of one day; name another folder for many"
        elif folder.exists():
            with tempfile.TemporaryFile(dir=folder):
                pass
    if rule is not None:
        raise InputError([Problem(file=str(folder), key=_OUT, rule=rule)])


@contextmanager
def _keeping(folder: Path | None) -> Iterator[None]:
    """Tell what is kept when a disk ends the work; a folder that was made for nothing goes again."""
    if folder is None:
        yield
        return
    made = [place for place in (folder / "replications", folder, *folder.parents) if not place.exists()]
    try:
        with writing_below(folder):
            yield
    except OutputError as error:
        raise OutputError(f"{error}; {kept_in(folder)}") from error
    finally:
        for place in made:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()


def kept_in(folder: Path) -> str:
    """Say what of an experiment that was stopped is kept in its folder."""
    kept = sum(1 for _ in (folder / "replications").glob("*.json"))
    if not kept:
        return "no replication was finished yet"
    days = "1 finished replication is" if kept == 1 else f"{kept} finished replications are"
    return f"{days} kept in {folder}: the same command goes on from there"
