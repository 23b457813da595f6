"""Real days of orders go through the commands: imported, accepted, flown and verified, and asked for a fleet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command import DATA_SETS, call, needs_data_sets

pytestmark = [pytest.mark.slow, needs_data_sets]
DAYS = {"0o100t100s2p100": 505, "1o100t100s2p100": 538, "4o100t100s2p100": 1185}


def flown(scenario: Path, folder: Path, *, orders: int) -> None:
    """See that a scenario is accepted, and that its day is flown and verified with all orders of the source."""
    assert call("validate", scenario).code == 0
    said = call("run", scenario, "--out", folder, "-q")
    assert said.code == 0, said.err
    assert json.loads((folder / "kpis.json").read_text())["orders"]["placed"] == orders
    assert call("verify", folder).code == 0


@pytest.mark.parametrize("name", DAYS)
def test_an_instance_of_meal_delivery_goes_through_the_commands(name: str, tmp_path: Path) -> None:
    answer = call("import", "mdrplib", DATA_SETS / "mdrplib" / name, "--out", tmp_path / "day")
    assert answer.code == 0, answer.err
    flown(tmp_path / "day" / "scenario.toml", tmp_path / "run", orders=DAYS[name])


def test_a_table_of_real_orders_goes_through_the_commands_to_a_fleet(tmp_path: Path) -> None:
    source = DATA_SETS / "rappi" / "4"
    assert call("import", "rappi", source, "--out", tmp_path / "sites").code == 0
    on = ("--map", tmp_path / "sites" / "map.geojson")
    answer = call("import", "orders", source / "orders.csv", *on, "--out", tmp_path / "day")
    assert answer.code == 0, answer.err
    assert "844 of 844 rows are orders, of 1 day" in answer.out
    scenario = tmp_path / "day" / "scenario.toml"
    flown(scenario, tmp_path / "run", orders=844)
    asked = ("--target", "0.1", "--indifference", "5", "--workers", "1", "-q")
    answer = call("size", scenario, *asked, "--out", tmp_path / "size")
    assert answer.code in (0, 3), answer.err
    assert (tmp_path / "size" / "size.json").is_file()
