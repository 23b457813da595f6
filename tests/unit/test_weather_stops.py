"""Days under a sky: who takes off when, what becomes of those aloft and on the ground, what policies may know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dronesim.dispatch import POLICIES, Decisions, DispatchView
from dronesim.errors import InputError
from dronesim.experiment import prepare, set_up
from dronesim.experiment.warn import warnings_of
from dronesim.metrics import kpis
from dronesim.report import trouble
from dronesim.report.summary import summary_rows
from dronesim.scenario import load_scenario
from dronesim.simulation import Outcome, SimulationInputs, simulate
from dronesim.verify.checks import CHECKS
from dronesim.verify.report import Check
from dronesim.weather import WeatherDay, Wind
from lab import OPEN_S, lab_inputs
from skies import FAIR, busy, rows, under
from test_planted_laws import as_read

DATA = Path(__file__).parents[1] / "data"
SHOWER = rows((20, {"rain_mmh": 9.0}), (30, {}))
"""No flying from 10:20 until 10:40."""
STOP_S, GO_S = OPEN_S + 1200.0, OPEN_S + 2400.0
NEED_A_FOLDER = {"closures", "obstacles", "codes"}
"""Where checks are that read the map, or codes that were signed."""


def flown(inputs: SimulationInputs) -> Outcome:
    """Fly a day, which every check finds clean that needs no folder."""
    outcome = simulate(inputs, has_tracks=True, counts_losses=True)
    assert [text for check in checked(outcome) for text in check.violations] == []
    return outcome


def checked(outcome: Outcome) -> list[Check]:
    run = as_read(outcome)
    return [check(run) for check in CHECKS if check.__module__.split(".")[-1] not in NEED_A_FOLDER]


def taken_off_s(outcome: Outcome) -> Any:
    legs = outcome.tables["legs"]
    return legs["departed_s"][np.isin(legs["kind"], ("outbound", "return"))]


def told(outcome: Outcome) -> Counter[tuple[str, str]]:
    incidents = outcome.tables["incidents"]
    return Counter(zip(incidents["kind"].tolist(), incidents["action"].tolist(), strict=True))


# flying stops


def test_nobody_takes_off_while_it_rains_nor_in_the_ten_minutes_after() -> None:
    outcome = flown(under(SHOWER))
    off_s = taken_off_s(outcome)
    assert not ((off_s > STOP_S) & (off_s < GO_S)).any()
    assert (off_s <= STOP_S).any()
    assert (off_s >= GO_S).any()


def test_incidents_tell_when_flying_stops_and_resumes_and_why() -> None:
    incidents = flown(under(SHOWER)).tables["incidents"]
    weather = [
        (time_s, action)
        for time_s, kind, action in zip(*(incidents[name] for name in ("time_s", "kind", "action")), strict=True)
        if kind == "weather" and ("stops" in action or "again" in action)
    ]
    assert weather == [(STOP_S, "flying stops: rain"), (GO_S, "drones may fly again")]


def test_key_figures_tell_the_flyable_share_and_who_waited() -> None:
    outcome = flown(under(SHOWER))
    weather = kpis(outcome.tables, outcome.facts)["weather"]
    assert weather["flyable_share"] == pytest.approx(1 - 1200 / 36000)
    assert (weather["no_go_s"], weather["stops"]) == (1200.0, 1)
    assert weather["orders_waited"] > 10


def test_a_day_that_tells_only_winds_knows_no_weather() -> None:
    inputs = busy()
    plain, same = simulate(inputs), simulate(replace(under((), inputs), aircraft=inputs.aircraft))
    assert all(
        np.array_equal(plain.tables["legs"][name], same.tables["legs"][name]) for name in ("departed_s", "drone")
    )
    assert "weather" not in plain.facts
    assert "weather" not in kpis(plain.tables, plain.facts)


def test_a_day_that_begins_in_rain_begins_when_that_is_over() -> None:
    outcome = flown(under((replace(FAIR, rain_mmh=9.0), replace(FAIR, from_s=OPEN_S + 600.0))))
    assert taken_off_s(outcome).min() >= OPEN_S + 1200.0
    waits = outcome.tables["waits"]
    early = (waits["to_s"] <= OPEN_S + 1200.0) & (waits["reason"] != "courier")
    assert set(waits["reason"][early].tolist()) == {"weather"}


def test_gusts_close_the_upper_levels_first() -> None:
    """At 60 and 120 m it gusts 1.57 and 1.86 times what it does at 10 m: 13.3 and 15.8 of 14 m/s."""
    inputs = busy(airspace={"mode": "strategic", "levels_m": (60.0, 120.0)})
    calm, gusty = (flown(under((replace(FAIR, gust_mps=gust),), inputs)) for gust in (2.0, 8.5))
    assert set(gusty.tables["legs"]["level_m"].tolist()) == {60.0}
    assert kpis(gusty.tables, gusty.facts)["weather"]["flyable_share"] == 1.0
    assert len(calm.tables["legs"]["leg"]) == len(gusty.tables["legs"]["leg"])


def test_the_mean_wind_alone_decides_where_that_is_the_rule() -> None:
    outcome = flown(under(SHOWER, go_rule="wind"))
    off_s = taken_off_s(outcome)
    assert ((off_s > STOP_S) & (off_s < GO_S)).any()
    assert "weather" not in kpis(outcome.tables, outcome.facts)


# in the air


def test_drones_go_on_return_or_land_as_the_scenario_says() -> None:
    shower = rows((21, {"rain_mmh": 9.0}), (31, {}))
    days = {aloft: flown(under(shower, aloft=aloft)) for aloft in ("go_on", "return", "land")}
    outcomes = {aloft: Counter(day.tables["legs"]["outcome"].tolist()) for aloft, day in days.items()}
    assert outcomes["go_on"].keys() == {"landed"}
    assert outcomes["return"]["diverted"] > 0
    assert told(days["return"])["weather", "returns"] == outcomes["return"]["diverted"]
    assert outcomes["land"]["down"] > 0
    assert told(days["land"])["weather", "lands safely, fetched by road"] == outcomes["land"]["down"]


# on the ground


@pytest.mark.parametrize(("rule", "state"), [("road", "ground"), ("refuse", "refused"), ("wait", "collected")])
def test_orders_in_a_closure_follow_the_rule_for_closed_airports(rule: str, state: str) -> None:
    inputs = busy(airports={"when_closed": rule, "closed_wait_s": 7200.0 if rule == "wait" else 900.0, "pads": (2, 2)})
    orders = flown(under(SHOWER, inputs)).tables["orders"]
    placed = (orders["placed_s"] > STOP_S) & (orders["placed_s"] < GO_S - 600.0)
    assert set(orders["end_state"][placed].tolist()) == {state}
    if state != "collected":
        assert set(orders["reason"][placed].tolist()) == {"weather"}


# forecasts


def test_with_a_forecast_sorties_are_over_ten_minutes_before_flying_stops() -> None:
    shower, stop_s = rows((35, {"rain_mmh": 9.0}), (45, {})), OPEN_S + 2100.0
    legs = flown(under(shower, forecast=shower)).tables["legs"]
    before = legs["departed_s"] < stop_s
    assert before.any()
    assert legs["landed_s"][before].max() <= stop_s - 600.0
    late = flown(under(shower)).tables["legs"]
    assert late["landed_s"][late["departed_s"] < stop_s].max() > stop_s - 600.0


def test_a_false_alarm_keeps_drones_down_until_it_is_known_to_be_one() -> None:
    outcome = flown(under(rows((20, {}), (30, {})), forecast=SHOWER))
    off_s = taken_off_s(outcome)
    assert not ((off_s > STOP_S - 600.0) & (off_s < STOP_S)).any()
    assert ((off_s >= STOP_S) & (off_s < STOP_S + 300.0)).any()
    assert set(outcome.tables["waits"]["reason"].tolist()) >= {"weather"}


class Watcher:
    """A policy that keeps what it sees, and decides as `nearest` does."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float, tuple[int, ...], bytes]] = []

    def __call__(self, view: DispatchView) -> Any:
        self.seen.append((view.now_s, view.may_fly_until_s, tuple(view.ready), view.delivery_s.tobytes()))
        return POLICIES["nearest"](view)


