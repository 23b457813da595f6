"""Replays of random worlds: what the page's scripts place and count at any time is what the tables of the run say.

The tables are read here row by row, without the code that makes a replay of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from dronesim.errors import InputError
from dronesim.experiment.run import run_day, write_day
from dronesim.record.saved import Saved, open_saved
from dronesim.record.tables import Columns
from dronesim.replay.content import read_content
from dronesim.replay.day_columns import SHOWN, STAY_STEP_S, STEP_S
from dronesim.replay.district import STEP_M
from dronesim.replay.packing import as_text
from dronesim.replay.paths import TOLERANCE_M
from randomworlds import World, draw, with_trouble
from randomworlds.judging import quiet_legs, request
from replaying import by_node

SEED: Final = 1517
COUNT: Final = 24
PARTS: Final = 6
MOMENTS: Final = 40
ASKED: Final = """
const day = new Day(await unpacked(given.day));
const now = anyDrone();
const stories = new Stories(day, {});
const moment = (time) => ({
  drones: Array.from({length: day.droneCount}, (_, drone) => {
    day.drone(drone, time, now);
    const {x, y, z} = now.place;
    return {state: now.state, leg: now.leg, order: now.order, site: day.sites[now.site]?.id ?? null, at: [x, y, z]};
  }),
  held: given.resources.map((name) => day.sites.map((_, site) => day.held(name, site, time))),
  filled: day.sites.map((site, row) => Array.from({length: site.boxes}, (_, box) => day.stayOf("box", row, box, time))
    .filter((stay) => stay >= 0 && day.orders.delivered[day.stays.holder[stay]] <= time).length),
  waiting: day.sites.map((_, site) => day.waitingAt[site].at(time)),
  making: day.sites.map((_, site) => day.makingAt[site].at(time)),
  phases: Array.from({length: day.orderCount}, (_, order) => day.phase(order, time)),
  waits: Array.from({length: day.orderCount}, (_, order) => stories.waitAt(order, time)),
  spells: day.spells(time).map((spell) => [spell.kind, spell.name]),
  figures: day.figures(time),
});
return {moments: given.times.map(moment), sites: day.sites.map((site) => site.id), end: day.figures(day.closedS),
  worst: day.worstS, waitWords: day.told.waitWords};"""


@dataclass(frozen=True, kw_only=True)
class Played:
    """A run, and what its page says at some times."""

    saved: Saved
    times_s: list[float]
    told: dict[str, Any]
    read: dict[str, Columns] = field(default_factory=dict)

    def columns(self, name: str) -> Columns:
        """Read a table, once for all times that are asked about."""
        if name not in self.read:
            self.read[name] = self.saved.columns(name)
        return self.read[name]


def drawn(number: int) -> World:
    quiet = draw(SEED, number)
    return with_trouble(quiet, SEED, number, quiet_legs(quiet))


def played(number: int, folder: Path) -> Played | None:
    """Run a world and ask its page; every third has no tracks. None for settings that can't go together."""
    folder.mkdir()
    try:
        place = write_day(run_day(request(drawn(number), folder, has_tracks=number % 3 != 0)), folder / "run")
    except InputError:
        return None
    saved = open_saved(place)
    times_s = moments_of(saved, number)
    given = {"day": as_text(read_content(saved).packed()), "times": times_s, "resources": SHOWN}
    return Played(saved=saved, times_s=times_s, told=by_node(ASKED, given, place=folder))


def moments_of(saved: Saved, seed: int) -> list[float]:
    """Draw times all over the day, and as many while a drone flies, an order waits, and one has its way."""
    rng, horizon = np.random.default_rng(seed), saved.facts["horizon"]
    found = [rng.uniform(horizon["start_s"], horizon["closed_s"], MOMENTS)]
    for table, begins, ends in (
        ("legs", "departed_s", "landed_s"),
        ("waits", "from_s", "to_s"),
        ("orders", "placed_s", "delivered_s"),
    ):
        spans = np.column_stack([saved.columns(table)[begins], saved.columns(table)[ends]])
        spans = spans[~np.isnan(spans).any(axis=1)]
        if len(spans):
            found.append(rng.uniform(*rng.choice(spans, MOMENTS).T))
    return np.sort(np.concatenate(found)).tolist()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_replay_says_at_any_time_what_the_tables_say(part: int, tmp_path: Path) -> None:
    for number in range(part, COUNT, PARTS):
        found = played(number, tmp_path / str(number))
        if found is None:
            continue
        try:
            check(found)
        except AssertionError as error:
            error.add_note(f"world {number} of seed {SEED}")
            raise


