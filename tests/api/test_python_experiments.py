"""Experiments from Python: the answers of the command line as objects, with policies as functions, kept or not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import dronesim
from command import TINY, call
from dronesim import Decisions, DispatchView
from dronesim.dispatch import POLICIES
from dronesim.errors import InputError
from dronesim.experiment.runner import Tally

pytestmark = pytest.mark.usefixtures("days_once")

FEWER = TINY.with_name("fewer.toml")
FEW = {"demand.orders": 15}
WORDS = ("--set", "demand.orders=15", "--workers", 1)
DRILL = TINY.with_name("drill.toml")


def drill_on(scenario: Path, **asked: Any) -> Any:
    return dronesim.drill(str(DRILL), on=scenario, **asked)


ASKED: dict[str, tuple[Callable[..., Any], dict[str, Any], tuple[object, ...]]] = {
    "repeat": (dronesim.repeat, {"replications": 3}, ("run", TINY, "--replications", 3)),
    "sweep": (
        dronesim.sweep,
        {"vary": {"fleet.drones": [2, 3]}, "replications": 2},
        ("sweep", TINY, "--vary", "fleet.drones=2,3", "--replications", 2),
    ),
    "size": (
        dronesim.size,
        {"between": (2, 3), "target": 0.2, "indifference": 0.2},
        ("size", TINY, "--between", "2:3", "--target", 0.2, "--indifference", 20),
    ),
    "compare": (
        dronesim.compare,
        {"policies": ["nearest", "greedy"], "replications": 2},
        ("compare", TINY, "--policy", "nearest,greedy", "--replications", 2),
    ),
    "two scenarios": (
        dronesim.compare,
        {"other": FEWER, "replications": 2},
        ("compare", TINY, FEWER, "--replications", 2),
    ),
    "drill": (drill_on, {"replications": 2}, ("drill", DRILL, "--on", TINY, "--replications", 2)),
    "year": (dronesim.year, {"days": 2}, ("year", TINY, "--days", 2)),
    "bottlenecks": (dronesim.bottlenecks, {"replications": 2}, ("bottlenecks", TINY, "--replications", 2)),
}


def complaints(wanted: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        wanted()
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("verb", ASKED)
def test_an_answer_and_its_files_are_those_of_the_command_line(verb: str, tmp_path: Path) -> None:
    function, asked, words = ASKED[verb]
    found = function(TINY, **asked, set=FEW, seed=2, out=tmp_path / "asked")
    answer = call(*words, *WORDS, "--seed", 2, "--out", tmp_path / "told", "--json", "--quiet")
    assert answer.code == 0
    assert json.loads(json.dumps(found.content())) == json.loads(answer.out)
    told, written = (_files(tmp_path / name) for name in ("told", "asked"))
    assert told.keys() == written.keys()
    assert [name for name in told if told[name] != written[name]] == []


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("verb", ASKED)
def test_without_a_folder_nothing_is_written(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    function, asked, _ = ASKED[verb]
    function(TINY, **asked, set=FEW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ASKED)
def test_an_answer_is_frozen_and_its_words_are_short(verb: str) -> None:
    function, asked, _ = ASKED[verb]
    found = function(TINY, **asked, set=FEW)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"
    assert "ready_s" not in repr(found)
    for field in dataclasses.fields(found):
        assert field.name in (type(found).__doc__ or ""), field.name


@pytest.mark.parametrize("verb", ["repeat", "sweep", "compare", "bottlenecks"])
def test_the_days_of_an_answer_are_a_table(verb: str) -> None:
    function, asked, _ = ASKED[verb]
    days = function(TINY, **asked, set=FEW).table()
    ((count, least, most),) = duckdb.sql("select count(*), min(service_share), max(service_share) from days").fetchall()
    assert count == days.num_rows >= 3
    assert 0 <= least <= most <= 1
    assert {"seed", "replication", "click_to_door_s_mean"} <= set(days.column_names)


def test_what_is_done_in_a_folder_is_not_done_again(tmp_path: Path) -> None:
    fresh: list[int] = []

    def note(tally: Tally) -> None:
        fresh.append(tally.fresh)

    for replications in (2, 4):
        dronesim.repeat(TINY, replications=replications, set=FEW, out=tmp_path / "days", progress=note)
    assert fresh[-1] == 2
    assert len(list((tmp_path / "days" / "replications").glob("*.json"))) == 4


def test_warnings_are_called() -> None:
    told: list[str] = []
    dronesim.repeat(TINY, replications=2, set={**FEW, "fleet.drones": {"T1": 3, "T2": 0}}, warn=told.append)
    assert [text for text in told if "no drone at T2" in text] == told
    assert told


def test_the_ceiling_is_told_before_a_search_below_it() -> None:
    told: list[Any] = []
    asked = {"between": (2, 3), "target": 1.0, "set": {**FEW, "service.limit_min": 11.0}, "near_ceiling": 0.2}
    answer = dronesim.size(TINY, **asked, above=told.append)
    assert [each.ceiling for each in told] == [answer.ceiling]


def test_a_scenario_in_memory_gives_the_answer_of_its_file() -> None:
    made = dronesim.load_scenario(TINY)
    found = dronesim.sweep(made, vary=["fleet.drones=2,3"], replications=2, set=FEW)
    assert found.content() == dronesim.sweep(TINY, vary={"fleet.drones": "2,3"}, replications=2, set=FEW).content()


def test_factors_may_be_ranges_and_samples() -> None:
    found = dronesim.sweep(TINY, vary={"fleet.drones": range(2, 6)}, sample=3, replications=2, set=FEW)
    assert 1 <= len(found.points) <= 3
    assert {point.combination["fleet.drones"] for point in found.points} <= {2, 3, 4, 5}


# policies as functions


def plain_nearest(view: DispatchView) -> Decisions:
    """The built-in one under another name."""
    return POLICIES["nearest"](view)


def only(name: str) -> Callable[[DispatchView], Decisions]:
    """A policy that no other process can find: it is made inside a function."""

    def inner(view: DispatchView) -> Decisions:
        return POLICIES[name](view)

    return inner


def test_functions_of_any_kind_can_be_compared_with_names() -> None:
    given = ["greedy", plain_nearest, only("greedy"), only("nearest")]
    found = dronesim.compare(TINY, policies=given, replications=2, set={**FEW, "fleet.drones": 2})
    levels = {each.policy: each.level for each in found.competitors}
    plain, own, other = (
        f"{__name__}:plain_nearest",
        f"{__name__}:only._locals_.inner",
        f"{__name__}:only._locals_.inner_2",
    )
    assert sorted(levels) == sorted(["greedy", plain, own, other])
    assert levels[own] == levels["greedy"]
    assert levels[plain] == levels[other]


def test_a_function_that_is_written_anew_under_its_name_is_run_anew() -> None:
    """As in a notebook: the same name, another policy."""
    asked = {"replications": 2, "set": {**FEW, "fleet.drones": 2}}
    first = dronesim.repeat(TINY, policy=only("greedy"), **asked)
    second = dronesim.repeat(TINY, policy=only("nearest"), **asked)
    assert first.figures["service.share"] == dronesim.repeat(TINY, policy="greedy", **asked).figures["service.share"]
    assert second.figures["service.share"] == dronesim.repeat(TINY, policy="nearest", **asked).figures["service.share"]
    assert first.figures["click_to_door_s.mean"] != second.figures["click_to_door_s.mean"]


def test_days_of_a_function_that_no_file_tells_are_kept_and_never_taken_for_those_of_another(tmp_path: Path) -> None:
    for name in ("greedy", "nearest"):
        dronesim.repeat(TINY, policy=only(name), replications=2, set=FEW, out=tmp_path)
    assert len(list((tmp_path / "replications").glob("*.json"))) == 4


def test_a_sweep_may_go_over_functions() -> None:
    found = dronesim.sweep(TINY, vary={"dispatch.policy": ["greedy", plain_nearest]}, replications=2, set=FEW)
    assert [point.combination["dispatch.policy"] for point in found.points] == ["greedy", f"{__name__}:plain_nearest"]


def test_a_function_that_other_processes_can_not_find_is_for_this_one() -> None:
    told = complaints(lambda: dronesim.compare(TINY, policies=["greedy", only("nearest")], workers=2))
    assert "can be found by this process alone; write it into a module of its own, or work with workers=1" in told[0]


OWN = "from dronesim.dispatch import POLICIES\n\n\ndef mine(view):\n    return POLICIES['greedy'](view)\n"


@pytest.mark.slow
def test_worker_processes_find_a_function_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "our_rules.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    import our_rules  # type: ignore[import-not-found]

    asked = {"policies": ["nearest", our_rules.mine], "replications": 3, "set": FEW}
    assert dronesim.compare(TINY, **asked, workers=2).content() == dronesim.compare(TINY, **asked).content()


# mistakes


def test_mistakes_are_told() -> None:
    cases: dict[str, Callable[[], object]] = {
        "vary: must be a mapping": lambda: dronesim.sweep(TINY, vary="fleet.drones=2,3"),
        "vary fleet.drones: has no value": lambda: dronesim.sweep(TINY, vary={"fleet.drones": []}),
        "must look like key=low:high:step": lambda: dronesim.sweep(TINY, vary={"fleet.drones": "5:2"}),
        "must name at least two policies": lambda: dronesim.compare(TINY, policies=["nearest"]),
        "is a class": lambda: dronesim.compare(TINY, policies=["nearest", dict]),
        "is not a key": lambda: dronesim.size(TINY, resource="fleet.drone"),
    }
    for said, wanted in cases.items():
        assert any(said in text for text in complaints(wanted)), said


def test_a_folder_that_is_taken_is_told_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for verb, (function, asked, _) in ASKED.items():
        told = complaints(lambda function=function, asked=asked: function(TINY, **asked, out=tmp_path / "file"))
        assert told == [f"{tmp_path / 'file'}: --out: is a file; name a folder"], verb
