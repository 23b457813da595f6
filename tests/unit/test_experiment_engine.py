"""Replications carried out: the same records whoever runs them, kept whole, redone when damaged."""

from __future__ import annotations

import json
import os
import pickle
import platform
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from command import DATA, TINY
from dronesim.errors import InputError, Problem
from dronesim.experiment.bench import Bench
from dronesim.experiment.executors import Cluster, InProcess
from dronesim.experiment.points import Point, Task, make_point
from dronesim.experiment.runner import PART, Runner, open_runner
from dronesim.experiment.store import Store
from dronesim.record.folder import written_whole
from dronesim.scenario import load_scenario


def point(*settings: str, path: Path = TINY) -> Point:
    return make_point(load_scenario(path, ["demand.orders=20", *settings]), folder=path.parent)


class Backwards(Executor):
    """Runs the task that came last first, when somebody looks."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.count = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        if len(self.waiting) == 3:
            for ended, work in reversed(self.waiting):
                ended.set_result(work())
            self.waiting.clear()
        self.count += 1
        return future


def test_records_are_the_same_in_whatever_order_tasks_end(tmp_path: Path) -> None:
    with open_runner(workers=1, folder=tmp_path / "one") as plain:
        expected = plain.records(point(), range(6))
    backwards = Runner(Backwards(), workers=1, store=Store(folder=tmp_path / "two").open())
    assert backwards.records(point(), range(6)) == expected
    assert [record["replication"] for record in expected] == list(range(6))
    assert contents(tmp_path / "one" / "replications") == contents(tmp_path / "two")


def test_processes_give_the_same_bytes_as_this_process(tmp_path: Path) -> None:
    variants = [point(f"fleet.drones={drones}") for drones in (2, 5)]
    tasks = [Task(point=variant, replication=number) for variant in variants for number in range(3)]
    for workers in (1, 2):
        with open_runner(workers=workers, folder=tmp_path / str(workers), first=variants[0]) as runner:
            runner.all_records(tasks)
    assert contents(tmp_path / "1" / "replications") == contents(tmp_path / "2" / "replications")
    assert len(contents(tmp_path / "1" / "replications")) == 6


class Client:
    """A Dask client whose workers are this process: what is sent is known by a name."""

    def __init__(self) -> None:
        self.sent: dict[str, Point] = {}
        self.parts: list[tuple[str, list[int]]] = []

    def get_executor(self, *, pure: bool) -> Workers:
        assert not pure
        return Workers(self)

    def submit(self, function: Any, sent: Point, *, pure: bool) -> str:
        assert not pure
        assert sent.content_hash not in self.sent, "a point is sent once"
        self.sent[sent.content_hash] = function(sent)
        return sent.content_hash


class Workers:
    """Those of a client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def submit(self, function: Any, run: Any, named: str, numbers: list[int], *rest: Any) -> Future[Any]:
        self.client.parts.append((named, numbers))
        return InProcess().submit(function, run, self.client.sent[named], numbers, *rest)


def test_a_cluster_is_sent_each_point_once_and_its_days_in_parts(tmp_path: Path) -> None:
    variants = [point(f"fleet.drones={drones}") for drones in (2, 5)]
    tasks = [Task(point=variant, replication=number) for variant in variants for number in range(18)]
    client = Client()
    there = Runner(Cluster(client), workers=1, store=Store(folder=tmp_path / "there").open())
    with open_runner(workers=1, folder=tmp_path / "here") as here:
        assert there.all_records(tasks) == here.all_records(tasks)
    assert contents(tmp_path / "there") == contents(tmp_path / "here" / "replications")
    assert sorted(client.sent) == sorted(variant.content_hash for variant in variants)
    assert [(named, number) for named, numbers in client.parts for number in numbers] == [
        (task.point.content_hash, task.replication) for task in tasks
    ]
    sizes = [len(numbers) for _, numbers in client.parts]
    assert 1 < max(sizes) <= PART
    assert sizes[-1] == 1, "the last parts are small, so that no worker is left waiting for long"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_shared_setting_gives_the_record_of_one_of_its_own() -> None:
    bench, variant = Bench(), point("fleet.drones=3", "batteries.chargers=1")
    first = bench.setting(point())
    assert bench.setting(variant).world is first.world
    assert bench.run(Task(point=variant, replication=1)) == Bench().run(Task(point=variant, replication=1))


