"""The electric power that a multirotor draws, from its mass and its speed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dronesim.aircraft.types import DroneType, UnknownNameError

GRAVITY: Final = 9.80665
"""Standard gravity in m/s²."""

AIR_DENSITY: Final = 1.225
"""Density of the standard atmosphere at sea level in kg/m³: the default of ``weather.air_density_kgm3``."""


class PowerModel(Protocol):
    """Anything that turns mass in kg, airspeed and vertical speed (up positive) in m/s into W; broadcasts."""

    def __call__(
        self, *, mass_kg: ArrayLike, airspeed_mps: ArrayLike = 0.0, vertical_mps: ArrayLike = 0.0
    ) -> NDArray[np.float64]:
        """Give the power drawn from the pack in W."""
        ...


def hover_forward_power_w(
    *,
    mass_kg: ArrayLike,
    airspeed_mps: ArrayLike = 0.0,
    vertical_mps: ArrayLike = 0.0,
    disc_area_m2: float,
    eta_hover: float,
    eta_forward: float,
    drag_area_m2: float,
    avionics_w: float,
    air_density: float = AIR_DENSITY,
) -> NDArray[np.float64]:
    """Power in W as hover + climb + drag + avionics; ``mass_kg`` and both speeds broadcast.

    P = T^1.5/(η_h √(2ρA)) + T(vz/2 + √(vz²/4 + vh²) − vh)/η_h + ½ρ·CdA·V³/η_p + P_av with
    T = hypot(mg, ½ρ·CdA·V²) and vh = √(T/2ρA): momentum theory of a rotor in axial flight with an efficiency,
    and parasite drag. vz is clipped at −vh/2, below which the theory no longer holds (vortex ring).
    """
    V = np.asarray(airspeed_mps, dtype=np.float64)
    drag_n = 0.5 * air_density * drag_area_m2 * V**2
    T = np.hypot(np.asarray(mass_kg, dtype=np.float64) * GRAVITY, drag_n)
    vh = np.sqrt(T / (2 * air_density * disc_area_m2))
    vz = np.maximum(vertical_mps, -vh / 2)
    hover_w = T * vh / eta_hover
    climb_w = T * (vz / 2 + np.sqrt(vz**2 / 4 + vh**2) - vh) / eta_hover
    return np.asarray(hover_w + climb_w + drag_n * V / eta_forward + avionics_w, dtype=np.float64)


def liu_2017_power_w(
    *,
    mass_kg: ArrayLike,
    airspeed_mps: ArrayLike = 0.0,
    vertical_mps: ArrayLike = 0.0,
    k1: float = 0.99545857,
    k2: float = 100.0,
    c2: float = 2.06852797,
    c4: float = 0.02745631,
    c5: float = 0.01473469,
) -> NDArray[np.float64]:
    """Power in W of Liu et al. 2017: induced + profile + parasite; ``mass_kg`` and both speeds broadcast.

    P = k1·T(vz/2 + √(vz²/4 + T/k2²)) + c2·T^1.5 + c4·V³ with T = hypot(mg − c5·V², c4·V²): the air's lift on
    the body takes load off the rotors. The parameters are fitted to one DJI M100 (3.71 kg empty); they do not
    scale with the airframe, so for other types the model is a stress test and not a prediction.
    """
    V = np.asarray(airspeed_mps, dtype=np.float64)
    vz = np.asarray(vertical_mps, dtype=np.float64)
    T = np.hypot(np.asarray(mass_kg, dtype=np.float64) * GRAVITY - c5 * V**2, c4 * V**2)
    induced_w = k1 * T * (vz / 2 + np.sqrt(vz**2 / 4 + T / k2**2))
    return np.asarray(induced_w + c2 * T**1.5 + c4 * V**3, dtype=np.float64)


def _hover_forward(drone: DroneType, air_density: float) -> PowerModel:
    return partial(
        hover_forward_power_w,
        air_density=air_density,
        disc_area_m2=drone.disc_area_m2,
        eta_hover=drone.eta_hover,
        eta_forward=drone.eta_forward,
        drag_area_m2=drone.drag_area_m2,
        avionics_w=drone.avionics_w,
    )


def _liu_2017(_drone: DroneType, _air_density: float) -> PowerModel:
    return liu_2017_power_w


POWER_MODELS: Final[dict[str, Callable[[DroneType, float], PowerModel]]] = {
    "hover_forward": _hover_forward,
    "liu_2017": _liu_2017,
}


def power_model(drone: DroneType, *, air_density: float = AIR_DENSITY) -> PowerModel:
    """Build the power model that ``drone`` names, in air of a density in kg/m³.

    `UnknownNameError` names the choices. ``liu_2017`` is fitted to flights in air as it was, whatever the density.
    """
    if drone.power_model not in POWER_MODELS:
        raise UnknownNameError(key="power_model", name=drone.power_model, choices=POWER_MODELS)
    return POWER_MODELS[drone.power_model](drone, air_density)
