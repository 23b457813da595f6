"""Orders that are placed later, or prepared much later, move nobody who was there before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import DATA
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate
from exploring import examples

HEADER = "order_id,placed,merchant,community,mass_kg,preparation_min,expected_min"
AMPLE = '[couriers]\nper_takeoff_point = 60\n[fleet]\ndrones = {T1 = 80, T2 = 80}\n[airspace]\nmode = "none"\n'
"""Room for everybody, and a fleet that is stated by site: a single number is spread by the orders of the trace."""
AMPLE_SITES = "[takeoff_points]\npads = 99\nloaders = 99\n[airports]\npads = 99\nunloaders = 99\nboxes = 400\n"
MILESTONES = ("prepared_s", "ready_s", "loaded_s", "departed_s", "delivered_s", "collected_s")


def orders_of(
    rows: list[str],
    folder: Path,
    *,
    kitchens: str = "",
    rest: str = AMPLE + AMPLE_SITES,
    milestones: tuple[str, ...] = MILESTONES,
) -> dict[str, str]:
    """Simulate a trace; milestones of each order, by its id."""
    (folder / "t.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    head = f'name = "t"\nmap = "{(DATA / "tiny.geojson").as_posix()}"\n[horizon]\nend = "12:00"\n'
    demand = '[demand]\nmodel = "trace"\nfile = "t.csv"\n'
    (folder / "s.toml").write_text(f"{head}{demand}{kitchens}{rest}")
    table = simulate(prepare(set_up(load_scenario(folder / "s.toml")))).tables["orders"]
    columns = zip(*(table[name].tolist() for name in ("order_id", *milestones)), strict=True)
    return {order_id: repr(times) for order_id, *times in columns}


number = st.one_of(st.just(""), st.floats(0.0, 30.0).map(lambda minutes: f"{minutes:.2f}"))
mass = st.one_of(st.just(""), st.floats(0.1, 2.4).map(lambda mass_kg: f"{mass_kg:.2f}"))


@st.composite
def rows(draw: st.DrawFn, *, count: int, from_s: int, prefix: str) -> list[str]:
    return [
        f"{prefix}{place},{from_s + draw(st.integers(0, 1800))},M{draw(st.integers(1, 4))},C{draw(st.integers(1, 6))},"
        f"{draw(mass)},{draw(number)},{draw(number)}"
        for place in range(count)
    ]


@examples(25)
@given(
    early=rows(count=12, from_s=36000, prefix="e"),
    late=rows(count=3, from_s=37801, prefix="l"),
    law=st.sampled_from(["", '[kitchens.preparation]\nkind = "uniform"\nlow_min = 2.0\nhigh_min = 9.0\n']),
)
def test_rows_at_the_end_of_a_trace_move_no_earlier_order(early: list[str], late: list[str], law: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        alone = orders_of(early, Path(folder), kitchens=law)
        beside = orders_of(early + late, Path(folder), kitchens=law)
    assert len(beside) == len(alone) + len(late)
    assert {name: beside[name] for name in alone} == alone


@pytest.mark.parametrize("couriers", [1, 2, 3])
def test_a_pre_order_delays_itself_only(tmp_path: Path, couriers: int) -> None:
    meals = [f"o{n},10:{n}:00,M{n % 4 + 1},C{n % 6 + 1},0.8,4," for n in range(10, 30)]
    scarce = f"[couriers]\nper_takeoff_point = {couriers}\n[fleet]\ndrones = {{T1 = 3, T2 = 2}}\n"
    # when customers collect is drawn by the order's place in the day, which a row before them shifts
    until_the_door = MILESTONES[:-1]
    alone = orders_of(meals, tmp_path, rest=scarce, milestones=until_the_door)
    pre_order = "x,10:05:00,M1,C1,0.8,600,600"
    beside = orders_of([*meals, pre_order], tmp_path, rest=scarce, milestones=until_the_door)
    assert {name: beside[name] for name in alone} == alone


def test_a_kitchen_is_expected_by_the_order_then_by_the_merchant_then_by_the_scenario(tmp_path: Path) -> None:
    text = (DATA / "tiny.geojson").read_text().replace('"weight":2.0,', '"weight":2.0,"preparation_min":11,')
    (tmp_path / "map.geojson").write_text(text)
    meals = ["a,10:00:00,M1,C1,1,300,25", "b,10:01:00,M1,C1,1,300,", "c,10:02:00,M2,C1,1,300,", "d,10:03:00,M1,C1,1,,"]
    (tmp_path / "t.csv").write_text("\n".join([HEADER, *meals]) + "\n")
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "t"\nmap = "map.geojson"\n[demand]\nmodel = "trace"\nfile = "t.csv"\n'
        '[kitchens.preparation]\nkind = "constant"\nmean_min = 7.0\n'
    )
    orders = prepare(set_up(load_scenario(path))).orders
    assert orders.planned_preparation_s.tolist() == [1500.0, 660.0, 420.0, 660.0]
    assert orders.preparation_s.tolist() == [18000.0, 18000.0, 18000.0, 660.0]


def test_drawn_kitchens_have_the_mean_that_the_map_states(tmp_path: Path) -> None:
    text = (DATA / "tiny.geojson").read_text().replace('"weight":2.0,', '"weight":2.0,"preparation_min":12,')
    (tmp_path / "map.geojson").write_text(text)
    (tmp_path / "s.toml").write_text('name = "t"\nmap = "map.geojson"\n[demand]\norders = 8000\n')
    orders = prepare(set_up(load_scenario(tmp_path / "s.toml"))).orders
    is_slow = np.array(orders.merchant) == "M1"
    for chosen, mean_s, sd_s in ((is_slow, 720.0, 270.0), (~is_slow, 240.0, 90.0)):
        times = orders.preparation_s[chosen]
        error = sd_s / np.sqrt(len(times))
        assert error < 0.02 * mean_s
        assert abs(times.mean() - mean_s) < 4 * error
        assert times.std() == pytest.approx(sd_s, rel=0.1)
        assert set(orders.planned_preparation_s[chosen].tolist()) == {mean_s}
