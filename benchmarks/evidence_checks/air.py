"""Routes, encounters and clearances against formulas and programs that share no code with them."""

from __future__ import annotations

import math
from typing import Any, Final

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from dronesim.airspace import delay_kernels, detect_conflicts
from dronesim.evidence import Kind
from dronesim.geometry import LocalFrame, prepare_obstacles
from dronesim.routing import RouteTable, build_route_table, shortest_paths
from evidence_checks.check import STANDARD_ERRORS, Check, Found, under
from evidence_checks.day import as_verified
from oracles import clearance as clearance_twin
from oracles import detection as detection_twin
from oracles import visibility as visibility_twin
from oracles import visibility_worlds
from statistical import test_gas_model as gas

SEPARATION_M, VERTICAL_M, LOOK_AHEAD_S = 30.0, 9.0, 20.0
AIRSPEED_MPS = 14.0
GAS_LEVELS, GAS_REPLICATIONS = (1, 2, 4, 8), 40


def closest_approach() -> Found:
    """Hold time and distance of closest approach against t* = -r.w / w.w on 300 crowded snapshots."""
    rng = np.random.default_rng(3)
    worst_m, pairs = 0.0, 0
    for _ in range(300):
        place, speed = rng.uniform(-150, 150, (12, 3)) * (1, 1, 0.02), rng.uniform(-15, 15, (12, 3)) * (1, 1, 0)
        found = _conflicts(place, speed)
        pairs += len(found.pairs)
        for (one, other), distance_m in zip(found.pairs.tolist(), found.distance_m.tolist(), strict=True):
            worst_m = max(worst_m, abs(distance_m - _nearest_m(place[one] - place[other], speed[one] - speed[other])))
    return Found(passed=worst_m < 1e-6 and pairs > 1000, figure=f"{under(worst_m)} m off at most over {pairs:,} pairs")


def _conflicts(place_m: NDArray[np.float64], velocity_mps: NDArray[np.float64]) -> Any:
    return detect_conflicts(
        place_m, velocity_mps, look_ahead_s=LOOK_AHEAD_S, separation_m=SEPARATION_M, vertical_m=VERTICAL_M
    )


def _nearest_m(gap_m: NDArray[np.float64], closing_mps: NDArray[np.float64]) -> float:
    """Distance in the plane at t* = clip(-r.w / w.w, 0, look-ahead)."""
    r, w = gap_m[:2], closing_mps[:2]
    at_s = min(max(-float(r @ w) / max(float(w @ w), 1e-300), 0.0), LOOK_AHEAD_S)
    return float(np.hypot(*(r + w * at_s)))


def gas_model() -> Found:
    """Count new conflicts of free flight at 1, 2, 4 and 8 heading levels, 40 replications each."""
    words, passed = [], True
    for levels in GAS_LEVELS:
        counts = np.array([gas.new_conflicts(levels, seed=1000 * levels + k) for k in range(GAS_REPLICATIONS)])
        expected, error = float(gas.expected_conflicts(levels)), float(counts.std(ddof=1) / math.sqrt(len(counts)))
        passed &= bool(abs(counts.mean() - expected) < STANDARD_ERRORS * error < 0.88 * math.sqrt(expected))
        words.append(f"{levels}: {counts.mean():.1f} ± {error:.1f} (expected {expected:.1f})")
    return Found(passed=passed, figure=f"conflicts by levels, {'; '.join(words)}")


def detection_twin_agrees() -> Found:
    """Find the conflicts of 200 snapshots by looking at every pair, without cells and kernels."""
    differ, pairs = 0, 0
    for seed in range(200):
        rng = np.random.default_rng([11, seed])
        place, speed = rng.uniform(-1, 1, (40, 3)) * (300, 300, 20), rng.uniform(-20, 20, (40, 3)) * (1, 1, 0.1)
        found = _conflicts(place, speed)
        expected = detection_twin.detect_conflicts(
            place, speed, look_ahead_s=LOOK_AHEAD_S, separation_m=SEPARATION_M, vertical_m=VERTICAL_M
        )
        pairs += len(expected[0])
        differ += not np.array_equal(found.pairs, expected[0]) or not np.allclose(found.begins_s, expected[1])
    return Found(passed=differ == 0, figure=f"{differ} of 200 snapshots differ, {pairs:,} conflicts")


