"""One suite over every registered drone type with every power model."""

import math
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from dronesim.aircraft import DRONE_TYPES, Multirotor, drone_type
from dronesim.aircraft.power import POWER_MODELS, power_model
from dronesim.errors import DronesimError
from dronesim.units import HOUR

CASES = [(kind, power) for kind in sorted(DRONE_TYPES) for power in sorted(POWER_MODELS)]
STRAIGHT = np.array([[0.0, 0.0], [1800.0, 0.0]])


@pytest.fixture(params=CASES, ids="-".join)
def aircraft(request):
    kind, power = request.param
    return Multirotor(replace(drone_type(kind), power_model=power))


@pytest.fixture(params=sorted(DRONE_TYPES))
def kind(request):
    return drone_type(request.param)


def test_types_are_consistent(kind):
    assert DRONE_TYPES[kind.name] is kind
    assert min(kind.empty_kg, kind.pack_kg, kind.payload_kg, kind.pack_wh, kind.cruise_mps) > 0
    assert kind.cruise_mps <= kind.max_mps
    assert 0 < kind.touchdown_mps <= kind.descent_mps
    assert 0 < kind.low_climb_mps <= kind.climb_mps
    assert 0 <= kind.ground_s <= kind.final_hover_s
    assert kind.alignment_s == kind.final_hover_s - kind.ground_s
    assert 0 < kind.usable_share <= 1
    assert kind.wind_limit_mps > 0


def test_types_are_facts(kind):
    with pytest.raises(FrozenInstanceError):
        kind.payload_kg = 9.0


def test_packs_hold_what_lithium_holds(kind):
    assert 120 < kind.pack_wh / kind.pack_kg < 280


def test_an_unknown_type_names_the_choices():
    with pytest.raises(DronesimError) as error:
        drone_type("octa")
    assert str(error.value).endswith(f"'octa' is not known; choose from {', '.join(sorted(DRONE_TYPES))}")
    assert error.value.exit_code == 2
    assert not isinstance(error.value, KeyError)


def test_a_climb_takes_height_over_speed_and_its_ramps(aircraft):
    kind, a = aircraft.drone_type, aircraft.drone_type.acceleration_mps2
    low, fast = kind.low_climb_mps, kind.climb_mps
    low_m = min(kind.low_climb_m, 60.0)
    ramps_s = (low / 2 + (fast - low) ** 2 / (2 * fast) + fast / 2) / a if low_m else fast / a
    assert aircraft.climb(60.0).duration_s == pytest.approx(low_m / low + (60 - low_m) / fast + ramps_s)
    assert aircraft.climb(60.0).length_m == pytest.approx(60.0)


def test_a_descent_sinks_waits_to_align_and_touches_down(aircraft):
    kind = aircraft.drone_type
    descent = aircraft.descent(60.0)
    waits_s = [phase.duration_s for phase in descent.phases if phase.speed_mps == phase.acceleration_mps2 == 0]
    assert waits_s == ([pytest.approx(kind.alignment_s)] if kind.alignment_s else [])
    assert descent.length_m == pytest.approx(60.0)
    least_s = (60 - kind.final_hover_m) / kind.descent_mps + kind.final_hover_m / kind.touchdown_mps + kind.alignment_s
    assert least_s < descent.duration_s < least_s + 2 * (kind.descent_mps + kind.touchdown_mps) / kind.acceleration_mps2


def test_cruise_loses_one_ramp_against_constant_speed(aircraft):
    kind = aircraft.drone_type
    expected = 1800.0 / kind.cruise_mps + kind.cruise_mps / kind.acceleration_mps2
    assert aircraft.cruise(STRAIGHT).motion.duration_s == pytest.approx(expected)


def test_cruise_depends_on_length_and_not_on_the_waypoints_along_a_line(aircraft):
    cut = np.array([[0.0, 0.0], [700.0, 0.0], [700.0, 0.0], [1800.0, 0.0]])
    straight_s = aircraft.cruise(STRAIGHT).motion.duration_s
    assert aircraft.cruise(cut).motion.duration_s == pytest.approx(straight_s)
    assert aircraft.cruise(cut[::-1]).motion.duration_s == pytest.approx(straight_s)


