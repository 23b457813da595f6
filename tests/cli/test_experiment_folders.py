"""Folders of experiments: refused early where they can't be used, never half written, told with what is kept."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

import dronesim
from command import TINY, call, command, environment
from dronesim.cli.signals import Stopped, stoppable

pytestmark = pytest.mark.usefixtures("days_once")

FEWER, DRILL = TINY.with_name("fewer.toml"), TINY.with_name("drill.toml")
FEW = ("--set", "demand.orders=15", "--workers", 1)
TWO, NOTHING = ("--replications", 2), ("--set", "demand.orders=0.001")
VERBS: dict[str, tuple[object, ...]] = {
    "run": ("run", TINY, "--replications", 3, *FEW),
    "sweep": ("sweep", TINY, "--vary", "fleet.drones=2,3", "--replications", 2, *FEW),
    "size": ("size", TINY, "--between", "2:3", "--target", 0.2, "--indifference", 20, *FEW),
    "compare": ("compare", TINY, "--policy", "nearest,greedy", "--replications", 2, *FEW),
    "two scenarios": ("compare", TINY, FEWER, "--replications", 2, *FEW),
    "drill": ("drill", DRILL, "--on", TINY, "--replications", 2, "--no-verify", *FEW),
    "year": ("year", TINY, "--days", 2, *FEW),
    "bottlenecks": ("bottlenecks", TINY, "--replications", 2, *FEW),
}
WAY_OUT = "No space left on device; free some space, or name a place on another disk"


@pytest.fixture(params=VERBS)
def words(request: pytest.FixtureRequest) -> tuple[object, ...]:
    """A small experiment of each kind."""
    return VERBS[request.param]


def test_a_file_in_place_of_the_folder_is_refused_and_untouched(words: tuple[object, ...], tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("mine")
    answer = call(*words, "--out", tmp_path / "theirs")
    assert (answer.code, answer.out) == (2, "")
    assert answer.complaints == [f"{tmp_path / 'theirs'}: --out: is a file; name a folder"]
    assert (tmp_path / "theirs").read_text() == "mine"


def test_a_folder_below_a_file_is_refused(words: tuple[object, ...], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = call(*words, "--out", tmp_path / "file" / "results")
    cause = "can't be written: Not a directory; name another place"
    assert (answer.code, answer.complaints) == (2, [f"{tmp_path / 'file' / 'results'}: --out: {cause}"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_nobody_may_write_to_is_refused(
    is_there: bool, words: tuple[object, ...], tmp_path: Path
) -> None:
    place = tmp_path / "closed" if is_there else tmp_path / "closed" / "results"
    (tmp_path / "closed").mkdir(mode=0o555)
    answer = call(*words, "--out", place)
    cause = "can't be written: Permission denied; name a place that you may write to"
    assert (answer.code, answer.complaints) == (2, [f"{place}: --out: {cause}"])


def test_the_folder_of_a_run_is_not_mixed_with_an_experiment(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    answer = call(*VERBS["run"], "--out", tmp_path)
    assert answer.complaints == [f"{tmp_path}: --out: holds a run of one day; name another folder for many"]
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_mistake_leaves_no_folder_behind(tmp_path: Path) -> None:
    answer = call("compare", TINY, "--policy", "nearest,psychic", "--out", tmp_path / "new" / "results", *FEW)
    assert answer.code == 2
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_with_replications_is_told_with_what_is_kept(
    words: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.write_bytes

    def nearly_full(self: Path, content: bytes) -> int:
        if len(list((tmp_path / "replications").glob("*.json"))) < 2:
            return whole(self, content)
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", nearly_full)
    monkeypatch.setattr("dronesim.report.drawing.png_bytes", lambda _figure: b"")
    answer = call(*words, "--out", tmp_path)
    kept = f"2 finished replications are kept in {tmp_path}: the same command goes on from there"
    assert (answer.code, answer.out) == (1, "")
    assert answer.complaints == [f"{tmp_path}: can't be written: {WAY_OUT}; {kept}"]
    assert not hidden(tmp_path)


def fill(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full as soon as a file whose name ends so is written, a part of it being there already."""

    def full(path: Any, *_rest: Any, **_options: Any) -> None:
        Path(path).touch()
        raise OSError(28, "No space left on device")

    if name == ".parquet":
        monkeypatch.setattr("pyarrow.parquet.write_table", lambda _table, path, **_options: full(path))
    if name == ".json":
        monkeypatch.setattr(Path, "write_text", full)
    if name == ".png":
        whole = Path.write_bytes

        def write(self: Path, content: bytes) -> int:
            return whole(self, content) if name not in self.name else full(self) or 0

        monkeypatch.setattr(Path, "write_bytes", write)


ANSWERS = [(verb, name) for verb in VERBS for name in (".json", ".parquet", ".png")]
"""Days have no picture, and a sizing no table."""
ANSWERS = [pair for pair in ANSWERS if pair not in {("run", ".png"), ("size", ".parquet")}]