def test_what_is_finished_is_not_run_again(tmp_path: Path) -> None:
    with open_runner(workers=1, folder=tmp_path) as runner:
        runner.records(point(), range(3))
    executor = Backwards()
    again = Runner(executor, workers=1, store=Store(folder=tmp_path / "replications").open())
    assert len(again.records(point(), range(3))) == 3
    assert executor.count == 0
    assert (again.tally.done, again.tally.total, again.tally.fresh) == (3, 3, 0)


@pytest.mark.parametrize("spoil", [lambda text: text[:-9], lambda text: text.replace(b'"seed": 1', b'"seed": 2')])
def test_a_damaged_record_is_set_aside_and_run_again(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    said: list[str] = []
    with open_runner(workers=1, folder=tmp_path) as runner:
        expected = runner.records(point(), [0])
    (path,) = (tmp_path / "replications").iterdir()
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    assert path.read_bytes() != whole
    with open_runner(workers=1, folder=tmp_path, warn=said.append) as runner:
        assert runner.records(point(), [0]) == expected
    assert path.read_bytes() == whole
    assert path.with_suffix(".damaged").is_file()
    assert len(said) == 1
    assert "does not match its hash" in said[0]


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_record_of_another_day_is_not_taken_for_this_one(is_signed: bool, tmp_path: Path) -> None:
    """Neither a copy under the name of another day, nor one whose hash was made for that name."""
    said: list[str] = []
    with open_runner(workers=1, folder=tmp_path) as runner:
        first, second = runner.records(point(), [0, 1])
    store, name = Store(folder=tmp_path / "replications"), Task(point=point(), replication=1).name
    if is_signed:
        store.write(name, json.dumps(first))
    else:
        source = store.folder / f"{Task(point=point(), replication=0).name}.json"
        (store.folder / f"{name}.json").write_bytes(source.read_bytes())
    with open_runner(workers=1, folder=tmp_path, warn=said.append) as runner:
        assert runner.records(point(), [1]) == [second]
    assert len(said) == 1
    assert ("is not what is kept of this day" if is_signed else "does not match its hash") in said[0]


@pytest.mark.parametrize("put", [Path.mkdir, lambda path: path.symlink_to(path.name), os.mkfifo])
def test_what_is_no_file_is_set_aside(put: Callable[[Path], object], tmp_path: Path) -> None:
    said: list[str] = []
    store = Store(folder=tmp_path, warn=said.append)
    put(tmp_path / "day.json")
    assert store.read("day") is None
    assert store.read("day") is None
    assert len(said) == 1


def test_everything_that_shapes_a_day_is_in_its_name(tmp_path: Path) -> None:
    for name in ("tiny.toml", "tiny.geojson"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    own = tmp_path / "shaping.py"
    own.write_text("from dronesim.dispatch import POLICIES\nserve = lambda view: POLICIES['nearest'](view)\n")
    path = tmp_path / "tiny.toml"

    def hashed(*settings: str) -> str:
        return point(*settings, path=path).content_hash

    names = [
        hashed(),
        hashed("fleet.drones=6"),
        hashed("dispatch.policy=greedy"),
        hashed("dispatch.policy=shaping:serve"),
    ]
    own.write_text(own.read_text() + "\n")
    names.append(hashed("dispatch.policy=shaping:serve"))
    content = json.loads((tmp_path / "tiny.geojson").read_text())
    (tmp_path / "tiny.geojson").write_text(json.dumps(content, indent=3))
    names.append(hashed())
    assert len(set(names)) == len(names)
    assert hashed("description=another text") == hashed()
    first, second = point(), point("seed=2")
    tasks = [Task(point=first, replication=0), Task(point=first, replication=1), Task(point=second, replication=0)]
    assert len({task.name for task in tasks}) == 3


def test_a_store_removes_what_a_killed_process_left_half_written(tmp_path: Path) -> None:
    left = tmp_path / f".abc.json.partial-new-{platform.node()}-99999999.0"
    left.write_text("half")
    with written_whole(tmp_path / "ours.json") as ours:
        ours.write_text("half")
        Store(folder=tmp_path).open()
        assert [path.name for path in tmp_path.iterdir()] == [ours.name]


def test_a_full_disk_is_told_with_its_folder_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, _content: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as caught:
        Store(folder=tmp_path).open().write("abc", "{}")
    assert caught.value.filename == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_problems_go_with_an_error_from_process_to_process() -> None:
    error = InputError([Problem(file="a.toml", key="fleet.drones", rule="is odd", value=3)])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301


def test_the_errors_of_a_worker_reach_the_planner_as_they_are() -> None:
    broken = point("airports.boxes={ X9 = 3 }")
    with open_runner(workers=2) as runner, pytest.raises(InputError, match="X9"):
        runner.records(broken, [0, 1])
