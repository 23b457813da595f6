"""When all units of a resource were last held, by a sweep: counted moment by moment, and for a long day."""

from __future__ import annotations

import numpy as np
import pytest

from dronesim.verify.turnarounds import _last_full_s


def by_definition(from_s: list[float], to_s: list[float], capacity: int, over_s: float) -> float:
    found = [-np.inf]
    for now in from_s:
        held = [to for since, to in zip(from_s, to_s, strict=True) if since <= now and not to <= now]
        if len(held) >= capacity:
            found.append(min([over_s, *(to for to in held if not np.isnan(to))]))
    return max(found)


@pytest.mark.parametrize("seed", range(40))
def test_a_sweep_finds_what_each_moment_tells(seed: int) -> None:
    rng = np.random.default_rng([91, seed])
    count, capacity = int(rng.integers(0, 25)), int(rng.integers(1, 5))
    from_s = rng.integers(0, 30, count).astype(float)
    to_s = np.where(rng.random(count) < 0.1, np.nan, from_s + rng.integers(0, 12, count))
    found = _last_full_s(from_s, to_s, capacity, 30.0)
    assert found == by_definition(from_s.tolist(), to_s.tolist(), capacity, 30.0)


def test_a_day_of_a_hundred_thousand_stays_is_none_too_long() -> None:
    """Each beside each would take ten gigabytes."""
    from_s = np.arange(100_000.0)
    assert _last_full_s(from_s, from_s + 2.5, 3, 2e5) == 99_999.5
