"""Traffic for the benchmark of clearances: legs of a city, flights at a steady rate, sorties cleared whole."""

from __future__ import annotations

import importlib
import math
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dronesim.airspace import (
    Alternatives,
    LegPairs,
    Minima,
    Path4D,
    Reservations,
    SortieChoices,
    StrategicClearance,
    Terminal,
    Timetable,
    Traffic,
    WayHome,
    WayOut,
    alternatives,
    pack,
    sortie_choices,
)
from dronesim.units import MS, to_ms
from steady_paths import steady_path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
cells: Any = importlib.import_module("oracles.cells")

SIDE_M, LEVELS_M = 6000.0, (60.0, 80.0, 100.0, 120.0)
CRUISE_MPS, CLIMB_MPS, DESCENT_MPS, TERMINAL_M = 15.0, 3.0, 2.0, 60.0
SEPARATION_M, VERTICAL_M, BUFFER_S = 30.0, 9.0, 1.0
MINIMA = Minima(separation_m=SEPARATION_M, vertical_m=VERTICAL_M, buffer_s=BUFFER_S)

Floats = NDArray[np.float64]


def in_cells() -> Any:
    """Give what finds reservations by cells of space."""
    return cells.CellTable(separation_m=SEPARATION_M, vertical_m=VERTICAL_M)


def draw_legs(number: int, rng: np.random.Generator) -> tuple[Alternatives, Alternatives]:
    """Draw a way with a bend in its middle, there and back; each a path a level."""
    while True:
        start, heading, length = rng.uniform(0, SIDE_M, 2), rng.uniform(0, 2 * math.pi), rng.uniform(1000, 5000)
        end = start + length * np.array([math.cos(heading), math.sin(heading)])
        if ((end > 0) & (end < SIDE_M)).all():
            break
    corners = np.array([start, (start + end) / 2 + rng.normal(0, 100, 2), end])
    sites = 2 * number, 2 * number + 1
    out = [_at_level(corners, level_m, sites) for level_m in LEVELS_M]
    back = [_at_level(corners[::-1], level_m, sites[::-1]) for level_m in LEVELS_M]
    return alternatives(out), alternatives(back)


def _at_level(corners: Floats, level_m: float, sites: tuple[int, int]) -> Path4D:
    return steady_path(
        corners,
        level_m=level_m,
        climb_s=level_m / CLIMB_MPS,
        cruise_s=float(np.hypot(*np.diff(corners, axis=0).T).sum()) / CRUISE_MPS,
        descent_s=level_m / DESCENT_MPS,
        origin=_terminal(sites[0], corners[0]),
        destination=_terminal(sites[1], corners[-1]),
    )


def _terminal(site: int, centre: Floats) -> Terminal:
    return Terminal(site=site, centre_m=(float(centre[0]), float(centre[1])), radius_m=TERMINAL_M)


def clear(traffic: Traffic, choices: Alternatives, now_s: float) -> tuple[int, int]:
    """Find which of several paths may depart first, and when, in whole milliseconds as the engine does."""
    now_ms = to_ms(now_s)
    closed_ms, ends = traffic.closed_ms(choices, earliest_ms=now_ms)
    gaps_ms = [_gap_ms(closed_ms[first:last], now_ms) for first, last in pairwise(ends.tolist())]
    index = min(range(len(gaps_ms)), key=gaps_ms.__getitem__)
    return index, gaps_ms[index]


def _gap_ms(closed_ms: NDArray[np.int64], at_ms: int) -> int:
    """Find the first millisecond from a time on outside half-open intervals in order, (k, 2)."""
    for begin_ms, end_ms in closed_ms.tolist():
        if begin_ms > at_ms:
            break
        at_ms = max(at_ms, end_ms)
    return at_ms


