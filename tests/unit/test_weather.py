"""Wind vectors, the height law and wind limits."""

import pytest

from dronesim.weather import CALM, Wind, is_flyable, wind_at_height


@pytest.mark.parametrize(
    ("from_deg", "vector"),
    [(0, (0, -6)), (90, (-6, 0)), (180, (0, 6)), (270, (6, 0)), (225, (4.2426, 4.2426))],
)
def test_a_wind_blows_to_where_it_does_not_come_from(from_deg, vector):
    assert Wind(speed_mps=6.0, from_deg=from_deg).vector() == pytest.approx(vector, abs=1e-4)


def test_calm_has_no_vector():
    assert CALM.vector() == pytest.approx((0.0, 0.0))


def test_wind_over_a_city_grows_with_the_fourth_root_of_height():
    aloft = wind_at_height(Wind(speed_mps=5.0, from_deg=30.0), 160.0, reference_m=10.0, exponent=0.25)
    assert aloft.speed_mps == pytest.approx(10.0)
    assert aloft.from_deg == 30.0


def test_the_same_wind_is_flyable_at_ten_metres_only():
    wind = Wind(speed_mps=7.0, from_deg=0.0)
    assert is_flyable(wind, limit_mps=10.8)
    assert not is_flyable(wind_at_height(wind, 100.0, reference_m=10.0, exponent=0.25), limit_mps=10.8)


def test_the_limit_itself_is_flyable():
    assert is_flyable(Wind(speed_mps=10.8, from_deg=0.0), limit_mps=10.8)
