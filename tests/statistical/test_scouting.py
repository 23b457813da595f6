"""Scouts shorten a search and leave its promise as it was: they are lived on days of their own.

Error rates: each test states the rate it allows and how many trials stand behind it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from dronesim.experiment.intervals import Days, known_share
from dronesim.experiment.scouting import SCOUTS, first_that, scouted
from dronesim.experiment.sequential import Found, SearchRules, search
from dronesim.experiment.shadow_levels import Line

TARGET, ZONE = 0.95, 0.005
RULES = SearchRules(target=TARGET, least=1, most=240, start=60, indifference=ZONE)
SEARCHES = 300
SD, KNOWN = 0.02, 0.9
"""How much days differ, and the part of that variance that shadows know."""

Floats = NDArray[np.float64]


def level(drones: float) -> float:
    """A curve as fleets have it."""
    return float(0.98 / (1 + np.exp(-(drones - 40.3) / 7.0)))


def shadow(drones: float) -> float:
    """The same as shadows have it: too good, and the more so the fewer there are."""
    return float(0.99 / (1 + np.exp(-(drones - 38.6) / 7.5)))


class Network:
    """Days of every value with their shadows: a search looks at the days of a sample, scouts live days of their own."""

    def __init__(self, number: int) -> None:
        rng = np.random.default_rng([77, number])
        self.seed = int(rng.integers(2**31))
        self.hard, self.many = rng.standard_normal(400), rng.standard_normal(1000)
        self.scouts_hard, self.scouts_many = rng.standard_normal(len(SCOUTS)), rng.standard_normal(200)
        self.scouted: list[int] = []
        self.controls = None

    def days(self, value: int, replications: range) -> Days:
        return self._days(value, self.hard[replications.start : replications.stop], self.many, replications.start)

    def scout(self, value: int, replications: range, _controls: Any) -> Days:
        self.scouted.append(value)
        assert replications == SCOUTS
        return self._days(value, self.scouts_hard, self.scouts_many, replications.start)

    def _days(self, value: int, hard: Floats, many: Floats, first: int) -> Days:
        own = np.random.default_rng([self.seed, value, first]).standard_normal(len(hard))
        levels = level(value) + SD * (math.sqrt(KNOWN) * hard + math.sqrt(1 - KNOWN) * own)
        controls, mean = SD * hard[:, None, None], SD * many.mean()
        return Days(levels=levels[:, None], controls=controls - mean, many=(SD * many - mean)[:, None, None])

    def can_tell(self, value: int, *, least: int, most: int) -> bool:
        return least <= value <= most

    def at(self, value: int) -> Floats:
        return np.array([[shadow(value) + SD * self.scouts_many.mean()]])


def begun(network: Any, rules: SearchRules) -> SearchRules:
    return scouted(network, network, rules)


def is_wrong(found: Found) -> bool:
    too_low = found.high <= RULES.most and level(found.high) < TARGET - ZONE
    return bool(too_low or level(found.low - 1) > TARGET + ZONE)


@pytest.mark.parametrize(("start", "part"), [(60, 0.85), (25, 1.0), (120, 0.7)])
def test_scouted_searches_keep_the_promise_with_fewer_days(start: int, part: float) -> None:
    """300 searches from each start, promise 5 %: more than 27 wrong ones would come by chance once in a thousand."""
    rules = replace(RULES, start=start)
    wrong, days, plain = 0, 0, 0
    for number in range(SEARCHES):
        network = Network(number)
        begins = begun(network, rules)
        found = search(network.days, begins)
        wrong += is_wrong(found)
        days += sum(judged.level.count for judged in found.judged) + len(SCOUTS) * len(network.scouted)
        if number < 60:
            plain += sum(judged.level.count for judged in search(network.days, rules).judged)
    assert wrong <= binom.ppf(0.999, SEARCHES, 0.05)
    assert wrong <= 0.05 * SEARCHES
    assert days / SEARCHES < part * plain / 60


def test_scouts_come_near_the_answer_from_afar() -> None:
    answer = next(drones for drones in range(1, 240) if level(drones) >= TARGET)
    guesses = [begun(Network(number), replace(RULES, start=120)).start for number in range(SEARCHES)]
    off = np.abs(np.array(guesses) - answer)
    assert np.quantile(off, 0.9) <= 4


def test_two_values_are_scouted_at_most() -> None:
    network = Network(0)
    begun(network, replace(RULES, start=200))
    assert 1 <= len(network.scouted) <= 2


def test_a_search_begins_where_it_did_if_shadows_reach_the_target_nowhere_or_tell_nothing() -> None:
    assert begun(Network(1), replace(RULES, target=0.9999)) == replace(RULES, target=0.9999)

    class Blind(Network):
        def can_tell(self, value: int, *, least: int, most: int) -> bool:
            return False

    network = Blind(1)
    assert begun(network, RULES) == RULES
    assert network.scouted == []


@pytest.mark.parametrize("near", [1, 7, 40, 99, 100])
@pytest.mark.parametrize("smallest", [1, 2, 39, 40, 41, 99, 100, 101])
def test_the_smallest_number_that_reaches_something_is_found_from_anywhere(near: int, smallest: int) -> None:
    found = first_that(lambda number: number >= smallest, near=near, least=1, most=100)
    assert found == (smallest if smallest <= 100 else None)


@pytest.mark.parametrize("slope", [1.0, 0.4])
def test_a_line_through_days_leads_to_the_level_of_other_shadows(slope: float) -> None:
    rng = np.random.default_rng(5)
    hard, many = rng.standard_normal((30, 1, 2)), np.zeros((4, 1, 2))
    levels = 0.8 + 0.02 * slope * hard[:, :, 0] + 0.01 * hard[:, :, 1]
    line = Line.through(Days(levels=levels, controls=0.02 * hard, many=many), np.array([[0.85, 0.9]]))
    assert line.at(np.array([[0.85, 0.9]])) == pytest.approx([0.8])
    assert line.at(np.array([[0.80, 0.86]])) == pytest.approx([0.8 - 0.05 * slope - 0.04 * 0.5])


def test_a_line_knows_nothing_of_a_group_without_orders() -> None:
    levels = np.column_stack([np.linspace(0.7, 0.8, 8), np.full(8, np.nan)])
    controls = np.linspace(-0.05, 0.05, 8)[:, None, None].repeat(2, axis=1)
    line = Line.through(Days(levels=levels, controls=controls), np.array([[0.8], [0.8]]))
    found = line.at(np.array([[0.9], [0.9]]))
    assert found[0] == pytest.approx(0.85)
    assert np.isnan(found[1])


def test_the_share_that_controls_tell_is_that_of_the_variance() -> None:
    rng = np.random.default_rng(6)
    hard, own = rng.standard_normal((4000, 1)), rng.standard_normal((4000, 1))
    days = Days(levels=0.8 + 0.03 * hard + 0.01 * own, controls=hard[:, :, None])
    assert known_share(days, 0) == pytest.approx(0.9, abs=0.01)
    assert known_share(replace(days, controls=None), 0) == 0.0
    assert known_share(replace(days, levels=np.full((4000, 1), 0.8)), 0) == 0.0
