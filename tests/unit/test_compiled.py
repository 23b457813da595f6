"""Kernels that are compiled beforehand are those that a day calls, and a day is the same where nobody compiles them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from numba.core import types

from dronesim import beside
from dronesim.beside import begun_if_first
from dronesim.cli import compiling
from dronesim.cores import cores
from dronesim.routing import compiled, sight
from dronesim.routing.compiled import Row, compile_beside, kind_of, listed, missing_kernels, stated_kind

CHEAPEST: Row = ("dronesim.airspace.pair_kernels", "forget", [["int64", 2, "C"], "int64", "int64"])
RECORDER = Path(__file__).resolve().parents[2] / "benchmarks" / "kernels.py"
COUNTED = """from dronesim.routing import compiled
rows = [row for row in compiled.listed() if row[1] == "forget"]
print(rows[0] in compiled.missing_kernels())
compiled.compile_beside(rows, workers=2, done=print)
print(rows[0] in compiled.missing_kernels())
"""
STOPPED = """import signal, sys
from dronesim import beside
from dronesim.cli.signals import Stopped, stoppable
from dronesim.routing import compiled
begun, ask, all_begun = beside.begin, compiled._is_kept, []

def started():
    all_begun.append(begun())
    return all_begun[-1]

def asked(process, row):
    for each in all_begun:
        each.send_signal(signal.SIGSTOP)  # it is half-way when all is stopped, however slow this machine is
    print(*(each.pid for each in all_begun), flush=True)
    return ask(process, row)

beside.begin, compiled._is_kept = started, asked
try:
    with stoppable():
        compiled.compile_beside([row for row in compiled.listed() if row[1] == "forget"], workers=2, done=print)
except Stopped as stopped:
    sys.exit(stopped.exit_code)
"""


STOPPED_EARLY = """import sys, time
from dronesim.beside import begun_if_first
from dronesim.cli.signals import Stopped, stoppable
try:
    with stoppable(), begun_if_first() as begun:
        assert "numba" not in sys.modules
        print(*(each.pid for each in begun), flush=True)
        time.sleep(60)
except Stopped as stopped:
    sys.exit(stopped.exit_code)
"""


class Grown(NamedTuple):
    """A tuple with names, as kernels take some."""

    age: int
    size: tuple[float, float]


def test_kinds_are_read_as_they_were_written() -> None:
    pair = types.UniTuple(types.float64, 2)
    for kind in (
        types.int32,
        types.boolean,
        types.Array(types.float64, 2, "A"),
        types.Array(types.boolean, 1, "C", readonly=True),
        pair,
        types.Tuple((types.int64, pair)),
        types.NamedTuple((types.int64, pair), Grown),
    ):
        assert kind_of(json.loads(json.dumps(stated_kind(kind)))) == kind


def test_each_listed_kernel_is_one_and_takes_so_many_arguments() -> None:
    assert len(listed()) > compiled.FEW
    for row in listed():
        made = compiled._made(row)
        assert made.py_func.__code__.co_argcount == len(row[2]), row[:2]
        assert [stated_kind(kind_of(kind)) for kind in row[2]] == row[2]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["headway", "strategic"])
def test_the_listed_kernels_are_those_that_a_day_calls(mode: str, tmp_path: Path) -> None:
    """Where this fails, `benchmarks/kernels.py` writes the list anew."""
    environment = os.environ | {"DRONESIM_CACHE": str(tmp_path / "routes")}
    run = [sys.executable, str(RECORDER), mode, str(tmp_path / "day")]
    told = subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    called = {json.dumps(row) for _, row in json.loads(told)}
    assert called == {json.dumps(row) for row in listed(mode)}


def run_in(folder: Path, program: str) -> list[str]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    run = [sys.executable, "-c", program]
    return subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()


def test_a_kernel_that_another_process_compiled_is_there(tmp_path: Path) -> None:
    assert run_in(tmp_path, COUNTED) == ["True", "1", "False"]


@pytest.mark.parametrize(
    ("stopped", "number", "code"),
    [(STOPPED, signal.SIGINT, 130), (STOPPED, signal.SIGTERM, 143), (STOPPED_EARLY, signal.SIGINT, 130)],
)
def test_who_stops_the_compiling_leaves_nobody_at_work(
    stopped: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    """A terminal sends its signal to all processes; all end, and in silence."""
    if stopped == STOPPED_EARLY and cores() < 2:
        pytest.skip("on one core none begins")
    pipe, environment = subprocess.PIPE, os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    words = [sys.executable, "-c", stopped]
    program = subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    assert program.stdout is not None
    workers = list(map(int, program.stdout.readline().split()))
    assert len(workers) >= 2
    os.killpg(program.pid, number)
    assert program.communicate(timeout=60) == ("", "")
    assert program.returncode == code
    until_s = time.monotonic() + 20.0
    while any(map(is_at_work, workers)) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert not any(map(is_at_work, workers))


def test_processes_begin_at_once_where_nothing_was_compiled_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They compile what they are asked for later, in place of others; who ends the block ends them."""
    started: list[subprocess.Popen[str]] = []
    begin = beside.begin

    def noted() -> subprocess.Popen[str]:
        started.append(begin())
        return started[-1]

    monkeypatch.setattr("dronesim.cores.cores", lambda: 2)
    monkeypatch.setattr(beside, "begin", noted)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    told: list[int] = []

    def fail_later() -> None:
        with begun_if_first() as begun:
            assert begun == started
            assert len(started) == 2
            compile_beside([CHEAPEST], workers=2, begun=begun, done=told.append)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_later()
    assert told == [1]
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)
    # now one is there; nor does anything begin where nothing is compiled, or on one core
    with begun_if_first() as begun:
        assert begun == []
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "another"))
    for number, name, value in ((1, "NUMBA_DISABLE_JIT", "0"), (2, "NUMBA_DISABLE_JIT", "1")):
        monkeypatch.setattr("dronesim.cores.cores", lambda number=number: number)
        monkeypatch.setenv(name, value)
        with begun_if_first() as begun:
            assert begun == []
    assert len(started) == 2


