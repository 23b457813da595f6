"""A run folder is there whole or not at all, whatever ends the run; what belongs to others is not touched."""

from __future__ import annotations

import platform
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import DATA, TINY, call, command, environment, spawn, write_rappi

pytestmark = pytest.mark.usefixtures("no_pictures")

FOREVER = """
import time
from pathlib import Path


def wait(view):
    Path(__file__).with_name("reached").touch()
    time.sleep(600)
"""
Started = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def half_way(tmp_path: Path) -> Iterator[Started]:
    """Starts a run into ``tmp_path / "runs" / "day"`` that stands still in the middle of its day."""
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "forever.py").write_text(FOREVER)
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        options = ("--set", "dispatch.policy=forever:wait", "--out", tmp_path / "runs" / "day")
        words = command("run", tmp_path / "tiny.toml", *options)
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=environment())
        started.append(process)
        give_up_s = time.monotonic() + 60
        while not (tmp_path / "reached").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < give_up_s, "the run never reached its first order"
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing(
    number: signal.Signals, code: int, half_way: Started, tmp_path: Path
) -> None:
    process = half_way()
    assert [path.name.startswith(".day.partial-") for path in (tmp_path / "runs").iterdir()] == [True]
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    said = [line for line in err.splitlines() if not line.startswith("runs code")]
    assert (process.returncode, out, said) == (code, "", ["interrupted; nothing was left behind"])
    assert not list((tmp_path / "runs").iterdir())


SIGNALS_ITSELF = """
import os, signal

from dronesim.dispatch import POLICIES
from dronesim.simulation.fleet import Fleet

honest = Fleet._turn_around


def interrupted(self, drone):
    os.kill(os.getpid(), signal.SIGINT)
    return honest(self, drone)


def inside(view):
    Fleet._turn_around = interrupted
    return POLICIES["nearest"](view)
"""


def test_an_interrupt_inside_a_process_of_the_simulation_is_no_defect(tmp_path: Path) -> None:
    """The event loop makes the exception of a process anew from its arguments."""
    for name in ("tiny.toml", "tiny.geojson"):
        shutil.copy(DATA / name, tmp_path / name)
    (tmp_path / "itself.py").write_text(SIGNALS_ITSELF)
    options = ("--set", "dispatch.policy=itself:inside", "--out", tmp_path / "runs" / "day")
    answer = spawn("run", tmp_path / "tiny.toml", *options)
    said = [line for line in answer.err.splitlines() if not line.startswith("runs code")]
    assert (answer.code, answer.out, said) == (130, "", ["interrupted; nothing was left behind"])
    assert not list((tmp_path / "runs").iterdir())


@pytest.mark.parametrize("after_s", [0.05, 0.1, 0.2, 0.4, 0.8, 1.2])
def test_an_interrupt_at_any_moment_shows_no_traceback(after_s: float, tmp_path: Path) -> None:
    """While the interpreter itself starts, before it has come to our command, its own rules hold."""
    pipe = subprocess.PIPE
    words = command("run", TINY, "--out", tmp_path / "day", "--quiet", "--set", "demand.orders=5")
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=environment()) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    has_begun = "Traceback" not in err or "dronesim/cli" in err or "dronesim/__main__" in err
    if has_begun:
        assert process.returncode in (0, 130, -signal.SIGINT), err
        assert err in ("", "interrupted; nothing was left behind\n")


def test_a_killed_run_leaves_no_half_folder_and_the_next_sweeps_up(half_way: Started, tmp_path: Path) -> None:
    process = half_way()
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    left = [path.name for path in (tmp_path / "runs").iterdir()]
    assert all(name.startswith(".day.partial-") for name in left), left
    day = tmp_path / "runs" / "day"
    assert call("verify", day).code == 2
    assert call("run", TINY, "--out", day, "--quiet", "--set", "demand.orders=5").code == 0
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["day"]
    assert call("verify", day).code == 0


def test_a_run_that_is_killed_leaves_the_older_one_in_its_place(half_way: Started, tmp_path: Path) -> None:
    day = tmp_path / "runs" / "day"
    assert call("run", TINY, "--out", day, "--quiet", "--set", "demand.orders=5").code == 0
    before = {path: path.read_bytes() for path in day.rglob("*") if path.is_file()}
    half_way().kill()
    assert {path: path.read_bytes() for path in day.rglob("*") if path.is_file()} == before


