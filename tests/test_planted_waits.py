"""Faults planted in the table of waits: the two checks of the checker must see every one, and nothing on clean days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dronesim.aircraft import Multirotor
from dronesim.simulation import Outcome, ScriptedEvent, SimulationInputs, simulate
from dronesim.verify.waits import reasons, waits
from dronesim.weather import CALM, Wind
from exploring import examples
from lab import OPEN_S, lab_inputs, lazy_until
from test_planted_faults import small_day
from test_planted_laws import as_read
from worlds import PROCEDURE, days

WHOLE, SO = "waits", "reasons of waits"
Columns = dict[str, NDArray[Any]]
Change = Callable[[Columns, Columns], None]
"""Changes the table of waits, and may look at the orders."""


# days


def busy() -> SimulationInputs:
    """Forty orders who wait for couriers, drones, boxes, pads and crews."""
    return small_day()


def closed() -> SimulationInputs:
    """A quarter of an hour without the first airport."""
    script = ScriptedEvent(kind="airport_closed", at_s=OPEN_S + 600.0, duration_s=900.0, airport=0)
    inputs = small_day()
    return replace(inputs, rules=replace(inputs.rules, events=(script,)))


def stormy() -> SimulationInputs:
    """An order that is ready in a storm of a quarter of an hour, which began before the day."""
    levels = len(lab_inputs().rules.airspace.levels_m)
    storm, calm = (Wind(speed_mps=30.0, from_deg=0.0),) * levels, (CALM,) * levels
    inputs = lab_inputs((OPEN_S + 10.0, OPEN_S + 800.0))
    return replace(inputs, winds=((0.0, calm), (OPEN_S + 300.0, storm), (OPEN_S + 1200.0, calm)))


def held_back() -> SimulationInputs:
    """An order that a lazy policy holds for five minutes, though six drones are free."""
    return lab_inputs(policy=lazy_until(OPEN_S + 680.0))


def checked() -> SimulationInputs:
    """The busy day by drones that are checked for twenty seconds before they take off."""
    inputs = small_day()
    return replace(inputs, aircraft=Multirotor(replace(inputs.aircraft.drone_type, **PROCEDURE)))


def short_of(**few: Any) -> SimulationInputs:
    """Two orders that are ready at once, with enough of everything but what is given."""
    rules = {"airports": {"pads": (4, 4), "unloaders": (4, 4)}, "takeoff_points": {"pads": (4,), "loaders": (4,)} | few}
    return lab_inputs((OPEN_S, OPEN_S), rules=rules)


def short_of_pads() -> SimulationInputs:
    return short_of(pads=(1,))


def short_of_loaders() -> SimulationInputs:
    return short_of(loaders=(1,))


def without_pilots() -> SimulationInputs:
    """Four orders that are ready while both pilots are away for twenty minutes, and one airport pad."""
    rules = {"airports": {"pads": (1, 1)}, "pilots": {"count": 2, "drones_per_pilot": 2}}
    inputs = lab_inputs((OPEN_S, OPEN_S, OPEN_S, OPEN_S), rules=rules)
    steps = ((OPEN_S, 2), (OPEN_S + 60.0, 0), (OPEN_S + 1200.0, 2), (OPEN_S + 9e3, 0))
    return replace(inputs, rules=replace(inputs.rules, shifts={"pilot": {"network": steps}}))


# changes


def first(columns: Columns, reason: str, least_s: float = 1.0) -> int:
    """The first wait for a reason that lasts for a while."""
    lasts = columns["to_s"] - columns["from_s"] > least_s
    return int(np.flatnonzero((columns["reason"] == reason) & lasts)[0])


def put(reason: str, column: str, by: float) -> Change:
    """Add to the begin or end of a wait."""

    def change(columns: Columns, _orders: Columns) -> None:
        columns[column][first(columns, reason)] += by

    return change


def moved_on(reason: str, by_s: float) -> Change:
    """Let a wait last longer, and the one after it begin later."""

    def change(columns: Columns, _orders: Columns) -> None:
        is_mine = columns["reason"] == reason
        follows = [
            row
            for row in np.flatnonzero(is_mine).tolist()
            if ((columns["order"] == columns["order"][row]) & (columns["from_s"] == columns["to_s"][row])).any()
        ]
        row = follows[-1]
        then = (columns["order"] == columns["order"][row]) & (columns["from_s"] == columns["to_s"][row])
        columns["from_s"][then] += by_s
        columns["to_s"][row] += by_s

    return change


def called(reason: str, other: str) -> Change:
    """Give a wait another reason."""

    def change(columns: Columns, _orders: Columns) -> None:
        columns["reason"][first(columns, reason)] = other

    return change


def without(reason: str) -> Change:
    """Leave a wait out."""

    def change(columns: Columns, _orders: Columns) -> None:
        left = np.arange(len(columns["order"])) != first(columns, reason)
        for name in columns:
            columns[name] = columns[name][left]

    return change


def twice(reason: str) -> Change:
    """Write a wait down twice."""

    def change(columns: Columns, _orders: Columns) -> None:
        row = first(columns, reason)
        for name in columns:
            columns[name] = np.insert(columns[name], row, columns[name][row])

    return change


def of_nobody(columns: Columns, orders: Columns) -> None:
    columns["order"][first(columns, "drone")] = len(orders["order"])


def lasts_for_no_time(columns: Columns, _orders: Columns) -> None:
    row = first(columns, "drone")
    columns["to_s"][row] = columns["from_s"][row]


def of_one_that_was_never_ready(columns: Columns, orders: Columns) -> None:
    """An order that is refused waits all the same."""
    row = first(columns, "drone")
    orders["ready_s"][columns["order"][row]] = np.nan


TABLES: dict[str, tuple[Callable[[], SimulationInputs], Change, set[str], str]] = {
    "a wait left out": (busy, without("drone"), {WHOLE}, "order"),
    "a wait of nobody": (busy, of_nobody, {WHOLE}, "there is no order 40"),
    "a wait for no time": (busy, lasts_for_no_time, {WHOLE}, "does not last"),
    "a wait that ends before it begins": (busy, put("drone", "to_s", -1e5), {WHOLE}, "does not last"),
    "a wait for a word of one's own": (busy, called("drone", "moonlight"), {WHOLE}, "'moonlight', which is no reason"),
    "a wait of one that was never ready": (busy, of_one_that_was_never_ready, {WHOLE}, "ready"),
    "a wait that begins too early": (busy, put("drone", "from_s", -2.0), {WHOLE}, "order"),
    "a wait that begins too late": (busy, put("drone", "from_s", 0.5), {WHOLE}, "order"),
    "a wait that ends too early": (busy, put("drone", "to_s", -0.5), {WHOLE}, "order"),
    "a wait that ends too late": (busy, put("drone", "to_s", 0.5), {WHOLE}, "order"),
    "a wait written down twice": (busy, twice("drone"), {WHOLE}, "its waits leave a gap or overlap"),
    "a check left out": (checked, without("check"), {WHOLE}, "0.000 s of checks in 20.000 s on the pad"),
    "a check that is longer": (checked, put("check", "to_s", 1.0), {WHOLE}, "21.000 s of checks in 20.000 s"),
    "a courier who came at another time": (busy, put("courier", "to_s", -1.0), {WHOLE}, "no courier came at"),
    "a courier waited for too early": (busy, put("courier", "from_s", -3600.0), {WHOLE}, "not prepared yet"),
    "a closure that was none": (busy, called("drone", "airport_closed"), {SO}, "its airport is open then"),
    "a closure that is hidden": (closed, called("airport_closed", "drone"), {SO}, "its airport is closed then"),
    "a cabinet that has room": (busy, called("drone", "cabinet"), {SO}, "a box is free then"),
    "a storm that is hidden": (stormy, called("wind", "drone"), {SO}, "the wind is above the limit then"),
    "a storm that was none": (held_back, called("policy", "wind"), {SO}, "the wind is calm then"),
    "a pad that is free": (short_of_loaders, called("loader", "pad"), {SO}, "one is free then"),
    "a loader who is free": (short_of_pads, called("pad", "loader"), {SO}, "one is free then"),
    "a pilot who is free": (short_of_pads, called("pad", "pilot"), {SO}, "one is free then"),
    "an airport's pad that is free": (short_of_pads, called("pad", "airport_pad"), {SO}, "one is free then"),
    "an unloader who is free": (short_of_pads, called("pad", "unloader"), {SO}, "one is free then"),
    "pilots who are away": (without_pilots, called("pilot", "clearance"), {SO}, "no pilot is at work then"),
    "pilots who come late": (without_pilots, moved_on("pilot", 5.0), {SO}, "no pilot comes at its end"),
    "a drone that stands there": (held_back, called("policy", "drone"), {SO}, "a drone stands free for"),
    "a choice without any drone": (busy, called("drone", "policy"), {SO}, "a drone stands free for"),
}


def found(outcome: Outcome) -> dict[str, str]:
    """What each of the two checks says that is not clean; neither reads key figures."""
    run = as_read(outcome, figures={})
    checks = [waits(run), reasons(run)]
    return {check.name: "\n".join(check.violations) for check in checks if not check.is_clean}


@pytest.mark.parametrize("name", TABLES)
def test_a_planted_fault_in_the_waits_is_told_in_the_words_of_its_rule(name: str) -> None:
    scene, change, checks, says = TABLES[name]
    outcome = simulate(scene())
    assert found(outcome) == {}
    orders, table = (
        {column: values.copy() for column, values in outcome.tables[part].items()} for part in ("orders", "waits")
    )
    change(table, orders)
    seen = found(replace(outcome, tables={**outcome.tables, "waits": table, "orders": orders}))
    assert checks <= set(seen)
    assert any(says in seen[check] for check in checks), seen


SETTINGS = examples(150)


@SETTINGS
@given(days())
def test_nothing_is_said_against_the_waits_of_a_day_with_trouble(inputs: SimulationInputs) -> None:
    assert found(simulate(inputs)) == {}


@SETTINGS
@given(days(has_trouble=False), st.integers(0, 10**6))
def test_nothing_is_said_against_the_waits_of_a_quiet_day_with_orders_placed_ahead(
    inputs: SimulationInputs, seed: int
) -> None:
    """Some are wanted hours later: their kitchens and couriers come then, and idle drones stand there meanwhile."""
    rng, orders = np.random.default_rng(seed), inputs.orders
    later_s = np.where(rng.random(len(orders)) < 0.3, rng.uniform(600.0, 7200.0, len(orders)), 0.0)
    orders = replace(
        orders,
        preparation_s=orders.preparation_s + later_s,
        planned_preparation_s=orders.planned_preparation_s + later_s,
    )
    assert found(simulate(replace(inputs, orders=orders))) == {}


@SETTINGS
@given(days(has_trouble=False))
def test_nothing_is_said_against_the_waits_of_a_day_that_closes_on_its_drones(inputs: SimulationInputs) -> None:
    """Packs are on chargers by then, parcels under way, and some wait still."""
    horizon = replace(inputs.rules.horizon, end_s=OPEN_S + 1500.0, drain_s=120.0)
    assert found(simulate(replace(inputs, rules=replace(inputs.rules, horizon=horizon)))) == {}
