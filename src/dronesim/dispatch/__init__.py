"""Dispatch: what a policy sees, what it may decide, and the built-in policies."""

from dronesim.dispatch.boards import DroneBoard, OrderBoard, Pool
from dronesim.dispatch.decisions import Assign, Decisions, Hold, Keep, Recall, Refuse, Reposition, Ride, Swap, Wake
from dronesim.dispatch.known import (
    FOR_GOOD_MS,
    Air,
    DroneRow,
    EmptyLeg,
    Known,
    OrderRow,
    RidersNow,
    SortieTimes,
    Spells,
    Stay,
    available_wh,
    can_go,
    going_to,
    landing_at,
    lies_in_zone,
    predicted_ms,
    ride_ms,
)
from dronesim.dispatch.liberties import go_near_by, keep_packs, spare_couriers
from dronesim.dispatch.own_modules import source_of
from dronesim.dispatch.pairing import pairs_only
from dronesim.dispatch.parameters import Misfit, Parameters, misfits, parameters_of, unknown, with_parameters
from dronesim.dispatch.policies.matching import Matching
from dronesim.dispatch.registry import POLICIES, DispatchPolicy, Lent, is_lent, lent, load_policy, mark_of
from dronesim.dispatch.view import DispatchView

__all__ = [
    "FOR_GOOD_MS",
    "POLICIES",
    "Air",
    "Assign",
    "Decisions",
    "DispatchPolicy",
    "DispatchView",
    "DroneBoard",
    "DroneRow",
    "EmptyLeg",
    "Hold",
    "Keep",
    "Known",
    "Lent",
    "Matching",
    "Misfit",
    "OrderBoard",
    "OrderRow",
    "Parameters",
    "Pool",
    "Recall",
    "Refuse",
    "Reposition",
    "Ride",
    "RidersNow",
    "SortieTimes",
    "Spells",
    "Stay",
    "Swap",
    "Wake",
    "available_wh",
    "can_go",
    "go_near_by",
    "going_to",
    "is_lent",
    "keep_packs",
    "landing_at",
    "lent",
    "lies_in_zone",
    "load_policy",
    "mark_of",
    "misfits",
    "pairs_only",
    "parameters_of",
    "predicted_ms",
    "ride_ms",
    "source_of",
    "spare_couriers",
    "unknown",
    "with_parameters",
]