def test_a_run_that_fails_while_it_writes_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device", "map.png")

    monkeypatch.setattr("dronesim.report.write_report", full)
    answer = call("run", TINY, "--out", tmp_path / "day", "--set", "demand.orders=5")
    way_out = "free some space, or name a place on another disk"
    said = f"{tmp_path / 'day'}: can't be written: No space left on device; {way_out}"
    assert (answer.code, answer.out, answer.complaints) == (1, "", [said])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["run", "import"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_else(verb: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = {tmp_path / "file" / "day": "Not a directory", tmp_path / ("long" * 80): "File name too long"}
    words = {"run": ("run", TINY), "import": ("import", "rappi", write_rappi(tmp_path / "source"))}
    for place, cause in places.items():
        answer = call(*words[verb], "--out", place)
        assert (answer.code, answer.out) == (2, "")
        assert answer.complaints == [f"{place}: --out: can't be written: {cause}; name another place"]


def test_a_run_sweeps_up_after_killed_runs_to_other_places(half_way: Started, tmp_path: Path) -> None:
    process = half_way()
    process.kill()
    process.communicate(timeout=60)
    runs = tmp_path / "runs"
    (runs / ".day.partial-new-another-machine-1").mkdir()
    (runs / ".mine").mkdir()
    assert call("run", TINY, "--out", runs / "other", "--quiet", "--set", "demand.orders=5").code == 0
    assert {path.name for path in runs.iterdir()} == {".day.partial-new-another-machine-1", ".mine", "other"}


def test_a_run_does_not_touch_what_a_running_one_has_aside(half_way: Started, tmp_path: Path) -> None:
    half_way()
    (aside,) = (tmp_path / "runs").iterdir()
    assert call("run", TINY, "--out", tmp_path / "runs" / "o", "--quiet", "--set", "demand.orders=5").code == 0
    assert aside.is_dir()


def test_an_older_run_comes_back_that_was_on_its_way_out_when_its_successor_was_killed(tmp_path: Path) -> None:
    few = ("--quiet", "--set", "demand.orders=5")
    assert call("run", TINY, "--out", tmp_path / "day", *few).code == 0
    (tmp_path / "day").rename(tmp_path / f".day.partial-old-{platform.node()}-99999999999")
    assert call("run", TINY, "--out", tmp_path / "other", *few).code == 0
    assert call("verify", tmp_path / "day", "--quiet").code == 0


@pytest.mark.parametrize("content", ["notes.txt", "manifest.json"])
def test_a_folder_of_somebody_else_is_refused_and_untouched(content: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / content).write_text('{"name": "a web page"}')
    answer = call("run", TINY, "--out", tmp_path / "theirs")
    assert (answer.code, answer.out) == (2, "")
    rule = "--out: is there already and is not a run folder; name another place"
    assert answer.complaints == [f"{tmp_path / 'theirs'}: {rule}"]
    assert {path.name: path.read_text() for path in (tmp_path / "theirs").iterdir()} == {
        content: '{"name": "a web page"}'
    }
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_a_file_in_the_place_of_a_run_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("mine")
    answer = call("run", TINY, "--out", tmp_path / "theirs")
    assert (answer.code, len(answer.complaints)) == (2, 1)
    assert (tmp_path / "theirs").read_text() == "mine"


def test_an_empty_folder_may_become_a_run(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    assert call("run", TINY, "--out", tmp_path / "day", "--quiet", "--set", "demand.orders=5").code == 0
    assert call("verify", tmp_path / "day").code == 0


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def test_a_bar_on_a_terminal_has_colours_unless_there_is_no_color(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    words = ("run", TINY, "--out", tmp_path / "day", "--set", "demand.orders=5")
    coloured = call(*words, is_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = call(*words, is_terminal=True)
    assert (coloured.code, plain.code) == (0, 0)
    assert COLOUR.search(coloured.err)
    assert "tiny" in plain.err
    assert not COLOUR.search(plain.err)


def test_a_quiet_run_shows_no_bar_on_a_terminal(tmp_path: Path) -> None:
    answer = call("run", TINY, "--out", tmp_path / "d", "--quiet", "--set", "demand.orders=5", is_terminal=True)
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_without_a_terminal_no_control_codes_are_written(tmp_path: Path) -> None:
    answer = call("run", TINY, "--out", tmp_path / "d", "--set", "demand.orders=5")
    assert "\x1b" not in answer.out + answer.err