def test_a_sharp_bend_costs_time_and_a_slight_one_hardly_any(aircraft):
    def by_way_of(north_m):
        corners = np.array([[0.0, 0.0], [900.0, north_m], [1800.0, 0.0]])
        length_m = 2 * math.hypot(900.0, north_m)
        return aircraft.cruise(corners).motion.duration_s - length_m / aircraft.drone_type.cruise_mps

    straight, slight, sharp = by_way_of(0.0), by_way_of(10.0), by_way_of(1500.0)
    assert slight == pytest.approx(straight, abs=0.05)
    assert sharp > straight + 0.5


def test_in_wind_the_cruise_speed_is_held_over_ground_up_to_the_top_airspeed(aircraft):
    kind = aircraft.drone_type
    spare_mps = kind.max_mps - kind.cruise_mps
    calm, windy = aircraft.cruise(STRAIGHT), aircraft.cruise(STRAIGHT, (-spare_mps, 0.0))
    assert windy.motion.duration_s == pytest.approx(calm.motion.duration_s)
    assert (calm.airspeed_mps, windy.airspeed_mps) == (pytest.approx(kind.cruise_mps), pytest.approx(kind.max_mps))
    stronger = aircraft.cruise(STRAIGHT, (-spare_mps - 2.0, 0.0))
    assert max(phase.speed_mps for phase in stronger.motion.phases) == pytest.approx(kind.cruise_mps - 2.0)
    assert stronger.airspeed_mps == pytest.approx(kind.max_mps)


def test_each_piece_of_a_way_is_flown_at_its_own_ground_speed(aircraft):
    slow = Multirotor(replace(aircraft.drone_type, max_mps=aircraft.drone_type.cruise_mps))
    corners = np.array([[0.0, 0.0], [900.0, 0.0], [900.0, 900.0]])
    phases = slow.cruise(corners, (-4.0, 0.0)).motion.phases
    speeds = {round(phase.speed_mps, 6) for phase in phases if phase.acceleration_mps2 == 0 and phase.duration_s > 5}
    va = slow.drone_type.max_mps
    assert speeds == {round(va - 4.0, 6), round(math.sqrt(va**2 - 16.0), 6)}


def test_no_way_takes_no_time(aircraft):
    assert aircraft.cruise(np.zeros((2, 2))).motion.duration_s == 0.0


def test_a_headwind_takes_energy_and_a_tailwind_gives_some_back(kind):
    """By the default's power model: in that of Liu lift on the body can make a faster flight the cheaper one."""
    aircraft = Multirotor(replace(kind, power_model="hover_forward"))

    def energy(east_mps):
        cruise = aircraft.cruise(STRAIGHT, (east_mps, 0.0))
        way = {"cruise_s": cruise.motion.duration_s, "airspeed_mps": cruise.airspeed_mps}
        return float(aircraft.energy_wh(**way, level_m=60.0, payload_kg=1.0))

    calm, head, tail = (energy(east_mps) for east_mps in (0.0, -4.0, 4.0))
    assert tail < calm < head
    assert head + tail > 2 * calm


def test_a_wind_too_strong_can_not_be_flown(aircraft):
    assert aircraft.cruise(STRAIGHT, (0.0, 30.0)) is None
    assert aircraft.energy_wh(cruise_s=math.inf, level_m=60.0, payload_kg=0.0) == math.inf


def test_energy_broadcasts_and_is_finite(aircraft):
    energy = aircraft.energy_wh(
        cruise_s=np.full((4, 1, 1), 120.0),
        level_m=np.array([[60.0], [90.0]]),
        payload_kg=np.array([0.0, 1.0, 2.0]),
    )
    assert energy.shape == (4, 2, 3)
    assert np.isfinite(energy).all()
    assert (energy > 0).all()


def test_energy_grows_with_payload_height_and_time(aircraft):
    def energy(cruise_s, level_m, payload_kg):
        return aircraft.energy_wh(cruise_s=cruise_s, level_m=level_m, payload_kg=payload_kg)

    base = energy(100.0, 60.0, 1.0)
    assert energy(101.0, 60.0, 1.0) > base
    assert energy(100.0, 61.0, 1.0) > base
    assert energy(100.0, 60.0, 1.1) > base


