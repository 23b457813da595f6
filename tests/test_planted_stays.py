"""Drones that stay where their last order ended: what they do, and faults planted in it that the checker must see."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dronesim.airspace import SortieRequest
from dronesim.errors import InputError
from dronesim.record.facts import WHERE_IT_IS
from dronesim.simulation import Outcome, simulate
from dronesim.simulation.batteries import Batteries
from dronesim.simulation.sortie import Sortie
from dronesim.simulation.uses import Uses
from dronesim.verify.checks import CHECKS
from lab import lab_inputs
from test_planted_laws import as_read

DUE_BELOW = 0.6
"""Charge below which packs are due: after two sorties or so."""


def day(
    *, below: float = DUE_BELOW, drones: tuple[int, ...] = (2, 1), orders: int = 40, mode: str = "headway"
) -> Outcome:
    """Orders at two take-off points for two airports, from one fleet that stays where it is."""
    rng = np.random.default_rng(5)
    inputs = lab_inputs(
        36000.0 + np.sort(rng.uniform(0, 12_000, orders)),
        homes_xy=((0.0, 0.0), (900.0, 300.0)),
        rules={
            "fleet": {"drones": drones, "is_shared": True, "stays": True},
            "batteries": {"turnaround_below": below},
            "airspace": {"mode": mode},
            "airports": {"pads": (2, 2)},
        },
        orders={"takeoff_point": rng.integers(0, 2, orders), "airport": rng.integers(0, 2, orders)},
    )
    aircraft = replace(inputs.aircraft, drone_type=replace(inputs.aircraft.drone_type, pack_wh=250.0))
    return simulate(replace(inputs, aircraft=aircraft))


def complaints(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    run = as_read(outcome)
    found = [check(run) for check in CHECKS]
    return {check.name: check.violations for check in found if not check.is_clean}


def kinds_of(outcome: Outcome, drone: int) -> list[str]:
    legs = outcome.tables["legs"]
    return [str(kind) for kind in legs["kind"][legs["drone"] == drone]]


def test_a_drone_flies_from_where_it_was_unloaded_to_where_its_next_order_is() -> None:
    outcome = day()
    legs = outcome.tables["legs"]
    assert outcome.facts["fleet"]["ends"] == WHERE_IT_IS
    assert set(legs["kind"]) == {"outbound", "deadhead"}
    assert sum(str(site).startswith("A") for site in legs["from"]) > 20
    assert set(outcome.tables["orders"]["end_state"]) == {"collected"}
    assert complaints(outcome) == {}


@pytest.mark.parametrize("below", [0.0, 0.9])
def test_packs_are_changed_at_take_off_points_as_soon_as_they_are_due_or_an_order_asks(below: float) -> None:
    outcome = day(below=below)
    occupancy = outcome.tables["occupancy"]
    swapped = int((occupancy["resource"] == "pack").sum()) - 3
    # with every pack due, each order is followed by a flight home and a swap; else only when the charge is short
    flown = int((outcome.tables["legs"]["kind"] == "outbound").sum())
    assert swapped >= flown - 1 if below else 0 < swapped < flown
    assert complaints(outcome) == {}


def test_nothing_that_drones_do_not_stay_for_is_changed_by_the_rule() -> None:
    assert "ends" not in simulate(lab_inputs()).facts["fleet"]


# planted


def test_a_drone_that_stays_with_a_pack_that_is_due_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Batteries, "is_due", lambda *_of: False)
    found = complaints(day())
    assert any("is not charged next" in words for words in found["turnarounds"])


def test_a_pad_that_is_given_back_before_the_drone_is_unloaded_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = Uses.one_way

    def short(own: Uses, *of: Any, **more: Any) -> SortieRequest:
        request = rule(own, *of, **more)
        there = request.there.copy()
        there[-2, 2] -= 25_000
        return replace(request, there=there)

    monkeypatch.setattr(Uses, "one_way", short)
    found = complaints(day())
    assert any("used the pad at A" in words for words in found["bookings cover their use"])
    assert "Little's law" in found


def test_a_drone_that_leaves_before_it_is_unloaded_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sortie, "over_ms", property(lambda own: own.landed_ms))
    assert any("unloaded" in words for words in complaints(day(drones=(1, 0)))["legs and sorties"])


def test_a_drone_that_is_somewhere_else_is_seen() -> None:
    outcome = day()
    legs = {name: column.copy() for name, column in outcome.tables["legs"].items()}
    row = int(np.flatnonzero(legs["kind"] == "deadhead")[3])
    legs["from"][row] = "A1" if legs["from"][row] == "A0" else "A0"
    found = complaints(Outcome(tables={**outcome.tables, "legs": legs}, facts=outcome.facts))
    assert any("had ended at" in words for words in found["legs and sorties"])


def test_drones_that_may_not_stay_and_do_are_seen() -> None:
    outcome, facts = day(), copy.deepcopy(day().facts)
    del facts["fleet"]["ends"]
    found = complaints(Outcome(tables=outcome.tables, facts=facts))
    assert any("leads from" in words for words in found["legs and sorties"])
    facts["fleet"]["ends"] = "somewhere"
    with pytest.raises(InputError, match='must be "where it is"'):
        as_read(Outcome(tables=outcome.tables, facts=facts))
