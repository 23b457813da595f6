"""Why an order is not flown yet: the reasons of the table of waits, each with its stage and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TO_COURIER: Final = "to the courier"
TO_LOADING: Final = "to loading"
TO_TAKE_OFF: Final = "to take-off"
"""Where on its way an order waits: from prepared to the courier, from ready to loading, from loaded to departed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason: its ``name`` in the table, the ``stage`` of key figures that has it, and its ``words``.

    ``part`` is where on its way an order waits for it; ``meaning`` says when it is given.
    """

    name: str
    stage: str
    words: str
    meaning: str
    part: str = TO_LOADING


REASONS: Final = (
    Reason(
        name="courier",
        stage="courier_wait",
        words="waiting for a courier",
        meaning="the meal is prepared, and a courier sent in time would have been there; all were out",
        part=TO_COURIER,
    ),
    Reason(
        name="drone",
        stage="dispatch",
        words="waiting for a drone",
        meaning="no drone that may be given the order is free, or the one given to it is on its way to the parcel",
    ),
    Reason(
        name="pack",
        stage="pack_wait",
        words="waiting for a charged pack",
        meaning="no drone is free, and one stands there whose pack is not charged; or no free one has enough charge",
    ),
    Reason(
        name="airport_closed",
        stage="closed_wait",
        words="waiting for a closed airport",
        meaning="the customer's airport takes no drone",
    ),
    Reason(
        name="cabinet",
        stage="cabinet_wait",
        words="waiting for room in the cabinet",
        meaning="every box at the customer's airport is taken",
    ),
    Reason(
        name="wind",
        stage="wind_wait",
        words="waiting for another wind",
        meaning="in this wind no drone may fly, or none has the energy for both ways",
    ),
    Reason(
        name="weather",
        stage="weather_wait",
        words="waiting for better weather",
        meaning="no drone may fly, flying is forecast to stop before a sortie would be over, or the air is too thin "
        "for the parcel",
    ),
    Reason(
        name="zone",
        stage="zone_wait",
        words="waiting for a zone to open",
        meaning="no route leads there and back while a no-fly zone is in force",
    ),
    Reason(
        name="dispatcher",
        stage="dispatcher_wait",
        words="waiting for the dispatcher",
        meaning="the cloud dispatcher is down, and decides nothing",
    ),
    Reason(
        name="rider",
        stage="rider_wait",
        words="waiting for a rider",
        meaning="a rider would take it, as no drone can, or none in time, and all riders of its take-off point are out",
    ),
    Reason(
        name="policy",
        stage="policy_wait",
        words="waiting as the policy chose",
        meaning="a drone was free that could have flown it, and the dispatch policy gave it to none",
    ),
    Reason(
        name="batch",
        stage="batch_wait",
        words="waiting for the next batch",
        meaning="the dispatcher decides in batches, and the next one was yet to come",
    ),
    Reason(
        name="revoked",
        stage="revoked",
        words="loaded in vain",
        meaning="it was being loaded, or loaded, when trouble took its booking back",
    ),
    Reason(
        name="takeoff_point_closed",
        stage="takeoff_closed_wait",
        words="waiting for a closed take-off point",
        meaning="nothing is loaded at the take-off point, and nobody departs from it",
    ),
    Reason(
        name="pad",
        stage="pad_wait",
        words="waiting for a take-off pad",
        meaning="a moment earlier every pad at the take-off point was taken at some time of the sortie",
    ),
    Reason(
        name="loader",
        stage="loader_wait",
        words="waiting for a loader",
        meaning="no loader is at work; or a moment earlier every loader was busy",
    ),
    Reason(
        name="airport_pad",
        stage="airport_pad_wait",
        words="waiting for an airport pad",
        meaning="a moment earlier every pad at the airport would have been taken at some time of the stay",
    ),
    Reason(
        name="unloader",
        stage="unloader_wait",
        words="waiting for an unloader",
        meaning="a moment earlier every unloader at the airport would have been busy",
    ),
    Reason(
        name="pilot",
        stage="pilot_wait",
        words="waiting for a remote pilot",
        meaning="no pilot is at work until the drone would be home; or a moment earlier every pilot would have had as "
        "many drones as one may have",
    ),
    Reason(
        name="clearance",
        stage="clearance",
        words="waiting for clearance",
        meaning="a moment earlier a lane, a route or the path would have been another flight's",
    ),
    Reason(
        name="check",
        stage="check",
        words="check before take-off",
        meaning="loaded, and checked before it takes off",
        part=TO_TAKE_OFF,
    ),
)

REASON_NAMES: Final = tuple(reason.name for reason in REASONS)


def stages_of(part: str) -> tuple[str, ...]:
    """Give the stages in which an order waits on a part of its way."""
    return tuple(reason.stage for reason in REASONS if reason.part == part)
