"""Keys that had another place in scenarios of before: they are read as they are written now."""

from __future__ import annotations

from typing import Final

from dronesim.scenario.tree import Tree

_OF_MATCHING: Final = ("travel_weight", "age_bonus")
"""Keys of ``[dispatch]`` that are parameters of the policy ``matching`` now."""


def move_old_names(tree: Tree) -> None:
    """Move the weights of ``matching`` to ``dispatch.parameters``; for any other policy they said nothing."""
    dispatch = tree.values.get("dispatch")
    if not isinstance(dispatch, dict):
        return
    for name in _OF_MATCHING:
        if name not in dispatch:
            continue
        value, place = dispatch.pop(name), tree.places.pop(("dispatch", name), None)
        if dispatch.get("policy") != "matching":
            continue
        parameters = dispatch.setdefault("parameters", {})
        if isinstance(parameters, dict) and name not in parameters:
            parameters[name] = value
            tree.places.update({} if place is None else {("dispatch", "parameters", name): place})
