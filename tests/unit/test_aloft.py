"""Rates by the flight-hour count the hours of the same legs as what they count: all, however they ended."""

from __future__ import annotations

import numpy as np
import pytest

from command import TINY
from dronesim.experiment import prepare, set_up
from dronesim.metrics import kpis
from dronesim.metrics.aloft import aloft_s
from dronesim.scenario import load_scenario
from dronesim.simulation import simulate
from dronesim.units import HOUR
from dronesim.verify.figures import key_figures
from test_planted_laws import as_read

TROUBLED = (
    *("airspace.mode=strategic", "risk.people_per_km2=100", "navigation.excursions_per_h=20"),
    *("faults.losses_per_flight_hour=3", "faults.diverts_per_flight_hour=10", "faults.failures_per_flight_hour=1"),
    *("maintenance.inspect_after_flight_h=1", "fleet.spares=6"),
)


def test_hours_aloft_are_those_over_people_on_a_day_of_losses_and_diversions() -> None:
    outcome = simulate(prepare(set_up(load_scenario(TINY, TROUBLED))))
    figures = kpis(outcome.tables, outcome.facts)
    ended = outcome.tables["legs"]["outcome"].tolist()
    assert {"landed", "diverted", "lost"} <= set(ended)
    assert "open" not in ended
    hours = figures["risk"]["flight_h"]
    assert float(aloft_s(outcome.tables, outcome.facts).sum()) / HOUR == pytest.approx(hours, abs=1e-6)
    navigation, upkeep = figures["navigation"], figures["upkeep"]
    assert navigation["excursions_per_h"] == pytest.approx(navigation["excursions"] / hours)
    assert upkeep["flight_h_per_day"] * upkeep["in_service"] == pytest.approx(hours)
    assert key_figures(as_read(outcome, figures=figures)).is_clean


def test_who_is_in_the_air_when_the_day_is_over_was_aloft_until_then() -> None:
    outcome = simulate(prepare(set_up(load_scenario(TINY, ["horizon.drain_max_min=0"]))))
    legs, closed_s = outcome.tables["legs"], outcome.facts["horizon"]["closed_s"]
    lasted_s = aloft_s(outcome.tables, outcome.facts)
    still = np.isnan(legs["landed_s"]) & ~np.isnan(legs["departed_s"])
    assert still.any()
    assert lasted_s[still].tolist() == (closed_s - legs["departed_s"][still]).tolist()
    assert (lasted_s[np.isnan(legs["departed_s"])] == 0).all()