def clearance_delays() -> Found:
    """Hold forbidden departures against the slow twin for 3,000 pairs of segments."""
    rng = np.random.default_rng(19)
    worst_s, met = 0.0, 0
    for _ in range(3000):
        pair = (_segment(rng), _segment(rng))
        found = delay_kernels.forbidden_delays(
            _row(pair[0]), 0, _row(pair[1]), 0, (SEPARATION_M, VERTICAL_M), np.empty((2, 8, 2))
        )
        expected = clearance_twin.forbidden_delays(*pair, SEPARATION_M, VERTICAL_M)
        if (found[0] < found[1]) != (expected[0] < expected[1]):
            return Found(passed=False, figure="one finds an interval where the other finds none")
        if expected[0] < expected[1]:
            met += 1
            worst_s = max(worst_s, abs(found[0] - expected[0]), abs(found[1] - expected[1]))
    return Found(passed=worst_s < 1e-9 and met > 500, figure=f"{under(worst_s)} s off at most over {met:,} that meet")


def _segment(rng: np.random.Generator) -> Any:
    begin_s, span_s = float(rng.uniform(0, 100)), float(rng.uniform(0.5, 100))
    start, velocity = rng.uniform(-100, 100, 3) * (1, 1, 0.15), rng.uniform(-20, 20, 3) * (1, 1, 0.15)
    return clearance_twin.Segment(begin_s, begin_s + span_s, tuple(start.tolist()), tuple(velocity.tolist()))


def _row(segment: Any) -> NDArray[np.float64]:
    return np.array([[segment.begin_s, segment.end_s, *segment.start_m, *segment.velocity]])


def routes_visibility() -> Found:
    """Find shortest paths through small random districts with shapely and networkx, every corner, no pruning."""
    worst_m, paths = 0.0, 0
    for seed in range(6):
        rng = np.random.default_rng([23, seed])
        polygons = [shapely.box(x, y, x + 30, y + 60) for x, y in rng.uniform(-200, 200, (8, 2))]
        ends = [(float(x), float(y)) for x, y in rng.uniform(-300, 300, (6, 2))]
        prepared = prepare_obstacles(np.array(polygons, dtype=object), clearance_m=5.0)
        found = shortest_paths(prepared, np.array(ends)).distance_m
        expected = visibility_twin.distances(polygons, ends, 5.0)
        is_way = np.isfinite(expected)
        if not np.array_equal(np.isfinite(found), is_way):
            return Found(passed=False, figure="one finds a way where the other finds none")
        paths += int(is_way.sum())
        worst_m = max(worst_m, float(np.max(np.abs(found[is_way] - expected[is_way]))))
    return Found(passed=worst_m < 1e-2, figure=f"{under(worst_m)} m off at most over {paths:,} paths")


def routes_in_wind() -> Found:
    """Find the quickest ways in four winds with networkx, every leg weighed by hand."""
    worst, ways = 0.0, 0
    for seed, wind in ((1, (6.0, 2.0)), (2, (-9.0, 9.5)), (3, (0.0, -13.9)), (4, (20.0, 5.0))):
        table = _random_table(np.random.default_rng([37, seed]))
        found = table.under_wind(wind, airspeed_mps=AIRSPEED_MPS).time_s[0]
        expected = _quickest_s(table, wind)
        is_way = np.isfinite(expected) & (expected > 0)
        if not np.array_equal(np.isfinite(found), np.isfinite(expected)):
            return Found(passed=False, figure="one finds a way where the other finds none")
        ways += int(is_way.sum())
        worst = max(worst, float(np.max(np.abs(found[is_way] / expected[is_way] - 1))))
    return Found(passed=worst < 1e-9, figure=f"{under(worst)} off at most over {ways:,} ways")


def _random_table(rng: np.random.Generator) -> RouteTable:
    polygons = [shapely.box(x, y, x + 30, y + 60) for x, y in rng.uniform(-300, 300, (25, 2))]
    world = visibility_worlds.plain_world(
        polygons, takeoff_points=rng.uniform(-400, 400, (3, 2)), airports=rng.uniform(-400, 400, (5, 2))
    )
    return build_route_table(world, levels_m=(60.0,), clearance_m=5.0, roof_margin_m=10.0)