class Flow:
    """Cleared flights at a steady rate, so that about as many as wanted are in the air.

    The same in a table of ``pairs`` and in cells alone: the departures must be the same.
    """

    def __init__(self, airborne: int, *, pool: list[Alternatives], pairs: LegPairs, seed: int) -> None:
        self.both = Traffic(MINIMA), Traffic(MINIMA, in_cells())
        self.both[0].look_up_in({MINIMA: pairs})
        self.now_s = 0.0
        self._pool, self._rng = pool, np.random.default_rng(seed)
        self._flights: list[tuple[int, int]] = []
        mean_s = statistics.fmean(choices.paths[0].duration_s for choices in pool)
        self._step_s = mean_s / airborne
        self.clear(2 * airborne)

    def clear(self, flights: int, *, times: int = 1) -> tuple[list[list[float]], list[list[float]], list[list[float]]]:
        """Clear and reserve flights one after another; gives the processor seconds of both steps, for both.

        Each clearance is asked for so many ``times``, in turns; the first and the least are given, then reserving.
        """
        first, least, reserved = ([list[float](), list[float]()] for _ in range(3))
        for _ in range(flights):
            self.now_s += self._step_s
            choices, asked, found = self.draw(), [list[float](), list[float]()], list[tuple[int, int]]()
            for traffic in self.both:
                traffic.expire(to_ms(self.now_s))
            for turn in range(2 * times):
                traffic = self.both[turn % 2]
                found.append(timed(lambda: clear(traffic, choices, self.now_s), asked[turn % 2]))  # noqa: B023
            if len(set(found)) > 1:
                raise SystemExit(f"the table clears {found[0]}, cells clear {found[1]}")
            index, departs_ms = found[0]
            for which, traffic in enumerate(self.both):
                first[which].append(asked[which][0])
                least[which].append(min(asked[which]))
                timed(lambda: self._reserve(traffic, choices, found[0]), reserved[which])  # noqa: B023
            self._flights.append((departs_ms, departs_ms + to_ms(choices.paths[index].duration_s)))
        return first, least, reserved

    def _reserve(self, traffic: Traffic, choices: Alternatives, found: tuple[int, int]) -> None:
        traffic.reserve(len(self._flights), choices.paths[found[0]], found[1])

    def draw(self) -> Alternatives:
        """Draw the next leg from the pool."""
        return self._pool[self._rng.integers(len(self._pool))]

    def airborne(self) -> int:
        """Count the flights in the air now."""
        return sum(departs_ms <= self.now_s * MS < lands_ms for departs_ms, lands_ms in self._flights)

    def reserved(self) -> Reservations:
        """Give what is reserved, in cells."""
        return self.both[1].reservations


class Orders:
    """Sorties cleared whole at a steady rate, on all pairs of levels, with pads and lanes at both ends."""

    def __init__(self, legs: list[tuple[Alternatives, Alternatives]], pairs: LegPairs | None) -> None:
        self.timetable, self.traffic = Timetable(), Traffic(MINIMA, in_cells() if pairs is None else None)
        self.traffic.look_up_in(None if pairs is None else {MINIMA: pairs})
        sites = [str(site) for site in range(2 * len(legs))]
        self.airspace = StrategicClearance(self.timetable, sites, lane_headway_ms=20_000, traffic=self.traffic)
        self.pads = [self.timetable.add(6) for _ in sites]
        self.choices = [self._choices(number, *ways) for number, ways in enumerate(legs)]

    def pay(self, number: int, now_ms: int, holder: int, paid_s: list[float]) -> tuple[int, int, int]:
        """Clear a sortie; gives in which way, when it begins and leaves, and adds what that took."""
        self.timetable.past_ms, is_every = now_ms, np.ones(len(self.choices[number]), dtype=np.bool_)
        way, clearance = timed(
            lambda: self.airspace.clear_sortie(self.choices[number], is_every, at_ms=now_ms, holder=holder), paid_s
        )
        return way, clearance.start_ms, clearance.leave_ms

    def _choices(self, number: int, outs: Alternatives, backs: Alternatives) -> SortieChoices:
        home, away = 2 * number, 2 * number + 1
        ways_out = [self._way_out(home, away, path) for path in sorted(outs.paths, key=_duration_s)]
        ways_home = [self._way_home(away, home, path) for path in sorted(backs.paths, key=_duration_s)]
        paths = [*sorted(outs.paths, key=_duration_s), *sorted(backs.paths, key=_duration_s)]
        return sortie_choices(alternatives(paths), ways_out, ways_home)

    def _way_out(self, home: int, away: int, path: Path4D) -> WayOut:
        out_ms = to_ms(path.duration_s)
        deliver_ms = 30_000 + out_ms + 40_000
        lane_out = self.airspace.departure(home, offset_ms=30_000, for_ms=0)
        lane_in = self.airspace.arrival(away, offset_ms=out_ms, for_ms=30_000)
        return WayOut(
            uses=pack(((self.pads[home], 0, 45_000), *lane_out, *lane_in)),
            stays=pack([(self.pads[away], out_ms, deliver_ms - out_ms)]),
            depart_ms=30_000,
            deliver_ms=deliver_ms,
            leave_ms=deliver_ms,
        )

    def _way_home(self, away: int, home: int, path: Path4D) -> WayHome:
        back_ms = to_ms(path.duration_s)
        lanes = (
            *self.airspace.departure(away, offset_ms=0, for_ms=0),
            *self.airspace.arrival(home, offset_ms=back_ms - 30_000, for_ms=30_000),
        )
        uses = pack((*lanes, (self.pads[home], back_ms - 10_000, 30_000)))
        return WayHome(uses=uses, stays_ms=np.zeros(1, np.int64), home_ms=back_ms)


def _duration_s(path: Path4D) -> float:
    return path.duration_s


def timed(run: Callable[[], Any], durations_s: list[float]) -> Any:
    began = time.process_time()
    result = run()
    durations_s.append(time.process_time() - began)
    return result
