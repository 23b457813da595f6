"""Detected conflicts and counted losses against twins that look at every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dronesim.airspace.detection import Tracks, detect_conflicts, losses_of_separation
from exploring import examples
from oracles import detection as twin

SETTINGS = examples(300)
H, V = 30.0, 9.0


def snapshot(seed: int, aircraft: int, *, is_lattice: bool) -> tuple[np.ndarray, np.ndarray]:
    """Aircraft in a small room; on a lattice, many touch, hover, or fly side by side."""
    rng = np.random.default_rng(seed)
    if is_lattice:
        positions = rng.integers(-6, 7, (aircraft, 3)) * (H / 2, H / 2, V)
        return positions, rng.integers(-2, 3, (aircraft, 3)) * (3.0, 3.0, 0.9)
    positions = rng.uniform(-1, 1, (aircraft, 3)) * (rng.choice([100, 3000]), 500, 20)
    return positions, rng.uniform(-20, 20, (aircraft, 3)) * (1, 1, rng.choice([0, 0.1]))


@SETTINGS
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.booleans(), st.sampled_from([0.0, 1.0, 20.0]))
def test_detected_conflicts_are_those_of_the_full_matrix(seed, aircraft, is_lattice, look_ahead_s):
    states = snapshot(seed, aircraft, is_lattice=is_lattice)
    minima = {"look_ahead_s": look_ahead_s, "separation_m": H, "vertical_m": V}
    found = detect_conflicts(*states, **minima)
    pairs, begins_s, closest_s, distance_m = twin.detect_conflicts(*states, **minima)
    np.testing.assert_array_equal(found.pairs, pairs)
    for column, expected in [(found.begins_s, begins_s), (found.distance_m, distance_m)]:
        np.testing.assert_allclose(column, expected, rtol=0, atol=1e-9)
    if not is_lattice:  # of aircraft side by side, every moment is the closest
        np.testing.assert_allclose(found.closest_s, closest_s, rtol=0, atol=1e-9)


def flown(seed: int, flights: int, *, is_lattice: bool) -> Tracks:
    """Flights of several straight segments each, some in common terminal areas."""
    rng = np.random.default_rng(seed)
    rows, flight, terminal = [], [], []
    for number in range(flights):
        at_s, place = float(rng.integers(0, 5) * 10), snapshot(int(rng.integers(1 << 32)), 1, is_lattice=is_lattice)[0]
        for _ in range(rng.integers(1, 4)):
            span_s = float(rng.integers(1, 4) * 10) if is_lattice else float(rng.uniform(1, 40))
            velocity = snapshot(int(rng.integers(1 << 32)), 1, is_lattice=is_lattice)[1]
            rows.append(np.hstack([[at_s, at_s + span_s], place[0], velocity[0]]))
            at_s, place = at_s + span_s, place + velocity * span_s
            flight.append(number)
            terminal.append(rng.choice([-1, -1, 0, 1]))
    shape = (len(rows), 8)
    numbers = np.array(flight)
    return Tracks(flight=numbers, drone=numbers, terminal=np.array(terminal), rows=np.array(rows).reshape(shape))


@SETTINGS
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
def test_losses_are_those_of_every_pair_of_segments_joined(seed, flights, is_lattice):
    tracks = flown(seed, flights, is_lattice=is_lattice)
    found = losses_of_separation(tracks, separation_m=H, vertical_m=V)
    expected = twin.losses_of_separation(tracks, separation_m=H, vertical_m=V)
    assert len(found) == len(expected)
    by_pair = sorted(zip(*found.flights.T.tolist(), found.begins_s.tolist(), found.ends_s.tolist(), strict=True))
    for (one, other, *when), (begin, *pair, end) in zip(
        by_pair, sorted(expected, key=lambda loss: (loss[1], loss[2], loss[0])), strict=True
    ):
        assert [one, other] == pair
        assert when == pytest.approx([begin, end], rel=0, abs=1e-9)


def test_a_loss_counts_once_and_when_it_begins():
    east, west = (0.0, 0.0, 60.0, 10.0, 0.0, 0.0), (400.0, 0.0, 60.0, -10.0, 0.0, 0.0)
    halves = [(0.0, 20.0, *east), (20.0, 40.0, 200.0, *east[1:]), (0.0, 40.0, *west)]
    numbers = np.array([7, 7, 3])
    tracks = Tracks(flight=numbers, drone=numbers, terminal=np.full(3, -1), rows=np.array(halves))
    losses = losses_of_separation(tracks, separation_m=H, vertical_m=V)
    assert losses.flights.tolist() == [[3, 7]]
    assert losses.begins_s[0] == pytest.approx(18.5)
    assert losses.ends_s[0] == pytest.approx(21.5)
