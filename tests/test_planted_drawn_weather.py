"""Weather that is drawn, its forecast, and the rule for orders meanwhile: what can't have come of them is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import dronesim
from dronesim.verify.charging import charging
from dronesim.verify.closed_rule import closed_rule
from dronesim.verify.demand import demand
from dronesim.verify.reading import read_run
from dronesim.verify.report import Check
from dronesim.verify.weather_drawn import _normal_correlation, weather_drawn
from dronesim.weather import process

DATA: Final = Path(__file__).parent / "data"
HEAD: Final = f"""
name = "drawn"
extends = "{DATA / "tiny.toml"}"
map = "{DATA / "tiny.geojson"}"
fleet.drone_type = "hexa-2.5kg"
"""
DRAWN: Final = """
demand.orders = 2
horizon.start = "08:00"
horizon.end = "20:00"
horizon.date = "2026-06-03"
[weather]
forecast = "series"
[weather.process]
from_sd_deg = 20.0
wet_after_wet_share = 0.05
"""
STORM: Final = """
demand.orders = 40
[weather]
rain_mmh = 0.0
[[weather.changes]]
at = "10:30"
rain_mmh = 30.0
[[weather.changes]]
at = "11:30"
rain_mmh = 0.0
[airports]
when_closed = "{rule}"
closed_wait_max_min = 20.0
"""
Told = Any


def run_of(place: Path, keys: str, *, replication: int = 0) -> Path:
    (place / "day.toml").write_text(HEAD + keys, encoding="utf-8")
    dronesim.run(place / "day.toml", out=place / "run", report=False, replication=replication)
    return place / "run"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(tmp_path_factory.mktemp("drawn"), DRAWN)


def retold(run: Path, place: Path, change: Callable[[Told], object], *swap: str) -> Path:
    """Copy a run with other facts, and with one text in the scenario for another."""
    copy = shutil.copytree(run, place / "copy")
    told = json.loads((copy / "facts.json").read_text(encoding="utf-8"))
    change(told)
    (copy / "facts.json").write_text(json.dumps(told), encoding="utf-8")
    if swap:
        text = (copy / "scenario.toml").read_text(encoding="utf-8")
        assert swap[0] in text
        (copy / "scenario.toml").write_text(text.replace(*swap), encoding="utf-8")
    return copy


def rows(told: Told, number: int = 5) -> dict[str, Any]:
    row: dict[str, Any] = told["weather"]["rows"][number]
    return row


def forecast(told: Told, number: int = 5) -> dict[str, Any]:
    row: dict[str, Any] = told["weather"]["forecast_rows"][number]
    return row


def winds(told: Told, mps: Callable[[float, int], float]) -> None:
    for number, row in enumerate(told["weather"]["rows"]):
        row["wind_mps"] = mps(row["wind_mps"], number)
        row["gust_mps"] = 1.4 * row["wind_mps"]


def turned(told: Told) -> None:
    for level in told["wind"][3]["levels"]:
        level[1:] = [-level[1], -level[2]]


def veered(told: Told) -> None:
    for level in told["wind"][3]["levels"]:
        level[1:] = [level[1] - 0.02 * level[2], level[2] + 0.02 * level[1]]


FAULTS: Final[dict[str, tuple[Callable[[Told], object], str]]] = {
    "no gust": (lambda told: rows(told).update(gust_mps=None), "gust_mps is None"),
    "a visibility": (lambda told: rows(told).update(visibility_m=900.0), "visibility_m is 900"),
    "at half past": (lambda told: rows(told).update(from_s=rows(told)["from_s"] + 1800.0), "draws by the hour"),
    "a gust below the wind": (lambda told: rows(told).update(gust_mps=0.9 * rows(told)["wind_mps"]), "a gust of"),
    "a gust without bound": (lambda told: rows(told).update(gust_mps=9 * rows(told)["wind_mps"]), "a gust of"),
    "a storm": (lambda told: rows(told).update(wind_mps=60.0, gust_mps=80.0), "standard deviations"),
    "a wind that is the same all day": (
        lambda told: winds(told, lambda _, n: 2.29 + n / 1e9),
        "as far from each other",
    ),
    "a wind that jumps": (lambda told: winds(told, lambda _, n: 0.2 + 9 * (n % 2)), "as far from each other"),
    "a wind from elsewhere": (turned, "degrees from where it comes from"),
    "a fresher breeze": (lambda told: rows(told).update(wind_mps=1.02 * rows(told)["wind_mps"]), "wind_mps is"),
    "a gust that is no stronger": (lambda told: rows(told).update(gust_mps=rows(told)["wind_mps"]), "gust_mps is"),
    "a warmer day": (
        lambda told: [row.update(temperature_c=row["temperature_c"] + 0.5) for row in told["weather"]["rows"]],
        "temperature_c is",
    ),
    "a drizzle": (lambda told: rows(told).update(rain_mmh=0.1 + rows(told)["rain_mmh"]), "rain_mmh is"),
    "a wind that turns by a degree": (veered, "drawn to come from"),
    "less than no rain": (lambda told: rows(told).update(rain_mmh=-1.0), "mm/h in a month"),
    "a flood": (lambda told: rows(told).update(rain_mmh=120.0), "wet hours"),
    "rain all day": (
        lambda told: [row.update(rain_mmh=3.0 + n % 2) for n, row in enumerate(told["weather"]["rows"])],
        "hours are wet",
    ),
    "a warm hour": (lambda told: rows(told).update(temperature_c=rows(told)["temperature_c"] + 0.1), "off the day"),
    "a cold day": (
        lambda told: [row.update(temperature_c=row["temperature_c"] - 30) for row in told["weather"]["rows"]],
        "off its month",
    ),
    "a forecast that is left out": (lambda told: told["weather"]["forecast_rows"].pop(), "don't begin when"),
    "a forecast of a storm": (lambda told: forecast(told).update(wind_mps=90.0, gust_mps=120.0), "wind_mps is 90"),
    "a forecast gust of its own": (lambda told: forecast(told).update(gust_mps=1e-3), "err otherwise"),
    "a forecast shower": (
        lambda told: forecast(told, _dry(told)).update(rain_mmh=1.0),
        "rain_mmh is 1.0, and comes as 0",
    ),
    "a forecast heat": (lambda told: forecast(told).update(temperature_c=60.0), "warmer than it comes"),
    "a forecast that knows it all": (
        lambda told: told["weather"].update(forecast_rows=told["weather"]["rows"]),
        "more or less than is stated",
    ),
    "no weather": (lambda told: told.pop("weather"), "nothing but winds"),
}


def _dry(told: Told) -> int:
    return next(n for n, row in enumerate(told["weather"]["rows"]) if row["rain_mmh"] == 0.0)


def test_a_drawn_day_is_clean(drawn: Path) -> None:
    check = weather_drawn(read_run(drawn))
    assert (check.verdict, check.violations) == ("ok", ())
    assert check.examined > 20


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_process_does_not_bring_is_found(name: str, drawn: Path, tmp_path: Path) -> None:
    change, says = FAULTS[name]

    def without_a_forecast(told: Told) -> None:
        change(told)
        if "forecast" not in name and "weather" in told:
            told["weather"]["forecast_rows"] = []

    swap = () if "forecast" in name else ('forecast = "series"', 'forecast = "persistence"')
    check = weather_drawn(read_run(retold(drawn, tmp_path, without_a_forecast, *swap)))
    assert says in "\n".join(check.violations)


def test_a_forecast_where_all_stays_as_it_is_is_found(drawn: Path, tmp_path: Path) -> None:
    swap = ('forecast = "series"', 'forecast = "persistence"')
    check = weather_drawn(read_run(retold(drawn, tmp_path, lambda _: None, *swap)))
    assert "all stays as it is" in check.violations[0]


@pytest.mark.parametrize(("shape", "wanted"), [(1.54, 0.85), (2.0, 0.0), (3.5, 0.5), (1.0, 0.95)])
def test_two_ways_find_the_same_correlation_of_normal_numbers(shape: float, wanted: float) -> None:
    assert _normal_correlation(shape, wanted) == pytest.approx(process._normal_correlation(shape, wanted), abs=2e-5)


# what a day takes, and brings


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("orders = 40.0", "orders = 150.0"), "the demand of the day brings 150 on average"),
        (("orders = 40.0", "orders = 4.0"), "the demand of the day brings 4 on average"),
    ],
)
def test_a_day_of_another_demand_is_found(
    swap: tuple[str, str], says: str, stormy: dict[str, Path], tmp_path: Path
) -> None:
    assert demand(read_run(stormy["wait"])).verdict == "ok"
    assert says in demand(read_run(retold(stormy["wait"], tmp_path, lambda _: None, *swap))).violations[0]


def test_a_factor_that_no_day_has_is_found(stormy: dict[str, Path], tmp_path: Path) -> None:
    run = retold(stormy["wait"], tmp_path, lambda told: told["demand"].update(day_factor=1.2))
    assert "is 1 on all days" in demand(read_run(run)).violations[0]


@pytest.mark.parametrize("swap", [("charge_c = 2.0", "charge_c = 3.0"), ("cv_charge = 0.8", "cv_charge = 0.6")])
def test_packs_that_charge_faster_or_slower_are_found(
    swap: tuple[str, str], stormy: dict[str, Path], tmp_path: Path
) -> None:
    def faster(told: Told) -> None:
        told["batteries"]["charge_c"] = 3.0 if swap[0].startswith("charge_c") else 2.0

    assert charging(read_run(stormy["wait"])).verdict == "ok"
    check = charging(read_run(retold(stormy["wait"], tmp_path, faster, *swap)))
    assert check.examined > 0
    assert not check.is_clean


# orders meanwhile


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    rules = ("wait", "road", "refuse")
    return {rule: run_of(tmp_path_factory.mktemp(rule), STORM.format(rule=rule)) for rule in rules}


def of_the_rule(run: Path, place: Path, *swap: str) -> Check:
    return closed_rule(read_run(retold(run, place, lambda _: None, *swap)))


@pytest.mark.parametrize("rule", ["wait", "road", "refuse"])
def test_a_day_by_its_rule_is_clean(rule: str, stormy: dict[str, Path]) -> None:
    check = closed_rule(read_run(stormy[rule]))
    assert (check.verdict, check.violations) == ("ok", ())


@pytest.mark.parametrize(
    ("rule", "swap", "says"),
    [
        ("wait", ('when_closed = "wait"', 'when_closed = "refuse"'), "and is not refused"),
        ("wait", ("closed_wait_max_min = 20.0", "closed_wait_max_min = 30.0"), "it is to wait for 1800 s"),
        ("wait", ("closed_wait_max_min = 20.0", "closed_wait_max_min = 10.0"), "it is to go by road"),
        ("wait", ('when_closed = "wait"', 'when_closed = "road"'), "it is to go by road"),
        ("road", ('when_closed = "road"', 'when_closed = "wait"'), "it is to wait for 1200 s"),
        ("refuse", ('when_closed = "refuse"', 'when_closed = "wait"'), "is refused (weather), by the rule 'wait'"),
    ],
)
def test_a_day_by_another_rule_is_found(
    rule: str, swap: tuple[str, str], says: str, stormy: dict[str, Path], tmp_path: Path
) -> None:
    assert says in "\n".join(of_the_rule(stormy[rule], tmp_path, *swap).violations)


def test_a_day_without_closures_has_nothing_to_hold(drawn: Path, tmp_path: Path) -> None:
    fair = {"from_s": 0.0, "wind_mps": 1.0, "gust_mps": 1.0, "rain_mmh": 0.0, "temperature_c": 20.0}
    calm = retold(drawn, tmp_path, lambda told: told["weather"].update(rows=[fair]))
    assert closed_rule(read_run(calm)).is_skipped
