"""Policies that do nothing but pair ready orders with free drones: without both there is nothing to ask them."""

from __future__ import annotations

from typing import Any, Final, TypeVar

Policy = TypeVar("Policy")

_MARK: Final = "only_pairs"


def only_pairs(policy: Policy) -> Policy:
    """Mark a policy, or a class of them, that decides and notes nothing unless an order is ready and a drone is free.

    A day asks it only then, and makes no view where it would not.
    """
    setattr(policy, _MARK, True)
    return policy


def pairs_only(policy: Any) -> bool:
    """Tell whether a policy is marked so."""
    return getattr(policy, _MARK, False) is True
