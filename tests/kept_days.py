"""Days that the long commands of README.md look at: what they brought is kept, and some of them are run each time.

The page's `size`, `bottlenecks`, `compare` and `sweep` look at some 800 quickstart days. The gate lets the same
commands look at these days as they are kept in ``tests/data/readme_days.jsonl``, but for a sample: one in 48, one at
least of each command, is run and must bring to the last digit what is kept of it. Which days these are depends on the
program's source: another version tries others. A day that is not kept is run. So it is with bounds
of days, by which `size` and `compare` tell what no policy can do (``readme_bounds.jsonl``): the first that a command
asks for is found each time.

``make readme`` (``python -m kept_days`` with ``PYTHONPATH=tests``) runs the commands in full and writes both files.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest

from command import call
from dronesim.bounds.day import DayBound
from dronesim.experiment import bounding
from dronesim.experiment.points import Point, Task
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record, Store
from dronesim.scenario import load_scenario
from dronesim.scenario.keys import stated_keys

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "tests" / "data" / "readme_days.jsonl"
KEPT_BOUNDS: Final = ROOT / "tests" / "data" / "readme_bounds.jsonl"
QUICKSTART: Final = "scenarios/quickstart.toml"
READ: Final = {
    "size": ("share", "per_order"),
    "bottlenecks": ("share", "late"),
    "compare": ("share", "door_s", "per_order", "by"),
    "sweep": ("share", "door_s", "per_order"),
}
"""Verbs of the page whose days are kept, where they are of the quickstart, and what each reads off a day."""
ONE_OF: Final = 48
RELATIVE: Final = 1e-9
"""How near a figure comes on another machine, as in `tests/golden`."""

Day = tuple[str, int]
"""What is set otherwise than in the quickstart, as JSON by key, and the replication."""
Figures = dict[str, Any]
"""What the page's commands read off a day, by the names of ``READ``."""


def kept_days() -> dict[Day, Figures]:
    """Read what the days brought."""
    rows = [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]
    return {(text_of(row["set"]), row["replication"]): row["figures"] for row in rows}


def kept_bounds() -> dict[tuple[Day, int], DayBound]:
    """Read the bounds of days, on so many grids each."""
    rows = [json.loads(line) for line in KEPT_BOUNDS.read_text(encoding="utf-8").splitlines()]
    bounds = [DayBound(**{**row["bound"], "limits": tuple(row["bound"]["limits"])}) for row in rows]
    days = [((text_of(row["set"]), row["replication"]), row["grids"]) for row in rows]
    return dict(zip(days, bounds, strict=True))


def text_of(settings: Mapping[str, Any]) -> str:
    """Write settings as JSON, the same text for the same ones."""
    return json.dumps(settings, sort_keys=True)


def day_of(task: Task) -> Day:
    """Tell which day of the quickstart a task is."""
    return _set_of(task.point), task.replication


def is_kept(words: Sequence[str]) -> bool:
    """Whether the days of a command are kept: a long one of the quickstart alone."""
    return words[0] in READ and [word for word in words if word.endswith(".toml")] == [QUICKSTART]


def is_tried(task: Task) -> bool:
    """Whether this version runs a day that is kept."""
    return int(task.name[:8], 16) % ONE_OF == 0


def figures_of(record: Record) -> Figures:
    """Take what the commands read off a day; late orders are the bits of a number, in hexadecimal digits."""
    kpis = record["kpis"]
    return {
        "share": kpis["service"]["share"],
        "door_s": kpis["click_to_door_s"]["mean"],
        "per_order": kpis["cost"]["per_order"],
        "late": f"{sum(1 << number for number in record['late']):x}",
        "by": record["by"],
    }


def record_of(task: Task, figures: Figures) -> Record:
    """Make the record of a day of what is kept of it."""
    late = int(figures.get("late", "0"), 16)
    return {
        "seed": task.point.seed,
        "replication": task.replication,
        "day_factor": 1.0,
        "kpis": {
            "service": {"share": figures["share"]},
            "click_to_door_s": {"mean": figures.get("door_s")},
            "cost": {"per_order": figures.get("per_order")},
        },
        "by": figures.get("by", {}),
        "late": [number for number in range(late.bit_length()) if late >> number & 1],
    }


def assert_brings(task: Task, record: Record, kept: Figures) -> None:
    """A day that is run brings what is kept of it, but for the last digits on another machine."""
    found = figures_of(record)
    for name, figure in kept.items():
        near = pytest.approx(figure, rel=RELATIVE) if isinstance(figure, float) else figure
        assert found[name] == near, (day_of(task), name, "run make readme")


def assert_bounds(day: Day, found: DayBound, kept: DayBound) -> None:
    """A bound that is found is the one that is kept, but for an order more or less on another machine."""
    near = replace(found, on_time=kept.on_time)
    assert (near, abs(found.on_time - kept.on_time) <= 1) == (kept, True), (day, found, kept, "run make readme")


