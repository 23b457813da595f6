"""Faults planted in days with weather: the checker must see every one, and nothing on the days as they were flown."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
import pytest

from dronesim.metrics import kpis
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.verify.accounts import accounts
from dronesim.verify.consumption import consumption
from dronesim.verify.energy import energy
from dronesim.verify.figures import key_figures
from dronesim.verify.flights import fleet, flights
from dronesim.verify.report import Check
from dronesim.verify.waits import reasons
from dronesim.verify.weather import weather
from dronesim.weather import Wind
from lab import OPEN_S, lab_inputs
from oracles.plain_tables import changeable
from skies import FAIR, busy, rows, under
from test_planted_laws import as_read

CHECKS: Final = (weather, accounts, energy, consumption, fleet, flights, key_figures, reasons)
STOP_S = OPEN_S + 1200.0
SHOWER = rows((20, {"rain_mmh": 9.0}), (30, {}))
ALARM = rows((35, {"rain_mmh": 9.0}), (45, {}))
Change = Callable[[Outcome], None]


def showery() -> SimulationInputs:
    return under(SHOWER)


def foreseen() -> SimulationInputs:
    return under(ALARM, forecast=ALARM)


def returning() -> SimulationInputs:
    return under(rows((21, {"rain_mmh": 9.0}), (31, {})), aloft="return")


def landing() -> SimulationInputs:
    return under(rows((21, {"rain_mmh": 9.0}), (31, {})), aloft="land")


def by_road() -> SimulationInputs:
    return under(SHOWER, busy(airports={"when_closed": "road", "pads": (2, 2)}))


def cold() -> SimulationInputs:
    return under((replace(FAIR, temperature_c=0.0),))


def hot() -> SimulationInputs:
    return under((replace(FAIR, temperature_c=40.0),))


def thin() -> SimulationInputs:
    return under((FAIR,), lab_inputs((OPEN_S, OPEN_S + 30.0), orders={"mass_kg": (1.0, 1.3)}), pressure_pa=80_000.0)


def windy() -> SimulationInputs:
    inputs = under((FAIR,))
    return replace(inputs, winds=((0.0, (Wind(speed_mps=6.0, from_deg=90.0),)),))


def gusty() -> SimulationInputs:
    return under((replace(FAIR, gust_mps=8.5),), busy(airspace={"mode": "strategic", "levels_m": (60.0, 120.0)}))


@cache
def as_flown(day: Callable[[], SimulationInputs]) -> Outcome:
    return simulate(day(), has_tracks=True)


def found(outcome: Outcome, figures: dict[str, Any]) -> dict[str, Check]:
    run = as_read(outcome, figures=figures)
    return {check.__name__: check(run) for check in CHECKS}


def late_take_off(day: Outcome) -> None:
    """A sortie whose way home begins in the rain."""
    legs = day.tables["legs"]
    row = int(np.flatnonzero(legs["departed_s"] >= STOP_S + 1200.0)[0])
    legs["departed_s"][row] = STOP_S + 700.0


def higher(day: Outcome) -> None:
    day.tables["legs"]["level_m"][0] = 120.0


def asked_later(day: Outcome) -> None:
    """The last sortie before the rain that was forecast was over just in time, and lands later."""
    legs = day.tables["legs"]
    before = np.flatnonzero(legs["departed_s"] < OPEN_S + 1500.0)
    row = before[np.argmax(legs["landed_s"][before])]
    legs["landed_s"][row] += 600.0


def flies_on(day: Outcome) -> None:
    legs = day.tables["legs"]
    row = int(np.flatnonzero(legs["outcome"] == "down")[0])
    legs["outcome"][row] = "landed"
    legs["arrived_s"][row] = OPEN_S + 1260.0 + 100.0


def by_road_in_fair_weather(day: Outcome) -> None:
    orders, waits = day.tables["orders"], day.tables["waits"]
    row = int(np.flatnonzero(orders["reason"] == "weather")[0])
    orders["ready_s"][row] = STOP_S + 5000.0
    waits["to_s"][(waits["order"] == row)] = STOP_S + 5000.0


def waits_in_fair_weather(day: Outcome) -> None:
    waits = day.tables["waits"]
    row = int(np.flatnonzero(waits["from_s"] < STOP_S - 300.0)[0])
    waits["reason"][row] = "weather"


def waits_for_another_thing(day: Outcome) -> None:
    waits = day.tables["waits"]
    waits["reason"][int(np.flatnonzero(waits["reason"] == "weather")[0])] = "batch"


def no_rain(day: Outcome) -> None:
    day.facts["weather"]["rows"][1]["rain_mmh"] = 0.0


def shorter_stop(day: Outcome) -> None:
    day.facts["weather"]["stops"][0]["to_s"] -= 60.0


def other_why(day: Outcome) -> None:
    day.facts["weather"]["stops"][0]["why"] = "gust"


def other_words(day: Outcome) -> None:
    table = day.tables["incidents"]
    table["action"][np.flatnonzero(table["action"] == "flying stops: rain")] = "flying stops: cold"


def lands_unasked(day: Outcome) -> None:
    table = day.tables["incidents"]
    row = int(np.flatnonzero(table["kind"] == "weather")[0])
    table["action"][row] = "lands safely, fetched by road"


def brings_it_all_the_same(day: Outcome) -> None:
    """Who was sent back lands at its airport, and nothing is told of it."""
    legs, table = day.tables["legs"], day.tables["incidents"]
    table["action"][np.isin(table["action"], ["returns"])] = "flying stops: rain"
    day.tables["incidents"] = {name: values[table["drone"] < 0] for name, values in table.items()}
    out = (legs["kind"] == "outbound") & (legs["departed_s"] < OPEN_S + 1260.0)
    out &= ~(legs["landed_s"] < OPEN_S + 1260.0)
    legs["outcome"][out] = "landed"
    legs["arrived_s"][out] = legs["landed_s"][out] = OPEN_S + 1400.0


def sooner_again(day: Outcome) -> None:
    day.facts["weather"]["again_s"] = 0.0


def other_limit(day: Outcome) -> None:
    day.facts["weather"]["limits"]["rain_mmh"] = 20.0


def storm(day: Outcome) -> None:
    day.facts["aircraft"]["wind_limit_mps"] = 5.0


def warm_packs(day: Outcome) -> None:
    day.facts["weather"]["acts_on_packs"] = False


def other_pack_share(day: Outcome) -> None:
    day.facts["weather"]["pack_share_0c"] = 0.95


def thick_air(day: Outcome) -> None:
    day.facts["weather"]["acts_on_air"] = False


def other_pressure(day: Outcome) -> None:
    day.facts["weather"]["pressure_pa"] = 95_000.0


def too_heavy_for_the_air(day: Outcome) -> None:
    day.tables["orders"]["mass_kg"][0] = 1.2


def light_enough(day: Outcome) -> None:
    day.tables["orders"]["mass_kg"][1] = 1.1


FAULTS: Final[tuple[tuple[Callable[[], SimulationInputs], Change, str], ...]] = (
    (showery, late_take_off, "weather"),
    (gusty, higher, "weather"),
    (foreseen, asked_later, "weather"),
    (landing, flies_on, "weather"),
    (by_road, by_road_in_fair_weather, "weather"),
    (showery, waits_in_fair_weather, "weather"),
    (showery, waits_for_another_thing, "weather"),
    (showery, no_rain, "weather"),
    (showery, shorter_stop, "weather"),
    (showery, other_why, "weather"),
    (showery, other_words, "accounts"),
    (showery, lands_unasked, "weather"),
    (returning, brings_it_all_the_same, "weather"),
    (showery, sooner_again, "weather"),
    (showery, other_limit, "weather"),
    (windy, storm, "flights"),
    (cold, warm_packs, "energy"),
    (cold, other_pack_share, "energy"),
    (hot, thick_air, "consumption"),
    (hot, other_pressure, "consumption"),
    (thin, too_heavy_for_the_air, "fleet"),
    (thin, light_enough, "fleet"),
)


@pytest.mark.parametrize("day", sorted({returning, *(day for day, _, _ in FAULTS)}, key=lambda day: day.__name__))
def test_days_as_they_were_flown_are_clean(day: Callable[[], SimulationInputs]) -> None:
    outcome = as_flown(day)
    checks = found(outcome, kpis(outcome.tables, outcome.facts))
    assert {name: check.violations for name, check in checks.items() if not check.is_clean} == {}


@pytest.mark.parametrize(("day", "change", "name"), FAULTS, ids=lambda part: getattr(part, "__name__", part))
def test_a_planted_fault_is_found(day: Callable[[], SimulationInputs], change: Change, name: str) -> None:
    outcome = as_flown(day)
    figures = kpis(outcome.tables, outcome.facts)
    planted = changeable(outcome)
    change(planted)
    assert not found(planted, figures)[name].is_clean


@pytest.mark.parametrize("figure", ["flyable_share", "no_go_s", "stops", "orders_waited", "to_road"])
def test_a_changed_figure_of_the_weather_is_found(figure: str) -> None:
    outcome = as_flown(by_road)
    figures = copy.deepcopy(kpis(outcome.tables, outcome.facts))
    figures["weather"][figure] += 1
    assert any(f"weather.{figure}" in text for text in found(outcome, figures)["key_figures"].violations)


@pytest.mark.parametrize("key", ["rows", "limits", "lifts", "again_s", "counts_all"])
def test_facts_that_lack_a_part_of_the_weather_are_refused(key: str) -> None:
    outcome = as_flown(showery)
    told = {name: value for name, value in outcome.facts["weather"].items() if name != key}
    with pytest.raises(Exception, match="must be a table with rows"):
        as_read(Outcome(tables=outcome.tables, facts={**outcome.facts, "weather": told}), figures={})
