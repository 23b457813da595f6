"""What of a map is legal and yet likely not meant: properties that look like limits or hours and are not used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dronesim.letters import is_steering
from dronesim.scenario.features import KINDS

LIMITS: Final = re.compile(
    r"lower|upper|limit|ceiling|floor|altitude|height|uom|reference|schedule|applicability|start|end|hours|permanent",
    re.IGNORECASE,
)
"""Names of properties of zones in other formats; ``building`` says nothing of the kind but for its height."""
HOURS: Final = re.compile(r"open|close|hours|schedule|capacity|max|limit", re.IGNORECASE)
"""Names of properties of sites and customers that say when they work, or how much they take."""
WORKING: Final = ("takeoff_point", "airport", "merchant", "community", "place")
MOST_NAMED: Final = 6


def ignored_limits(features: Sequence[Any]) -> tuple[str, ...]:
    """Name the properties of no-fly zones that look like limits or hours, and are not used; in one note, or none."""
    zones, names, first = 0, Counter[str](), ""
    for feature in features:
        found = list(_ignored(feature))
        zones += bool(found)
        names.update(found)
        first = first or (str(feature["properties"].get("id", feature.get("id", ""))) if found else "")
    if not zones:
        return ()
    listed = ", ".join(name[:40] for name, _ in names.most_common(MOST_NAMED))
    which = f"the no-fly zone {first}" if zones == 1 else f"{zones:,} no-fly zones (first: {first})"
    remedy = "write floor_m, ceiling_m, from and to, or let dronesim import map read the file that they come from"
    return (f"properties of {which} look like limits or hours and are not used: {listed}; {remedy}",)


def ignored_hours(features: Sequence[Any]) -> tuple[str, ...]:
    """Name the properties of sites and customers that look like hours or limits and are not used, a note a kind."""
    notes = []
    for kind in WORKING:
        known = {field.alias or name for name, field in KINDS[kind][0].model_fields.items()}
        found = [
            (str(feature["properties"].get("id", feature.get("id", ""))), name)
            for feature in features
            if feature["properties"]["kind"] == kind
            for name in feature["properties"]
            if name not in known and not is_steering(name) and HOURS.search(name)
        ]
        if found:
            listed = ", ".join(dict.fromkeys(name[:40] for _, name in found[: MOST_NAMED * MOST_NAMED]))
            first, count = found[0][0], len({name for name, _ in found})
            which = f"{kind} {first}" if count == 1 else f"{count:,} features of the kind {kind} (first: {first})"
            remedy = "sites open and close by horizon, events and shifts of the scenario"
            notes.append(f"properties of {which} look like hours or limits and are not used: {listed}; {remedy}")
    return tuple(notes)


def _ignored(feature: Mapping[str, Any]) -> Iterator[str]:
    """Give the foreign properties of a zone that look like limits, unless it states limits of ours."""
    stated = feature["properties"]
    if stated["kind"] != "no_fly":
        return
    known = {field.alias or name for name, field in KINDS["no_fly"][0].model_fields.items()}
    if not known & stated.keys():
        yield from (name for name in stated if not is_steering(name) and LIMITS.search(name))
