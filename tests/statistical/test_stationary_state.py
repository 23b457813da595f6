"""A fleet that is followed through 300 days is found in the state that each day begins with by itself.

Whoever is followed takes what a day leaves into the next one: cycles and days of packs, a new pack for one that
retires, sorties and hours since the last inspection, days of repair that are left. The stationary start is drawn for
each day anew. Shares of both are compared over their whole range: a fleet followed is one replication for each of its
packs (or drones), whose mean over 300 days is taken; the draws are independent. Two means are the same within 4
standard errors of their difference (one false alarm in 16,000 for each comparison), which are asserted to be small.

Packs retire at the end of a day, so in mornings they are half a day younger than the law has it: of a life of 37 days.
Drones take turns here. The built-in policies prefer low numbers among equals, and the stationary state knows the mean.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from dronesim.dispatch import Decisions, DispatchView
from dronesim.experiment.stationary import draw_care, draw_packs
from dronesim.metrics import kpis
from dronesim.simulation import CareColumns, Outcome, PackColumns, SimulationInputs, simulate
from dronesim.streams import Streams
from lab import CLOSE_S, OPEN_S, lab_inputs
from worn import CARE, LAW

DAYS: Final = 300
SIGMAS: Final = 4.0
DRAWN: Final = 400
"""Days that are drawn by themselves."""
SMALL: Final = 0.03
"""A standard error that still tells a share of a quarter from one of a third."""
QUARTERS: Final = np.linspace(0.0, 1.0, 5)
Shares = NDArray[np.float64]


def in_turn(view: DispatchView) -> Decisions:
    """Give each ready order to one of the free drones, all of them alike in the long run."""
    decisions, free = Decisions(), list(view.free_drones)
    for order in view.ready:
        if not free:
            break
        drone = free.pop(int(view.now_s) % len(free))
        if np.isfinite(view.delivery_by(order, drone)):
            decisions.assign(order, drone)
    return decisions


def morning(day: int, *, fleet: int = 12) -> SimulationInputs:
    """A day of about sixty orders, other ones each day, for drones that are worn out in weeks."""
    rng = np.random.default_rng(day)
    orders = np.sort(np.round(rng.uniform(OPEN_S, CLOSE_S - 3600.0, rng.poisson(60)), 1))
    inputs = lab_inputs(
        orders,
        airports_xy=((1800.0, 0.0), (0.0, 2400.0)),
        orders={"airport": rng.integers(0, 2, len(orders))},
        policy=in_turn,
        rules={"fleet": {"drones": (fleet,)}, "batteries": {"packs": (4,)}, "couriers": {"count": (12,)}},
    )
    ageing = replace(LAW, cycles_to_80=30.0, cycles_per_day=use()["cycles"])
    care = replace(
        CARE,
        after_sorties=20.0,
        repair_share=0.3,
        sorties_per_day=use()["sorties"],
        flight_s_per_day=use()["flown_s"],
    )
    batteries = replace(inputs.rules.batteries, ageing=ageing)
    return replace(inputs, rules=replace(inputs.rules, batteries=batteries, care=care))


@cache
def use() -> dict[str, float]:
    """What a pack and a drone in service are used a day; the stationary start is told that, as a planner would be."""
    return {"cycles": 0.806, "sorties": 5.98, "flown_s": 2540.0}


def drawn(day: int) -> SimulationInputs:
    inputs, streams = morning(day), Streams(seed=5, replication=day)
    return replace(inputs, packs=draw_packs(inputs.rules, streams), care=draw_care(inputs.rules, streams))


def packs_after(inputs: SimulationInputs, outcome: Outcome) -> PackColumns:
    """What packs have been through on the next morning; one that retires makes room for a new one."""
    law, legs, packs = inputs.rules.batteries.ageing, outcome.tables["legs"], inputs.packs
    assert law is not None
    assert packs is not None
    drawn_wh = np.bincount(legs["pack"], weights=legs["energy_wh"], minlength=len(packs.days))
    full_cycles = packs.full_cycles + drawn_wh / inputs.aircraft.drone_type.pack_wh
    days = packs.days + 1.0
    is_old = law.health(full_cycles, days) <= law.retire_at
    return PackColumns(full_cycles=np.where(is_old, 0.0, full_cycles), days=np.where(is_old, 0.0, days))


def care_after(inputs: SimulationInputs, outcome: Outcome, fresh: CareColumns) -> CareColumns:
    """What drones have been through on the next morning; what their next inspections find is drawn anew."""
    assert inputs.care is not None
    legs, told = outcome.tables["legs"], outcome.facts["maintenance"]
    count = len(inputs.care.sorties)
    sorties, flown_s = inputs.care.sorties.copy(), inputs.care.flown_s.copy()
    left = np.maximum(inputs.care.in_repair_days - 1.0, 0.0)
    for drone in range(count):
        its = legs["drone"] == drone
        begins_s = [stay["from_s"] for stay in told["stays"] if (stay["drone"], stay["kind"]) == (drone, "inspection")]
        since = its & (legs["departed_s"] >= max(begins_s, default=0.0))
        if begins_s:
            sorties[drone], flown_s[drone] = 0.0, 0.0
        sorties[drone] += len(np.unique(legs["sortie"][since]))
        flown_s[drone] += float((legs["landed_s"] - legs["departed_s"])[since].sum())
        for stay in told["stays"]:
            if (stay["drone"], stay["kind"], stay["to_s"]) == (drone, "repair", None) and stay["from_s"] > OPEN_S:
                worked = max(CLOSE_S - stay["from_s"], 0.0) / (CLOSE_S - OPEN_S)
                left[drone] = inputs.care.repair_days[drone] - worked
    return replace(fresh, sorties=sorties, flown_s=flown_s, in_repair_days=left)


@cache
def followed() -> tuple[list[SimulationInputs], list[dict[str, Any]]]:
    """Follow one fleet, from a morning that was drawn; gives the mornings, and the key figures of the days."""
    inputs, mornings, figures = drawn(0), [], []
    for day in range(1, DAYS + 1):
        outcome = simulate(inputs)
        mornings.append(inputs)
        figures.append(kpis(outcome.tables, outcome.facts))
        fresh = drawn(day)
        assert fresh.care is not None
        inputs = replace(fresh, packs=packs_after(inputs, outcome), care=care_after(inputs, outcome, fresh.care))
    return mornings, figures


@cache
def drawn_mornings() -> list[SimulationInputs]:
    return [drawn(1000 + day) for day in range(DRAWN)]


def in_quarters(values: Shares) -> Shares:
    """Tell of each value in which quarter of its range it lies, ``(4, ...)`` of ones and zeros."""
    return np.array([(low <= values) & (values < high) for low, high in pairwise(QUARTERS)])


def assert_same(ours: Shares, drawn_ones: Shares, *, small: float = SMALL) -> None:
    """Compare means: of replications ``(n,)`` that were followed, and of independent draws ``(m,)``."""
    error = float(np.hypot(ours.std(ddof=1) / np.sqrt(len(ours)), drawn_ones.std(ddof=1) / np.sqrt(len(drawn_ones))))
    assert error < small
    assert abs(float(ours.mean() - drawn_ones.mean())) < SIGMAS * error


def health_lost(inputs: SimulationInputs) -> Shares:
    """What packs have lost, as a share of what they lose in their life."""
    law, packs = inputs.rules.batteries.ageing, inputs.packs
    assert law is not None
    assert packs is not None
    return np.asarray((1 - law.health(packs.full_cycles, packs.days)) / (1 - law.retire_at))


def test_the_stationary_start_is_told_the_use_that_the_days_have() -> None:
    _, figures = followed()
    assert np.mean([day["packs"]["cycles_per_day"] for day in figures]) == pytest.approx(use()["cycles"], rel=0.03)
    in_service = sum(day["upkeep"]["in_service"] for day in figures)
    sorties = sum(day["fleet"]["sorties"] for day in figures) / in_service
    assert sorties == pytest.approx(use()["sorties"], rel=0.03)


@pytest.mark.parametrize("quarter", range(4))
def test_packs_that_are_followed_are_as_old_as_packs_that_are_drawn(quarter: int) -> None:
    mornings, _ = followed()
    ours = in_quarters(np.array([health_lost(inputs) for inputs in mornings]))[quarter].mean(axis=0)
    theirs = in_quarters(np.concatenate([health_lost(inputs) for inputs in drawn_mornings()]))[quarter]
    assert_same(ours, theirs.astype(np.float64))


def test_packs_live_as_long_as_the_law_says() -> None:
    mornings, figures = followed()
    new = sum(int((inputs.packs.days == 0).sum()) for inputs in mornings[1:] if inputs.packs is not None)
    assert new == sum(day["packs"]["retiring"] for day in figures[:-1])
    law = mornings[0].rules.batteries.ageing
    assert law is not None
    expected = (DAYS - 1) * 16 / law.life_days(use()["cycles"])
    assert new == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("quarter", range(4))
def test_drones_that_are_followed_are_as_far_from_their_inspection_as_those_that_are_drawn(quarter: int) -> None:
    def since(inputs: SimulationInputs) -> Shares:
        assert inputs.care is not None
        return np.where(inputs.care.in_repair_days > 0, np.nan, inputs.care.sorties / 20.0)

    mornings, _ = followed()
    shares = np.array([since(inputs) for inputs in mornings])
    ours = np.nansum(in_quarters(shares)[quarter], axis=0) / (~np.isnan(shares)).sum(axis=0)
    every = np.concatenate([since(inputs) for inputs in drawn_mornings()])
    theirs = in_quarters(every[~np.isnan(every)])[quarter]
    assert_same(ours, theirs.astype(np.float64))


@pytest.mark.parametrize("days", [0.0, 1.0, 3.0])
def test_as_many_drones_are_in_repair_for_as_long_in_a_fleet_that_is_followed(days: float) -> None:
    def left(inputs: SimulationInputs) -> Shares:
        assert inputs.care is not None
        return np.asarray(inputs.care.in_repair_days > days)

    mornings, _ = followed()
    ours = np.array([left(inputs) for inputs in mornings]).mean(axis=0)
    theirs = np.concatenate([left(inputs) for inputs in drawn_mornings()]).astype(np.float64)
    assert_same(ours, theirs)


def test_a_fleet_that_begins_new_is_told_from_one_that_is_drawn() -> None:
    """The comparison can fail: in its first weeks a new fleet is younger."""
    mornings = []
    inputs = drawn(0)
    assert inputs.packs is not None
    inputs = replace(
        inputs, packs=replace(inputs.packs, full_cycles=0.0 * inputs.packs.days, days=0.0 * inputs.packs.days)
    )
    for day in range(1, 9):
        mornings.append(inputs)
        inputs = replace(drawn(day), packs=packs_after(inputs, simulate(inputs)))
    ours = in_quarters(np.array([health_lost(inputs) for inputs in mornings]))[0].mean(axis=0)
    theirs = in_quarters(np.concatenate([health_lost(inputs) for inputs in drawn_mornings()]))[0]
    with pytest.raises(AssertionError):
        assert_same(ours, theirs.astype(np.float64))
