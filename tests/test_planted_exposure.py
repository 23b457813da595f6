"""Faults planted in what is told of people below and of noise: the checker must see every one.

The facts, or the key figures, of a saved run are changed, or the engine counts wrongly and is believed by the measures.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dronesim
from dronesim.metrics import kpis
from dronesim.record.exposure import FlownFacts
from dronesim.simulation import engine, exposure
from dronesim.verify import verify_run
from worlds_heard import write_heard

NAME = "people below and noise"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_heard(tmp_path_factory.mktemp("heard"))
    dronesim.run(folder / "heard.toml", out=folder / "run", report=False)
    return folder / "run"


def broken(folder: Path) -> set[str]:
    """Names of the checks that are not clean, but for the one on hashes of files."""
    return {check.name for check in verify_run(folder).checks if not check.is_clean} - {"files are whole"}


def changed(saved: Path, place: Path, *, facts: Change | None = None, figures: Change | None = None) -> Path:
    """Copy a run and change its facts, of which the figures then follow, or its figures."""
    shutil.copytree(saved, place)
    told = json.loads((place / "facts.json").read_text())
    stated = json.loads((place / "kpis.json").read_text())
    if facts is not None:
        facts(told)
        (place / "facts.json").write_text(json.dumps(told))
        tables = dronesim.open_run(saved).tables
        columns = {name: _columns(table) for name, table in tables.items()}
        stated = kpis(columns, told)
    if figures is not None:
        figures(stated)
    (place / "kpis.json").write_text(json.dumps(stated))
    return place


def _columns(table: Any) -> dict[str, Any]:
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def _heard(facts: dict[str, Any], name: str = "clinic") -> dict[str, Any]:
    return facts["noise"]["heard"][name]  # type: ignore[no-any-return]


def _listener(facts: dict[str, Any], name: str = "clinic") -> dict[str, Any]:
    return next(it for it in facts["noise"]["listeners"] if it["id"] == name)


def more_hours(facts: dict[str, Any]) -> None:
    facts["risk"]["flown"]["flight_h"] *= 1.001


def fewer_people(facts: dict[str, Any]) -> None:
    facts["risk"]["flown"]["people_h_per_km2"] *= 0.999


def an_area_less(facts: dict[str, Any]) -> None:
    facts["risk"]["areas"].pop()


def no_risk(facts: dict[str, Any]) -> None:
    del facts["risk"]


def other_people(facts: dict[str, Any]) -> None:
    facts["risk"]["people_per_km2"] = 900.0


def no_noise(facts: dict[str, Any]) -> None:
    del facts["noise"]


def a_quieter_hour(facts: dict[str, Any]) -> None:
    _heard(facts)["exposure_dba"]["11"] -= 0.01


def a_silent_hour(facts: dict[str, Any]) -> None:
    _heard(facts, "C3")["exposure_dba"]["11"] = None


def a_pass_less(facts: dict[str, Any]) -> None:
    _heard(facts)["overflights"]["10"] -= 1


def a_quiet_pass_less(facts: dict[str, Any]) -> None:
    _heard(facts)["quiet_overflights"] -= 1


def a_quieter_flight(facts: dict[str, Any]) -> None:
    _heard(facts)["loudest_dba"] -= 0.01


def a_place_elsewhere(facts: dict[str, Any]) -> None:
    _listener(facts)["x_m"] += 1.0


def a_place_left_out(facts: dict[str, Any]) -> None:
    facts["noise"]["listeners"].remove(_listener(facts, "library"))


def a_looser_limit(facts: dict[str, Any]) -> None:
    _listener(facts)["limit_dba"] += 20.0


def no_quiet_hours(facts: dict[str, Any]) -> None:
    _listener(facts)["quiet_to_s"] = None


def no_homes(facts: dict[str, Any]) -> None:
    facts["noise"]["listeners"] = [it for it in facts["noise"]["listeners"] if it["kind"] == "place"]


FACTS = (
    more_hours,
    fewer_people,
    an_area_less,
    no_risk,
    other_people,
    no_noise,
    a_quieter_hour,
    a_silent_hour,
    a_pass_less,
    a_quiet_pass_less,
    a_quieter_flight,
    a_place_elsewhere,
    a_place_left_out,
    a_looser_limit,
    no_quiet_hours,
    no_homes,
)


@pytest.mark.parametrize("change", FACTS, ids=lambda change: change.__name__)
def test_a_fact_that_is_wrong_is_seen(saved: Path, tmp_path: Path, change: Change) -> None:
    assert NAME in broken(changed(saved, tmp_path / "run", facts=change))


def test_a_run_that_nobody_has_changed_is_clean(saved: Path, tmp_path: Path) -> None:
    assert broken(changed(saved, tmp_path / "run", facts=lambda _: None)) <= {"files whole"}


@pytest.mark.parametrize("figure", ["people_hit_per_year", "deaths_per_year", "crashes_per_year", "people_per_km2"])
def test_a_figure_of_risk_that_is_wrong_is_seen(saved: Path, tmp_path: Path, figure: str) -> None:
    def change(stated: dict[str, Any]) -> None:
        stated["risk"][figure] *= 1.001

    assert "key figures recomputed" in broken(changed(saved, tmp_path / "run", figures=change))


@pytest.mark.parametrize("figure", ["exceeded", "hours_too_loud", "most_overflights", "loudest_hour_dba"])
def test_a_figure_of_noise_that_is_wrong_is_seen(saved: Path, tmp_path: Path, figure: str) -> None:
    def change(stated: dict[str, Any]) -> None:
        stated["noise"][figure] += 1

    assert "key figures recomputed" in broken(changed(saved, tmp_path / "run", figures=change))


# the engine counts wrongly


def forgets_the_hover(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that lead nowhere make no sound."""
    honest = exposure.doses

    def doses(begins_m: Any, ends_m: Any, lasts_s: Any, *places: Any, **how: Any) -> Any:
        moves = np.any(begins_m != ends_m, axis=1)
        return honest(begins_m, ends_m, np.where(moves, lasts_s, 0.0), *places, **how)

    monkeypatch.setattr(exposure, "doses", doses)