def test_kernels_beside_the_program_are_looked_for_where_no_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "__file__", str(tmp_path / "beside.py"))
    for unset in ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(unset, raising=False)
    assert beside.is_first()
    kept = tmp_path / "airspace" / "__pycache__" / "kernel-1.py311.nbi"
    kept.parent.mkdir(parents=True)
    kept.touch()
    assert not beside.is_first()


def is_at_work(process: int) -> bool:
    """Tell whether a process is there and has not ended: nobody may have asked yet how it did."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return sys.platform != "linux"
    except ProcessLookupError:
        return False


def test_where_kernels_are_not_kept_none_is_compiled_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_made", lambda _row: object())
    assert missing_kernels() == []


@pytest.mark.parametrize("ending", ["raise SystemExit", "import time; print('lost', flush=True); time.sleep(60)"])
def test_a_process_that_ends_or_keeps_nothing_gets_no_more(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def start() -> Any:
        pipe = subprocess.PIPE
        started.append(subprocess.Popen([sys.executable, "-c", ending], stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    monkeypatch.setattr(beside, "begin", start)
    told: list[int] = []
    compile_beside([CHEAPEST] * 9, workers=2, done=told.append)
    assert told == []
    assert all(process.returncode is not None for process in started)


def test_it_is_said_once_and_shown_on_a_terminal_unless_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def compile_none(rows: list[Row], *, workers: int, done: Any, begun: Any) -> None:
        assert not begun
        asked.append(workers)
        done(len(rows))

    monkeypatch.setattr("dronesim.cores.cores", lambda: 9)
    monkeypatch.setattr(compiled, "missing_kernels", listed)
    monkeypatch.setattr(compiled, "compile_beside", compile_none)
    for is_quiet, said in ((True, ""), (False, compiling.MESSAGE + "\n")):
        with compiling.compiling_told(is_quiet=is_quiet):
            sight.blocked_legs.py_func  # type: ignore[attr-defined]  # noqa: B018
        assert capsys.readouterr().err == said
    assert asked == [beside.MOST] * 2
    monkeypatch.setattr("dronesim.cores.cores", lambda: 1)
    assert not compiling.compile_beforehand(is_quiet=False), "on one core a kernel is compiled when it is called"
