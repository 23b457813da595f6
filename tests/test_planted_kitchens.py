"""Kitchens are drawn again by the checker: every law, traces, surges that are stated and that come by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import simulate
from dronesim.verify.kitchens import kitchens
from dronesim.verify.reading import Run
from test_planted_laws import as_read

DATA = Path(__file__).parent / "data"
SURGE = "events=[{kind='kitchen_surge',at='10:10',minutes=30.0,factor=3.0}]"
SHORT = ("horizon.end='11:00'", "demand.orders=40.0")


def recorded(folder: Path, *settings: str) -> Run:
    """Run a short day, and keep beside its tables what the check reads of its folder."""
    scenario = load_scenario(DATA / "tiny.toml", [*SHORT, *settings])
    folder.mkdir()
    (folder / "scenario.toml").write_text(
        dump_scenario(scenario, map_path=str(DATA / "tiny.geojson")), encoding="utf-8"
    )
    return replace(as_read(simulate(prepare(set_up(scenario)))), folder=folder)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Run:
    by_chance = "faults.kitchen_surge={every_h=0.3,median_min=5.0,p95_min=9.0}"
    return recorded(tmp_path_factory.mktemp("day") / "run", SURGE, by_chance)


def told(run: Run) -> str:
    return "\n".join(kitchens(run).violations)


def changed(run: Run, change: Callable[[Any], None]) -> Run:
    orders = {name: column.copy() for name, column in run.orders.items()}
    change(orders)
    return replace(run, tables={**run.tables, "orders": orders})


def test_a_day_with_surges_is_clean_and_some_orders_met_them(day: Run) -> None:
    check = kitchens(day)
    assert check.is_clean, check.violations
    assert check.examined > 20
    assert int(check.note.split()[0]) > 0


@pytest.mark.parametrize(
    "law",
    [
        "{kind='uniform',low_min=1.0,high_min=9.0}",
        "{kind='empirical',minutes=[1.0,2.5,7.0]}",
        "{kind='constant',mean_min=3.0}",
    ],
)
def test_every_law_is_drawn_again(law: str, tmp_path: Path) -> None:
    assert told(recorded(tmp_path / "run", f"kitchens.preparation={law}", SURGE)) == ""


def test_a_kitchen_that_was_not_slowed_is_found(day: Run) -> None:
    """By chance a surge is of one merchant, and may overlap one that is stated: then an order meets both."""

    def hurry(orders: Any) -> None:
        met = (orders["placed_s"] > 36_700) & (orders["placed_s"] < 38_300)
        orders["prepared_s"][met] -= (orders["prepared_s"] - orders["placed_s"])[met] * 2 / 3

    found = told(changed(day, hurry))
    assert "are drawn, times 3" in found
    assert "are drawn, times 6" in found


def test_a_kitchen_that_took_longer_than_drawn_is_found(day: Run) -> None:
    def linger(orders: Any) -> None:
        orders["prepared_s"][np.flatnonzero(~np.isnan(orders["prepared_s"]))[-1]] += 1.0

    assert "its kitchen took" in told(changed(day, linger))
