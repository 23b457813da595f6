"""Landings that are missed: how often, what they cost, and faults planted in them, which the checker must see."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dronesim.aircraft.navigation import miss_share
from dronesim.experiment import prepare, set_up
from dronesim.scenario import load_scenario
from dronesim.scenario.navigating import MissesByShare
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.simulation.rules import NavigationRules
from dronesim.verify import Check
from dronesim.verify.figures import key_figures
from dronesim.verify.landings import missed_landings
from lab import lab_inputs
from oracles.plain_tables import changeable
from test_planted_laws import as_read

PASS_S = 30.0


def missing(*misses: int) -> SimulationInputs:
    """Orders that come one by one, each with so many landings that are missed."""
    inputs = lab_inputs(36_000.0 + 1200.0 * np.arange(len(misses)))
    long = replace(inputs.rules.batteries, hold_allowance_s=200.0)
    navigation = NavigationRules(miss_share=0.5, go_around_s=PASS_S)
    rules = replace(inputs.rules, batteries=long, navigation=navigation)
    return replace(inputs, rules=rules, misses=np.array(misses))


def found(outcome: Outcome) -> dict[str, str]:
    run = as_read(outcome)
    checks: list[Check] = [missed_landings(run), key_figures(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


def test_another_pass_takes_its_time_and_the_energy_of_a_hover() -> None:
    inputs = missing(0, 1, 2)
    legs = simulate(inputs).tables["legs"]
    out = legs["kind"] == "outbound"
    assert legs["hold_s"][out].tolist() == [0.0, PASS_S, 2 * PASS_S]
    kg = inputs.orders.mass_kg
    quiet_wh = simulate(missing(0, 0, 0)).tables["legs"]["energy_wh"][out]
    more_wh = legs["energy_wh"][out] - quiet_wh
    assert more_wh == pytest.approx([float(inputs.aircraft.hover_wh(n * PASS_S, kg[n])) for n in range(3)], abs=1e-6)


def test_who_may_not_hold_for_another_pass_lands_elsewhere() -> None:
    inputs = missing(1)
    short = replace(inputs.rules.batteries, hold_allowance_s=10.0)
    outcome = simulate(replace(inputs, rules=replace(inputs.rules, batteries=short)))
    assert set(outcome.tables["incidents"]["action"]) <= {"diverts", "returns"}
    assert found(outcome) == {}


def test_days_with_missed_landings_are_clean() -> None:
    outcome = simulate(missing(0, 1, 2, 5), has_tracks=True)
    assert found(outcome) == {}
    told = outcome.tables["incidents"]["action"] == "makes another pass"
    assert told.sum() == 1 + 2 + 5


def test_precision_gives_the_share_that_is_published() -> None:
    assert miss_share(pad_radius_m=0.5, landing_error_m=0.1) == pytest.approx(3.7e-6, rel=0.02)
    assert miss_share(pad_radius_m=0.5, landing_error_m=0.89) == pytest.approx(0.854, abs=1e-3)


def test_landings_are_missed_as_often_as_stated_and_no_arrival_moves() -> None:
    """Four standard errors over ten days; the orders of each day are those of the day without misses."""
    quiet = load_scenario("tests/data/tiny.toml")
    misses = quiet.navigation.model_copy(update={"misses": _share(0.2)})
    setting, plain = set_up(quiet.model_copy(update={"navigation": misses})), set_up(quiet)
    days = [prepare(setting, replication=day) for day in range(10)]
    for day, inputs in enumerate(days[:2]):
        its = prepare(plain, replication=day).orders
        assert inputs.orders.placed_s.tolist() == its.placed_s.tolist()
        assert inputs.orders.mass_kg.tolist() == its.mass_kg.tolist()
    drawn = np.concatenate([inputs.misses for inputs in days])
    landings = len(drawn) + int(drawn.sum())
    error = math.sqrt(0.2 * 0.8 / landings)
    assert error < 0.03
    assert abs(drawn.sum() / landings - 0.2) < 4 * error


def _share(share: float) -> MissesByShare:
    return MissesByShare(kind="share", share=share)


# planted


def without_its_time(outcome: Outcome) -> None:
    outcome.tables["legs"]["hold_s"][outcome.tables["legs"]["hold_s"] > 0] -= 10.0


def too_soon(outcome: Outcome) -> None:
    legs = outcome.tables["legs"]
    legs["arrived_s"][legs["hold_s"] > 0] -= 5.0


def of_no_parcel(outcome: Outcome) -> None:
    told = outcome.tables["incidents"]
    home = outcome.tables["legs"]["leg"][outcome.tables["legs"]["kind"] == "return"][0]
    told["leg"][told["kind"] == "go_around"] = home


CHANGES: dict[str, tuple[Callable[[Outcome], None], str]] = {
    "a pass without its time": (without_its_time, "and held for"),
    "a pass that was shorter": (too_soon, "is there"),
    "a miss without a parcel": (of_no_parcel, "no leg with a parcel"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_table_is_seen(name: str) -> None:
    change, says = CHANGES[name]
    outcome = simulate(missing(0, 1, 2), has_tracks=True)
    changed = changeable(outcome)
    change(changed)
    assert says in found(changed)["missed landings"]
