"""Where and when drones are silent: areas, outages, spells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dronesim.comms import EVERYWHERE, LinkArea, Outage, OutageCalendar, silent_spells, united

AT_S = np.array([0.0, 10.0, 20.0, 30.0])
PLACES_M = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 0.0], [200.0, 0.0]])
BOX = LinkArea(name="box", polygon=shapely.box(50.0, -10.0, 150.0, 10.0))
RING = LinkArea(name="ring", polygon=BOX.polygon.difference(shapely.box(90.0, -5.0, 110.0, 5.0)))


def spells(*outages: Outage) -> list[tuple[float, float]]:
    return silent_spells(AT_S, PLACES_M, outages=OutageCalendar(outages), areas=(BOX, RING))


def test_a_drone_is_silent_while_it_is_in_the_area() -> None:
    assert spells(Outage(area=0, from_s=-100.0, to_s=100.0)) == [pytest.approx((5.0, 25.0))]


def test_a_drone_is_silent_while_the_outage_lasts() -> None:
    assert spells(Outage(area=0, from_s=8.0, to_s=12.0)) == [(8.0, 12.0)]
    assert spells(Outage(area=0, from_s=26.0, to_s=40.0)) == []


def test_the_whole_district_has_no_border() -> None:
    assert spells(Outage(area=EVERYWHERE, from_s=29.0, to_s=99.0)) == [(29.0, 30.0)]


def test_who_stands_in_a_hole_of_an_area_hears() -> None:
    found = spells(Outage(area=1, from_s=-1.0, to_s=100.0))
    assert found == [pytest.approx((5.0, 9.0)), pytest.approx((21.0, 25.0))]


def test_outages_that_overlap_are_one_silence() -> None:
    assert spells(Outage(area=0, from_s=8.0, to_s=12.0), Outage(area=EVERYWHERE, from_s=11.0, to_s=14.0)) == [
        (8.0, 14.0)
    ]
    assert united([(3.0, 4.0), (1.0, 2.0), (2.0, 3.0), (9.0, 9.0)]) == [(1.0, 4.0)]


def test_who_climbs_on_the_spot_is_silent_too_though_its_place_is_rounded() -> None:
    places_m = np.array([[100.0, 0.0], [100.0 + 1e-12, 1e-12], [100.0, 0.0], [100.0, 1e-13]])
    found = silent_spells(
        AT_S, places_m, outages=OutageCalendar([Outage(area=0, from_s=-1.0, to_s=99.0)]), areas=(BOX,)
    )
    assert found == [(0.0, 30.0)]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(-1, 2)), max_size=8),
    st.integers(-3, 40),
    st.integers(1, 12),
)
def test_a_calendar_finds_what_a_look_at_each_outage_finds(
    stated: list[tuple[int, int, int]], from_s: int, lasts_s: int
) -> None:
    outages = [Outage(area=area, from_s=begin, to_s=begin + lasts) for begin, lasts, area in stated]
    met = [it for it in outages if it.from_s < from_s + lasts_s and it.to_s > from_s]
    found = OutageCalendar(outages).between(from_s, from_s + lasts_s)
    assert sorted(found, key=repr) == sorted(met, key=repr)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=8),
    st.integers(-3, 40),
    st.integers(1, 12),
)
def test_spells_between_two_times_are_the_outages_cut_there_and_united(
    stated: list[tuple[int, int]], from_s: int, lasts_s: int
) -> None:
    outages = [Outage(area=EVERYWHERE, from_s=begin, to_s=begin + lasts) for begin, lasts in stated]
    to_s, calendar = from_s + lasts_s, OutageCalendar(outages)
    cut = [(max(from_s, it.from_s), min(to_s, it.to_s)) for it in calendar.between(from_s, to_s)]
    assert calendar.spells_between(from_s, to_s) == united(cut)
    whole = united((it.from_s, it.to_s) for it in outages)
    met = [ends_s - begins_s for begins_s, ends_s in whole if begins_s < to_s and ends_s > from_s]
    assert calendar.longest_between(from_s, to_s) == max(met, default=0.0)
    assert calendar.is_everywhere
    assert not OutageCalendar([*outages, Outage(area=0, from_s=1.0, to_s=2.0)]).is_everywhere
