"""How far replications are, in words."""

from __future__ import annotations

import re
import time

import pytest

from command import TINY, Terminal
from dronesim.cli import progress
from dronesim.cli.progress import ReplicationProgress, tell_all, tell_search
from dronesim.experiment.points import Task, make_point
from dronesim.experiment.runner import Tally, open_runner
from dronesim.scenario import load_scenario

POINT = make_point(load_scenario(TINY, ["fleet.drones=62", "demand.orders=5"]), folder=TINY.parent)
TASK = Task(point=POINT, replication=0)


def tally(*, here: int, done: int, total: int, passed_s: float) -> Tally:
    found = Tally(done=done - here, fresh=done - here, total=total, begun_s=time.monotonic() - passed_s)
    for _ in range(here):
        found.count(TASK, is_fresh=True)
    return found


def test_a_known_number_is_told_with_the_time_left() -> None:
    assert tell_all(tally(here=0, done=20, total=100, passed_s=10)) == "20 of 100 replications, about 40 s left"


def test_a_search_tells_its_value_its_pace_and_the_longest_that_the_value_can_take() -> None:
    found = tally(here=45, done=124, total=124, passed_s=40)
    found.point = POINT
    assert tell_search("fleet.drones", 400)(found) == (
        "looking at fleet.drones = 62: 45 of at most 400 days, 124 in all, 3.1 a second; at most 2 min for this value"
    )


def test_between_two_values_a_search_tells_its_days() -> None:
    assert tell_search("fleet.drones", 400)(tally(here=0, done=7, total=7, passed_s=1)) == "7 days in all"


def test_days_that_are_read_are_done_and_set_no_pace() -> None:
    found = Tally(total=3)
    found.count(TASK, is_fresh=False)
    assert (found.done, found.left_s(), found.per_second()) == (1, None, None)


def test_a_runner_tells_at_which_point_it_is_and_how_many_it_has_of_it() -> None:
    seen: list[tuple[object, int, int]] = []
    with open_runner(workers=1, progress=lambda found: seen.append((found.point, found.here, found.done))) as runner:
        runner.records(POINT, range(2))
        runner.records(make_point(load_scenario(TINY, ["demand.orders=5"])), range(1))
        runner.records(POINT, range(2, 3))
    assert seen[-1] == (POINT, 3, 4)
    assert runner.tally.point is None


def test_what_is_worked_out_beside_the_days_is_told_and_does_not_slow_their_pace() -> None:
    with open_runner(workers=1) as runner:
        begun_s = runner.tally.begun_s
        assert runner.gather(_slowly, [(1,), (2,)]) == [1, 2]
    assert runner.tally.begun_s - begun_s > 0.2
    assert runner.tally.drawing is None


def _slowly(value: int) -> int:
    time.sleep(0.12)
    return value


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Tally(), "starting; the first time on a machine this compiles kernels, which takes half a minute\n"),
        (Tally(drawing=(3, 40)), "drawing many days, which are not simulated: 3 of 40 parts\n"),
        (Tally(done=2, total=4), "2 of 4 replications\n"),
    ],
)
def test_elsewhere_than_on_a_terminal_a_line_is_told_now_and_then(
    found: Tally, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", -1.0)
    with ReplicationProgress(tell_all, is_quiet=False, has_end=True) as shown:
        shown.update(found)
    with ReplicationProgress(tell_all, is_quiet=True, has_end=True) as quiet:
        quiet.update(found)
    assert capsys.readouterr().err == said


def test_a_terminal_of_80_columns_shows_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    found = tally(here=45, done=124, total=124, passed_s=40)
    found.point = POINT
    with ReplicationProgress(tell_search("fleet.drones", 400), is_quiet=False, has_end=False) as shown:
        shown.update(found)
    plain = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[^ -~]", " ", terminal.getvalue()).split())
    assert "looking at fleet.drones = 62: 45 of at most 400 days" in plain
    assert "at most 2 min for this value" in plain.replace("  ", " ")