def seen(weather: WeatherDay, forecast: WeatherDay, until_s: float) -> list[Any]:
    watcher = Watcher()
    inputs = replace(under(weather, forecast=forecast), policy=watcher)
    simulate(inputs)
    return [row for row in watcher.seen if row[0] < until_s]


@pytest.mark.parametrize("has_forecast", [False, True])
def test_weather_that_has_not_come_yet_is_not_seen(has_forecast: bool) -> None:
    """The rows to come change places: until the first of them, every view and so every decision is the same."""
    told_rows = [
        (15, {"rain_mmh": 1.0}),
        (25, {"rain_mmh": 9.0}),
        (35, {"temperature_c": -5.0}),
        (45, {"gust_mps": 20.0}),
    ]
    day = rows(*told_rows)
    values = [told for _, told in told_rows]
    forecast = rows((15, {}), (25, {"rain_mmh": 9.0}), (35, {}), (45, {})) if has_forecast else ()
    for number in range(1, 4):
        cut = number - 1
        shuffled = values[:cut] + values[cut:][::-1]
        other = rows(*((minute, told) for (minute, _), told in zip(told_rows, shuffled, strict=True)))
        until_s = OPEN_S + 60.0 * told_rows[cut][0]
        assert day != other
        assert seen(day, forecast, until_s) == seen(other, forecast, until_s) != []


