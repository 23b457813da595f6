"""Keys at the ends of what they may be: each day runs, is verified clean, and a planted fault in it is still seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

import dronesim
from dronesim.aircraft import Multirotor, drone_type
from dronesim.errors import InputError
from dronesim.faults import spells
from dronesim.simulation import Outcome, ScriptedEvent, simulate
from dronesim.units import DAY
from dronesim.verify.consumption import consumption
from dronesim.verify.heights import heights
from dronesim.verify.lanes import lanes
from lab import lab_inputs
from test_planted_laws import as_read

TINY: Final = "tests/data/tiny.toml"
FEW: Final[Mapping[str, Any]] = {"demand.orders": 12, "horizon.end": "11:00"}
CHECKS: Final = (consumption, heights, lanes)
UPRIGHT_MPS: Final = ("low_climb_mps", "climb_mps", "descent_mps", "touchdown_mps")


def flown(**kind: float) -> Outcome:
    """An order by a drone with other numbers, which fails on its way back."""
    aircraft = Multirotor(replace(drone_type("hexa-2.5kg"), **kind))
    failing = {"events": (ScriptedEvent(kind="drone_fails", at_s=37_000.0),)}
    return simulate(replace(lab_inputs(rules=failing), aircraft=aircraft), has_tracks=True)


def words(outcome: Outcome) -> list[str]:
    return [text for check in CHECKS for text in check(as_read(outcome)).violations]


def test_climbs_and_descents_at_whatever_speeds_and_heights_are_right() -> None:
    rng = np.random.default_rng(11)
    for _ in range(12):
        speeds = dict(zip(UPRIGHT_MPS, np.exp(rng.uniform(np.log(0.1), np.log(20.0), 4)).tolist(), strict=True))
        turns = {name: float(rng.choice([0.0, 0.3, 30.0, 59.7, 60.0])) for name in ("low_climb_m", "final_hover_m")}
        acceleration = {"acceleration_mps2": float(np.exp(rng.uniform(np.log(0.2), np.log(20.0))))}
        assert words(flown(**speeds, **turns, **acceleration)) == []


@pytest.mark.parametrize(
    ("flies", "told", "seen"),
    [
        ({"climb_mps": 0.5}, {"climb_mps": 0.49}, "its climb takes"),
        ({"descent_mps": 0.5}, {"descent_mps": 0.49}, "its sink takes"),
        ({"final_hover_m": 60.0}, {"final_hover_s": 41.0}, "the final hover takes"),
        ({"low_climb_mps": 60.0}, {"low_climb_mps": 2.0}, "its track asks for"),
    ],
)
def test_a_drone_that_is_not_as_told_is_seen(flies: dict[str, float], told: dict[str, float], seen: str) -> None:
    outcome = flown(**flies)
    facts = {**outcome.facts, "aircraft": {**outcome.facts["aircraft"], **told}}
    assert any(seen in text for text in words(replace(outcome, facts=facts)))


DIVERT: Final = {"kind": "divert", "at": "10:20", "airport": "A1"}
NARROW: Final = {"kind": "precision", "landing_error_m": 0.01, "pad_radius_m": 0.5}


@pytest.mark.parametrize(
    "keys",
    [
        {"link.latency_s": 1e-6, "events": [DIVERT]},
        {"navigation.misses": {"kind": "share", "share": 0.0}},
        {"navigation.misses": NARROW},
        {"faults.unloader_fails": {"every_h": 0.2, "median_min": 1e9}},
        {"customers.patience_min": 20_000.0},
        {"fleet.drones": 1},
    ],
    ids=["latency", "no-miss", "never-beside-the-pad", "for-good", "patience", "one-drone"],
)
def test_a_day_with_a_key_at_its_end_is_verified_clean(keys: dict[str, Any]) -> None:
    checked = dronesim.run(TINY, set={**FEW, **keys}).verify()
    assert [text for check in checked.checks for text in check.violations] == []


def test_customers_of_more_patience_than_a_day_has_wait() -> None:
    kept = dronesim.run(TINY, set={**FEW, "customers.patience_min": 100_000.0, "fleet.drones": 1})
    assert kept.kpis["orders"]["cancelled"] == 0


def test_an_outage_lasts_no_longer_than_the_day_can_know() -> None:
    rng = np.random.default_rng(2)
    found = list(spells(every_s=1.0, median_s=1e-9, p95_s=DAY, from_s=0.0, to_s=DAY, rng=rng))
    assert max(lasts_s for _, lasts_s in found) <= 2 * DAY


def test_a_minimum_in_height_that_rounding_decides_is_refused() -> None:
    with pytest.raises(InputError, match=r"airspace\.vertical_m"):
        dronesim.run(TINY, set={**FEW, "airspace.vertical_m": 0.05})
