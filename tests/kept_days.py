"""Days that the long searches of README.md look at: what they brought is kept, and some of them are run each time.

The page's two `size` commands look at some six hundred quickstart days. The gate lets the same commands look at these
days as they are kept in ``tests/data/readme_days.csv``, but for every twelfth, which is run and must bring to the last
digit what is kept of it. Which days these are depends on the program's source: another version tries others. A day that
is not kept is run.

``make readme`` (``python -m kept_days`` with ``PYTHONPATH=tests``) runs the two commands in full and writes the file.
"""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest

from command import call
from dronesim.experiment.points import Point, Task
from dronesim.experiment.runner import Runner
from dronesim.experiment.store import Record, Store
from dronesim.scenario import Scenario, load_scenario

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "tests" / "data" / "readme_days.csv"
QUICKSTART: Final = "scenarios/quickstart.toml"
SEARCHES: Final = (
    ("size", QUICKSTART, "--out", "runs/how-many"),
    (
        *("size", QUICKSTART, "--set", "dispatch.policy=greedy", "--indifference", "1"),
        *("--out", "runs/how-many-greedy"),
    ),
)
"""The commands of the page whose days are kept."""
ONE_OF: Final = 12
RELATIVE: Final = 1e-9
"""How near a figure comes on another machine, as in `tests/golden`."""

Day = tuple[str, int, int]
"""Policy, drones, replication."""
Figures = tuple[float, float]
"""Service level, cost an order: what `size` reads off a day."""


def kept_days() -> dict[Day, Figures]:
    """Read what the days brought."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        return {
            (row["policy"], int(row["drones"]), int(row["replication"])): (float(row["share"]), float(row["per_order"]))
            for row in csv.DictReader(file)
        }


def day_of(task: Task) -> Day:
    """Tell which day of the quickstart a task would be, if it is one."""
    scenario = task.point.scenario
    drones = scenario.fleet.drones
    return scenario.dispatch.policy, drones if isinstance(drones, int) else -1, task.replication


def figures_of(record: Record) -> Figures:
    """Take what `size` reads off a day."""
    return record["kpis"]["service"]["share"], record["kpis"]["cost"]["per_order"]


def is_tried(task: Task) -> bool:
    """Whether this version runs a day that is kept."""
    return int(task.name[:8], 16) % ONE_OF == 0


@dataclass(slots=True)
class KeptDays:
    """Gives experiments of this process the days that are kept; ``given`` and ``tried`` are what became of them."""

    days: Mapping[Day, Figures] = field(default_factory=kept_days)
    given: set[Day] = field(default_factory=set)
    tried: set[Day] = field(default_factory=set)
    _records: dict[str, Record] = field(default_factory=dict)
    _scenarios: dict[tuple[str, int], Scenario] = field(default_factory=dict)

    @contextmanager
    def instead(self) -> Iterator[None]:
        """Let every experiment within the block find what is kept, as if it had run it itself."""
        run, read = Runner.all_records, Store.read

        def all_records(runner: Runner, tasks: Sequence[Task], **options: bool) -> list[Record]:
            for task in tasks:
                self._look_up(task)
            records = run(runner, tasks, **options)
            for task, record in zip(tasks, records, strict=True):
                self._compare(task, record)
            return records

        def read_kept(store: Store, name: str, *fits: Callable[[Record], bool]) -> Record | None:
            return self._records.get(name) or read(store, name, *fits)

        with mock.patch.object(Runner, "all_records", all_records), mock.patch.object(Store, "read", read_kept):
            yield

    def _look_up(self, task: Task) -> None:
        figures = self.days.get(day_of(task))
        if figures is not None and not is_tried(task) and self._is_quickstart(task.point):
            share, per_order = figures
            kpis: dict[str, Any] = {"service": {"share": share}, "cost": {"per_order": per_order}}
            day = {"seed": task.point.seed, "replication": task.replication, "day_factor": 1.0, "kpis": kpis}
            self._records[task.name] = day
            self.given.add(day_of(task))

    def _compare(self, task: Task, record: Record) -> None:
        kept = self.days.get(day_of(task))
        if kept is not None and is_tried(task) and self._is_quickstart(task.point):
            assert figures_of(record) == pytest.approx(kept, rel=RELATIVE), (day_of(task), "run make readme")
            self.tried.add(day_of(task))

    def _is_quickstart(self, point: Point) -> bool:
        """Whether a point is the quickstart of now, with so many drones and that policy and nothing else."""
        policy, drones, _ = day_of(Task(point=point, replication=0))
        if (policy, drones) not in self._scenarios:
            settings = [f"fleet.drones={drones}", f"dispatch.policy={policy}"]
            self._scenarios[policy, drones] = load_scenario(QUICKSTART, settings)
        return point.scenario == self._scenarios[policy, drones]


def main() -> None:
    """Run the searches in full, in a folder of their own, and write what their days brought."""
    found: dict[Day, Figures] = {}
    run = Runner.all_records

    def all_records(runner: Runner, tasks: Sequence[Task], **options: bool) -> list[Record]:
        records = run(runner, tasks, **options)
        found.update({day_of(task): figures_of(record) for task, record in zip(tasks, records, strict=True)})
        return records

    with tempfile.TemporaryDirectory() as folder, mock.patch.object(Runner, "all_records", all_records):
        for name in ("scenarios", "maps"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        os.chdir(folder)
        for words in SEARCHES:
            answer = call(*words)
            assert answer.code == 0, answer.err
            sys.stdout.write(answer.out)
        os.chdir(ROOT)
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["policy", "drones", "replication", "share", "per_order"])
        rows.writerows([*day, *map(repr, found[day])] for day in sorted(found))


if __name__ == "__main__":
    main()