def check(found: Played) -> None:
    for at_s, moment in zip(found.times_s, found.told["moments"], strict=True):
        _check_drones(found, at_s, moment)
        _check_sites(found, at_s, moment)
        _check_orders(found, at_s, moment)
        _check_figures(found, at_s, moment["figures"])
    service, orders = found.saved.kpis["service"], found.saved.kpis["orders"]
    end = found.told["end"]
    assert (end["onTime"], end["settled"]) == (service["on_time"], service["orders"])
    assert (end["placed"], end["delivered"]) == (orders["placed"], orders["delivered"])
    assert end["aloft"] == end["waiting"] == 0
    assert _ready(found, found.told["worst"]) == max(
        (_ready(found, at_s) for at_s in found.columns("orders")["ready_s"]), default=0
    )


def _ready(found: Played, at_s: float) -> int:
    """Count the parcels that are ready and not in the air at a time, or within a step of it."""
    orders, closed_s = found.columns("orders"), found.saved.facts["horizon"]["closed_s"]
    gone_s = _first(orders, ("departed_s", "ended_s"), closed_s)
    return max(
        int(((orders["ready_s"] <= near_s) & (near_s < gone_s)).sum())
        for near_s in (at_s - STEP_S, at_s, at_s + STEP_S)
    )


def _check_drones(found: Played, at_s: float, moment: dict[str, Any]) -> None:
    """Who flew has the place of its track, and who has no leg under way does not fly."""
    legs = found.columns("legs")
    flown = found.columns("flown") if "flown" in found.saved.names else None
    sites = {s["id"]: (s["x_m"], s["y_m"]) for group in found.saved.facts["sites"].values() for s in group}
    for drone, told in enumerate(moment["drones"]):
        if flown is not None:
            mine = flown["drone"] == drone
            near = np.flatnonzero(mine & (flown["t0_s"] - STEP_S <= at_s) & (at_s < flown["t1_s"] + STEP_S))
            sure = np.flatnonzero(mine & (flown["t0_s"] + STEP_S <= at_s) & (at_s < flown["t1_s"] - STEP_S))
            assert len(sure) == 0 or told["state"] == "flying", (at_s, drone)
            assert told["state"] != "flying" or len(near), (at_s, drone)
            if told["state"] == "flying":
                assert min(_off_m(flown, row, at_s, told["at"]) for row in near.tolist()) <= _reach_m(found), (
                    at_s,
                    drone,
                )
        else:
            mine = (legs["drone"] == drone) & ~np.isnan(legs["landed_s"])
            near = mine & (legs["departed_s"] - STEP_S <= at_s) & (at_s < legs["landed_s"] + STEP_S)
            sure = mine & (legs["departed_s"] + STEP_S <= at_s) & (at_s < legs["landed_s"] - STEP_S)
            is_cut = np.isnan(legs["landed_s"]) & (legs["drone"] == drone)
            assert not sure.any() or told["state"] == "flying", (at_s, drone)
            assert told["state"] != "flying" or near.any() or is_cut.any(), (at_s, drone)
        if told["state"] in ("stand", "pad"):
            assert tuple(told["at"]) == pytest.approx((*sites[told["site"]], 0.0), abs=STEP_M)
            down = np.flatnonzero((legs["drone"] == drone) & (legs["landed_s"] <= at_s - STEP_S))
            last = legs["to"][down[np.argmax(legs["landed_s"][down])]] if len(down) else _home(found, drone)
            assert told["site"] == last or at_s < legs["landed_s"][down].max(initial=0.0) + STEP_S, (at_s, drone)


def _home(found: Played, drone: int) -> str:
    homes = [site for site, count in found.saved.facts["fleet"]["by_takeoff_point"].items() for _ in range(count)]
    return homes[drone]


def _off_m(flown: Columns, row: int, at_s: float, place: list[float]) -> float:
    begin, end = (np.array([flown[f"{axis}{end}_m"][row] for axis in "xyz"]) for end in (0, 1))
    lasts_s = flown["t1_s"][row] - flown["t0_s"][row]
    share = np.clip((at_s - flown["t0_s"][row]) / lasts_s, 0.0, 1.0) if lasts_s > 0 else 0.0
    return float(np.linalg.norm(begin + share * (end - begin) - place))


def _reach_m(found: Played) -> float:
    """How far a drone may be shown from where it was: what is left out, and rounding of places and times."""
    wind_mps = max((np.hypot(*wind["levels"][-1][1:]) for wind in found.saved.facts["wind"]), default=0.0)
    fastest_mps = found.saved.facts["aircraft"]["max_mps"] + wind_mps
    return float(TOLERANCE_M + np.sqrt(3) * STEP_M / 2 + 2 * fastest_mps * STEP_S)


