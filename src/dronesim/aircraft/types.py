"""The drone types: what an airframe weighs, how it flies, what it may carry.

Each is a TOML file under ``drone_types``, which says of every number where it comes from.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from dronesim.errors import DronesimError

_SUFFIX: Final = ".toml"


class UnknownNameError(DronesimError):
    """A name that is in no registry; the message lists the names that are."""

    exit_code = 2

    def __init__(self, *, key: str, name: str, choices: Iterable[str]) -> None:
        self.key, self.name, self.choices = key, name, tuple(sorted(choices))
        super().__init__(f"{key}: {name!r} is not known; choose from {', '.join(self.choices)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneType:
    """One airframe with its pack and its terminal procedure; kilograms, metres, seconds, watts.

    ``propeller_m`` is a propeller's diameter, ``wind_limit_mps`` the mean wind above which it stays down,
    ``pack_wh`` the pack's nameplate energy, of which ``usable_share`` can be drawn.

    The phases of a leg, in the order in which they are flown:

    1. ``takeoff_check_s`` on the pad, loaded, before the leg departs: pad and pilot are held, avionics run.
    2. Climb: at ``low_climb_mps`` up to ``low_climb_m`` above the pad, from there at ``climb_mps``.
    3. ``transition_s`` of hover at the level: it turns to its course and the link is checked.
    4. Cruise at ``cruise_mps`` over ground, from rest to rest at ``acceleration_mps2``; in wind it flies faster or
       slower through the air to hold that, up to ``max_mps``.
    5. ``approach_s`` of hover at the level above the destination.
    6. Descent at ``descent_mps`` down to ``final_hover_m`` above the pad.
    7. `alignment_s` of hover there, until it is aligned to the marker: ``final_hover_s`` less ``ground_s``.
    8. Touch-down from ``final_hover_m`` at ``touchdown_mps``.

    ``width_m`` is its span with propellers, ``fall_mps`` the speed at which it hits the ground out of a fall,
    ``noise_dba`` its sound level at a distance of ``noise_at_m``.

    ``ground_s`` is how much of a measured flight's time lay on pads, before take-off and after touch-down. Loading
    and unloading count it already, so it is taken off the hover that the measured time was split into.
    """

    name: str
    empty_kg: float
    pack_kg: float
    payload_kg: float
    propellers: int
    propeller_m: float
    pack_wh: float
    usable_share: float
    wind_limit_mps: float
    cruise_mps: float
    max_mps: float
    acceleration_mps2: float
    takeoff_check_s: float
    low_climb_mps: float
    low_climb_m: float
    climb_mps: float
    transition_s: float
    approach_s: float
    descent_mps: float
    final_hover_m: float
    final_hover_s: float
    touchdown_mps: float
    ground_s: float
    eta_hover: float
    eta_forward: float
    drag_area_m2: float
    avionics_w: float
    power_model: str
    width_m: float
    fall_mps: float
    noise_dba: float
    noise_at_m: float

    @property
    def bare_kg(self) -> float:
        """Mass in kg without a parcel: airframe and pack."""
        return self.empty_kg + self.pack_kg

    @property
    def usable_wh(self) -> float:
        """Energy in Wh between an empty and a full pack; charge is a share of it."""
        return self.usable_share * self.pack_wh

    @property
    def disc_area_m2(self) -> float:
        """Area swept by all propellers, in m²."""
        return self.propellers * math.pi * self.propeller_m**2 / 4

    @property
    def alignment_s(self) -> float:
        """Hover at ``final_hover_m`` in s; negative only in a type that a scenario refuses."""
        return self.final_hover_s - self.ground_s


class _BuiltIn(Mapping[str, DroneType]):
    """The drone types of the package by name; the file of each is read when it is first asked for."""

    def __getitem__(self, name: str) -> DroneType:
        if name not in _names():
            raise KeyError(name)
        return _built_in(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_names())

    def __len__(self) -> int:
        return len(_names())


DRONE_TYPES: Final[Mapping[str, DroneType]] = _BuiltIn()


def drone_type(name: str) -> DroneType:
    """Look up a drone type by ``name``; raises `UnknownNameError` with the choices."""
    if name not in DRONE_TYPES:
        raise UnknownNameError(key="fleet.drone_type", name=name, choices=DRONE_TYPES)
    return DRONE_TYPES[name]


def drone_type_text(name: str) -> str:
    """Give the file of a drone type of the package, with the source of every number."""
    return (_folder() / f"{drone_type(name).name}{_SUFFIX}").read_text(encoding="utf-8")


def make_drone_type(stated: Mapping[str, Any]) -> DroneType:
    """Make a drone type of what its file states, the rest taken from the type that it is ``based_on``.

    The keys are taken to be right; a planner's own file is checked first (see `dronesim.scenario.drones`).
    """
    values = dict(stated)
    base = values.pop("based_on", None)
    return DroneType(**values) if base is None else replace(drone_type(base), **values)


@cache
def _built_in(name: str) -> DroneType:
    return make_drone_type(tomllib.loads((_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8")))


@cache
def _names() -> tuple[str, ...]:
    files = [entry.name for entry in _folder().iterdir()]
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX)))


def _folder() -> Traversable:
    return resources.files("dronesim.aircraft") / "drone_types"