def test_leg_energy_is_the_sum_of_its_phases(aircraft):
    kind = aircraft.drone_type
    power_w = power_model(kind)
    mass_kg = kind.empty_kg + kind.pack_kg + 1.0
    low_s = min(kind.low_climb_m, 80.0) / kind.low_climb_mps
    touchdown_s = min(kind.final_hover_m, 80.0) / kind.touchdown_mps
    sink_s = aircraft.descent(80.0).duration_s - kind.alignment_s - touchdown_s
    joules = (
        kind.avionics_w * kind.takeoff_check_s
        + power_w(mass_kg=mass_kg, vertical_mps=kind.low_climb_mps) * low_s
        + power_w(mass_kg=mass_kg, vertical_mps=kind.climb_mps) * (aircraft.climb(80.0).duration_s - low_s)
        + power_w(mass_kg=mass_kg) * (kind.transition_s + kind.approach_s + kind.alignment_s)
        + power_w(mass_kg=mass_kg, airspeed_mps=kind.cruise_mps) * 120.0
        + power_w(mass_kg=mass_kg, vertical_mps=-kind.descent_mps) * sink_s
        + power_w(mass_kg=mass_kg, vertical_mps=-kind.touchdown_mps) * touchdown_s
    )
    assert aircraft.energy_wh(cruise_s=120.0, level_m=80.0, payload_kg=1.0) == pytest.approx(joules / HOUR)


def test_hover_energy_is_power_times_time(aircraft):
    kind = aircraft.drone_type
    hover_w = power_model(kind)(mass_kg=kind.bare_kg + 2.0)
    assert aircraft.hover_wh(90.0, 2.0) == pytest.approx(hover_w * 90.0 / HOUR)


def test_climbing_costs_more_than_hovering_and_descending_less(aircraft):
    kind = aircraft.drone_type
    up, still, down = power_model(kind)(mass_kg=kind.bare_kg, vertical_mps=[kind.climb_mps, 0.0, -kind.descent_mps])
    assert up > still > down > 0


def test_payloads_up_to_the_limit_are_feasible(aircraft):
    limit_kg = aircraft.drone_type.payload_kg
    assert aircraft.is_payload_feasible([0.1, limit_kg, limit_kg + 1e-6]).tolist() == [True, True, False]


def test_aircraft_travel_to_worker_processes(aircraft):
    twin = pickle.loads(pickle.dumps(aircraft))  # noqa: S301
    assert twin == aircraft
    assert twin.hover_wh(60.0, 1.0) == aircraft.hover_wh(60.0, 1.0)


def test_default_energy_a_kilometre_has_the_order_of_measured_flights(kind):
    """Rodrigues 2022 measured 0.08 MJ/km with parcels of 0.5 kg; these drones and parcels are heavier."""
    aircraft = Multirotor(kind)
    energy = aircraft.energy_wh(
        cruise_s=aircraft.cruise(STRAIGHT).motion.duration_s, level_m=60.0, payload_kg=kind.payload_kg
    )
    assert 0.04 < energy * HOUR / 1e6 / 1.8 < 0.4


def test_three_kilometres_out_and_back_fit_in_a_pack(kind):
    aircraft = Multirotor(kind)
    cruise_s = aircraft.cruise([[0.0, 0.0], [3000.0, 0.0]]).motion.duration_s
    sortie_wh = aircraft.energy_wh(cruise_s=cruise_s, level_m=60.0, payload_kg=[kind.payload_kg, 0.0]).sum()
    assert sortie_wh < 0.75 * kind.pack_wh


def test_hexa_flies_its_published_five_kilometres_out_and_back_with_a_reserve():
    aircraft = Multirotor(drone_type("hexa-2.5kg"))
    cruise_s = aircraft.cruise([[0.0, 0.0], [5000.0, 0.0]]).motion.duration_s
    sortie_wh = aircraft.energy_wh(cruise_s=cruise_s, level_m=60.0, payload_kg=[2.5, 0.0]).sum()
    assert sortie_wh < 0.75 * aircraft.drone_type.pack_wh


def test_contest_drone_cruises_loaded_for_its_thousand_seconds():
    kind = drone_type("contest-2024")
    watts = power_model(kind)(mass_kg=kind.bare_kg + kind.payload_kg, airspeed_mps=kind.cruise_mps)
    assert kind.pack_wh * kind.usable_share * HOUR / watts == pytest.approx(1000.0, rel=0.005)
