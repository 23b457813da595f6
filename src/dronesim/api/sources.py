"""Where a run is read from: a folder, or the memory of this process."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from dronesim.errors import InputError
from dronesim.experiment.pickup import DayKey, key_of_run
from dronesim.experiment.run import Day, write_day
from dronesim.record.arrow import to_arrow
from dronesim.record.folder import MANIFEST, new_folder
from dronesim.record.saved import Saved, check_whole
from dronesim.record.tables import SCHEMAS

if TYPE_CHECKING:
    import pyarrow as pa

PAGE: Final = "report.html"


class Source(Protocol):
    """Where a run is read from: a folder, or the memory of this process."""

    @property
    def folder(self) -> Path | None:
        """Where it lies; None in memory."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What tables can't say."""

    @property
    def kpis(self) -> Mapping[str, Any]:
        """Its measures."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tables."""

    @property
    def key(self) -> DayKey:
        """What signed its pickup codes."""

    @property
    def known_key(self) -> DayKey | None:
        """The same, None where it is the planner's own and nobody states it."""

    def table(self, name: str) -> Any:
        """Give one of its tables in Arrow's form."""

    def write(self, place: Path | None, *, report: bool) -> Path:
        """Write its folder; gives where that is."""


class Tables(Mapping[str, "pa.Table"]):
    """The tables of a run by name, as Arrow tables; each is read when it is first asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._source.names:
            raise KeyError(f"{name!r} is no table of this run; choose from {', '.join(self)}")
        if name not in self._read:
            self._read[name] = self._source.table(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._source.names)

    def __len__(self) -> int:
        return len(self._source.names)

    def __repr__(self) -> str:
        return f"<tables {', '.join(self)}>"


class InMemory:
    """A day of this process as the source of a run; facts and measures in the form that their files have."""

    folder: None = None

    def __init__(self, day: Day) -> None:
        self._day = day
        self.names = tuple(name for name in SCHEMAS if name in day.outcome.tables)
        self.key = self.known_key = day.key
        self.facts: Mapping[str, Any] = _as_in_a_file(day.outcome.facts)
        self.kpis: Mapping[str, Any] = _as_in_a_file(day.kpis)

    def table(self, name: str) -> Any:
        """Give a table in Arrow's form."""
        return to_arrow(name, self._day.outcome.tables[name])

    def write(self, place: Path | None, *, report: bool) -> Path:
        """Write the folder of the day."""
        return write_day(self._day, place, decorate=decoration(report, has_own_key=self.key.is_own))


class InFolder:
    """A saved run as the source of a run."""

    def __init__(self, saved: Saved, *, key_file: Path | None) -> None:
        self._saved = saved
        self._key_file = key_file
        self.folder, self.facts, self.kpis, self.names = saved.folder, saved.facts, saved.kpis, saved.names

    @cached_property
    def key(self) -> DayKey:
        """Find the key of the run where it was stated."""
        return key_of_run(
            self._saved.manifest,
            label=str(self.folder / MANIFEST),
            seed=self.facts["seed"],
            replication=self.facts["replication"],
            key_file=self._key_file,
        )

    @property
    def known_key(self) -> DayKey | None:
        """The same, None where it is the planner's own and nobody states it."""
        try:
            return self.key
        except InputError:
            if self._key_file is not None:
                raise
            return None

    def table(self, name: str) -> Any:
        """Read a table, and compare it with its hash in the manifest."""
        return self._saved.table(name)

    def write(self, place: Path | None, *, report: bool) -> Path:
        """Copy the folder; without a place it stays where it is."""
        if place is None:
            return self.folder
        check_whole(self.folder)
        with new_folder(place) as folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            draw = decoration(report and not (folder / PAGE).is_file())
            if draw is not None:
                draw(folder)
        return place


def decoration(report: bool, *, has_own_key: bool = False) -> Callable[[Path], None] | None:
    """Give what draws pictures and page into a folder, where they are wanted.

    ``has_own_key`` tells whether a key of the planner's own signs the codes, which no page shows.
    """
    from dronesim.report import write_report

    if not report:
        return None
    return functools.partial(write_report, has_own_key=True) if has_own_key else write_report


def _as_in_a_file(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give facts and measures as a reader of their file has them: lists for tuples, None for no data."""
    found: dict[str, Any] = json.loads(json.dumps(content, allow_nan=False))
    return found
