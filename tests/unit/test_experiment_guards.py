"""What must not go wrong in experiments without a word: lost days, stale files, policies that remember."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, wait
from pathlib import Path
from typing import Any

import pytest

import dronesim.experiment
from command import DATA, TINY, call, environment
from dronesim.errors import InputError
from dronesim.experiment.bench import Bench, draw_shadows
from dronesim.experiment.executors import InProcess, WorkerError
from dronesim.experiment.levels import shares_by
from dronesim.experiment.one_more import variations
from dronesim.experiment.points import Point, StaleError, Task
from dronesim.experiment.runner import Runner, open_runner
from dronesim.experiment.store import Store
from dronesim.experiment.study import Study


def own_folder(tmp_path: Path) -> Path:
    """A scenario and its map where they can be changed."""
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def point(folder: Path, *settings: str) -> Point:
    return Study(path=folder / "tiny.toml", settings=("demand.orders=20", *settings)).point()


@pytest.mark.parametrize(
    "verb",
    [("sweep", "--vary", "fleet.drones=2,3"), ("compare", "--policy", "nearest,greedy"), ("size",), ("bottlenecks",)],
)
def test_a_mistake_that_only_the_map_tells_is_told_as_one_with_several_workers_too(
    verb: tuple[str, ...], tmp_path: Path
) -> None:
    wrong = ("--set", "airports.boxes={ X9 = 3 }", "--workers", 2, "--out", tmp_path / "out")
    answer = call(verb[0], TINY, *verb[1:], *wrong)
    assert answer.code == 2
    assert answer.complaints == [answer.err.strip().removeprefix("error: ")]
    assert "is not a site of this kind on the map" in answer.err
    assert not (tmp_path / "out").exists()


def test_a_scenario_that_cant_be_run_is_refused_before_there_are_workers(tmp_path: Path) -> None:
    wrong = point(own_folder(tmp_path), "airports.boxes={ X9 = 3 }")
    with pytest.raises(InputError, match="X9"), open_runner(workers=2, first=wrong):
        pass


def test_the_example_of_the_package_runs_as_a_script(tmp_path: Path) -> None:
    text = inspect.getdoc(dronesim.experiment)
    assert text is not None
    (example,) = re.findall(r"runner:\n\n((?:    .*\n?)+)", text)
    tiny = example.replace("scenarios/quickstart.toml", str(TINY)).replace("answer = size(", "print(size(")
    tiny = tiny.replace(", runner)", ", runner).status)").replace(
        "SizeRequest(", "SizeRequest(target=0.9, indifference=0.1, "
    )
    names = "from pathlib import Path\nfrom dronesim.experiment import SizeRequest, Study, open_runner, size\n"
    script = tmp_path / "script.py"
    script.write_text(names + inspect.cleandoc("\n" + tiny) + "\n", encoding="utf-8")
    words = [sys.executable, str(script)]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment())
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "found\n", "")


class Stopping(InProcess):
    """Ends like Ctrl-C when it is given its third task."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        if self.given == 3:
            raise KeyboardInterrupt
        return super().submit(fn, *args, **kwargs)


def test_each_day_in_this_process_is_kept_before_the_next_begins(tmp_path: Path) -> None:
    runner = Runner(Stopping(), workers=1, store=Store(folder=tmp_path / "days").open())
    with pytest.raises(KeyboardInterrupt):
        runner.records(point(own_folder(tmp_path)), range(5))
    assert len(list((tmp_path / "days").glob("*.json"))) == 2


class Late(Executor):
    """Does all that it was given at once, and ends like Ctrl-C before anybody could look."""

    def __init__(self) -> None:
        self.inside = InProcess()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self.inside.submit(fn, *args, **kwargs)