@dataclass(slots=True)
class KeptDays:
    """Gives experiments of this process the days that are kept; ``given`` and ``tried`` are what became of them."""

    days: Mapping[Day, Figures] = field(default_factory=kept_days)
    bounds: Mapping[tuple[Day, int], DayBound] = field(default_factory=kept_bounds)
    given: set[Day] = field(default_factory=set)
    tried: set[Day] = field(default_factory=set)
    bounded: list[Day] = field(default_factory=list)
    _records: dict[str, Record] = field(default_factory=dict)

    @contextmanager
    def instead(self) -> Iterator[None]:
        """Let every experiment within the block find what is kept, as if it had run it itself."""
        run, read, find = Runner.all_records, Store.read, bounding.day_bound

        def all_records(runner: Runner, tasks: Sequence[Task], **options: bool) -> list[Record]:
            trials = self._trials(tasks)
            records = run(runner, tasks, **options)
            for task, record in zip(tasks, records, strict=True):
                if task.name in trials:
                    assert_brings(task, record, self.days[day_of(task)])
                    self.tried.add(day_of(task))
            return records

        def read_kept(store: Store, name: str, *fits: Callable[[Record], bool]) -> Record | None:
            return self._records.get(name) or read(store, name, *fits)

        def bound_kept(point: Point, replication: int, grids_ms: Sequence[int]) -> DayBound:
            task = Task(point=point, replication=replication)
            day = day_of(task)
            kept, is_first = self.bounds.get((day, len(grids_ms))), not self.bounded
            self.bounded.append(day)
            if kept is not None and not (is_first or is_tried(task)):
                return kept
            found = find(point, replication, grids_ms)
            assert kept is not None, (day, "run make readme")
            assert_bounds(day, found, kept)
            return found

        with (
            mock.patch.object(Runner, "all_records", all_records),
            mock.patch.object(Store, "read", read_kept),
            mock.patch.object(bounding, "day_bound", bound_kept),
        ):
            yield

    def _trials(self, tasks: Sequence[Task]) -> set[str]:
        """Give what is kept of tasks but for a sample, whose names are returned; the first to be asked for has one."""
        kept = {task.name: task for task in tasks if day_of(task) in self.days and task.name not in self._records}
        trials = {name for name, task in kept.items() if is_tried(task)}
        if kept and not (trials or self.given or self.tried):
            trials = {min(kept)}
        for name, task in kept.items():
            if name not in trials:
                self._records[name] = record_of(task, self.days[day_of(task)])
                self.given.add(day_of(task))
        return trials


def _set_of(point: Point) -> str:
    """Tell what a point sets otherwise than the quickstart of now, as JSON by key."""
    if point.content_hash not in _SETS:
        usual = {each.path: each.value for each in stated_keys(load_scenario(QUICKSTART))}
        stated = {each.path: each.value for each in stated_keys(point.scenario)}
        _SETS[point.content_hash] = text_of({key: value for key, value in stated.items() if value != usual.get(key)})
    return _SETS[point.content_hash]


_SETS: Final[dict[str, str]] = {}


def main() -> None:
    """Run the commands in full, in a folder of their own, and write what their days brought."""
    found: dict[Day, Figures] = {}
    bounds: dict[tuple[Day, int], DayBound] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("scenarios", "maps"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        os.chdir(folder)
        for words in page_commands():
            with _watched(READ[words[0]], found), _bounds_watched(bounds):
                answer = call(*words)
            assert answer.code == 0, answer.err
            sys.stdout.write(answer.out)
        os.chdir(ROOT)
    write_rows(KEPT, [(day, {"figures": found[day]}) for day in sorted(found)])
    write_rows(KEPT_BOUNDS, [(at[0], {"grids": at[1], "bound": asdict(bounds[at])}) for at in sorted(bounds)])


def write_rows(path: Path, rows: Sequence[tuple[Day, Mapping[str, Any]]]) -> None:
    """Write a line a day."""
    whole = [{"set": json.loads(settings), "replication": number, **found} for (settings, number), found in rows]
    path.write_text("".join(f"{json.dumps(row, separators=(',', ':'))}\n" for row in whole), encoding="utf-8")


def page_commands() -> list[list[str]]:
    """List the commands of the page whose days are kept."""
    lines = re.findall(r"^\$ dronesim (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [words for words in (shlex.split(line, comments=True) for line in lines) if is_kept(words)]


@contextmanager
def _watched(read: Sequence[str], found: dict[Day, Figures]) -> Iterator[None]:
    """Keep of every day that is run what a command reads; of `bottlenecks`, which reads more of it, not the base."""
    run = Runner.all_records

    def all_records(runner: Runner, tasks: Sequence[Task], **options: bool) -> list[Record]:
        records = run(runner, tasks, **options)
        base = tasks[0].point.content_hash if "late" in read and tasks else None
        for task, record in zip(tasks, records, strict=True):
            if task.point.content_hash != base:
                figures = figures_of(record)
                found.setdefault(day_of(task), {}).update({name: figures[name] for name in read})
        return records

    with mock.patch.object(Runner, "all_records", all_records):
        yield


@contextmanager
def _bounds_watched(bounds: dict[tuple[Day, int], DayBound]) -> Iterator[None]:
    """Keep every bound of a day that is found."""
    find = bounding.day_bound

    def day_bound(point: Point, replication: int, grids_ms: Sequence[int]) -> DayBound:
        found = find(point, replication, grids_ms)
        bounds[day_of(Task(point=point, replication=replication)), len(grids_ms)] = found
        return found

    with mock.patch.object(bounding, "day_bound", day_bound):
        yield


if __name__ == "__main__":
    main()
