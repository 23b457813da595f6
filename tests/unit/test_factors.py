"""Factors of a sweep: ranges, lists, and points spread evenly."""

from __future__ import annotations

import pytest

from dronesim.errors import InputError
from dronesim.experiment.factors import full_factorial, latin_hypercube, parse_factor, parse_sample, setting


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fleet.drones=20:80:20", (20, 40, 60, 80)),
        ("fleet.drones=3:5", (3, 4, 5)),
        ("airspace.separation_m=20,30.5", (20, 30.5)),
        ("kitchens.preparation.mean_min=0.1:0.3:0.1", (0.1, pytest.approx(0.2), pytest.approx(0.3))),
        ("dispatch.policy=nearest,mine:serve", ("nearest", "mine:serve")),
        ("dispatch.policy=mine:serve", ("mine:serve",)),
        ("airspace.levels_m=[60, 80]", ([60, 80],)),
        ("fleet.is_shared=true,false", (True, False)),
    ],
)
def test_values_of_a_factor_are_read(text: str, values: tuple[object, ...]) -> None:
    assert parse_factor(text).values == values


@pytest.mark.parametrize("text", ["fleet.drones", "fleet.drones=", "=3", "a.b=5:3", "a.b=1:9:0", "a.b=1:2:3:4"])
def test_what_is_no_factor_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InputError, match=r"--vary: must look like"):
        parse_factor(text)


def test_all_combinations_come_once_the_last_factor_fastest() -> None:
    found = full_factorial([parse_factor("a.b=1,2"), parse_factor("c.d=x,y")])
    assert found == [{"a.b": 1, "c.d": "x"}, {"a.b": 1, "c.d": "y"}, {"a.b": 2, "c.d": "x"}, {"a.b": 2, "c.d": "y"}]
    with pytest.raises(InputError, match="10,000"):
        full_factorial([parse_factor("a.b=1:200"), parse_factor("c.d=1:200")])


def test_a_latin_hypercube_covers_each_factor_evenly_and_is_the_same_again() -> None:
    factors = [parse_factor("a.b=1:10"), parse_factor("c.d=0.0:1.0"), parse_factor("e.f=x,y")]
    found = latin_hypercube(factors, points=20, seed=1)
    assert found == latin_hypercube(factors, points=20, seed=1)
    assert sorted(point["a.b"] for point in found) == sorted([*range(1, 11)] * 2)
    assert [point["e.f"] for point in found].count("x") == 10
    assert len({int(point["c.d"] * 20) for point in found}) == 20


@pytest.mark.parametrize("text", ["lhs", "lhs:0", "sobol:9", "lhs:many"])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--sample"):
        parse_sample(text)


def test_values_are_written_as_settings_take_them() -> None:
    assert setting("a.b", 3) == "a.b=3"
    assert setting("a.b", [60, 80]) == "a.b=[60, 80]"
    assert setting("a.b", {"T1": 3}) == "a.b={ T1 = 3 }"
    assert setting("a.b", [{"at": "12:00"}, {"at": "13:00"}]) == 'a.b=[{ at = "12:00" }, { at = "13:00" }]'


def test_steps_of_a_range_are_the_numbers_that_people_write() -> None:
    assert parse_factor("a=0.1:0.5:0.1").values == (0.1, 0.2, 0.3, 0.4, 0.5)
