"""Kitchens are drawn again by the checker: every law, traces, surges that are stated and that come by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dronesim
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.dump import dump_scenario
from dronesim.simulation import simulate
from dronesim.verify.customers import customers
from dronesim.verify.kitchens import kitchens
from dronesim.verify.reading import Run, read_run
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


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.txt", "t.parquet", "T.PQ"])
def test_what_a_trace_states_is_read_from_each_form_that_it_may_have(name: str, tmp_path: Path) -> None:
    count, path = 8, tmp_path / name
    its: dict[str, list[Any]] = {
        "order_id": [f"o{number}" for number in range(count)],
        "placed": [f"10:{number:02d}:00" for number in range(count)],
        "merchant": ["M1"] * count,
        "community": ["C1"] * count,
        "mass_kg": [None if number % 3 == 0 else 0.5 + 0.01 * number for number in range(count)],
        "preparation_min": [None if number % 3 == 1 else 5.0 + number for number in range(count)],
    }
    if path.suffix.lower() in (".parquet", ".pq"):
        pq.write_table(pa.table(its), path)
    else:
        lines = [" , ".join(map(str, row)).replace("None", "") for row in (its, *zip(*its.values(), strict=True))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stated = {"demand.model": "trace", "demand.file": str(path), "demand.mass.kind": "lognormal"}
    folder = dronesim.run(DATA / "tiny.toml", set=stated, out=tmp_path / "run", report=False).folder
    assert folder is not None
    run = read_run(folder)
    assert not [*customers(run).violations, *kitchens(run).violations]
    wrong = changed(run, lambda orders: orders["mass_kg"].__setitem__(slice(None), 0.49))
    assert len(customers(wrong).violations) == count
    wrong = changed(run, lambda orders: orders["order_id"].__setitem__(1, "unheard-of"))
    assert any("order 1 is not in the trace" in fault for fault in customers(wrong).violations)
    assert kitchens(wrong).violations
