"""Days with old packs and drones that are inspected and repaired, on random networks and with trouble."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import gates
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.verify.checks import CHECKS
from dronesim.verify.obstacles import obstacles
from exploring import examples
from test_planted_laws import as_read
from worlds import days
from worn import cared, worn


@st.composite
def worn_days(draw: st.DrawFn, *, has_trouble: bool) -> SimulationInputs:
    """Days whose packs have lost up to half of what they held, and whose drones are due now and then."""
    inputs = draw(days(has_trouble=has_trouble))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    owned = sum((*inputs.rules.fleet.drones, *inputs.rules.fleet.spares))
    packs = owned + sum(inputs.rules.batteries.packs)
    inputs = worn(inputs, rng.uniform(0.0, 600.0, packs).tolist(), retire_at=0.3)
    limits = draw(st.sampled_from([{"after_sorties": 2.0}, {"after_flight_s": 900.0}, {"after_sorties": 1e6}]))
    away = np.where(np.arange(owned) < sum(inputs.rules.fleet.drones), rng.choice([0.0, 0.0, 0.05, 2.0], owned), 0.0)
    return cared(
        inputs,
        **limits,
        inspection_s=draw(st.sampled_from([0.0, 60.0, 1800.0])),
        in_repair_days=away.tolist(),
        clean=rng.integers(0, 3, owned).astype(float).tolist(),
        repair_days=rng.uniform(0.001, 0.2, owned).tolist(),
    )


@examples(60)
@given(worn_days(has_trouble=True))
def test_gates_and_checks_pass_and_packs_are_conserved_on_a_worn_day_with_trouble(inputs: SimulationInputs) -> None:
    bad_scan = np.where(inputs.orders.bad_scan == 2, 1, inputs.orders.bad_scan)
    inputs.orders.bad_scan[:] = bad_scan
    outcome = simulate(inputs, has_tracks=True)
    gates.check_day(inputs, outcome)
    no_pack_gives_more_than_it_holds(inputs, outcome)
    packs_are_conserved(outcome)
    run = as_read(outcome)
    assert [words for check in CHECKS if check is not obstacles for words in check(run).violations] == []


def no_pack_gives_more_than_it_holds(inputs: SimulationInputs, outcome: Outcome) -> None:
    """Charge stays above nothing, and what left a pack is its charge times what it holds by its own wear."""
    legs = outcome.tables["legs"]
    assert inputs.packs is not None
    assert inputs.rules.batteries.ageing is not None
    health = inputs.rules.batteries.ageing.health(inputs.packs.full_cycles, inputs.packs.days)
    held_wh = health[legs["pack"]] * inputs.aircraft.drone_type.usable_wh
    assert (legs["charge_end"] >= -1e-9).all()
    assert np.allclose(legs["energy_wh"], (legs["charge_start"] - legs["charge_end"]) * held_wh, atol=1e-6)


def packs_are_conserved(outcome: Outcome) -> None:
    """At every time each pack is on one drone, on one charger, or in stock; at the close a drone has one pack."""
    held, closed_s = outcome.tables["occupancy"], outcome.facts["horizon"]["closed_s"]
    is_pack = held["resource"] == "pack"
    to_s = np.where(np.isnan(held["to_s"]), closed_s, held["to_s"])
    for pack in np.unique(held["unit"][is_pack]).tolist():
        rows = np.flatnonzero(is_pack & (held["unit"] == pack))
        rows = rows[np.argsort(held["from_s"][rows], kind="stable")]
        assert (held["from_s"][rows][1:] >= to_s[rows][:-1]).all()
    last = {drone: to_s[is_pack & (held["holder"] == drone)].max() for drone in np.unique(held["holder"][is_pack])}
    lost = set(outcome.tables["legs"]["drone"][outcome.tables["legs"]["outcome"] == "lost"].tolist())
    assert all(end_s == closed_s for drone, end_s in last.items() if drone not in lost)
    assert held["unit"][is_pack].max(initial=-1) < outcome.facts["capacity"]["pack"]["network"]