def test_days_that_are_finished_when_the_work_is_stopped_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any, **options: Any) -> Any:
        wait(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr("dronesim.experiment.runner.wait", stopped)
    runner = Runner(Late(), workers=1, store=Store(folder=tmp_path / "days").open())
    with pytest.raises(KeyboardInterrupt):
        runner.records(point(own_folder(tmp_path)), range(5))
    assert len(list((tmp_path / "days").glob("*.json"))) == 3


def test_a_map_that_changes_meanwhile_makes_no_record(tmp_path: Path) -> None:
    made = point(own_folder(tmp_path))
    text = (tmp_path / "tiny.geojson").read_text()
    (tmp_path / "tiny.geojson").write_text(text.replace('"name"', '"name" ', 1) + "\n")
    with pytest.raises(StaleError, match="is not what it was"):
        Bench().run(Task(point=made, replication=0))


def own_type(folder: Path, **numbers: float) -> Path:
    """The tiny folder's own drone type, written anew."""
    lines = ['name = "mine"', 'based_on = "ideal"', *(f"{key} = {number}" for key, number in numbers.items())]
    (folder / "mine.toml").write_text("\n".join(lines) + "\n")
    return folder / "mine.toml"


def test_a_drone_type_that_changes_meanwhile_makes_no_record_and_gives_its_days_other_names(tmp_path: Path) -> None:
    named = f"fleet.drone_type={own_type(own_folder(tmp_path), cruise_mps=12.0)}"
    made = point(tmp_path, named)
    own_type(tmp_path, cruise_mps=11.0)
    with pytest.raises(StaleError, match="the drone type"):
        Bench().run(Task(point=made, replication=0))
    assert Task(point=point(tmp_path, named), replication=0).name != Task(point=made, replication=0).name


def test_the_name_of_a_day_does_not_depend_on_where_its_drone_type_lies(tmp_path: Path) -> None:
    path = own_type(own_folder(tmp_path), cruise_mps=12.0)
    there = tmp_path / "there.toml"
    shutil.copy(path, there)
    names = {point(tmp_path, f"fleet.drone_type={place}").content_hash for place in (path, there)}
    assert len(names) == 1


def test_a_bench_flies_the_drone_type_as_its_file_is_now(tmp_path: Path) -> None:
    """In wind, routes too depend on the airspeed; those of the former file must not be flown again."""
    settings = (f"fleet.drone_type={own_type(own_folder(tmp_path), cruise_mps=12.0)}", "weather.wind_mps=4")
    kept = Bench()
    kept.run(Task(point=point(tmp_path, *settings), replication=0))
    own_type(tmp_path, cruise_mps=9.0)
    changed = Task(point=point(tmp_path, *settings), replication=0)
    assert kept.run(changed) == Bench().run(changed)
    assert kept.setting(changed.point).routes is not next(iter(kept._settings.values())).routes


def test_workers_fly_a_drone_type_of_ones_own(tmp_path: Path) -> None:
    made = point(own_folder(tmp_path), f"fleet.drone_type={own_type(tmp_path, cruise_mps=9.0)}")
    with open_runner(workers=2, first=made) as runner:
        records = runner.records(made, range(2))
    assert records == [json.loads(Bench().run(Task(point=made, replication=number))) for number in range(2)]


def test_the_name_of_a_day_covers_all_modules_that_its_policy_may_import(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    (folder / "rules_of_mine" / "deep").mkdir(parents=True)
    for package in ("rules_of_mine", "rules_of_mine/deep"):
        (folder / package / "__init__.py").write_text("")
    core = folder / "rules_of_mine" / "deep" / "core.py"
    core.write_text("from dronesim.dispatch import POLICIES\ndef serve(view): return POLICIES['nearest'](view)\n")
    (folder / "mine_of_guards.py").write_text(
        "from rules_of_mine.deep import core\ndef serve(view): return core.serve(view)\n"
    )
    before = point(folder, "dispatch.policy=mine_of_guards:serve").content_hash
    core.write_text(core.read_text().replace("nearest", "greedy"))
    assert point(folder, "dispatch.policy=mine_of_guards:serve").content_hash != before


def test_a_policy_that_remembers_begins_each_day_anew(tmp_path: Path) -> None:
    folder = own_folder(tmp_path)
    (folder / "mine_that_counts.py").write_text(
        "from dronesim.dispatch import POLICIES\n"
        "class Tiring:\n"
        "    calls = 0\n"
        "    def __call__(self, view):\n"
        "        self.calls += 1\n"
        "        return POLICIES['nearest' if self.calls < 60 else 'matching'](view)\n"
        "serve = Tiring()\n"
    )
    made = point(folder, "dispatch.policy=mine_that_counts:serve", "demand.orders=60", "fleet.drones=3")
    together, alone = Bench(), [Bench().run(Task(point=made, replication=number)) for number in range(3)]
    assert [together.run(Task(point=made, replication=number)) for number in range(3)] == alone


def test_work_given_to_a_broken_pool_is_told(tmp_path: Path) -> None:
    made = point(own_folder(tmp_path))
    with open_runner(workers=2, first=made) as runner:
        runner.records(made, range(2))
        for child in multiprocessing.active_children():
            child.kill()
        time.sleep(0.5)
        with pytest.raises(WorkerError, match="ended on its own"):
            runner.gather(draw_shadows, [(made, range(2))])


@pytest.mark.parametrize(("wind", "added_m"), [("0", 140.0), ("5", 140.0)])
def test_one_more_level_lies_above_the_others_whatever_the_wind(wind: str, added_m: float, tmp_path: Path) -> None:
    """Each level flies in its own wind, so one more costs the others nothing."""
    levels = "airspace.levels_m=[60.0, 80.0, 100.0, 120.0]"
    made = point(own_folder(tmp_path), levels, f"weather.wind_mps={wind}")
    (more,) = [each for each in variations(Bench().setting(made)) if each.name == "level"]
    assert str(added_m) in more.settings[0]
    Bench().setting(point(tmp_path, levels, f"weather.wind_mps={wind}", *more.settings))


def test_sites_that_are_numbers_keep_their_order_and_hours_are_sorted() -> None:
    record = {"by": {"takeoff_point": {"20": (2, 1), "3": (4, 4)}, "hour": {"11": (1, 1), "9": (2, 1)}}}
    assert shares_by([record], "takeoff_point")[0] == ("20", "3")
    assert shares_by([record], "hour")[0] == ("9", "11")


def test_two_experiments_may_find_the_same_record_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look of the second and its move, the first has set the file aside, or put a whole one there."""
    store = Store(folder=tmp_path).open()
    store.write("day", '{"a": 1}')
    path = next(tmp_path.glob("*.json"))
    whole = path.read_bytes()
    path.write_bytes(b"damaged")
    look = Path.read_bytes

    def looks_then_changes(self: Path) -> bytes:
        content = look(self)
        self.write_bytes(whole)
        return content

    monkeypatch.setattr(Path, "read_bytes", looks_then_changes)
    assert store.read("day") is None
    monkeypatch.undo()
    assert store.read("day") == {"a": 1}
    path.write_bytes(b"damaged")

    def looks_then_goes(self: Path) -> bytes:
        content = look(self)
        self.unlink()
        return content

    monkeypatch.setattr(Path, "read_bytes", looks_then_goes)
    assert store.read("day") is None