@pytest.mark.parametrize(("verb", "name"), ANSWERS)
def test_a_disk_that_is_full_for_an_answer_leaves_no_half_file(
    verb: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(name, monkeypatch)
    answer = call(*VERBS[verb], "--out", tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert answer.complaints[0].startswith(f"{tmp_path}: can't be written: {WAY_OUT}; ")
    assert "finished replications are kept" in answer.complaints[0]
    assert not hidden(tmp_path)
    assert not list(tmp_path.glob(f"*{name}"))


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_half_a_picture_that_a_killed_process_left_is_swept_up(tmp_path: Path) -> None:
    left = tmp_path / f".bottlenecks.png.partial-new-{platform.node()}-99999999999.0"
    left.write_bytes(b"half")
    (tmp_path / ".mine").touch()
    assert call(*VERBS["run"], "--out", tmp_path).code == 0
    assert hidden(tmp_path) == [tmp_path / ".mine"]


def test_what_a_run_warns_of_is_told_of_many_days_too(tmp_path: Path) -> None:
    bare = ("--set", "fleet.drones=1", "--out", tmp_path)
    answer = call(*VERBS["run"], *bare)
    assert answer.code == 0
    assert "warning: no drone at T2" in answer.err
    assert "no drone" not in call(*VERBS["run"], *bare, "--quiet").err


@pytest.mark.parametrize("after_s", [0.3, 0.8, 1.5, 2.2])
def test_an_interrupt_at_any_moment_ends_it_soon_and_says_what_is_kept(after_s: float, tmp_path: Path) -> None:
    """Before the first replication, and while days are drawn to tell how hard they are; else in half a second."""
    folder = tmp_path / "results"
    words = command("size", TINY, "--set", "demand.orders=1500", "--out", folder, "--workers", 2, "--quiet")
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=environment()) as running:
        time.sleep(after_s)
        begun = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
        took_s = time.monotonic() - begun
    assert "Traceback" not in err or "dronesim" not in err
    assert running.returncode in (130, -signal.SIGINT, 1)
    assert took_s < 2.5
    assert folder.exists() == bool(list(folder.glob("replications/*.json")))


def test_an_interrupt_that_python_swallows_is_sent_again() -> None:
    """What a callback of a weak reference raises is printed and forgotten; a signal in it would be lost."""

    class Thing:
        pass

    def interrupted(_reference: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)

    def let_go_and_wait() -> None:
        things.clear()
        time.sleep(5.0)

    things = [Thing()]
    reference = weakref.ref(things[0], interrupted)
    with pytest.raises(Stopped) as stopped, stoppable():
        let_go_and_wait()
    assert stopped.value.exit_code == 130
    assert reference() is None


EARLY = {
    "size, above the ceiling": (("size", TINY, "--set", "service.limit_min=1"), 3, "size.json"),
    "size, by take-off point": (
        ("size", TINY, "--by", "takeoff_point", "--set", "service.limit_min=1"),
        3,
        "size.json",
    ),
    "size, by days": (("size", TINY, "--days", "0.9", "--set", "service.limit_min=1"), 3, "size.json"),
    "size, no orders": (("size", TINY, *NOTHING), 3, "size.json"),
    "sweep": (("sweep", TINY, "--vary", "fleet.drones=3,4", *TWO, *NOTHING), 0, "results.parquet"),
    "compare": (("compare", TINY, *TWO, *NOTHING), 0, "compare.json"),
    "two scenarios": (("compare", TINY, FEWER, *TWO, *NOTHING), 0, "compare.json"),
    "drill": (("drill", DRILL, "--on", TINY, *TWO, *NOTHING), 0, "drill.json"),
    "year": (("year", TINY, "--days", 2, *NOTHING), 0, "year.json"),
    "bottlenecks": (("bottlenecks", TINY, *TWO, *NOTHING), 0, "bottlenecks.json"),
    "days": (("run", TINY, *TWO, *NOTHING), 0, "intervals.json"),
}


@pytest.mark.parametrize("path", EARLY)
def test_every_verb_writes_into_a_folder_below_folders_that_are_not_there(path: str, tmp_path: Path) -> None:
    """However early it ends, and though nothing may have been run."""
    words, code, file = EARLY[path]
    answer = call(*words, "--out", tmp_path / "new" / "nested", "--workers", 1, "--quiet")
    assert (answer.code, answer.err) == (code, "")
    assert (tmp_path / "new" / "nested" / file).is_file()


@pytest.mark.usefixtures("no_pictures")
def test_files_of_a_run_are_written_below_folders_that_are_not_there(tmp_path: Path) -> None:
    day = tmp_path / "new" / "day"
    assert call("run", TINY, "--set", "demand.orders=5", "--out", day, "--quiet").code == 0
    svg, items = tmp_path / "codes" / "of" / "one.svg", tmp_path / "items" / "of" / "it.md"
    assert call("code", day, "--order", 0, "--out", svg, "--quiet").code == 0
    assert call("report", day, "--stress", "--out", items).code == 0
    page = dronesim.open_run(day).report(tmp_path / "pages" / "of" / "it.html")
    assert all(path.is_file() for path in (svg, items, page))
