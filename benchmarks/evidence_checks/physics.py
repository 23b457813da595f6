"""Motion, power, charging and wind against formulas, published figures and integration in small steps."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dronesim.aircraft import drone_type
from dronesim.aircraft.battery import charge_time_s
from dronesim.aircraft.motion import motion_along
from dronesim.aircraft.navigation import ground_speed_mps
from dronesim.aircraft.power import (
    GRAVITY,
    hover_forward_power_w,
    liu_2017_power_w,
)
from dronesim.evidence import Kind
from dronesim.record.tables import Columns
from dronesim.units import HOUR
from evidence_checks.check import Check, Found, largest_gap, under
from evidence_checks.day import quickstart, setting

OLD_GRAVITY: Final = 9.81 / GRAVITY
"""Dorling and Liu reckon with 9.81 m/s²."""
TRAPEZOIDS: Final = ((100.0, 10.0, 2.0, 15.0), (10.0, 10.0, 2.0, 4.472), (3000.0, 12.0, 2.0, 256.0))
"""Length, cruise speed, acceleration, and the time from rest to rest."""
SECONDS: Final = (1, 2, 4)
LONGEST_S: Final = 3600.0
BOUND_M: Final = 0.4
"""How far off the smooth motion a chain of straight segments may lie at most; a run may state less."""


def trapezoid() -> Found:
    """Hold flight times against three worked examples and against a flight in steps of a millisecond."""
    worked = max(abs(_flown_s(d, v, a) - time_s) for d, v, a, time_s in TRAPEZOIDS)
    stepped = max(abs(_flown_s(d, v, a) - _stepped_s(d, v, a)) for d, v, a, _ in TRAPEZOIDS)
    return Found(passed=worked < 5e-4 and stepped < 0.02, figure=f"off by {worked:.4f} s and {stepped:.3f} s at most")


def _flown_s(distance_m: float, cruise_mps: float, acceleration_mps2: float) -> float:
    motion = motion_along([distance_m], [cruise_mps], acceleration_mps2=acceleration_mps2, error_m=BOUND_M)
    return motion.duration_s


def _stepped_s(distance_m: float, cruise_mps: float, acceleration_mps2: float, step_s: float = 1e-3) -> float:
    """Fly in small steps: as fast as braking in time allows."""
    place_m, speed_mps, time_s = 0.0, 0.0, 0.0
    while place_m < distance_m - 1e-6 and time_s < LONGEST_S:
        may_mps = math.sqrt(2 * acceleration_mps2 * (distance_m - place_m))
        aimed_mps = min(speed_mps + acceleration_mps2 * step_s, cruise_mps, may_mps)
        place_m += max((speed_mps + aimed_mps) / 2, 1e-4) * step_s
        speed_mps, time_s = aimed_mps, time_s + step_s
    return time_s


def motion_of_tracks() -> Found:
    """Look at every cleared leg of the quickstart day: does it keep within the acceleration, from rest to rest?"""
    acceleration = setting().resolved.drone_type.acceleration_mps2
    table, air = quickstart().tables["cleared"], quickstart().facts["airspace"]
    bound_m = min(float(air.get("path_error_m", BOUND_M)), BOUND_M)
    begins = np.flatnonzero(np.diff(table["leg"], prepend=-1))
    broken = sum(
        not _keeps(_knots(table, rows), acceleration_mps2=acceleration, bound_m=bound_m)
        for rows in np.split(np.arange(len(table["leg"])), begins[1:])
    )
    return Found(passed=broken == 0, figure=f"{broken:,} of {len(begins):,} legs do not")


def _knots(table: Columns, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of the ends of a leg's segments, and the way in the plane up to each, ``(n + 1,)``."""
    x0, x1, y0, y1 = (table[name][rows] for name in ("x0_m", "x1_m", "y0_m", "y1_m"))
    at_s = np.append(table["t0_s"][rows], table["t1_s"][rows[-1]])
    return at_s, np.concatenate([[0.0], np.cumsum(np.hypot(x1 - x0, y1 - y0))])


