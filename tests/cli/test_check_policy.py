"""`dronesim check-policy`: what is broken is told with its reason, and the days meet what they are named for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import dronesim
from command import call
from dronesim.dispatch import POLICIES, Assign, Decisions, DispatchView
from dronesim.experiment.contract import checking, clauses
from dronesim.experiment.contract.days import Days
from dronesim.experiment.contract.views import view_of
from knowing import everything

MINE = """\
import random
from dronesim.dispatch import Decisions

ASKED = []

def sound(view, *, spare_s=0.0):
    decisions, free = Decisions(), list(view.free_drones)
    view.rng.shuffle(free)
    for order, drone in zip(view.ready, free):
        if view.delivery_by(order, drone) + spare_s < float("inf"):
            decisions.assign(order, drone)
    return decisions

def twice(view):
    decisions = Decisions()
    for order in view.ready:
        for drone in view.free_drones[:1]:
            decisions.assign(order, drone)
    return decisions

def by_chance(view):
    decisions, free = Decisions(), list(view.free_drones)
    random.shuffle(free)
    for order, drone in zip(view.ready, free):
        if view.delivery_by(order, drone) < float("inf"):
            decisions.assign(order, drone)
    return decisions

def forgetful(view):
    ASKED.append(1 / len(view.waiting))
    return Decisions()
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    return tmp_path / "mine.py"


def test_a_sound_policy_is_told_so_clause_by_clause(mine: Path) -> None:
    answer = call("check-policy", f"{mine}:sound", "--set", "dispatch.parameters.spare_s=60")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[-1] == f"mine:sound: sound, 0 of {len(clauses.CLAUSES)} clauses broken"
    assert lines[:-1] == [f"ok      {clause.name}" for clause in clauses.CLAUSES]
    assert f"policy mine:sound of {mine} (SHA-256 " in answer.err


@pytest.mark.parametrize(
    ("name", "broken", "reason"),
    [
        ("twice", "nobody twice", "Assign(order=1, drone=0): drone 0 is assigned twice"),
        ("twice", "no infeasible pair", "this drone can't bring this order"),
        ("twice", "tied drones", "the drone is not free in this pool"),
        ("by_chance", "the same view, the same decisions", "draw from view.rng"),
        ("by_chance", "a copy of a day, the same day", "differ in the table"),
        ("forgetful", "an empty view", "raised ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_broken_is_told_with_its_reason(mine: Path, name: str, broken: str, reason: str) -> None:
    answer = call("check-policy", f"{mine}:{name}", "--json")
    found = json.loads(answer.out)
    assert (answer.code, found["policy"], found["is_sound"]) == (1, f"mine:{name}", False)
    reasons = {each["clause"]: each["reason"] for each in found["clauses"]}
    assert reason in reasons[broken]
    assert (reasons["nobody twice"] is None) == (name != "twice")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("{}:nothing",), "has no callable named nothing"),
        (("neerest",), "did you mean nearest"),
        (("{}:sound", "--set", "dispatch.parameters.spare=1"), "did you mean spare_s"),
        (("greedy", "--set", "fleet.drones=1"), "is not one of dispatch.parameters"),
    ],
)
def test_a_policy_that_is_none_is_refused(mine: Path, asked: tuple[str, ...], told: str) -> None:
    answer = call("check-policy", *(each.format(mine) for each in asked))
    assert answer.code == 2
    assert told in answer.err


def test_a_policy_that_hangs_is_told_so(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n\ndef hangs(view):\n    while len(view.waiting) > 2:\n        pass\n    return Decisions()\n"
    mine.write_text(MINE + text, encoding="utf-8")
    monkeypatch.setattr(checking, "CLAUSE_S", 0.1)
    answer = call("check-policy", f"{mine}:hangs", "--json")
    reasons = {each["clause"]: each["reason"] for each in json.loads(answer.out)["clauses"]}
    assert answer.code == 1
    assert "has decided for more than 0.1 s of CPU time in this clause" in reasons["nobody twice"]
    assert reasons["tied drones"].startswith("policy mine:hangs at 10:")


def test_a_function_is_checked_from_python() -> None:
    def unfair(view: DispatchView) -> Decisions:
        decisions = Decisions()
        for order in view.ready[:1]:
            decisions.hold(order, until_s=view.now_s)
        return decisions

    found = dronesim.check_policy(unfair)
    assert not found.is_sound
    assert {each.clause: each.reason for each in found.verdicts}["nobody twice"] is not None
    assert dronesim.check_policy(POLICIES["nearest"]).is_sound


def test_the_days_meet_what_they_are_named_for() -> None:
    days, nearest = Days(), POLICIES["nearest"]

    def tables(settings: tuple[str, ...]) -> dict[str, dict[str, np.ndarray]]:
        return dict(days.run(nearest, settings).tables)  # type: ignore[arg-type]

    assert "airport_closed" in tables(clauses.CLOSED)["incidents"]["kind"]
    assert "cabinet" in tables(clauses.FULL)["waits"]["reason"]
    assert "cancelled" in tables(clauses.CANCELLED)["orders"]["end_state"]
    assert "booking_revoked" in tables(clauses.REVOKED)["incidents"]["kind"]
    assert "drone_fails" in tables(clauses.FAILS)["incidents"]["kind"]
    at_s = tables(clauses.CROWDED)["orders"]["assigned_s"]
    assert max(np.unique(at_s[np.isfinite(at_s)], return_counts=True)[1]) > 2


def test_a_view_by_hand_tells_all_that_one_of_a_day_does() -> None:
    view = view_of([[5000, -1, 7000], [5000, 6000, -1]])
    told = everything(view)
    assert told["airports.is_open"].tolist() == [True]
    assert told["takeoff_points.pads"].shape == (5,)
    assert told["demand.orders"].shape == (5, 0)
    assert view.positions.drone.tolist() == [0, 1, 2]
    assert len(POLICIES["nearest"](view)) == 2
    assert all(isinstance(each, Assign) for each in POLICIES["nearest"](view))