def test_the_permutation_of_weather_is_able_to_fail() -> None:
    """With the truth as its forecast a policy sees what comes."""
    day, other = rows((25, {"rain_mmh": 9.0}), (45, {})), rows((25, {}), (45, {"rain_mmh": 9.0}))
    assert seen(day, day, OPEN_S + 1500.0) != seen(other, other, OPEN_S + 1500.0)


def test_views_tell_until_when_drones_may_fly() -> None:
    horizons = {until_s for _, until_s, *_ in seen(SHOWER, SHOWER, STOP_S)}
    assert horizons == {STOP_S}
    assert {until_s for _, until_s, *_ in seen(SHOWER, (), STOP_S)} == {np.inf}


def test_who_moves_a_drone_into_forecast_rain_is_found() -> None:
    """The move itself is in time; written down two minutes before all has to be over, it is not."""

    def moves_once(view: DispatchView) -> Decisions:
        decisions = Decisions()
        if not moved:
            moved.append(view.now_s)
            decisions.reposition(0, takeoff_point=1)
        return decisions

    moved: list[float] = []
    two = lab_inputs(
        (OPEN_S,), homes_xy=((0.0, 0.0), (2_000.0, 0.0)), rules={"fleet": {"drones": (1, 1), "is_shared": True}}
    )
    day = replace(under(SHOWER, two, forecast=SHOWER), policy=moves_once, policy_name="moves_once")
    outcome = flown(day)
    legs = outcome.tables["legs"]
    assert legs["kind"].tolist() == ["deadhead"]
    later = {name: legs[name] + 480.0 for name in ("requested_s", "departed_s", "landed_s")}
    planted = replace(outcome, tables={**outcome.tables, "legs": {**legs, **later}})
    by_name = {check.name: check.violations for check in checked(planted)}
    assert [text for text in by_name["weather"] if "to be there" in text]


# temperatures


def one(temperature_c: float, **rules: Any) -> Any:
    """The legs of a single order in a temperature."""
    day = under((replace(FAIR, temperature_c=temperature_c),), lab_inputs(), **rules)
    return flown(day).tables["legs"]


def test_cold_takes_energy_of_packs_and_heat_takes_power() -> None:
    warm, cold, hot = (one(temperature_c, acts_on_air=False) for temperature_c in (20.0, 0.0, 45.0))
    assert cold["energy_wh"].tolist() == warm["energy_wh"].tolist() == hot["energy_wh"].tolist()
    used = [1 - legs["charge_end"][-1] - (1 - legs["charge_start"][0]) for legs in (warm, cold)]
    assert used[0] / used[1] == pytest.approx(0.9)
    thick, thin = (one(temperature_c, acts_on_packs=False)["energy_wh"].sum() for temperature_c in (0.0, 45.0))
    assert thin / thick == pytest.approx(np.sqrt((45 + 273.15) / 273.15), rel=0.04)


def test_a_change_of_temperature_meets_what_has_not_departed() -> None:
    day = rows((20, {"temperature_c": -10.0}))
    legs = flown(under(day)).tables["legs"]
    outbound = legs["kind"] == "outbound"
    late = outbound & (legs["departed_s"] > OPEN_S + 1200.0)
    assert legs["energy_wh"][late].min() < legs["energy_wh"][outbound & ~late].min()


def test_thin_air_leaves_heavy_parcels_on_the_ground() -> None:
    """At 80,000 Pa and 25 °C the density is .935: of 9.5 kg it bears 8.12, so 1.12 kg of a parcel."""
    inputs = lab_inputs((OPEN_S, OPEN_S + 10.0, OPEN_S + 20.0), orders={"mass_kg": (1.0, 1.1, 1.3)})
    orders = flown(under((FAIR,), inputs, pressure_pa=80_000.0)).tables["orders"]
    assert orders["end_state"].tolist() == ["collected", "collected", "refused"]
    assert orders["reason"][2] == "too_heavy"