def _check_sites(found: Played, at_s: float, moment: dict[str, Any]) -> None:
    occupancy, orders, closed_s = (
        found.columns("occupancy"),
        found.columns("orders"),
        found.saved.facts["horizon"]["closed_s"],
    )
    over_s = np.where(np.isnan(occupancy["to_s"]), closed_s, occupancy["to_s"])
    for row, site in enumerate(found.told["sites"]):
        for name, counts in zip(SHOWN, moment["held"], strict=True):
            mine = (occupancy["resource"] == name) & (occupancy["site"] == site)
            assert _is_between(counts[row], occupancy["from_s"][mine], over_s[mine], at_s, STAY_STEP_S), (
                at_s,
                site,
                name,
            )
        mine = (orders["takeoff_point"] == site) & ~np.isnan(orders["ready_s"])
        ready_s, loading_s = orders["ready_s"][mine], _first(orders, ("loading_s", "ended_s"), closed_s)[mine]
        assert _is_between(moment["waiting"][row], ready_s, loading_s, at_s, STEP_S), (at_s, site)
        mine = orders["takeoff_point"] == site
        made_s = np.fmin(_first(orders, ("ready_s", "ended_s"), closed_s), _first(orders, ("ended_s",), closed_s))[mine]
        assert _is_between(moment["making"][row], orders["placed_s"][mine], made_s, at_s, STEP_S), (at_s, site)
        boxed = (orders["airport"] == site) & ~np.isnan(orders["delivered_s"])
        gone_s = _first(orders, ("ended_s",), closed_s)[boxed]
        assert _is_between(moment["filled"][row], orders["delivered_s"][boxed], gone_s, at_s, STAY_STEP_S), (at_s, site)


def _first(orders: Columns, names: tuple[str, ...], closed_s: float) -> Any:
    found = np.full(len(orders["order"]), closed_s)
    for name in reversed(names):
        found = np.where(np.isnan(orders[name]), found, orders[name])
    return found


def _is_between(count: int, from_s: Any, to_s: Any, at_s: float, step_s: float) -> bool:
    """Tell whether a count is that of what runs, but for what begins or ends within a step of the time."""
    sure = int(((from_s + step_s <= at_s) & (at_s < to_s - step_s)).sum())
    most = int(((from_s - step_s <= at_s) & (at_s < to_s + step_s)).sum())
    return sure <= count <= most


def _check_figures(found: Played, at_s: float, figures: dict[str, Any]) -> None:
    orders, legs, closed_s = found.columns("orders"), found.columns("legs"), found.saved.facts["horizon"]["closed_s"]
    ever = np.full(len(orders["order"]), np.inf)
    taken_s, over_s = _first(orders, ("loading_s", "ended_s"), closed_s), _first(orders, ("ended_s",), closed_s)
    for name, from_s, to_s in (
        ("placed", orders["placed_s"], ever),
        ("delivered", orders["delivered_s"], ever),
        ("waiting", orders["ready_s"], taken_s),
        ("boxed", orders["delivered_s"], over_s),
    ):
        assert _is_between(figures[name], from_s, to_s, at_s, STEP_S), (at_s, name)
    is_down = ~np.isnan(legs["landed_s"])
    sure = ((legs["departed_s"] + STEP_S <= at_s) & (at_s < legs["landed_s"] - STEP_S)).sum()
    most = ((legs["departed_s"] - STEP_S <= at_s) & ~(is_down & (at_s >= legs["landed_s"] + STEP_S))).sum()
    assert sure <= figures["aloft"] <= most, at_s


def _check_orders(found: Played, at_s: float, moment: dict[str, Any]) -> None:
    orders, waits = found.columns("orders"), found.columns("waits")
    for order, phase in enumerate(moment["phases"]):
        times_s = [orders[name][order] for name in orders if name.endswith("_s") and not name.startswith("ceiling")]
        if np.nanmin(np.abs(np.array(times_s, dtype=np.float64) - at_s), initial=np.inf) <= STEP_S:
            continue
        assert phase == _phase(orders, order, at_s), (at_s, order)
    told = moment["waits"]
    for row in np.flatnonzero((waits["from_s"] + STEP_S <= at_s) & (at_s < waits["to_s"] - STEP_S)).tolist():
        assert told[waits["order"][row]] in found.told["waitWords"], (at_s, row)


def _phase(orders: Columns, order: int, at_s: float) -> str:
    """Say what an order does by its last milestone."""
    stages = (
        ("ended_s", "over"),
        ("delivered_s", "box"),
        ("landed_s", "unloading"),
        ("departed_s", "flying"),
        ("loading_s", "loading"),
        ("ready_s", "waiting"),
        ("prepared_s", "courier"),
        ("placed_s", "kitchen"),
    )
    return next((name for column, name in stages if orders[column][order] <= at_s), "ahead")
