"""``dronesim compare`` and ``dronesim bottlenecks``: paired answers with intervals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from command import TINY, call

pytestmark = pytest.mark.usefixtures("days_once")

QUIET = ("--workers", 1, "--quiet", "--json")

TOY = (
    "demand.orders=100",
    "fleet.drones=16",
    "batteries.chargers=1",
    "batteries.packs=1",
    "batteries.charge_c=3",
    "couriers.per_takeoff_point=12",
    "takeoff_points.loaders=6",
    "takeoff_points.pads=6",
    "airports.pads=6",
    "airports.unloaders=4",
    "pilots.count=9",
)
"""Chargers are short, so that drones stand about with empty packs and every order seems to wait for a drone."""


def toy() -> list[str]:
    return [word for setting in TOY for word in ("--set", setting)]


def test_policies_are_compared_on_the_same_days(tmp_path: Path) -> None:
    options = ("--policy", "nearest,greedy,matching", "--replications", 4, "--set", "fleet.drones=2")
    answer = call("compare", TINY, *options, "--out", tmp_path, *QUIET)
    assert (answer.code, answer.err) == (0, "")
    content = json.loads(answer.out)
    assert len(content["policies"]) == 3
    assert sum(policy["mean_rank"] for policy in content["policies"]) == pytest.approx(6.0)
    assert len(content["differences"]) == 3
    table = pq.read_table(tmp_path / "results.parquet")
    names, shares = table["dispatch_policy"].to_pylist(), np.array(table["service_share"].to_pylist())
    days = {name: shares[[each == name for each in names]] for name in set(names)}
    for difference in content["differences"]:
        expected = (days[difference["policy"]] - days[difference["other"]]).mean()
        assert difference["mean"] == pytest.approx(expected)
        assert expected >= 0
        assert set(difference["where"]) == {"hour", "airport", "distance"}
    assert (tmp_path / "policy-differences.png").is_file()
    for policy in content["policies"]:
        level, below = policy["service_share"]["mean"], policy["below_bound"]["mean"]
        assert below >= 0
        assert level + below == pytest.approx(content["bound"]["mean"])


def test_the_same_policy_under_two_names_is_not_told_apart(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dronesim.dispatch import POLICIES\nserve = lambda v: POLICIES['nearest'](v)\n"
    )
    for name in ("tiny.toml", "tiny.geojson"):
        (tmp_path / name).write_bytes((TINY.parent / name).read_bytes())
    options = ("--policy", "nearest,mine:serve", "--replications", 3, "--set", "fleet.drones=2", "--workers", 1)
    answer = call("compare", tmp_path / "tiny.toml", *options, "--out", tmp_path / "out")
    assert answer.code == 0
    assert "+0.00 (+0.00 to +0.00)" in answer.out
    assert "not told apart" in answer.out


@pytest.mark.parametrize(("policy", "told"), [("nearest", "at least two"), ("nearest,psychic", "choose from")])
def test_a_planners_mistake_is_named(policy: str, told: str, tmp_path: Path) -> None:
    answer = call("compare", TINY, "--policy", policy, "--out", tmp_path, "--workers", 1)
    assert answer.code == 2
    assert told in answer.err


def test_one_charger_has_the_gain_where_orders_wait_for_packs(tmp_path: Path) -> None:
    """The wait is for charged packs, which packs, chargers or drones might end: only paired runs name the charger."""
    answer = call("bottlenecks", TINY, *toy(), "--replications", 8, "--out", tmp_path, *QUIET)
    assert (answer.code, answer.err) == (0, "")
    content = json.loads(answer.out)
    gains = {gain["resource"]: gain for gain in content["gains"]}
    waits = content["waits_s"]
    assert waits["pack_wait"] > 100
    assert max(wait for stage, wait in waits.items() if stage != "pack_wait") < 10
    assert content["gains"][0]["resource"] == "charger"
    assert gains["charger"]["gain"]["low"] > 2 * gains["drone"]["gain"]["mean"]
    assert gains["charger"]["p_holm"] < 0.05
    assert gains["courier"]["gain"]["mean"] == 0
    late = content["late_orders_of_replication_0"]
    assert late["saved_by"]["charger"] > 0
    assert late["late"] >= late["saved_by_none"] + late["saved_by"]["charger"] - 1
    assert (tmp_path / "bottlenecks.png").is_file()


def test_gains_are_told_with_waits_and_money_beside_them(tmp_path: Path) -> None:
    few = ("--set", "demand.orders=30", "--set", "airspace.mode=strategic", "--set", "batteries.mode=charge")
    answer = call("bottlenecks", TINY, *few, "--replications", 2, "--out", tmp_path, "--workers", 1)
    assert answer.code == 0
    assert "per 100 CNY a day" in answer.out
    assert "separation -20%" in answer.out
    assert "\npack " not in answer.out


def test_days_without_orders_do_no_harm(tmp_path: Path) -> None:
    none = ("--set", "service.radius_m=1", "--set", "demand.orders=5", "--replications", 2, "--workers", 1)
    assert call("bottlenecks", TINY, *none, "--out", tmp_path).code == 0
    assert call("compare", TINY, *none, "--policy", "nearest,greedy", "--out", tmp_path).code == 0