def hears_at_the_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places are taken to lie below the ground."""
    honest = exposure.doses
    monkeypatch.setattr(exposure, "doses", lambda *a, **how: honest(*a[:3], a[3] - [0.0, 0.0, 1.5], **how))


def adds_areas_that_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Areas are not cut apart."""
    import shapely

    def whole(areas: Any) -> Any:
        return [(shapely.Polygon(area.rings[0], area.rings[1:]), area.people_per_km2) for area in areas]

    monkeypatch.setattr(exposure, "_apart", whole)


def counts_outbound_flights_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of flight are those of all drones, and half as many again."""
    honest = engine.flown_over

    def flown_over(risk: Any, flown: Any) -> Any:
        found = honest(risk, flown)
        more = FlownFacts(flight_h=1.5 * found.flown.flight_h, people_h_per_km2=found.flown.people_h_per_km2)
        return exposure.replace(found, flown=more)

    monkeypatch.setattr(engine, "flown_over", flown_over)


def keeps_a_leg_in_its_first_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who flies over the full hour is heard in the hour before."""
    monkeypatch.setattr(exposure.Segments, "cut_at_hours", lambda self: (self, np.arange(len(self), dtype=np.int64)))


PLANTS = (
    forgets_the_hover,
    hears_at_the_ground,
    adds_areas_that_overlap,
    counts_outbound_flights_twice,
    keeps_a_leg_in_its_first_hour,
)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_an_engine_that_counts_wrongly_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    folder = write_heard(tmp_path)
    dronesim.run(folder / "heard.toml", out=folder / "run", report=False)
    assert broken(folder / "run") == {NAME}
