"""The gate of random worlds: each is run with tracks from its files and verified; what was bad once stays a test.

`make worlds` looks at thousands more. A bad one is shrunk and printed as JSON: put it into tests/data/worlds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dronesim.simulation.trouble import TROUBLES
from randomworlds import FINE, Verdict, World, draw, judge, read_world, shrunk, with_trouble
from randomworlds.judging import quiet_legs

SEED, COUNT, PARTS = 2021, 96, 8
KEPT = Path(__file__).parents[1] / "data" / "worlds"


@cache
def drawn(number: int) -> World:
    """Draw a world; its trouble is set into the legs of its quiet day, which is run for it."""
    quiet = draw(SEED, number)
    return with_trouble(quiet, SEED, number, quiet_legs(quiet))


@pytest.mark.parametrize("part", range(PARTS))
def test_random_worlds_run_and_are_clean(part: int) -> None:
    for number in range(part, COUNT, PARTS):
        world = drawn(number)
        verdict = judge(world)
        if verdict.is_bad:
            small = shrunk(world, verdict, most=60)
            said = "\n".join(judge(small).words)
            pytest.fail(f"world {number} of seed {SEED}, {verdict.kind}:\n{said}\n{small.to_json()}")


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_worlds_that_were_bad_once_are_fine(path: Path) -> None:
    verdict = judge(read_world(path))
    assert verdict.kind == FINE, "\n".join(verdict.words)


def test_worlds_meet_everything_that_they_are_to_meet() -> None:
    """Over the gate there is trouble of all kinds, in bursts, with winds, zones, airways, traces and shared fleets."""
    worlds = [drawn(number) for number in range(60)]
    kinds = {event["kind"] for world in worlds for event in world.events}
    assert kinds == set(TROUBLES)
    assert max(_most_at_once(world) for world in worlds) >= 3
    for has in (
        lambda world: world.winds,
        lambda world: len(world.ids("no_fly")) > 1,
        lambda world: world.ids("airway"),
        lambda world: world.orders is not None,
        lambda world: world.orders is None,
        lambda world: world.scenario["fleet"]["is_shared"],
        lambda world: world.policy is not None,
        lambda world: world.scenario["airspace"]["mode"] == "strategic",
    ):
        assert sum(bool(has(world)) for world in worlds) >= 4


def _most_at_once(world: World) -> int:
    times = [event["at"] for event in world.events]
    return max((times.count(at) for at in times), default=0)


def test_a_world_is_the_same_every_time_and_comes_back_from_its_json(tmp_path: Path) -> None:
    world = drawn(3)
    assert drawn.__wrapped__(3).to_json() == world.to_json()
    (tmp_path / "world.json").write_text(world.to_json())
    assert read_world(tmp_path / "world.json").to_json() == world.to_json()


# worlds that are bad on purpose


def test_a_bad_world_is_shrunk_to_what_makes_it_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    world = next(world for world in map(drawn, range(60)) if len(world.events) >= 3)
    culprit = world.events[1]

    def judged(smaller: World) -> Verdict:
        return Verdict(kind="verify", words=("wrong",)) if culprit in smaller.events else Verdict(kind=FINE)

    monkeypatch.setattr("randomworlds.shrinking.judge", judged)
    small = shrunk(world, judged(world))
    assert small.events == [culprit]
    assert not small.winds
    assert not small.ids("building")
    assert small.orders is None or len(small.orders) == 1


def test_tables_of_every_feature_are_left_out_where_they_are_not_what_makes_it_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of all that may be stated beside a plain day, one table of faults is left, whatever else there was."""
    extra: dict[str, Any] = {
        "faults": {"charger_fails": {"every_h": 2.0}, "airport_closed": {"every_h": 3.0}, "courier_no_show_share": 0.2},
        "navigation": {"excursions_per_h": 2.0},
        "maintenance": {"inspect_after_sorties": 3},
        "riders": {"per_takeoff_point": 2},
        "shifts": [{"what": "pilots", "from": "10:00", "to": "11:00", "count": 3}] * 2,
        "risk": {"people_per_km2": 100.0},
        "noise": {"at_homes": True},
        "link": {"latency_s": 2.0},
    }
    plain = drawn(3)
    world = replace(plain, scenario={**plain.scenario, **extra})
    needed = ("airport_closed",)

    def judged(smaller: World) -> Verdict:
        is_bad = all(name in smaller.scenario.get("faults", {}) for name in needed)
        return Verdict(kind="verify", words=("wrong",)) if is_bad else Verdict(kind=FINE)

    monkeypatch.setattr("randomworlds.shrinking.judge", judged)
    small = shrunk(world, judged(world))
    assert {name: table for name, table in small.scenario.items() if name in extra and table} == {
        "faults": {"airport_closed": {"every_h": 3.0}, "failures_per_flight_hour": 0.0},
        "link": {"outages": {"kind": "none"}, "after": "continue"},
    }


def test_a_run_that_breaks_or_is_refused_is_bad_but_for_settings_that_cant_go_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = drawn(0)
    assert judge(world).is_fine
    stray = judge(world.having("airspace", tracking_error_m=40.0))
    assert (stray.kind, stray.is_bad) == ("refused", False)
    unknown = judge(world.having("dispatch", policy="psychic"))
    assert (unknown.kind, unknown.is_bad) == ("refused", True)

    def broken(_request: object) -> None:
        raise AssertionError("no way")

    monkeypatch.setattr("randomworlds.judging.run_day", broken)
    verdict = judge(world)
    assert (verdict.kind, verdict.is_bad) == ("run", True)
    assert "no way" in verdict.words[-1]
