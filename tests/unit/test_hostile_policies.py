"""Policies that end their process, fork, garble, eat memory, take signals over or answer without an end."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from command import TINY
from dronesim.dispatch import Decisions, DispatchView
from dronesim.dispatch.decisions import Assign, plain
from dronesim.errors import PolicyError
from dronesim.experiment.benchmark import children
from dronesim.experiment.benchmark.children import Child
from dronesim.experiment.benchmark.limits import Limits
from dronesim.experiment.own_policy import guarded
from dronesim.experiment.voids import heeding
from dronesim.simulation import simulate
from lab import lab_inputs

HOSTILE = """
import gc, itertools, json, os, signal, socket, sys, threading, time
from pathlib import Path
import numpy as np
from dronesim import Decisions
from dronesim.dispatch import POLICIES

HOW = Path(__file__).with_name("how.txt")

class Endless(Decisions):
    def __iter__(self):
        return itertools.repeat(None)

def garble(text):
    for number in range(3, 16):
        try:
            os.write(number, text)
        except OSError:
            pass

def spin():
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        pass

def policy(view):
    how = HOW.read_text()
    if how == "exits":
        os._exit(3)
    if how == "leaves":
        sys.exit(0)
    if how == "is interrupted":
        raise KeyboardInterrupt
    if how == "kills itself":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "garbles":
        garble(b"no answer\\n")
    if how == "answers itself":
        garble(json.dumps({"void": None, "share": 1.0}).encode() + b"\\n")
    if how == "forks":
        HOW.write_text("is honest")
        os.fork()
    if how == "eats":
        np.ones(3 * 2**27)
    if how == "calls":
        socket.create_connection(("192.0.2.1", 80), timeout=0.2)
    if how == "ignores":
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        while True:
            pass
    if how == "goes on":
        threading.Thread(target=spin, daemon=True).start()
    if how == "has no end":
        return Endless()
    if how == "closes":
        os.closerange(0, 16)
    return POLICIES["nearest"](view)
"""
ENDS = {
    "exits": "its process ended with code 3",
    "leaves": "raised SystemExit",
    "kills itself": "its process was killed (out of memory?)",
    "is interrupted": "its process ended",
    "garbles": "its process wrote where only answers are",
    "answers itself": "its process wrote where only answers are",
    "forks": "its process wrote where only answers are",
    "eats": "raised MemoryError",
    "calls": "raised OSError",
    "ignores": "the day took too long",
    "has no end": "more than 1,000,000 decisions",
    "closes": "its process ended",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    shutil.copy(TINY.with_suffix(".geojson"), tmp_path / "tiny.geojson")
    shutil.copy(TINY, tmp_path / "tiny.toml")
    (tmp_path / "hostile.py").write_text(HOSTILE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def child(here: Path) -> Iterator[Child]:
    found = Child("hostile:policy", folder=here, limits=Limits(each_s=0.5, day_s=0.5))
    yield found
    found.end()


@pytest.mark.slow
def test_whatever_a_policy_does_its_day_is_void_and_the_next_one_stands(
    here: Path, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each a day, and then an honest one in what process there is; its process may end more often than it may."""
    monkeypatch.setattr(children, "MOST_ENDED", 100)
    how, scenario = here / "how.txt", here / "tiny.toml"
    how.write_text("is honest", encoding="utf-8")
    honest = child.day(scenario, 1)
    assert honest["void"] is None
    for name, words in ENDS.items():
        how.write_text(name, encoding="utf-8")
        with monkeypatch.context() as soon:
            if name == "ignores":
                soon.setattr(children, "GRACE_S", 2.0)
            told = child.day(scenario, 1)
        if name == "calls" and child.confined["network"] != "cut":
            continue
        # of two who answer one may be late: then the next day is void
        assert name == "forks" or told["void"] is not None, name
        assert told["void"] is None or (words in told["void"] and told["share"] == 0.0), name
        how.write_text("is honest", encoding="utf-8")
        again = [child.day(scenario, 1) for _ in range(2)]
        stands = [each for each in again if each["void"] is None]
        assert stands, name
        assert all({**each, "decisions": 0} == {**honest, "decisions": 0} for each in stands), name


def test_a_thread_that_goes_on_changes_no_day(here: Path, child: Child) -> None:
    """Its time counts as that of decisions while they are taken; the process ends with it."""
    (here / "how.txt").write_text("is honest", encoding="utf-8")
    honest = child.day(here / "tiny.toml", 1)
    (here / "how.txt").write_text("goes on", encoding="utf-8")
    told = child.day(here / "tiny.toml", 1)
    assert told["void"] is not None or told["outcome"] == honest["outcome"]


def test_who_swallows_the_alarm_is_told_when_it_is_asked_again() -> None:
    """Then no time is left: the alarm may come before the policy is even asked."""

    def swallows(_view: DispatchView) -> Decisions:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001, that is what it is about
            return Decisions()

    inputs = lab_inputs([36_000.0])
    with heeding(0.02, "here"):
        policy = guarded(swallows, "mine:swallows")
        with pytest.raises(PolicyError, match=r"has decided for more than 0\.02 s of CPU time here"):
            simulate(replace(inputs, policy=policy))
        assert [signal.getitimer(timer)[0] for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL)] == [0.0, 0.0]


def test_decisions_are_plain_and_have_an_end() -> None:
    """Classes of a policy's own say one thing when they are checked and another when they are enforced."""

    class Two(int):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    class Other(Assign):
        """A kind that nobody knows."""

    decided = Decisions()
    decided._decisions = [Assign(Two(7), Two(8))]
    (made,) = plain(decided)
    assert [type(each) for each in made[:2]] == [int, int]
    assert made == Assign(7, 8)
    decided._decisions = [Other(1, 2)]
    with pytest.raises(PolicyError, match="is not a decision"):
        plain(decided)
    decided._decisions = [Assign(1, 2)] * 1_000_001
    with pytest.raises(PolicyError, match="more than 1,000,000 decisions"):
        plain(decided)
