"""The power models against published figures and the vectors computed for this project."""

from dataclasses import replace

import numpy as np
import pytest

from dronesim.aircraft.power import (
    GRAVITY,
    POWER_MODELS,
    hover_forward_power_w,
    liu_2017_power_w,
    power_model,
)
from dronesim.aircraft.types import UnknownNameError, drone_type

HEXA = drone_type("hexa-2.5kg")
ROUNDED = {"abs": 0.0051}
OLD_GRAVITY = 9.81 / GRAVITY
"""Dorling and Liu reckon with 9.81 m/s²: the same weight is that of a slightly larger mass."""


def dorling_w(payload_kg):
    """Ideal hover of Dorling's hexacopter: 1.5 kg frame, six discs of 0.2 m², air of 1.204 kg/m³."""
    return hover_forward_power_w(
        mass_kg=(1.5 + np.asarray(payload_kg)) * OLD_GRAVITY,
        disc_area_m2=1.2,
        eta_hover=1.0,
        eta_forward=1.0,
        drag_area_m2=0.0,
        avionics_w=0.0,
        air_density=1.204,
    )


def test_ideal_hover_gives_dorlings_hexacopter():
    assert dorling_w(np.arange(4)) == pytest.approx([33.21, 71.45, 118.36, 172.55], **ROUNDED)


def test_linear_fit_of_ideal_hover_is_dorlings():
    payload_kg = np.linspace(0.0, 3.0, 1001)
    slope, intercept = np.polyfit(payload_kg, dorling_w(payload_kg), 1)
    assert slope == pytest.approx(46.7, abs=0.1)
    assert intercept == pytest.approx(26.9, abs=0.2)


def test_liu_gives_the_measured_m100():
    mass_kg = np.array([3.71, 4.21, 4.21]) * OLD_GRAVITY
    watts = liu_2017_power_w(mass_kg=mass_kg, airspeed_mps=[0.0, 0.0, 12.0])
    assert watts == pytest.approx([456.36, 551.66, 561.03], **ROUNDED)


def test_liu_climb_costs_what_lifting_the_weight_costs():
    slow, fast = liu_2017_power_w(mass_kg=4.0, vertical_mps=[5.0, 6.0])
    assert fast - slow == pytest.approx(4.0 * GRAVITY, rel=0.01)


def test_reference_hexacopter_in_forward_flight():
    watts = power_model(HEXA)(mass_kg=9.5, airspeed_mps=[0.0, 5.0, 10.0, 15.0])
    assert watts == pytest.approx([930.76, 943.70, 1035.79, 1290.20], **ROUNDED)


def test_reference_hexacopter_climbing_and_descending():
    watts = power_model(HEXA)(mass_kg=9.5, vertical_mps=[3.0, -2.0])
    assert watts == pytest.approx([1238.32, 769.05], **ROUNDED)


def test_reference_hexacopter_without_a_parcel():
    assert HEXA.bare_kg == 7.0
    watts = power_model(HEXA)(mass_kg=HEXA.bare_kg, airspeed_mps=[0.0, 10.0])
    assert watts == pytest.approx([596.06, 701.58], **ROUNDED)


def test_descent_power_stops_falling_at_half_the_induced_speed():
    watts = power_model(HEXA)(mass_kg=9.5, vertical_mps=[-2.5, -2.6, -4.0, -9.0])
    assert watts[0] > watts[1]
    assert watts[2] == watts[3]


@pytest.mark.parametrize("name", sorted(POWER_MODELS))
def test_mass_and_speed_broadcast(name):
    watts = power_model(replace(HEXA, power_model=name))(mass_kg=np.ones((3, 1)), airspeed_mps=np.ones(4))
    assert watts.shape == (3, 4)


def test_an_unknown_power_model_names_the_choices():
    with pytest.raises(
        UnknownNameError, match="power_model: 'steam' is not known; choose from hover_forward, liu_2017"
    ):
        power_model(replace(HEXA, power_model="steam"))
