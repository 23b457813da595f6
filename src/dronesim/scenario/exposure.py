"""The scenario tables of risk and noise, and what is settled from them: people below flights, and who hears them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dronesim.aircraft import DroneType
from dronesim.aircraft.noise import NEAREST_M, OVERFLIGHT_M, RECEIVER_M
from dronesim.record.exposure import (
    FALL,
    FORCED_LANDING,
    HOME,
    CrashFacts,
    ListenerFacts,
    NoiseFacts,
    RiskFacts,
)
from dronesim.scenario.fields import Count, Metres, NonNegative, Speed, Table, about
from dronesim.world import World


class RiskTable(Table):
    """People below the flights, and how often drones come down on them."""

    people_per_km2: Annotated[float, Field(ge=0.0, le=1e6)] = about(
        0.0,
        "people in the open or in buildings where no area of kind people on the map says otherwise; "
        "0 and no such area: risk is not counted",
        "a choice",
    )
    falls_per_flight_hour: NonNegative = about(
        1e-5, "losses of control in an hour of flight, each a fall", "E, assumption: mature; a prototype has 1e-3"
    )
    fall_deg: Annotated[float, Field(ge=5.0, le=90.0)] = about(
        60.0, "angle at which a drone that falls hits the ground, 90 is straight down"
    )
    forced_landings_per_flight_hour: NonNegative = about(
        1e-3, "landings at once wherever the drone is, in an hour of flight", "A, low end of risk tools"
    )
    forced_landing_mps: Speed = about(15.0, "speed at which a forced landing hits the ground, metres per second")
    forced_landing_deg: Annotated[float, Field(ge=5.0, le=90.0)] = about(
        35.0, "angle at which a forced landing hits the ground", "A, JARUS: the flattest for small drones"
    )
    shelter: Annotated[float, Field(gt=0.0, le=10.0)] = about(
        0.5, "how well people are sheltered, from 0 in the open up; more of it, fewer deaths"
    )
    days_per_year: Annotated[int, Field(ge=1, le=366)] = about(365, "days like this one in a year", "a choice")


class NoiseTable(Table):
    """Flights heard at places of the map (``kind = "place"``), and at communities where that is asked for."""

    at_homes: bool = about(
        False, "whether noise is counted at communities too; at places of the map it always is", "a choice"
    )
    home_limit_dba: Annotated[float, Field(ge=0.0, le=140.0)] | None = about(
        None, "limit of the mean level of an hour at communities; none: no limit", "B, GB 3096 homes: 55, nights 45"
    )
    home_overflights_max: Count | None = about(
        None, "limit of overflights an hour at communities; none: no limit", "a choice"
    )
    overflight_m: Annotated[float, Field(ge=1.0, le=10_000.0)] = about(
        OVERFLIGHT_M, "a flight that comes so near in the plane is an overflight, metres", "a choice"
    )
    receiver_m: Metres = about(RECEIVER_M, "height above ground at which flights are heard, metres")
    nearest_m: Annotated[float, Field(ge=0.1, le=1000.0)] = about(
        NEAREST_M, "a line of flight is taken to pass no nearer than this, metres"
    )


def risk_facts(stated: RiskTable, world: World, kind: DroneType) -> RiskFacts | None:
    """Settle what risk is worked out from; None where nobody is known to be below.

    A drone is as heavy as with its heaviest parcel.
    """
    if stated.people_per_km2 == 0 and not world.people:
        return None
    fall = CrashFacts(
        kind=FALL,
        per_flight_hour=stated.falls_per_flight_hour,
        impact_mps=kind.fall_mps,
        impact_deg=stated.fall_deg,
    )
    landing = CrashFacts(
        kind=FORCED_LANDING,
        per_flight_hour=stated.forced_landings_per_flight_hour,
        impact_mps=stated.forced_landing_mps,
        impact_deg=stated.forced_landing_deg,
    )
    return RiskFacts(
        people_per_km2=stated.people_per_km2,
        areas=world.people,
        width_m=kind.width_m,
        mass_kg=kind.bare_kg + kind.payload_kg,
        crashes=(fall, landing),
        shelter=stated.shelter,
        days_per_year=stated.days_per_year,
    )


def noise_facts(stated: NoiseTable, world: World, kind: DroneType) -> NoiseFacts | None:
    """Settle who hears a drone, and how loud it is; None where nobody is asked about."""
    homes = _homes(stated, world) if stated.at_homes else ()
    listeners = (*world.places, *homes)
    if not listeners:
        return None
    return NoiseFacts(
        source_dba=kind.noise_dba,
        source_at_m=kind.noise_at_m,
        receiver_m=stated.receiver_m,
        nearest_m=stated.nearest_m,
        overflight_m=stated.overflight_m,
        listeners=listeners,
    )


def _homes(stated: NoiseTable, world: World) -> tuple[ListenerFacts, ...]:
    homes = world.communities
    return tuple(
        ListenerFacts(
            id=name,
            kind=HOME,
            x_m=x_m,
            y_m=y_m,
            limit_dba=stated.home_limit_dba,
            overflights_max=stated.home_overflights_max,
        )
        for name, (x_m, y_m) in zip(homes.ids, homes.xy.tolist(), strict=True)
    )
