"""The scenario table of riders: who brings parcels to customers' airports by road, from take-off points."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Strict

from dronesim.scenario.fields import CountBySite, Minutes, Speed, Table, about

Reason: TypeAlias = Literal["closed", "barred", "late", "refused"]


class RidersTable(Table):
    """A finite pool of riders at each take-off point; none unless stated."""

    per_takeoff_point: CountBySite = about(0, "riders at each take-off point, or a table by take-off point; 0: none")
    takes: Annotated[tuple[Reason, ...], Strict(False)] = about(
        ("closed", "barred", "late"),
        "what riders bring unless the policy says otherwise: ready parcels whose airport is closed, to which no drone "
        "has a way (wind, zones), or which every drone would bring late, and a rider sooner; refused: what would be "
        "refused at placing in the opening hours",
        "a choice",
    )
    road_mps: Speed = about(16 / 3, "speed over the straight line, metres per second", "A: Grubhub, 320 m/min")
    pickup_min: Minutes = about(4.0, "at the take-off point, minutes", "A: Grubhub")
    dropoff_min: Minutes = about(4.0, "at the customer's airport or door, minutes", "A: Grubhub")
