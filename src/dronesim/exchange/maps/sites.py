"""Sites, merchants and communities from places under whatever names their files have."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from dronesim.exchange.features import point
from dronesim.exchange.maps.account import Account, refuse
from dronesim.exchange.maps.items import find_name, is_stated, plain, stated_of
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.names import fit, free_name
from dronesim.exchange.maps.tables import Row
from dronesim.scenario.fields import LONGEST_MIN, MOST

IDS: Final = ("id", "site_id", "code", "site", "name", "编号", "名称", "nombre", "nom", "bezeichnung", "@id", "fid")
NAMES: Final = ("name", "名称", "nombre", "nom", "title")
KINDS: Final = ("kind", "type", "role", "category", "site_type", "sitetype", "class", "类型", "tipo", "art", "typ")
TAKEOFF: Final = (
    *("takeoff_point", "takeoffpoint", "takeoff", "take-off point", "take-off", "hub", "depot", "origin", "launch"),
    *("launchpad", "launch point", "base", "start", "warehouse", "起飞点", "起飞", "起降场", "t"),
)
AIRPORT: Final = (
    *("airport", "community airport", "community_airport", "landing", "landing point", "drop", "dropoff", "drop-off"),
    *(
        "destination",
        "delivery",
        "locker",
        "cabinet",
        "pickup",
        "pickup point",
        "station",
        "降落点",
        "接驳柜",
        "空投柜",
        "社区机场",
    ),
    *("a", "pickup cabinet", "receiver"),
)
PADS: Final = ("pads", "pad", "n_pads", "landing_pads", "停机位")
BOXES: Final = ("boxes", "box", "n_boxes", "lockers", "cells", "格口", "slots")
WEIGHTS: Final = ("weight", "orders", "demand", "orders_per_day", "daily_orders", "volume", "单量", "count")
PREPARATIONS: Final = ("preparation_min", "prep_min", "preparation", "prep_time_min", "prep_time")

MERCHANTS: Final = {
    "amenity": ("restaurant", "fast_food", "cafe", "food_court", "ice_cream", "pharmacy", "bar", "pub", "biergarten"),
    "shop": (
        "supermarket",
        "convenience",
        "bakery",
        "deli",
        "greengrocer",
        "confectionery",
        "beverages",
        "tea",
        "mall",
    ),
}
"""Amenities and shops of OpenStreetMap that count as merchants (E, an assumption)."""


def is_merchant(properties: Mapping[str, Any]) -> bool:
    """Tell whether the tags of an item are those of a merchant."""
    return any(properties.get(tag) in values for tag, values in MERCHANTS.items())


def kind_of(row: Row) -> str | None:
    """Tell take-off points and airports by the words of their row; None where it says neither."""
    name = find_name(row.properties, KINDS)
    said = plain(row.properties[name]) if name else ""
    for kind, words in (("takeoff_point", TAKEOFF), ("airport", AIRPORT)):
        if said in {plain(word) for word in words}:
            return kind
    return None


def site_features(path: Path, rows: Sequence[Row], *, taken: Counter[str], account: Account) -> list[Any]:
    """Make take-off points and airports of rows; the name of the file tells where the rows don't.

    Raises
    ------
    InputError
        Neither the rows nor the file say which they are.
    """
    word = plain(path.stem)
    of_file = next(
        (
            kind
            for kind, marks in (("airport", ("airport", "landing", "locker")), ("takeoff_point", ("takeoff", "hub")))
            if any(mark in word for mark in marks)
        ),
        None,
    )
    kinds = [kind_of(row) or of_file for row in rows]
    unknown = [row for row, kind in zip(rows, kinds, strict=True) if kind is None]
    if unknown:
        rule = (
            "must say what each site is: a column kind with takeoff_point or airport, or files named takeoff... "
            f"and airports... ({len(unknown)} rows do not)"
        )
        raise refuse(path, rule, key=unknown[0].place, value=list(unknown[0].properties)[:12])
    if of_file is not None and not all(kind_of(row) for row in rows):
        account.note(f"{path.name}: taken as {of_file.replace('_', ' ')}s by the name of the file")
    return [_site(row, str(kind), taken, account) for row, kind in zip(rows, kinds, strict=True)]


def _site(row: Row, kind: str, taken: Counter[str], account: Account) -> Any:
    stated = {"pads": _whole(row, PADS, account)}
    if kind == "airport":
        stated["boxes"] = _whole(row, BOXES, account)
    numbers = {name: value for name, value in stated.items() if value is not None}
    name = _id(row, "T" if kind == "takeoff_point" else "A", taken)
    return point(np.array([row.lon, row.lat]), id=name, kind=kind, **numbers)


def merchant_features(rows: Sequence[Row], *, taken: Counter[str], account: Account, named: bool) -> list[Any]:
    """Make merchants of rows; ``named``: their ids are kept, else they are numbered and their name is shown beside."""
    features = []
    for row in rows:
        weight = _number(row, WEIGHTS, account)
        preparation = _number(row, PREPARATIONS, account, high=LONGEST_MIN)
        stated: dict[str, Any] = {} if weight is None else {"weight": weight}
        if preparation is not None:
            stated["preparation_min"] = preparation
        shown = find_name(row.properties, NAMES)
        if shown is not None and not named:
            stated["name"] = fit(row.properties[shown])
        name = _id(row, "M", taken) if named else _free("M", taken)
        features.append(point(np.array([row.lon, row.lat]), id=name, kind="merchant", **stated))
    return features


def _whole(row: Row, names: Sequence[str], account: Account) -> int | None:
    found = _number(row, names, account, low=1.0, high=MOST)
    if found is not None and found != int(found):
        account.repaired[f"numbers of {names[0]} that are not whole, taken as the whole one below"] += 1
    return None if found is None else int(found)


def _number(
    row: Row, names: Sequence[str], account: Account, *, low: float = 0.0, high: float = math.inf
) -> float | None:
    """Read a number of a row; one that can't be read or can't be is left out, and counted."""
    stated = stated_of(row.properties)
    name = find_name(stated, names)
    found = None if name is None else number(stated[name])
    if name is not None and (found is None or not low <= found <= high):
        account.repaired[f"values of {name} that are no number from {low:g}{_up_to(high)}, left out"] += 1
        return None
    return found


def _up_to(high: float) -> str:
    return "" if high == math.inf else f" to {high:g}"


def _id(row: Row, letter: str, taken: Counter[str]) -> str:
    """Give the id that a row states, told apart from others of the same text, or a free number."""
    name = find_name(row.properties, IDS)
    stated = fit(row.properties[name]) if name and is_stated(row.properties[name]) else ""
    if not stated:
        return _free(letter, taken)
    taken[stated] += 1
    return stated if taken[stated] == 1 else _free(f"{stated}-", taken)


def _free(letter: str, taken: Counter[str]) -> str:
    name = free_name(letter, taken)
    taken[name] += 1
    return name