def _keeps(knots: tuple[NDArray[np.float64], NDArray[np.float64]], *, acceleration_mps2: float, bound_m: float) -> bool:
    """|s(t + w) - 2 s(t) + s(t - w)| <= a w² + 4 e for several w, with s along the track and rest at both ends."""
    knot_s, knot_m = knots
    for window_s in SECONDS:
        at_s = np.arange(knot_s[0] - window_s, knot_s[-1] + window_s, 0.5)
        before, here, after = (np.interp(at_s + shift_s, knot_s, knot_m) for shift_s in (-window_s, 0.0, window_s))
        if np.max(np.abs(after - 2 * here + before)) > acceleration_mps2 * window_s**2 + 4 * bound_m:
            return False
    return True


def power_published() -> Found:
    """Hold both power models against figures that their papers print."""
    slope, fixed = np.polyfit(payload := np.linspace(0.0, 3.0, 1001), _dorling_w(payload), 1)
    liu = liu_2017_power_w(mass_kg=np.array([3.71, 4.21, 4.21]) * OLD_GRAVITY, airspeed_mps=[0.0, 0.0, 12.0])
    gap = largest_gap([*liu], [456.36, 551.66, 561.03])
    passed = gap < 1e-4 and abs(slope - 46.7) < 0.1 and abs(fixed - 26.9) < 0.2
    return Found(passed=bool(passed), figure=f"Dorling {slope:.1f} W/kg + {fixed:.1f} W; Liu {under(gap)} off")


