"""The checker's own physics: power, energy of phases, and a day whose energies were put together by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.verify import Check, verify_run
from dronesim.verify.consumption import cubic_means
from dronesim.verify.facts import Facts
from dronesim.verify.facts_reading import read_facts
from dronesim.verify.power import power_w
from oracles.handmade_flight import Flight, energy_wh, fly, watts
from oracles.handmade_run import FACTS, LEVEL_M, PLACES, TURN, USABLE_WH, retold, tampered, write_handmade_run

Row = dict[str, Any]
NAME = "energy by physics"


@pytest.fixture
def facts() -> Facts:
    return read_facts(Path("facts.json"), FACTS)


@pytest.fixture(scope="module")
def physical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handmade day with tracks, with a known power model and the energies that it gives."""
    folder = tmp_path_factory.mktemp("run")
    plain = write_handmade_run(folder / "plain", has_tracks=True)
    told = retold(plain, folder / "told", file="facts.json", change=by_physics)
    return tampered(told, folder / "physical", table="legs", change=paid)


def by_physics(facts: Row) -> None:
    facts["aircraft"]["power_model"] = "hover_forward"


PARCELS_KG = {0: 1.0, 1: 1.5, 3: 2.0, 5: 1.1}


def paid(legs: list[Row]) -> None:
    """Each leg takes what its phases do, from where the one before it on its pack left off."""
    charge: dict[int, float] = {}
    for leg in legs:
        leg["energy_wh"] = asked_wh(leg)
        leg["charge_start"] = charge.get(leg["pack"], 1.0)
        leg["charge_end"] = charge[leg["pack"]] = leg["charge_start"] - leg["energy_wh"] / USABLE_WH


def asked_wh(leg: Row) -> float:
    parcel_kg = PARCELS_KG.get(-1 if leg["order"] is None else leg["order"], 0.0)
    return energy_wh(
        flight_of(leg), LEVEL_M, parcel_kg, takes_off=leg["kind"] != "divert", lands=leg["outcome"] == "landed"
    )


def flight_of(leg: Row) -> Flight:
    corners = {5: (PLACES["A2"], (300.0, 600.0), PLACES["T1"]), 6: (PLACES["T1"], TURN), 7: (TURN, PLACES["A2"])}
    way = corners.get(leg["leg"], (PLACES[leg["from"]], PLACES[leg["to"]]))
    return fly(way, departed_s=leg["departed_s"], level_m=LEVEL_M, takes_off=leg["kind"] != "divert")


def found(folder: Path, name: str = NAME) -> Check:
    return next(check for check in verify_run(folder).checks if check.name == name)


def test_energies_put_together_by_hand_are_what_tracks_ask_for(physical: Path) -> None:
    check = found(physical)
    assert (check.violations, check.examined) == ((), 9)
    assert found(physical, "times and holds").violations == ()


@pytest.mark.parametrize("row", range(9))
@pytest.mark.parametrize("share", [-0.4, 0.6])
def test_every_leg_has_its_own_account(row: int, share: float, physical: Path, tmp_path: Path) -> None:
    """Whole legs are known to two percent; one that was broken off, and a divert, less closely."""
    more = share if row in {6, 7} else share / 20

    def change(legs: list[Row]) -> None:
        legs[row]["energy_wh"] *= 1.0 + more

    check = found(tampered(physical, tmp_path / "copy", table="legs", change=change))
    assert [text.split(" of ")[0] for text in check.violations] == [f"leg {row}"]


def test_a_heavier_parcel_asks_for_more(physical: Path, tmp_path: Path) -> None:
    def load(orders: list[Row]) -> None:
        orders[0]["mass_kg"] = 1.3

    (text,) = found(tampered(physical, tmp_path / "copy", table="orders", change=load)).violations
    assert text.startswith("leg 0 of drone 0, landed: energy_wh ")


def test_a_wind_against_a_drone_that_holds_its_speed_asks_for_more(physical: Path, tmp_path: Path) -> None:
    def blow(facts: Row) -> None:
        facts["wind"] = [{"from_s": 0.0, "levels": [[LEVEL_M, -4.0, 0.0], [75.0, -4.0, 0.0]]}]
        facts["aircraft"]["max_mps"] = 25.0

    texts = found(retold(physical, tmp_path / "copy", file="facts.json", change=blow)).violations
    assert {text.split(" of ")[0] for text in texts} >= {"leg 0", "leg 1"}


def test_what_can_not_be_worked_out_is_called_skipped(physical: Path, tmp_path: Path) -> None:
    other = found(write_handmade_run(tmp_path / "other", has_tracks=True))
    assert (other.verdict, other.note) == (
        "skipped",
        "power model by hand; hover_forward is the one that is worked out here",
    )
    plain = retold(write_handmade_run(tmp_path / "plain"), tmp_path / "told", file="facts.json", change=by_physics)
    for name in (NAME, "times and holds"):
        assert found(plain, name).note == "the run has no tracks; dronesim run --tracks writes them"


# kernels


@pytest.mark.parametrize("mass_kg", [5.0, 9.5])
@pytest.mark.parametrize(("airspeed_mps", "vertical_mps"), [(0.0, 0.0), (15.0, 0.0), (0.0, 3.0), (0.0, -1.5)])
def test_power_is_that_of_a_hover_and_what_comes_on_top(
    mass_kg: float, airspeed_mps: float, vertical_mps: float, facts: Facts
) -> None:
    found_w = power_w(facts, mass_kg=np.array([mass_kg]), airspeed_mps=airspeed_mps, vertical_mps=vertical_mps)
    assert found_w[0] == pytest.approx(watts(mass_kg, airspeed=airspeed_mps, vertical=vertical_mps), rel=1e-12)


def test_a_fast_descent_counts_as_one_at_half_the_induced_velocity(facts: Facts) -> None:
    fast_w = power_w(facts, mass_kg=np.array([7.0]), vertical_mps=np.array([-50.0, -9.0]))
    assert fast_w[0] == fast_w[1]


def test_a_cubic_mean_weighs_the_cubes() -> None:
    means = cubic_means(np.array([0, 0, 2]), np.array([1.0, 2.0, 5.0]), np.array([1.0, 3.0, 2.0]))
    assert means.tolist() == pytest.approx([(25 / 4) ** (1 / 3), 0.0, 5.0])
