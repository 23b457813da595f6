"""Features that say themselves what they are, as a map of ours has them: kept, mended where that is plain, or told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely

from dronesim.errors import InputError, Problem
from dronesim.exchange.features import DECIMALS
from dronesim.exchange.maps.account import Account
from dronesim.exchange.maps.items import Item, is_stated
from dronesim.exchange.maps.lengths import number
from dronesim.exchange.maps.names import free_name, mended_id
from dronesim.exchange.maps.outlines import outline, parts_of, polygon_feature
from dronesim.scenario.features import KINDS, Flaw, check_feature

LETTERS: Final = {"takeoff_point": "T", "airport": "A", "merchant": "M", "community": "C"}
REFERENCES: Final = ("takeoff_point", "airport")
Feature = dict[str, Any]


def own_features(items: Sequence[Item], taken: Counter[str], account: Account) -> list[Feature]:
    """Keep features of our own kinds, each with an id of its own.

    Raises
    ------
    InputError
        With every feature whose properties a map can't have, equal ones in one line.
    """
    features: list[Feature] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for item in items:
        for feature in _features(item, account):
            if str(feature) in seen:
                account.dropped["features that came before"] += 1
                continue
            seen.add(str(feature))
            _name(feature, taken, account)
            flaws = _flaws(feature, account)
            problems += [_problem(item, flaw) for flaw in flaws]
            features += [] if flaws else [feature]
    if problems:
        raise InputError(problems)
    return features


def _problem(item: Item, flaw: Flaw) -> Problem:
    file, _, place = item.place.rpartition(": ")
    key = place if flaw.id.startswith("feature ") else f"{place}, {flaw.id}"
    return Problem(file=file, key=key, rule=flaw.rule, value=flaw.value, hint=flaw.hint, is_place=True)


def _features(item: Item, account: Account) -> Iterator[Feature]:
    """Make a feature of each part that a kind may have."""
    properties = {name: value for name, value in item.properties.items() if value is not None}
    kind = str(properties["kind"])
    shapes = KINDS[kind][1]
    if "Polygon" in shapes:
        found = outline(item.shape, account=account, what="areas")
        if found is not None:
            yield polygon_feature(found, **properties)
        return
    for part in parts_of(item.shape):
        shape = part
        if shapes == ("Point",) and part.geom_type != "Point":
            account.repaired["sites and customers drawn as areas or lines, taken at a point inside"] += 1
            shape = part.representative_point()
        if shape.geom_type not in shapes:
            account.dropped[f"features of the kind {kind} that are no {shapes[0]}"] += 1
            continue
        yield {"type": "Feature", "properties": dict(properties), "geometry": _geometry(shape)}


def _geometry(shape: Any) -> dict[str, Any]:
    places = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    return {"type": shape.geom_type, "coordinates": places[0] if shape.geom_type == "Point" else places}


def _name(feature: Feature, taken: Counter[str], account: Account) -> None:
    """Give a feature an id of its own; one that states none and needs none stays so."""
    properties = feature["properties"]
    stated, letter = properties.pop("id", None), LETTERS.get(properties["kind"])
    name = mended_id(stated, account)
    if name is None and letter is None and properties["kind"] not in ("link_area", "place"):
        return
    if name is None:
        account.repaired["features without an id, numbered"] += 1
        name = free_name(letter or properties["kind"], taken)
    elif taken[str(name)]:
        account.repaired["features whose id came before, numbered"] += 1
        name = free_name(f"{name}-", taken)
    taken[str(name)] += 1
    feature["properties"] = {"id": name, **properties}


def _flaws(feature: Feature, account: Account) -> list[Flaw]:
    """Find what a map can't have, once numbers that are written as text are read."""
    _, flaws = check_feature(0, feature)
    if not flaws:
        return []
    stated = feature["properties"]
    known = KINDS[str(stated["kind"])][0].model_fields
    read = {name: _as_number(value) if name in known else value for name, value in stated.items()}
    _, left = check_feature(0, {**feature, "properties": read})
    if not left:
        account.repaired["features with numbers written as text, or whole ones with a point"] += 1
        feature["properties"] = read
    return left


def _as_number(value: Any) -> Any:
    found = number(value) if isinstance(value, str | float) else None
    return value if found is None else int(found) if found == int(found) else found


def without_lost_references(features: list[Feature], account: Account) -> list[Feature]:
    """Take from customers the names of sites that are not on the map."""
    there = {kind: {str(each["properties"]["id"]) for each in _of(features, kind)} for kind in REFERENCES}
    for feature in features:
        for kind in REFERENCES:
            named = feature["properties"].get(kind)
            if is_stated(named) and feature["properties"]["kind"] in LETTERS and str(named) not in there[kind]:
                account.repaired[
                    f"customers whose {kind.replace('_', ' ')} is not on the map, served by the nearest"
                ] += 1
                del feature["properties"][kind]
    return features


def _of(features: Sequence[Feature], kind: str) -> Iterator[Mapping[str, Any]]:
    return (each for each in features if each["properties"]["kind"] == kind)
