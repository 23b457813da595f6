"""The conflict counter against the gas model of free flight; bounds are four standard errors, seeds are fixed.

N aircraft at speed v, places uniform over an area A and headings uniform: two of them meet new within
separation H at the rate 2 H E|vrel| / A, for a disc of diameter 2 H sweeps 2 H |vrel| a second. So there are
N (N - 1) / 2 * 2 H E|vrel| / A new conflicts a second.

With L levels, the level is given by the heading's sector of angle s = 2 pi / L. Two aircraft share a level
with probability 1 / L, and only those meet. Headings that differ by d give |vrel| = 2 v sin(d / 2), and the
difference of two uniform headings of one sector has the density 2 (s - d) / s² on [0, s], hence

    E|vrel| = 4 v / s² * integral of (s - d) sin(d / 2) over [0, s] = 8 v (s - 2 sin(s / 2)) / s².

For one level, s = 2 pi, it is 4 v / pi.

Edges: the area is a torus. Aircraft near a side are repeated beyond the opposite one, and an encounter of an
aircraft with a repeated one counts half, since it happens at both sides. On a torus places stay uniform, so
the formula holds exactly for as long as one likes.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from dronesim.airspace.detection import Tracks, losses_of_separation

SIDE_M, SEPARATION_M, SPEED_MPS, PERIOD_S, AIRCRAFT = 6000.0, 30.0, 15.0, 60.0, 500
REACH_M = SPEED_MPS * PERIOD_S + SEPARATION_M
LEVELS_APART_M, VERTICAL_M = 20.0, 9.0
REPLICATIONS = 40


def expected_conflicts(levels: int) -> float:
    sector = 2 * math.pi / levels
    relative_mps = 8 * SPEED_MPS * (sector - 2 * math.sin(sector / 2)) / sector**2
    pairs = AIRCRAFT * (AIRCRAFT - 1) / 2 / levels
    return pairs * 2 * SEPARATION_M * relative_mps / SIDE_M**2 * PERIOD_S


def free_flight(levels: int, rng: np.random.Generator) -> Tracks:
    """Aircraft in straight flight with their repetitions; flight numbers of the originals are below AIRCRAFT."""
    heading = rng.uniform(0, 2 * math.pi, AIRCRAFT)
    height_m = np.floor(heading / (2 * math.pi / levels)) * LEVELS_APART_M
    place_m = rng.uniform(0, SIDE_M, (AIRCRAFT, 2))
    velocity = SPEED_MPS * np.column_stack([np.cos(heading), np.sin(heading)])
    rows, flight = [], []
    shifts = sorted(((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)), key=lambda shift: shift != (0, 0))
    for number, shift in enumerate(shifts):
        moved_m = place_m + np.array(shift) * SIDE_M
        near = np.flatnonzero(((moved_m > -2 * REACH_M) & (moved_m < SIDE_M + 2 * REACH_M)).all(axis=1))
        times_s = np.broadcast_to([0.0, PERIOD_S], (len(near), 2))
        rows.append(np.column_stack([times_s, moved_m[near], height_m[near], velocity[near], np.zeros(len(near))]))
        flight.append(near + number * AIRCRAFT)
    numbers = np.concatenate(flight)
    return Tracks(flight=numbers, drone=numbers, terminal=np.full(len(numbers), -1), rows=np.concatenate(rows))


def new_conflicts(levels: int, seed: int) -> float:
    """Losses that begin within the period: both originals count one, an original with a repetition one half."""
    tracks = free_flight(levels, np.random.default_rng(seed))
    losses = losses_of_separation(tracks, separation_m=SEPARATION_M, vertical_m=VERTICAL_M)
    originals = (losses.flights[losses.begins_s > 0] < AIRCRAFT).sum(axis=1)
    return float((originals / 2).sum())


@pytest.mark.parametrize(("levels", "stated"), [(1, 238.3), (2, 86.6), (4, 23.8), (8, 6.1)])
def test_the_formula_gives_the_stated_numbers(levels, stated):
    assert expected_conflicts(levels) == pytest.approx(stated, abs=0.05)


@pytest.mark.parametrize("levels", [1, 2, 4, 8])
def test_counted_conflicts_are_those_of_the_gas_model(levels):
    counts = np.array([new_conflicts(levels, seed=1000 * levels + k) for k in range(REPLICATIONS)])
    expected = expected_conflicts(levels)
    error = counts.std(ddof=1) / math.sqrt(REPLICATIONS)
    assert error < 0.22 * math.sqrt(expected)  # else it would prove nothing; Poisson counts give 0.16
    assert abs(counts.mean() - expected) < 4 * error