def test_a_parcel_that_was_placed_before_the_air_got_thin_waits_for_the_weather() -> None:
    day = (replace(FAIR, temperature_c=0.0), replace(FAIR, from_s=OPEN_S + 60.0, temperature_c=45.0))
    inputs = lab_inputs((OPEN_S,), orders={"mass_kg": (1.1,)})
    outcome = flown(under(day, inputs, pressure_pa=80_000.0))
    assert outcome.tables["orders"]["end_state"].tolist() == ["open"]
    assert set(outcome.tables["waits"]["reason"].tolist()) == {"weather"}


def test_strong_mean_wind_stops_flying_with_hysteresis_where_all_counts() -> None:
    calm, storm = Wind(speed_mps=2.0, from_deg=0.0), Wind(speed_mps=9.0, from_deg=0.0)
    day = (
        replace(FAIR, wind=calm),
        *(replace(FAIR, wind=wind, from_s=at_s) for at_s, wind in ((STOP_S, storm), (GO_S, calm))),
    )
    inputs = under(day)
    levels = inputs.rules.airspace.levels_m
    lifted = {
        wind: tuple(replace(wind, speed_mps=wind.speed_mps * inputs.rules.weather.lift(level_m)) for level_m in levels)  # type: ignore[union-attr]
        for wind in (calm, storm)
    }
    outcome = flown(replace(inputs, winds=tuple((row.from_s, lifted[row.wind]) for row in day)))
    off_s = taken_off_s(outcome)
    assert not ((off_s > STOP_S) & (off_s < GO_S + 600.0)).any()
    assert told(outcome)["weather", "flying stops: wind"] == 1


# what people are told


def test_a_summary_tells_when_no_drone_might_fly_and_whom_that_met() -> None:
    outcome = flown(under(SHOWER))
    lines = summary_rows(kpis(outcome.tables, outcome.facts), outcome.facts)
    assert lines["Weather"].startswith("flyable 96.7 % of opening hours; flying stopped 1 time, for 20.0 min in all; ")
    assert lines["Trouble"] == "no drone may fly from 10:20 to 10:40: weather (rain)"
    assert [spell[1:] for spell in trouble.no_flying(outcome.facts)] == [(STOP_S, GO_S)]
    plain = simulate(busy())
    assert "Weather" not in summary_rows(kpis(plain.tables, plain.facts), plain.facts)


def scenario(text: str, tmp_path: Path) -> Path:
    """The tiny scenario with a table of weather."""
    path = tmp_path / "weather.toml"
    path.write_text(f'extends = "{DATA / "tiny.toml"}"\nmap = "{DATA / "tiny.geojson"}"\n[weather]\n{text}')
    return path


def test_a_scenario_states_weather_row_by_row(tmp_path: Path) -> None:
    path = scenario('rain_mmh = 0.5\n[[weather.changes]]\nat = "10:30"\nwind_mps = 2.0\ngust_mps = 20.0\n', tmp_path)
    setting = set_up(load_scenario(path))
    inputs = prepare(setting)
    assert [(row.from_s, row.wind.speed_mps, row.gust_mps, row.rain_mmh) for row in inputs.weather] == [
        (0.0, 0.0, None, 0.5),
        (OPEN_S + 1800.0, 2.0, 20.0, None),
    ]
    assert [(stop.from_s, stop.why) for stop in inputs.sky().no_go] == [(OPEN_S + 1800.0, "gust")]
    assert prepare(set_up(load_scenario(scenario("wind_mps = 3.0\n", tmp_path)))).weather == ()
    assert len(prepare(set_up(load_scenario(scenario('go_rule = "all"\n', tmp_path)))).weather) == 1


def test_a_day_without_an_hour_to_fly_is_warned_of(tmp_path: Path) -> None:
    setting = set_up(load_scenario(scenario("visibility_m = 50.0\n", tmp_path)))
    (warning,) = [text for text in warnings_of(setting, prepare(setting)) if "weather" in text]
    assert warning.startswith("no drone flies all day: the weather is beyond a limit of")


def test_every_mistake_in_the_weather_is_told_with_its_line(tmp_path: Path) -> None:
    text = 'gust_mps = 468.0\nrain_mmh = -1.0\naloft = "down"\ntemperature_c = 9999.0\nvisibilty_m = 3.0\n'
    with pytest.raises(InputError) as caught:
        load_scenario(scenario(text, tmp_path))
    found = sorted((problem.line, problem.key) for problem in caught.value.problems)
    assert found == [
        (4, "weather.gust_mps"),
        (5, "weather.rain_mmh"),
        (6, "weather.aloft"),
        (7, "weather.temperature_c"),
        (8, "weather.visibilty_m"),
    ]