def _quickest_s(table: RouteTable, wind: tuple[float, float]) -> NDArray[np.float64]:
    graph = table.paths[0].graph
    net: nx.DiGraph[int] = nx.DiGraph()
    net.add_nodes_from(range(len(graph.xy)))
    for node in range(len(graph.xy)):
        for other in graph.targets[graph.offsets[node] : graph.offsets[node + 1]].tolist():
            time_s = _leg_s(graph.xy[other] - graph.xy[node], wind)
            if math.isfinite(time_s):
                net.add_edge(node, other, time_s=time_s)
    times = np.full((graph.points, graph.points), np.inf)
    for origin in range(graph.points):
        reached = nx.single_source_dijkstra_path_length(net, origin, weight="time_s")
        times[origin] = [reached.get(site, np.inf) for site in range(graph.points)]
    return times


def _leg_s(step_m: NDArray[np.float64], wind: tuple[float, float]) -> float:
    """Time at which air and drone have carried it over a step: the positive root of |step - wind t| = airspeed t."""
    along, squared = float(step_m @ np.array(wind)), float(step_m @ step_m)
    a = AIRSPEED_MPS**2 - (wind[0] ** 2 + wind[1] ** 2)
    under_root = along**2 + a * squared
    if under_root < 0:
        return math.inf
    root = math.sqrt(under_root)
    times = sorted(time for time in ((root - along) / a, (-root - along) / a) if time > 0)
    return times[0] if times else math.inf


def projection() -> Found:
    """Hold local metres against pyproj's azimuthal projection, 10 km around six cities."""
    try:
        from pyproj import Geod, Proj
    except ImportError:
        return Found(passed=None, figure="pyproj is not installed")
    worst_m, azimuth = 0.0, np.arange(0.0, 360.0, 15.0)
    for lon, lat in ((114.25, 22.72), (-74.08, 4.65), (0.0, 0.0), (18.07, 59.33), (151.2, -33.87), (37.6, 55.75)):
        ones = np.ones(len(azimuth))
        lons, lats, _ = Geod(ellps="WGS84").fwd(lon * ones, lat * ones, azimuth, 10_000.0 * ones)
        expected = np.column_stack(Proj(proj="aeqd", lon_0=lon, lat_0=lat, ellps="WGS84")(lons, lats))
        found = LocalFrame(lon, lat).to_local(np.column_stack([lons, lats]))
        worst_m = max(worst_m, float(np.hypot(*(found - expected).T).max()))
    return Found(passed=worst_m < 0.005, figure=f"{1000 * worst_m:.1f} mm off at most at 10 km")


def separation_of_a_day() -> Found:
    """Take the independent checker's word for the flown tracks of the quickstart day."""
    return as_verified("separation", "conformance of flown to cleared")


_TWIN: Final = "a slow readable twin that looks at every pair"

CHECKS: Final = (
    Check(
        name="closest-approach",
        kind=Kind.THEORY,
        title="distance of closest approach of two drones in straight flight",
        source="t* = -r.w / w.w, clipped to the look-ahead",
        mark="a millionth of a metre",
        run=closest_approach,
    ),
    Check(
        name="gas-model",
        kind=Kind.THEORY,
        title="new conflicts of 500 aircraft in free flight within a minute",
        source="gas model: N (N - 1) / 2 · 2 H E|vrel| / A, by heading levels",
        mark="within 4 standard errors of 40 replications",
        run=gas_model,
    ),
    Check(
        name="detection-twin",
        kind=Kind.PROGRAM,
        title="conflicts of a snapshot",
        source=_TWIN,
        mark="the same pairs and times",
        run=detection_twin_agrees,
    ),
    Check(
        name="clearance-delays",
        kind=Kind.PROGRAM,
        title="departures that a reserved segment forbids",
        source=f"{_TWIN}, six lines and two tangents",
        mark="a billionth of a second",
        run=clearance_delays,
    ),
    Check(
        name="separation-of-a-day",
        kind=Kind.PROGRAM,
        title="separation and conformance on the flown tracks of the quickstart day",
        source="the independent checker, which shares no model code",
        mark="no loss of separation, tracks within their bounds",
        run=separation_of_a_day,
    ),
    Check(
        name="routes-visibility",
        kind=Kind.PROGRAM,
        title="lengths of shortest paths around obstacles",
        source="shapely predicates and networkx, every pair of corners",
        mark="1 cm",
        run=routes_visibility,
    ),
    Check(
        name="routes-in-wind",
        kind=Kind.PROGRAM,
        title="times of quickest ways in wind",
        source="networkx, every leg weighed by hand",
        mark="a billionth",
        run=routes_in_wind,
    ),
    Check(
        name="projection",
        kind=Kind.PROGRAM,
        title="local metres of a map",
        source="pyproj, azimuthal equidistant",
        mark="5 mm at 10 km",
        run=projection,
    ),
)
