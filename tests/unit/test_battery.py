"""Charging times and the energy that a plan may use."""

import math

import pytest

from dronesim.aircraft.battery import charge_time_s
from dronesim.aircraft.types import drone_type
from dronesim.units import HOUR


def stepped_charge_s(start, end, rate_c, step_s=0.05):
    """A slow twin: full current below 0.8, then current in proportion to the missing charge."""
    charge, seconds = start, 0.0
    while charge < end:
        charge += rate_c / HOUR * step_s * min(1.0, (1 - charge) / 0.2)
        seconds += step_s
    return seconds


def test_charge_from_a_fifth_to_nine_tenths_at_2c():
    assert charge_time_s(0.2, 0.9, rate_c=2.0, cv_charge=0.8) / HOUR == pytest.approx(0.3693, abs=5e-5)


@pytest.mark.parametrize(("start", "end"), [(0.1, 0.5), (0.3, 0.95), (0.85, 0.97), (0.8, 0.9)])
def test_charging_agrees_with_stepping(start, end):
    charging_s = charge_time_s(start, end, rate_c=1.5, cv_charge=0.8)
    assert charging_s == pytest.approx(stepped_charge_s(start, end, 1.5), abs=1.0)


def test_two_charges_in_a_row_take_as_long_as_one():
    parts = charge_time_s(0.2, 0.6, rate_c=2.0, cv_charge=0.8) + charge_time_s(0.6, 0.92, rate_c=2.0, cv_charge=0.8)
    assert parts == pytest.approx(charge_time_s(0.2, 0.92, rate_c=2.0, cv_charge=0.8))


def test_a_charged_pack_needs_no_time():
    assert charge_time_s(0.9, 0.9, rate_c=2.0, cv_charge=0.8) == 0.0
    assert charge_time_s(0.95, 0.9, rate_c=2.0, cv_charge=0.8) == 0.0


def test_a_full_charge_is_never_reached():
    assert charge_time_s(0.2, 1.0, rate_c=2.0, cv_charge=0.8) == math.inf
    assert charge_time_s(0.2, 0.99, rate_c=2.0, cv_charge=0.8) < HOUR


def test_the_later_a_charger_turns_to_constant_voltage_the_sooner_it_is_done():
    times_s = [charge_time_s(0.2, 0.95, rate_c=2.0, cv_charge=cv) for cv in (0.5, 0.8, 0.94, 0.99)]
    assert times_s == sorted(times_s, reverse=True)
    assert times_s[-1] == pytest.approx(0.75 / 2.0 * HOUR)


def test_the_usable_share_bounds_what_a_pack_gives():
    kind = drone_type("hexa-2.5kg")
    assert kind.usable_wh == pytest.approx(kind.usable_share * kind.pack_wh)
