"""What is planned for weeks after the day: cut off where nobody asks for it, refused where it would be booked."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

import gates
from dronesim.errors import InputError
from dronesim.simulation import SimulationInputs, simulate
from dronesim.simulation.rows import Rows
from dronesim.units import LAST_MS
from lab import OPEN_S, lab_inputs


def test_a_time_that_does_not_fit_is_written_as_the_last_one() -> None:
    rows = Rows(("from_ms", "to_ms", "share"), "iid")
    rows.append(5, LAST_MS, 0.5)
    rows.append(LAST_MS + 1, 10**15, 1e300)
    assert rows.table().tolist() == [(5, LAST_MS, 0.5), (LAST_MS, LAST_MS, 1e300)]


@pytest.mark.parametrize("values", [(1, 2), (1, "x", 0.5), (1, None, 0.5), (1, 2.5, 0.5)])
def test_anything_else_that_does_not_fit_is_an_error(values: Any) -> None:
    with pytest.raises((struct.error, TypeError)):
        Rows(("from_ms", "to_ms", "share"), "iid").append(*values)


def crowded(**rules: Any) -> SimulationInputs:
    return lab_inputs(OPEN_S + 60.0 * np.arange(60), rules={"horizon": {"drain_s": 86400.0}, **rules})


@pytest.mark.parametrize("mode", ["swap", "charge"])
@pytest.mark.parametrize("charge_c", [1e-300, 5e-4])
def test_packs_that_charge_for_weeks_are_on_their_chargers_when_the_day_ends(mode: str, charge_c: float) -> None:
    inputs = crowded(batteries={"mode": mode, "packs": (1,), "chargers": (1,), "charge_c": charge_c})
    outcome = simulate(inputs)
    gates.check_day(inputs, outcome)
    closed_s = outcome.facts["horizon"]["closed_s"]
    charged = [row for row in gates.rows(outcome.tables["occupancy"]) if row["resource"] == "charger"]
    assert [row["to_s"] for row in charged] == [gates.ms(closed_s)]


def test_a_courier_who_comes_after_weeks_brings_nothing() -> None:
    inputs = crowded(couriers={"count": (1,), "handling_s": 86400.0})
    assert set(simulate(inputs).tables["orders"]["end_state"]) == {"collected", "open"}


@pytest.mark.parametrize(
    "rules",
    [
        {"takeoff_points": {"loaders": (1,), "load_s": 86400.0}},
        {"airports": {"pads": (1, 1), "unload_s": 86400.0}},
        {"airspace": {"lane_headway_s": 86400.0}},
    ],
    ids=["loaders", "airport pads", "lanes"],
)
def test_pads_that_are_booked_out_for_weeks_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"order \d+ would be booked for 2\d days after midnight: .*load_s") as found:
        simulate(crowded(fleet={"drones": (60,)}, pilots={"count": 60}, **rules))
    assert "unload_s" in str(found.value)
