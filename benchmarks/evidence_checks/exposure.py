"""Noise and crashes against numerical integration and published figures."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.integrate import quad

from dronesim.aircraft.noise import doses
from dronesim.evidence import Kind
from dronesim.metrics.crash import crash_area_m2
from evidence_checks.check import Check, Found

NEAREST_M: Final = 5.0
PIECES: Final = 300
CASEX: Final = ((24.8, 60.0, 4.967), (24.8, 90.0, 2.545), (15.0, 35.0, 7.558))
"""Speed and angle of impact of a drone 1.2 m wide of 9.5 kg, and the area that casex 1.2.3 prints."""


def noise_integral() -> Found:
    """Hold doses of random pieces of flight against numerical integration of 1/r²."""
    rng = np.random.default_rng(1)
    begins_m, ends_m = (rng.uniform([-400, -400, 20], [400, 400, 120], (PIECES, 3)) for _ in range(2))
    lasts_s, place_m = rng.uniform(1.0, 60.0, PIECES), np.array([30.0, -20.0, 1.5])
    found = doses(begins_m, ends_m, lasts_s, place_m[None], nearest_m=NEAREST_M)[:, 0]
    gap = 0.0
    for begin_m, end_m, lasts, dose in zip(begins_m, ends_m, lasts_s, found, strict=True):
        known, _ = quad(_inverse_square, 0.0, 1.0, args=(begin_m - place_m, end_m - begin_m), epsabs=0, epsrel=1e-10)
        gap = max(gap, abs(dose / (lasts * known) - 1))
    return Found(
        passed=gap < 1e-10, figure="off by less than 1e-10 of the energy" if gap < 1e-10 else f"off by {gap:.0e}"
    )


def _inverse_square(share: float, off_m: np.ndarray, way_m: np.ndarray) -> float:
    return float(1 / ((off_m + share * way_m) ** 2).sum())


def crash_area() -> Found:
    """Hold areas of impact against those of the package casex."""
    gaps = [
        abs(crash_area_m2(width_m=1.2, mass_kg=9.5, impact_mps=mps, impact_deg=deg) - area_m2)
        for mps, deg, area_m2 in CASEX
    ]
    return Found(passed=max(gaps) < 1e-3, figure=f"off by {max(gaps):.3f} m² at most")


CHECKS: Final = (
    Check(
        name="noise-integral",
        kind=Kind.THEORY,
        title="sound energy of a straight piece of flight at a place",
        source=f"numerical integration of 1/r² along {PIECES} random pieces",
        mark="a part in ten thousand million",
        run=noise_integral,
    ),
    Check(
        name="crash-area",
        kind=Kind.PROGRAM,
        title="area in which a drone that comes down hits people",
        source="casex 1.2.3, model of JARUS, three impacts of the default drone",
        mark="a thousandth of a square metre",
        run=crash_area,
    ),
)
