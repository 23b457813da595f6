"""Dispatch: what a policy sees, what it may decide, and the built-in policies."""

from dronesim.dispatch.boards import DroneBoard, OrderBoard, Pool
from dronesim.dispatch.decisions import Assign, Decisions, Hold, Reposition, Ride
from dronesim.dispatch.own_modules import source_of
from dronesim.dispatch.policies.matching import Matching
from dronesim.dispatch.registry import POLICIES, DispatchPolicy, Lent, is_lent, lent, load_policy, mark_of
from dronesim.dispatch.view import DispatchView

__all__ = [
    "POLICIES",
    "Assign",
    "Decisions",
    "DispatchPolicy",
    "DispatchView",
    "DroneBoard",
    "Hold",
    "Lent",
    "Matching",
    "OrderBoard",
    "Pool",
    "Reposition",
    "Ride",
    "is_lent",
    "lent",
    "load_policy",
    "mark_of",
    "source_of",
]