def _dorling_w(payload_kg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ideal hover of Dorling's hexacopter, 1.5 kg, six discs of 0.2 m², air of 1.204 kg/m³."""
    return hover_forward_power_w(
        mass_kg=(1.5 + payload_kg) * OLD_GRAVITY,
        disc_area_m2=1.2,
        eta_hover=1.0,
        eta_forward=1.0,
        drag_area_m2=0.0,
        avionics_w=0.0,
        air_density=1.204,
    )


def power_momentum() -> Found:
    """Hold the default model against the momentum equation of a climbing rotor, solved by bisection.

    Thrust is what a disc gives to the air that passes it: T = 2 ρ A vi (vz + vi); the rotor's power T (vz + vi).
    """
    kind = drone_type("hexa-2.5kg")
    masses, climbs = np.meshgrid([7.0, 8.2, 9.5], [0.0, 1.0, 2.0, 3.0])
    found = hover_forward_power_w(
        mass_kg=masses,
        vertical_mps=climbs,
        disc_area_m2=kind.disc_area_m2,
        eta_hover=kind.eta_hover,
        eta_forward=kind.eta_forward,
        drag_area_m2=kind.drag_area_m2,
        avionics_w=kind.avionics_w,
    )
    expected = [
        _climbing_w(mass_kg * GRAVITY, vz, area_m2=kind.disc_area_m2) / kind.eta_hover + kind.avionics_w
        for mass_kg, vz in zip(masses.ravel().tolist(), climbs.ravel().tolist(), strict=True)
    ]
    gap = largest_gap(found.ravel(), expected)
    return Found(passed=gap < 1e-6, figure=f"{under(gap)} off at most")


def _climbing_w(thrust_n: float, climb_mps: float, *, area_m2: float, density: float = 1.225) -> float:
    low_mps, high_mps = 0.0, 100.0
    for _ in range(200):
        induced = (low_mps + high_mps) / 2
        gives_n = 2 * density * area_m2 * induced * (climb_mps + induced)
        low_mps, high_mps = (induced, high_mps) if gives_n < thrust_n else (low_mps, induced)
    return thrust_n * (climb_mps + low_mps)


def charge_stepped() -> Found:
    """Hold charging times against a current in steps: full below 0.8, then in proportion to what is missing."""
    pairs = ((0.1, 0.5), (0.3, 0.95), (0.85, 0.97), (0.2, 0.9))
    gap_s = max(
        abs(charge_time_s(start, end, rate_c=2.0, cv_charge=0.8) - _stepped_charge_s(start, end))
        for start, end in pairs
    )
    stated_h = charge_time_s(0.2, 0.9, rate_c=2.0, cv_charge=0.8) / HOUR
    passed = gap_s < 1.0 and abs(stated_h - 0.3693) < 5e-5
    return Found(passed=passed, figure=f"{gap_s:.1f} s off at most; 0.2 to 0.9 at 2C {stated_h:.4f} h (stated 0.3693)")


def _stepped_charge_s(charge: float, end: float, rate_c: float = 2.0, step_s: float = 0.05) -> float:
    seconds = 0.0
    while charge < end:
        charge += rate_c / HOUR * step_s * min(1.0, (1.0 - charge) / 0.2)
        seconds += step_s
    return seconds


def wind_triangle() -> Found:
    """Hold ground speeds against velocities added as vectors, for drones that crab into 500 random winds."""
    rng = np.random.default_rng(7)
    course, wind = rng.uniform(0, 2 * math.pi, 500), rng.uniform(-8, 8, (500, 2))
    along = np.column_stack([np.sin(course), np.cos(course)])
    pairs = zip(along, wind.tolist(), strict=True)
    found = [ground_speed_mps(row[None], airspeed_mps=15.0, wind=(east, north)) for row, (east, north) in pairs]
    through_air = np.array(found) * along - wind
    off_mps = float(np.max(np.abs(np.hypot(*through_air.T) - 15.0)))
    worked = [_toward_east_mps((-5.0, 0.0)), _toward_east_mps((0.0, 5.0)), _toward_east_mps((0.0, 16.0))]
    is_worked = abs(worked[0] - 10.0) < 1e-9 and abs(worked[1] - 14.142) < 5e-4 and math.isnan(worked[2])
    return Found(passed=off_mps < 1e-9 and is_worked, figure=f"airspeed off by {under(off_mps)} m/s at most")


def _toward_east_mps(wind: tuple[float, float]) -> float:
    return float(ground_speed_mps([[1.0, 0.0]], airspeed_mps=15.0, wind=wind)[0])


CHECKS: Final = (
    Check(
        name="trapezoid",
        kind=Kind.THEORY,
        title="time from rest to rest with a cruise speed and an acceleration",
        source="kinematics: three worked examples, and the same flights in steps of a millisecond",
        mark="within half a millisecond of the examples, 0.02 s of the steps",
        run=trapezoid,
    ),
    Check(
        name="motion-of-tracks",
        kind=Kind.THEORY,
        title="no cleared leg of the quickstart day asks for more than the drone's acceleration",
        source="second differences along the track over 1, 2 and 4 s, at rest before and after; assumes no profile",
        mark=f"at most a w² and four times the bound of the segments, itself at most {BOUND_M:g} m, on every leg",
        run=motion_of_tracks,
    ),
    Check(
        name="power-published",
        kind=Kind.THEORY,
        title="power models of Dorling and Liu at the masses of their papers",
        source="Dorling 2017 (46.7 W/kg, 26.9 W), Liu 2017 (M100)",
        mark="to the last printed digit",
        run=power_published,
    ),
    Check(
        name="power-momentum",
        kind=Kind.THEORY,
        title="hover and climb of the default drone",
        source="momentum theory of a rotor in axial flight, solved by bisection",
        mark="a millionth",
        run=power_momentum,
    ),
    Check(
        name="charge-stepped",
        kind=Kind.THEORY,
        title="time to charge, constant current and then constant voltage",
        source="the charging current integrated in steps of 0.05 s",
        mark="1 s",
        run=charge_stepped,
    ),
    Check(
        name="wind-triangle",
        kind=Kind.THEORY,
        title="ground speed in wind",
        source="vector addition in 500 random winds; three worked examples",
        mark="a billionth of a metre a second",
        run=wind_triangle,
    ),
)
