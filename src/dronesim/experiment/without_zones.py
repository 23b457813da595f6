"""The same network without one of its no-fly zones: what each of them costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dronesim.errors import InputError, Problem
from dronesim.experiment.factors import setting
from dronesim.experiment.one_more import OneMore
from dronesim.scenario import Scenario

PREFIX = "without zone "


@contextmanager
def without_zones(scenario: Scenario, *, wanted: bool) -> Iterator[list[OneMore]]:
    """Give a variation for each no-fly zone of the map, that network without it; their maps last as long as this.

    Raises
    ------
    InputError
        The map has no no-fly zone.
    """
    if not wanted:
        yield []
        return
    source = Path(scenario.map)
    collection = json.loads(source.read_text(encoding="utf-8-sig"))
    names = list(dict.fromkeys(name for name in map(_zone_name, collection["features"]) if name is not None))
    if not names:
        raise InputError([Problem(file=str(source), key="--zones", rule="the map has no no-fly zone")])
    with TemporaryDirectory(prefix="dronesim-zones-") as folder:
        yield [_without(name, collection, Path(folder) / f"{row}.geojson") for row, name in enumerate(names)]


def _without(name: str, collection: dict[str, Any], path: Path) -> OneMore:
    kept = [feature for feature in collection["features"] if _zone_name(feature) != name]
    path.write_text(json.dumps({**collection, "features": kept}), encoding="utf-8")
    return OneMore(name=f"{PREFIX}{name}", settings=(setting("map", path.as_posix()),), is_rule=True)


def _zone_name(feature: dict[str, Any]) -> str | None:
    """Name a zone by its id without the number that tells its hours apart; None for what is no zone."""
    stated = feature["properties"]
    if stated["kind"] != "no_fly":
        return None
    name = stated.get("id", feature.get("id"))
    return "without an id" if name is None else re.sub(r" \(\d+\)$", "", str(name))
